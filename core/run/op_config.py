"""The config of one op: what it takes, and what its function gets of what was given.

An op that was made by `configured` takes another config than its function: the one is made from
the other, step by step back to the op it came from. Rules: `spec/api.md` §2.6, §5.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import DagsterConfigMappingFunctionError, DagsterInvalidConfigError
from ..schema.process import process
from ..schema.reading import ROOT


def read_op_config(op: Any, value: Any, given: Any, about: str, path: str = ROOT) -> tuple[Any, Any]:
    """What an op's context shows as its config, and what its parameter with a config class is made of.

    Args:
        op: The op.
        value: Its config, read as its `config_field` says.
        given: The same as it was written; `UNSET` for nothing.
        about: The first line of a message.
        path: Where it is, for messages.

    Raises:
        DagsterInvalidConfigError: if what a function made does not fit.
        DagsterConfigMappingFunctionError: if the function raised.
    """
    while op.made_from is not None:
        preset, op = op.made_from
        given = made_by(preset.raw, value, f"The config function of the op {op.name!r}")
        value = process(op.config_field, given, path, f"{about}: error when applying its config function")
    for annotation in op.config_param.values():
        from ..resources.model import read_config  # who takes no config does not pay for pydantic

        return value, read_config(annotation, given, path, about)
    return value, None


def made_by(fn: Callable[[Any], Any], value: Any, what: str) -> Any:
    """What a user's function makes of a config value.

    Raises:
        DagsterInvalidConfigError: if the value does not fit.
        DagsterConfigMappingFunctionError: if the function raised anything else.
    """
    try:
        return fn(value)
    except DagsterInvalidConfigError:
        raise
    except Exception as error:
        message = f"{what} raised {type(error).__name__}: {error}"
        raise DagsterConfigMappingFunctionError(message) from error
