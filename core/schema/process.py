"""From a value that was given to the one that reaches the user's function: the entry for whoever runs something."""

from __future__ import annotations

from typing import Any

from ..record import UNSET
from .reading import ROOT, Reading
from .terms import schema_of


def process(schema: Any, value: Any, path: str = ROOT, about: str = "") -> Any:
    """The value that reaches the user's function: checked, defaults put in, variables looked up.

    Args:
        schema: What is right: whatever `schema_of` takes.
        value: What was given; left out, `UNSET`.
        path: Where it is, for messages: `root:ops:NAME:config`.
        about: The first line of the message.

    Raises:
        DagsterInvalidConfigError: with every problem and its path, if there is one.
    """
    field = schema_of(schema)
    reading = Reading()
    if value is UNSET and not field.default_provided:
        if not field.is_required:
            return None
        where, _, name = path.rpartition(":")
        reading.missing(where or ROOT, {name: field.config_type.example()})
        found = None
    else:
        found = field.read(value, path, reading)
    reading.end(about or "Error in config", None)
    return found
