"""IO managers: who stores what an asset gives, and loads what it needs.

The base classes, and the definitions that make one from a function. What their methods are
told is in `io_context`; those that come with the package are in `memory` and `files`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from typing import Any, Literal, Self

from ..schema.terms import Field, schema_of
from .definition import ResourceDefinition, takes_argument
from .io_context import InputContext, OutputContext


class InputManager(ABC):
    """What loads an input, for `AssetIn(input_manager_key=)`."""

    @abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """The value of an input."""


class IOManager(InputManager):
    """What stores the values of assets, and loads them again.

    An asset is one that both methods understand alike: what `handle_output` stored under an
    asset key and partition is what `load_input` finds there.
    """

    @abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """The value of an input: of one partition the value itself, of several a mapping by key."""

    @abstractmethod
    def handle_output(self, context: OutputContext, obj: Any) -> Any:
        """Store a value."""


class InputManagerDefinition(ResourceDefinition):
    """A function that makes an input manager.

    Args:
        resource_fn: Gets an `InitResourceContext`; returns the input manager.
        config_schema: What config it takes.
        description: What it is.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.
        input_config_schema: What config each input takes.
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: Collection[str] | None = None,
        version: str | None = None,
        input_config_schema: Any = None,
    ) -> None:
        super().__init__(resource_fn, config_schema, description, required_resource_keys, version)
        self.input_config_schema = input_config_schema

    def configured(
        self, config_or_config_fn: Any, config_schema: Any = None, description: str | None = None
    ) -> Self:
        """The same with its config set; the version was that of the other config.

        Args:
            config_or_config_fn: The config, or a function that makes it from the outer config.
            config_schema: What the outer config is.
            description: What it is; default: as before.
        """
        other = super().configured(config_or_config_fn, config_schema, description)
        other.version = None
        return other


class IOManagerDefinition(InputManagerDefinition):
    """A function that makes an IO manager.

    Args:
        resource_fn: Gets an `InitResourceContext`; returns the IO manager.
        config_schema: What config it takes.
        description: What it is.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.
        input_config_schema: What config each input takes.
        output_config_schema: What config each output takes.
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: Collection[str] | None = None,
        version: str | None = None,
        input_config_schema: Any = None,
        output_config_schema: Any = None,
    ) -> None:
        super().__init__(
            resource_fn, config_schema, description, required_resource_keys, version, input_config_schema
        )
        self.output_config_schema = output_config_schema

    @classmethod
    def hardcoded_io_manager(cls, value: Any, description: str | None = None) -> IOManagerDefinition:
        """The definition that gives this IO manager."""
        return cls(lambda _context: value, description=description)


def io_manager(
    config_schema: Any = None,
    description: str | None = None,
    output_config_schema: Any = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Make a function the maker of an IO manager; used bare or called.

    Args:
        config_schema: What config it takes; a function, when used bare.
        description: What it is; default: the docstring.
        output_config_schema: What config each output takes.
        input_config_schema: What config each input takes.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.

    Returns:
        An `IOManagerDefinition`, or what makes one from a function.
    """
    if callable(config_schema) and not isinstance(config_schema, type):
        return IOManagerDefinition(config_schema, description=config_schema.__doc__)

    def wrap(function: Callable[..., Any]) -> IOManagerDefinition:
        return IOManagerDefinition(
            function,
            config_schema,
            description or getattr(function, "__doc__", None),
            frozenset(required_resource_keys or ()),
            version,
            input_config_schema,
            output_config_schema,
        )

    return wrap


def input_manager(
    config_schema: Any = None,
    description: str | None = None,
    input_config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    version: str | None = None,
) -> Any:
    """Make a function the loader of an input: it gets an `InputContext` and returns the value.

    Args:
        config_schema: What config it takes; a function, when used bare.
        description: What it is; default: the docstring.
        input_config_schema: What config each input takes.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.

    Returns:
        An `InputManagerDefinition`, or what makes one from a function.
    """

    def wrap(function: Callable[..., Any]) -> InputManagerDefinition:
        return InputManagerDefinition(
            lambda _context: _Loader(function),
            None if bare else config_schema,
            description or getattr(function, "__doc__", None),
            frozenset(required_resource_keys or ()),
            version,
            input_config_schema,
        )

    bare = callable(config_schema) and not isinstance(config_schema, type)
    return wrap(config_schema) if bare else wrap


class _Loader(InputManager):
    """What `@input_manager` makes of a function: it gives the value, or an input manager that loads it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def load_input(self, context: InputContext) -> Any:
        value = self._function(context) if takes_argument(self._function) else self._function()
        return value.load_input(context) if isinstance(value, InputManager) else value


def io_config_field(thing: Any, side: Literal["input", "output"]) -> Field | None:
    """What config an IO manager takes for an input or an output; `None` if it takes none.

    Args:
        thing: A definition, a resource, or any object.
        side: Which of the two.

    Raises:
        DagsterInvalidConfigDefinitionError: for what is no schema.
    """
    thing = getattr(thing, "resource_cls", thing)  # one that the run's config completes
    schema = getattr(thing, f"{side}_config_schema", None)
    if callable(schema) and not isinstance(schema, type):
        schema = schema()
    return None if schema is None else schema_of(schema)
