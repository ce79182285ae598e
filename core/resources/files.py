"""File-based IO managers: one file for each asset or partition, below one folder.

`UPathIOManager` knows where files belong and how partitions are loaded; a subclass says how
a value is written and read. The folder may be on any file system that universal-pathlib
knows; that library is loaded when the first of them is made.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import stat
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import IO, Any, ClassVar, TypeAlias

from ..errors import CheckError, DagsterInvariantViolationError, StoreError
from ..metadata.values import MetadataValue
from ..schema.scalars import StringSource
from ..schema.terms import Field
from .definition import InitResourceContext
from .io import IOManager, IOManagerDefinition
from .io_context import InputContext, OutputContext
from .places import Place, appearing, contained, is_local, make_folder, segment, segments

ALLOW_MISSING = "allow_missing_partitions"
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

Context: TypeAlias = InputContext | OutputContext


class UPathIOManager(IOManager):
    """Keeps each asset in a file of its own: subclass it and write `dump_to_path` and `load_from_path`.

    The asset `["pre", "k"]` is the file `pre/k` below the base, its partition `a` is `pre/k/a`, a
    partition of several dimensions has a folder for each; `extension` is appended. An output
    that is no asset's is `<run id>/<step>/<output>`.

    On this machine a file appears whole or not at all, folders and files are closed to
    others, and a path never leads out of the base. A new value takes the place of the old one.

    Args:
        base_path: The folder; default: the working directory.

    Raises:
        CheckError: if the extension has no leading dot.
    """

    extension: ClassVar[str | None] = None

    def __init__(self, base_path: Place | None = None) -> None:
        from upath import UPath  # who keeps no files does not pay for it

        if self.extension is not None and not self.extension.startswith("."):
            message = f"The extension of {type(self).__name__} must begin with a dot, as in '.csv', not {self.extension!r}."
            raise CheckError(message)
        self._base_path: Place = UPath("." if base_path is None else base_path)

    @abstractmethod
    def dump_to_path(self, context: OutputContext, obj: Any, path: Place) -> None:
        """Write a value.

        Args:
            context: Of the output.
            obj: The value.
            path: Where to; it has the file's own name, in a temporary folder until all is written.
        """

    @abstractmethod
    def load_from_path(self, context: InputContext, path: Place) -> Any:
        """The value in a file."""

    @property
    def fs(self) -> Any:
        """The file system of the base."""
        return self._base_path.fs

    @property
    def storage_options(self) -> Mapping[str, Any]:
        """What the file system of the base was opened with."""
        options: Mapping[str, Any] = self._base_path.storage_options
        return options

    # -- what a subclass may change ----------------------------------------------------------------

    def get_metadata(self, context: OutputContext, obj: Any) -> dict[str, Any]:  # noqa: ARG002  for subclasses
        """What is to be told of a value beside its path."""
        return {}

    def get_asset_relative_path(self, context: Context) -> Place:
        """Where an asset is, below the base and without the extension."""
        return self._relative([segment(part) for part in context.asset_key.parts])

    def get_op_output_relative_path(self, context: Context) -> Place:
        """Where an output is that is no asset's, below the base and without the extension."""
        return self._relative([segment(part) for part in context.get_identifier()])

    def get_path_for_partition(self, context: Context, path: Place, partition: str) -> Place:  # noqa: ARG002  for subclasses
        """Where a partition is.

        Args:
            context: Of the output or input.
            path: Of the asset, without the extension.
            partition: The key; of several dimensions, one after the other with `/` between them.
        """
        return path.joinpath(*segments(partition))

    def make_directory(self, path: Place) -> None:
        """Make a folder with its parents."""
        make_folder(path)

    def path_exists(self, path: Place) -> bool:
        """Whether a file is there."""
        return bool(path.exists())

    def has_output(self, context: OutputContext) -> bool:
        """Whether the value of an output is there."""
        return self.path_exists(self._path(context))

    def unlink(self, path: Place) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)

    def get_writing_output_log_message(self, path: Place) -> str:
        """What is logged when a file is written."""
        return f"{type(self).__name__} writes {path}"

    def get_loading_input_log_message(self, path: Place) -> str:
        """What is logged when a file is loaded."""
        return f"{type(self).__name__} loads {path}"

    def get_loading_input_partition_log_message(self, path: Place, partition_key: str) -> str:
        """What is logged when a partition is loaded."""
        return f"{type(self).__name__} loads the partition {partition_key!r} from {path}"

    def get_missing_partition_log_message(self, partition_key: str) -> str:
        """What is logged when a partition is missing and may be."""
        return f"The partition {partition_key!r} is missing; {ALLOW_MISSING} lets it be left out"

    def load_partitions(self, context: InputContext) -> dict[str, Any]:
        """The values of all partitions of an input, by key.

        Raises:
            FileNotFoundError: if one is missing, unless the input's metadata allow it.
        """
        found: dict[str, Any] = {}
        missing_is_fine = context.definition_metadata.get(ALLOW_MISSING) is True
        for key in context.asset_partition_keys:
            path = self._path(context, key)
            context.log.debug(self.get_loading_input_partition_log_message(path, key))
            try:
                found[key] = self.load_from_path(context, path)
            except FileNotFoundError:
                if not missing_is_fine:
                    raise
                context.log.debug(self.get_missing_partition_log_message(key))
        return found

    # -- the two halves of an IO manager -----------------------------------------------------------

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Write a value into its file.

        Raises:
            CheckError: if it is of several partitions at once.
            StoreError: if the path leads out of the base.
        """
        path = self._path(context)
        self.make_directory(path.parent)
        context.log.debug(self.get_writing_output_log_message(path))
        with appearing(path) as draft:
            self.dump_to_path(context, obj, draft)
        where = {} if obj is None else {"path": MetadataValue.path(str(path))}
        context.add_output_metadata({**where, **self.get_metadata(context, obj)})

    def load_input(self, context: InputContext) -> Any:
        """The value of one partition or of no partitions; a mapping by key of several, `None` of none.

        Raises:
            FileNotFoundError: if it is not there.
        """
        if not context.has_asset_partitions:
            path = self._path(context)
            context.log.debug(self.get_loading_input_log_message(path))
            return self.load_from_path(context, path)
        keys = context.asset_partition_keys
        found = self.load_partitions(context) if keys else {}
        return found if len(keys) > 1 else found.get(keys[0]) if keys else None

    def _relative(self, parts: list[str]) -> Place:
        from upath import UPath  # loaded since `__init__`

        return UPath("/".join(parts))

    def _path(self, context: Context, partition: str | None = None) -> Place:
        """Where the value of a context is, or that of one of its partitions; always below the base."""
        if not context.has_asset_key:
            path = self._base_path / self.get_op_output_relative_path(context).path
            return contained(self._base_path, self._with_extension(path))
        path = self._base_path / self.get_asset_relative_path(context).path
        if context.has_asset_partitions:
            keys = context.asset_partition_keys if partition is None else [partition]
            if len(keys) != 1:
                message = (
                    f"{type(self).__name__} keeps one partition in a file, but {context.asset_key.to_user_string()!r} "
                    f"gave one value for {len(keys)}. Run one partition at a time (BackfillPolicy.multi_run()), "
                    "use an IO manager that can split it, or return no value and declare -> None."
                )
                raise CheckError(message)
            path = self.get_path_for_partition(context, path, _spelled(keys[0], context))
        return contained(self._base_path, self._with_extension(path))

    def _with_extension(self, path: Place) -> Place:
        return path if self.extension is None else path.with_name(path.name + self.extension)


def _spelled(key: str, context: Context) -> str:
    """A partition key as text for a path: of several dimensions, each is one part, in the order of their names."""
    dimensions = getattr(key, "keys_by_dimension", None)
    if dimensions is None and "|" in key and context.has_asset_partitions_def:
        read = getattr(context.asset_partitions_def, "get_partition_key_from_str", None)
        dimensions = None if read is None else read(key).keys_by_dimension
    if dimensions is None:
        return key
    return "/".join(segment(each) for _, each in sorted(dimensions.items()))


class PickledObjectFilesystemIOManager(UPathIOManager):
    """Keeps each value as a pickle.

    To load a pickle is to run what is in it: whoever can write into the folder can run code as
    you. So a file on this machine is loaded only if it belongs to you, to the owner of the base
    folder or to root, and others cannot write to it. Elsewhere, keep the folder to those whom
    you trust. The store of the package itself, which is used where no IO manager is named,
    signs its values instead.

    Args:
        base_dir: The folder, or its address.
        kwargs: What the file system is opened with.
    """

    def __init__(self, base_dir: Any = None, **kwargs: Any) -> None:
        from upath import UPath  # who keeps no files does not pay for it

        super().__init__(UPath(base_dir or ".", **kwargs))

    def dump_to_path(self, context: OutputContext, obj: Any, path: Place) -> None:  # noqa: ARG002  the interface
        """Pickle a value.

        Raises:
            DagsterInvariantViolationError: if it cannot be pickled.
        """
        with path.open("wb") as file:
            try:
                pickle.dump(obj, file, pickle.HIGHEST_PROTOCOL)
            except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as wrong:
                reason = (
                    "it is nested too deeply"
                    if isinstance(wrong, RecursionError)
                    else str(wrong) or "no reason"
                )
                message = (
                    f"Object of type {type(obj).__qualname__} is not picklable ({reason}). Return plain data, or use an IO "
                    "manager that can keep it, such as mem_io_manager."
                )
                raise DagsterInvariantViolationError(message) from wrong

    def load_from_path(self, context: InputContext, path: Place) -> Any:  # noqa: ARG002  the interface
        """Unpickle a value.

        Raises:
            FileNotFoundError: if it is not there.
            StoreError: if the file may be somebody else's.
        """
        with self._opened(path) as file:
            return pickle.load(file)  # noqa: S301  see the class: only what this user wrote

    @contextlib.contextmanager
    def _opened(self, path: Place) -> Iterator[IO[bytes]]:
        if not is_local(path):
            with path.open("rb") as file:
                yield file
            return
        descriptor = os.open(path.path, os.O_RDONLY | _NO_FOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            if os.name == "posix":
                about, base = os.fstat(descriptor), os.stat(self._base_path.path)  # noqa: PTH116  beside fstat
                if not may_load(about.st_mode, about.st_uid, base.st_uid, os.geteuid()):
                    message = (
                        f"{path} may have been written by somebody else, and to load a pickle is to run what is in it. "
                        "Materialize it again, or take the file over (chown, chmod o-w) if you trust it."
                    )
                    raise StoreError(message)
            yield file


def may_load(mode: int, owner: int, folder_owner: int, me: int) -> bool:
    """Whether nobody but this user, the owner of the folder and root can have written a file.

    Args:
        mode: Of the file.
        owner: Of the file; on a network file system root may show as the folder's owner.
        folder_owner: Who may replace every file in it anyway.
        me: Who loads.
    """
    return owner in {me, folder_owner, 0} and not mode & stat.S_IWOTH


def _make(context: InitResourceContext) -> PickledObjectFilesystemIOManager:
    config = context.resource_config or {}
    return PickledObjectFilesystemIOManager(config.get("base_dir") or context.instance.storage_directory())


fs_io_manager = IOManagerDefinition(
    _make,
    {"base_dir": Field(StringSource, is_required=False, description="The folder.")},
    "Keeps values as pickles in a folder.",
)
"""The definition that makes a file-based IO manager; its `base_dir` is the instance's storage by default."""
