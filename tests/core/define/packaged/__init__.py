"""A package of assets, for the tests of loading."""

import warnings

from assets import AssetSpec, SourceAsset, asset

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    source = SourceAsset("source")

spec = AssetSpec("spec", deps=["source"])


@asset
def _private(source: int) -> int:
    """A private name counts like any other."""
    return source
