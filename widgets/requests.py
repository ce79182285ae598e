"""What a page may ask for: a closed set of requests, each checked before anything acts on it.

Everything from the page is hostile until it is proved to be of the right shape and size.
A request that is not leaves nothing changed and is answered with what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

MODES = frozenset({"due", "only", "force", "downstream"})
DIRECTIONS = frozenset({"TB", "LR"})
LONGEST_NAME = 2_000
MOST_KEYS = 20_000
MOST_PARTITIONS = 1_000_000
LARGEST_ID = 2**53
SECTIONS = ("ops", "resources")
MOST_PARTS = 100
LARGEST_CONFIG = 1_000_000


class RequestError(ValueError):
    """A request is not one that a page may send."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was found to be in order."""

    op: str
    id: int
    fields: Mapping[str, Any] = field(default_factory=dict)


def id_of(message: object) -> int | None:
    """The number to answer to, if the message has a proper one."""
    number = message.get("id") if isinstance(message, dict) else None
    return number if type(number) is int and 0 <= number <= LARGEST_ID else None


def read(sent: object, known: Container[str]) -> Request:
    """The request in a message.

    Args:
        sent: What came from the page.
        known: The ids of the assets that the page may speak of.

    Raises:
        RequestError: if it is not in order; the text says why.
    """
    number = id_of(sent)
    if not isinstance(sent, dict) or number is None:
        message = "A request is an object with a whole number as its 'id'."
        raise RequestError(message)
    op = sent.get("op")
    if not isinstance(op, str) or op not in _FIELDS:
        message = f"There is no request {op!r:.60}; there are {', '.join(sorted(_FIELDS))}."
        raise RequestError(message)
    allowed = _FIELDS[op]
    surplus = [name for name in sent if name not in allowed and name not in ("op", "id")]
    if surplus:
        message = f"The request {op!r} has no field {surplus[0]!r:.60}."
        raise RequestError(message)
    return Request(op, number, {name: check(sent.get(name), known) for name, check in allowed.items()})


def _name(value: object, what: str) -> str:
    if not isinstance(value, str) or not value or len(value) > LONGEST_NAME:
        message = f"{what} is a text of at most {LONGEST_NAME} letters, not {value!r:.60}."
        raise RequestError(message)
    return value


def _key(value: object, known: Container[str]) -> str:
    name = _name(value, "An asset's id")
    if name not in known:
        message = f"There is no asset {name!r:.100} here any more."
        raise RequestError(message)
    return name


def _keys(value: object, known: Container[str]) -> list[str]:
    if not isinstance(value, list) or not value or len(value) > MOST_KEYS:
        message = f"'keys' is a list of 1 to {MOST_KEYS} ids."
        raise RequestError(message)
    return [_key(item, known) for item in value]


def _keys_or_all(value: object, known: Container[str]) -> list[str] | None:
    return None if value == "*" else _keys(value, known)


def _keys_or_none(value: object, known: Container[str]) -> list[str] | None:
    return None if value is None else _keys(value, known)


def _partitions(value: object, known: Container[str]) -> dict[str, list[str]] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > MOST_KEYS:
        message = "'partitions' is an object of ids and lists of partition keys."
        raise RequestError(message)
    total = 0
    for key, partitions in value.items():
        _key(key, known)
        if not isinstance(partitions, list):
            message = f"The partitions of {key!r:.60} are not a list."
            raise RequestError(message)
        total += len(partitions)
        if total > MOST_PARTITIONS:
            message = f"More than {MOST_PARTITIONS} partitions at once."
            raise RequestError(message)
        for partition in partitions:
            _partition(partition, known)
    return value


def _partition(value: object, _known: Container[str]) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        message = f"A partition key is a text, not {value!r:.60}."
        raise RequestError(message)
    return value


def _measure(value: object, _known: Container[str]) -> str | None:
    return None if value is None else _name(value, "What cells are coloured by")


def _mode(value: object, _known: Container[str]) -> str:
    if not isinstance(value, str) or value not in MODES:
        message = f"'mode' is one of {', '.join(sorted(MODES))}, not {value!r:.60}."
        raise RequestError(message)
    return value


def _direction(value: object, _known: Container[str]) -> str:
    if not isinstance(value, str) or value not in DIRECTIONS:
        message = f"'direction' is TB or LR, not {value!r:.60}."
        raise RequestError(message)
    return value


def _page(value: object, _known: Container[str]) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST_ID:
        message = f"A page's number is a whole number, not {value!r:.60}."
        raise RequestError(message)
    return value


def _config(value: object, _known: Container[str]) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value or len(value) > MOST_PARTS:
        message = f"'config' is a list of 1 to {MOST_PARTS} parts."
        raise RequestError(message)
    for part in value:
        if not isinstance(part, dict) or set(part) != {"section", "name", "value"}:
            message = "A part of the config has a section, a name and a value."
            raise RequestError(message)
        if part["section"] not in SECTIONS or not isinstance(part["value"], dict):
            message = f"A part of the config is of {' or '.join(SECTIONS)}, and its value is an object."
            raise RequestError(message)
        _name(part["name"], "The name of a part")
    if _size(value) > LARGEST_CONFIG:
        message = f"The config has more than {LARGEST_CONFIG} letters."
        raise RequestError(message)
    return value


def _size(value: object) -> int:
    try:
        return len(json.dumps(value, allow_nan=False))
    except (ValueError, RecursionError):
        return LARGEST_CONFIG + 1


def _run(value: object, _known: Container[str]) -> str | None:
    return None if value is None else _name(value, "A run's id")


_ASKED: Mapping[str, Callable[[object, Container[str]], Any]] = {
    "keys": _keys_or_all,
    "mode": _mode,
    "partitions": _partitions,
}
_FIELDS: Mapping[str, Mapping[str, Callable[[object, Container[str]], Any]]] = {
    "hello": {"page": _page},
    "bye": {"page": _page},
    "materialize": _ASKED,
    "plan": _ASKED,
    "cancel": {"run": _run},
    "details": {"key": _key},
    "configure": {"key": _key, "config": _config},
    "grid": {"keys": _keys_or_none},
    "values": {"keys": _keys_or_none, "measure": _measure},
    "related": {"key": _key, "partition": _partition},
    "tidy": {},
    "layout": {"direction": _direction},
}
