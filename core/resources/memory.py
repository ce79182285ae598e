"""An IO manager that keeps values in memory, for tests and for runs that leave nothing behind."""

from __future__ import annotations

from typing import Any

from ..errors import ValueMissingError
from .io import IOManager, IOManagerDefinition
from .io_context import InputContext, OutputContext


class InMemoryIOManager(IOManager):
    """Keeps every value as the object it is, by run, step and output, and by partition where there is one.

    Attributes:
        values: By `(run_id, step_key, output)`, and the partition's key behind it.
    """

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], Any] = {}

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Keep a value."""
        keys = context.asset_partition_keys if context.has_asset_partitions else ()
        self.values[(*context.get_identifier(), *(keys if len(keys) == 1 else ()))] = obj

    def load_input(self, context: InputContext) -> Any:
        """The value of one partition or of no partitions; a mapping by key of several, `None` of none.

        Raises:
            ValueMissingError: if it was not kept here.
        """
        name = tuple(context.get_identifier())
        if not context.has_asset_partitions:
            return self._value(name)
        keys = context.asset_partition_keys
        if not keys:
            return None
        if name in self.values:  # what was stored in one go, for all of its partitions
            return self.values[name]
        found = {key: self._value((*name, key)) for key in keys}
        return found[keys[0]] if len(keys) == 1 else found

    def _value(self, name: tuple[str, ...]) -> Any:
        if name not in self.values:
            message = (
                f"No value is in memory for {' / '.join(name)}: this IO manager keeps what one process made, run by run. "
                "Run what makes it together with what needs it, or use another IO manager."
            )
            raise ValueMissingError(message)
        return self.values[name]


mem_io_manager = IOManagerDefinition(
    lambda _context: InMemoryIOManager(), description="Keeps values in memory."
)
"""The definition that makes an `InMemoryIOManager` for each run."""
