"""Entries of the log in the reference's form, with what the log alone can say of them."""

from __future__ import annotations

from collections.abc import Sequence

from ..events import Materialized
from ..history import Entry, EventLog
from ..keys import AssetKey
from ..run.events import EventLogEntry, event_log_entry
from ..run.records import EventLogRecord


def told(log: EventLog, entries: Sequence[Entry]) -> list[EventLogEntry]:
    """The entries in the reference's form; a materialization also says which events of its upstream it saw."""
    wanted = {
        (read.asset, entry.id)
        for entry in entries
        if isinstance(entry.event, Materialized) and entry.event.run
        for read in entry.event.provenance.inputs.values()
    }
    seen: dict[int, dict[AssetKey, int]] = {}
    for (key, event), number in (log.newest_before(wanted) if wanted else {}).items():
        seen.setdefault(event, {})[key] = number
    return [event_log_entry(entry, seen.get(entry.id, {})) for entry in entries]


def recorded(log: EventLog, entries: Sequence[Entry]) -> list[EventLogRecord]:
    """The same, each with its place in the log."""
    return [EventLogRecord(entry.id, each) for entry, each in zip(entries, told(log, entries), strict=True)]
