"""The store's folder: its modes, its names, and the one way in which a file comes into it.

All that the store has on disk goes through here: folders 0700 and files 0600 under any
umask, names that stay inside, no symbolic link followed, files that are written under a
temporary name, flushed and renamed. It knows nothing of values and events.
"""

# Descriptors, no-follow flags and listings with sizes are calls of `os`: half in `pathlib` would read worse.
# ruff: noqa: PTH101, PTH102, PTH103, PTH105, PTH108, PTH112, PTH114, PTH116, PTH118, PTH120, PTH123
from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from ..errors import StoreError
from . import Durability
from .owner import dead, me

Bytes: TypeAlias = bytes | memoryview

# A file that is flushed under "normal" too: its content is not read again before it is handed out.
ALWAYS_FLUSHED = 64 << 20
# A temporary file whose owner cannot be asked (another machine's) is left alone for a day.
ABROAD = 86_400.0

_TEMPORARY = ".tmp-"
_NAME_LIMIT = 120
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(10))})
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "beegfs", "glusterfs"}
)


def portable(text: str) -> str:
    """A file name for any text: other texts have other names, on every file system.

    Only lower-case letters, digits, `-`, `_` and the escape `%` occur, so that systems which
    fold case or refuse names take it. Long names end in a digest of the text.
    """
    letters = [
        letter
        if letter in _PLAIN
        else "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "surrogatepass"))
        for letter in text
    ]
    name = "".join(letters)
    if not name or name in _RESERVED:
        return f"%{name}%"
    if len(name) > _NAME_LIMIT:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return f"{name[: _NAME_LIMIT - 34].rstrip('%')}%%{digest}"
    return name


def _network(path: str) -> bool:
    """Whether a path is on a file system of another machine, where WAL's shared memory does not work."""
    if path.startswith("\\\\"):
        return True
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    best, found = "", ""
    for line in lines:
        left, _, right = line.partition(" - ")
        point, kind = left.split(" ")[4].replace("\\040", " "), right.split(" ", 1)[0]
        if len(point) >= len(best) and (path == point or path.startswith(point.rstrip("/") + "/")):
            best, found = point, kind
    return found in _NETWORK or found.startswith("fuse.sshfs")


