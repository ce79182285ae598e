"""Laws of stored values: they come back exactly, privately, or not at all."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import math
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.core.errors import StoreError, ValueMissingError
from assets.core.events import Materialized, RunStarted, StepFailed, Wiped
from assets.core.keys import AssetKey, Piece
from assets.core.store import memory_store, open_store
from assets.core.versions.data import Provenance

A = AssetKey("a")
LARGE = os.urandom(100_000)


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


def keep(store, value, piece=Piece(A)):  # noqa: B008
    """Put a value and record it; gives its record."""
    kept = store.values.put(value)
    event = Materialized("", 1.0, piece, Provenance("c", {}), kept.digest or "none", stored=kept.stored)
    store.log.append([event], [] if kept.data is None else [(kept.stored, kept.data)])
    return store.log.snapshot().record(piece).stored


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.binary(max_size=8),
    lambda below: (
        st.lists(below, max_size=4)
        | st.tuples(below, below)
        | st.dictionaries(st.text(max_size=4) | st.integers(), below, max_size=4)
        | st.frozensets(st.integers() | st.text(max_size=3), max_size=3)
    ),
    max_leaves=20,
)


def shape(value):
    """A value with all its types and the sign and bits of its floats, to be compared."""
    if isinstance(value, (list, tuple)):
        return (type(value), [shape(one) for one in value])
    if isinstance(value, dict):
        return (dict, [(shape(key), shape(one)) for key, one in value.items()])
    if isinstance(value, float):
        return (float, "nan" if math.isnan(value) else value.hex())
    return (type(value), value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plain)
def test_plain_values_come_back_exactly(store, value):
    """Whatever is made of plain values comes back with every type, order and bit."""
    assert shape(store.values.get(keep(store, value))) == shape(value)


@dataclasses.dataclass
class Point:
    x: int
    y: float


@pytest.mark.parametrize(
    "value",
    [
        Point(1, 2.0),
        dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        {1: "one", "1": "other"},
        (1, [2, (3,)]),
        ["\ud83d", "\ude00", "\ud83d\ude00"],
        10**5000,
        [-0.0, 0.0, float("inf")],
        {"deep": [[[[[]]]]]},
        LARGE,
        list(range(100_000)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_many_kinds(store, value):
    """Values of all kinds and sizes come back, whatever format keeps them."""
    assert shape(store.values.get(keep(store, value))) == shape(value)


def test_shared_parts_stay_shared(store):
    """A list that is in two places is in two places again, and a circle is a circle."""
    part = [1]
    twice = store.values.get(keep(store, [part, part]))
    twice[0].append(2)
    circle = [1]
    circle.append(circle)
    back = store.values.get(keep(store, circle))

    assert twice == [[1, 2], [1, 2]]
    assert back[1] is back


def test_functions_of_a_notebook(store):
    """A function that no module holds comes back by value."""
    space = {}
    exec("def double(n):\n    return n * factor\nfactor = 2", space)
    space["double"].__module__ = "__main__"

    assert store.values.get(keep(store, space["double"]))(21) == 42


dtypes = st.sampled_from(["i1", "u8", "f4", "f8", "c16", "?", "S3", "U2", "M8[ns]", "m8[D]", ">i4", ">f8"])
shapes = st.sampled_from([(), (0,), (3,), (2, 3), (2, 0, 3), (4, 3, 2)])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dtypes, shapes, st.sampled_from("CF"), st.booleans())
def test_arrays_come_back_exactly(store, dtype, shape, order, sliced):
    """Arrays come back as plain arrays with dtype, shape and every byte."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = bytes(n * 37 % (2 if dtype == "?" else 100) for n in range(size))
    array = np.array(np.frombuffer(raw, dtype).reshape(shape), order=order)
    array = array[::-1] if sliced and array.ndim else array
    stored = keep(store, array)
    back = store.values.get(stored)

    assert stored.format == "npy"
    assert (type(back), back.dtype, back.shape) == (np.ndarray, array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()
    assert back.flags.writeable


def test_objects_in_arrays(store):
    """What an array's file cannot say is pickled: objects, records, other classes, metadata of a dtype."""
    described = np.zeros(3, np.dtype("i4", metadata={"unit": "m"}))
    for array in (
        np.array([1, "x", None], dtype=object),
        np.zeros(3, "i4,f8"),
        np.ma.masked_array([1, 2]),
        described,
    ):
        stored = keep(store, array)
        back = store.values.get(stored)
        assert stored.format == "pickle"
        assert (type(back), back.dtype, back.dtype.metadata) == (
            type(array),
            array.dtype,
            array.dtype.metadata,
        )


def test_large_arrays_are_mapped(disk):
    """A large array is a private view of its file: changing it changes nothing that is stored."""
    array = np.arange(100_000.0).reshape(100, 1000).T
    stored = keep(disk, array)
    one = disk.values.get(stored)
    one[:] = 0

    assert isinstance(one.base, np.memmap)
    assert type(one) is np.ndarray
    assert not stored.inline
    assert np.array_equal(disk.values.get(stored), array)


@pytest.mark.parametrize("value", [[1, [2]], {"a": [1]}, (1, [2]), np.arange(5), np.arange(50_000), {1: [2]}])
def test_each_gets_a_copy_of_its_own(store, value):
    """Changing a loaded value changes neither what is stored nor another's copy."""
    before = copy.deepcopy(value)
    stored = keep(store, value)
    first, second = store.values.get(stored), store.values.get(stored)
    if isinstance(first, np.ndarray):
        first[0] = 99
        assert np.array_equal(second, before)
        assert np.array_equal(store.values.get(stored), before)
    else:
        (first.setdefault("new", 1) if isinstance(first, dict) else first[1].append(99))
        assert second == before == store.values.get(stored)


def test_equal_content_is_kept_once(disk, folder):
    """The same value is one file, however often it is put."""
    assert keep(disk, LARGE) == keep(disk, LARGE, Piece(A, "x"))
    assert len(listing(folder / "values")) == 1


def test_what_cannot_be_stored(store):
    """A value that cannot be pickled is refused with its type and a remedy; nothing is stored."""
    with pytest.raises(StoreError, match=r"generator.*IO manager"):
        store.values.put(n for n in range(3))


def test_no_data_version(store):
    """What cannot be digested is stored all the same, without a data version; `None` is a value like any other."""
    kept = store.values.put(NotToBeRead())
    store.log.append([], [(kept.stored, kept.data)])

    assert kept.digest is None
    assert isinstance(store.values.get(kept.stored), NotToBeRead)
    assert store.values.get(keep(store, None)) is None


class NotToBeRead:
    def __reduce_ex__(self, _protocol):
        if sys._getframe(1).f_globals["__name__"].startswith("assets.core.versions"):
            raise TypeError("not by you")
        return (NotToBeRead, ())


def change(store, disk_folder, stored, edit):
    """Change the bytes of a value behind the store's back."""
    if not stored.inline:
        path = disk_folder / "values" / stored.name
        path.write_bytes(edit(path.read_bytes()))
        return
    shelf = store.values._shelf
    if hasattr(shelf, "data"):
        shelf.data[stored.name] = edit(shelf.data[stored.name])
    else:
        query = "SELECT data FROM small_values WHERE name = ?"

        def write(connection):
            (data,) = connection.execute(query, (stored.name,)).fetchone()
            connection.execute("UPDATE small_values SET data = ? WHERE name = ?", (edit(data), stored.name))

        shelf._database.write(write)


EDITS = {
    "flipped": lambda data: (
        data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]
    ),
    "cut": lambda data: data[:-1],
    "longer": lambda data: data + b"\0",
    "empty": lambda _data: b"",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize(
    "value",
    [{"a": [1, 2, 3]}, (1, 2), np.arange(10), np.arange(50_000), LARGE, list(range(100_000))],
    ids=["json", "pickle", "npy", "large npy", "large bytes", "large pickle"],
)
def test_a_changed_value_is_never_given_out(store, folder, value, edit):
    """One flipped bit, a byte more or less: the value is missing, and putting it again heals it."""
    stored = keep(store, value)
    change(store, folder, stored, edit)
    with pytest.raises(ValueMissingError, match="Materialize the asset again"):
        store.values.get(stored)
    assert store.values.present([stored]) == frozenset()
    again = keep(store, value)

    assert again == stored
    assert (
        np.array_equal(store.values.get(again), value)
        if isinstance(value, np.ndarray)
        else store.values.get(again) == value
    )


def test_a_missing_value(store):
    """A value that is gone is missing, and a snapshot knows before anybody asks for it."""
    stored = keep(store, [1])
    assert store.log.snapshot().present(stored)
    assert store.values.delete([stored]) == 1
    assert not store.log.snapshot().present(stored)
    with pytest.raises(ValueMissingError, match="not there"):
        store.values.get(stored)


class Evil:
    def __reduce__(self):
        return (exec, ("import os; os.environ['ASSETS_PWNED'] = 'yes'",))


def test_a_planted_pickle_is_not_opened(disk, folder, monkeypatch):
    """A pickle that this user's store did not write is not opened: neither in place of another, nor under a record of its own."""
    monkeypatch.delenv("ASSETS_PWNED", raising=False)
    stored = keep(disk, list(range(100_000)))
    evil = pickle.dumps(Evil())
    (folder / "values" / stored.name).write_bytes(evil.ljust(stored.size, b"\0"))
    with pytest.raises(ValueMissingError):
        disk.values.get(stored)

    import hashlib

    digest = hashlib.blake2b(evil, digest_size=32).hexdigest()
    (folder / "values" / f"{digest}.pickle").write_bytes(evil)
    for signature in ("", "x", stored.signature):
        planted = stored._replace(digest=digest, size=len(evil), signature=signature)
        with pytest.raises(ValueMissingError):
            disk.values.get(planted)
    assert "ASSETS_PWNED" not in os.environ


@pytest.mark.parametrize("digest", ["../../../../etc/passwd", "", "x" * 32, "a" * 31, "../" + "a" * 32])
def test_a_planted_name_leads_nowhere(disk, digest):
    """A digest that is none is refused before it becomes a path."""
    stored = keep(disk, LARGE)._replace(digest=digest)
    with pytest.raises(ValueMissingError):
        disk.values.get(stored)
    assert disk.values.present([stored]) == frozenset()
    assert disk.values.delete([stored]) == 0


def test_a_link_is_not_followed(disk, folder, tmp_path):
    """A symbolic link in place of a value is refused, even if what it points at is right."""
    stored = keep(disk, LARGE)
    path = folder / "values" / stored.name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueMissingError, match="symbolic link"):
        disk.values.get(stored)
    assert disk.values.present([stored]) == frozenset()
    assert not disk.log.snapshot().present(stored)


