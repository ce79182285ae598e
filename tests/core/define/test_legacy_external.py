"""Laws of the older way to declare assets that are made elsewhere."""

from __future__ import annotations

import pytest

from assets import AssetKey, AssetSpec, CheckError, asset, external_assets_from_specs, materialize


def test_each_spec_becomes_a_definition_that_never_runs():
    """S116: one external definition per spec, with a warning; a run reads them and does not make them."""
    specs = [AssetSpec("raw", group_name="g"), AssetSpec("other", deps=["raw"])]
    with pytest.warns(DeprecationWarning, match="external_assets_from_specs"):
        raw, other = external_assets_from_specs(specs)
    assert (raw.is_external, raw.is_executable, raw.group_names_by_key) == (
        True,
        False,
        {AssetKey("raw"): "g"},
    )
    assert other.asset_deps == {AssetKey("other"): {AssetKey("raw")}}

    @asset(deps=[raw])
    def made() -> int:
        return 1

    result = materialize([raw, other, made])
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [AssetKey("made")]


@pytest.mark.filterwarnings("ignore:Function `external_assets_from_specs`")
def test_only_specs_are_taken():
    """Anything else is a `CheckError`."""
    for wrong in (3, ["a"]):
        with pytest.raises(CheckError):
            external_assets_from_specs(wrong)  # type: ignore[arg-type]  # what must not work