class Folder:
    """A folder of ours, and the files in it.

    Args:
        path: Where; made with its parents where it is missing.
        durability: `"full"` flushes each file and its folder entry before the event is kept;
            `"normal"` flushes files of 64 MB and more, whose content is not checked again at
            each load. A smaller one that a power cut tore is noticed by its size and digest.

    Raises:
        StoreError: if it cannot be made, or is not a folder.
    """

    def __init__(self, path: str | os.PathLike[str], durability: Durability = "normal") -> None:
        self.path = os.path.realpath(path)
        self.durability: Durability = durability
        try:
            if not os.path.isdir(self.path):
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
                with contextlib.suppress(FileExistsError):
                    os.mkdir(self.path, 0o700)
                    os.chmod(self.path, 0o700)  # the umask may have taken the owner's own bits
            if not os.path.isdir(self.path):
                raise NotADirectoryError(20, "it is not a folder")
        except OSError as error:
            message = f"The store {self.path} cannot be made: {error.strerror}. Choose a folder that you may write to."
            raise StoreError(message) from error

    def close_to_others(self) -> None:
        """Let nobody else look into a folder of ours that is open to others; one of somebody else's is theirs to set."""
        about = os.stat(self.path)
        if os.name == "posix" and about.st_uid == os.getuid() and stat.S_IMODE(about.st_mode) != stat.S_IRWXU:
            os.chmod(self.path, stat.S_IRWXU)

    def within(self, name: str) -> str:
        """The path of a name in this folder.

        Raises:
            StoreError: if the name would lead out of it, or is a symbolic link.
        """
        path = os.path.join(self.path, name)
        if os.path.dirname(path) != self.path or name in {"", ".", ".."} or "\0" in name or "\\" in name:
            message = f"{name!r:.200} is no name of a file in {self.path}"
            raise StoreError(message)
        if os.path.islink(path):
            message = f"{path} is a symbolic link, which the store does not follow. Remove it, or put the real file there."
            raise StoreError(message)
        return path

    def folder(self, name: str) -> Folder:
        """A folder in this one."""
        return Folder(self.within(name), self.durability)

    @property
    def network(self) -> bool:
        """Whether the folder is on a network file system, as far as that can be known."""
        return _network(self.path)

    def temporary(self) -> str:
        """The path of a file that does not exist, which the next process clears if this one dies."""
        host, pid, started = me().split(":")
        return os.path.join(
            self.path, f"{_TEMPORARY}{portable(host)[:40]}.{pid}.{started}.{os.urandom(8).hex()}"
        )

    def write(self, name: str, data: Sequence[Bytes]) -> None:
        """Make a file appear whole, or not at all; one of that name is replaced.

        Raises:
            StoreError: if it cannot be written; nothing is left of it then.
        """
        final, path = self.within(name), self.temporary()
        size = sum(map(len, data))
        try:
            try:
                with open(
                    os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NO_FOLLOW, 0o600), "wb", 0
                ) as file:
                    _only_mine(file.fileno())
                    for part in data:
                        _write_all(file.fileno(), part)
                    if self.durability == "full" or size >= ALWAYS_FLUSHED:
                        os.fsync(file.fileno())
                os.replace(path, final)
                if self.durability == "full":
                    self._flush_entries()
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(path)
                raise
        except OSError as error:
            message = (
                f"A value of {size:,} bytes cannot be written to {final}: {error.strerror or error}. "
                "Make room, or check the folder's permissions; nothing was recorded."
            )
            raise StoreError(message) from error

    def open(self, name: str) -> int | None:
        """A descriptor to read a file by; `None` if it is not there.

        Raises:
            StoreError: if it is a symbolic link or no plain file.
        """
        path = self.within(name)
        try:
            descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            message = f"{path} is not a plain file. Remove it; the value it stands for is made again when it is due."
            raise StoreError(message)
        return descriptor

    def size(self, name: str) -> int | None:
        """The size of a file; `None` if it is not there or no plain file."""
        try:
            found = os.lstat(self.within(name))
        except OSError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def sizes(self) -> dict[str, int]:
        """All plain files with their sizes: one listing."""
        found: dict[str, int] = {}
        with os.scandir(self.path) as entries:
            for entry in entries:
                if entry.name.startswith(_TEMPORARY):
                    continue
                with contextlib.suppress(OSError):
                    about = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(about.st_mode):
                        found[entry.name] = about.st_size
        return found

    def remove(self, name: str) -> bool:
        """Remove a file; whether it was there and is gone."""
        try:
            os.unlink(self.within(name))
        except OSError:  # not there; or open in another process, on Windows: the next collection gets it
            return False
        return True

    def clear_temporaries(self) -> int:
        """Remove the temporary files of dead processes; gives how many."""
        gone = 0
        host = portable(me().split(":")[0])[:40]
        with os.scandir(self.path) as entries:
            for entry in entries:
                if not entry.name.startswith(_TEMPORARY):
                    continue
                with contextlib.suppress(OSError, ValueError):
                    theirs, pid, started, _ = entry.name.removeprefix(_TEMPORARY).rsplit(".", 3)
                    over = (
                        dead(":".join((me().split(":")[0], pid, started)))
                        if theirs == host
                        else time.time() - entry.stat(follow_symlinks=False).st_mtime > ABROAD
                    )
                    if over:
                        os.unlink(entry.path)
                        gone += 1
        return gone

    def _flush_entries(self) -> None:
        if sys.platform == "win32":  # a folder cannot be opened there; its journal keeps the rename
            return
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _only_mine(descriptor: int) -> None:
    if os.name == "posix":
        os.fchmod(descriptor, 0o600)


def _write_all(descriptor: int, data: Bytes) -> None:
    left = memoryview(data).cast("B")
    while left:  # one call writes 2 GB at the most
        left = left[os.write(descriptor, left[: 1 << 30]) :]
