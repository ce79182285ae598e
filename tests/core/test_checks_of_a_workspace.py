"""Laws of checks in incremental runs: when they are evaluated, what they stop, what is told of them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from assets import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    ConfigurableIOManager,
    MaterializeResult,
    StaticPartitionsDefinition,
    asset,
    asset_check,
)
from assets.core.decide.checks import check_rows
from assets.core.errors import RunFailedError
from assets.core.keys import Piece
from assets.core.workspace import Workspace

NUMBER, FINE = 1, True


@asset
def raw():
    return NUMBER


@asset
def clean(raw):
    return raw


@asset
def report(clean):
    return clean


def told(summary):
    return {event.check: event.passed for event in summary.checks}


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A workspace in which `NUMBER` and `FINE` may be set as a user sets globals."""
    module = globals()
    monkeypatch.setitem(module, "NUMBER", 1)
    monkeypatch.setitem(module, "FINE", True)
    with closing(Workspace(tmp_path / "store")) as made:
        yield made


def test_a_check_is_evaluated_when_what_it_looks_at_changed(workspace, tmp_path):
    """After the asset was made, after its own code changed, and otherwise not; also in the next process."""

    @asset_check(asset=clean)
    def fine(clean):
        return AssetCheckResult(passed=FINE)

    workspace.define([raw, clean, report, fine])
    first = workspace.materialize()
    assert first.text() == "materialized 3, checks: 1 passed"
    assert workspace.materialize().text() == "nothing to do: 3 up to date"
    globals()["NUMBER"] = 2
    assert told(workspace.materialize()) == {"fine": True}
    with closing(Workspace(tmp_path / "store")) as later:
        later.define([raw, clean, report, fine])
        assert later.materialize().text() == "nothing to do: 3 up to date"
        globals()["FINE"] = False
        again = later.materialize()
    assert again.text() == "checks: failed: clean:fine"
    assert again.success  # it blocks nothing: the answer is what was asked for


def test_a_check_of_what_runs_for_the_selection_is_evaluated(workspace):
    """Who asks for a report wants to know of the data that are made for it; nobody else is looked at."""

    @asset_check(asset=clean)
    def fine():
        return AssetCheckResult(passed=True)

    @asset
    def other():
        return 1

    @asset_check(asset=other)
    def not_asked():
        return AssetCheckResult(passed=True)

    workspace.define([raw, clean, report, other, fine, not_asked])
    assert told(workspace.materialize("report")) == {"fine": True}
    assert told(workspace.materialize("report", force=True)) == {}


def blocking(asset_, name="gate", **more):
    def gate():
        return AssetCheckResult(passed=FINE, severity=more.get("severity", AssetCheckSeverity.ERROR))

    return asset_check(asset=asset_, name=name, blocking=True)(gate)


def test_a_blocking_check_stops_what_is_below_until_it_passes(workspace):
    """Also in later runs that would not touch its asset; it is asked again each time; other checks are still evaluated."""
    globals()["FINE"] = False

    @asset_check(asset=clean)
    def other(clean):
        return AssetCheckResult(passed=True)

    workspace.define([raw, clean, report, blocking(clean), other])
    first = workspace.materialize(raise_on_error=False)
    assert not first.success
    assert [str(piece) for piece in first.built] == ["raw", "clean"]
    assert [str(piece) for piece in first.untouched] == ["report"]
    assert told(first) == {"gate": False, "other": True}
    second = workspace.materialize("report", raise_on_error=False)
    assert told(second) == {"gate": False}
    assert (second.built, [str(piece) for piece in second.untouched]) == ((), ["report"])
    with pytest.raises(RunFailedError, match="'clean_gate' failed, 1 not started"):
        workspace.materialize("report")
    globals()["FINE"] = True
    last = workspace.materialize("report")
    assert [str(piece) for piece in last.built] == ["report"]
    assert workspace.load("report") == 1
    assert workspace.materialize().text() == "nothing to do: 3 up to date"


