"""What is declared, as one immutable value: nodes, edges, and an order to build them in.

Everything above asks the graph and never the definitions. It is built anew whenever the
definitions change (a thousand assets take some milliseconds) and holds no facts: what
was built when is history's. Rules: `spec/semantics.md` §1-2, `spec/notebook.md` C8-C9.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from .define.checks import AssetCheckSpec
from .define.definition import DEFAULT_IO_MANAGER, AssetsDefinition, external
from .define.observables import observer_of
from .define.source import SourceAsset
from .define.spec import IO_MANAGER_METADATA, AssetSpec
from .errors import CircularDependencyError, DagsterInvalidDefinitionError, UnknownAssetError, nearest
from .keys import AssetCheckKey, AssetKey
from .order import in_order, reach
from .partitions.default_mapping import default_mapping
from .partitions.mapping import PartitionMapping
from .partitions.spaces import PartitionsDefinition

Definition: TypeAlias = AssetsDefinition | SourceAsset | AssetSpec
NodeKind: TypeAlias = Literal["asset", "external", "ghost"]

_TABLE = "dagster/table_name"


@dataclass(frozen=True, slots=True)
class Edge:
    """One input of an asset: by which name it reads which upstream, and through which mapping.

    `observed` says that the upstream is made elsewhere, so that what was seen of it last counts.
    """

    name: str
    up: AssetKey
    loads: bool
    mapping: PartitionMapping
    observed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CheckNode:
    """One check of an asset; `inputs` are what its own function reads, none if the asset's function reports it."""

    key: AssetCheckKey
    spec: AssetCheckSpec
    definition: AssetsDefinition
    inputs: tuple[Edge, ...]

    @property
    def own(self) -> bool:
        """Whether it has a function of its own."""
        return not self.definition.specs_by_key


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One asset of the graph.

    A *ghost* is the upstream of a parameter that nobody has defined (C8); an *external*
    asset is one that we never run: declared so, or a stub for an undefined key in `deps`.
    """

    key: AssetKey
    kind: NodeKind
    spec: AssetSpec
    definition: AssetsDefinition | None
    inputs: tuple[Edge, ...]
    partitions: PartitionsDefinition | None
    observer: AssetsDefinition | None = None
    """What looks at an external asset, if a function of the user's does."""

    @property
    def group(self) -> str:
        """The group's name; `default` where none was given."""
        return self.spec.group_name or "default"

    @property
    def parent_keys(self) -> set[AssetKey]:
        """The assets that it is made from."""
        return {edge.up for edge in self.inputs}

    @property
    def io_manager_key(self) -> str:
        """The resource key of the IO manager that keeps its value."""
        if self.definition is not None:
            return self.definition.get_io_manager_key_for_asset_key(self.key)
        named = (self.spec.metadata or {}).get(IO_MANAGER_METADATA)
        return named if isinstance(named, str) else DEFAULT_IO_MANAGER


