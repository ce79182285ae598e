"""`ExecutorDefinition`: how the steps of a run are carried out. There is one way: in this process.

The name exists for code that says so; a definition is kept where it is given and changes nothing.
"""

from __future__ import annotations

from ..record import Record, put


class ExecutorDefinition(Record):
    """A way of carrying out the steps of a run."""

    __slots__ = ("description", "name")

    name: str
    description: str | None

    def __init__(self, name: str, description: str | None = None) -> None:
        put(self, "name", name)
        put(self, "description", description)


in_process_executor = ExecutorDefinition("in_process", "One step after the other, in this process.")
"""What carries out every run."""
