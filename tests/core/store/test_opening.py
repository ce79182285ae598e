"""Laws of opening a store: what it makes, and what it refuses and leaves as it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys

import pytest

from assets.core.errors import StoreError
from assets.core.events import Evaluated, Materialized
from assets.core.keys import AssetKey, Piece
from assets.core.store import open_store, schema
from assets.core.versions.data import Provenance

A = AssetKey("a")
LARGE = os.urandom(100_000)

posix = pytest.mark.skipif(os.name != "posix", reason="needs file modes")


def fill(path):
    store = open_store(path)
    for value in (LARGE, [1]):
        kept = store.values.put(value)
        event = Materialized("", 1.0, Piece(A), Provenance("c", {}), "v", stored=kept.stored)
        store.log.append([event], [] if kept.data is None else [(kept.stored, kept.data)])
    return store


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(("-shm", "-wal"))
    }


def refused(folder, match):
    """Opening raises a StoreError that names the path, and changes nothing."""
    before = contents(folder)
    with pytest.raises(StoreError, match=match) as caught:
        open_store(folder)
    assert str(folder) in str(caught.value)
    assert contents(folder) == before


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777], ids=oct)
def test_nobody_else_reads_it(folder, key, umask):
    """Folders are 0700 and files 0600 under any umask: WAL, values and the key included."""
    key.parent.mkdir()
    before = os.umask(umask)
    try:
        store = fill(folder)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, key, *folder.rglob("*")]}
    store.close()

    assert {"store", "values", "key", "log.sqlite", "log.sqlite-wal", "log.sqlite-shm", ".gitignore"} <= set(
        modes
    )
    assert {name for name, mode in modes.items() if mode == 0o700} == {"store", "values"}
    assert set(modes.values()) == {0o700, 0o600}


@posix
def test_a_lax_folder_is_closed(folder):
    """A store whose folder others may look into is closed to them when it is opened."""
    fill(folder).close()
    folder.chmod(0o755)
    open_store(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_not_for_version_control(disk, folder):
    """A store has a .gitignore of all that is in it, itself included."""
    assert (folder / ".gitignore").read_text() == "*\n"


def test_opened_again(folder):
    """What was kept is there again; opening changes nothing of it."""
    fill(folder).close()
    store = open_store(folder)
    snapshot = store.log.snapshot()

    assert snapshot.upto == 2
    assert store.values.get(snapshot.record(Piece(A)).stored) == [1]
    store.close()


@pytest.mark.parametrize("durability", ["normal", "full"])
def test_durability(folder, durability):
    """`normal` and `full` set SQLite's `synchronous`, on every connection; the log is in WAL mode."""
    store = open_store(folder, durability=durability)
    connection = store.log._database.connection()

    assert connection.execute("PRAGMA synchronous").fetchone() == ({"normal": 1, "full": 2}[durability],)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_an_unknown_durability(folder):
    """A durability that is none is refused before anything is made."""
    with pytest.raises(ValueError, match="'normal' or 'full'"):
        open_store(folder, durability="fast")
    assert not folder.exists()