class Graph:
    """Immutable nodes and edges of everything that is declared, and the checks of it."""

    __slots__ = ("_order", "check_nodes", "checks", "checks_of", "cycle", "down", "nodes", "together", "up")

    def __init__(
        self, nodes: Mapping[AssetKey, Node], checks: Mapping[AssetCheckKey, CheckNode] | None = None
    ) -> None:
        self.nodes: Mapping[AssetKey, Node] = MappingProxyType(dict(nodes))
        self.check_nodes: Mapping[AssetCheckKey, CheckNode] = checks or {}
        self.checks: Mapping[AssetCheckKey, AssetCheckSpec] = {
            key: node.spec for key, node in self.check_nodes.items()
        }
        self.checks_of: dict[AssetKey, list[CheckNode]] = {}
        """The checks of each asset that has any."""
        for check in self.check_nodes.values():
            self.checks_of.setdefault(check.key.asset_key, []).append(check)
        self.up: Mapping[AssetKey, tuple[AssetKey, ...]]
        self.down: Mapping[AssetKey, tuple[AssetKey, ...]]
        self.up, self.down = _neighbours(self.nodes)
        self.together: Mapping[AssetKey, tuple[AssetKey, ...]] = _together(self.nodes)
        """The assets that one function makes and can only make together, by each of them."""
        self._order, self.cycle = in_order(self.nodes, self.up, self.down, self.together)

    def get_all_asset_keys(self) -> set[AssetKey]:
        """The keys of all assets, those made elsewhere included."""
        return {key for key, node in self.nodes.items() if node.kind != "ghost"}

    def has(self, key: AssetKey | AssetCheckKey) -> bool:
        """Whether there is an asset or a check of that key."""
        return key in self.nodes or key in self.checks

    def get(self, key: AssetKey) -> Node:
        """The asset of that key.

        Raises:
            UnknownAssetError: if there is none.
        """
        node = self.nodes.get(key)
        if node is None:
            name = key.to_user_string()
            known = (each.to_user_string() for each in self.nodes)
            message = f"There is no asset {name!r}{nearest(name, known) or '.'}"
            raise UnknownAssetError(message)
        return node

    @staticmethod
    def of(definitions: Iterable[Definition], *, ghosts: bool = False) -> Graph:
        """The graph that these definitions make.

        Args:
            definitions: Assets, source assets and bare specs; the same object twice counts once.
            ghosts: Whether a parameter whose upstream nobody defines becomes a ghost node
                (a notebook, rule C8) instead of an error.

        Raises:
            DagsterInvalidDefinitionError: for a key that is defined twice, an undefined input, or a
                check that has other partitions than its asset.
        """
        distinct = list({id(each): each for each in definitions}.values())
        nodes = _nodes(distinct, ghosts)
        checked = [one for one in distinct if isinstance(one, AssetsDefinition) and one.check_specs]
        graph = Graph(nodes, _checks(checked, nodes) if checked else None)
        for key, spec in graph.checks.items():
            _check_partitions(graph.nodes.get(key.asset_key), spec)
        return graph

    @property
    def order(self) -> tuple[AssetKey, ...]:
        """Every key, upstream first; ties in the order of the keys.

        Raises:
            CircularDependencyError: if the graph has a circle.
        """
        self.check()
        return self._order

    def check(self) -> None:
        """Raise if the assets depend on each other in a circle.

        Raises:
            CircularDependencyError: if they do.
        """
        if self.cycle:
            path = " → ".join(key.to_user_string() for key in (*self.cycle, self.cycle[0]))
            message = (
                f"These assets depend on each other in a circle: {path}. Remove one of the dependencies."
            )
            raise CircularDependencyError(message)

    def check_mappings(self) -> None:
        """Raise if a partition mapping means nothing between the partitions of two assets.

        Not asked of cells: the other asset's cell may be about to run again, with the partitions that fit.

        Raises:
            DagsterInvalidDefinitionError: (or what the mapping raises) if one does.
        """
        for node in self.nodes.values():
            here = node.partitions
            if here is None:
                continue
            for edge in node.inputs:
                there = self.nodes[edge.up].partitions
                if there is not None:
                    edge.mapping.validate_partition_mapping(there, here)

    def check_steps(self) -> None:
        """Raise if two functions have one name for their steps, as those of `["a", "b"]` and `a__b` have.

        Raises:
            DagsterInvalidDefinitionError: if there are two.
        """
        named: dict[str, Node] = {}
        for node in self.nodes.values():
            if node.definition is None or not node.definition.step_name:
                continue
            other = named.setdefault(node.definition.step_name, node)
            if other.definition is not None and other.definition.origin_id is not node.definition.origin_id:
                message = (
                    f"The assets {other.key.to_user_string()!r} and {node.key.to_user_string()!r} have conflicting node "
                    f"definitions: both are made by a step {node.definition.step_name!r}; rename one of them."
                )
                raise DagsterInvalidDefinitionError(message)

    def node(self, key: AssetKey) -> Node:
        """The node of a key.

        Raises:
            UnknownAssetError: if there is none; it names the nearest known keys.
        """
        try:
            return self.nodes[key]
        except KeyError:
            raise self.unknown(key) from None

    def unknown(self, key: AssetKey) -> UnknownAssetError:
        """The error for a key that nobody defines, with the nearest known ones; a ghost's consumers are named."""
        name = key.to_user_string()
        if key in self.nodes:
            return UnknownAssetError(undefined(key, self.nodes.values()))
        hint = nearest(
            name, (node.key.to_user_string() for node in self.nodes.values() if node.kind != "ghost")
        )
        return UnknownAssetError(f"No asset {name!r} is defined{hint or '.'}")

    def executable(self) -> list[AssetKey]:
        """The keys of the assets that can be materialized, upstream first."""
        return [key for key in self.order if self.nodes[key].kind == "asset"]

    def ancestors(self, keys: Iterable[AssetKey]) -> set[AssetKey]:
        """Everything upstream of these keys, transitively; themselves only where they are upstream of another."""
        return reach(keys, self.up)

    def descendants(self, keys: Iterable[AssetKey]) -> set[AssetKey]:
        """Everything downstream of these keys, transitively."""
        return reach(keys, self.down)

    def sorted(self, keys: Collection[AssetKey]) -> list[AssetKey]:
        """These keys, upstream first."""
        return [key for key in self.order if key in keys]

    @property
    def assets_defs(self) -> list[AssetsDefinition]:
        """The definition of every asset, each once; one without a function for what is made elsewhere."""
        found: dict[int, AssetsDefinition] = {}
        for node in self.nodes.values():
            made = node.definition or node.observer or external(node.spec)
            found.setdefault(id(made), made)
        return list(found.values())

    @property
    def asset_check_keys(self) -> set[AssetCheckKey]:
        """The key of every check."""
        return set(self.checks)

    @property
    def asset_dep_graph(self) -> Mapping[str, Mapping[AssetKey, set[AssetKey]]]:
        """What each asset depends on, and what depends on it: under `upstream` and `downstream`."""
        return {
            "upstream": {key: set(above) for key, above in self.up.items()},
            "downstream": {key: set(below) for key, below in self.down.items()},
        }

    def ghosts(self) -> list[AssetKey]:
        """The keys that parameters ask for and nobody defines."""
        return [key for key in self._order if self.nodes[key].kind == "ghost"]


