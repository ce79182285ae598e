"""Selections of assets: frozen terms, the constructors that make them, and their operators.

A term says what is meant and not which assets that is: `decide/resolve.py` finds out, over a
graph, and `text.py` reads and writes the terms. Neither is asked here, but for the few public
methods that the API puts on this class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from ..errors import CheckError, DagsterInvalidInvocationError, ParameterCheckError, check_type
from ..keys import AssetCheckKey, AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix
from ..notices import deprecated
from .terms import Term


class AssetSelection(Term):
    """What is meant by "these assets": made by the static methods, joined by `|`, `&` and `-`.

    >>> (AssetSelection.groups("raw") | AssetSelection.assets("a").downstream()).to_selection_str()
    'group:"raw" or key:"a"+'
    """

    __slots__ = ()

    @staticmethod
    def all(include_sources: bool = False) -> AssetSelection:
        """All assets that can be materialized.

        Args:
            include_sources: Whether the external ones as well.
        """
        return All(include_sources)

    @staticmethod
    def assets(*assets_defs: Any) -> AssetSelection:
        """Exactly these assets: keys, names, sequences of parts, or definitions."""
        keys: list[AssetKey] = []
        for one in assets_defs:
            several = None if isinstance(one, (str, AssetKey, list, tuple)) else getattr(one, "keys", None)
            keys += sorted(several) if several is not None else [_key(one)]
        return Keys(tuple(dict.fromkeys(keys)))

    @staticmethod
    def keys(*asset_keys: CoercibleToAssetKey) -> AssetSelection:
        """Exactly these assets, `/` separating the parts of a name; an older name of `assets`."""
        deprecated("Function `AssetSelection.keys`", "Use AssetSelection.assets instead.")
        return Keys(tuple(dict.fromkeys(map(_key, asset_keys))))

    @staticmethod
    def groups(*group_strs: str, include_sources: bool = False) -> AssetSelection:
        """The assets of these groups.

        Args:
            group_strs: The groups' names.
            include_sources: Whether the external ones as well.
        """
        return Groups(_texts(group_strs, "group_strs"), include_sources)

    @staticmethod
    def key_prefixes(
        *key_prefixes: CoercibleToAssetKeyPrefix, include_sources: bool = False
    ) -> AssetSelection:
        """The assets whose key begins with one of these prefixes.

        Args:
            key_prefixes: A text is one part, a sequence several.
            include_sources: Whether the external ones as well.
        """
        parts = tuple((one,) if isinstance(one, str) else _texts(one, "key_prefixes") for one in key_prefixes)
        return KeyPrefixes(parts, include_sources)

    @staticmethod
    def key_substring(key_substring: str, include_sources: bool = False) -> AssetSelection:
        """The assets whose key, its parts joined by `/`, contains this text.

        Args:
            key_substring: The text.
            include_sources: Whether the external ones as well.
        """
        return KeySubstring(check_type(key_substring, str, "key_substring", optional=False), include_sources)

    @staticmethod
    def tag(key: str, value: str, include_sources: bool = False) -> AssetSelection:
        """The assets with this tag.

        Args:
            key: The tag's key.
            value: The tag's value.
            include_sources: Whether the external ones as well.
        """
        check_type(key, str, "key", optional=False)
        return Tag(key, check_type(value, str, "value", optional=False), include_sources)

    @staticmethod
    def tag_string(string: str, include_sources: bool = False) -> AssetSelection:
        """The assets with a tag written `key=value`, or `key` where the value is empty.

        Args:
            string: The tag.
            include_sources: Whether the external ones as well.
        """
        key, _, value = check_type(string, str, "string", optional=False).partition("=")
        if "=" in value:
            message = f"A tag is written key=value or key, with one '=' at the most, not {string!r}"
            raise CheckError(message)
        return Tag(key, value, include_sources)

    @staticmethod
    def owner(owner: str | None) -> AssetSelection:
        """The assets of this owner."""
        return Owner(check_type(owner, str, "owner"))

    @staticmethod
    def kind(kind_str: str | None, include_sources: bool = False) -> AssetSelection:
        """The assets of this kind.

        Args:
            kind_str: The kind; `None` for assets without any.
            include_sources: Whether the external ones as well.
        """
        return Kind(check_type(kind_str, str, "kind_str"), include_sources)

    @staticmethod
    def checks(*checks: Any) -> AssetSelection:
        """Exactly these checks, without their assets: keys, or definitions of checks."""
        keys: list[AssetCheckKey] = []
        for one in checks:
            if not isinstance(one, AssetCheckKey) and not hasattr(one, "check_keys"):
                message = f"A check is a key or a definition of checks, not {type(one).__name__}: {one!r:.80}"
                raise ParameterCheckError(message)
            keys += (one,) if isinstance(one, AssetCheckKey) else sorted(one.check_keys)
        return Checks(tuple(dict.fromkeys(keys)))

    @staticmethod
    def checks_for_assets(*assets_defs: Any) -> AssetSelection:
        """The checks of these assets, without the assets."""
        return ChecksOf(AssetSelection.assets(*assets_defs).asset_keys)  # type: ignore[attr-defined]  # Keys has them

    @staticmethod
    def all_asset_checks() -> AssetSelection:
        """All checks, without any asset."""
        return AllChecks()

    @staticmethod
    def from_string(string: str, include_sources: bool = False) -> AssetSelection:
        """The selection that a text means.

        Args:
            string: In the grammar of selections: `key:a+ and not group:raw`.
            include_sources: Whether `*`, tags, groups and kinds mean external assets as well.

        Raises:
            DagsterInvalidAssetSelectionError: if it cannot be read; the message shows the place.
        """
        from .text import parse  # the API puts reading here; the text knows the terms, not they it

        return parse(check_type(string, str, "string", optional=False), include_sources=include_sources)

    @staticmethod
    def from_coercible(selection: CoercibleToAssetSelection) -> AssetSelection:
        """The selection that a text, a list of texts, keys or definitions, or a selection means.

        Raises:
            TypeError: for an empty list.
            DagsterInvalidInvocationError: for anything else.
        """
        if isinstance(selection, AssetSelection):
            return selection
        if isinstance(selection, str):
            return AssetSelection.from_string(selection)
        if isinstance(selection, Iterable):
            items = list(selection)
            if not items:
                message = "An empty list selects nothing; leave the selection out to mean everything"
                raise TypeError(message)
            if all(isinstance(one, (str, AssetSelection)) for one in items):
                return _join(Or, [AssetSelection.from_coercible(one) for one in items])
            if all(isinstance(one, AssetKey) or hasattr(one, "keys") or hasattr(one, "key") for one in items):
                return AssetSelection.assets(*items)
        elif isinstance(selection, AssetKey) or hasattr(selection, "keys") or hasattr(selection, "key"):
            return AssetSelection.assets(selection)
        message = f"A selection is a text, a list of texts, keys or definitions, or an AssetSelection, not {selection!r:.80}"
        raise DagsterInvalidInvocationError(message)

    def downstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        """What depends on these assets.

        Args:
            depth: How many steps to go; default: all the way.
            include_self: Whether these assets are in it.
        """
        return Down(self, check_type(depth, int, "depth"), include_self)

    def upstream(self, depth: int | None = None, include_self: bool = True) -> AssetSelection:
        """What these assets depend on, external assets left out.

        Args:
            depth: How many steps to go; default: all the way.
            include_self: Whether these assets are in it.
        """
        return Up(self, check_type(depth, int, "depth"), include_self)

    def roots(self) -> AssetSelection:
        """Those of these assets that depend on no other of them."""
        return Roots(self)

    def sources(self) -> AssetSelection:
        """An older name of `roots`."""
        deprecated("Function `AssetSelection.sources`", "Use AssetSelection.roots instead.")
        return Roots(self)

    def sinks(self) -> AssetSelection:
        """Those of these assets that no other of them depends on."""
        return Sinks(self)

    def upstream_source_assets(self) -> AssetSelection:
        """The external assets that these assets depend on directly."""
        return SourcesAbove(self)

    def materializable(self) -> AssetSelection:
        """Those of these assets that can be materialized."""
        return Materializable(self)

    def without_checks(self) -> AssetSelection:
        """These assets, without their checks."""
        return self - AllChecks()

    def required_multi_asset_neighbors(self) -> AssetSelection:
        """These assets, and those that must be materialized with them in one step."""
        return Neighbours(self)

    def __or__(self, other: AssetSelection) -> AssetSelection:
        return _join(Or, [self, _selection(other)])

    def __and__(self, other: AssetSelection) -> AssetSelection:
        return _join(And, [self, _selection(other)])

    def __sub__(self, other: AssetSelection) -> AssetSelection:
        return Minus(self, _selection(other))

    def resolve(self, all_assets: Any, allow_missing: bool = False) -> set[AssetKey]:
        """The keys of the assets that are meant.

        Args:
            all_assets: A graph, or the definitions that make one.
            allow_missing: Whether exact keys that nobody defines are left out instead of an error.

        Raises:
            DagsterInvalidSubsetError: if a key is named exactly that nobody defines.
        """
        from ..decide.resolve import resolve  # the API puts the question here, the answer lies above

        return set(resolve(self, _graph(all_assets), allow_missing=allow_missing))

    def resolve_checks(self, asset_graph: Any, allow_missing: bool = False) -> set[AssetCheckKey]:
        """The keys of the checks that are meant: those that are named, and those of the assets that are meant.

        Args:
            asset_graph: A graph, or the definitions that make one.
            allow_missing: Whether exact keys that nobody defines are left out instead of an error.

        Raises:
            DagsterInvalidSubsetError: if a key is named exactly that nobody defines.
        """
        from ..decide.resolve import resolve_checks  # see resolve

        return set(resolve_checks(self, _graph(asset_graph), allow_missing=allow_missing))

    def to_selection_str(self) -> str:
        """The text that means this selection.

        Raises:
            NotImplementedError: if no text does.
        """
        from .text import write  # see from_string

        return write(self)

    def __str__(self) -> str:
        try:
            return self.to_selection_str()
        except NotImplementedError:
            return repr(self)

    def __repr__(self) -> str:
        from .text import write_always  # see from_string

        return f"<AssetSelection {write_always(self)}>"


CoercibleToAssetSelection: TypeAlias = (
    str | Sequence[str] | Sequence[AssetKey] | Sequence[Any] | AssetSelection | Any
)


class All(AssetSelection):
    """All that can be materialized; the external ones too, if sources are included."""

    __slots__ = ("include_sources",)
    include_sources: bool


class Keys(AssetSelection):
    """Exactly these; one that does not exist is an error."""

    __slots__ = ("asset_keys",)
    asset_keys: tuple[AssetKey, ...]


class KeyMatch(AssetSelection):
    """Whatever has a key like this, `*` standing for any text; it may be nothing."""

    __slots__ = ("pattern",)
    pattern: str


class KeyPrefixes(AssetSelection):
    """What begins with one of these."""

    __slots__ = ("prefixes", "include_sources")  # noqa: RUF023  the order of the parts
    prefixes: tuple[tuple[str, ...], ...]
    include_sources: bool


class KeySubstring(AssetSelection):
    """What contains this text."""

    __slots__ = ("text", "include_sources")  # noqa: RUF023  the order of the parts
    text: str
    include_sources: bool


class Groups(AssetSelection):
    """What belongs to one of these groups."""

    __slots__ = ("names", "include_sources")  # noqa: RUF023  the order of the parts
    names: tuple[str, ...]
    include_sources: bool


class GroupMatch(AssetSelection):
    """What belongs to a group of a name like this, `*` standing for any text."""

    __slots__ = ("pattern", "include_sources")  # noqa: RUF023  the order of the parts
    pattern: str
    include_sources: bool


class Tag(AssetSelection):
    """What has this tag."""

    __slots__ = ("key", "value", "include_sources")  # noqa: RUF023  the order of the parts
    key: str
    value: str
    include_sources: bool


class Owner(AssetSelection):
    """What belongs to this owner; `None`: to nobody."""

    __slots__ = ("name",)
    name: str | None


class Kind(AssetSelection):
    """What is of this kind; `None`: of none."""

    __slots__ = ("name", "include_sources")  # noqa: RUF023  the order of the parts
    name: str | None
    include_sources: bool


class Is(AssetSelection):
    """What is `materializable`, or `external`."""

    __slots__ = ("what",)
    what: str


class Elsewhere(AssetSelection):
    """An attribute that the grammar has and a graph in one process cannot answer."""

    __slots__ = ("attribute", "value", "second")  # noqa: RUF023  the order of the parts
    attribute: str
    value: str | None
    second: str | None


class Checks(AssetSelection):
    """Exactly these checks."""

    __slots__ = ("check_keys",)
    check_keys: tuple[AssetCheckKey, ...]


class ChecksOf(AssetSelection):
    """The checks of these assets."""

    __slots__ = ("asset_keys",)
    asset_keys: tuple[AssetKey, ...]


class AllChecks(AssetSelection):
    """All checks."""

    __slots__ = ()


class Or(AssetSelection):
    """What any of these means; never directly made of another one."""

    __slots__ = ("operands",)
    operands: tuple[AssetSelection, ...]


class And(AssetSelection):
    """What all of these mean; never directly made of another one."""

    __slots__ = ("operands",)
    operands: tuple[AssetSelection, ...]


class Minus(AssetSelection):
    """What the first means and the second does not."""

    __slots__ = ("left", "right")
    left: AssetSelection
    right: AssetSelection


class Up(AssetSelection):
    """What these depend on, some steps or all the way."""

    __slots__ = ("child", "depth", "include_self")
    child: AssetSelection
    depth: int | None
    include_self: bool


class Down(AssetSelection):
    """What depends on these, some steps or all the way."""

    __slots__ = ("child", "depth", "include_self")
    child: AssetSelection
    depth: int | None
    include_self: bool


class Roots(AssetSelection):
    """Those that depend on no other of them."""

    __slots__ = ("child",)
    child: AssetSelection


class Sinks(AssetSelection):
    """Those that no other of them depends on."""

    __slots__ = ("child",)
    child: AssetSelection


class SourcesAbove(AssetSelection):
    """The external ones that they depend on directly."""

    __slots__ = ("child",)
    child: AssetSelection


class Materializable(AssetSelection):
    """Those that can be materialized."""

    __slots__ = ("child",)
    child: AssetSelection


class Neighbours(AssetSelection):
    """They, and what is materialized in one step with them."""

    __slots__ = ("child",)
    child: AssetSelection


def _join(kind: type[Or | And], terms: Iterable[AssetSelection]) -> AssetSelection:
    """The terms joined, those of the same kind opened up; one alone stays itself."""
    flat: list[AssetSelection] = []
    for term in terms:
        if isinstance(term, kind):
            flat += term.operands
        else:
            flat.append(term)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def any_of(terms: Iterable[AssetSelection]) -> AssetSelection:
    """What any of at least one term means."""
    return _join(Or, terms)


def all_of(terms: Iterable[AssetSelection]) -> AssetSelection:
    """What all of at least one term mean."""
    return _join(And, terms)


def none_of(term: AssetSelection) -> AssetSelection:
    """All that can be materialized, but not this."""
    return Minus(All(False), term)


def _graph(all_assets: Any) -> Any:
    if hasattr(all_assets, "nodes"):
        return all_assets
    from ..graph import Graph  # only for a list of definitions

    return Graph.of(check_type(all_assets, Iterable, "all_assets", optional=False))


def _selection(other: Any) -> AssetSelection:
    checked: AssetSelection = check_type(other, AssetSelection, "other", optional=False)
    return checked


def _key(one: Any) -> AssetKey:
    """The key of a thing; a text is split at `/`, as everywhere in selections."""
    return (
        AssetKey.from_user_string(one) if isinstance(one, str) else AssetKey.from_coercible_or_definition(one)
    )


def _texts(values: Iterable[Any], name: str) -> tuple[str, ...]:
    return tuple(check_type(one, str, name, optional=False) for one in values)
