"""Laws of names and files in a folder of the store."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.core.errors import StoreError
from assets.core.store.columns import from_column, to_column
from assets.core.store.folder import Folder, portable

names = st.text(st.characters(), max_size=200) | st.sampled_from(
    ["", "con", "CON", "a.", ".", "..", "a/b", "%", "%%"]
)


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


@given(names, names)
def test_portable_names_are_apart(one, other):
    """Different texts have different names, also where case is folded; equal ones the same."""
    assert (portable(one).casefold() == portable(other).casefold()) == (one == other)


@given(names)
def test_portable_names_are_names(text):
    """A name is short, plain, not reserved, and stays in its folder."""
    name = portable(text)
    assert re.fullmatch(r"[a-z0-9_%-]{1,120}", name)
    assert name not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


@given(st.none() | names)
def test_partitions_as_columns(partition):
    """Every partition key comes back from its column, which SQLite can hold."""
    column = to_column(partition)
    column.encode()
    assert from_column(column) == partition
    assert (column == "") == (partition is None)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\0b", "a\\b"])
def test_nothing_leads_out(tmp_path, name):
    """A name that is none is refused."""
    with pytest.raises(StoreError, match="no name of a file"):
        Folder(tmp_path).within(name)


def test_files_appear_whole(tmp_path):
    """A file is written in parts, replaced whole, and leaves no temporary one."""
    folder = Folder(tmp_path, "full")
    folder.write("name", [b"ab", memoryview(b"cd")])
    folder.write("name", [b"xyz"])

    assert folder.sizes() == {"name": 3}
    assert listing(tmp_path) == ["name"]
    assert folder.remove("name")
    assert not folder.remove("name")
    assert folder.open("name") is None
