"""Config made from other config: `ConfigMapping`, `configured`, and what both rest on.

A `Preset` has an outer config, what a user of the definition writes, and gives the inner one, what the definition
itself takes; it is the same for ops, graphs and resources.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, overload

from ..errors import (
    CheckError,
    DagsterInvalidInvocationError,
    check_type,
)
from ..record import UNSET
from ..schema.process import process
from ..schema.reading import ROOT
from ..schema.scalars import ANYTHING
from ..schema.terms import Field, schema_of

ANY_CONFIG = Field(ANYTHING, is_required=False)
"""What is taken where no schema was declared: anything, or nothing."""


def field_or_any(config_schema: Any) -> Field:
    """The field that a `config_schema=` means; for none, one that takes anything."""
    return ANY_CONFIG if config_schema is None else schema_of(config_schema)


class Fixed:
    """A function that gives one config, whatever it gets: an object, so that the config can be seen in it."""

    __slots__ = ("config",)

    def __init__(self, config: Any) -> None:
        self.config = config

    def __call__(self, _outer: Any) -> Any:
        """The config."""
        return self.config


class Preset:
    """A config that is made from another one.

    Args:
        config: The inner config, or the function that makes it, as it was given.
        outer: What is given.
        make: The inner config from the outer one, as its function gets it.
        parent: What the inner config is.
        then: What the parent itself makes of the inner config.
    """

    __slots__ = ("_make", "_parent", "_then", "config", "outer")

    def __init__(
        self,
        config: Any,
        outer: Field,
        make: Callable[[Any], Any],
        parent: Field,
        then: Callable[[Any, str], Any] | None = None,
    ) -> None:
        self.config = config
        self.outer = outer
        self._make = make
        self._parent = parent
        self._then = then

    @classmethod
    def of(
        cls,
        config_or_config_fn: Any,
        config_schema: Any,
        parent: Field,
        then: Callable[[Any, str], Any] | None = None,
    ) -> Preset:
        """The preset of a call of `configured`.

        Args:
            config_or_config_fn: The inner config, or a function that makes it from the outer one.
            config_schema: What the outer config is; default: what the function's annotation says.
            parent: What the inner config is.
            then: What the parent itself makes of the inner config.
        """
        if not callable(config_or_config_fn):
            return cls(config_or_config_fn, ANY_CONFIG, Fixed(config_or_config_fn), parent, then)
        outer, make = taking(config_or_config_fn, config_schema)
        return cls(config_or_config_fn, outer, make, parent, then)

    def raw(self, outer: Any) -> Any:
        """The inner config as it was written, from an outer one that was read."""
        return plain(self._make(outer))

    def inner(self, outer: Any, about: str, path: str = ROOT) -> Any:
        """The inner config as the definition gets it.

        Args:
            outer: The outer config, read.
            about: The first line of a message.
            path: Where the inner config is, for messages.

        Raises:
            DagsterInvalidConfigError: if what the function made does not fit.
        """
        value = process(self._parent, self.raw(outer), path, about)
        return value if self._then is None else self._then(value, about)


def taking(config_fn: Callable[[Any], Any], config_schema: Any) -> tuple[Field, Callable[[Any], Any]]:
    """What a function takes, and how it is called with a config that was read.

    Args:
        config_fn: Takes the outer config; a parameter with a config class gets an object of it.
        config_schema: What the outer config is.

    Raises:
        CheckError: if both the parameter and `config_schema` say it.
    """
    model = _model_of(config_fn)
    if model is None:
        return field_or_any(config_schema), config_fn
    if config_schema is not None:
        message = f"{_name(config_fn)!r} takes a {model.__name__}, which says what its config is: leave config_schema out"
        raise CheckError(message)
    from .config import make_config  # who takes no config class does not pay for pydantic
    from .model import field_of, read_config

    def call(outer: Any) -> Any:
        return config_fn(
            make_config(model, read_config(model, UNSET if outer is None else outer), _name(config_fn))
        )

    return field_of(model), call


def _model_of(config_fn: Callable[[Any], Any]) -> Any:
    """The config class that the first parameter is annotated with, if it is."""
    notes = inspect.get_annotations(config_fn) if inspect.isfunction(config_fn) else {}
    first = next(iter(inspect.signature(config_fn).parameters), "")
    note = notes.get(first)
    if isinstance(note, str):
        from typing import get_type_hints

        note = get_type_hints(config_fn).get(first)
    return note if getattr(note, "is_config_class", False) else None


def _name(config_fn: Any) -> str:
    return str(getattr(config_fn, "__name__", "config_fn"))


def plain(value: Any) -> Any:
    """A config as a run's config writes it: config objects, resources and run configs as mappings."""
    form = getattr(value, "to_config_form", None) or getattr(value, "to_config_dict", None)
    if form is not None:
        return form()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


