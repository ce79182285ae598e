"""Laws of the digest for arrays, frames, tables, images and models."""

import pickle

import pytest

from assets.core.versions.digest import digest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")


def arrays():
    base = np.arange(12.0).reshape(3, 4)
    return [
        base, base.T, base.ravel(), base.astype("f4"), base.astype(int), base.astype(object), base.astype(str), base.astype("c16"), base + 1,
        np.float64(1), np.float32(1), np.int64(1), np.int32(1), np.bool_(True), 1.0, 1, True, np.array(1.0), np.array([1.0]), np.array([-1.0]),
        np.array([0.0]), np.array([-0.0]), np.array([np.nan]), np.array(["a"]), np.array(["a"], dtype=object), np.array([b"a"]), np.array(["a"], "U2"),
        np.array(["2020"], "M8[D]"), np.array(["2020"], "M8[ns]"), np.array(["NaT"], "M8[D]"), np.timedelta64(1, "s"), np.timedelta64(1, "m"),
        np.zeros(2, [("a", "f4"), ("b", "i8")]), np.zeros(2, [("a", "f4"), ("c", "i8")]), np.zeros(2, [("b", "i8"), ("a", "f4")]),
        np.zeros(2, np.dtype([("a", "f4"), ("b", "i8")], align=True)), np.zeros(0), np.zeros((0, 2)), np.zeros((2, 0)),
        np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0]), np.ma.array([1, 2]), np.array([1, 2]), np.longdouble(1) / 3,
        np.rec.array([(1, 2.0)], names="a,b"), np.dtype("f8"), np.dtype("f4"), np.sin, np.cos, np.random.default_rng(0), np.random.default_rng(1),
    ]  # fmt: skip


def frames():
    df = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    noted = df.copy()
    noted.attrs["unit"] = "m"
    return [
        df, df[["b", "a"]], df.rename(columns={"a": "c"}), df.astype({"a": "float"}), df.astype({"a": "int32"}), df.set_index("a"), df.iloc[::-1], df.iloc[:0], df.iloc[:1], noted,
        df.rename_axis(index="i"), df.rename_axis(columns="c"), df.set_index(["a", "b"]), df.assign(a=[1, 3]), df.assign(a=[1, None]),
        df.assign(b=df.b.astype("category")), df.assign(b=pd.Categorical(df.b, ["y", "x"])), df.assign(b=pd.Categorical(df.b, ordered=True)), df.assign(b=df.b.astype(object)),
        df.astype({"b": "string[pyarrow]"}), df.astype({"b": "string[python]"}), df.astype({"a": "Int64"}), df.astype({"a": "int64[pyarrow]"}), df.assign(a=[True, False]), df.assign(a=pd.array([True, None])),
        df.assign(a=pd.to_datetime(df.a)), df.assign(a=pd.to_datetime(df.a, utc=True)), df.assign(a=pd.to_datetime(df.a).dt.tz_localize("Europe/Paris")), df.assign(a=pd.to_timedelta(df.a)),
        df.a, df.b, df.a.rename("z"), df.a.rename(None), df.index, pd.Index([0, 1]), pd.Index([0, 1], name="n"), pd.Index([0.0, 1.0]), pd.Index(["x", "y"]), df.a.astype("Sparse[int]"),
        pd.date_range("2020", periods=3), pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-01-03"]), pd.period_range("2020", periods=3), pd.interval_range(0, 3), pd.interval_range(0, 3, closed="left"),
        pd.CategoricalIndex(["a", "b"]), pd.MultiIndex.from_product([[1, 2], ["a"]]), pd.MultiIndex.from_product([[1, 2], ["a"]], names=["p", "q"]),
        pd.Timestamp("2020"), pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2020", tz="Europe/Paris"), pd.NaT, pd.NA, None, pd.Timedelta(1), pd.Period("2020"), pd.Period("2020-01"), pd.Interval(1, 2), pd.Interval(1, 2, "left"),
        df.a.dtype, df.b.dtype, pd.CategoricalDtype(["a"]), pd.CategoricalDtype(["a"], ordered=True), pd.Int64Dtype(), pd.array([1, None]), pd.array([1, 2]), pd.array(["a", None]), pd.offsets.Day(2), pd.offsets.Day(3),
    ]  # fmt: skip


def tables():
    table = pa.table({
        "i": [1, 2, None], "s": ["x", None, "zz"], "l": [[1], None, [2, 3]], "o": [{"q": 1}, None, {"q": 2}], "d": pa.array(["u", "v", "u"]).dictionary_encode(),
        "b": [True, None, False], "f": [1.0, float("nan"), None], "t": pa.array([1, 2, 3], pa.timestamp("s")), "n": [None, None, None],
        "m": pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())), "y": [b"a", None, b""],
    })  # fmt: skip
    return [
        table, table.slice(1), table.slice(0, 2), table.slice(0, 0), table.replace_schema_metadata({"a": "b"}), table.schema, table.to_pandas(), *table.columns, *(c.combine_chunks() for c in table.columns),
        pa.array([1]), pa.array([1], pa.int32()), pa.array([0]), pa.array([None], pa.int64()), pa.array([""]), pa.array([None], pa.string()), pa.array([[]], pa.list_(pa.int64())), pa.array([None], pa.list_(pa.int64())),
        pa.array(["ab", "c"]), pa.array(["a", "bc"]), pa.array([[1, 2], [3]]), pa.array([[1], [2, 3]]), pa.scalar(1), pa.scalar("1"), pa.int64(), pa.int32(), pa.field("a", pa.int64()), pa.field("a", pa.int64(), nullable=False),
    ]  # fmt: skip


