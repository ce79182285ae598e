"""`Definitions`: everything that belongs together, gathered and checked when it is asked for.

Construction looks at types alone. What needs the graph, an instance or a run imports the
room above inside the method (`architecture.md`, floors).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    ElementCheckError,
    ParameterCheckError,
    check_type,
    nearest,
)
from ..keys import AssetCheckKey, AssetKey, CoercibleToAssetKey
from ..language.selection import AssetSelection, CoercibleToAssetSelection
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue
from .asset_job import IMPLICIT_JOB, UnresolvedAssetJobDefinition
from .checks import AssetCheckSpec
from .definition import DEFAULT_IO_MANAGER, AssetsDefinition, external
from .executor import ExecutorDefinition
from .job import JobDefinition
from .names import DEFAULT_GROUP, check_mapping, valid_loggers
from .source import SourceAsset, brought_by
from .spec import IO_MANAGER_METADATA, AssetSpec

if TYPE_CHECKING:
    from ..graph import Graph
    from ..value_loader import AssetValueLoader
    from .repository import RepositoryDefinition

Listed: TypeAlias = AssetsDefinition | SourceAsset | AssetSpec

_DEFAULT_RESOURCES = frozenset({DEFAULT_IO_MANAGER})


class Need(NamedTuple):
    """A resource that something needs: what kind of thing, who needs it, and what that brings itself."""

    key: str
    what: str
    who: str
    brought: Mapping[str, Any]


class Definitions:
    """Assets, and what they are run with. Errors between them appear when they are resolved.

    Args:
        assets: Definitions, source assets and bare specs.
        schedules: Kept as given.
        sensors: Kept as given.
        jobs: Jobs of ops, and what `define_asset_job` gives.
        resources: By key: resources, IO managers, or plain objects.
        executor: How the steps of jobs are carried out that say nothing of it; kept.
        loggers: By name; for jobs that have none.
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
        self.jobs = _listed(jobs, (JobDefinition, UnresolvedAssetJobDefinition), "jobs")
        self.resources = None if resources is None else dict(check_mapping(resources, "resources"))
        self.executor: ExecutorDefinition | None = check_type(executor, ExecutorDefinition, "executor")
        self.loggers = None if loggers is None else valid_loggers(loggers)
        self.asset_checks = _listed(asset_checks, (AssetsDefinition,), "asset_checks")
        self.metadata: Mapping[str, MetadataValue] = coerce_all(metadata)
        self.component_tree = component_tree
        self._graph: Graph | None = None
        self._repository: RepositoryDefinition | None = None

    __hash__ = None  # type: ignore[assignment]  # lists and dicts are inside

    def __eq__(self, other: object) -> bool:
        return self._fields() == other._fields() if isinstance(other, Definitions) else NotImplemented

    def __repr__(self) -> str:
        return f"<Definitions of {len(self.assets or ())} assets>"

    def resolve_asset_graph(self) -> Graph:
        """The graph of all assets; a circle is not looked for.

        Raises:
            DagsterInvalidDefinitionError: for a key that is defined twice, or an undefined input.
        """
        if self._graph is None:
            from ..graph import Graph

            self._graph = Graph.of(self.listed())
        return self._graph

    def resolve_all_asset_specs(self) -> Sequence[AssetSpec]:
        """The spec of every asset, those of undefined dependencies included."""
        specs = (node.spec for node in self.resolve_asset_graph().nodes.values())
        return [spec if spec.group_name else spec._replace(group_name=DEFAULT_GROUP) for spec in specs]

    def resolve_all_asset_keys(self) -> Sequence[AssetKey]:
        """The key of every asset."""
        return list(self.resolve_asset_graph().nodes)

    def resolve_assets_def(self, key: CoercibleToAssetKey) -> AssetsDefinition:
        """The definition that an asset is part of; one without a function for an external asset.

        Raises:
            DagsterInvariantViolationError: if there is no such asset.
        """
        wanted = AssetKey.from_coercible(key)
        for each in self.listed():
            if isinstance(each, AssetsDefinition):
                if wanted in each.specs_by_key:
                    return each
            elif each.key == wanted:
                return external(each if isinstance(each, AssetSpec) else each.to_spec())
        stub = self.resolve_asset_graph().nodes.get(wanted)
        if stub is not None:
            return external(stub.spec)
        name = wanted.to_user_string()
        message = f"No asset {name!r} is among these definitions{nearest(name, (k.to_user_string() for k in self._keys())) or '.'}"
        raise DagsterInvariantViolationError(message)

    def get_assets_def(self, key: CoercibleToAssetKey) -> AssetsDefinition:
        """The definition that an asset is part of."""
        return self.resolve_assets_def(key)

    def get_asset_checks_def(self, key: AssetCheckKey) -> AssetsDefinition:
        """The definition that reports a check.

        Raises:
            DagsterInvariantViolationError: if there is no such check.
        """
        known: list[str] = []
        for each in self.listed():
            if isinstance(each, AssetsDefinition):
                if key in each.check_keys:
                    return each
                known += (one.to_user_string() for one in each.check_keys)
        name = key.to_user_string()
        message = f"No check {name!r} is among these definitions{nearest(name, known) or '.'}"
        raise DagsterInvariantViolationError(message)

    def get_repository_def(self) -> RepositoryDefinition:
        """Everything resolved, as one object that answers by name.

        Raises:
            DagsterInvalidDefinitionError: as `resolve_asset_graph`.
        """
        if self._repository is None:
            from .repository import RepositoryDefinition  # made of definitions, and so knows this class

            self._repository = RepositoryDefinition(self)
        return self._repository

    def resolve_job_def(self, name: str) -> JobDefinition:
        """The job of this name, with the resources of these definitions.

        Raises:
            DagsterInvariantViolationError: if there is none.
            DagsterInvalidDefinitionError: if it cannot be resolved; the cause says why.
        """
        return self.get_repository_def().get_job(name)

    get_job_def = resolve_job_def

    def resolve_all_job_defs(self) -> Sequence[JobDefinition]:
        """Every job, that of all assets first.

        Raises:
            DagsterInvalidDefinitionError: if one cannot be resolved; the cause says why.
        """
        return self.get_repository_def().get_all_jobs()

    get_all_job_defs = resolve_all_job_defs

    def has_implicit_global_asset_job_def(self) -> bool:
        """Whether there is a job of all assets: whether anything can be run."""
        return self.get_repository_def().has_job(IMPLICIT_JOB)

    def resolve_implicit_global_asset_job_def(self) -> JobDefinition:
        """The job of all assets and checks, which nobody has to declare.

        Their partitions may differ: a run with a partition selects assets that share theirs.

        Raises:
            DagsterInvariantViolationError: if there is nothing to run.
        """
        return self.get_repository_def().get_job(IMPLICIT_JOB)

    get_implicit_global_asset_job_def = resolve_implicit_global_asset_job_def

    def resolve_implicit_job_def_def_for_assets(self, asset_keys: Iterable[AssetKey]) -> JobDefinition | None:
        """The job of all assets, if it makes these; the name is the reference's."""
        return self.get_repository_def().get_implicit_job_def_for_assets(asset_keys)

    def resolve_schedule_def(self, name: str) -> Any:
        """The schedule of this name.

        Raises:
            DagsterInvariantViolationError: if there is none.
        """
        return self.get_repository_def().get_schedule_def(name)

    get_schedule_def = resolve_schedule_def

    def resolve_sensor_def(self, name: str) -> Any:
        """The sensor of this name.

        Raises:
            DagsterInvariantViolationError: if there is none.
        """
        return self.get_repository_def().get_sensor_def(name)

    get_sensor_def = resolve_sensor_def

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

        resources = {**brought_by(self.listed()), **(self.resources or {})}
        return AssetValueLoader(self.resolve_asset_graph(), resources, instance)

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
        graph = defs.resolve_asset_graph()
        graph.check()
        graph.check_mappings()
        graph.check_steps()
        defs.require_resources()
        defs.resolve_all_job_defs()

    def require_resources(self) -> None:
        """Raise if something needs a resource that is not there.

        Raises:
            DagsterInvalidDefinitionError: for one that is missing, or that two assets bring differently.
        """
        brought_by(self.listed())
        known = _DEFAULT_RESOURCES | (self.resources or {}).keys()
        for each in self.listed():
            for need in needs(each):
                if need.key not in known and need.key not in need.brought:
                    message = (
                        f"The {need.what} with key {need.key!r} required by {need.who} was not provided"
                        f"{nearest(need.key, {*known, *need.brought}) or '.'} Add resources={{{need.key!r}: ...}} to Definitions."
                    )
                    raise DagsterInvalidDefinitionError(message)

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
        executors = [(at, each.executor) for at, each in enumerate(def_sets) if each.executor is not None]
        for at, executor in executors:
            if executor != executors[0][1]:
                message = f"Definitions objects {executors[0][0]} and {at} both have an executor; leave one of them out."
                raise DagsterInvariantViolationError(message)
        return Definitions(
            assets=_once(each.assets for each in def_sets),
            schedules=_once(each.schedules for each in def_sets),
            sensors=_once(each.sensors for each in def_sets),
            jobs=_once(each.jobs for each in def_sets),
            resources=_united((each.resources for each in def_sets), "resource"),
            executor=executors[0][1] if executors else None,
            loggers=_united((each.loggers for each in def_sets), "logger"),
            asset_checks=_once(each.asset_checks for each in def_sets),
            metadata={name: value for each in def_sets for name, value in each.metadata.items()},
            component_tree=next((each.component_tree for each in def_sets if each.component_tree), None),
        )

    def with_resources(self, resources: Mapping[str, Any] | None) -> Definitions:
        """A copy with these resources besides its own.

        Raises:
            DagsterInvariantViolationError: for one that is there with another value.
        """
        if resources is None:
            return self
        check_mapping(resources, "resources")
        return self._copy(resources=_united([self.resources, resources], "resource"))

    def with_definition_metadata_update(
        self, update: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> Definitions:
        """A copy in which the metadata of every asset, check, job, schedule and sensor are what the function makes of them."""

        def spec(one: AssetSpec) -> AssetSpec:
            return one.replace_attributes(metadata=update(one.metadata))

        def check(one: AssetCheckSpec) -> AssetCheckSpec:
            return one.with_metadata(update(one.metadata))

        def asset(one: Listed) -> Listed:
            if isinstance(one, SourceAsset):
                return one
            return (
                spec(one) if isinstance(one, AssetSpec) else one.map_asset_specs(spec).map_check_specs(check)
            )

        def other(one: Any) -> Any:
            return one.with_attributes(metadata=update(one.metadata))

        return self._copy(
            assets=None if self.assets is None else [asset(each) for each in self.assets],
            asset_checks=None if self.asset_checks is None else [asset(each) for each in self.asset_checks],
            jobs=None if self.jobs is None else [other(each) for each in self.jobs],
            schedules=None if self.schedules is None else [other(each) for each in self.schedules],
            sensors=None if self.sensors is None else [other(each) for each in self.sensors],
        )

    def map_asset_specs(
        self, *, func: Callable[[AssetSpec], AssetSpec], selection: Any = None
    ) -> Definitions:
        """A copy with the spec of every asset mapped.

        Args:
            func: From spec to spec.
            selection: Which assets; all of them where absent.

        Raises:
            DagsterInvariantViolationError: for a `SourceAsset`, which has no spec of its own.
        """
        for each in self.assets or ():
            if isinstance(each, SourceAsset):
                message = f"Only AssetSpec and AssetsDefinition can be mapped, and {each.key.to_user_string()!r} is a SourceAsset: make it an AssetSpec."
                raise DagsterInvariantViolationError(message)
        chosen = None if selection is None else self._chosen(selection)

        def mapped(spec: AssetSpec) -> AssetSpec:
            return func(spec) if chosen is None or spec.key in chosen else spec

        return self._copy(assets=[_mapped(each, mapped) for each in self.assets or ()])

    map_resolved_asset_specs = map_asset_specs

    def _chosen(self, selection: CoercibleToAssetSelection) -> Any:
        return AssetSelection.from_coercible(selection).resolve(self.resolve_asset_graph())

    def listed(self) -> list[Listed]:
        """Everything that was given as an asset or a check."""
        return [*(self.assets or ()), *(self.asset_checks or ())]

    def _keys(self) -> set[AssetKey]:
        keys: set[AssetKey] = set()
        for each in self.listed():
            keys.update(each.specs_by_key if isinstance(each, AssetsDefinition) else (each.key,))
        return keys

    def _fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def _copy(self, **changes: Any) -> Definitions:
        return Definitions(**{**self._fields(), **changes})


def _mapped(each: Listed, func: Callable[[AssetSpec], AssetSpec]) -> Listed:
    if isinstance(each, AssetSpec):
        return func(each)
    return each.map_asset_specs(func) if isinstance(each, AssetsDefinition) else each


def needs(each: Listed) -> Iterator[Need]:
    """The resources that a definition needs, its IO managers included."""
    if isinstance(each, SourceAsset):
        who = f"SourceAsset with key {each.key.to_string()}"
        yield Need(each.get_io_manager_key(), "io manager", who, each.resource_defs)
    elif isinstance(each, AssetSpec):
        manager = str(each.metadata.get(IO_MANAGER_METADATA, DEFAULT_IO_MANAGER))
        yield Need(manager, "io manager", f"external asset with key {each.key.to_string()}", {})
    elif not each.is_executable:
        for spec in each.specs:
            yield from needs(spec)
    else:
        needed = each.required_resource_keys
        for name, port in each.ports.items():
            if port.io_manager_key in needed:
                needed.discard(port.io_manager_key)
                who = f"output {name!r} of op {each.step_name!r}"
                yield Need(port.io_manager_key, "io manager", who, each.resource_defs)
        for key in sorted(needed):
            yield Need(key, "resource", f"op {each.step_name!r}", each.resource_defs)


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
    homes: dict[str, int] = {}
    for at, mapping in enumerate(mappings):
        for key, value in (mapping or {}).items():
            if key in found and found[key] is not value and found[key] != value:
                message = (
                    f"Definitions objects {homes[key]} and {at} have different {kind}s with same key {key!r}; "
                    "give one of them another key."
                )
                raise DagsterInvariantViolationError(message)
            found[key] = value
            homes.setdefault(key, at)
    return found
