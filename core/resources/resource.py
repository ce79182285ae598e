"""Resources as classes: settings that a run can read, and a life that a run leads them through.

The user's object is never changed: a run makes a copy with the environment's values and its
nested resources in place, sets that up, hands it out and tears it down. Importing this module
imports pydantic: nothing else may import it but at the point of use.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import PrivateAttr

from ..errors import CheckError
from ..schema.terms import Field
from .config import _Frozen, resolved, revalidated
from .definition import RESOURCE_MARK, InitResourceContext, ResourceDefinition, is_resource_annotation
from .io import IOManager
from .io_context import InputContext, OutputContext
from .lifecycle import enter_nested
from .model import form_of, read_config, shape_of, written

T = TypeVar("T")

ResourceDependency = Annotated[T, RESOURCE_MARK]
"""`client: ResourceDependency[Client]` is a field that holds a resource of any type."""


class ConfigurableResourceFactory(_Frozen, Generic[T]):
    """A resource that gives another object: subclass it and write `create_resource`."""

    is_resource_class: ClassVar[bool] = True
    _resource_context: InitResourceContext | None = PrivateAttr(default=None)

    def __init__(self, **data: Any) -> None:
        for name in _nested_fields(type(self)):
            data.setdefault(name, None)
        super().__init__(**data)

    @classmethod
    def _is_left(cls, field: str) -> bool:
        """Whether a field takes any object: one that holds a resource does."""
        return field in _nested_fields(cls)

    @abstractmethod
    def create_resource(self, context: InitResourceContext) -> T:
        """What the functions of a run are handed."""

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Get ready, once a run; what is kept goes into attributes with a leading underscore."""

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        """Clean up, once a run."""

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[T]:
        """Set up, hand out, tear down; written anew it takes the place of the three."""
        self.setup_for_execution(context)
        try:
            yield self.create_resource(context)
        finally:
            self.teardown_after_execution(context)

    @contextmanager
    def initialised(
        self, context: InitResourceContext, entered: dict[int, Any] | None = None
    ) -> Iterator[Any]:
        """The value for one run: nested resources first, then this one, on a copy.

        Args:
            context: Of the run; its `resource_config` sets fields, over those given in Python.
            entered: What this run has initialised already, by the identity of the user's object.

        Raises:
            DagsterInvalidConfigError: for config that does not fit, or a variable that is not set.
        """
        entered = {} if entered is None else entered
        with ExitStack() as stack:
            changed: dict[str, Any] = {}
            for name in _nested_fields(type(self)):
                value = getattr(self, name)
                if value is not None:
                    nested = context.narrowed(
                        f"{context.key}:{name}" if context.key else name, None, context.resources
                    )
                    changed[name] = stack.enter_context(enter_nested(value, nested, entered))
            copy = self._configured(context.resource_config, context.key or type(self).__name__)
            vars(copy).update(changed)  # frozen for everybody else
            copy._resource_context = context  # noqa: SLF001  one of this class
            yield stack.enter_context(_closing(copy.yield_for_execution(context)))

    def _configured(self, config: Any, key: str) -> Self:
        """A copy with the run's config, and the environment's values, in place."""
        cls, path = type(self), f"root:resources:{key}:config"
        plain = [name for name in cls.model_fields if name not in _nested_fields(cls)]
        base = self
        if config is not None:
            given = {**self.to_config_form(), **config} if isinstance(config, Mapping) else config
            read = read_config(cls, given, path, _about(key), _nested_fields(cls))
            names = {name: written(name, cls.model_fields[name]) for name in plain}
            base = revalidated(self, {name: read[to] for name, to in names.items() if to in config}, path)
        fields = {name: getattr(base, name) for name in plain}
        changed = {
            name: new for name, old in fields.items() if (new := resolved(old, f"{path}:{name}")) is not old
        }
        if not changed and base is self:
            return self.model_copy()
        copy: Self = revalidated(base, changed, path)
        for name, value in (self.__pydantic_private__ or {}).items():
            if name != "_from_environment":
                setattr(copy, name, value)
        return copy

    @classmethod
    def as_definition(cls) -> ResourceDefinition:
        """The class as a function resource, whose config sets the fields."""
        return ResourceDefinition(cls.from_resource_context_cm, cls.to_config_schema(), cls.__doc__)

    @classmethod
    def to_config_schema(cls) -> Field:
        """What a run's config may set, in the terms of the schema language."""
        return Field(shape_of(cls, _nested_fields(cls)))

    @classmethod
    def to_fields_dict(cls) -> dict[str, Field]:
        """The same by the name of the field."""
        return dict(shape_of(cls, _nested_fields(cls)).fields)

    def config_field_of_run(self) -> Field:
        """What a run's config may set of this resource; what it does not set is as it was made."""
        return _preset(type(self), self.to_config_form())

    @property
    def nested_resources(self) -> Mapping[str, Any]:
        """The resources in its fields, by the name of the field."""
        return {name: getattr(self, name) for name in _nested_fields(type(self))}

    def get_resource_context(self) -> InitResourceContext:
        """The context of the run that initialised this resource.

        Raises:
            CheckError: if none has.
        """
        if self._resource_context is None:
            message = f"{type(self).__name__} has no context before a run initialises it"
            raise CheckError(message)
        return self._resource_context

    @contextmanager
    def process_config_and_initialize_cm(self) -> Iterator[Any]:
        """The initialised value, torn down at the end, outside a run."""
        with self.initialised(InitResourceContext()) as value:
            yield value

    def process_config_and_initialize(self) -> Any:
        """The initialised value, outside a run; nothing tears it down.

        Raises:
            CheckError: if the class has a teardown; use `process_config_and_initialize_cm`.
        """
        self._refuse_teardown("process_config_and_initialize_cm")
        with self.initialised(InitResourceContext()) as value:
            return value

    @classmethod
    def _refuse_teardown(cls, instead: str) -> None:
        base = ConfigurableResourceFactory
        if (
            cls.teardown_after_execution is not base.teardown_after_execution
            or cls.yield_for_execution is not base.yield_for_execution
        ):
            message = f"{cls.__name__} has a teardown: use `with … .{instead}(…) as …:`, so that it can run"
            raise CheckError(message)

    @classmethod
    def configure_at_launch(cls, **data: Any) -> PartialResource:
        """The resource, its fields to come from the run's config.

        Args:
            data: Fields that are set already.
        """
        return PartialResource(cls, data)

    @classmethod
    @contextmanager
    def from_resource_context_cm(cls, context: InitResourceContext) -> Iterator[Any]:
        """The initialised value inside a function resource, torn down at the end."""
        with PartialResource(cls, {}).initialised(context) as value:
            yield value

    @classmethod
    def from_resource_context(cls, context: InitResourceContext) -> Any:
        """The initialised value inside a function resource; nothing tears it down.

        Raises:
            CheckError: if the class has a teardown; use `from_resource_context_cm`.
        """
        cls._refuse_teardown("from_resource_context_cm")
        with cls.from_resource_context_cm(context) as value:
            return value


