"""The life of resources in a run: made, dependencies first, handed out, torn down in reverse.

Knows three kinds of things: function resources, objects with a life of their own (they have
`initialised`), and any other object, which is handed out as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, _GeneratorContextManager, contextmanager
from types import GeneratorType
from typing import Any

from ..errors import (
    DagsterError,
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    DagsterResourceFunctionError,
    nearest,
)
from ..record import UNSET
from ..schema.process import process
from ..schema.reading import ROOT
from ..schema.terms import Field
from .definition import InitResourceContext, ResourceDefinition, Resources
from .run_config import config_of, optional


@contextmanager
def initialise(
    defs: Mapping[str, Any],
    needed: Collection[str],
    *,
    run_config: Mapping[str, Any] | None = None,
    context: InitResourceContext | None = None,
) -> Iterator[Mapping[str, Any]]:
    """The values of the resources that a run needs, and of what these require; torn down at the end.

    Args:
        defs: By key: a definition, a resource, or any object.
        needed: The keys that the run's steps require.
        run_config: The mapping form of the run's config.
        context: What the makers get to know of the run: instance, run, log.

    Yields:
        The values by key.

    Raises:
        DagsterInvalidDefinitionError: if a key is not there.
        DagsterResourceFunctionError: if one cannot be made; what was made is torn down.
    """
    base = context or InitResourceContext()
    form = run_config or {}
    values: dict[str, Any] = {}
    entered: dict[int, Any] = {}
    with ExitStack() as stack:
        for key in in_order(defs, needed):
            required = getattr(defs[key], "required_resource_keys", ())
            config = config_for(defs[key], config_of(form, "resources", key), key)
            mine = base.narrowed(key, config, Resources(values, required))
            values[key] = stack.enter_context(enter(defs[key], mine, entered))
        yield values


def in_order(defs: Mapping[str, Any], needed: Collection[str]) -> list[str]:
    """The keys that are needed and those that they require, what is required first.

    Args:
        defs: The resources there are, by key.
        needed: The keys; as a mapping, with who needs them, for messages.

    Raises:
        DagsterInvalidDefinitionError: if a key is not there.
        DagsterInvariantViolationError: if resources require each other in a circle.
    """
    askers = needed if isinstance(needed, Mapping) else {}
    done: dict[str, None] = {}
    for start in needed:
        path: list[tuple[str, Iterator[str]]] = [(start, _required(defs, start, askers.get(start, "")))]
        while path:
            key, rest = path[-1]
            following = next((one for one in rest if one not in done), None)
            if following is None:
                done[key] = None
                path.pop()
            elif any(following == one for one, _ in path):
                circle = " → ".join([*(one for one, _ in path), following])
                message = (
                    f'Resource key "{key}" transitively depends on itself: {circle}. Take one of them out'
                )
                raise DagsterInvariantViolationError(message)
            else:
                path.append((following, _required(defs, following, f"resource with key {key!r}")))
    return list(done)


def _required(defs: Mapping[str, Any], key: str, asker: str) -> Iterator[str]:
    if key not in defs:
        hint = nearest(key, defs) or f". Provided: {', '.join(sorted(defs)) or 'none'}"
        by = f" by {asker}" if asker else ""
        message = f"resource with key {key!r} required{by} was not provided{hint}"
        raise DagsterInvalidDefinitionError(message)
    thing = defs[key]
    if not is_made(thing):
        return iter(())
    nested = [id(one) for one in getattr(thing, "nested_resources", {}).values()]
    within = {one for one, other in defs.items() if id(other) in nested} if nested else set()
    return iter(sorted(within.union(getattr(thing, "required_resource_keys", ()))))


def config_for(thing: Any, given: Any, key: str) -> Any:
    """The config that the maker of a resource gets: a definition's is read here, a class reads its own.

    Raises:
        DagsterInvalidConfigError: for one that does not fit.
    """
    if isinstance(thing, ResourceDefinition):
        return thing.read_config(given, key)
    return None if given is UNSET else given


class Configured:
    """A resource that reads its own config, with some config already.

    Args:
        thing: The resource.
        config: The config, as a run's config writes it.
    """

    def __init__(self, thing: Any, config: Any) -> None:
        self.thing = thing
        self.config = config

    @property
    def nested_resources(self) -> Mapping[str, Any]:
        """Those of the resource."""
        return dict(self.thing.nested_resources)

    def initialised(self, context: InitResourceContext, entered: dict[int, Any]) -> Iterator[Any]:
        """The value for one run."""
        config = {**self.config, **(context.resource_config or {})}
        manager: Iterator[Any] = self.thing.initialised(
            context.narrowed(context.key, config, context.resources), entered
        )
        return manager

    def config_field_of_run(self) -> Field:
        """What a run's config may set besides."""
        return optional(self.thing.config_field_of_run())


def preset(thing: Any, config: Any, key: str) -> Any:
    """The same resource with its config set.

    Args:
        thing: A definition, a resource, or any object, which has no config.
        config: The config, as a run's config writes it; `UNSET` for none.
        key: The resource's key, for messages.

    Raises:
        DagsterInvalidConfigError: for one that does not fit.
    """
    field = getattr(thing, "config_field_of_run", None)
    if field is None or config is UNSET:
        return thing
    process(field(), config, f"{ROOT}:resources:{key}:config", f"Error in config for resource {key}")
    return thing.configured(config) if isinstance(thing, ResourceDefinition) else Configured(thing, config)


def is_made(thing: Any) -> bool:
    """Whether a run makes a value from this object, instead of handing out the object."""
    return isinstance(thing, ResourceDefinition) or callable(getattr(thing, "initialised", None))


@contextmanager
def enter(thing: Any, context: InitResourceContext, entered: dict[int, Any]) -> Iterator[Any]:
    """The value of one resource while a run lasts.

    Args:
        thing: A definition, a resource, or any object.
        context: What its maker gets.
        entered: What the run has made already, by the identity of the thing: this is noted there.
    """
    if not is_made(thing):
        yield thing
    else:
        manager = (
            _made(thing, context)
            if isinstance(thing, ResourceDefinition)
            else thing.initialised(context, entered)
        )
        value = _entered(manager, context.key)
        entered[id(thing)] = value
        try:
            yield value
        finally:
            manager.__exit__(None, None, None)  # the end is the same whether the run went well or not


@contextmanager
def enter_nested(thing: Any, context: InitResourceContext, entered: dict[int, Any]) -> Iterator[Any]:
    """The same for a resource within another one: it is made once, also where several have it."""
    if id(thing) in entered:
        yield entered[id(thing)]
    else:
        with enter(thing, context, entered) as value:
            yield value


def _entered(manager: AbstractContextManager[Any], key: str) -> Any:
    try:
        return manager.__enter__()
    except DagsterError:
        raise
    except Exception as error:
        message = f"Error executing resource_fn on ResourceDefinition {key}: {type(error).__name__}: {error}"
        raise DagsterResourceFunctionError(message, error) from error


@contextmanager
def _made(definition: ResourceDefinition, context: InitResourceContext) -> Iterator[Any]:
    """The value of a function resource; a generator is run to its end afterwards."""
    made = definition.make(context)
    if isinstance(made, _GeneratorContextManager):
        with made as value:
            yield value
        return
    if not isinstance(made, GeneratorType):
        yield made
        return
    try:
        value = next(made)
    except StopIteration:
        message = f"The function of the resource {context.key!r} ended without a yield"
        raise DagsterInvariantViolationError(message) from None
    try:
        yield value
    finally:
        for _ in made:
            message = f"The function of the resource {context.key!r} yielded more than once"
            raise DagsterInvariantViolationError(message)
