"""`Definitions`: everything that belongs together, gathered and checked when it is asked for.

Construction looks at types alone. What needs the graph, an instance or a run imports the
room above inside the method (`architecture.md`, floors).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    ElementCheckError,
    ParameterCheckError,
    nearest,
)
from ..keys import AssetKey, CoercibleToAssetKey
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue
from .definition import AssetsDefinition, external
from .names import check_mapping
from .source import SourceAsset
from .spec import AssetSpec

if TYPE_CHECKING:
    from ..graph import Graph
    from ..value_loader import AssetValueLoader

Listed: TypeAlias = AssetsDefinition | SourceAsset | AssetSpec

_DEFAULT_RESOURCES = frozenset({"io_manager"})


class Definitions:
    """Assets, and what they are run with. Errors between them appear when they are resolved.

    Args:
        assets: Definitions, source assets and bare specs.
        schedules: Kept as given.
        sensors: Kept as given.
        jobs: Kept as given.
        resources: By key: resources, IO managers, or plain objects.
        executor: What runs the steps.
        loggers: By name.
        asset_checks: Definitions of checks.
        metadata: Anything to be known about the whole.
        component_tree: Kept as given.
    """

    def __init__(
        self,
        assets: Iterable[Listed] | None = None,
        schedules: Iterable[Any] | None = None,
        sensors: Iterable[Any] | None = None,
        jobs: Iterable[Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        executor: Any = None,
        loggers: Mapping[str, Any] | None = None,
        asset_checks: Iterable[AssetsDefinition] | None = None,
        metadata: Mapping[str, Any] | None = None,
        component_tree: Any = None,
    ) -> None:
        self.assets = _listed(assets, (AssetsDefinition, SourceAsset, AssetSpec), "assets")
        self.schedules = _listed(schedules, (object,), "schedules")
        self.sensors = _listed(sensors, (object,), "sensors")
        self.jobs = _listed(jobs, (object,), "jobs")
        self.resources = None if resources is None else dict(check_mapping(resources, "resources"))
        self.executor = executor
        self.loggers = None if loggers is None else dict(check_mapping(loggers, "loggers"))
        self.asset_checks = _listed(asset_checks, (AssetsDefinition,), "asset_checks")
        self.metadata: Mapping[str, MetadataValue] = coerce_all(metadata)
        self.component_tree = component_tree
        self._graph: Graph | None = None

    def __repr__(self) -> str:
        return f"<Definitions of {len(self.assets or ())} assets>"

    def resolve_asset_graph(self) -> Graph:
        """The graph of all assets; a circle is not looked for.

        Raises:
            DagsterInvalidDefinitionError: for a key that is defined twice, or an undefined input.
        """
        if self._graph is None:
            from ..graph import Graph

            self._graph = Graph.of(self._all())
        return self._graph

    def resolve_all_asset_specs(self) -> Sequence[AssetSpec]:
        """The spec of every asset, those of undefined dependencies included."""
        return [node.spec for node in self.resolve_asset_graph().nodes.values()]

    def resolve_all_asset_keys(self) -> Sequence[AssetKey]:
        """The key of every asset."""
        return list(self.resolve_asset_graph().nodes)

    def resolve_assets_def(self, key: CoercibleToAssetKey) -> AssetsDefinition:
        """The definition that an asset is part of; one without a function for an external asset.

        Raises:
            DagsterInvariantViolationError: if there is no such asset.
        """
        wanted = AssetKey.from_coercible(key)
        for each in self._all():
            if isinstance(each, AssetsDefinition):
                if wanted in each.specs_by_key:
                    return each
            elif each.key == wanted:
                return external(each if isinstance(each, AssetSpec) else each.to_spec())
        name = wanted.to_user_string()
        message = f"No asset {name!r} is among these definitions{nearest(name, (k.to_user_string() for k in self._keys())) or '.'}"
        raise DagsterInvariantViolationError(message)

    def get_assets_def(self, key: CoercibleToAssetKey) -> AssetsDefinition:
        """The definition that an asset is part of."""
        return self.resolve_assets_def(key)

    def load_asset_value(
        self,
        asset_key: CoercibleToAssetKey,
        *,
        python_type: type | None = None,
        instance: Any = None,
        partition_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Any:
        """The stored value of an asset.

        Args:
            asset_key: Which asset.
            python_type: What it must be.
            instance: Where it is stored; the default one where absent.
            partition_key: Which partition.
            metadata: What an IO manager is told, as of an `AssetIn`.

        Raises:
            CheckError: if there is no such asset.
        """
        loader = self.get_asset_value_loader(instance)
        return loader.load_asset_value(
            asset_key,
            python_type=python_type,
            partition_key=partition_key,
            input_definition_metadata=metadata,
        )

    def get_asset_value_loader(self, instance: Any = None) -> AssetValueLoader:
        """What loads values of these assets; as a context manager it makes resources once for all of them.

        Args:
            instance: Where the values are; default: that of `DagsterInstance.get()`.
        """
        from ..value_loader import AssetValueLoader

        return AssetValueLoader(self.resolve_asset_graph(), self.resources or {}, instance)

    @staticmethod
    def validate_loadable(defs: Definitions) -> None:
        """Find everything that would be found when something runs.

        Raises:
            CircularDependencyError: if the assets depend on each other in a circle.
            DagsterInvalidDefinitionError: for a duplicate key, an undefined input, or a missing resource.
        """
        if not isinstance(defs, Definitions):
            message = f"Parameter 'defs' must be Definitions, not {type(defs).__name__}: {defs!r:.80}"
            raise ParameterCheckError(message)
        defs.resolve_asset_graph().check()
        known = _DEFAULT_RESOURCES | (defs.resources or {}).keys()
        for each in defs._all():
            if isinstance(each, AssetsDefinition):
                _check_resources(each, known)

    @staticmethod
    def merge(*def_sets: Definitions) -> Definitions:
        """All of them together; the same asset object counts once, and later metadata win.

        Raises:
            DagsterInvariantViolationError: for two resources or loggers of one key, or two executors.
        """
        for each in def_sets:
            if not isinstance(each, Definitions):
                message = f"Only Definitions can be merged, not {type(each).__name__}: {each!r:.80}"
                raise ElementCheckError(message)
        executors = [each.executor for each in def_sets if each.executor is not None]
        if any(executor is not executors[0] for executor in executors):
            message = "Two of the merged Definitions have executors of their own; leave one of them out."
            raise DagsterInvariantViolationError(message)
        return Definitions(
            assets=_once(each.assets for each in def_sets),
            schedules=_once(each.schedules for each in def_sets),
            sensors=_once(each.sensors for each in def_sets),
            jobs=_once(each.jobs for each in def_sets),
            resources=_united((each.resources for each in def_sets), "resource"),
            executor=executors[0] if executors else None,
            loggers=_united((each.loggers for each in def_sets), "logger"),
            asset_checks=_once(each.asset_checks for each in def_sets),
            metadata={name: value for each in def_sets for name, value in each.metadata.items()},
        )

    def with_resources(self, resources: Mapping[str, Any]) -> Definitions:
        """A copy with these resources besides its own; the new ones win."""
        return self._copy(resources={**(self.resources or {}), **check_mapping(resources, "resources")})

    def with_definition_metadata_update(
        self, update: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> Definitions:
        """A copy whose metadata are what the function makes of them."""
        return self._copy(metadata=update(self.metadata))

    def map_asset_specs(
        self, *, func: Callable[[AssetSpec], AssetSpec], selection: Any = None
    ) -> Definitions:
        """A copy with the spec of every asset mapped that was defined with a function or as a spec.

        Args:
            func: From spec to spec.
            selection: Which assets; all of them where absent.
        """
        chosen = None if selection is None else self._chosen(selection)

        def mapped(spec: AssetSpec) -> AssetSpec:
            return func(spec) if chosen is None or spec.key in chosen else spec

        return self._copy(assets=[_mapped(each, mapped) for each in self.assets or ()])

    map_resolved_asset_specs = map_asset_specs

    def _chosen(self, selection: Any) -> Any:
        from ..language.selection import AssetSelection

        return AssetSelection.from_coercible(selection).resolve(self.resolve_asset_graph())

    def _all(self) -> list[Listed]:
        return [*(self.assets or ()), *(self.asset_checks or ())]

    def _keys(self) -> set[AssetKey]:
        keys: set[AssetKey] = set()
        for each in self._all():
            keys.update(each.specs_by_key if isinstance(each, AssetsDefinition) else (each.key,))
        return keys

    def _copy(self, **changes: Any) -> Definitions:
        fields = {name: value for name, value in self.__dict__.items() if not name.startswith("_")}
        return Definitions(**{**fields, **changes})


def _mapped(each: Listed, func: Callable[[AssetSpec], AssetSpec]) -> Listed:
    if isinstance(each, AssetSpec):
        return func(each)
    return each.map_asset_specs(func) if isinstance(each, AssetsDefinition) else each


def _check_resources(definition: AssetsDefinition, known: Iterable[str]) -> None:
    names = set(known) | definition.resource_defs.keys()
    for key in sorted(definition.required_resource_keys - names):
        asset = ", ".join(repr(each.to_user_string()) for each in definition.specs_by_key)
        message = (
            f"The resource {key!r} that {asset} needs is not given{nearest(key, names) or '.'} "
            f"Add resources={{{key!r}: ...}} to Definitions."
        )
        raise DagsterInvalidDefinitionError(message)


def _listed(given: Iterable[Any] | None, classes: tuple[type, ...], name: str) -> list[Any] | None:
    if given is None:
        return None
    if isinstance(given, str) or not isinstance(given, Iterable):
        message = f"Parameter {name!r} must be a list, not {type(given).__name__}: {given!r:.80}"
        raise ParameterCheckError(message)
    members = list(given)
    for each in members:
        if not isinstance(each, classes):
            wanted = " or ".join(cls.__name__ for cls in classes)
            message = f"Each of {name!r} must be {wanted}, not {type(each).__name__}: {each!r:.80}"
            raise ElementCheckError(message)
    return members


def _once(lists: Iterable[list[Any] | None]) -> list[Any]:
    """All members in their order, each object once."""
    found: dict[int, Any] = {}
    for each in lists:
        for member in each or ():
            found.setdefault(id(member), member)
    return list(found.values())


def _united(mappings: Iterable[Mapping[str, Any] | None], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mapping in mappings:
        for key, value in (mapping or {}).items():
            if key in found and found[key] is not value and found[key] != value:
                message = f"The {kind} {key!r} has different values in two of the merged Definitions; give one of them another key."
                raise DagsterInvariantViolationError(message)
            found[key] = value
    return found
