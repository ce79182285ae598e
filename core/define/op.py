"""`op`: a function that is one step of a graph, and `OpDefinition`, what it becomes (`spec/api.md` §2.6).

An op knows its function, inputs and outputs, and nothing of assets. Called inside the body
of a graph it is connected; called elsewhere it runs like the function it was made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, overload

from ..errors import ParameterCheckError, check_type
from .deprecation import hidden
from .names import check_set, tags_in_text, valid_name, valid_pool
from .node import NodeDefinition
from .op_call import called_with_mapping, invoke_op
from .op_ports import slots_of, vents_of
from .policies import RetryPolicy
from .ports import In, Out, Slot, Vent
from .signature import Signature, described, read
from .types import Typing

if TYPE_CHECKING:
    from ..schema.terms import Field

_HIDDEN = {"version": "use code_version"}


class OpDefinition(NodeDefinition):
    """A function with its inputs, outputs and everything that concerns its running.

    `op` makes one of a function with a parameter for each input. Made directly, the function gets
    its context and one mapping of all its inputs.

    Args:
        compute_fn: The function: `compute_fn(context, inputs)`.
        name: The op's name.
        ins: Its inputs; none where absent.
        outs: Its outputs; one called `result` where absent.
        description: What it does.
        config_schema: What config is right; `None` lets any through.
        required_resource_keys: Resources that it reads from its context.
        tags: Its tags; `dagster/priority` orders steps that are ready at the same time.
        version: An older name of `code_version`.
        retry_policy: How it is tried again.
        code_version: The version of its code.
        pool: What limits how many run at a time.

    Raises:
        DagsterInvalidDefinitionError: for a declaration that cannot work.
    """

    def __init__(
        self,
        compute_fn: Callable[..., Any],
        name: str,
        ins: Mapping[str, In] | None = None,
        outs: Mapping[str, Out] | None = None,
        description: str | None = None,
        config_schema: Any = None,
        required_resource_keys: AbstractSet[str] | None = None,
        tags: Mapping[str, Any] | None = None,
        version: str | None = None,
        retry_policy: RetryPolicy | None = None,
        code_version: str | None = None,
        pool: str | None = None,
    ) -> None:
        own = valid_name(name, "op name")
        if not callable(compute_fn):
            message = f"The compute_fn of the op {own!r} must be a function, not {type(compute_fn).__name__}: {compute_fn!r:.80}"
            raise ParameterCheckError(message)
        if version is not None:
            hidden({"version": version}, _HIDDEN, "OpDefinition")
        fn = called_with_mapping(compute_fn)
        signature = Signature("context", {}, {}, (), open=True, returns=Any)
        self._declare(
            fn,
            own,
            slots_of(fn, own, signature, ins),
            vents_of(own, signature, outs),
            description=check_type(description, str, "description"),
            tags=tags_in_text(tags, "tags"),
            signature=signature,
            config_schema=schema_given(config_schema, signature, own),
            required_resource_keys=resource_keys(required_resource_keys, signature, own),
            retry_policy=check_type(retry_policy, RetryPolicy, "retry_policy"),
            code_version=check_type(code_version, str, "code_version") or check_type(version, str, "version"),
            pool=valid_pool(pool),
        )
        self.compute_fn = self.__wrapped__ = compute_fn

    @classmethod
    def of(
        cls,
        fn: Callable[..., Any],
        name: str,
        slots: tuple[Slot, ...],
        vents: tuple[Vent, ...],
        **options: Any,
    ) -> OpDefinition:
        """The op of a function that takes each input by its name.

        Args:
            fn: The function.
            name: The op's name.
            slots: Its inputs, in the order of the function's parameters.
            vents: Its outputs, in order.
            options: As `_declare` has them.
        """
        new = object.__new__(cls)
        new._declare(fn, name, slots, vents, **options)
        return new

    def _declare(
        self,
        fn: Callable[..., Any],
        name: str,
        slots: tuple[Slot, ...],
        vents: tuple[Vent, ...],
        *,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        signature: Signature | None = None,
        config_schema: Any = None,
        required_resource_keys: AbstractSet[str] = frozenset(),
        retry_policy: RetryPolicy | None = None,
        code_version: str | None = None,
        pool: str | None = None,
    ) -> None:
        super().__init__(name, description, tags)
        self.fn = fn
        """What is called: with the context, and each input by its name."""
        self.compute_fn = fn
        self.slots: Mapping[str, Slot] = {slot.name: slot for slot in slots}
        self.vents: Mapping[str, Vent] = {vent.name: vent for vent in vents}
        self.config_schema = config_schema
        self.retry_policy = retry_policy
        self.code_version = code_version
        self.pool = pool
        self.context_param = signature.context if signature else None
        self.config_param: Mapping[str, Any] = signature.config if signature else {}
        self.resource_params: Mapping[str, Any] = signature.resources if signature else {}
        self.required_resource_keys = frozenset(required_resource_keys) | self.resource_params.keys()
        self.made_from: tuple[Any, OpDefinition] | None = None
        """How its config is made into that of the op it came from: see `configured`."""
        self.__wrapped__ = fn
        self.__name__ = name
        self.__doc__ = fn.__doc__

    @property
    def version(self) -> str | None:
        """An older name of `code_version`."""
        return self.code_version

    @property
    def config_field(self) -> Field:
        """What its config may be: its schema, that of its parameter `config`, or anything."""
        from ..resources.run_config import config_field  # who takes no config does not pay for schemas

        return config_field(self.config_schema, self.config_param)

    @property
    def step_name(self) -> str:
        """The name of its step where nothing else is said."""
        return self.name

    @property
    def resource_defs(self) -> Mapping[str, Any]:
        """Always empty: an op brings no resources."""
        return {}

    @property
    def resource_keys(self) -> frozenset[str]:
        """The resources that the function itself uses."""
        return self.required_resource_keys

    @property
    def ins(self) -> Mapping[str, In]:
        """What was declared of each input."""
        return {name: slot.given for name, slot in self.slots.items()}

    @property
    def outs(self) -> Mapping[str, Out]:
        """What was declared of each output."""
        return {name: vent.given for name, vent in self.vents.items()}

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs, those that load nothing included."""
        return list(self.slots)

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        return list(self.vents)

    @property
    def input_defs(self) -> list[Slot]:
        """The inputs, in order."""
        return list(self.slots.values())

    @property
    def output_defs(self) -> list[Vent]:
        """The outputs, in order."""
        return list(self.vents.values())

    def iterate_op_defs(self) -> Iterator[OpDefinition]:
        """Itself: the one op that there is."""
        yield self

    @property
    def input_types(self) -> Mapping[str, Typing]:
        """The type of each input that has a value."""
        return {name: slot.typing for name, slot in self.slots.items() if not slot.typing.is_nothing}

    @property
    def output_types(self) -> Mapping[str, Typing]:
        """The type of each output."""
        return {name: vent.typing for name, vent in self.vents.items()}

    @property
    def output_required(self) -> bool:
        """Whether the function must give every output."""
        return all(vent.required for vent in self.vents.values())

    @property
    def dynamic_outputs(self) -> AbstractSet[str]:
        """The outputs that give any number of values."""
        return {name for name, vent in self.vents.items() if vent.given.is_dynamic}

    def run_directly(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call the function as plain Python."""
        return invoke_op(self, args, kwargs)

    def configured(
        self,
        config_or_config_fn: Any,
        name: str,
        config_schema: Any = None,
        description: str | None = None,
    ) -> OpDefinition:
        """The same op under another name with its config set, or made from another config.

        Args:
            config_or_config_fn: The config, or a function that makes it from the outer config.
            name: The name of the new op.
            config_schema: What the outer config is; with a function only.
            description: What it does; the op's own where absent.
        """
        from ..resources.mapping import ANY_CONFIG, Preset  # who takes no config does not pay for schemas

        preset = Preset.of(config_or_config_fn, config_schema, ANY_CONFIG)
        return self.copy(
            name=valid_name(name, "op name"),
            __name__=name,
            description=self.description if description is None else description,
            config_schema=preset.outer,
            made_from=(preset, self),
        )


@overload
def op(compute_fn: Callable[..., Any]) -> OpDefinition: ...
@overload
def op(
    compute_fn: None = None,
    *,
    name: str | None = ...,
    description: str | None = ...,
    ins: Mapping[str, In] | None = ...,
    out: Out | Mapping[str, Out] | None = ...,
    config_schema: Any = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    tags: Mapping[str, Any] | None = ...,
    retry_policy: RetryPolicy | None = ...,
    code_version: str | None = ...,
    pool: str | None = ...,
    **kwargs: Any,
) -> Callable[[Callable[..., Any]], OpDefinition]: ...
def op(
    compute_fn: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    ins: Mapping[str, In] | None = None,
    out: Out | Mapping[str, Out] | None = None,
    config_schema: Any = None,
    required_resource_keys: AbstractSet[str] | None = None,
    tags: Mapping[str, Any] | None = None,
    retry_policy: RetryPolicy | None = None,
    code_version: str | None = None,
    pool: str | None = None,
    **kwargs: Any,
) -> Any:
    """Declare the op that a function is.

    Args:
        compute_fn: The function; its parameters are the inputs, except `context`, `config` and resources.
        name: The op's name; the function's where absent.
        description: What it does; the docstring where absent.
        ins: What is to be said of inputs; a `Nothing` input has no parameter.
        out: What is to be said of the output, or of several by name; an empty mapping means none.
        config_schema: What config is right.
        required_resource_keys: Resources that it reads from its context.
        tags: Tags; a value that is no string is written as JSON.
        retry_policy: How it is tried again.
        code_version: The version of its code.
        pool: What limits how many run at a time.
        **kwargs: Names of older versions, with a `DeprecationWarning`.

    Returns:
        The definition, or a decorator that gives it.

    Raises:
        DagsterInvalidDefinitionError: for a declaration that cannot work.
    """
    if kwargs:
        hidden(kwargs, _HIDDEN, "op")

    def define(fn: Callable[..., Any]) -> OpDefinition:
        own = valid_name(name or fn.__name__, "op name")
        signature = read(fn, own)
        return OpDefinition.of(
            fn,
            own,
            slots_of(fn, own, signature, ins),
            vents_of(own, signature, out),
            description=described(fn) if description is None else check_type(description, str, "description"),
            tags=tags_in_text(tags, "tags"),
            signature=signature,
            config_schema=schema_given(config_schema, signature, own),
            required_resource_keys=resource_keys(required_resource_keys, signature, own),
            retry_policy=check_type(retry_policy, RetryPolicy, "retry_policy"),
            code_version=check_type(code_version, str, "code_version")
            or check_type(kwargs.get("version"), str, "version"),
            pool=valid_pool(pool),
        )

    if compute_fn is None:
        return define
    if not callable(compute_fn):
        message = f"@op decorates a function, not {type(compute_fn).__name__}: {compute_fn!r:.80}; give options by keyword."
        raise TypeError(message)
    return define(compute_fn)


def resource_keys(given: AbstractSet[str] | None, signature: Signature, name: str) -> frozenset[str]:
    """The resources that are read from the context.

    Raises:
        CheckError: if some are named and others are parameters: it is one way or the other.
    """
    if given is None:
        return frozenset()
    keys = check_set(given, str, "required_resource_keys")
    if keys and signature.resources:
        names = ", ".join(map(repr, signature.resources))
        message = f"{name!r} names required_resource_keys and has resource parameters ({names}) as well; use one of the two ways."
        raise ParameterCheckError(message)
    return keys


def schema_given(given: Any, signature: Signature, name: str) -> Any:
    """The config schema, unless a parameter says the same in another way.

    Raises:
        CheckError: if one does.
        DagsterInvalidConfigDefinitionError: for what is no schema.
    """
    if given is not None and signature.config:
        message = f"{name!r} has a config_schema and a parameter 'config' as well; use one of the two ways."
        raise ParameterCheckError(message)
    if given is not None:
        from ..schema.terms import schema_of  # who takes no config does not pay for schemas

        schema_of(given)
    return given