def _neighbours(
    nodes: Mapping[AssetKey, Node],
) -> tuple[Mapping[AssetKey, tuple[AssetKey, ...]], Mapping[AssetKey, tuple[AssetKey, ...]]]:
    """Upstream and downstream keys of each node; a self-dependency is no neighbour."""
    up: dict[AssetKey, tuple[AssetKey, ...]] = {}
    down: dict[AssetKey, list[AssetKey]] = {key: [] for key in nodes}
    for key, node in nodes.items():
        ups = tuple(dict.fromkeys(edge.up for edge in node.inputs if edge.up != key))
        up[key] = ups
        for above in ups:
            down[above].append(key)
    return up, {key: tuple(below) for key, below in down.items()}


def _together(nodes: Mapping[AssetKey, Node]) -> dict[AssetKey, tuple[AssetKey, ...]]:
    found: dict[AssetKey, tuple[AssetKey, ...]] = {}
    for key, node in nodes.items():
        definition = node.definition
        if definition is not None and len(definition.specs_by_key) > 1 and not definition.can_subset:
            # All of them, but for a graph of one of them alone.
            found[key] = tuple(each for each in definition.specs_by_key if each in nodes)
    return found


def _checks(
    definitions: Iterable[AssetsDefinition], nodes: Mapping[AssetKey, Node]
) -> dict[AssetCheckKey, CheckNode]:
    """The checks that are declared, each with what its function reads."""
    found: dict[AssetCheckKey, CheckNode] = {}
    seen: set[int] = set()
    names = _Names({key: node.spec for key, node in nodes.items()})
    for definition in definitions:
        if id(definition) in seen:
            continue
        seen.add(id(definition))
        edges: list[Edge] = []
        if not definition.specs_by_key:
            for param in definition.params:
                up = names.resolve(param.key, "default", None)
                upstream = nodes.get(up)
                mapping = param.mapping or default_mapping(
                    upstream.partitions if upstream is not None else None, definition.partitions_def
                )
                edges.append(Edge(param.name, up, param.loads, mapping))
        for spec in definition.check_specs:
            if spec.key in found:
                message = f"Duplicate asset check key {spec.key.to_user_string()!r}: two definitions have it. Give one of them another name."
                raise DagsterInvalidDefinitionError(message)
            found[spec.key] = CheckNode(spec.key, spec, definition, tuple(edges))
    return found


