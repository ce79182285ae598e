"""Laws of the terms that say when an asset is to be made: they exist, compare, combine, print and validate."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest

from assets import AssetKey, AssetSelection, AutomationCondition, CheckError
from assets.core.language.condition import AndAutomationCondition, OrAutomationCondition

C = AutomationCondition

LEAVES = [
    C.missing, C.newly_updated, C.newly_requested, C.will_be_requested, C.initial_evaluation, C.code_version_changed,
    C.data_version_changed, C.run_in_progress, C.backfill_in_progress, C.execution_failed, C.executed_with_root_target,
    C.check_passed, C.check_failed, C.freshness_passed, C.freshness_warned, C.freshness_failed,
]  # fmt: skip

TERMS = [
    *(leaf() for leaf in LEAVES),
    C.eager(),
    C.on_cron("@daily"),
    C.on_missing(),
    C.any_downstream_conditions(),
    C.in_latest_time_window(timedelta(hours=3)),
    C.cron_tick_passed("0 9 * * *", "Europe/Berlin"),
    C.executed_with_tags(tag_keys={"a"}, tag_values={"b": "c"}),
    C.any_new_update_has_run_tags(tag_keys={"a"}),
    C.all_new_updates_have_run_tags(tag_values={"b": "c"}),
    C.any_deps_match(C.missing()).ignore(AssetSelection.assets("x")),
    C.all_checks_match(C.check_passed(), blocking_only=True),
    C.asset_matches("a", C.missing()),
    C.any_job_root_assets_match(C.missing()),
    C.all_job_root_assets_match(C.missing()),
    C.missing().since(C.in_progress()),
    C.missing().newly_true().with_label("gone"),
]


def ways() -> list[Any]:
    return [pytest.param(term, id=repr(term)) for term in TERMS]


@pytest.mark.parametrize("term", ways())
def test_a_condition_is_a_value(term: AutomationCondition) -> None:
    """It equals its copy from a pickle, has the same hash, and cannot be changed."""
    copy = pickle.loads(pickle.dumps(term))
    assert copy == term
    assert hash(copy) == hash(term)
    with pytest.raises(AttributeError):
        term.label = "other"  # type: ignore[attr-defined]  # what must not work


def test_conditions_differ_when_anything_in_them_does():
    """No two of these terms are equal, and a label makes a difference."""
    assert len(set(TERMS)) == len(TERMS)
    assert C.missing() != C.missing().with_label("x")


def test_the_composites_are_made_of_what_the_specification_says():
    """S67, S139: each composite equals its definition, written out; `eager` has five operands."""
    assert C.in_progress() == (C.run_in_progress() | C.backfill_in_progress()).with_label("in_progress")
    assert C.newly_missing() == C.missing().newly_true()
    assert C.any_deps_missing() == C.any_deps_match(C.missing() & ~C.will_be_requested()).with_label(
        "any_deps_missing"
    )
    handled = (C.newly_requested() | C.newly_updated() | C.initial_evaluation()).with_label("handled")
    assert C.missing().since_last_handled() == C.missing().since(handled)
    assert C.eager().children == [
        C.in_latest_time_window(),
        (C.newly_missing().with_label("newly_missing") | C.any_deps_updated()).since_last_handled(),
        ~C.any_deps_missing(),
        ~C.any_deps_in_progress(),
        ~C.in_progress(),
    ]
    assert len(C.eager().without(C.in_latest_time_window()).children) == 4
    assert C.on_cron("@daily").children == [
        C.in_latest_time_window(),
        C.cron_tick_passed("@daily").since_last_handled(),
        C.all_deps_updated_since_cron("@daily"),
    ]


def test_joining_opens_up_what_has_no_label():
    """S67: `a & b & c` is one conjunction of three; a label keeps a part together."""
    a, b, c = C.missing(), C.in_progress(), C.newly_updated()
    assert a & b & c == AndAutomationCondition((a, b, c)) == AndAutomationCondition(operands=[a, b, c])
    assert a | (b | c) == OrAutomationCondition((a, b, c))
    named = (b & c).with_label("both")
    assert (a & named).children == [a, named]
    with pytest.raises(CheckError, match="joined with a condition"):
        _ = a & 3  # type: ignore[operator]  # what must not work


def test_without_takes_an_operand_away():
    """S139: `without` finds it by value, keeps the label, and leaves two at least."""
    a, b, c = C.in_latest_time_window(), C.missing(), ~C.any_deps_in_progress()
    assert (a & b & c).with_label("l").without(C.in_latest_time_window()) == (b & c).with_label("l")
    with pytest.raises(CheckError, match="not found"):
        (a & b & c).without(C.newly_updated())
    with pytest.raises(CheckError, match="fewer than 2"):
        (a & b).without(a)


def test_replace_finds_by_value_label_and_name():
    """S139: wherever the old condition stands, the new one comes; nothing found gives an equal copy."""
    new = C.newly_updated()
    inner = C.any_deps_match(C.missing()).with_label("deps")
    term = C.in_progress() & ~inner
    assert term.replace(C.missing(), new) == C.in_progress() & ~C.any_deps_match(new).with_label("deps")
    assert term.replace("deps", new) == C.in_progress() & ~new
    assert (
        term.replace("run_in_progress", new)
        == (new | C.backfill_in_progress()).with_label("in_progress") & ~inner
    )
    assert term.replace("nothing of the kind", new) == term
    assert C.eager() != C.eager().replace("handled", new)


def test_allow_and_ignore_reach_what_asks_several_things():
    """S139: they go down through `&`, `|`, `~` and `since`, not into `newly_true`; told twice they unite."""
    a, b = AssetSelection.assets("a"), AssetSelection.assets("b")
    deps, plain = C.any_deps_match(C.missing()), C.missing()
    assert (plain & ~deps).ignore(a) == plain & ~deps.ignore(a)
    assert deps.since(plain).allow(a) == deps.allow(a).since(plain)
    assert deps.ignore(a).ignore(b) == deps.ignore(a | b)
    assert (plain | deps.newly_true()).allow(a) == plain | deps.newly_true()
    assert not hasattr(plain, "allow")
    with pytest.raises(CheckError):
        (plain & deps).allow("a")  # type: ignore[arg-type]  # what must not work


def test_a_condition_prints_as_it_is_read():
    """Labels stand for what they name; the outermost one is shown with what it is made of."""
    assert repr(C.missing() & ~C.newly_updated()) == "<AutomationCondition missing & ~newly_updated>"
    assert repr(C.on_missing()) == (
        "<AutomationCondition on_missing: in_latest_time_window & missing_since_last_handled & ~any_deps_missing>"
    )
    assert (
        C.all_checks_match(C.check_passed(), blocking_only=True).name
        == "ALL_CHECKS_MATCH(blocking_only=True)"
    )
    assert (
        C.any_deps_match(C.missing()).allow(AssetSelection.assets("x")).name
        == 'ANY_DEPS_MATCH(allow_selection=key:"x")'
    )
    assert (
        C.in_latest_time_window(timedelta(hours=3)).description
        == "Within 3:00:00 of the end of the latest time window"
    )
    assert C.asset_matches(AssetKey(["a", "b"]), C.missing()).name == "a/b"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: C.cron_tick_passed("often"),
        lambda: C.on_cron("0 0 * * * *"),
        lambda: C.cron_tick_passed(3),  # type: ignore[arg-type]
        lambda: C.in_latest_time_window(3),  # type: ignore[arg-type]
        lambda: C.any_deps_match("missing"),  # type: ignore[arg-type]
        lambda: C.any_checks_match(C.check_passed(), blocking_only=1),  # type: ignore[arg-type]
        lambda: C.missing().since(3),  # type: ignore[arg-type]
        lambda: C.missing().replace(3, C.missing()),  # type: ignore[arg-type]
        lambda: C.executed_with_tags(tag_keys="a"),  # type: ignore[arg-type]
        lambda: C.asset_matches(3, C.missing()),  # type: ignore[arg-type]
    ],
)
def test_wrong_arguments_are_refused(wrong: Any) -> None:
    """A wrong type, or a schedule that cannot be read, is a `CheckError` at once."""
    with pytest.raises(CheckError):
        wrong()


def test_a_class_of_ones_own_is_a_condition():
    """It joins, is found by `replace`, and is a leaf named by its class."""

    class Mine(AutomationCondition):
        def __init__(self, threshold: int) -> None:
            self.threshold = threshold

    mine = Mine(3)
    joined = C.eager() & mine
    assert repr(joined) == "<AutomationCondition eager & Mine>"
    assert joined.replace("Mine", C.missing()) == C.eager() & C.missing()
    assert joined.replace("in_progress", C.missing()).children[1] is mine


def test_nesting_exhausts_nothing():
    """A condition that a loop nested ten thousand deep compares, prints and is rebuilt."""
    deep: AutomationCondition = C.missing()
    other: AutomationCondition = C.missing()
    for _ in range(10_000):
        deep, other = ~deep, ~other
    assert deep == other
    assert repr(deep).count("~") == 10_000
    assert deep.replace("missing", C.newly_updated()) != deep
