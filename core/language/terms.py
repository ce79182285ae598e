"""What every term is made of, of a selection as of a condition: named parts that never change.

A term compares by value and knows its hash from the start, so that neither walks down a term
that a loop nested a thousand deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(eq_default=False, frozen_default=True)
class Term:
    """A frozen record whose parts are its `__slots__`, in that order, those of its base first.

    Written once for all terms: a dataclass each would cost more at import than all of them do.
    """

    __slots__ = ("_hash",)
    parts: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = cls.__dict__.get("__slots__", ())
        cls.parts = (*cls.parts, *own)
        type.__setattr__(cls, "__match_args__", cls.parts)  # what checkers derive from the fields

    def __init__(self, *values: Any) -> None:
        if len(values) != len(self.parts):
            message = f"{type(self).__name__} has the parts {', '.join(self.parts)}; {len(values)} given"
            raise TypeError(message)
        for name, value in zip(self.parts, values, strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_hash", hash((type(self).__name__, *values)))

    def __setattr__(self, name: str, value: object) -> None:
        message = f"{type(self).__name__} is immutable: cannot set {name!r}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> None:
        message = f"{type(self).__name__} is immutable: cannot delete {name!r}"
        raise AttributeError(message)

    def __hash__(self) -> int:
        return self._hash  # type: ignore[attr-defined,no-any-return]  # set through object

    def __eq__(self, other: object) -> bool:
        pairs: list[tuple[Any, Any]] = [(self, other)]
        while pairs:
            one, two = pairs.pop()
            if one is two:
                continue
            if isinstance(one, Term):
                if type(one) is not type(two) or hash(one) != hash(two):
                    return False
                pairs += ((getattr(one, name), getattr(two, name)) for name in one.parts)
            elif isinstance(one, tuple):
                if not isinstance(two, tuple) or len(one) != len(two):
                    return False
                pairs += zip(one, two, strict=True)
            elif one != two:
                return False
        return True

    def __reduce__(self) -> tuple[type[Term], tuple[Any, ...]]:
        return type(self), tuple(getattr(self, name) for name in self.parts)

    def below(self) -> Iterator[Term]:
        """The terms that this one is made of, from left to right."""
        for name in self.parts:
            part = getattr(self, name)
            if isinstance(part, Term):
                yield part
            elif isinstance(part, tuple):
                yield from (one for one in part if isinstance(one, Term))

    def postorder(self) -> Iterator[Term]:
        """This term and all below it, each once, what a term is made of before the term."""
        stack: list[tuple[Term, bool]] = [(self, False)]
        seen: set[int] = set()
        while stack:
            term, below_done = stack.pop()
            if below_done:
                yield term
            elif id(term) not in seen:
                seen.add(id(term))
                stack.append((term, True))
                stack += ((child, False) for child in reversed(tuple(term.below())))