def test_a_blocking_check_that_changed_is_asked_before_what_is_below_is_made(workspace):
    """Although its asset is as it was; one that blocks nothing waits until somebody asks for its asset."""
    workspace.define([raw, clean, report])
    workspace.materialize("clean")

    @asset_check(asset=raw, blocking=True)
    def gate():
        return AssetCheckResult(passed=FINE)

    @asset_check(asset=raw)
    def other():
        return AssetCheckResult(passed=True)

    globals()["FINE"] = False
    workspace.define([raw, clean, report, gate, other])
    summary = workspace.materialize("report", raise_on_error=False)
    assert (told(summary), [str(piece) for piece in summary.untouched]) == ({"gate": False}, ["report"])


def test_a_warning_stops_nothing(workspace):
    """A blocking check that only warns is told as a warning."""
    globals()["FINE"] = False
    workspace.define([raw, clean, report, blocking(clean, severity=AssetCheckSeverity.WARN)])
    summary = workspace.materialize()
    assert summary.text() == "materialized 3, checks: warning: clean:gate"
    assert summary.success


def test_a_check_that_raises_is_a_failure_of_the_run(workspace):
    """What is below is still made, if the check does not block; the error is the user's."""

    @asset_check(asset=clean)
    def broken():
        message = "no such column"
        raise KeyError(message)

    workspace.define([raw, clean, report, broken])
    summary = workspace.materialize(raise_on_error=False)
    assert len(summary.built) == 3
    assert not summary.success
    assert summary.text() == "materialized 3, checks: failed: clean:broken"
    with pytest.raises(RunFailedError, match="clean:broken") as caught:
        summary.raise_if_failed()
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_check_that_raises_stands_as_failed_and_is_asked_again(workspace, tmp_path):
    """Whoever looks sees the error, also in the next process; a later answer takes its place."""

    @asset_check(asset=clean, blocking=True)
    def strict():
        if not FINE:
            message = "no such column"
            raise KeyError(message)
        return AssetCheckResult(passed=True)

    def stands(here):
        (row,) = check_rows(here.graph, here.instance.log.snapshot(), {clean.key})[clean.key]
        return row.outcome, row.old

    globals()["FINE"] = False
    workspace.define([raw, clean, report, strict])
    first = workspace.materialize(raise_on_error=False)
    assert first.built == (Piece(raw.key), Piece(clean.key))
    assert stands(workspace) == ("failed", False)
    with closing(Workspace(tmp_path / "store")) as other:
        other.define([raw, clean, report, strict])
        assert stands(other) == ("failed", False)
        again = other.materialize(raise_on_error=False)
        assert (again.built, [event.check for event in again.errored]) == ((), ["strict"])
    globals()["FINE"] = True
    last = workspace.materialize()
    assert last.built == (Piece(report.key),)
    assert stands(workspace) == ("passed", False)


def test_what_a_function_reports_of_its_own_asset(workspace):
    """A failed blocking check fails the step after the value is kept, and it is due again."""

    @asset(
        check_specs=[
            AssetCheckSpec("gate", asset="checked", blocking=True),
            AssetCheckSpec("soft", asset="checked"),
        ]
    )
    def checked():
        return MaterializeResult(
            value=NUMBER,
            check_results=[
                AssetCheckResult(check_name="gate", passed=FINE),
                AssetCheckResult(check_name="soft", passed=False),
            ],
        )

    @asset
    def below(checked):
        return checked

    workspace.define([checked, below])
    summary = workspace.materialize()
    assert summary.text() == "materialized 2, checks: 1 passed, failed: checked:soft"
    globals()["FINE"] = False
    globals()["NUMBER"] = 2
    summary = workspace.materialize(raise_on_error=False)
    assert not summary.success
    assert [str(piece) for piece in summary.untouched] == ["below"]
    assert (workspace.load("checked"), workspace.load("below")) == (2, 1)
    globals()["FINE"] = True
    assert [str(piece) for piece in workspace.materialize().built] == ["checked", "below"]