def test_a_store_that_moved(folder, tmp_path, monkeypatch):
    """With another machine's key, data is read and pickles are refused, with what to do."""
    there = open_store(folder)
    data, array, code = keep(there, {"a": 1}), keep(there, np.arange(50_000)), keep(there, (1, 2))
    there.close()
    monkeypatch.setenv("ASSETS_KEY", str(tmp_path / "another" / "key"))
    here = open_store(folder)

    assert here.values.get(data) == {"a": 1}
    assert here.values.get(array).sum() == np.arange(50_000).sum()
    with pytest.raises(ValueMissingError, match=r"another key.*ASSETS_KEY"):
        here.values.get(code)
    assert here.values.get(keep(here, (1, 2))) == (1, 2)
    here.close()


def test_superseded_versions_go(store):
    """The newest ten versions of each piece stay; older ones go, unless another record stands on them."""
    old = [keep(store, ["value", n]) for n in range(15)]
    shared = keep(store, ["value", 2], Piece(A, "x"))
    large = [keep(store, LARGE + bytes([n]), Piece(A, "y")) for n in range(12)]

    assert shared == old[2]
    assert store.values.collect(10) == 4 + 2
    assert store.values.present([*old, *large]) == {old[2], *old[5:], *large[2:]}
    assert store.values.collect(10) == 0
    assert store.values.collect(0) == 9 + 9
    assert store.values.present([*old, *large]) == {old[2], old[14], large[11]}


