"""Where a file-based IO manager puts things: names that are safe, and files that appear whole.

The names are those of the documented layout, so that people find their files; what a file
system would read as something else than a name (`..`, a leading `/`, a name that is too
long) is escaped, and no two keys share a name. Rules: `design/safety.md` 1, 10 and 11.
"""

# Descriptors, no-follow flags and modes are calls of `os`: half in `pathlib` would read worse.
# ruff: noqa: PTH101, PTH102, PTH104, PTH105, PTH112, PTH114, PTH118, PTH119, PTH120, PTH206, PTH208
from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from typing import Any, TypeAlias

from ..errors import StoreError

Place: TypeAlias = Any
"""A `UPath`: named here only where its library is loaded."""

_LONGEST = 200
_WINDOWS = os.name == "nt"
# A `%` counts as an escape only before two hexadecimal digits: there alone it must be escaped itself.
_SPECIAL = re.compile(
    r'%(?=[0-9A-Fa-f]{2})|[\x00-\x1f\x7f/\\<>:"|?*]|[. ]$'
    if _WINDOWS
    else r"%(?=[0-9A-Fa-f]{2})|[\x00-\x1f\x7f/\\]"
)
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)
_LOCAL = frozenset({"", "file", "local"})
_TEMPORARY = ".tmp-"


def segment(text: str) -> str:
    """A text as the name of one file or folder, as it is wherever that can be: other texts have other names.

    On a file system that folds case, texts that differ in case alone share a file: the
    documented layout keeps the case.

    >>> segment("a b"), segment(".."), segment("a/b"), segment("50%"), segment("%2F")
    ('a b', '%2E%2E', 'a%2Fb', '50%', '%252F')
    """
    if text in {"", ".", ".."}:
        return text.replace(".", "%2E") or "%20"  # a blank is never escaped, so this is free
    name = _SPECIAL.sub(lambda found: f"%{ord(found[0]):02X}", text)
    if _WINDOWS and _DEVICE.match(name):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    raw = name.encode("utf-8", "surrogateescape")
    if len(raw) <= _LONGEST:
        return name
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    # `%25~` is nothing that an escape gives, so that no short name looks like a shortened one.
    return f"{raw[: _LONGEST - 36].decode('utf-8', 'ignore')}%25~{digest}"


def segments(key: str) -> tuple[str, ...]:
    """A partition key as folders and a file: a `/` inside it makes a folder, one that cannot is escaped.

    >>> segments("2024/01"), segments("/etc/passwd"), segments("../x"), segments("a//b")
    (('2024', '01'), ('%2Fetc', 'passwd'), ('%2E%2E', 'x'), ('a', '%2Fb'))
    """
    found: list[str] = []
    kept = ""
    pieces = key.split("/")
    for piece in pieces[:-1]:
        if piece:
            found.append(kept + segment(piece))
            kept = ""
        else:
            kept += "%2F"
    if pieces[-1]:
        found.append(kept + segment(pieces[-1]))
    elif kept or not found:
        found.append(kept or "%20")
    else:
        found[-1] += "%2F"
    return tuple(found)


def is_local(path: Place) -> bool:
    """Whether a path is on a file system of this machine."""
    return getattr(path, "protocol", "") in _LOCAL


def contained(base: Place, path: Place) -> Place:
    """The path, which was proved to lie below the base and to go through no symbolic link there.

    Raises:
        StoreError: if it leads out.
    """
    if not is_local(path):
        if not str(path).startswith(str(base).rstrip("/") + "/") or ".." in path.parts:
            raise _outside(base, path)
        return path
    root, inner = os.path.abspath(base.path), os.path.abspath(path.path)  # noqa: PTH100  with the links as they are
    if not inner.startswith(root.rstrip(os.sep) + os.sep):
        raise _outside(base, path)
    step = root
    for name in os.path.relpath(inner, root).split(os.sep):
        step = os.path.join(step, name)
        if os.path.islink(step):
            message = (
                f"{step} is a symbolic link, which an IO manager does not follow inside its folder. "
                "Remove it, or put the real file there."
            )
            raise StoreError(message)
    return path


def _outside(base: Place, path: Place) -> StoreError:
    message = f"{path} lies outside {base}, the folder of the IO manager. Give the asset a path below it."
    return StoreError(message)


def make_folder(path: Place) -> None:
    """Make a folder and its parents; on this machine nobody else may look into those that are new."""
    if not is_local(path):
        path.mkdir(parents=True, exist_ok=True)
        return
    missing = []
    folder = os.path.abspath(path.path)  # noqa: PTH100  with the links as they are
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(each, stat.S_IRWXU)
            os.chmod(each, stat.S_IRWXU)  # the umask may have taken the owner's own bits


@contextlib.contextmanager
def appearing(path: Place) -> Iterator[Place]:
    """Where to write what is to appear at a path, whole or not at all; what is there is replaced.

    On this machine that is a file of the same name in a temporary folder beside it: what was
    written is flushed and renamed when the block ends well. Elsewhere it is the path itself:
    object stores show a file when it is complete.
    """
    if not is_local(path):
        yield path
        return
    parent = os.path.dirname(os.path.abspath(path.path))  # noqa: PTH100  with the links as they are
    folder = tempfile.mkdtemp(prefix=_TEMPORARY, dir=parent)
    try:
        yield path.parent / os.path.basename(folder) / path.name
        # What was written beside it comes first: who sees the file sees the rest.
        for name in sorted(os.listdir(folder), key=lambda name: name == path.name):
            _settle(os.path.join(folder, name), os.path.join(parent, name), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle(draft: str, final: str, folder: str) -> None:
    """Flush a file or a folder, close it to others and move it to its place."""
    if not os.path.isdir(draft) or os.path.islink(draft):
        _flush(draft)
    else:
        for at, _, names in os.walk(draft):
            os.chmod(at, stat.S_IRWXU)
            for name in names:
                _flush(os.path.join(at, name))
    if os.path.isdir(final) and not os.path.islink(final):
        os.rename(final, f"{folder}.old")  # a folder cannot be renamed over one that is not empty
        try:
            os.replace(draft, final)
        except BaseException:
            os.rename(f"{folder}.old", final)
            raise
        shutil.rmtree(f"{folder}.old", ignore_errors=True)
    else:
        os.replace(draft, final)


def _flush(path: str) -> None:
    if os.path.islink(path):
        message = f"A symbolic link was written, {path}: an IO manager keeps files and folders."
        raise StoreError(message)
    os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
