"""The part of the log that is looked back at: as terms of a query, as a test of an entry.

Both logs use it, so that they cannot mean different things. What a wipe takes away is
worked out here too: the log keeps every event, and a look back leaves out what was forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..events import Wiped, asset_of, piece_of
from ..keys import AssetKey
from ..latest import Entry
from ..storage import Bounds
from .columns import to_column

Wipes = Mapping[AssetKey, Mapping[str | bool | None, int]]
"""Per asset, the id of the newest wipe of each partition; under `True` that of the asset as a whole."""


def within(bounds: Bounds) -> tuple[list[str], list[Any]]:
    """The terms of a query over `events e`, and the values they bind."""
    terms: list[str] = ["e.id > ?"]
    bound: list[Any] = [bounds.after]
    if bounds.before is not None:
        terms.append("e.id < ?")
        bound.append(bounds.before)
    if bounds.since is not None:
        terms.append("e.at > ?")
        bound.append(bounds.since)
    if bounds.until is not None:
        terms.append("e.at < ?")
        bound.append(bounds.until)
    if bounds.partitions is not None:
        terms.append("e.partition IN (SELECT value FROM json_each(?))")
        bound.append(json.dumps([to_column(each) for each in bounds.partitions]))
    if bounds.ids is not None:
        terms.append("e.id IN (SELECT value FROM json_each(?))")
        bound.append(json.dumps([*bounds.ids]))
    return terms, bound


def inside(entry: Entry, bounds: Bounds) -> bool:
    """Whether an entry is within bounds, wipes aside."""
    number, event = entry
    if number <= bounds.after or (bounds.before is not None and number >= bounds.before):
        return False
    if bounds.since is not None and event.at <= bounds.since:
        return False
    if bounds.until is not None and event.at >= bounds.until:
        return False
    if bounds.ids is not None and number not in bounds.ids:
        return False
    if bounds.partitions is not None:
        piece = piece_of(event)
        return piece is not None and piece.partition in bounds.partitions
    return True


def wipes(entries: Iterable[Entry]) -> Wipes:
    """What these entries, oldest first, wiped."""
    found: dict[AssetKey, dict[str | bool | None, int]] = {}
    for number, event in entries:
        if isinstance(event, Wiped):
            gone = found.setdefault(event.asset, {})
            for partition in (True,) if event.partitions is None else event.partitions:
                gone[partition] = number
    return found


def stands(entry: Entry, wiped: Wipes) -> bool:
    """Whether what an entry says was not wiped later."""
    asset = asset_of(entry.event)
    gone = None if asset is None else wiped.get(asset)
    if gone is None:
        return True
    piece = piece_of(entry.event)
    partition = None if piece is None else piece.partition
    return entry.id > gone.get(True, 0) and entry.id > gone.get(partition, 0)
