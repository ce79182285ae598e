"""What the function of a check is handed: `AssetCheckExecutionContext` (`spec/api.md` §4.2)."""

from __future__ import annotations

from collections.abc import Iterable

from ..define.checks import AssetCheckSpec
from .context import OpExecutionContext, StepContext, context_here


class AssetCheckExecutionContext(StepContext):
    """The context of a function that checks assets."""

    __slots__ = ()

    @staticmethod
    def get() -> AssetCheckExecutionContext:
        """The context of the step that runs here."""
        return context_here(AssetCheckExecutionContext)

    @property
    def check_specs(self) -> Iterable[AssetCheckSpec]:
        """The checks that this step reports."""
        chosen = self.selected_asset_check_keys
        return [spec for spec in self._work.definition_here.check_specs if spec.key in chosen]

    @property
    def is_subset(self) -> bool:
        """Whether the step reports only a part of what its function can report."""
        return len(self._work.checks) < len(self._work.definition_here.check_specs)

    @property
    def op_execution_context(self) -> OpExecutionContext:
        """The same step under the older class."""
        return OpExecutionContext(self._work)
