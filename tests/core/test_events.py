"""Laws of events: what is written is read back, and nothing grows without bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.core.errors import StoreError
from assets.core.events import (
    KINDS,
    Accepted,
    Dropped,
    Evaluated,
    Expected,
    HookRan,
    InputRead,
    Logged,
    Materialized,
    Observed,
    OutputMade,
    PartitionsAdded,
    PartitionsRemoved,
    Problem,
    ResourcesMade,
    RunDeleted,
    RunFinished,
    RunStarted,
    StepFailed,
    StepFinished,
    StepRetried,
    StepSkipped,
    StepStarted,
    Stored,
    Target,
    Wiped,
    asset_of,
    kind_of,
    piece_of,
)
from assets.core.keys import AssetCheckKey, AssetKey, Piece
from assets.core.metadata import MetadataValue
from assets.core.rows import MESSAGE_LIMIT, TEXT_LIMIT, Row, clip, decode, encode
from assets.core.versions.data import Input, Provenance

texts = st.text(max_size=12)
times = st.floats(0, 4e9)
keys = st.lists(texts, min_size=1, max_size=3).map(AssetKey)
pieces = st.builds(Piece, keys, st.none() | texts)
tags = st.dictionaries(texts, texts, max_size=3)
metadata = st.dictionaries(
    texts, st.builds(MetadataValue.int, st.integers()) | st.builds(MetadataValue.text, texts), max_size=3
)
provenances = st.builds(
    Provenance, texts, st.dictionaries(texts, st.builds(Input, keys, texts, texts), max_size=3)
)
stored = st.builds(Stored, texts, texts, st.integers(0, 2**60), texts, st.booleans())
problems = st.builds(Problem, texts, texts, texts)
events = st.one_of(
    st.builds(
        RunStarted,
        texts,
        times,
        st.lists(keys, max_size=3).map(tuple),
        texts,
        tags,
        texts,
        st.integers(0, 99),
        texts,
        st.lists(st.builds(AssetCheckKey, keys, texts), max_size=2).map(tuple),
    ),
    st.builds(RunFinished, texts, times, st.sampled_from(["success", "failure", "cancelled"]), texts),
    st.builds(StepStarted, texts, times, st.none() | pieces, texts),
    st.builds(StepFailed, texts, times, st.none() | pieces, problems, times, st.booleans(), texts),
    st.builds(StepSkipped, texts, times, st.none() | pieces, texts, texts),
    st.builds(StepFinished, texts, times, st.none() | pieces, times, texts),
    st.builds(StepRetried, texts, times, st.none() | pieces, problems, st.integers(1, 9), times, texts),
    st.builds(InputRead, texts, times, texts, texts, texts, metadata),
    st.builds(OutputMade, texts, times, texts, texts, texts, texts, metadata),
    st.builds(
        HookRan,
        texts,
        times,
        texts,
        texts,
        st.sampled_from(["completed", "skipped", "errored"]),
        st.none() | problems,
    ),
    st.builds(Expected, texts, times, texts, st.booleans(), texts, texts, metadata),
    st.builds(
        ResourcesMade, texts, times, st.lists(texts, max_size=2).map(tuple), times, st.none() | problems
    ),
    st.builds(
        Materialized,
        texts,
        times,
        pieces,
        provenances,
        texts,
        st.booleans(),
        st.none() | stored,
        metadata,
        tags,
        times,
        texts,
        st.none() | texts,
        st.none() | texts,
    ),
    st.builds(Observed, texts, times, pieces, st.none() | texts, metadata, tags, st.none() | texts),
    st.builds(
        Evaluated,
        texts,
        times,
        pieces,
        texts,
        st.booleans(),
        st.sampled_from(["ERROR", "WARN"]),
        metadata,
        st.none() | texts,
        st.none() | st.booleans(),
        st.none() | st.builds(Target, st.integers(1, 2**60), texts, times),
    ),
    st.builds(RunDeleted, texts, times),
    st.builds(
        Logged, texts, times, st.none() | pieces, st.sampled_from(["stdout", "stderr", "log"]), texts, texts
    ),
    st.builds(PartitionsAdded, texts, times, texts, st.lists(texts, max_size=3).map(tuple)),
    st.builds(PartitionsRemoved, texts, times, texts, st.lists(texts, max_size=3).map(tuple)),
    st.builds(Wiped, texts, times, keys, st.none() | st.lists(st.none() | texts, max_size=3).map(tuple)),
    st.builds(Dropped, texts, times, keys, texts),
    st.builds(Accepted, texts, times, pieces, texts, texts),
)


@given(events)
def test_written_and_read(event):
    """Every event is read back from its row as it was."""
    assert decode(encode(event)) == event


@given(events)
def test_columns(event):
    """The columns of a row say what the event is about."""
    row = encode(event)
    piece = piece_of(event)

    assert row.kind == kind_of(event)
    assert row.asset == asset_of(event)
    assert row.partition == (piece.partition if piece else None)
    assert KINDS[row.kind] is type(event)


def test_bounds():
    """Long messages, tracebacks and texts keep their two ends and say how much is missing."""
    problem = Problem("E", "m" * 100_000 + "!", "t" * 1_000_000)
    failed = decode(encode(StepFailed("r", 1.0, Piece(AssetKey("a")), problem)))
    logged = decode(encode(Logged("r", 1.0, None, "stdout", "", "x" * 10_000_000)))

    assert len(failed.problem.message) < MESSAGE_LIMIT + 100
    assert failed.problem.message.endswith("!")
    assert "characters left out" in failed.problem.traceback
    assert len(logged.text) < TEXT_LIMIT + 100
    assert clip("short", 10) == "short"


def test_first_line():
    """A problem's line is its class and the first line of its message."""
    assert Problem("ValueError", "\nbad\nworse").line == "ValueError: bad"
    assert Problem("KeyboardInterrupt", "").line == "KeyboardInterrupt"


@pytest.mark.parametrize(
    "row", [Row("Nonsense", "", 0.0, None, None, "{}"), Row("Wiped", "", 0.0, None, None, "{}")]
)
def test_unreadable(row):
    """A row that is no event is refused by a StoreError that names its kind."""
    with pytest.raises(StoreError, match=row.kind):
        decode(row)
