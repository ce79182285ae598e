"""Laws of the recorded versions."""

import pytest

from assets.core.errors import CheckError
from assets.core.keys import AssetKey
from assets.core.versions.data import DataVersion, Input, Provenance


def test_a_data_version_is_a_text():
    """Versions are equal by their text, and usable as keys."""
    assert DataVersion("a") == DataVersion("a")
    assert DataVersion("a") != DataVersion("b")
    assert {DataVersion("a"): 1}[DataVersion("a")] == 1


@pytest.mark.parametrize("wrong", [1, None, b"a", DataVersion("a")])
def test_a_data_version_of_anything_else_is_refused(wrong):
    """Only a string is a version."""
    with pytest.raises(CheckError):
        DataVersion(wrong)


def test_exchanging_two_inputs_is_a_change():
    """Inputs are recorded by parameter, not as a set."""
    left, right = Input(AssetKey("l"), "", "1"), Input(AssetKey("r"), "", "2")
    assert Provenance("c", {"a": left, "b": right}) != Provenance("c", {"a": right, "b": left})
