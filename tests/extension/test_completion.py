"""What may follow on a line is offered: verbs, options, keys, groups, tags, partition keys."""

from __future__ import annotations

import pytest

from assets import DailyPartitionsDefinition, asset
from assets.core.graph import Graph
from assets.extension.completion import candidates


@pytest.fixture(scope="module")
def graph():
    @asset(group_name="raw", tags={"slow": "", "team": "a-b"}, kinds={"python"}, owners=["me@example.com"])
    def orders():
        return 1

    @asset(partitions_def=DailyPartitionsDefinition("2024-01-01", end_date="2024-01-04"), key_prefix="sales")
    def daily(orders):
        return 1

    return Graph.of([orders, daily], ghosts=True)


OFFERED = [
    ("%assets ", "", ["status", "plan", "why"]),
    ("%assets st", "st", ["status", "store"]),
    ("  %assets mat", "mat", ["materialize"]),
    ("x = %assets lo", "lo", ["load", "log"]),
    ("%assets status o", "o", ["orders", "owner:", "or"]),
    ("%assets status not (or", "or", ["key:orders", "or"]),
    ("%assets status kind:python and ", "", ["key:orders", "key:sales/daily", "key:"]),
    ('%assets status key:"or', '"or', ['"orders"']),
    ("%assets materialize --partition 2024-01-01..2024-01-0", "2024-01-0", ["2024-01-01", "2024-01-02"]),
    ("%assets log a", "a", ["a1b2", "a2c3"]),
    ("%assets cancel ", "", ["a1b2", "a2c3"]),
    ("%assets status group:", "", ["default", "raw"]),
    ("%assets status group:r", "r", ["raw"]),
    ("%assets status tag:", "", ["slow", 'team="a-b"']),
    ("%assets status kind:", "", ["python"]),
    ("%assets status owner:", "", ['"me@example.com"']),
    ("%assets materialize orders --", "--", ["--partition", "--state", "--only", "--force"]),
    ("%assets materialize orders --force --f", "--f", []),
    ("%assets materialize sales/daily --partition ", "", ["2024-01-01", "2024-01-02", "2024-01-03"]),
    ("%assets materialize --partition=2024-01-02", "2024-01-02", ["2024-01-02"]),
    ("%assets materialize sales/daily --state missing,f", "f", ["failed", "fresh"]),
    ("%assets why sa", "sa", ["sales/daily"]),
    ("%assets load sales/daily@2024-01-01", "2024-01-01", ["2024-01-01"]),
    ("%assets drop o", "o", ["orders"]),
    ("%%asset name --d", "--d", ["--deps", "--description"]),
    ("%%asset name --deps orders,sa", "sa", ["sales/daily"]),
    ("%%asset name --partitions d", "d", ["daily:"]),
    ("%%asset name --group r", "r", ["raw"]),
    ("%assets runs x", "x", []),
    ("%assets nope x", "", []),
]


@pytest.mark.parametrize(("line", "fragment", "texts"), OFFERED)
def test_a_line_is_completed(line, fragment, texts, graph):
    """The fragment that is typed, and what begins with it."""
    found = candidates(line, graph, lambda: ["a1b2", "a2c3"])
    assert found is not None
    assert (found[0], found[1][: len(texts)]) == (fragment, texts)
    assert bool(found[1]) == bool(texts)
    assert all(text.removeprefix("key:").startswith(fragment.removeprefix("key:")) for text in found[1])


@pytest.mark.parametrize(
    "line", ["assets status ", "%asset", "print('%assets st", "%%time", "", "%assetsx st"]
)
def test_other_lines_are_not_ours(line, graph):
    """Nothing is offered and nothing suppressed."""
    assert candidates(line, graph) is None