class ConfigMapping:
    """The config of a graph or job, from which the config of its ops is made.

    Args:
        config_fn: Gets the outer config; gives the inner one.
        config_schema: What the outer config is; default: anything.
        receive_processed_config_values: Whether `config_fn` gets the outer config with defaults put in and
            choices as the objects they stand for; default: if there is a schema.
    """

    __slots__ = ("_call", "config_field", "config_fn", "receive_processed_config_values")

    def __init__(
        self,
        config_fn: Callable[[Any], Any],
        config_schema: Any = None,
        receive_processed_config_values: bool | None = None,
    ) -> None:
        if not callable(config_fn):
            message = f"Parameter 'config_fn' must be callable, not {type(config_fn).__name__}"
            raise CheckError(message)
        self.config_fn = config_fn
        self.config_field, self._call = taking(config_fn, config_schema)
        check_type(receive_processed_config_values, bool, "receive_processed_config_values")
        self.receive_processed_config_values: bool | None = receive_processed_config_values

    @property
    def config_schema(self) -> Field:
        """What the outer config is."""
        return self.config_field

    def inner(self, given: Any, path: str = ROOT, about: str = "Error in config") -> Any:
        """The inner config, as a run's config writes it; it is not checked here.

        Args:
            given: The outer config, as it was written; `UNSET` for nothing.
            path: Where the outer config is, for messages.
            about: The first line of a message.

        Raises:
            DagsterInvalidConfigError: if the outer config does not fit.
        """
        read = process(self.config_field, given, path, about)
        if self.receive_processed_config_values is False:
            read = (
                self.config_field.default_value
                if given is UNSET and self.config_field.default_provided
                else given
            )
        return plain(self._call({} if read is UNSET else read))


class PresetMapping(ConfigMapping):
    """A mapping that has its config, or makes it from another one: what `configured` makes of a graph's.

    Args:
        preset: Makes the mapping's config.
        mapping: The mapping.
        name: The name of the graph, for messages.
    """

    __slots__ = ("inner_mapping", "name", "preset")

    def __init__(self, preset: Preset, mapping: ConfigMapping, name: str) -> None:
        super().__init__(self._inner, preset.outer)
        self.preset = preset
        self.inner_mapping = mapping
        self.name = name

    def _inner(self, outer: Any) -> Any:
        about = f"Error in config for graph {self.name}, as it was configured"
        return self.inner_mapping.inner(self.preset.raw(outer), about=about)


@overload
def config_mapping(config_fn: Callable[..., Any]) -> ConfigMapping: ...
@overload
def config_mapping(
    config_fn: None = None, *, config_schema: Any = None, receive_processed_config_values: bool | None = None
) -> Callable[[Callable[..., Any]], ConfigMapping]: ...
def config_mapping(
    config_fn: Callable[..., Any] | None = None,
    *,
    config_schema: Any = None,
    receive_processed_config_values: bool | None = None,
) -> Any:
    """Make a function the `ConfigMapping` of a graph or job; used bare or called.

    Args:
        config_fn: The function, when used bare.
        config_schema: What the outer config is.
        receive_processed_config_values: As `ConfigMapping` takes it.
    """
    if config_fn is not None:
        return ConfigMapping(config_fn)
    return lambda fn: ConfigMapping(fn, config_schema, receive_processed_config_values)


Configurable = TypeVar("Configurable")


def configured(
    configurable: Configurable, config_schema: Any = None, **kwargs: Any
) -> Callable[[object], Configurable]:
    """The same definition with its config set, or made from another config by the function that this decorates.

    Args:
        configurable: An op, a graph, a resource, an IO manager, or a resource class.
        config_schema: What the outer config is; with a function only.
        kwargs: What the definition's own `configured` takes: `name`, `description`.

    Raises:
        DagsterInvalidInvocationError: for what cannot be configured.

    >>> from assets import resource
    >>> @resource(config_schema={"creature": str})
    ... def animal(context):
    ...     return context.resource_config["creature"]
    >>> dog = configured(animal)({"creature": "dog"})
    """
    make = getattr(configurable, "as_definition", None)
    target: Any = configurable if make is None else make()
    if not callable(getattr(target, "configured", None)):
        message = (
            f"{configurable!r:.80} cannot be configured: give an op, a graph, a resource or an IO manager"
        )
        raise DagsterInvalidInvocationError(message)

    def wrap(config_or_config_fn: Any) -> Any:
        named = dict(kwargs)
        if callable(config_or_config_fn) and "name" in inspect.signature(target.configured).parameters:
            named.setdefault("name", _name(config_or_config_fn))
        return target.configured(config_or_config_fn, config_schema=config_schema, **named)

    return wrap
