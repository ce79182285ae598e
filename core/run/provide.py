"""The resources and IO managers of one run, and where each function finds its own.

Only what the run's definitions ask for is made, once; it is taken down at the end, also
when a step fails. How a single resource is made is `resources/lifecycle.py`'s business.
Rules: `spec/api.md` §5.4.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from ..define.definition import DEFAULT_IO_MANAGER, AssetsDefinition
from ..define.expansion import expand
from ..define.job import needed_by
from ..define.op_graph import GraphDefinition
from ..resources.definition import InitResourceContext, Resources, conflicting, same_resource
from ..resources.lifecycle import config_for, enter, in_order
from ..resources.run_config import config_of
from .capture import heard_by
from .configure import Configs, read_configs

_NOTHING = Resources({}, ())


class _Making(InitResourceContext):
    """What a resource gets in a run: what it logs goes to the step that runs at that moment."""

    __slots__ = ()

    @property
    def log(self) -> Any:
        """Where the resource may log."""
        sink = heard_by.get()
        if sink is not None:
            return sink.logger
        from .echo import get_dagster_logger  # who logs nothing does not pay for it

        return get_dagster_logger("resource")

    def narrowed(self, key: str, config: Any, resources: Resources) -> InitResourceContext:
        """The same, for one resource."""
        return _Making(config, resources, self._instance, self.run, None, key)


class Providers:
    """What a run hands to its functions.

    Args:
        given: What the run was given, by resource key: values, resources or definitions of resources.
        instance: The instance of the run.
        run: The run; `None` outside one.
        config: What the run is configured with, in the mapping form.
    """

    def __init__(
        self, given: Mapping[str, Any], instance: Any, run: Any, config: Mapping[str, Any] | None = None
    ) -> None:
        self.instance = instance
        self._config = config or {}
        self._defs = dict(given)
        self._context = _Making(None, None, instance, run)
        self._values: dict[str, Any] = {}
        self._configs: dict[str, Any] = {}
        self._brought: dict[str, Any] = {}
        self._entered: dict[int, Any] = {}
        self._stack = ExitStack()
        self._namespaces: dict[int, Resources] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._stack.close()
        except Exception:
            # What was made is made: the user is told, and the run is not undone.
            import logging

            logging.getLogger("assets").exception("A resource could not be torn down")

    def make(self, keys: Collection[str]) -> None:
        """Make these resources, those that they require first.

        Raises:
            DagsterInvalidDefinitionError: for a resource that nobody gave.
            DagsterResourceFunctionError: if one cannot be made.
        """
        if keys:
            self._make(list(keys))

    def needed(
        self, definitions: Iterable[AssetsDefinition | None], keys: Collection[str] = ()
    ) -> dict[str, str]:
        """The keys of the resources that these definitions ask for themselves, with who asks first.

        What the definitions bring is known from here on.
        """
        needed: dict[str, str] = {}
        for definition in definitions:
            if definition is None:
                continue
            self._know(definition)
            mine = set(definition.resource_keys)
            for hook in definition.hook_defs:
                mine |= hook.required_resource_keys
            if definition.graph is not None:
                mine |= needed_by_graph(definition.graph)
            for port in definition.ports.values():
                if port.io_manager_key != DEFAULT_IO_MANAGER:
                    mine.add(port.io_manager_key)
                mine.update(port.typing.required_resource_keys)
            for param in definition.params:
                mine.update(param.typing.required_resource_keys)
                if param.input is not None and param.input.input_manager_key:
                    mine.add(param.input.input_manager_key)
            for key in mine:
                needed.setdefault(key, f"op {definition.step_name!r}")
        for key in (*keys, DEFAULT_IO_MANAGER):
            if key in self._defs:
                needed.setdefault(key, "")
        return needed

    def configs(
        self,
        definitions: Collection[AssetsDefinition | None],
        others: Iterable[AssetsDefinition | None],
        job: str,
    ) -> Configs:
        """What the run's config comes to.

        Args:
            definitions: Whose steps run.
            others: Whose steps the config may name as well.
            job: The name of the job, for messages.

        Raises:
            DagsterInvalidConfigError: if it does not fit.
            DagsterInvalidDefinitionError: for a resource that nobody gave.
        """
        needed = in_order(self._defs, self.needed(definitions))
        return read_configs(definitions, others, self._defs, needed, self._config, job)

    def namespace(self, definition: AssetsDefinition | None) -> Resources:
        """What `context.resources` is for a definition; everything that was made for `None`."""
        if definition is None:
            return Resources(self._values)
        if not definition.resource_keys:
            return _NOTHING
        found = self._namespaces.get(id(definition))
        if found is None:
            found = self._namespaces[id(definition)] = Resources(self._values, definition.resource_keys)
        return found

    def of_keys(self, keys: frozenset[str]) -> Resources:
        """What `context.resources` is for a function that declares these keys."""
        return Resources(self._values, keys) if keys else _NOTHING

    def value(self, key: str) -> Any:
        """The value of a resource."""
        if key not in self._values:
            self._make([key])
        return self._values[key]

    def config_of_manager(self, key: str) -> Any:
        """The config that the maker of an IO manager got, as its contexts tell it."""
        return self._configs.get(key)

    def manager(self, key: str, definition: AssetsDefinition | None) -> Any:
        """The IO manager under a key; `None` means the store of values."""
        if definition is not None and definition.resource_defs and key not in self._values:
            self._know(definition)
        return None if key == DEFAULT_IO_MANAGER and key not in self._defs else self.value(key)

    def _know(self, definition: AssetsDefinition) -> None:
        """Take what a definition brings along, where the run was given nothing else under that key.

        Raises:
            DagsterInvalidDefinitionError: if another one brings something else under the same key.
        """
        for key, thing in definition.resource_defs.items():
            if key not in self._defs:
                self._defs[key] = self._brought[key] = thing
            elif key in self._brought and not same_resource(self._brought[key], thing):
                raise conflicting(key)

    def _make(self, keys: Collection[str]) -> None:
        for key in in_order(self._defs, keys):
            if key not in self._values:
                thing = self._defs[key]
                needs = Resources(self._values, getattr(thing, "required_resource_keys", ()))
                config = config_for(thing, config_of(self._config, "resources", key), key)
                self._configs[key] = config
                own = self._context.narrowed(key, config, needs)
                self._values[key] = self._stack.enter_context(enter(thing, own, self._entered))


def needed_by_graph(graph: GraphDefinition) -> set[str]:
    """The resources that the steps of a graph need, those of its hooks included."""
    found: set[str] = set()
    for step in expand(graph).steps.values():
        found |= needed_by(step.op)
        for hook in step.hook_defs:
            found |= hook.required_resource_keys
    return found
