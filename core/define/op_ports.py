"""The inputs and outputs of an op: what its function's signature says, and what was declared besides.

Rules: `spec/api.md` §2.6.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import DagsterInvalidDefinitionError, DagsterInvariantViolationError, check_type
from .names import valid_name
from .ports import In, Out, Slot, Vent
from .results import Output
from .signature import Signature, typing_of
from .types import ANYTHING, UNSET, Typing

RESULT = "result"


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
        typing_ = typing_of(annotation, name, parameter) if declared is UNSET else Typing.of(declared)
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
        typing_ = ANYTHING if given.dagster_type is UNSET else Typing.of(given.dagster_type)
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
        return Typing.of(given.dagster_type)
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
