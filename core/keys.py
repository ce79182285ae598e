"""The names of things: asset keys, check keys, and the piece (asset x partition).

Rules: `spec/api.md` §1.1 and §10. Keys are looked up by the ten thousand, so equal keys
are one object: a look-up then costs no Python call.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from .errors import CheckError, ParameterCheckError


class AssetKey:
    """The name of an asset: a sequence of parts. Immutable, hashable, ordered.

    Args:
        path: The parts; one string is one part and is never split on `/`.

    Raises:
        CheckError: if `path` is neither a string nor a sequence of strings.
    """

    __slots__ = ("parts",)

    parts: tuple[str, ...]

    def __new__(cls, path: str | Sequence[str]) -> AssetKey:  # noqa: PYI034  the object that is kept
        """The one object that stands for these parts, so that keys are compared and hashed by identity."""
        if isinstance(path, str):
            parts: tuple[str, ...] = (path,)
        elif isinstance(path, (list, tuple)):
            parts = tuple(path)
        else:
            message = (
                f"An asset key is a string or a sequence of strings, not {type(path).__name__}: {path!r:.80}"
            )
            raise ParameterCheckError(message)
        for part in parts:
            if not isinstance(part, str):
                message = f"An asset key is made of strings, not of {type(part).__name__}: {path!r:.80}"
                raise CheckError(message)
        found = _known.get(parts)
        if found is not None:
            return found
        made = object.__new__(cls)
        object.__setattr__(made, "parts", parts)
        return _known.setdefault(parts, made)  # one step: two threads get one object

    def __setattr__(self, name: str, value: object) -> None:
        message = f"AssetKey is immutable: cannot set {name!r}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> None:
        message = f"AssetKey is immutable: cannot delete {name!r}"
        raise AttributeError(message)

    def __reduce__(self) -> tuple[type[AssetKey], tuple[list[str]]]:
        return (AssetKey, (list(self.parts),))

    @property
    def path(self) -> list[str]:
        """The parts, as a list."""
        return list(self.parts)

    def __lt__(self, other: AssetKey) -> bool:
        return self.parts < other.parts

    def __le__(self, other: AssetKey) -> bool:
        return self.parts <= other.parts

    def __gt__(self, other: AssetKey) -> bool:
        return self.parts > other.parts

    def __ge__(self, other: AssetKey) -> bool:
        return self.parts >= other.parts

    def __repr__(self) -> str:
        return f"AssetKey({list(self.parts)})"

    __str__ = __repr__

    def to_string(self) -> str:
        """The parts as JSON text: `["a", "b"]`."""
        return json.dumps(self.parts)

    to_db_string = to_string

    @staticmethod
    def from_db_string(text: str) -> AssetKey:
        """The inverse of `to_db_string`; text that is not a JSON list is a key of one part."""
        try:
            parts = json.loads(text)
        except ValueError:
            return AssetKey(text)
        return AssetKey(parts) if isinstance(parts, list) else AssetKey(text)

    def to_user_string(self) -> str:
        """The parts joined by `/`; two keys may share it if a part holds a `/`."""
        return "/".join(self.parts)

    def to_escaped_user_string(self) -> str:
        r"""The parts joined by `/`, a `/` inside a part written `\/`; always reversible."""
        return "/".join(part.replace("\\", "\\\\").replace("/", "\\/") for part in self.parts)

    @staticmethod
    def from_user_string(text: str) -> AssetKey:
        """The key whose parts `/` separates."""
        return AssetKey(text.split("/"))

    @staticmethod
    def from_escaped_user_string(text: str) -> AssetKey:
        """The inverse of `to_escaped_user_string`."""
        parts, part, letters = [], "", iter(text)
        for letter in letters:
            if letter == "\\":
                part += next(letters, "\\")
            elif letter == "/":
                parts.append(part)
                part = ""
            else:
                part += letter
        return AssetKey([*parts, part])

    def to_python_identifier(self, suffix: str | None = None) -> str:
        """The name of the step: parts joined by `__`, `-` and `.` as `_`, the suffix after another `__`."""
        parts = self.parts if suffix is None else (*self.parts, suffix)
        return "__".join(parts).replace("-", "_").replace(".", "_")

    def with_prefix(self, prefix: str | Sequence[str]) -> AssetKey:
        """The key with one part (a string) or several (a sequence) put before it."""
        return AssetKey([*((prefix,) if isinstance(prefix, str) else prefix), *self.parts])

    def has_prefix(self, prefix: Sequence[str]) -> bool:
        """Whether the key begins with these parts."""
        return list(self.parts[: len(prefix)]) == list(prefix) if not isinstance(prefix, str) else False

    @staticmethod
    def from_coercible(arg: CoercibleToAssetKey) -> AssetKey:
        """The key that a key, a string (one part) or a sequence of parts names.

        Raises:
            CheckError: for anything else.
        """
        return arg if isinstance(arg, AssetKey) else AssetKey(arg)

    @staticmethod
    def from_coercible_or_definition(arg: Any) -> AssetKey:
        """As `from_coercible`; a spec, a source asset or a definition of one asset gives its key."""
        if isinstance(arg, (AssetKey, str, list, tuple)):
            return AssetKey.from_coercible(arg)
        key = getattr(arg, "key", None)
        if isinstance(key, AssetKey):
            return key
        return AssetKey.from_coercible(arg)


_known: dict[tuple[str, ...], AssetKey] = {}

CoercibleToAssetKey: TypeAlias = AssetKey | str | Sequence[str]
CoercibleToAssetKeyPrefix: TypeAlias = str | Sequence[str]


class AssetCheckKey(NamedTuple):
    """The name of a check: the asset it looks at, and its own name."""

    asset_key: AssetKey
    name: str

    def to_user_string(self) -> str:
        """`a/b:x`."""
        return f"{self.asset_key.to_user_string()}:{self.name}"

    @staticmethod
    def from_user_string(text: str) -> AssetCheckKey:
        """The inverse of `to_user_string`.

        Raises:
            ValueError: for a text without a `:`.
        """
        asset, colon, name = text.rpartition(":")
        if not colon:
            message = f"The text {text!r} names no check: write the asset's key, a colon and the check's name, like 'a/b:x'."
            raise ValueError(message)
        return AssetCheckKey(AssetKey.from_user_string(asset), name)

    def replace_asset_key(self, asset_key: AssetKey) -> AssetCheckKey:
        """The check of that name on another asset."""
        return AssetCheckKey(asset_key, self.name)

    def with_asset_key_prefix(self, prefix: CoercibleToAssetKeyPrefix) -> AssetCheckKey:
        """The check of that name on the asset with a prefix put before its key."""
        return AssetCheckKey(self.asset_key.with_prefix(prefix), self.name)


class Piece(NamedTuple):
    """The unit of work and of storage: an asset, and one of its partitions or `None`."""

    asset: AssetKey
    partition: str | None = None

    def __str__(self) -> str:
        name = self.asset.to_user_string()
        return name if self.partition is None else f"{name}@{self.partition}"
