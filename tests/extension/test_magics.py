"""Every verb is a line; a mistake is a line, too."""

from __future__ import annotations

import json

import pytest

import assets
from assets.core.keys import AssetKey

TWO = "@asset\ndef a():\n    print('made a')\n    return 1\n@asset\ndef b(a): return a + 1"
DAYS = "from assets import StaticPartitionsDefinition\n@asset(partitions_def=StaticPartitionsDefinition(['x', 'y', 'z']))\ndef p(context): return context.partition_key"  # fmt: skip
BROKEN = "@asset\ndef bad():\n    raise ValueError('no data')\n@asset\ndef below(bad): return 1\n@asset\ndef fine(): return 1"


@pytest.fixture
def two(nb):
    nb.run(TWO, "two")
    return nb


def test_materialize_runs_what_is_due_and_says_so(two):
    """The second time there is nothing to do."""
    assert "Materialized 2" in two.run("%assets materialize")
    assert two.run("%assets materialize").splitlines()[-1].endswith("Nothing to do: 2 up to date.")
    assert "Materialized 1" in two.run("%assets materialize b --force")


def test_prints_of_a_step_go_to_the_log_of_its_run(two):
    """Not to the cell."""
    assert "made a" not in two.run("%assets materialize")
    assert "a: made a" in two.run("%assets log")


def test_status_plan_and_why(two):
    """Tables and sentences."""
    assert "2 assets: 2 missing" in two.run("%assets status")
    assert "Would run 2, may run 0, keeps 0." in two.run("%assets plan")
    assert "Would run 2" in two.run("%assets materialize --dry-run")
    two.run("%assets materialize")
    assert "Nothing to do: 2 up to date." in two.run("%assets plan")
    two.run("@asset\ndef a(): return 2\n@asset\ndef b(a): return a + 1", "two")
    shown = two.run("%assets plan")
    assert "Would run 1, may run 1, keeps 0." in shown
    assert "a: stale" in two.run("%assets why a")
    assert "root causes" in two.run("%assets why b")


def test_plan_and_summary_tell_of_checks(two):
    """Which would be evaluated, and how they came out."""
    two.run("%assets materialize")
    two.run(
        "from assets import asset_check, AssetCheckResult\n@asset_check(asset='a')\ndef c(a): return AssetCheckResult(passed=a > 5)"
    )
    assert "Would evaluate 1 check: a:c." in two.run("%assets plan")
    assert json.loads(two.run("%assets plan --json"))["checks"] == ["a:c"]
    assert "Checks: failed: a:c" in two.run("%assets materialize")
    assert "Nothing to do: 2 up to date." in two.run("%assets plan")
    two.run("@asset\ndef a(): return 20\n@asset\ndef b(a): return a + 1", "two")
    assert "May evaluate 1 check: a:c." in two.run("%assets plan")
    assert "checks: 1 passed" in two.run("%assets materialize")


def test_only_what_is_asked_for_is_json(two):
    """`--json` prints what a program can read, and nothing else."""
    assert json.loads(two.run("%assets status a --json"))[0]["state"] == "missing"
    assert json.loads(two.run("%assets materialize --json"))["materialized"] == ["a", "b"]
    assert json.loads(two.run("%assets plan --json"))["steps"] == []
    assert json.loads(two.run("%assets why a --json"))["state"] == "fresh"
    assert json.loads(two.run("%assets runs --json"))[0]["outcome"] == "success"


def test_selections_keep_their_quotes_and_blanks(two):
    """Anything of the grammar of selections."""
    assert "1 asset:" in two.run('%assets status key:"a*" and not group:other')
    assert "2 assets:" in two.run("%assets status a+")


def test_load_gives_the_value(two):
    """Also of an older version, and assigned to a name."""
    two.run("%assets materialize")
    two.run("x = %assets load b")
    assert two.value("x") == 2
    two.run("@asset\ndef a(): return 5\n@asset\ndef b(a): return a + 1", "two")
    two.run("%assets materialize")
    two.run("x = %assets load b\ny = %assets load b -1")
    assert (two.value("x"), two.value("y")) == (6, 2)


