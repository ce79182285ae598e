"""File-based IO managers: the documented layout, partitions, and what is loaded at all."""

import os
import pickle
from pathlib import Path

import pytest
from upath import UPath

from assets import FilesystemIOManager, MetadataValue, fs_io_manager
from assets.core.errors import CheckError, DagsterInvariantViolationError, StoreError
from assets.core.keys import AssetKey
from assets.core.partitions.spaces import StaticPartitionsDefinition
from assets.core.resources.definition import InitResourceContext
from assets.core.resources.files import PickledObjectFilesystemIOManager, UPathIOManager, may_load
from assets.core.resources.io_context import InputContext, OutputContext

SPACE = StaticPartitionsDefinition(["a", "b", "c/d", "e.f"])


class Text(UPathIOManager):
    """Keeps texts."""

    extension = ".txt"

    def dump_to_path(self, context, obj, path):
        path.write_text(str(obj))

    def load_from_path(self, context, path):
        return path.read_text()


def output(key, *partitions, **more):
    return OutputContext(
        asset_key=AssetKey(key),
        asset_partitions_def=SPACE if partitions else None,
        asset_partition_keys=list(partitions) or None,
        **more,
    )


def source(key, *partitions, **more):
    return InputContext(
        asset_key=AssetKey(key), asset_partitions_def=SPACE, asset_partition_keys=list(partitions), **more
    )


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_documented_layout(tmp_path):
    """Assets, partitions and outputs of ops are where the documentation says."""
    manager = Text(UPath(tmp_path))
    manager.handle_output(output(["pre", "k"]), 1)
    for key in ("a", "c/d", "e.f"):
        manager.handle_output(output("px", key), key)
    manager.handle_output(OutputContext(run_id="run", step_key="step", name="result"), 2)
    manager.handle_output(OutputContext(run_id="run", step_key="step", name="result", mapping_key="m"), 3)
    assert files(tmp_path) == [
        "pre/k.txt",
        "px/a.txt",
        "px/c/d.txt",
        "px/e.f.txt",
        "run/step/result.txt",
        "run/step/result/m.txt",
    ]


def test_a_partition_of_two_dimensions_has_a_folder_for_each(tmp_path):
    """In the order of the dimensions' names, whatever is in their keys."""

    class Key(str):
        __slots__ = ()
        keys_by_dimension = {"z": "1", "a": "x/y"}

    Text(tmp_path).handle_output(output("m", Key("x/y|1")), 1)
    assert files(tmp_path) == ["m/x%252Fy/1.txt"]


def test_the_path_is_told(tmp_path):
    """The event gets the path, and what the subclass says; a `None` has no path."""

    class Sized(Text):
        def get_metadata(self, context, obj):
            return {"size": len(str(obj))}

    context = output("k")
    Sized(tmp_path).handle_output(context, "abc")
    assert {
        "path": MetadataValue.path(str(tmp_path / "k.txt")),
        "size": MetadataValue.int(3),
    } == context.get_logged_metadata()
    context = output("n")
    Text(tmp_path).handle_output(context, None)
    assert context.get_logged_metadata() == {}
    assert (tmp_path / "n.txt").exists()


def test_partitions_are_loaded(tmp_path):
    """None gives nothing, one its value, several a mapping."""
    manager = Text(tmp_path)
    for key in "ab":
        manager.handle_output(output("px", key), key.upper())
    assert manager.load_input(source("px")) is None
    assert manager.load_input(source("px", "a")) == "A"
    assert manager.load_input(source("px", "a", "b")) == {"a": "A", "b": "B"}


def test_a_missing_partition(tmp_path):
    """It is an error that names the file, unless the input says that it may be missing."""
    manager = Text(tmp_path)
    manager.handle_output(output("px", "a"), "A")
    with pytest.raises(FileNotFoundError, match="No such file"):
        manager.load_input(source("px", "a", "b"))
    allowed = {"allow_missing_partitions": True}
    assert manager.load_input(source("px", "a", "b", definition_metadata=allowed)) == {"a": "A"}
    assert manager.load_input(source("px", "b", definition_metadata=allowed)) is None


def test_several_partitions_in_one_value_are_refused(tmp_path):
    """A file is one partition's."""
    with pytest.raises(CheckError, match="2"):
        Text(tmp_path).handle_output(output("px", "a", "b"), 1)
    assert files(tmp_path) == []


def test_no_key_leads_out_of_the_folder(tmp_path):
    """Parts of keys that a file system would follow are names like any other."""
    base = tmp_path / "base"
    manager = Text(base)
    manager.handle_output(output(["..", "out"]), 1)
    manager.handle_output(output("px", "../../out"), 2)
    manager.handle_output(output("px", "/etc/out"), 3)
    assert [each.name for each in tmp_path.iterdir()] == ["base"]
    assert files(base) == ["%2E%2E/out.txt", "px/%2E%2E/%2E%2E/out.txt", "px/%2Fetc/out.txt"]


