"""What a function asks for: its context, config, resources and inputs, read from its signature.

Rules: `spec/api.md` §2.1, "Function parameters". Read from the code object where that
says everything, because definitions are made by the thousand and `inspect.signature`
costs more than all the rest of a decoration.
"""

from __future__ import annotations

import builtins
import typing
from collections.abc import Callable, Mapping
from types import FunctionType, SimpleNamespace
from typing import Any, NamedTuple

from ..errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidPythonicConfigDefinitionError,
)
from ..resources.definition import is_resource_annotation
from .results import MaterializeResult, ObserveResult, Output
from .types import Typing

CONTEXT_NAMES = frozenset(("context", "_context", "context_", "_"))
_CONTEXTS = ("AssetExecutionContext", "AssetCheckExecutionContext", "OpExecutionContext")
CONTEXT_CLASSES = frozenset(_CONTEXTS)
CONFIG_NAME = "config"

_STAR_ARGS, _STAR_KWARGS, _GENERATOR, _ASYNC_GENERATOR = 0x04, 0x08, 0x20, 0x200
_MISSING: Any = object()
_RESULTS = (Output, MaterializeResult, ObserveResult)


class Parameter(NamedTuple):
    """One parameter that may be an input: its name and its annotation, `Any` where there is none."""

    name: str
    annotation: Any


class Signature(NamedTuple):
    """What a function asks for and says of its result."""

    context: str | None
    config: Mapping[str, Any]
    resources: Mapping[str, Any]
    inputs: tuple[Parameter, ...]
    open: bool
    returns: Any


class _Raw(NamedTuple):
    positional: tuple[str, ...]
    keyword_only: tuple[str, ...]
    positional_only: tuple[str, ...]
    star: str | None
    open: bool
    annotations: Mapping[str, Any]
    generator: bool


NO_PARAMETERS = Signature(None, {}, {}, (), open=False, returns=Any)


def read(fn: Callable[..., Any], name: str) -> Signature:
    """What the function asks for.

    Args:
        fn: The user's function.
        name: What it is called in messages.

    Raises:
        DagsterInvalidDefinitionError: for a parameter or an annotation that cannot be served.
    """
    if type(fn) is FunctionType and not fn.__dict__:
        code = fn.__code__
        if (
            not code.co_argcount
            and not code.co_kwonlyargcount
            and not code.co_flags & 0x0C
            and not fn.__annotations__
        ):
            return NO_PARAMETERS
        raw = _from_code(fn)
    else:
        raw = _from_inspect(fn, name)
    if raw.star is not None:
        message = f"The function {name!r} has the parameter '*{raw.star}', but inputs are passed by name; write each as a parameter, or use deps."
        raise DagsterInvalidDefinitionError(message)
    if raw.positional_only:
        message = f"The parameters {list(raw.positional_only)} of {name!r} are positional only, but inputs are passed by name; take the '/' away."
        raise DagsterInvalidDefinitionError(message)
    return _sort(fn, name, raw)


def _sort(fn: Callable[..., Any], name: str, raw: _Raw) -> Signature:
    notes = raw.annotations
    positional = raw.positional
    context = _context(fn, name, positional[0], notes) if positional else None
    config: dict[str, Any] = {}
    resources: dict[str, Any] = {}
    inputs: list[Parameter] = []
    for at, parameter in enumerate(positional + raw.keyword_only):
        if parameter == context:
            continue
        annotation = resolve(fn, name, parameter, notes[parameter]) if parameter in notes else Any
        if parameter == CONFIG_NAME:
            if parameter not in notes:
                message = f"The parameter 'config' of {name!r} has no annotation; give it a Config class, or another name if it is an input."
                raise DagsterInvalidPythonicConfigDefinitionError(message)
            config[parameter] = annotation
        elif parameter in notes and is_resource_annotation(annotation):
            resources[parameter] = annotation
        elif at < len(positional):
            inputs.append(Parameter(parameter, annotation))
    returns: Any = Any
    if "return" in notes and not raw.generator:
        returns = _payload(resolve(fn, name, "return", notes["return"]))
    return Signature(context, config, resources, tuple(inputs), raw.open, returns)


def _context(fn: Callable[..., Any], name: str, first: str, notes: Mapping[str, Any]) -> str | None:
    if first not in CONTEXT_NAMES:
        return None
    annotation = notes.get(first, _MISSING)
    if annotation is _MISSING or (
        isinstance(annotation, str) and annotation.rpartition(".")[2] in CONTEXT_CLASSES
    ):
        return first
    annotation = resolve(fn, name, first, annotation)
    bases = annotation.__mro__ if isinstance(annotation, type) else ()
    if not any(base.__name__ in CONTEXT_CLASSES for base in bases):
        message = (
            f"The parameter {first!r} of {name!r} must be annotated with {', '.join(_CONTEXTS)}, or left blank; it is annotated as "
            f"{annotation!r:.80}, which is no context."
        )
        raise DagsterInvalidDefinitionError(message)
    return first


def _payload(annotation: Any) -> Any:
    """The type of the value that is handed on, inside the result class that was announced."""
    if isinstance(annotation, type):
        return Any if issubclass(annotation, _RESULTS) else annotation
    args = typing.get_args(annotation)
    if typing.get_origin(annotation) in {Output, MaterializeResult}:
        return args[0]
    # `MaterializeResult | None`, or a tuple of results: nothing in it is the value itself.
    return Any if any(isinstance(arg, type) and issubclass(arg, _RESULTS) for arg in args) else annotation