def test_partitions(nb):
    """Single ones, ranges, and the whole."""
    nb.run(DAYS, "p")
    nb.run("%assets materialize p --partition x")
    assert "1/3" in nb.run("%assets status")
    nb.run("%assets materialize p --partition y..z")
    assert "3/3" in nb.run("%assets status")
    nb.run("v = %assets load p@y")
    assert nb.value("v") == "y"
    assert "no partition 'q'" in nb.run("%assets materialize p --partition q")
    assert assets.load("p@y") == "y"
    nb.run("%assets wipe p --partition y")
    assert "Would run 1, may run 0" in nb.run("%assets plan p --state missing --force")
    assert "materialized  p@y" in nb.run("%assets materialize p --state failed --state missing")
    assert "no state 'mising'" in nb.run("%assets materialize p --state mising")
    assert "Would run 3 (1 asset), may run 0, keeps 0." in nb.run("%assets plan p --force")
    nb.run(
        "from assets import DailyPartitionsDefinition\n"
        "@asset(partitions_def=DailyPartitionsDefinition('2024-05-01', end_date='2024-01-01'))\ndef never(): return 1"
    )
    assert "it has no partitions" in nb.run("%assets status never")
    assert "'never' has no partitions" in nb.run("%assets materialize never")


def test_observe_looks_at_what_is_made_elsewhere(nb):
    """What reads it is stale when it was seen at another version."""
    nb.run(
        "from assets import DataVersion, observable_source_asset\nseen = '1'\n"
        "@observable_source_asset\ndef prices(): return DataVersion(seen)\n"
        "@asset(deps=[prices])\ndef report(): return 1"
    )
    assert "Observed 1" in nb.run("%assets observe")
    nb.run("%assets materialize")
    nb.run("seen = '2'")
    assert json.loads(nb.run("%assets observe prices --json"))["observed"] == ["prices"]
    assert "stale" in nb.run("%assets status report")
    assert "No function looks at 'report'" in nb.run("%assets observe report")


def test_wipe_drop_store_cancel_runs(two, tmp_path):
    """What changes says what it changed."""
    two.run("%assets materialize")
    assert "success" in two.run("%assets runs")
    assert "Would forget 1 piece: a." in two.run("%assets wipe a --dry-run")
    assert "Forgot 1 piece: a." in two.run("%assets wipe a")
    assert "and then wiped" in two.run("%assets why a")
    assert "missing" in two.run("%assets status a")
    assert "b is no longer defined." in two.run("%assets drop b")
    assert two.keys() == "a"
    assert "The store is .assets" in two.run("%assets store")
    assert "The store is other" in two.run("%assets store other")
    assert two.workspace.store_path == tmp_path / "other"
    assert "No run goes on." in two.run("%assets cancel")
    assert "no runs yet" in two.run("%assets runs")


MISTAKES = [
    ("%assets statsu", "UsageError: %assets has no verb 'statsu'; did you mean 'status'?"),
    ("%assets status --jsn", "UsageError: %assets status has no option '--jsn'; did you mean '--json'?"),
    ("%assets status key:(", "UsageError: "),
    ("%assets materialize bb", "UsageError: "),
    ("%assets why nope", "UsageError: No asset 'nope' is defined"),
    ("%assets load zzz", "UsageError: "),
    ("%assets load b", "UsageError: "),
    ("%assets drop nope", "UsageError: No asset 'nope' is defined"),
    ("%%asset a b\n1", "UsageError: %%asset takes one name"),
    ("%%asset x --partitions dayly:2024-01-01\n1", "UsageError: --partitions takes"),
    ("%%asset x --group 'a b'\n1", "UsageError: "),
    ("%%asset x\n1 +", "UsageError: The body of the asset is not valid Python"),
    ("%%asset x\n1\ny = !ls", "UsageError: The body of an asset is Python, which 'y = !ls' is not (line 3"),
    ("%assets status key:a and bb", "UsageError: The selection cannot be read: 'bb' alone"),
    ("%assets materialize aa", "UsageError: No asset is defined under 'aa'; did you mean 'a'?"),
    ("%assets log -3", "UsageError: There is no run '-3': none is known yet"),
]


@pytest.mark.parametrize(("line", "message"), MISTAKES)
def test_a_mistake_is_one_line_without_a_traceback(two, line, message):
    """And the cell fails, as any cell with an error does."""
    shown = two.run(line)
    assert shown.startswith(message)
    assert len(shown.splitlines()) <= 2
    assert not two.result.success


def test_an_answer_stands_where_its_magic_does(two):
    """Also in the middle of a cell and inside a statement; a value that is assigned, and the last one, once."""
    two.run("%assets materialize")
    shown = two.run(
        "%assets wipe b\nprint('between')\nx = %assets status a\nfor k in range(2):\n    %assets status b\n%assets plan b"
    )
    lines = [line for line in shown.splitlines() if not line.startswith(("Out[", "asset", "plan"))]
    assert lines[:2] == ["Forgot 1 piece: b.", "between"]
    assert [line.split()[0] for line in lines[2:]] == ["b", "1", "b", "1", "run", "Would"]


