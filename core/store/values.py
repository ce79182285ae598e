"""Values by content: put one away, get it back exactly, and never open what was not recorded.

One class over two kinds of shelf (a store on disk, or memory). It chooses the format, makes
digest and signature, and checks them before a value is opened; where the bytes are is the
shelf's business. Status and widgets ask `present` only, which opens nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import xxhash

from ..errors import StoreError, ValueMissingError
from ..events import Stored
from ..storage import Kept
from ..versions.digest import Undigestable, digest
from .formats import Format, Parts, format_named, to_parts
from .signing import Signer

INLINE_BELOW = 64 << 10
# A mapped file below this size is read through once, to check it, before it is handed out.
TRUSTED_FROM = 64 << 20
_TOGETHER = 256

_DIGEST = re.compile(r"[0-9a-f]{32,64}")


class Shelf(Protocol):
    """Where bytes are, by name."""

    inline_below: int

    def place(self, name: str, parts: Parts) -> None:
        """Put the bytes of a large value there, unless they are."""
        ...

    def read(self, stored: Stored) -> bytes | None:
        """The bytes of a value."""
        ...

    def read_all(self, stored: Iterable[Stored]) -> Mapping[str, bytes]:
        """The bytes of those of these values that are quickly read together, by name."""
        ...

    def open(self, stored: Stored) -> int | None:
        """A descriptor of the value's file; `None` if it is not a file here."""
        ...

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        """The sizes of those of these values that are there."""
        ...

    def drop(self, names: Iterable[str]) -> int:
        """Delete values; gives how many went."""
        ...

    def collect(self, keep: int) -> int:
        """Delete superseded values beyond the newest `keep` of each piece; gives how many went."""
        ...


