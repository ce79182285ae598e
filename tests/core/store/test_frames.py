"""Laws of stored frames and tables: Arrow where it is exact, else a pickle, and the same frame either way."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.core.store.formats import to_parts

pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
np = pytest.importorskip("numpy")


def there_and_back(value):
    form, parts = to_parts(value)
    return form.name, form.load(b"".join(parts))


def same(one, other):
    """Frames that no consumer can tell apart."""
    pd.testing.assert_frame_equal(one, other, check_exact=True, check_freq=True, check_flags=True)
    assert [repr(d) for d in one.dtypes] == [repr(d) for d in other.dtypes]
    assert type(one.index) is type(other.index)
    assert type(one.columns) is type(other.columns)
    assert one.columns.dtype == other.columns.dtype
    assert one.attrs == other.attrs
    for name in range(one.shape[1]):
        left, right = one.iloc[:, name], other.iloc[:, name]
        assert [type(v) for v in left] == [type(v) for v in right]


def column(kind, n):
    numbers = st.lists(st.integers(0, 100), min_size=n, max_size=n)
    words = st.lists(st.sampled_from(["", "a", "é", "long" * 9]), min_size=n, max_size=n)
    holes = st.lists(st.none() | st.integers(0, 100), min_size=n, max_size=n)
    return {
        "int": numbers.map(lambda v: pd.array(v, dtype="int64")),
        "u8": numbers.map(lambda v: np.array(v, dtype="u1")),
        "float": st.lists(st.floats(), min_size=n, max_size=n).map(lambda v: np.array(v, dtype="f8")),
        "float32": st.lists(st.floats(width=32), min_size=n, max_size=n).map(
            lambda v: np.array(v, dtype="f4")
        ),
        "bool": numbers.map(lambda v: np.array(v) % 2 == 0),
        "Int64": holes.map(lambda v: pd.array(v, dtype="Int64")),
        "Float64": holes.map(lambda v: pd.array(v, dtype="Float64")),
        "boolean": holes.map(lambda v: pd.array([None if x is None else x > 50 for x in v], dtype="boolean")),
        "text": words.map(lambda v: pd.Series(v).array),
        "objects": st.lists(st.none() | st.text(max_size=3) | st.integers(), min_size=n, max_size=n).map(
            lambda v: pd.Series(v, dtype=object).array
        ),
        "string": words.map(lambda v: pd.array([None if x == "" else x for x in v], dtype="string")),
        "time": numbers.map(lambda v: pd.to_datetime(np.array(v) * 10**15)),
        "seconds": numbers.map(lambda v: np.array(v, dtype="M8[s]")),
        "zoned": numbers.map(
            lambda v: pd.to_datetime(np.array(v) * 10**15).tz_localize("Europe/Berlin", ambiguous=True)
        ),
        "fixed": numbers.map(
            lambda v: pd.to_datetime(np.array(v) * 10**15).tz_localize(dt.timezone(dt.timedelta(hours=2)))
        ),
        "delta": numbers.map(lambda v: pd.to_timedelta(np.array(v), unit="h")),
        "category": words.map(lambda v: pd.Categorical(v, categories=["long" * 9, "é", "a", ""])),
        "ordered": words.map(
            lambda v: pd.Categorical(v, categories=["é", "a", "", "long" * 9], ordered=True)
        ),
        "numbers": numbers.map(pd.Categorical),
        "period": numbers.map(lambda v: pd.PeriodIndex.from_ordinals(v, freq="D")),
        "interval": numbers.map(lambda v: pd.arrays.IntervalArray.from_arrays(v, [x + 1 for x in v])),
    }[kind]


KINDS = [
    "int",
    "u8",
    "float",
    "float32",
    "bool",
    "Int64",
    "Float64",
    "boolean",
    "text",
    "objects",
    "string",
    "time",
    "seconds",
    "zoned",
    "fixed",
    "delta",
    "category",
    "ordered",
    "numbers",
    "period",
    "interval",
]


@st.composite
def frames(draw):
    n = draw(st.sampled_from([0, 1, 3]))
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=4))
    frame = pd.DataFrame({f"c{i}": draw(column(kind, n)) for i, kind in enumerate(kinds)}, index=range(n))
    match draw(
        st.sampled_from(
            ["range", "step", "index", "named", "freq", "multi", "attrs", "names", "twice", "ints"]
        )
    ):
        case "step":
            frame.index = pd.RangeIndex(5, 5 + 2 * n, 2, name="r")
        case "index":
            frame.index = pd.Index(draw(column(draw(st.sampled_from(["int", "text", "time", "float"])), n)))
        case "named":
            frame.index = pd.Index(range(10, 10 + n), name="i")
        case "freq":
            frame.index = pd.date_range("2024-01-01", periods=n, freq="D")
        case "multi":
            frame.index = pd.MultiIndex.from_arrays([range(n), range(n)])
        case "attrs":
            frame.attrs["source"] = "sensor"
        case "names":
            frame.columns.name = "measure"
        case "twice" if kinds:
            frame = pd.concat([frame, frame], axis=1)
        case "ints":
            frame.columns = range(len(kinds))
    return frame


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(frames())
def test_frames_come_back_exactly(frame):
    """Values, dtypes, index, names and attributes of a frame come back, whatever format keeps it."""
    _, back = there_and_back(frame)
    same(frame, back)


@pytest.mark.parametrize(
    "kind",
    ["int", "float", "bool", "Int64", "boolean", "text", "string", "time", "zoned", "delta", "category"],
)
def test_everyday_frames_are_arrow(kind):
    """Frames of everyday columns are no pickles."""
    frame = pd.DataFrame({"c": SAMPLES[kind]})
    name, back = there_and_back(frame)

    assert name == "pandas"
    same(frame, back)


SAMPLES = {
    "int": [1, 2],
    "float": [1.5, float("nan")],
    "bool": [True, False],
    "Int64": pd.array([1, None], dtype="Int64"),
    "boolean": pd.array([True, None], dtype="boolean"),
    "text": pd.array(["a", None], dtype="str")
    if pd.__version__ >= "3"
    else pd.array(["a", None], dtype="string"),
    "string": pd.array(["a", None], dtype="string"),
    "time": pd.to_datetime(["2024-01-01", None]),
    "zoned": pd.to_datetime(["2024-01-01", None]).tz_localize(zoneinfo.ZoneInfo("Europe/Berlin")),
    "delta": pd.to_timedelta([1, 2], unit="s"),
    "category": pd.Categorical(["b", "a"], categories=["b", "a"], ordered=True),
}


def test_a_frame_can_be_changed():
    """A loaded frame takes changes in place, each column of it."""
    frame = pd.DataFrame({"a": [1, 2], "b": [1.5, 2.5], "c": ["x", "y"]})
    _, back = there_and_back(frame)
    back.loc[0, "a"] = 9
    back.iloc[1, 1] = 9.5
    back["c"] = "z"

    assert back.to_dict("list") == {"a": [9, 2], "b": [1.5, 9.5], "c": ["z", "z"]}


def test_subclasses_and_series():
    """What is not exactly a frame is pickled, with its class."""
    series = pd.Series([1, 2], name="s")
    name, back = there_and_back(series)
    assert name == "pickle"
    pd.testing.assert_series_equal(series, back)


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"a": [1, None], "b": [[1], [2, 3]], "c": [{"x": 1}, None]}),
        pa.table({"a": pa.array(["x", "y", "x"]).dictionary_encode()}),
        pa.table({"a": [1]}).replace_schema_metadata({"k": "v"}),
        pa.table({"a": pa.chunked_array([[1, 2], [3]])}),
        pa.table({}),
        pa.table(
            {
                "a": pa.chunked_array(
                    [pa.array(["x"]).dictionary_encode(), pa.array(["y"]).dictionary_encode()]
                )
            }
        ),
        pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]),
        pa.table({"a": range(100_000)}),
    ],
)
def test_tables_come_back_exactly(table):
    """A pyarrow table comes back with its schema, metadata and values."""
    _, back = there_and_back(table)
    assert back.schema.equals(table.schema, check_metadata=True)
    assert back.equals(table)
