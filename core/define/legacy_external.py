"""Legacy: `external_assets_from_specs`. New code lists specs as they are."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ElementCheckError, check_type
from ..notices import deprecated
from .definition import AssetsDefinition, external
from .spec import AssetSpec


def external_assets_from_specs(specs: Sequence[AssetSpec]) -> list[AssetsDefinition]:
    """The definitions of assets that are made elsewhere, one for each spec. Deprecated: list the specs themselves.

    Args:
        specs: What is declared of each.

    Raises:
        CheckError: for anything but a sequence of specs.
    """
    deprecated("Function `external_assets_from_specs`", "List the specs themselves, wherever definitions go.")
    for spec in check_type(specs, Sequence, "specs", optional=False):
        if not isinstance(spec, AssetSpec):
            message = f"Each of 'specs' must be AssetSpec, not {type(spec).__name__}: {spec!r:.80}"
            raise ElementCheckError(message)
    return [external(spec) for spec in specs]