def test_what_may_be_overridden(tmp_path):
    """A subclass chooses its paths, below the base."""

    class Flat(Text):
        def get_asset_relative_path(self, context):
            return UPath("flat", "-".join(context.asset_key.parts))

        def get_path_for_partition(self, context, path, partition):
            return path.with_name(f"{path.name}={partition}")

    manager = Flat(tmp_path)
    context = output(["p", "q"], "a")
    assert not manager.has_output(context)
    manager.handle_output(context, 1)
    assert manager.has_output(context)
    assert files(tmp_path) == ["flat/p-q=a.txt"]

    class Out(Text):
        def get_asset_relative_path(self, context):
            return UPath("../out")

    with pytest.raises(StoreError, match="outside"):
        Out(tmp_path / "base").handle_output(output("k"), 1)


def test_another_file_system():
    """The same layout on any file system that UPath knows."""
    base = UPath("memory://files-test")
    manager = Text(base)
    manager.handle_output(output("px", "a"), "A")
    assert (base / "px" / "a.txt").read_text() == "A"
    assert manager.load_input(source("px", "a")) == "A"


def test_an_extension_begins_with_a_dot(tmp_path):
    """A wrong one is told when the manager is made."""

    class Wrong(Text):
        extension = "txt"

    with pytest.raises(CheckError, match="dot"):
        Wrong(tmp_path)


def test_pickles(tmp_path):
    """The file is a pickle that anybody can read, with no extension."""
    manager = PickledObjectFilesystemIOManager(str(tmp_path))
    manager.handle_output(output("k"), [1, {"a": 2}])
    assert pickle.loads((tmp_path / "k").read_bytes()) == [1, {"a": 2}]
    assert manager.load_input(InputContext(asset_key=AssetKey("k"))) == [1, {"a": 2}]


def deep():
    value = []
    for _ in range(200_000):
        value = [value]
    return value


@pytest.mark.parametrize("make", [lambda: lambda: 1, lambda: (each for each in "ab"), deep])
def test_what_cannot_be_pickled_leaves_the_old_value(tmp_path, make):
    """The error says so, and the former file is as it was."""
    manager = PickledObjectFilesystemIOManager(tmp_path)
    manager.handle_output(output("k"), 1)
    with pytest.raises(DagsterInvariantViolationError, match="not picklable"):
        manager.handle_output(output("k"), make())
    assert files(tmp_path) == ["k"]
    assert manager.load_input(InputContext(asset_key=AssetKey("k"))) == 1


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
def test_a_pickle_that_others_can_write_is_not_loaded(tmp_path):
    """To load one is to run it: a file open to others, or a link, is refused before it is read."""
    manager = PickledObjectFilesystemIOManager(tmp_path)
    manager.handle_output(output("k"), 1)
    (tmp_path / "k").chmod(0o666)
    with pytest.raises(StoreError, match="Materialize it again"):
        manager.load_input(InputContext(asset_key=AssetKey("k")))
    (tmp_path / "link").symlink_to(tmp_path / "k")
    with pytest.raises(StoreError, match="symbolic link"):
        manager.load_input(InputContext(asset_key=AssetKey("link")))


@pytest.mark.parametrize(
    ("mode", "owner", "folder_owner", "may"),
    [
        (0o600, 1000, 0, True),
        (0o644, 1000, 2000, True),
        (0o660, 2000, 2000, True),
        (0o644, 0, 1000, True),
        (0o600, 3000, 1000, False),
        (0o602, 1000, 1000, False),
    ],
)
def test_whose_pickles_are_loaded(mode, owner, folder_owner, may):
    """One's own, those of the folder's owner and of root, as long as others cannot write to them."""
    assert may_load(mode, owner, folder_owner, me=1000) is may


class Storage:
    """What an instance tells of its folder."""

    def __init__(self, folder):
        self.folder = folder

    def storage_directory(self):
        return str(self.folder)


def test_the_default_folder_is_the_storage_of_the_instance(tmp_path):
    """Without a folder both forms write below the instance's storage; with one, there."""
    context = InitResourceContext(instance=Storage(tmp_path / "storage"))
    fs_io_manager.make(context).handle_output(output("k"), 1)
    FilesystemIOManager().create_io_manager(context).handle_output(output("l"), 1)
    FilesystemIOManager(base_dir=str(tmp_path / "own")).create_io_manager(context).handle_output(
        output("m"), 1
    )
    assert files(tmp_path) == ["own/m", "storage/k", "storage/l"]


def test_the_library_is_loaded_late():
    """Nobody pays for universal-pathlib who keeps no files."""
    import subprocess
    import sys

    code = "import sys, assets; assets.fs_io_manager, assets.UPathIOManager, assets.asset; print('upath' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path("/")
    )
    assert found.stdout.strip() == "False"
