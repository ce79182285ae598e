"""`OpDefinition`: the computation behind an asset, as the reference shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import DagsterInvalidDefinitionError
from ..record import Record, put
from .names import check_mapping
from .policies import RetryPolicy


class OpDefinition(Record):
    """A function with everything that concerns its running, and nothing that concerns assets."""

    __slots__ = (
        "code_version", "config_schema", "description", "fn", "ins", "name", "outs", "pool", "required_resource_keys",
        "retry_policy", "tags",
    )  # fmt: skip

    name: str
    fn: Callable[..., Any]
    description: str | None
    tags: Mapping[str, str]
    ins: Mapping[str, Any]
    outs: Mapping[str, Any]
    required_resource_keys: frozenset[str]
    config_schema: Any
    retry_policy: RetryPolicy | None
    code_version: str | None
    pool: str | None

    def __init__(self, **fields: Any) -> None:
        for name in self._fields:
            put(self, name, fields[name])

    __hash__ = None  # type: ignore[assignment]  # dicts are inside

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs, those that load nothing included."""
        return list(self.ins)

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        return list(self.outs)


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