def test_a_partitioned_check_looks_at_the_partitions_that_were_made(workspace):
    """One call for each, and what it blocks is what reads that partition."""
    days = StaticPartitionsDefinition(["mon", "tue"])

    @asset(partitions_def=days)
    def daily(context):
        return context.partition_key

    @asset(partitions_def=days)
    def after(daily):
        return daily

    @asset_check(asset=daily, partitions_def=days, blocking=True)
    def not_tuesday(daily):
        return AssetCheckResult(passed=daily != "tue")

    workspace.define([daily, after, not_tuesday])
    first = workspace.materialize(partition="mon")
    assert [event.piece.partition for event in first.checks] == ["mon"]
    summary = workspace.materialize(raise_on_error=False)
    assert [(event.piece.partition, event.passed) for event in summary.checks] == [("tue", False)]
    assert [str(piece) for piece in summary.untouched] == ["after@tue"]


def test_a_failed_blocking_check_stops_what_reads_any_partition(workspace):
    """One that looks at the asset as a whole, in every later run as in the first, until it is content."""
    letters = StaticPartitionsDefinition(["a", "b"])
    globals()["FINE"] = False

    @asset(partitions_def=letters)
    def parted(context):
        return context.partition_key

    @asset(partitions_def=letters)
    def each(parted):
        return parted

    @asset
    def whole(parted):
        return sorted(parted)

    workspace.define([parted, each, whole, blocking(parted)])
    for _ in range(3):
        summary = workspace.materialize(raise_on_error=False)
        assert told(summary) == {"gate": False}
        assert sorted(str(piece) for piece in summary.untouched) == ["each@a", "each@b", "whole"]
    summary = workspace.materialize("each", partition="a", raise_on_error=False)
    assert [str(piece) for piece in summary.untouched] == ["each@a"]
    globals()["FINE"] = True
    assert sorted(str(piece) for piece in workspace.materialize().built) == ["each@a", "each@b", "whole"]


def test_a_check_sees_the_partitions_that_there_are(workspace):
    """By key, also when there is one; and again when there are more."""
    letters = StaticPartitionsDefinition(["a", "b", "c"])
    seen = []

    @asset(partitions_def=letters)
    def parted(context):
        return context.partition_key

    @asset_check(asset=parted)
    def counted(parted):
        return AssetCheckResult(passed=True, metadata={"keys": ",".join(sorted(parted))})

    workspace.define([parted, counted])
    for asked in ("a", "b"):
        (event,) = workspace.materialize(partition=asked).checks
        seen.append(event.metadata["keys"].value)
    assert seen == ["a", "a,b"]
    assert workspace.materialize(partition="a").text() == "nothing to do: 1 up to date"


class Shifted(ConfigurableIOManager):
    """Gives more than it was given."""

    folder: str
    by: int

    def handle_output(self, context, obj):
        Path(self.folder, "value").write_text(str(obj))

    def load_input(self, context):
        return int(Path(self.folder, "value").read_text()) + self.by


@asset(io_manager_key="shifted")
def kept_elsewhere():
    return 1


def test_a_check_is_evaluated_anew_when_what_loads_its_value_changed(workspace, tmp_path):
    """What an IO manager makes of a stored value reaches a check as it reaches an asset."""

    @asset_check(asset=kept_elsewhere)
    def small(kept_elsewhere):
        return AssetCheckResult(passed=kept_elsewhere < 3)

    def seen(by):
        workspace.define([kept_elsewhere, small], {"shifted": Shifted(folder=str(tmp_path), by=by)})
        return told(workspace.materialize())

    assert seen(0) == {"small": True}
    assert seen(0) == {}
    assert seen(5) == {"small": False}
