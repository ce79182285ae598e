"""Names that are safe and told apart, and files that appear whole or not at all."""

import os
import stat

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from upath import UPath

from assets.core.errors import StoreError
from assets.core.resources.places import appearing, contained, make_folder, segment, segments

KEYS = st.text(alphabet=st.sampled_from("ab/.%25EF~é \\"), max_size=12)


def read_back(parts):
    """What the escapes in a path stand for."""
    text = "/".join("" if part == "%20" else part for part in parts)
    out, at = "", 0
    while at < len(text):
        if (
            text[at] == "%"
            and len(text) > at + 2
            and all(c in "0123456789ABCDEFabcdef" for c in text[at + 1 : at + 3])
        ):
            out += chr(int(text[at + 1 : at + 3], 16))
            at += 3
        else:
            out += text[at]
            at += 1
    return out


@given(KEYS)
@example("/etc/passwd")
@example("a/")
@example("//")
@example("%2F")
@example("")
def test_no_two_keys_share_a_path(key):
    """From the path the key can be read back, so that no other key has it."""
    assert key == read_back(segments(key))


@given(KEYS)
def test_a_part_is_a_name_and_nothing_else(key):
    """A part is never empty, never a step up, and holds no separator and no NUL."""
    for part in (*segments(key), segment(key)):
        assert part not in {"", ".", ".."}
        assert not {"/", "\\", "\0"} & set(part)


@given(st.text(max_size=3), st.integers(100, 3000))
def test_a_long_name_is_cut_and_told_apart(start, length):
    """A name fits into what file systems take, and its end still counts."""
    one, two = segment(start + "é" * length + "x"), segment(start + "é" * length + "y")
    assert one != two
    assert len(one.encode()) <= 200


@pytest.mark.parametrize("path", ["../out", "in/../../out", "/etc/passwd"])
def test_a_path_that_leads_out_is_refused(tmp_path, path):
    """Whatever a subclass makes of a path, it stays below the base."""
    base = UPath(tmp_path / "base")
    with pytest.raises(StoreError, match="outside"):
        contained(base, base / path)
    with pytest.raises(StoreError, match="outside"):
        contained(UPath("memory://base"), UPath("memory://other") / path)


def test_a_symbolic_link_below_the_base_is_refused(tmp_path):
    """A link in the folder is not followed, neither a folder's nor a file's."""
    (tmp_path / "real").mkdir()
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "link").symlink_to(tmp_path / "real")
    base = UPath(tmp_path / "base")
    for path in (base / "link" / "a", base / "link"):
        with pytest.raises(StoreError, match="symbolic link"):
            contained(base, path)
    (tmp_path / "way").symlink_to(tmp_path / "base")
    assert contained(UPath(tmp_path / "way"), UPath(tmp_path / "way") / "a").name == "a"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_what_is_new_is_closed_to_others(tmp_path):
    """New folders are 0700 and new files 0600 under a lax umask; what was there is left."""
    old = os.umask(0)
    try:
        base = tmp_path / "base"
        base.mkdir(mode=0o755)
        make_folder(UPath(base / "a" / "b"))
        with appearing(UPath(base / "a" / "b" / "file")) as draft:
            draft.write_text("x")
        with appearing(UPath(base / "a" / "many")) as draft:
            (draft / "in").mkdir(parents=True)
            (draft / "in" / "part").write_text("y")
    finally:
        os.umask(old)

    def mode(path):
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(base) == 0o755
    assert {0o700} == {mode(path) for path in base.rglob("*") if path.is_dir()}
    assert {0o600} == {mode(path) for path in base.rglob("*") if path.is_file()}


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    """Until all is written the old file is there, and what fails leaves nothing behind."""
    path = UPath(tmp_path / "v.txt")
    path.write_text("old")

    def stopped():
        with appearing(path) as draft:
            draft.write_text("ha")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert path.read_text() == "old"
    with appearing(path) as draft:
        assert draft.name == "v.txt"
        draft.write_text("new")
        draft.with_suffix(".json").write_text("{}")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["v.json", "v.txt"]


def test_a_folder_takes_the_place_of_a_folder(tmp_path):
    """A value of many files is replaced as one."""
    path = UPath(tmp_path / "v")
    for name in ("one", "two"):
        with appearing(path) as draft:
            draft.mkdir()
            (draft / name).write_text(name)
    assert [each.name for each in path.iterdir()] == ["two"]
    assert [each.name for each in tmp_path.iterdir()] == ["v"]


def test_elsewhere_the_path_itself_is_written():
    """On another file system a file is written where it belongs."""
    base = UPath("memory://places-test")
    make_folder(base / "a")
    with appearing(base / "a" / "f") as draft:
        draft.write_text("x")
    assert (base / "a" / "f").read_text() == "x"