def _from_code(fn: FunctionType) -> _Raw:
    code = fn.__code__
    count, only = code.co_argcount, code.co_kwonlyargcount
    names, flags = code.co_varnames, code.co_flags
    return _Raw(
        names[:count],
        names[count : count + only],
        names[: code.co_posonlyargcount],
        names[count + only] if flags & _STAR_ARGS else None,
        bool(flags & _STAR_KWARGS),
        fn.__annotations__,
        bool(flags & (_GENERATOR | _ASYNC_GENERATOR)),
    )


def _from_inspect(fn: Callable[..., Any], name: str) -> _Raw:
    """The same of a callable that is no plain function: wrapped, bound, partial or an instance."""
    import inspect

    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError) as wrong:
        message = (
            f"The parameters of {name!r} cannot be read ({wrong}); wrap it in a function with a def line."
        )
        raise DagsterInvalidDefinitionError(message) from None
    kinds: dict[Any, list[str]] = {}
    for parameter in signature.parameters.values():
        kinds.setdefault(parameter.kind, []).append(parameter.name)
    notes = {p.name: p.annotation for p in signature.parameters.values() if p.annotation is not p.empty}
    if signature.return_annotation is not signature.empty:
        notes["return"] = signature.return_annotation
    inner = body(fn)
    # What a partial has bound by keyword it passes itself, and what follows is keyword only.
    bound = getattr(fn, "keywords", None) or {}
    free = [
        p.name
        for p in signature.parameters.values()
        if p.name not in bound and p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}
    ]
    only = [] if bound else kinds.get(inspect.Parameter.KEYWORD_ONLY, [])
    return _Raw(
        tuple(each for each in free if each not in only),
        tuple(only),
        tuple(kinds.get(inspect.Parameter.POSITIONAL_ONLY, ())),
        next(iter(kinds.get(inspect.Parameter.VAR_POSITIONAL, ())), None),
        bool(kinds.get(inspect.Parameter.VAR_KEYWORD)),
        notes,
        inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner),
    )


def body(fn: Any) -> Any:
    """The plain function inside a callable: under wrappers, partials, bound methods and instances."""
    seen: set[int] = set()
    while id(fn) not in seen:
        seen.add(id(fn))
        if hasattr(fn, "__wrapped__"):
            fn = fn.__wrapped__
        elif hasattr(fn, "func") and hasattr(fn, "keywords"):
            fn = fn.func
        elif hasattr(fn, "__func__"):
            fn = fn.__func__
        elif not isinstance(fn, (FunctionType, type)) and isinstance(_call_of(fn), FunctionType):
            fn = _call_of(fn)
        else:
            break
    return fn


def _call_of(fn: Any) -> Any:
    return next((base.__dict__["__call__"] for base in type(fn).__mro__ if "__call__" in base.__dict__), None)


def resolve(fn: Callable[..., Any], name: str, parameter: str, annotation: Any) -> Any:
    """The object that an annotation means, also where it was written as text.

    Raises:
        DagsterInvalidDefinitionError: if its text names what is not there.
    """
    if (
        isinstance(annotation, type)
        and not isinstance(annotation, str)
        and not hasattr(annotation, "__args__")
    ):
        return annotation
    scope = getattr(body(fn), "__globals__", {})
    if isinstance(annotation, str):
        known = (
            scope.get(annotation, _MISSING)
            if annotation not in builtins.__dict__
            else scope.get(annotation, builtins.__dict__[annotation])
        )
        if isinstance(known, type):
            return known
    try:
        holder = SimpleNamespace(__annotations__={parameter: annotation})
        return typing.get_type_hints(holder, scope, _closure(fn), include_extras=True)[parameter]
    except Exception as wrong:  # noqa: BLE001  an annotation is an expression: it may raise anything
        where = "the result" if parameter == "return" else f"the parameter {parameter!r}"
        message = (
            f"The annotation {annotation!r} of {where} of {name!r} cannot be resolved ({wrong}); "
            "name what the module defines when it runs, not under TYPE_CHECKING or in an inner scope."
        )
        raise DagsterInvalidDefinitionError(message) from None


def typing_of(annotation: Any, name: str, parameter: str) -> Typing:
    """The typing of an annotation; the error says whose it is."""
    try:
        return Typing.of(annotation)
    except DagsterInvalidDefinitionError as wrong:
        where = "result" if parameter == "return" else f"parameter {parameter!r}"
        message = f"The annotation of the {where} of {name!r} cannot be used: {wrong}"
        raise DagsterInvalidDefinitionError(message) from None


def _closure(fn: Any) -> dict[str, Any]:
    inner = body(fn)
    cells = getattr(inner, "__closure__", None) or ()
    found: dict[str, Any] = {}
    for name, cell in zip(inner.__code__.co_freevars if cells else (), cells, strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # a name that is bound later
            continue
    return found


def described(fn: Any) -> str | None:
    """The docstring of a function, cleaned."""
    text = fn.__doc__ if hasattr(fn, "__name__") else None
    if not text:
        return None
    if "\n" not in text:
        return str(text.strip())
    import inspect

    return inspect.cleandoc(text)