class _Names:
    """What an unknown one-part key may stand for: THE asset of its group with that last part (semantics §2)."""

    def __init__(self, specs: Mapping[AssetKey, AssetSpec]) -> None:
        self.specs = specs
        self.by_name: dict[tuple[str, str], list[AssetKey]] = {}
        self.by_table: dict[object, list[AssetKey]] = {}
        for key, spec in specs.items():
            if len(key.parts) > 1:
                self.by_name.setdefault((spec.group_name or "default", key.parts[-1]), []).append(key)
            table = spec.metadata.get(_TABLE) if spec.metadata else None
            if isinstance(table, str):
                self.by_table.setdefault(table, []).append(key)

    def resolve(self, key: AssetKey, group: str, metadata: Mapping[str, object] | None) -> AssetKey:
        if key in self.specs or len(key.parts) != 1:
            return key
        named = self.by_name.get((group, key.parts[0]), ())
        if len(named) == 1:
            return named[0]
        table = (metadata or {}).get(_TABLE)
        tables = self.by_table.get(table, ()) if isinstance(table, str) else ()
        if len(tables) > 1:
            names = ", ".join(repr(k.to_user_string()) for k in sorted(tables))
            message = f"The table {table!r} is declared by several assets ({names}); name the one that is meant by its key."
            raise DagsterInvalidDefinitionError(message)
        return tables[0] if tables else key


def _specs_of(
    definition: Definition,
) -> Iterator[tuple[AssetSpec, AssetsDefinition | None, AssetsDefinition | None]]:
    """Each asset with what makes it, and with what looks at it."""
    if isinstance(definition, AssetSpec):
        yield definition, None, None
    elif isinstance(definition, SourceAsset):
        yield definition.to_spec(), None, observer_of(definition)
    else:
        makes = definition if definition.is_materializable else None
        looks = definition if definition.is_observable else None
        for spec in definition.specs_by_key.values():
            yield spec, makes, looks


def _nodes(definitions: Iterable[Definition], ghosts: bool) -> dict[AssetKey, Node]:
    specs: dict[AssetKey, AssetSpec] = {}
    runs: dict[AssetKey, AssetsDefinition | None] = {}
    observers: dict[AssetKey, AssetsDefinition] = {}
    for definition in definitions:
        for spec, made_by, seen_by in _specs_of(definition):
            if spec.key in specs and not (made_by is None is runs[spec.key] and spec == specs[spec.key]):
                both = "conflicting AssetSpecs" if made_by is None is runs[spec.key] else "definitions"
                message = (
                    f"The asset key {spec.key.to_user_string()!r} is a duplicate: two {both} have it. "
                    "Rename one of them, or give it a key_prefix."
                )
                raise DagsterInvalidDefinitionError(message)
            specs[spec.key], runs[spec.key] = spec, made_by
            if seen_by is not None:
                observers[spec.key] = seen_by
    names = _Names(specs)
    nodes: dict[AssetKey, Node] = {}
    missing: dict[AssetKey, NodeKind] = {}
    told: dict[AssetKey, Mapping[str, object]] = {}  # what dependencies say of assets that nobody defines
    for key, spec in specs.items():
        inputs: list[Edge] = []
        for name, up, loads, mapping, metadata in _inputs(spec, runs[key]):
            found = names.resolve(up, spec.group_name or "default", metadata)
            upstream = specs.get(found)
            if upstream is None and found not in missing:
                missing[found] = "ghost" if loads else "external"
            elif upstream is None and loads:
                missing[found] = "ghost"
            if upstream is None and metadata and told.setdefault(found, metadata) != metadata:
                message = (
                    f"Conflicting metadata found on AssetDeps referencing {found.to_string()}, an asset that nobody defines; "
                    "give the same everywhere, or define it with an AssetSpec."
                )
                raise DagsterInvalidDefinitionError(message)
            if mapping is None:
                mapping = default_mapping(upstream.partitions_def if upstream else None, spec.partitions_def)  # noqa: PLW2901  the default of this edge
            inputs.append(Edge(name, found, loads, mapping, runs.get(found) is None))
        kind: NodeKind = "external" if runs[key] is None else "asset"
        seen_by = observers.get(key)
        nodes[key] = Node(key, kind, spec, runs[key], tuple(inputs), spec.partitions_def, seen_by)
    if not ghosts:
        _refuse_ghosts(missing, nodes)
    for key, kind in missing.items():
        nodes[key] = Node(key, kind, AssetSpec(key, metadata=told.get(key)), None, (), None)
    return nodes


