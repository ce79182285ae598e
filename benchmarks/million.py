"""A million hourly partitions: built, mapped, subtracted, written as text, and planned.

    python benchmarks/million.py

Prints seconds of CPU of each, and of all together, as JSON lines. The ranges cost
nothing worth naming; what plans an asset goes through every key that is due.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from assets import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MultiPartitionsDefinition,
    PartitionKeyRange,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
)
from assets.core.decide.plan import Request, plan
from assets.core.graph import Graph
from assets.core.history import Snapshot
from assets.core.partitions.moment import Moment

START, NOW = "1910-01-01-00:00", datetime(2024, 2, 1, 12, tzinfo=UTC)
ZONE = "America/New_York"


def main() -> None:
    """Measure."""
    spent = 0.0

    def measure(what: str, work: Callable[[], Any]) -> Any:
        nonlocal spent
        before = time.process_time()
        found = work()
        took = time.process_time() - before
        spent += took
        size = len(found) if hasattr(found, "__len__") else None
        print(json.dumps({"what": what, "seconds": round(took, 4), "size": size}))
        return found

    hours = measure("define", lambda: HourlyPartitionsDefinition(START, timezone=ZONE))
    days = DailyPartitionsDefinition("1910-01-01", timezone=ZONE, end_offset=1)
    every = measure("build", lambda: hours.subset_with_all_partitions(NOW))
    made = measure(
        "range",
        lambda: hours.empty_subset().with_partition_key_range(
            hours, PartitionKeyRange("1950-01-01-00:00", "1999-12-31-23:00")
        ),
    )
    rest = measure("subtract", lambda: every - made)
    mapping = TimeWindowPartitionMapping(-1, 0)
    upstream, _ = measure(
        "map up",
        lambda: mapping.get_upstream_mapped_partitions_result_for_partitions(rest, hours, days, NOW),
    )
    measure(
        "map down",
        lambda: mapping.get_downstream_partitions_for_partitions(upstream, days, hours, NOW),
    )
    text = measure("write", rest.serialize)
    measure("read", lambda: hours.deserialize_subset(text))
    cube = MultiPartitionsDefinition({"hour": hours, "side": StaticPartitionsDefinition(["buy", "sell"])})
    measure("two dimensions", lambda: cube.subset_with_all_partitions(NOW) - cube.empty_subset())
    print(json.dumps({"what": "all of these", "seconds": round(spent, 4)}))

    @asset(partitions_def=hours)
    def hourly() -> int:
        return 1

    graph, moment = Graph.of([hourly]), Moment(NOW)
    keys = measure("keys", lambda: hours.get_partition_keys(NOW))
    measure("keys again", lambda: hours.get_partition_keys(NOW))
    if "--plan" in sys.argv:
        request = Request(frozenset(graph.nodes))
        steps = measure("plan", lambda: plan(graph, Snapshot(), {hourly.key: "v1"}, request, moment)).steps
        assert len(steps) == len(keys)


if __name__ == "__main__":
    main()
