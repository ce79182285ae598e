"""Pages of records: where one begins, and where the next one goes on.

A cursor is the id of the last event that was given, as a text.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ParameterCheckError
from ..run.records import EventLogRecord, EventRecordsResult
from ..storage import Bounds


def turned(bounds: Bounds, cursor: str | None, ascending: bool) -> Bounds:
    """The bounds of the page after a cursor.

    Raises:
        CheckError: if the cursor is none of ours.
    """
    if not cursor:
        return bounds
    if not cursor.isdecimal():
        message = f"{cursor!r:.80} is no cursor; give the one of the result that is to be continued."
        raise ParameterCheckError(message)
    last = int(cursor)
    if ascending:
        return bounds._replace(after=max(bounds.after, last))
    return bounds._replace(before=last if bounds.before is None else min(bounds.before, last))


def result(records: Sequence[EventLogRecord], limit: int, cursor: str | None) -> EventRecordsResult:
    """The page with these records."""
    last = str(records[-1].storage_id) if records else cursor or ""
    return EventRecordsResult(records, last, len(records) == limit > 0)
