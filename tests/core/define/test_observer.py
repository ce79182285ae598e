"""The seam by which a notebook learns of definitions."""

from __future__ import annotations

import pytest

from assets.core.define.decorators import asset
from assets.core.define.observer import observe
from assets.core.define.source import SourceAsset
from assets.core.errors import DagsterInvalidDefinitionError
from assets.core.keys import AssetKey


@pytest.fixture
def seen():
    found = []
    leave = observe(found.append)
    yield found
    leave()


def test_originals_are_announced(seen):
    """C1: every definition that a decorator or a constructor makes is told, in order."""
    one = asset(name="one")(lambda: 1)
    with pytest.deprecated_call():
        two = SourceAsset("two")
    assert seen == [one, two]


def test_copies_are_not(seen):
    """C1: derived copies are not announced."""
    made = asset(name="one")(lambda: 1)
    made.with_attributes(tags_by_key={AssetKey("one"): {"a": "b"}})
    made.map_asset_specs(lambda spec: spec)
    made.to_source_asset().with_attributes(group_name="g")
    made.with_resources({})
    assert seen == [made]


def test_what_fails_is_not(seen):
    """A declaration that is refused was never made."""
    with pytest.raises(DagsterInvalidDefinitionError):
        asset(name="a b")(lambda: 1)
    assert seen == []


def test_leaving():
    """Each registration ends by its own return value, once."""
    found = []
    first, second = observe(found.append), observe(found.append)
    first()
    first()
    made = asset(name="one")(lambda: 1)
    second()
    asset(name="two")(lambda: 1)
    assert found == [made]