@pytest.mark.parametrize("family", [arrays, frames, tables])
def test_values_that_differ_have_digests_that_differ(family):
    """Types, names, order, index, time zone, categories and schema count."""
    seen = {}
    for value in family():
        key = digest(value)
        assert key not in seen, f"{value!r} looks like {seen[key]!r}"
        seen[key] = value


@pytest.mark.parametrize("family", [arrays, frames, tables])
def test_a_value_made_again_is_the_same(family):
    """Two makings, and a pickled copy, have one digest."""
    for value, again in zip(family(), family(), strict=True):
        assert digest(value) == digest(again), repr(value)
        assert digest(pickle.loads(pickle.dumps(value))) == digest(value), repr(value)


def test_layout_in_memory_does_not_count():
    """Order of storage, strides, blocks, chunks and offsets are nobody's business."""
    array = np.arange(12.0).reshape(3, 4)
    assert digest(array) == digest(np.asfortranarray(array)) == digest(array.copy()[::-1][::-1])
    assert digest(np.arange(20)[::2]) == digest(np.arange(20)[::2].copy())
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    assert (
        digest(frame)
        == digest(pd.concat([frame[["a"]], frame[["b"]]], axis=1))
        == digest(pd.DataFrame([[1, 3], [2, 4]], columns=["a", "b"]))
    )
    table = tables()[0]
    assert digest(table) == digest(pa.concat_tables([table.slice(0, 1), table.slice(1)]))
    for name in set(table.column_names) - {"d"}:
        part = table.select([name]).slice(1)
        assert digest(part) == digest(pa.Table.from_pylist(part.to_pylist(), schema=part.schema))


def test_what_a_value_remembers_of_questions_does_not_count():
    """Asking an index or a frame something fills its caches, and changes nothing."""
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    first = digest(frame)
    assert frame.loc["x", "a"] == 1
    assert frame.index.is_unique
    assert digest(frame) == first


def test_a_change_in_place_is_seen():
    """Nothing is remembered of an array or a frame."""
    array, frame = np.zeros(100_000), pd.DataFrame({"a": [1, 2]})
    first, second = digest(array), digest(frame)
    array[50_000], frame.loc[0, "a"] = 1e-300, 7
    assert digest(array) != first
    assert digest(frame) != second


def test_every_nan_is_the_same():
    """The payload of a NaN comes from the processor, not from the user."""
    assert (
        digest(np.array([np.nan, 1.0]))
        == digest(np.array([-np.nan, 1.0]))
        == digest(np.array([np.inf - np.inf, 1.0]))
    )


def test_rubbish_under_nulls_does_not_count():
    """What a consumer cannot read does not matter."""
    one, two = pd.array([1, 2]), pd.array([1, 3])
    one[1] = two[1] = None
    assert digest(one) == digest(two)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"])
def test_sparse_matrices(form):
    """By format and content."""
    sparse = pytest.importorskip("scipy.sparse")
    make = getattr(sparse, f"{form}_array")
    assert digest(make(np.eye(3))) == digest(make(np.eye(3))) != digest(make(2 * np.eye(3)))
    assert digest(make(np.eye(3))) != digest(getattr(sparse, f"{form}_matrix")(np.eye(3)))


def test_models():
    """A fitted model is its class and its state."""
    linear = pytest.importorskip("sklearn.linear_model")
    ensemble = pytest.importorskip("sklearn.ensemble")
    x, y = np.random.default_rng(0).random((50, 3)), [0, 1] * 25

    def forest(seed):
        return digest(ensemble.RandomForestClassifier(5, random_state=seed).fit(x, y))

    assert forest(0) == forest(0) != forest(1)
    assert (
        digest(linear.LinearRegression().fit(x, y))
        == digest(linear.LinearRegression().fit(x, y))
        != digest(linear.LinearRegression())
    )


def test_images():
    """By mode, size, palette and pixels."""
    image = pytest.importorskip("PIL.Image")
    values = [
        image.new("RGB", (2, 2)),
        image.new("RGB", (2, 2), "red"),
        image.new("RGB", (4, 1)),
        image.new("P", (2, 2)),
        image.new("L", (2, 2)),
    ]
    assert len({digest(value) for value in values}) == len(values)
    assert digest(values[1]) == digest(values[1].copy())


def test_pydantic_models():
    """By their fields, and by which of them were given."""
    pydantic = pytest.importorskip("pydantic")

    class Model(pydantic.BaseModel):
        x: int = 1

    assert digest(Model(x=2)) == digest(Model(x=2)) != digest(Model(x=3))
    assert digest(Model()) != digest(Model(x=1))


def test_polars_frames():
    """By schema and content, whatever their chunks."""
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"a": [1, 2], "s": ["x", None]})
    assert (
        digest(frame)
        == digest(pl.concat([frame[:1], frame[1:]]))
        != digest(frame.with_columns(a=pl.col("a").cast(pl.Int32)))
    )
    assert digest(frame) != digest(frame.rename({"a": "b"}))


def test_tensors():
    """By type, shape, device and content."""
    torch = pytest.importorskip("torch")
    values = [
        torch.zeros(2),
        torch.zeros(2, dtype=torch.bfloat16),
        torch.zeros(1, 2),
        torch.ones(2),
        torch.zeros(2, requires_grad=True),
        torch.eye(2).to_sparse(),
    ]
    assert len({digest(value) for value in values}) == len(values)
    assert digest(torch.arange(6).reshape(2, 3).t().contiguous().t()) == digest(torch.arange(6).reshape(2, 3))