class Values:
    """The values of a store.

    Args:
        shelf: Where the bytes are.
        signer: What signs and checks them.
        place: The store, for messages.
    """

    def __init__(self, shelf: Shelf, signer: Signer, place: str) -> None:
        self._shelf = shelf
        self._signer = signer
        self._place = place

    def put(self, value: object) -> Kept:
        """Put a value away, as a file, or as bytes that the event's transaction is to keep.

        Raises:
            StoreError: if it cannot be stored.
        """
        try:
            version = digest(value)
        except Undigestable:
            version = None
        try:
            form, parts = to_parts(value)
        except (StoreError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - it is told; its frames are all ours
            message = (
                f"A {type(value).__module__}.{type(value).__qualname__} cannot be stored: {type(error).__name__}: {error}. "
                "Return something that can be pickled, or name an IO manager that can keep it."
            )
            raise StoreError(message) from None
        size = sum(map(len, parts))
        inline = size < self._shelf.inline_below
        found = _digest(form, parts)
        stored = Stored(form.name, found, size, self._signer.sign(form.name, found, size), inline)
        if inline:
            return Kept(stored, b"".join(parts), version)
        self._shelf.place(stored.name, parts)
        return Kept(stored, None, version)

    def get(self, stored: Stored) -> Any:
        """The value, a private copy at each call.

        Raises:
            ValueMissingError: if it is not there, or not what was recorded.
        """
        return self._opened(stored, None)

    def get_all(self, stored: Sequence[Stored]) -> Iterator[Any]:
        """The values one after the other, each a private copy; small ones are read some hundreds at a time.

        Raises:
            ValueMissingError: if one is not there, or not what was recorded.
        """
        for start in range(0, len(stored), _TOGETHER):
            some = stored[start : start + _TOGETHER]
            read = self._shelf.read_all(some)
            for one in some:
                yield self._opened(one, read.get(one.name))

    def _opened(self, stored: Stored, data: bytes | None) -> Any:
        """The value of these bytes, or of those on the shelf."""
        form = format_named(stored.format)
        if form is None or not _DIGEST.fullmatch(stored.digest):
            message = f"A value has the format {stored.format!r:.40}, which this version does not know. Upgrade jupyter-assets."
            raise ValueMissingError(message)
        signed = self._signer.check(stored.signature, stored.format, stored.digest, stored.size)
        if signed == "forged":
            raise self._missing(stored, "its record was changed: the signature does not fit")
        if signed == "foreign" and form.executable:
            message = (
                f"The value {stored.name} of the store {self._place} is a pickle that was signed with another key, so it is not "
                f"opened: a pickle can run code. Make the asset anew, or bring the key of the machine that made it to {self._signer.path} "
                "(or set ASSETS_KEY), if you trust it."
            )
            raise ValueMissingError(message)
        try:
            if data is None and not form.executable and hasattr(form, "map"):
                descriptor = self._shelf.open(stored)
                if descriptor is not None:
                    return self._mapped(stored, form, descriptor, trusted=signed == "ours")
            data = self._shelf.read(stored) if data is None else data
        except (OSError, StoreError) as error:
            message = f"The value {stored.name} of the store {self._place} cannot be read: {error}"
            raise ValueMissingError(message) from error
        if data is None:
            raise self._missing(stored, "it is not there")
        if len(data) != stored.size:
            raise self._damaged(stored, f"it has {len(data):,} bytes instead of {stored.size:,}")
        if _digest(form, [data]) != stored.digest:
            raise self._damaged(stored, "its content is not what was recorded")
        try:
            return form.load(data)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            message = (
                f"The value {stored.name} of the store {self._place} (format {stored.format}) is whole, but cannot be opened: {why}. "
                "Define or install what it needs, or make the asset anew."
            )
            raise ValueMissingError(message) from error

    def present(self, stored: Iterable[Stored]) -> frozenset[Stored]:
        """Those of these values that are there in their size."""
        asked = list(stored)
        sizes = self._shelf.sizes({one.name for one in asked if _DIGEST.fullmatch(one.digest)})
        return frozenset(one for one in asked if sizes.get(one.name) == one.size)

    def delete(self, stored: Iterable[Stored]) -> int:
        """Delete values that nothing refers to any more; gives how many went."""
        return self._shelf.drop([one.name for one in stored if _DIGEST.fullmatch(one.digest)])

    def collect(self, keep: int = 10) -> int:
        """Delete superseded values beyond the newest `keep` of each piece; gives how many went.

        What stands for a piece is always kept, and what another process is about to record.
        """
        return self._shelf.collect(max(1, keep))

    def _mapped(self, stored: Stored, form: Any, descriptor: int, *, trusted: bool) -> Any:
        with open(descriptor, "rb") as file:
            size = os.fstat(descriptor).st_size
            if size != stored.size:
                raise self._damaged(stored, f"it has {size:,} bytes instead of {stored.size:,}")
            if size < TRUSTED_FROM or not trusted:
                seen = xxhash.xxh3_128()
                while part := file.read(1 << 20):
                    seen.update(part)
                if seen.hexdigest() != stored.digest:
                    raise self._damaged(stored, "its content is not what was recorded")
                file.seek(0)
            try:
                return form.map(file)
            except ValueError as error:
                raise self._damaged(stored, f"it cannot be opened ({error})") from error

    def _missing(self, stored: Stored, why: str) -> ValueMissingError:
        return ValueMissingError(
            f"The value {stored.name} of the store {self._place} cannot be loaded: {why}. Materialize the asset again."
        )

    def _damaged(self, stored: Stored, why: str) -> ValueMissingError:
        """The error for bytes that are not the recorded ones; they go, so that the value can be put there again."""
        self._shelf.drop([stored.name])
        return self._missing(stored, f"{why} (what was there was removed)")


def _digest(form: Format, parts: Parts) -> str:
    """The digest of the bytes: one that nobody can forge where opening them can run code, else the fastest."""
    seen = hashlib.blake2b(digest_size=32) if form.executable else xxhash.xxh3_128()
    for part in parts:
        seen.update(part)
    return seen.hexdigest()
