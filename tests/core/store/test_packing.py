"""Laws of packed rows: what was packed is what is read, whether rows are alike or not."""

import json
import random

import pytest

from assets.core.errors import StoreError
from assets.core.events import Stored
from assets.core.keys import AssetKey
from assets.core.latest import Failed, Latest, Observation, Passed, Record, Track
from assets.core.store.packing import WHOLE, Tables, pack, unpack
from assets.core.versions.data import Input, Provenance

KEYS = ["é", "\ud83d", "\ude00", "", "a|b"]


def latest(dice: random.Random, n: int, plain: float) -> Latest:
    """What stands for a piece: most often a record like the others."""
    odd = dice.random() >= plain
    names = dice.choice([("up",), (), ("up", "other")]) if odd else ("up",)
    inputs = {
        name: Input(AssetKey(["a", name]), f"k{n:05}", dice.choice(["v" * 32, "short", f"{n:032}"]))
        for name in names
    }
    stored = Stored("json", f"{n:032}", n % 3, f"s{n:040}", bool(n % 2))
    record = Record(
        n + 1,
        1.5 + n / 7,
        dice.choice(["r1", "r2"]),
        Provenance(dice.choice(["c1", "c2"]) if odd else "c1", inputs),
        f"{n:032}" if not odd else "v",
        None if odd and dice.random() < 0.3 else stored,
        n / 3,
        dice.choice([None, "7"]),
        "3.11",
    )
    if not odd:
        return Latest(record)
    return Latest(
        dice.choice([record, None]),
        dice.choice([None, Failed(n, 2.0, "r3", "ValueError: no", True)]),
        dice.choice([None, Observation(n, 3.0, None)]),
        dice.choice([None, Passed(n, 4.0, "r4", Provenance("c3", inputs))]),
    )


@pytest.mark.parametrize("plain", [1.0, 0.9, 0.3])
@pytest.mark.parametrize("count", [1, WHOLE, WHOLE + 1, 200])
@pytest.mark.parametrize("seed", range(4))
def test_what_was_packed_is_what_is_read(seed, count, plain):
    """Every row, in the order in which they came; and so again after events have touched some."""
    dice = random.Random(seed)
    keys = [*KEYS, *(f"{n:05}" for n in range(count))][:count]
    dice.shuffle(keys)
    rows = {
        key: latest(dice, n, plain) for n, key in enumerate([None, *keys] if dice.random() < 0.5 else keys)
    }
    rows = {key: row for key, row in rows.items() if row != Latest()}
    for _ in range(3):
        packed = pack(Track(dict(rows)))
        track = unpack(packed)
        assert list(track.rows) == sorted(rows, key=lambda key: key is not None)
        assert {key: track.event(key) for key in rows} == {
            key: row.record.event if row.record else 0 for key, row in rows.items()
        }
        assert {key: track.seconds(key) for key in rows} == {
            key: row.record.seconds if row.record else None for key, row in rows.items()
        }
        assert {key: track.brief(key) for key in rows} == {key: _brief(row) for key, row in rows.items()}
        assert {key: track.get(key) for key in rows} == rows
        again = unpack(packed)
        for key in rows:
            if dice.random() < 0.1:
                again.rows[key] = rows[key] = latest(dice, 500 + dice.randrange(100), plain)
        rows = {key: row for key, row in rows.items() if row != Latest()}
        again.rows = {key: row for key, row in again.rows.items() if row != Latest()}
        renewed = unpack(pack(again))
        assert {key: renewed.get(key) for key in rows} == rows


def _brief(row: Latest):
    return Track({"x": row}).brief("x")


def test_rows_that_are_alike_are_left_in_columns():
    """Ten thousand records of one kind are a handful of texts, and none is read before it is asked for."""
    dice = random.Random(0)
    rows = {f"{n:05}": latest(dice, n, 1.0) for n in range(1000)}
    packed = pack(Track(dict(rows)))
    assert len(json.loads(packed)[4]) < 25
    track = unpack(packed)
    assert {type(row) for row in track.rows.values()} == {int}
    assert track.get("00500") == rows["00500"]
    assert isinstance(track.unpack, Tables)


def test_a_row_of_an_older_store_is_read():
    """Before there were columns, every row stood by itself."""
    old = '[["c","r","json","3.11"],[],0,{"x":[7,1.0,1,0,-1,[],"v",[2,"d",1,"s",1],0.5,-1,3]}]'
    record = Record(
        7, 1.0, "r", Provenance("c", {}), "v", Stored("json", "d", 1, "s", True), 0.5, None, "3.11"
    )
    assert unpack(old).get("x") == Latest(record)


def test_bytes_that_are_no_rows_are_refused():
    """With what is wrong with them."""
    with pytest.raises(StoreError, match="cannot be read"):
        unpack("{")