def edit(folder, *statements):
    connection = sqlite3.connect(folder / "log.sqlite", isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.mark.parametrize(
    "statement", ["PRAGMA user_version = 99", "UPDATE meta SET value = '99' WHERE key = 'schema'"]
)
def test_a_later_schema(folder, statement):
    """A store of a later version is refused, wherever it says so."""
    fill(folder).close()
    edit(folder, statement)
    refused(folder, "schema 99.*Upgrade jupyter-assets")


def test_a_later_schema_that_is_not_checkpointed(folder):
    """It is refused as well while the change is only in the WAL of a process that uses it."""
    fill(folder).close()
    connection = sqlite3.connect(folder / "log.sqlite", isolation_level=None)
    connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(StoreError, match="schema 99"):
        open_store(folder)
    connection.close()


def test_an_earlier_schema(folder):
    """A store of an earlier version is brought up to ours when it is opened, with all that it holds."""
    fill(folder).close()
    edit(
        folder,
        "DROP TABLE checks",
        "DROP INDEX events_wiped",
        "DROP TRIGGER small_values_removed",
        "DELETE FROM meta WHERE key = 'removed'",
        "UPDATE meta SET value = '1' WHERE key = 'schema'",
        "PRAGMA user_version = 1",
    )
    store = open_store(folder)
    store.log.append([Evaluated("", 1.0, Piece(A), "c", passed=True)])

    assert store.log.snapshot().record(Piece(A)) is not None
    assert store.log.snapshot().evaluation(A, "c").passed
    connection = store.log._database.connection()
    assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    store.close()
    assert open_store(folder).log.snapshot().evaluation(A, "c").passed


def test_a_foreign_database(folder):
    """Another program's database is refused."""
    folder.mkdir(0o700)
    connection = sqlite3.connect(folder / "log.sqlite")
    connection.execute("CREATE TABLE t(x)")
    connection.commit()
    connection.close()
    refused(folder, "another program")


@pytest.mark.parametrize("damage", ["empty", "short", "text", "body", "table"])
def test_a_damaged_log(folder, damage):
    """A log that is damaged is refused; no new history begins over the values."""
    fill(folder).close()
    path = folder / "log.sqlite"
    data = path.read_bytes()
    if damage == "table":
        edit(folder, "DROP TABLE meta")
    else:
        page = 4096
        path.write_bytes(
            {
                "empty": b"",
                "short": data[:50],
                "text": b"not a database at all" * 50,
                "body": data[:100] + b"\xff" * (page - 100) + data[page:],
            }[damage]
        )
    refused(folder, "damaged.*(backup|another store)")


def test_values_without_a_log(folder):
    """Values whose log is gone are refused, not begun anew."""
    fill(folder).close()
    (folder / "log.sqlite").unlink()
    refused(folder, "its log log.sqlite is gone")


def test_a_folder_of_something_else(folder):
    """A folder that holds other things is refused and keeps its mode."""
    folder.mkdir()
    (folder / "thesis.tex").write_text("...")
    mode = folder.stat().st_mode
    refused(folder, "thesis.tex")
    assert folder.stat().st_mode == mode


def test_a_file_in_its_place(folder):
    """A file where the folder should be is refused."""
    folder.write_text("")
    with pytest.raises(StoreError, match="Choose a folder"):
        open_store(folder)


@pytest.mark.parametrize("name", ["log.sqlite", "values"])
def test_a_link_inside(folder, tmp_path, name):
    """Symbolic links inside a store are refused; the store itself may be reached through one."""
    fill(folder).close()
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    open_store(link).close()
    shutil.move(folder / name, tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    with pytest.raises(StoreError, match="symbolic link"):
        open_store(folder)


def test_a_key_inside_the_store(folder, monkeypatch):
    """The key may not lie in the store that it signs."""
    monkeypatch.setenv("ASSETS_KEY", str(folder / "key"))
    with pytest.raises(StoreError, match="inside the store"):
        open_store(folder)
    assert not folder.exists()


RACER = """
import sys
from assets.core.store import open_store, schema
store = open_store(sys.argv[1])
print(store.values.put((1, 2)).stored.signature)
"""


def test_a_race_for_a_new_store(folder):
    """Processes that make the same store at once share one log and one key."""
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, str(folder)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    signatures = {racer.communicate()[0] for racer in racers}

    assert [racer.returncode for racer in racers] == [0] * 4
    assert len(signatures) == 1
    assert signatures != {""}
    assert sorted(path.name for path in folder.iterdir() if "sqlite" not in path.name) == [
        ".gitignore",
        "values",
    ]


@posix
@pytest.mark.skipif(os.name == "posix" and os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    """Where nothing may be made, the error says so."""
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="may write"):
        open_store(tmp_path / "store")
    tmp_path.chmod(0o700)