def test_wiped_values_go(store):
    """What was wiped is collected; the rest of the asset stays."""
    x, y = keep(store, ["x"], Piece(A, "x")), keep(store, ["y"], Piece(A, "y"))
    store.log.append([Wiped("", 1.0, A, ("x",))])

    assert store.values.collect() == 1
    assert store.values.present([x, y]) == {y}


def test_failures_leave_values(store):
    """A failed attempt takes nothing away."""
    from assets.core.events import Problem

    stored = keep(store, ["x"])
    store.log.append([StepFailed("", 1.0, Piece(A), Problem("E", ""))])

    assert store.values.collect() == 0
    assert store.values.get(stored) == ["x"]


def test_a_value_about_to_be_recorded_stays(disk, folder):
    """Between a value and its event, no collection, in this process or another, takes it away."""
    keep(disk, LARGE)
    store = open_store(folder)
    fresh = store.values.put(LARGE + b"new")
    for n in range(3):
        keep(disk, LARGE + bytes([n]))
    again = store.values.put(LARGE)  # superseded, and being made again
    disk.values.collect(1)

    assert store.values.present([fresh.stored, again.stored]) == {fresh.stored, again.stored}
    assert store.values.get(again.stored) == LARGE
    event = Materialized("", 1.0, Piece(A, "x"), Provenance("c", {}), "v", stored=fresh.stored)
    store.log.append([event])
    disk.values.collect(1)
    assert store.values.get(fresh.stored) == LARGE + b"new"
    store.close()


