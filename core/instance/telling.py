"""Entries of the log in the reference's form, with what the log alone can say of them."""

from __future__ import annotations

from collections.abc import Sequence

from ..events import Materialized
from ..keys import AssetKey
from ..latest import Entry
from ..run.entries import EventLogEntry, event_log_entry, log_entries
from ..run.records import EventLogRecord
from ..storage import EventLog


def told(log: EventLog, entries: Sequence[Entry]) -> list[EventLogEntry]:
    """The entries in the reference's form; a materialization also says which events of its upstream it saw."""
    seen = _seen(log, entries)
    return [event_log_entry(entry, seen.get(entry.id, {})) for entry in entries]


def spelled_out(log: EventLog, entries: Sequence[Entry]) -> list[EventLogEntry]:
    """The entries of one run in full, as the reference would have told them."""
    return list(log_entries(entries, _seen(log, entries)))


def _seen(log: EventLog, entries: Sequence[Entry]) -> dict[int, dict[AssetKey, int]]:
    """By materialization, the newest event of each of its upstream assets before it: one query for all."""
    wanted = {
        (read.asset, entry.id)
        for entry in entries
        if isinstance(entry.event, Materialized) and entry.event.run
        for read in entry.event.provenance.inputs.values()
    }
    seen: dict[int, dict[AssetKey, int]] = {}
    for (key, event), number in (log.newest_before(wanted) if wanted else {}).items():
        seen.setdefault(event, {})[key] = number
    return seen


def recorded(log: EventLog, entries: Sequence[Entry]) -> list[EventLogRecord]:
    """The same, each with its place in the log."""
    return [EventLogRecord(entry.id, each) for entry, each in zip(entries, told(log, entries), strict=True)]