def test_retries_are_told_in_the_log_and_counted_among_the_runs(nb):
    """Each failed attempt with what it failed with; the last one counts."""
    nb.run(
        "from assets import RetryPolicy\ntries = []\n"
        "@asset(retry_policy=RetryPolicy(max_retries=2))\ndef flaky():\n    tries.append(1)\n"
        "    if len(tries) < 3: raise ValueError('no net')\n    return 1"
    )
    nb.run("%assets materialize")
    assert nb.run("%assets log -1").splitlines()[-3:] == [
        "flaky: ValueError: no net; retry 1 follows",
        "flaky: ValueError: no net; retry 2 follows",
        "run: success",
    ]
    assert json.loads(nb.run("%assets runs --json"))[0]["retries"] == 2
    assert "retries" in nb.run("%assets runs")


def test_what_fails_together_has_one_traceback(nb):
    """Of one call that makes several assets; what a graph had made when one of its ops failed did not fail."""
    nb.run(
        "from assets import AssetOut, graph_multi_asset, multi_asset, op\n"
        "@multi_asset(outs={'left': AssetOut(), 'right': AssetOut()})\ndef pair(): raise ValueError('no net')\n"
        "@op\ndef one(): return 1\n@op\ndef two(one): raise ValueError('never')\n"
        "@graph_multi_asset(outs={'ga': AssetOut(), 'gb': AssetOut()})\ndef both():\n    a = one()\n    return {'ga': a, 'gb': two(a)}"
    )
    nb.run("%assets materialize")
    told = nb.run("%assets log")
    assert told.count("no net") == 2  # the line itself, and what it raises
    assert "left, right: failed" in told
    states = [line.split()[:2] for line in nb.run("%assets status").splitlines()[1:]]
    assert [state for state in states if state[0] in {"ga", "gb"}] == [["ga", "upstream"], ["gb", "failed"]]


def test_a_value_that_cannot_be_stored_is_told_without_our_frames(nb):
    """What it is, why, and what to do."""
    nb.run("import threading\n@asset\ndef lock(): return threading.Lock()")
    shown = nb.run("%assets materialize")
    assert "A _thread.lock cannot be stored: TypeError" in shown
    assert "core/store" not in shown
    assert "core/store" not in nb.run("%assets log")


def test_help(two):
    """Of all, of a verb, and in IPython's own spelling."""
    assert "materialize" in two.run("%assets --help")
    assert "--dry-run" in two.run("%assets materialize --help")
    assert "--dry-run" in two.run("%assets materialize?")
    assert "--dry-run" in two.run("x = 1\n%assets materialize?")
    assert "--code-version" in two.run("%%asset --help\n")
    assert "nearest" not in two.run("%assets statsu?")


def test_a_failed_run_shows_the_users_error_and_what_failed(nb):
    """The user's frames, none of ours; the independent neighbour is done."""
    nb.run(BROKEN, "1")
    shown = nb.run("%assets materialize")
    assert "ValueError: no data" in shown
    assert "raise ValueError('no data')" in shown
    assert "bad: ValueError: no data" in shown
    assert "1 failed, 1 not started." in shown
    assert shown.count("bad: ValueError: no data") == 1
    assert "bad, above it: its last attempt failed: ValueError: no data." in nb.run("%assets why below")
    for ours in ("core/run", "core/workspace", "extension/magics", ".dev/assets"):
        assert ours not in shown
    assert "fresh" in nb.run("%assets status fine")
    assert "failed" in nb.run("%assets status bad")
    again = nb.run("__import__('assets').workspace().materialize()")
    assert "ValueError: no data" in again
    assert ".dev/assets" not in again


def test_an_interrupt_stops_the_run_and_not_the_shell(nb):
    """The finished steps are kept, the interrupted one is due."""
    nb.run("@asset\ndef one(): return 1\n@asset\ndef two(one): raise KeyboardInterrupt\n", "1")
    shown = nb.run("%assets materialize")
    assert "KeyboardInterrupt: what was finished is kept." in shown
    assert "its last attempt was cancelled" in nb.run("%assets status two")
    assert nb.run("%assets log").splitlines()[-2:] == ["two: cancelled", "run: cancelled"]
    assert "fresh" in nb.run("%assets status one")
    assert "fresh" not in nb.run("%assets status two")