class ConfigurableResource(ConfigurableResourceFactory[Any]):
    """A resource that is handed out itself: subclass it, with a field for each setting.

    >>> class Greeter(ConfigurableResource):
    ...     greeting: str = "Hello"
    >>> Greeter(greeting="Hi").greeting
    'Hi'
    """

    def create_resource(self, context: InitResourceContext) -> Any:  # noqa: ARG002  the interface
        """The resource itself."""
        return self


class _IOConfig:
    """What config an IO manager takes for each of its inputs and outputs; a subclass says it."""

    @classmethod
    def input_config_schema(cls) -> Any:
        """What config each input takes, as of `io_manager(input_config_schema=)`; `None` for none."""
        return None

    @classmethod
    def output_config_schema(cls) -> Any:
        """What config each output takes; `None` for none."""
        return None


class ConfigurableIOManagerFactory(ConfigurableResourceFactory[T], _IOConfig):
    """A resource that gives an IO manager: subclass it and write `create_io_manager`."""

    @abstractmethod
    def create_io_manager(self, context: InitResourceContext) -> T:
        """The IO manager."""

    def create_resource(self, context: InitResourceContext) -> T:
        """The IO manager."""
        return self.create_io_manager(context)


class ConfigurableIOManager(ConfigurableResource, _IOConfig, IOManager):
    """An IO manager with settings: subclass it, with a field for each, and write the two methods."""

    @abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """The value of an input."""

    @abstractmethod
    def handle_output(self, context: OutputContext, obj: Any) -> Any:
        """Store a value."""


class PartialResource:
    """A resource class whose fields a run's config completes; made by `configure_at_launch`.

    Args:
        resource_cls: The class.
        data: The fields that are set already.
    """

    is_resource_class = True

    def __init__(self, resource_cls: type[ConfigurableResourceFactory[Any]], data: Mapping[str, Any]) -> None:
        self.resource_cls = resource_cls
        self.data = dict(data)

    @contextmanager
    def initialised(
        self, context: InitResourceContext, entered: dict[int, Any] | None = None
    ) -> Iterator[Any]:
        """The value for one run."""
        cls, key = self.resource_cls, context.key or self.resource_cls.__name__
        nested = self.nested_resources
        config = context.resource_config
        given = {**self._form(), **config} if isinstance(config, Mapping) else config
        path = f"root:resources:{key}:config"
        read = read_config(
            cls, self._form() if given is None else given, path, _about(key), _nested_fields(cls)
        )
        made = cls(**{**read, **nested})
        with made.initialised(context.narrowed(context.key, None, context.resources), entered) as value:
            yield value

    def config_field_of_run(self) -> Field:
        """What a run's config must and may set."""
        return _preset(self.resource_cls, self._form())

    @property
    def nested_resources(self) -> Mapping[str, Any]:
        """The resources that are set already, by the name of the field."""
        fields = _nested_fields(self.resource_cls)
        return {name: value for name, value in self.data.items() if name in fields}

    def _form(self) -> dict[str, Any]:
        """What is set already, as a run's config writes it."""
        nested = self.nested_resources
        return {name: form_of(value) for name, value in self.data.items() if name not in nested}

    def __repr__(self) -> str:
        return f"{self.resource_cls.__name__}.configure_at_launch({', '.join(f'{k}={v!r}' for k, v in self.data.items())})"


def _nested_fields(cls: Any) -> list[str]:
    """The fields that hold resources."""
    return [
        name
        for name, field in cls.model_fields.items()
        if RESOURCE_MARK in field.metadata
        or is_resource_annotation(field.annotation)
        or (isinstance(field.annotation, type) and issubclass(field.annotation, ResourceDefinition))
    ]


def _preset(cls: type[ConfigurableResourceFactory[Any]], form: Mapping[str, Any]) -> Field:
    """What a run's config may set of a resource some of whose fields are set."""
    shape = shape_of(cls, _nested_fields(cls))
    fields = {
        name: Field.of_model(
            field.config_type,
            form[name],
            required=False,
            description=field.description,
            secret=field.is_secret,
        )
        if name in form
        else field
        for name, field in shape.fields.items()
    }
    return Field(shape.with_fields(fields))


def _about(key: str) -> str:
    return f"Error in config for resource {key}"


@contextmanager
def _closing(manager: Any) -> Iterator[Any]:
    """A context manager whose exit runs in the same way whether the run went well or not."""
    value = manager.__enter__()
    try:
        yield value
    finally:
        manager.__exit__(None, None, None)
