"""The JSON of metadata."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.core.keys import AssetKey
from assets.core.metadata import (
    MetadataValue,
    TableColumn,
    TableColumnConstraints,
    TableColumnDep,
    TableColumnLineage,
    TableConstraints,
    TableRecord,
    TableSchema,
    from_json,
    to_json,
)
from assets.core.metadata.values import CodeReferencesMetadataValue, LocalFileCodeReference, UrlCodeReference

text = st.text(max_size=8)
numbers = st.integers() | st.floats(allow_nan=False)
scalars = text | numbers | st.booleans() | st.none()
jsons = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)
keys = st.builds(AssetKey, st.lists(text, max_size=3))
columns = st.builds(
    TableColumn,
    text,
    text,
    st.none() | text,
    st.builds(TableColumnConstraints, st.booleans(), st.booleans(), st.lists(text, max_size=2)),
    st.dictionaries(text, text, max_size=2),
)
schemas = st.builds(
    TableSchema, st.lists(columns, max_size=3), st.builds(TableConstraints, st.lists(text, max_size=2))
)
lineages = st.builds(
    TableColumnLineage,
    st.dictionaries(text, st.lists(st.builds(TableColumnDep, keys, text), max_size=2), max_size=2),
)
references = st.builds(
    LocalFileCodeReference, file_path=text, line_number=st.none() | st.integers(), label=st.none() | text
)
addresses = st.builds(UrlCodeReference, url=text, label=st.none() | text)

values = st.one_of(
    st.builds(MetadataValue.text, text),
    st.builds(MetadataValue.url, text),
    st.builds(MetadataValue.path, text),
    st.builds(MetadataValue.notebook, text),
    st.builds(MetadataValue.md, text),
    st.builds(MetadataValue.json, jsons),
    st.builds(MetadataValue.int, st.integers()),
    st.builds(MetadataValue.float, st.floats(allow_nan=False)),
    st.builds(MetadataValue.bool, st.booleans()),
    st.builds(MetadataValue.null),
    st.builds(MetadataValue.asset, keys),
    st.builds(MetadataValue.dagster_run, text),
    st.builds(MetadataValue.job, text, text, repository_name=st.none() | text),
    st.builds(MetadataValue.pool, text),
    st.builds(MetadataValue.code_location_reconstruction, text),
    st.builds(MetadataValue.timestamp, st.floats(allow_nan=False)),
    st.builds(MetadataValue.python_artifact, st.sampled_from([AssetKey, json.dumps])),
    st.builds(MetadataValue.table_schema, schemas),
    st.builds(MetadataValue.column_lineage, lineages),
    st.builds(
        MetadataValue.table,
        st.lists(st.builds(TableRecord, st.dictionaries(text, scalars, max_size=2)), max_size=3),
        schemas,
    ),
    st.builds(CodeReferencesMetadataValue, code_references=st.lists(references | addresses, max_size=2)),
)


@given(values)
def test_round_trip(value):
    """Every value comes back from its JSON as it was, also through strict text."""
    written = json.dumps(to_json(value), allow_nan=False)
    assert from_json(json.loads(written)) == value


def test_every_class_is_in_the_table():
    """No class of metadata is without a name."""
    from assets.core.metadata import code

    def leaves(cls):
        below = cls.__subclasses__()
        return {cls} if not below else set().union(*map(leaves, below))

    assert set(code._NAMES) == leaves(MetadataValue)
    assert len(code._NAMES) == len(code._CODECS)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_without_json(number):
    """NaN and the infinities are kept, and the JSON stays strict."""
    for value in (
        MetadataValue.float(number),
        MetadataValue.json({"a": [number]}),
        MetadataValue.table([TableRecord({"a": number})]),
    ):
        read = from_json(json.loads(json.dumps(to_json(value), allow_nan=False)))
        assert repr(read) == repr(value)


def test_unknown_name():
    """A value of a later version is read as text, not lost."""
    assert from_json({"type": "hologram", "value": [1]}) == MetadataValue.text("[1]")
