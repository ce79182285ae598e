"""The key outside the store, and what it signs: format, digest and size of each value.

The trust boundary: whoever can read the key may write values that this user's notebooks
unpickle. So it lies in the user's own data folder (or where `ASSETS_KEY` says), mode 0600,
never in the store: a store that was planted, copied or edited by somebody else has no valid
signatures, and nothing in it that could run code is opened. Formats that are only data are
read from any store, once their digest fits.
"""

# Descriptors, no-follow flags and listings with sizes are calls of `os`: half in `pathlib` would read worse.
# ruff: noqa: PTH104, PTH108, PTH123
from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import stat
import sys
import threading
from pathlib import Path
from typing import Literal

from ..errors import StoreError

VARIABLE = "ASSETS_KEY"
_LENGTH = 32


def key_path() -> Path:
    """Where the key is: `ASSETS_KEY`, else the user's data folder."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "assets" / "key"


class Signer:
    """What signs and checks; the key is read, or made, at the first need.

    Args:
        path: Where the key is; `None` for a key that lives as long as the signer.
    """

    __slots__ = ("_key", "_lock", "_name", "path")

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._key = b"" if path is not None else os.urandom(_LENGTH)
        self._name = _name(self._key) if self._key else ""
        self._lock = threading.Lock()

    def sign(self, format_name: str, digest: str, size: int) -> str:
        """The signature: the key's name, and the keyed digest."""
        key = self._key or self._load()
        return f"{self._name}:{_mac(key, format_name, digest, size)}"

    def check(
        self, signature: str, format_name: str, digest: str, size: int
    ) -> Literal["ours", "foreign", "forged"]:
        """Whether the signature is by our key, by another, or by ours and wrong."""
        key = self._key or self._load()
        name, _, mac = signature.partition(":")
        if name != self._name:
            return "foreign"
        return "ours" if hmac.compare_digest(mac, _mac(key, format_name, digest, size)) else "forged"

    def salt(self) -> bytes:
        """A secret made from the key, for digests of what must not be guessed."""
        return hmac.digest(self._key or self._load(), b"salt", "sha256")

    def _load(self) -> bytes:
        assert self.path is not None
        with self._lock:
            if not self._key:
                key = _read(self.path) or _make(self.path)
                self._name = _name(key)
                self._key = key
        return self._key


def _name(key: bytes) -> str:
    return hashlib.blake2b(key, digest_size=6, person=b"assets key").hexdigest()


def _mac(key: bytes, format_name: str, digest: str, size: int) -> str:
    return hmac.digest(key, f"{format_name}\0{digest}\0{size}".encode(), "sha256").hex()[:32]


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        message = (
            f"The key {path} cannot be read: {error.strerror}. Set {VARIABLE} to a file that you may read."
        )
        raise StoreError(message) from error
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if os.name == "posix" and (
            stat.S_IMODE(about.st_mode) & 0o077 or about.st_uid not in {os.getuid(), 0}
        ):
            message = (
                f"The key {path} is open to other users. Run `chmod 600 {path}`, if only you have used it."
            )
            raise StoreError(message)
        text = file.read(1024)
    try:
        key = bytes.fromhex(text.decode().strip())
    except ValueError:
        key = b""
    if len(key) < _LENGTH:
        message = (
            f"{path} holds no key. Restore it, or remove it: a new one is made then, "
            "and pickled values that were signed with the old one are made again."
        )
        raise StoreError(message)
    return key


def _make(path: Path) -> bytes:
    """Make the key; of two processes that race, both get the one that was there first."""
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with open(descriptor, "w", encoding="ascii") as file:
                if os.name == "posix":
                    os.fchmod(descriptor, 0o600)
                file.write(os.urandom(_LENGTH).hex() + "\n")
                file.flush()
                os.fsync(descriptor)
            try:
                os.link(temporary, path)
            except FileExistsError:
                pass
            except OSError:  # no hard links on this file system
                if not path.exists():
                    os.rename(temporary, path)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    except OSError as error:
        message = (
            f"The key that signs stored values cannot be made at {path}: {error.strerror}. "
            f"Set {VARIABLE} to a file in a folder of yours, outside the store."
        )
        raise StoreError(message) from error
    key = _read(path)
    assert key is not None
    return key
