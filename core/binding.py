"""Resources outside of a run: bound to definitions, made for a while, or told to a function of a resource.

What a run does itself (`resources/lifecycle.py`), done here for tests, scripts and interactive work. The default
instance is one in memory, so this stands above the instance. Rules: `spec/api.md` §5.4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from .define.definition import DEFAULT_IO_MANAGER, AssetsDefinition
from .define.source import SourceAsset
from .errors import (
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    check_type,
    nearest,
)
from .instance import DagsterInstance
from .record import UNSET
from .resources.definition import InitResourceContext, Resources
from .resources.lifecycle import in_order, initialise, preset
from .run.supply import Supply

T = TypeVar("T")


def with_resources(
    definitions: Iterable[T],
    resource_defs: Mapping[str, object],
    resource_config_by_key: Mapping[str, Any] | None = None,
) -> Sequence[T]:
    """The same definitions, each of which brings the resources that it needs.

    Args:
        definitions: Assets, source assets and specs; specs need nothing.
        resource_defs: Resources by key: definitions, resources, or any object.
        resource_config_by_key: Config of some of them, as a run's config writes it: `{key: {"config": ...}}`.

    Raises:
        DagsterInvalidDefinitionError: for a resource that is needed and not there.
        DagsterInvalidInvocationError: for one that a definition brings itself.
        DagsterInvalidConfigError: for config that does not fit.
    """
    check_type(resource_defs, Mapping, "resource_defs", optional=False)
    given = {
        key: _configured(key, thing, resource_config_by_key or {}) for key, thing in resource_defs.items()
    }
    return [_bound(each, given) for each in definitions]


def _configured(key: str, thing: object, configs: Mapping[str, Any]) -> object:
    """A resource with the config that was given for it."""
    if key not in configs:
        return thing
    entry = configs[key]
    if not isinstance(entry, Mapping) or set(entry) - {"config"}:
        message = f"Error with config for resource key {key!r}: it must be a mapping {{'config': ...}}, not {type(entry).__name__}"
        raise DagsterInvalidInvocationError(message)
    try:
        return preset(thing, entry.get("config", UNSET), key)
    except DagsterInvalidConfigError as error:
        message = f"Error when applying config for resource with key {key!r}: {error}"
        raise DagsterInvalidConfigError(message, error.errors) from None


def _bound(definition: Any, given: Mapping[str, object]) -> Any:
    if not isinstance(definition, (AssetsDefinition, SourceAsset)):
        return definition
    own = definition.resource_defs
    if twice := sorted(key for key in own if key in given and key != DEFAULT_IO_MANAGER):
        message = (
            f"{_named(definition)} brings resources itself that were given once more: {', '.join(twice)}. "
            "Leave them out of resource_defs, or out of the definition."
        )
        raise DagsterInvalidInvocationError(message)
    everything = {**given, **own}
    asked = {key: _asker(definition, key) for key in (*_needed(definition), *own)}
    if DEFAULT_IO_MANAGER in everything:
        asked.setdefault(DEFAULT_IO_MANAGER, "")
    if isinstance(definition, SourceAsset) and (key := definition.io_manager_key) and key not in everything:
        hint = nearest(key, everything) or f". Provided: {', '.join(sorted(everything)) or 'none'}"
        message = f"io manager with key {key!r} required by {_named(definition)} was not provided{hint}"
        raise DagsterInvalidDefinitionError(message)
    order = in_order(everything, asked)
    return definition.with_resources({key: everything[key] for key in order if key not in own})


def _needed(definition: AssetsDefinition | SourceAsset) -> Collection[str]:
    if isinstance(definition, SourceAsset):
        return [] if definition.io_manager_key is None else [definition.io_manager_key]
    return sorted(definition.required_resource_keys - {DEFAULT_IO_MANAGER})


def _asker(definition: AssetsDefinition | SourceAsset, key: str) -> str:
    if isinstance(definition, SourceAsset):
        return _named(definition)
    return f"op {definition.step_name!r}" if key not in definition.resource_defs else ""


def _named(definition: AssetsDefinition | SourceAsset) -> str:
    if isinstance(definition, SourceAsset):
        return f"SourceAsset with key {definition.key.to_string()}"
    keys = ", ".join(sorted(key.to_string() for key in definition.keys))
    return f"AssetsDefinition with key {keys}"


@contextmanager
def build_resources(
    resources: Mapping[str, Any],
    instance: DagsterInstance | None = None,
    resource_config: Mapping[str, Any] | None = None,
    dagster_run: Any = None,
    log_manager: Any = None,
    event_loop: Any = None,
) -> Iterator[Resources]:
    """Resources as a run would make them, for as long as the `with` block lasts.

    Args:
        resources: By key: definitions, resources, or any object.
        instance: What they find under `context.instance`; default: one in memory.
        resource_config: Their config, as a run's config writes it: `{key: {"config": ...}}`.
        dagster_run: The run that they find under `context.run`.
        log_manager: Where they log.
        event_loop: Kept for the reference's sake.

    Yields:
        The values, each as an attribute.

    Raises:
        DagsterInvalidConfigError: for config that does not fit.
        DagsterResourceFunctionError: if one cannot be made.
    """
    del event_loop
    check_type(resources, Mapping, "resources", optional=False)
    form = {"resources": dict(resource_config or {})}
    context = InitResourceContext(
        None, None, instance or DagsterInstance.ephemeral(), dagster_run, log_manager
    )
    with initialise(resources, list(resources), run_config=form, context=context) as values:
        yield Resources(values)


class UnboundInitResourceContext(InitResourceContext):
    """What `build_init_resource_context` gives: with it, a function of a resource can be called directly."""

    __slots__ = ("_supply",)

    def __init__(self, config: Any, resources: Mapping[str, Any], instance: DagsterInstance) -> None:
        super().__init__(config, None, instance)
        context = InitResourceContext(None, None, instance)
        self._supply = Supply(resources, "build_init_resource_context", None, context)

    @property
    def resources(self) -> Any:
        """The resources that were given, made."""
        return Resources(self._supply.values())

    def __enter__(self) -> Self:
        self._supply.enter()
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._supply.leave()


def build_init_resource_context(
    config: Any = None,
    resources: Mapping[str, Any] | None = None,
    instance: DagsterInstance | None = None,
) -> UnboundInitResourceContext:
    """A context to call a resource's function with.

    Args:
        config: The resource's config.
        resources: What it requires, by key; those that yield want `with build_init_resource_context(...) as context:`.
        instance: What `context.instance` is; default: one in memory.
    """
    return UnboundInitResourceContext(config, dict(resources or {}), instance or DagsterInstance.ephemeral())