def test_a_cell_becomes_an_asset(two):
    """Names that are asset keys are its inputs, the last expression is its value."""
    two.run(
        "%%asset total --group sums --code-version 3 --tags x=1,y --kinds python --owners me@example.com\nn = a + b\nn",
        "t",
    )
    node = two.workspace.graph.nodes[AssetKey("total")]
    assert two.workspace.graph.up[AssetKey("total")] == (AssetKey("a"), AssetKey("b"))
    assert (node.group, node.spec.code_version, node.spec.tags["x"], list(node.spec.owners)) == (
        "sums",
        "3",
        "1",
        ["me@example.com"],
    )
    two.run("%assets materialize")
    assert assets.load("total") == 3
    assert isinstance(two.value("total"), assets.AssetsDefinition)


def test_a_cell_asset_follows_its_cell(two):
    """C2 holds for it, too; `--run` materializes it at once."""
    assert "Materialized 2" in two.run("%%asset total --run\na * 10", "t")
    assert assets.load("total") == 10
    two.run("%%asset other --ins first=a --deps b --key-prefix x\nfirst + 1", "t")
    assert two.keys() == "a b x/other"
    assert set(two.workspace.graph.up[AssetKey(["x", "other"])]) == {AssetKey("a"), AssetKey("b")}


def test_editing_a_cell_asset_is_a_change_of_code(two):
    """A comment is not; `why` shows what is, and tracebacks show the cell."""
    two.run("%%asset total --run\na + 1", "t")
    two.run("%%asset total\n# a comment\na + 1", "t")
    assert "fresh" in two.run("%assets status total")
    two.run("%%asset total\na + 2", "t")
    assert "stale" in two.run("%assets status total")
    two.run("%%asset broken\nx = a\n1 / 0", "u")
    shown = two.run("%assets materialize broken")
    assert "1 / 0" in shown
    assert "ZeroDivisionError" in shown


def test_partitioned_cell_assets(two):
    """Daily and static."""
    two.run("%%asset s --partitions static:x,y\n1", "s")
    two.run("%%asset d --partitions daily:2024-01-01..2024-01-04\n1", "d")
    nodes = two.workspace.graph.nodes
    assert list(nodes[AssetKey("s")].partitions.get_partition_keys()) == ["x", "y"]
    assert list(nodes[AssetKey("d")].partitions.get_partition_keys()) == [
        "2024-01-01",
        "2024-01-02",
        "2024-01-03",
    ]


def test_a_cell_asset_has_its_context(two):
    """As a function of `@asset` has; and one whose last line names something else is told."""
    two.run("%%asset doubled --partitions static:x,y\ncontext.log.info('so')\ncontext.partition_key * 2 * a")
    two.run("%assets materialize doubled --partition y")
    assert assets.load("doubled@y") == "yy"
    assert "doubled@y: so" in two.run("%assets log")
    assert "its last line assigns n, so its value is None" in two.run("%%asset none\nn = a")
    assert two.run("%%asset n\nn = a") == ""


def test_completion_in_the_shell(two):
    """IPython offers ours and nothing else."""
    completer = two.shell.Completer
    completer.use_jedi = False
    found = [c.text for c in completer.completions("%assets mat", 11)]
    assert found == ["materialize"]
    found = [c.text for c in completer.completions("%assets status group:d", 22)]
    assert found == ["default"]


def test_saved_displays_hold_nothing_that_changes(two):
    """No times, ids or versions in what a notebook saves; markup in names stays text."""
    from assets.extension import display

    two.run("%assets materialize")
    status = two.workspace.status()
    shown = display.status_table(status)
    assert "code" not in repr(shown)
    assert status.rows[0].version[:8] not in repr(shown) + shown._repr_html_()
    assert status.rows[0].version[:8] in repr(display.status_table(status, full=True))
    table = display.Shown([display.Column("<b>")], [["<script>\x1b[2J"]])
    assert "<script>" not in table._repr_html_()
    assert "\x1b" not in repr(table)


def test_everything_but_what_waits_for_a_ghost_is_made(two):
    """C8: the summary, then one line that names what is missing."""
    two.run("@asset\ndef ghosty(nobody): return 1", "g")
    shown = two.run("%assets materialize")
    assert "Materialized 2, left out 1" in shown
    assert shown.splitlines()[-1].startswith("UsageError: Asset 'nobody' is not defined, but 'ghosty' asks")
    assert "'nobody' is not defined" in two.run("%assets why ghosty")