def _check_partitions(node: Node | None, spec: AssetCheckSpec) -> None:
    """A check that looks at partitions looks at those of its asset."""
    if spec.partitions_def is None or node is None or spec.partitions_def == node.partitions:
        return
    message = (
        f"The check {spec.key.to_user_string()!r} has other partitions ({spec.partitions_def!r:.80}) than its asset "
        f"({node.partitions!r:.80}); give it those of the asset, or none."
    )
    raise DagsterInvalidDefinitionError(message)


def _inputs(
    spec: AssetSpec, definition: AssetsDefinition | None
) -> Iterator[tuple[str, AssetKey, bool, PartitionMapping | None, Mapping[str, object] | None]]:
    """Name, key, loads, mapping and metadata of each input of one asset."""
    if definition is None:
        for dep in spec.deps:
            yield (
                f"dep:{dep.asset_key.to_escaped_user_string()}",
                dep.asset_key,
                False,
                dep.partition_mapping,
                dep.metadata,
            )
        return
    deps = {dep.asset_key: dep for dep in spec.deps}
    single = len(definition.specs_by_key) == 1
    named: set[AssetKey] = set()
    # An asset that is read twice has the mapping of each parameter: the dependency can tell one only.
    mapped = {param.key for param in definition.params if param.mapping is not None}
    for param in definition.params:
        if single or param.key in deps:
            named.add(param.key)
            known = deps.get(param.key)
            told = known.partition_mapping if known and param.key not in mapped else None
            mapping = param.mapping or told
            yield param.name, param.key, param.loads, mapping, known.metadata if known else None
    for key, dep in deps.items():
        if key not in named:
            yield f"dep:{key.to_escaped_user_string()}", key, False, dep.partition_mapping, dep.metadata


def _refuse_ghosts(missing: Mapping[AssetKey, NodeKind], nodes: Mapping[AssetKey, Node]) -> None:
    ghosts = [key for key, kind in missing.items() if kind == "ghost"]
    if ghosts:
        first = ghosts[0]
        users = [node.key for node in nodes.values() if any(edge.up == first for edge in node.inputs)]
        # Nobody means itself.
        known = [key.to_user_string() for key in nodes if key not in users]
        asked = ", ".join(repr(key.to_user_string()) for key in users)
        message = (
            f"{asked} {'reads' if len(users) == 1 else 'read'} {first.to_user_string()!r}, which is not among the assets and sources that were "
            f"given{nearest(first.to_user_string(), known) or '.'} Define it, or name another asset with ins={{...: AssetIn(...)}}."
        )
        raise DagsterInvalidDefinitionError(message)


def undefined(key: AssetKey, nodes: Iterable[Node]) -> str:
    """The text that explains an input which nobody defines: itself, its consumers, the nearest keys."""
    known: list[str] = []
    users: list[str] = []
    for node in nodes:
        if node.kind != "ghost":
            known.append(node.key.to_user_string())
        users.extend(f"{node.key.to_user_string()!r}" for edge in node.inputs if edge.up == key)
    name = key.to_user_string()
    verb = "asks" if len(users) == 1 else "ask"
    return (
        f"Asset {name!r} is not defined, but {', '.join(users)} {verb} for it as an input"
        f"{nearest(name, known) or '.'} Define it, or name another asset with ins={{...: AssetIn(...)}}."
    )


EMPTY = Graph({})
"""The graph of nothing."""