DEAD_WRITER = """
import os, sys
from assets.core.store import open_store
store = open_store(sys.argv[1])
store.values.put(os.urandom(100_000))
files = store.values._shelf._files
open(files.temporary(), "wb").write(b"half")
os._exit(1)
"""


def test_what_a_dead_process_left_goes(disk, folder):
    """A killed process's temporary files go at the next opening, and its values without event at the next collection."""
    stored = keep(disk, LARGE)
    subprocess.run([sys.executable, "-c", DEAD_WRITER, str(folder)], check=False)
    assert len(listing(folder / "values")) == 3
    again = open_store(folder)
    assert len(listing(folder / "values")) == 2
    again.values.collect()
    again.close()

    assert listing(folder / "values") == [stored.name]


LIMITED = """
import resource, signal, sys
from assets.core.store import open_store
from assets.core.errors import StoreError
store = open_store(sys.argv[1])
store.values.put(1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for limit in (0, 1, 65_536, 99_999, 120_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        store.values.put(bytes(1_000_000) + bytes([limit % 256]))
    except StoreError as error:
        print("refused", sys.argv[1] in str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of file sizes")
def test_a_disk_that_gets_full_while_a_value_is_written(folder):
    """Wherever the writing of a value stops, it is refused with a remedy and leaves nothing behind."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:5] == ["refused True"] * 5
    assert listing(folder / "values") == []


def test_the_signature_of_memory_is_its_own():
    """A store in memory has a key of its own: another's pickles are refused."""
    one, two = memory_store(), memory_store()
    kept = one.values.put((1, 2))
    two.log.append([RunStarted("r", 1.0, ())], [(kept.stored, kept.data)])
    with pytest.raises(ValueMissingError, match="another key"):
        two.values.get(kept.stored)


@pytest.mark.parametrize("value", [LARGE, b"small"])
def test_what_went_is_not_held_any_more(store, value):
    """A snapshot is asked again what is there: a value that went since is missing, and nothing else changes."""
    kept = keep(store, value)
    before = store.log.snapshot()
    assert before.holding(store.log.held()) is before
    store.values.delete([kept])
    now = before.holding(store.log.held())
    assert before.present(kept)
    assert not now.present(kept)
    assert now.record(Piece(A)) == before.record(Piece(A))


def test_a_file_that_was_cut_short_is_not_held(disk, folder):
    """A value counts as there in its size only."""
    kept = keep(disk, LARGE)
    before = disk.log.snapshot()
    path = folder / "values" / kept.name
    path.chmod(0o600)
    path.write_bytes(LARGE[:100])
    assert not before.holding(disk.log.held()).present(kept)


def test_many_come_back_as_one_by_one(store):
    """Small and large, in order, each a copy of its own even where two are equal."""
    values = [[number % 300] for number in range(700)]
    values[5] = values[600] = [LARGE]
    stored = [keep(store, value, Piece(A, str(number))) for number, value in enumerate(values)]
    found = list(store.values.get_all(stored))
    assert found == values
    found[0].append("changed")
    assert found[300] == [0]
    assert next(store.values.get_all(stored)) == [0]
    assert list(store.values.get_all([])) == []


def test_of_many_the_one_that_is_not_there_is_an_error(store):
    """As it is for one; those before it come."""
    stored = [keep(store, [number], Piece(A, str(number))) for number in range(3)]
    store.values.delete([stored[1]])
    found = store.values.get_all(stored)
    assert next(found) == [0]
    with pytest.raises(ValueMissingError, match="it is not there"):
        next(found)
