"""Laws of the older policies and their rules: they stand for conditions, and warn."""

from __future__ import annotations

from typing import Any

import pytest

from assets import (
    AssetSpec,
    AutoMaterializePolicy,
    AutoMaterializeRule,
    AutomationCondition,
    CheckError,
    asset,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")

Rule = AutoMaterializeRule

RULES = [
    (Rule.materialize_on_cron("@daily"), "MATERIALIZE"),
    (Rule.materialize_on_missing(), "MATERIALIZE"),
    (Rule.materialize_on_parent_updated(), "MATERIALIZE"),
    (Rule.materialize_on_required_for_freshness(), "MATERIALIZE"),
    (Rule.skip_on_backfill_in_progress(), "SKIP"),
    (Rule.skip_on_not_all_parents_updated(), "SKIP"),
    (Rule.skip_on_not_all_parents_updated_since_cron("@daily"), "SKIP"),
    (Rule.skip_on_parent_missing(), "SKIP"),
    (Rule.skip_on_parent_outdated(), "SKIP"),
    (Rule.skip_on_required_but_nonexistent_parents(), "SKIP"),
    (Rule.skip_on_run_in_progress(), "SKIP"),
]


@pytest.mark.parametrize(("rule", "decision"), RULES, ids=repr)
def test_a_rule_says_what_it_asks_for(rule: AutoMaterializeRule, decision: str) -> None:
    """S134: each of the eleven constructors gives a rule that materializes or skips, and says why."""
    assert rule.decision_type.value == decision
    assert rule.description
    assert "{" not in rule.description


def test_rules_compare_by_kind_and_arguments():
    """No two of them are equal, and arguments count."""
    assert len({rule for rule, _ in RULES}) == len(RULES)
    assert Rule.materialize_on_cron("@daily") == Rule.materialize_on_cron("@daily", "UTC")
    assert Rule.skip_on_backfill_in_progress() != Rule.skip_on_backfill_in_progress(all_partitions=True)
    with pytest.raises(CheckError):
        Rule.materialize_on_cron("often")


def test_eager_and_lazy_have_the_rules_of_the_specification():
    """S133: the rules of the two policies, and which of them is eager."""
    eager, lazy = AutoMaterializePolicy.eager(), AutoMaterializePolicy.lazy()
    assert (eager.policy_type.value, lazy.policy_type.value) == ("EAGER", "LAZY")
    assert eager.rules - lazy.rules == {Rule.materialize_on_missing(), Rule.materialize_on_parent_updated()}
    assert lazy.materialize_rules == {Rule.materialize_on_required_for_freshness()}
    assert lazy.skip_rules == eager.skip_rules == {
        Rule.skip_on_parent_missing(),
        Rule.skip_on_parent_outdated(),
        Rule.skip_on_required_but_nonexistent_parents(),
        Rule.skip_on_backfill_in_progress(),
    }  # fmt: skip


def test_rules_are_added_and_taken_away():
    """S133: `with_rules` replaces one of the same kind; `without_rules` refuses one that is not there."""
    eager = AutoMaterializePolicy.eager()
    wide = Rule.skip_on_backfill_in_progress(all_partitions=True)
    assert eager.with_rules(wide).rules == (eager.rules - {Rule.skip_on_backfill_in_progress()}) | {wide}
    less = eager.without_rules(Rule.materialize_on_missing(), Rule.materialize_on_parent_updated())
    assert less == AutoMaterializePolicy.lazy()
    with pytest.raises(CheckError, match="SkipOnRunInProgressRule"):
        eager.without_rules(Rule.skip_on_run_in_progress())


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: AutoMaterializePolicy(rules=set()),
        lambda: AutoMaterializePolicy(
            {Rule.materialize_on_missing()}, asset_condition=AutomationCondition.missing()
        ),
        lambda: AutoMaterializePolicy({"materialize_on_missing"}),  # type: ignore[arg-type]
        lambda: AutoMaterializePolicy.eager(max_materializations_per_minute=0),
        lambda: AutoMaterializePolicy.from_automation_condition("missing"),  # type: ignore[arg-type]
    ],
)
def test_impossible_policies_are_refused(wrong: Any) -> None:
    """S133: no rules, rules and a condition, and a rate of nothing are `CheckError`s."""
    with pytest.raises(CheckError):
        wrong()


def test_a_policy_stands_for_a_condition_and_back():
    """S133: from a condition and back gives it again; from rules, a condition that gives an equal policy."""
    condition = AutomationCondition.eager()
    assert condition.as_auto_materialize_policy().to_automation_condition() == condition
    for policy in (AutoMaterializePolicy.eager(), AutoMaterializePolicy.lazy(None)):
        assert policy.to_automation_condition().as_auto_materialize_policy() == policy
    assert AutoMaterializePolicy.eager() != AutoMaterializePolicy.eager(15)


def test_an_asset_takes_the_older_policy():
    """S144: `auto_materialize_policy` warns and is the asset's automation condition; both together are refused."""
    policy = AutoMaterializePolicy.eager()
    with pytest.warns(DeprecationWarning, match="auto_materialize_policy"):

        @asset(auto_materialize_policy=policy)
        def a() -> None: ...

    assert a.automation_conditions_by_key == {a.key: policy.to_automation_condition()}
    assert a.auto_materialize_policies_by_key == {a.key: policy}
    assert AssetSpec("a", auto_materialize_policy=policy).auto_materialize_policy == policy


@pytest.mark.parametrize("make", [AutoMaterializePolicy.eager, AutoMaterializePolicy.lazy])
def test_the_older_policies_warn(make: Any) -> None:
    """S144: making one warns, at the user's own line; rules do not."""
    with pytest.warns(DeprecationWarning, match="AutoMaterializePolicy") as told:
        make()
    assert [each.filename for each in told] == [__file__]
