"""Ten thousand daily partitions: made, asked for again, made by range, read by others, and resumed.

python benchmarks/backfill.py FOLDER        one process; prints JSON lines of CPU milliseconds a partition
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from assets import (
    AllPartitionMapping,
    AssetExecutionContext,
    AssetIn,
    BackfillPolicy,
    DailyPartitionsDefinition,
    Output,
    Workspace,
    asset,
)

COUNT = 10_000
DAYS = DailyPartitionsDefinition("1998-01-01", end_date="2025-05-19")
SINGLE = BackfillPolicy.single_run()


@asset(partitions_def=DAYS)
def day(context: AssetExecutionContext) -> str:
    return str(context.partition_key)


@asset(partitions_def=DAYS)
def reads(day: str) -> str:
    return day[:7]


@asset(partitions_def=DAYS, backfill_policy=SINGLE)
def together(context: AssetExecutionContext) -> dict[str, str]:
    return {key: key[:4] for key in context.partition_keys}


@asset(partitions_def=DAYS, backfill_policy=SINGLE)
def streamed(context: AssetExecutionContext) -> Any:
    for key in context.partition_keys:
        yield Output(key, partition_key=key)


@asset(ins={"reads": AssetIn(partition_mapping=AllPartitionMapping())})
def whole(reads: dict[str, str]) -> int:
    return len(reads)


def measured(what: str, act: Callable[[], Any]) -> None:
    started = process_time()
    summary = act()
    spent = process_time() - started
    figures = {"what": what, "ms each": round(spent / COUNT * 1000, 4), "ran": len(summary.built)}
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def main(folder: Path) -> None:
    assert len(DAYS.get_partition_keys()) == COUNT
    workspace = Workspace(folder / "store")
    workspace.define([day, reads, together, streamed, whole])
    half = DAYS.get_partition_keys()[: COUNT // 2]
    measured("one call each, the first half", lambda: workspace.materialize("day", partition=half))
    measured("one call each, the rest", lambda: workspace.materialize("day"))
    measured("again, nothing is due", lambda: workspace.materialize("day"))
    measured("one call each, each reads one", lambda: workspace.materialize("reads"))
    measured("one call that reads all", lambda: workspace.materialize("whole"))
    measured("one call for all, one dict", lambda: workspace.materialize("together"))
    measured("one call for all, one result each", lambda: workspace.materialize("streamed"))
    workspace.wipe("streamed", half)
    measured("the half that was wiped", lambda: workspace.materialize("streamed"))
    measured("all of it again, nothing is due", workspace.materialize)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
