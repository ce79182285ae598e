"""Function resources, the namespace that hands resources out, and what marks a parameter as one.

The classic half of resources: a function that gets an `InitResourceContext` and returns or
yields the value. The half that is written as classes needs pydantic and has its own room.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar, get_origin

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterUnknownResourceError,
    check_type,
    nearest,
)
from ..record import UNSET
from ..schema.process import process
from ..schema.reading import ROOT
from ..schema.terms import Field
from .mapping import ANY_CONFIG, Preset, field_or_any

T = TypeVar("T")
_GENERATOR = 0x20


class _Mark:
    """Stands in the annotation of a parameter that is a resource."""

    def __repr__(self) -> str:
        return "resource"


RESOURCE_MARK = _Mark()
ResourceParam = Annotated[T, RESOURCE_MARK]
"""`ResourceParam[Client]` marks a parameter as the resource of its name, whatever the object."""


def is_resource_annotation(annotation: Any) -> bool:
    """Whether a parameter so annotated is a resource.

    It is if marked by `ResourceParam`, or if it names a resource class. Looks at what the class
    says of itself, so that a module without resource classes never imports pydantic.
    """
    if isinstance(annotation, type) or get_origin(annotation) not in {None, Annotated}:
        return getattr(get_origin(annotation) or annotation, "is_resource_class", None) is True
    return RESOURCE_MARK in getattr(annotation, "__metadata__", ())


class Resources:
    """The resources of one function: one attribute each.

    Args:
        values: By key.
        declared: The keys that the function declared; default: all of them.
    """

    __slots__ = ("_declared", "_values")

    def __init__(self, values: Mapping[str, Any], declared: Collection[str] | None = None) -> None:
        self._values = values
        self._declared = frozenset(values if declared is None else declared)

    if not TYPE_CHECKING:  # a checker would take every attribute for granted otherwise

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            if name in self._declared and name in self._values:
                return self._values[name]
            hint = (
                nearest(name, self._declared) or f"; declared: {', '.join(sorted(self._declared)) or 'none'}"
            )
            message = f"The resource {name!r} was not declared by the function that asks for it{hint}"
            raise DagsterUnknownResourceError(message)

    def __dir__(self) -> list[str]:
        return sorted(self._declared & self._values.keys())

    def __contains__(self, name: object) -> bool:
        return name in self._declared and name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dir__())

    def _asdict(self) -> dict[str, Any]:
        return {name: self._values[name] for name in self}

    def __repr__(self) -> str:
        return f"Resources({', '.join(self)})"


class InitResourceContext:
    """What a resource gets while it is made.

    Args:
        config: Its config, if there is any.
        resources: The resources it requires.
        instance: The instance of the run.
        run: The run, if there is one.
        log: Where it may log.
        key: The key under which it is made.
    """

    __slots__ = ("_instance", "_log", "_resources", "key", "resource_config", "run")

    def __init__(
        self,
        config: Any = None,
        resources: Resources | Mapping[str, Any] | None = None,
        instance: Any = None,
        run: Any = None,
        log: Any = None,
        key: str = "",
    ) -> None:
        self.resource_config = config
        self._resources = resources if isinstance(resources, Resources) else Resources(resources or {})
        self._instance = instance
        self.run = run
        self._log = log
        self.key = key

    @property
    def resources(self) -> Any:
        """The resources that it requires, as attributes."""
        return self._resources

    @property
    def instance(self) -> Any:
        """The instance of the run.

        Raises:
            DagsterInvariantViolationError: outside a run.
        """
        if self._instance is None:
            message = f"The resource {self.key!r} is made without an instance"
            raise DagsterInvariantViolationError(message)
        return self._instance

    @property
    def run_id(self) -> str | None:
        """The id of the run, if there is one."""
        return getattr(self.run, "run_id", None)

    @property
    def log(self) -> Any:
        """Where the resource may log."""
        if self._log is None:
            import logging  # an ordinary logger, outside a run

            self._log = logging.getLogger("assets")
        return self._log

    def narrowed(self, key: str, config: Any, resources: Resources) -> InitResourceContext:
        """The same, for one resource."""
        return InitResourceContext(config, resources, self._instance, self.run, self._log, key)


class ResourceDefinition:
    """A resource made by a function.

    Args:
        resource_fn: Gets an `InitResourceContext`, or nothing; returns the value, or yields it once and tears down.
        config_schema: What config it takes.
        description: What it is.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: Collection[str] | None = None,
        version: str | None = None,
    ) -> None:
        if not callable(resource_fn):
            check_type(resource_fn, type(lambda: None), "resource_fn", optional=False)
        self.resource_fn = resource_fn
        self.config_schema: Field = field_or_any(config_schema)
        self.preset: Preset | None = None
        self.description: str | None = check_type(description, str, "description")
        self.required_resource_keys: frozenset[str] = frozenset(required_resource_keys or ())
        self.version: str | None = check_type(version, str, "version")

    @classmethod
    def hardcoded_resource(cls, value: Any, description: str | None = None) -> ResourceDefinition:
        """The resource that is this value."""
        return cls(lambda _context: value, description=description)

    @classmethod
    def none_resource(cls, description: str | None = None) -> ResourceDefinition:
        """The resource that is `None`."""
        return cls.hardcoded_resource(None, description)

    @classmethod
    def mock_resource(cls, description: str | None = None) -> ResourceDefinition:
        """A resource that answers to everything, for tests of what uses it."""

        def make(_context: InitResourceContext) -> Any:
            from unittest.mock import MagicMock  # only who mocks pays for it

            return MagicMock()

        return cls(make, description=description)

    @classmethod
    def string_resource(cls, description: str | None = None) -> ResourceDefinition:
        """The resource that is the text of its config."""
        return cls(lambda context: context.resource_config, str, description)

    @property
    def is_generator(self) -> bool:
        """Whether the function yields the value, and goes on after it."""
        code = getattr(self.resource_fn, "__code__", None)
        return code is not None and bool(code.co_flags & _GENERATOR)

    def make(self, context: InitResourceContext) -> Any:
        """What the function gives: a value, or a generator that will yield it."""
        function = self.resource_fn
        return function(context) if takes_argument(function) else function()

    def config_field_of_run(self) -> Field:
        """What a run's config may set."""
        return self.config_schema

    def read_config(self, given: Any, key: str) -> Any:
        """The config that the function gets.

        Args:
            given: What the run's config holds; `UNSET` for nothing.
            key: The resource's key, for messages.

        Raises:
            DagsterInvalidConfigError: for a value that does not fit.
        """
        about = f"Error in config for resource {key}"
        path = f"{ROOT}:resources:{key}:config" if key else ROOT
        value = process(self.config_schema, given, path, about)
        if self.preset is None:
            return value
        return self.preset.inner(
            value, f"The config that the mapping of the resource {key!r} gave does not fit"
        )

    def configured(
        self, config_or_config_fn: Any, config_schema: Any = None, description: str | None = None
    ) -> Self:
        """The same resource with its config set, or made from another config.

        Args:
            config_or_config_fn: The config, or a function that makes it from the outer config.
            config_schema: What the outer config is.
            description: What it is; default: as before.
        """
        other = copy.copy(self)
        parent = self.preset.inner if self.preset is not None else None
        preset = Preset.of(config_or_config_fn, config_schema, self.config_schema, parent)
        vars(other).update(preset=preset, config_schema=preset.outer)
        other.description = description if description is not None else self.description
        return other

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function gives, called directly.

        Args:
            args: The context, if the function takes one: `build_init_resource_context(...)`, or `None`.
            kwargs: The same by the parameter's name.

        Raises:
            DagsterInvalidInvocationError: for too few or too many arguments, or no context where one is needed.
            DagsterInvalidConfigError: if the context's config does not fit.
        """
        parameter = first_parameter(self.resource_fn)
        if parameter is None:
            if args or kwargs:
                message = "The function of this resource takes no context argument: call it without one"
                raise DagsterInvalidInvocationError(message)
            return self.resource_fn()
        if len(args) + len(kwargs) != 1:
            many = "was called without one" if not args and not kwargs else "was given more"
            message = f"The function of this resource takes one argument, its context, but {many}: give it one, or None."
            raise DagsterInvalidInvocationError(message)
        if kwargs and parameter not in kwargs:
            message = (
                f"The function of this resource calls its context {parameter!r}, not {next(iter(kwargs))!r}."
            )
            raise DagsterInvalidInvocationError(message)
        given = args[0] if args else kwargs[parameter]
        return self.resource_fn(self._context_of_call(given))

    def _context_of_call(self, given: Any) -> InitResourceContext:
        if given is None:
            if self.required_resource_keys:
                message = (
                    "This resource requires others: call it with build_init_resource_context(resources=...)"
                )
                raise DagsterInvalidInvocationError(message)
            if self.config_schema.is_required:
                message = (
                    "This resource requires config: call it with build_init_resource_context(config=...)"
                )
                raise DagsterInvalidInvocationError(message)
            given = InitResourceContext()
        check_type(given, InitResourceContext, "context", optional=False)
        for key in sorted(self.required_resource_keys):
            if key not in given.resources:
                message = f"resource with key {key!r} required was not provided. Give it to build_init_resource_context(resources=...)"
                raise DagsterInvalidDefinitionError(message)
        context: InitResourceContext = given
        config = UNSET if context.resource_config is None else context.resource_config
        return context.narrowed(context.key, self.read_config(config, context.key), context.resources)


def same_resource(one: Any, other: Any) -> bool:
    """Whether two resources are one: the same object, or of one resource class with equal fields."""
    return one is other or (
        type(one) is type(other) and getattr(one, "is_resource_class", False) and bool(one == other)
    )


def conflicting(key: str) -> DagsterInvalidDefinitionError:
    """The error that two assets bring different resources under one key."""
    message = (
        f"Conflicting versions of resource with key {key!r} were provided to different assets. "
        "Give one of them another key, or give the resource to the run instead."
    )
    return DagsterInvalidDefinitionError(message)


def takes_argument(function: Callable[..., Any]) -> bool:
    """Whether a function wants the context: those of resources and loaders may do without."""
    return first_parameter(function) is not None


def first_parameter(function: Any) -> str | None:
    """The parameter that takes the context, if there is one."""
    code = getattr(function, "__code__", None)
    if code is not None and not hasattr(function, "__wrapped__"):
        own = 1 if hasattr(function, "__self__") else 0
        if code.co_argcount > own:
            return str(code.co_varnames[own])
        return "context" if code.co_flags & 4 else None  # *args
    import inspect  # a callable object, a class, or a function inside of another

    return next(iter(inspect.signature(function).parameters), None)


def resource(
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Collection[str] | None = None,
    version: str | None = None,
) -> Any:
    """Make a function the maker of a resource; used bare or called.

    Args:
        config_schema: What config it takes; a function, when used bare.
        description: What it is; default: the docstring.
        required_resource_keys: The resources that must be made before it.
        version: Its version, declared.

    Returns:
        A `ResourceDefinition`, or what makes one from a function.
    """
    if callable(config_schema) and not isinstance(config_schema, type):
        return ResourceDefinition(config_schema, description=config_schema.__doc__)

    def wrap(function: Callable[..., Any]) -> ResourceDefinition:
        about = description or getattr(function, "__doc__", None)
        return ResourceDefinition(function, config_schema, about, required_resource_keys, version)

    return wrap


def make_values_resource(**schema: Any) -> ResourceDefinition:
    """The resource whose value is its config: a mapping with these fields, or any if none are named."""
    return ResourceDefinition(lambda context: context.resource_config, schema or ANY_CONFIG)
