"""Laws of what a store holds: always what is there, however it came and went meanwhile."""

import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assets.core.store.held import Held
from assets.core.store.schema import CHANGES

TABLE = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE small_values(name TEXT NOT NULL, size INTEGER NOT NULL);
CREATE UNIQUE INDEX small_values_name ON small_values(name, size);
""" + ";".join((*CHANGES[3], ""))

names = st.sampled_from("abcdef")
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), names),
        st.tuples(st.just("delete"), names),
        st.just(("delete last", "")),
        st.just(("look", "")),
    ),
    max_size=40,
)


AGAIN = [("put", "c"), ("put", "a"), ("put", "b"), ("put", "d"), ("delete", "a"), ("delete last", "")]
AGAIN += [("look", ""), ("delete last", ""), ("put", "a"), ("put", "b"), ("delete", "c")]


@given(steps)
@example(AGAIN)  # as many as before, and the last one is the same under the same row id
def test_what_is_held_is_what_is_there(taken):
    """Row ids are used again after the last row was deleted: what was known must not be taken for it."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLE)
    held = Held(dict)
    try:
        for step, name in [*taken, ("look", "")]:
            match step:
                case "put":
                    connection.execute("INSERT OR IGNORE INTO small_values VALUES (?, 1)", (name,))
                case "delete":
                    connection.execute("DELETE FROM small_values WHERE name = ?", (name,))
                case "delete last":
                    connection.execute(
                        "DELETE FROM small_values WHERE rowid = (SELECT max(rowid) FROM small_values)"
                    )
                case _:
                    there = dict(connection.execute("SELECT name, size FROM small_values"))
                    assert held.small(connection) == there
    finally:
        connection.close()


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:")
    made.executescript(TABLE)
    yield made
    made.close()


def test_what_was_told_is_never_changed(connection):
    """It stands in snapshots, and is the same object as long as nothing came or went."""
    files = {}
    held = Held(lambda: dict(files))
    connection.execute("INSERT INTO small_values VALUES ('a', 1)")
    first = held.with_files(held.small(connection))
    assert held.with_files(held.small(connection)) is first
    connection.execute("INSERT INTO small_values VALUES ('b', 2)")
    files["large"] = 3
    second = held.with_files(held.small(connection))
    assert held.with_files(held.small(connection)) is second
    assert (first, second) == ({"a": 1}, {"a": 1, "b": 2, "large": 3})


def test_only_what_came_is_read(connection):
    """A look at many values reads the new ones, and the one that was the last."""
    held = Held(dict)
    connection.executemany("INSERT INTO small_values VALUES (?, 1)", [(str(n),) for n in range(100)])
    held.small(connection)
    connection.execute("INSERT INTO small_values VALUES ('new', 1)")
    asked = []
    connection.set_trace_callback(asked.append)
    assert len(held.small(connection)) == 101
    assert not any("SELECT name, size" in query for query in asked)
