"""`op`: a function that is one step of a graph, and `OpDefinition`, what it becomes (`spec/api.md` §2.6).

An op knows its function, inputs and outputs, and nothing of assets. Called inside the body
of a graph it is connected; called elsewhere it runs like the function it was made from.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, overload

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvariantViolationError,
    ParameterCheckError,
    check_type,
)
from .deprecation import hidden
from .names import check_mapping, check_set, valid_name, valid_pool
from .node import NodeDefinition
from .op_call import invoke_op
from .policies import RetryPolicy
from .ports import In, Out, Slot, Vent
from .signature import Signature, described, read, typing_of
from .types import ANYTHING, UNSET, Typing, valid_type

RESULT = "result"

_HIDDEN = {"version": "use code_version"}


class OpDefinition(NodeDefinition):
    """A function with its inputs, outputs and everything that concerns its running.

    Args:
        compute_fn: The function.
        name: The op's name.
        slots: Its inputs, in the order of the function's parameters.
        vents: Its outputs, in order.
        description: What it does.
        tags: Its tags; `dagster/priority` orders steps that are ready at the same time.
        signature: What the function asks for besides its inputs.
        config_schema: What config is right; `None` lets any through.
        required_resource_keys: Resources that it reads from its context.
        retry_policy: How it is tried again.
        code_version: The version of its code.
        pool: What limits how many run at a time.
        hook_defs: What is called after it.
    """

    def __init__(
        self,
        compute_fn: Callable[..., Any],
        name: str,
        slots: tuple[Slot, ...] = (),
        vents: tuple[Vent, ...] = (),
        *,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        signature: Signature | None = None,
        config_schema: Any = None,
        required_resource_keys: AbstractSet[str] = frozenset(),
        retry_policy: RetryPolicy | None = None,
        code_version: str | None = None,
        pool: str | None = None,
        hook_defs: AbstractSet[Any] = frozenset(),
    ) -> None:
        super().__init__(name, description, tags, hook_defs)
        self.compute_fn = compute_fn
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
        self.__wrapped__ = compute_fn
        self.__name__ = name
        self.__doc__ = compute_fn.__doc__

    @property
    def fn(self) -> Callable[..., Any]:
        """The function."""
        return self.compute_fn

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
        return OpDefinition(
            fn,
            own,
            slots_of(fn, own, signature, ins),
            vents_of(own, signature, out),
            description=described(fn) if description is None else check_type(description, str, "description"),
            tags=valid_op_tags(tags),
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


def slots_of(
    fn: Callable[..., Any], name: str, signature: Signature, ins: Mapping[str, In] | None
) -> tuple[Slot, ...]:
    """The inputs: the function's parameters in order, then what is only waited for."""
    left = dict(check_type(ins, Mapping, "ins") or {})
    defaults = _defaults(fn)
    found: list[Slot] = []
    for parameter, annotation in signature.inputs:
        valid_name(parameter, "input name")
        given = left.pop(parameter, None)
        check_type(given, In, f"ins[{parameter!r}]")
        declared = UNSET if given is None else given.dagster_type
        typing_ = (
            typing_of(annotation, name, parameter) if declared is UNSET else Typing.of(valid_type(declared))
        )
        if typing_.is_nothing and declared is not UNSET:
            message = (
                f"The input {parameter!r} of {name!r} is of type Nothing, so no value can be passed for it; remove the "
                "parameter from the function, or the type from ins."
            )
            raise DagsterInvalidDefinitionError(message)
        default = (
            given.default_value
            if given is not None and given.has_default_value
            else defaults.get(parameter, UNSET)
        )
        found.append(Slot(parameter, typing_, default, given))
    for parameter, given in left.items():
        check_type(given, In, f"ins[{parameter!r}]")
        typing_ = ANYTHING if given.dagster_type is UNSET else Typing.of(valid_type(given.dagster_type))
        if not typing_.is_nothing and not signature.open:
            names = ", ".join(repr(each.name) for each in signature.inputs) or "none"
            message = (
                f"The input {parameter!r} in ins is no parameter of {name!r}, whose inputs are: {names}; add the "
                "parameter, or declare it as In(Nothing)."
            )
            raise DagsterInvalidDefinitionError(message)
        valid_name(parameter, "input name")
        found.append(Slot(parameter, typing_, given.default_value, given))
    return tuple(found)


