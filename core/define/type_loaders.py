"""How a value is made from config, by its type: what `run_config["ops"][…]["inputs"]` may hold.

An input of an op that nothing feeds is read from the config of the run. Types of Python's own
have a form each; a `DagsterType` brings a loader of its own.
"""

from __future__ import annotations

import inspect
import json
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from ..errors import DagsterInvalidConfigError, DagsterInvalidDefinitionError
from ..schema.scalars import ConfigType
from ..schema.terms import Array, Map, Noneable, Permissive, ScalarUnion, Selector, type_of
from .annotations import text_of
from .dagster_type import DagsterType, registered
from .types import Typing

_FILE = {"path": str}
_SCALARS = (int, float, str, bool)
_LISTS: Mapping[Any, Callable[[list[Any]], Any]] = {list: list, set: set, frozenset: frozenset}


class DagsterTypeLoader(ABC):
    """What makes a value of a type from config."""

    @property
    @abstractmethod
    def schema_type(self) -> ConfigType:
        """What config is right."""

    def construct_from_config_value(self, _context: Any, config_value: Any) -> Any:
        """The value.

        Args:
            config_value: The config, as `schema_type` reads it.
        """
        return config_value

    def required_resource_keys(self) -> frozenset[str]:
        """The resources that it needs."""
        return frozenset()


class _Loader(DagsterTypeLoader):
    """A loader that is a schema and a function."""

    def __init__(self, schema: Any, make: Callable[[Any, Any], Any], resources: Collection[str] = ()) -> None:
        self._schema = type_of(schema)
        self._make = make
        self._resources = frozenset(resources)

    @property
    def schema_type(self) -> ConfigType:
        return self._schema

    def construct_from_config_value(self, context: Any, config_value: Any) -> Any:
        return self._make(context, config_value)

    def required_resource_keys(self) -> frozenset[str]:
        return self._resources


def dagster_type_loader(
    config_schema: Any, required_resource_keys: Collection[str] | None = None
) -> Callable[[Callable[[Any, Any], Any]], DagsterTypeLoader]:
    """Make a function the loader of a type: it gets a context and the config, and gives the value.

    Args:
        config_schema: What config is right.
        required_resource_keys: The resources that `context.resources` has.

    Returns:
        What makes a `DagsterTypeLoader` from the function.

    Raises:
        DagsterInvalidDefinitionError: for a function that does not take those two.
    """

    def wrap(function: Callable[[Any, Any], Any]) -> DagsterTypeLoader:
        takes = [
            each
            for each in inspect.signature(function).parameters.values()
            if each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD}
        ]
        if len(takes) != 2:  # noqa: PLR2004  the context and the config
            message = (
                f"A type loader takes two arguments, the context and the config; {function.__name__!r} takes {len(takes)}. "
                "Write it as (context, config)."
            )
            raise DagsterInvalidDefinitionError(message)
        return _Loader(config_schema, function, required_resource_keys or ())

    return wrap


def loader_of(annotation: Any) -> DagsterTypeLoader | None:
    """What makes a value of the type that an annotation names; `None` where nothing can.

    A scalar may stand for itself; anything may be given as `{"value": …}` or, from a file, as
    `{"json": {"path": …}}`, which holds that same mapping. Pickled files are not read.
    """
    if isinstance(annotation, Typing):
        annotation = annotation.annotation
    if isinstance(annotation, type) and (stands_for := registered(annotation)) is not None:
        annotation = stands_for
    if isinstance(annotation, DagsterType):
        loader: DagsterTypeLoader | None = annotation.loader
        return loader
    if annotation is Any:
        return _Loader(_forms(Any), _from_form)
    if annotation in _SCALARS:
        return _Loader(ScalarUnion(annotation, _forms(annotation)), _from_form)
    if annotation is dict:
        return _Loader(Permissive(), lambda _, config: dict(config))
    if annotation in _LISTS:
        return _of_list(annotation, Any)
    return _of_generic(typing.get_origin(annotation), typing.get_args(annotation))


def _of_generic(origin: Any, args: tuple[Any, ...]) -> DagsterTypeLoader | None:
    if origin is typing.Union or origin is types.UnionType:
        return _of_optional([each for each in args if each is not type(None)])
    if origin in _LISTS:
        return _of_list(origin, args[0] if args else Any)
    if origin is dict:
        return _of_dict(*args) if args else loader_of(dict)
    return None


def _of_list(made: Any, member: Any) -> DagsterTypeLoader | None:
    inner = loader_of(member)
    if inner is None:
        return None
    return _Loader(
        Array(inner.schema_type),
        lambda context, config: _LISTS[made](
            [inner.construct_from_config_value(context, each) for each in config]
        ),
        inner.required_resource_keys(),
    )


def _of_dict(key: Any, member: Any) -> DagsterTypeLoader | None:
    inner = loader_of(member)
    if inner is None or key not in _SCALARS:
        return None
    return _Loader(
        Map(key, inner.schema_type),
        lambda context, config: {
            name: inner.construct_from_config_value(context, each) for name, each in config.items()
        },
        inner.required_resource_keys(),
    )


def _of_optional(members: list[Any]) -> DagsterTypeLoader | None:
    inner = loader_of(members[0]) if len(members) == 1 else None
    if inner is None:
        return None
    return _Loader(
        Noneable(inner.schema_type),
        lambda context, config: (
            None if config is None else inner.construct_from_config_value(context, config)
        ),
        inner.required_resource_keys(),
    )


def _forms(of: Any) -> Selector:
    return Selector({"value": of, "json": _FILE})


def _from_form(_context: Any, config: Any) -> Any:
    """The value in one of the forms; a scalar stands for itself."""
    if not isinstance(config, Mapping):
        return config
    if "value" in config:
        return config["value"]
    path = Path(config["json"]["path"])
    held = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(held, dict) or "value" not in held:
        message = f'The file {path} must hold a mapping with the entry "value"; it holds something else.'
        raise DagsterInvalidConfigError(message)
    return held["value"]


def no_loader(annotation: Any, name: str) -> str:
    """Why an input cannot be read from config, as a sentence."""
    return (
        f"The input {name!r} is fed by nothing and its type {text_of(annotation)} cannot be read from config. "
        "Connect it, or give the type a loader (dagster_type_loader)."
    )
