"""Laws of what a partition reads and what reads it: the mappings' answers, as ranges."""

import datetime as dt

import pytest

from assets import (
    AssetDep,
    AssetKey,
    DailyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
)
from assets.core.graph import Graph
from assets.core.partitions.moment import Moment
from assets.widgets.views.related import related

DAYS = DailyPartitionsDefinition("2024-01-01", end_date="2024-03-01")
MONTHS = MonthlyPartitionsDefinition("2024-01-01", end_date="2024-03-01")
NOW = Moment(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))


@asset(partitions_def=DAYS)
def day():
    return 1


@asset(
    partitions_def=DAYS,
    deps=[AssetDep(day, partition_mapping=TimeWindowPartitionMapping(start_offset=-6))],
)
def week():
    return 1


@asset(partitions_def=MONTHS, deps=[day])
def month():
    return 1


@asset(deps=[month])
def total():
    return 1


@asset(
    partitions_def=StaticPartitionsDefinition(["", "b"]),
    deps=[total],
)
def regions():
    return 1


GRAPH = Graph.of([day, week, month, total, regions])


def lines(name, partition):
    told = related(GRAPH, AssetKey(name), partition, NOW)
    assert (told["id"], told["partition"]) == (name, partition)
    return [{line["id"]: (line["total"], line["ranges"]) for line in told[side]} for side in ("up", "down")]


@pytest.mark.parametrize(
    ("name", "partition", "up", "down"),
    [
        ("week", "2024-01-20", {"day": (7, [["2024-01-14", "2024-01-20"]])}, {}),
        (
            "day",
            "2024-01-20",
            {},
            {"week": (7, [["2024-01-20", "2024-01-26"]]), "month": (1, [["2024-01-01"] * 2])},
        ),
        ("month", "2024-02-01", {"day": (29, [["2024-02-01", "2024-02-29"]])}, {"total": (1, [["", ""]])}),
        (
            "total",
            "",
            {"month": (2, [["2024-01-01", "2024-02-01"]])},
            {"regions": (2, [["", "b"]])},
        ),
        ("regions", "", {"total": (1, [["", ""]])}, {}),
    ],
)
def test_what_feeds_a_piece_and_what_it_feeds(name, partition, up, down):
    """Directly, by the mapping of each input, in the order of the partitions."""
    assert lines(name, partition) == [up, down]