def vents_of(name: str, signature: Signature, out: Out | Mapping[str, Out] | None) -> tuple[Vent, ...]:
    """The outputs: one called `result`, or those that were named."""
    returns = signature.returns
    if out is None or isinstance(out, Out):
        given = out or Out()
        return (Vent(RESULT, _vent_typing(given, returns, name), given),)
    check_type(out, Mapping, "out")
    for each in out.values():
        check_type(each, Out, "out", optional=False)
    if len(out) == 1:
        ((only, given),) = out.items()
        return (Vent(valid_name(only, "output name"), _vent_typing(given, returns, name), given),)
    notes = _each_of(returns, len(out), name)
    return tuple(
        Vent(valid_name(each, "output name"), _vent_typing(given, note, name), given)
        for (each, given), note in zip(out.items(), notes, strict=True)
    )


def _vent_typing(given: Out, annotation: Any, name: str) -> Typing:
    if given.dagster_type is not UNSET:
        return Typing.of(valid_type(given.dagster_type))
    if given.is_dynamic and typing.get_origin(annotation) in {list, tuple}:
        return ANYTHING
    return ANYTHING if annotation is Any else typing_of(annotation, name, "return")


def _each_of(annotation: Any, count: int, name: str) -> list[Any]:
    """The annotation of each output, from that of the tuple that is returned."""
    if annotation is Any or annotation is None or not count:
        return [Any] * count
    args = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple and len(args) == count and Ellipsis not in args:
        return [_payload(arg) for arg in args]
    if typing.get_origin(annotation) is tuple or annotation is tuple:
        if not args or Ellipsis in args:
            return [Any] * count
        message = (
            f"{name!r} has {count} outputs, but its return annotation {annotation} is a tuple of {len(args)}; annotate one "
            "type for each output."
        )
        raise DagsterInvariantViolationError(message)
    message = (
        f"{name!r} has {count} outputs, but its return annotation {annotation!r:.80} is no tuple; annotate a tuple with "
        "one type for each output."
    )
    raise DagsterInvariantViolationError(message)


def _payload(annotation: Any) -> Any:
    from .results import Output

    if typing.get_origin(annotation) is Output:
        return typing.get_args(annotation)[0]
    return Any if annotation is Output else annotation


def _defaults(fn: Callable[..., Any]) -> dict[str, Any]:
    """The default values of the parameters."""
    code, values = getattr(fn, "__code__", None), getattr(fn, "__defaults__", None)
    if code is not None:
        names = code.co_varnames[: code.co_argcount]
        found = dict(zip(names[len(names) - len(values) :], values, strict=True)) if values else {}
        found.update(getattr(fn, "__kwdefaults__", None) or {})
        return found
    import inspect

    parameters = inspect.signature(fn).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


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
    """The config schema, unless a parameter says the same in another way."""
    if given is not None and signature.config:
        message = f"{name!r} has a config_schema and a parameter 'config' as well; use one of the two ways."
        raise ParameterCheckError(message)
    return given


def valid_op_tags(tags: Mapping[str, Any] | None) -> dict[str, str]:
    """The tags of an op; a value that is no string is written as JSON.

    Raises:
        DagsterInvalidDefinitionError: for a value that JSON does not give back as it was.
    """
    if tags is None:
        return {}
    found: dict[str, str] = {}
    for name, value in check_mapping(tags, "op_tags").items():
        if isinstance(value, str):
            found[name] = value
            continue
        try:
            text = json.dumps(value)
            same = json.loads(text) == value
        except (TypeError, ValueError):
            same, text = False, ""
        if not same:
            message = f"The value of the op tag {name!r} cannot be written as JSON and read back: {value!r:.80}; make it a string."
            raise DagsterInvalidDefinitionError(message)
        found[name] = text
    return found
