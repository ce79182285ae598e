"""Legacy: auto-materialize policies and the rules they are made of. New code uses `condition.AutomationCondition`.

A policy stands for a condition: any of its rules that materialize, and none of those that skip. The
rules are conditions' leaves and mean nothing by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any, NamedTuple

from ..errors import CheckError, ElementCheckError, ParameterCheckError, check_type
from ..notices import deprecated
from .condition import AutomationCondition, BuiltinAutomationCondition, valid_cron
from .freshness import valid_zone
from .terms import Term

_INSTEAD = "Use AutomationCondition instead."


class AutoMaterializeDecisionType(Enum):
    """What a rule asks for where it holds."""

    MATERIALIZE = "MATERIALIZE"
    SKIP = "SKIP"
    DISCARD = "DISCARD"


class AutoMaterializePolicyType(Enum):
    """Whether a policy acts on what is upstream, or only where something downstream asks for it."""

    EAGER = "EAGER"
    LAZY = "LAZY"


class AutoMaterializeAssetPartitionsFilter(NamedTuple):
    """Which updates of what is upstream count: those of runs with these tags. Deprecated."""

    latest_run_required_tags: Mapping[str, str] | None = None


class AutoMaterializeRule(Term):
    """One reason to materialize an asset, or to skip it: made by the static methods."""

    __slots__ = ("kind", "arguments")  # noqa: RUF023  the order of the parts
    kind: str
    arguments: tuple[tuple[str, Any], ...]

    @property
    def decision_type(self) -> AutoMaterializeDecisionType:
        """Whether it asks to materialize or to skip."""
        return _RULES[self.kind][0]

    @property
    def description(self) -> str:
        """Why, in words."""
        return _RULES[self.kind][1].format(**dict(self.arguments))

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}={value!r}' for name, value in self.arguments)})"

    @staticmethod
    def materialize_on_cron(
        cron_schedule: str, timezone: str = "UTC", all_partitions: bool = False
    ) -> AutoMaterializeRule:
        """Materialize what was not materialized since the last tick.

        Args:
            cron_schedule: The ticks: a cron expression.
            timezone: Whose clocks it means.
            all_partitions: Whether all partitions, and not only the latest.
        """
        check_type(all_partitions, bool, "all_partitions", optional=False)
        arguments = {"cron_schedule": valid_cron(cron_schedule), "timezone": valid_zone(timezone)}
        return _rule("MaterializeOnCronRule", **arguments, all_partitions=all_partitions)

    @staticmethod
    def materialize_on_missing() -> AutoMaterializeRule:
        """Materialize what is missing."""
        return _rule("MaterializeOnMissingRule")

    @staticmethod
    def materialize_on_parent_updated(
        updated_parent_filter: AutoMaterializeAssetPartitionsFilter | None = None,
    ) -> AutoMaterializeRule:
        """Materialize what has something upstream that was updated since.

        Args:
            updated_parent_filter: Which updates count.
        """
        given = check_type(
            updated_parent_filter, AutoMaterializeAssetPartitionsFilter, "updated_parent_filter"
        )
        return _rule("MaterializeOnParentUpdatedRule", updated_parent_filter=given)

    @staticmethod
    def materialize_on_required_for_freshness() -> AutoMaterializeRule:
        """Materialize what a freshness policy needs."""
        return _rule("MaterializeOnRequiredForFreshnessRule")

    @staticmethod
    def skip_on_backfill_in_progress(all_partitions: bool = False) -> AutoMaterializeRule:
        """Skip what a backfill targets.

        Args:
            all_partitions: Whether any partition that a backfill targets holds back all of them.
        """
        given = check_type(all_partitions, bool, "all_partitions", optional=False)
        return _rule("SkipOnBackfillInProgressRule", all_partitions=given)

    @staticmethod
    def skip_on_not_all_parents_updated(
        require_update_for_all_parent_partitions: bool = False,
    ) -> AutoMaterializeRule:
        """Skip until all that is upstream was updated.

        Args:
            require_update_for_all_parent_partitions: Whether all upstream partitions must have been.
        """
        name = "require_update_for_all_parent_partitions"
        given = check_type(require_update_for_all_parent_partitions, bool, name, optional=False)
        return _rule("SkipOnNotAllParentsUpdatedRule", require_update_for_all_parent_partitions=given)

    @staticmethod
    def skip_on_not_all_parents_updated_since_cron(
        cron_schedule: str, timezone: str = "UTC"
    ) -> AutoMaterializeRule:
        """Skip until all that is upstream was updated after the last tick.

        Args:
            cron_schedule: The ticks: a cron expression.
            timezone: Whose clocks it means.
        """
        arguments = {"cron_schedule": valid_cron(cron_schedule), "timezone": valid_zone(timezone)}
        return _rule("SkipOnNotAllParentsUpdatedSinceCronRule", **arguments)

    @staticmethod
    def skip_on_parent_missing() -> AutoMaterializeRule:
        """Skip what has something upstream that is missing."""
        return _rule("SkipOnParentMissingRule")

    @staticmethod
    def skip_on_parent_outdated() -> AutoMaterializeRule:
        """Skip what has something upstream that is out of date."""
        return _rule("SkipOnParentOutdatedRule")

    @staticmethod
    def skip_on_required_but_nonexistent_parents() -> AutoMaterializeRule:
        """Skip what needs upstream partitions that do not exist."""
        return _rule("SkipOnRequiredButNonexistentParentsRule")

    @staticmethod
    def skip_on_run_in_progress() -> AutoMaterializeRule:
        """Skip what a run is making."""
        return _rule("SkipOnRunInProgressRule")


_MATERIALIZE, _SKIP = AutoMaterializeDecisionType.MATERIALIZE, AutoMaterializeDecisionType.SKIP
_RULES = {
    "MaterializeOnCronRule": (_MATERIALIZE, "not made since the last tick of {cron_schedule!r} ({timezone})"),
    "MaterializeOnMissingRule": (_MATERIALIZE, "it is missing"),
    "MaterializeOnParentUpdatedRule": (_MATERIALIZE, "something upstream was updated after it"),
    "MaterializeOnRequiredForFreshnessRule": (
        _MATERIALIZE,
        "a freshness policy, its own or one downstream, needs it",
    ),
    "SkipOnBackfillInProgressRule": (_SKIP, "a backfill targets it"),
    "SkipOnNotAllParentsUpdatedRule": (_SKIP, "not all that is upstream was updated"),
    "SkipOnNotAllParentsUpdatedSinceCronRule": (
        _SKIP,
        "not all that is upstream was updated since the last tick of {cron_schedule!r} ({timezone})",
    ),
    "SkipOnParentMissingRule": (_SKIP, "something upstream is missing"),
    "SkipOnParentOutdatedRule": (_SKIP, "something upstream is out of date"),
    "SkipOnRequiredButNonexistentParentsRule": (_SKIP, "upstream partitions that it needs do not exist"),
    "SkipOnRunInProgressRule": (_SKIP, "a run is making it"),
    "DiscardOnMaxMaterializationsExceededRule": (
        AutoMaterializeDecisionType.DISCARD,
        "more than {limit} a minute would be materialized",
    ),
}


class RuleCondition(BuiltinAutomationCondition):
    """A rule as a condition."""

    __slots__ = ("rule",)
    rule: AutoMaterializeRule

    @property
    def name(self) -> str:
        """The rule."""
        return repr(self.rule)

    @property
    def description(self) -> str:
        """Why, in words."""
        return self.rule.description


class AutoMaterializePolicy:
    """When an asset is to be made by itself, in the older form. Deprecated: use `AutomationCondition`.

    Args:
        rules: Why to materialize and why to skip.
        max_materializations_per_minute: How many partitions a minute at the most; `None` for no limit.
        asset_condition: The condition, instead of rules.

    Raises:
        CheckError: for neither or both of rules and a condition, or a limit that is not positive.
    """

    __slots__ = ("asset_condition", "max_materializations_per_minute", "rules")

    def __init__(
        self,
        rules: AbstractSet[AutoMaterializeRule],
        max_materializations_per_minute: int | None = 1,
        asset_condition: AutomationCondition | None = None,
    ) -> None:
        deprecated("Class `AutoMaterializePolicy`", _INSTEAD)
        self._set(rules, max_materializations_per_minute, asset_condition)

    def _set(
        self, rules: AbstractSet[AutoMaterializeRule], most: int | None, condition: AutomationCondition | None
    ) -> None:
        check_type(rules, AbstractSet, "rules", optional=False)
        for rule in rules:
            if not isinstance(rule, AutoMaterializeRule):
                message = (
                    f"Each of 'rules' must be AutoMaterializeRule, not {type(rule).__name__}: {rule!r:.80}"
                )
                raise ElementCheckError(message)
        check_type(condition, AutomationCondition, "asset_condition")
        if bool(rules) == (condition is not None):
            message = (
                "An AutoMaterializePolicy has exactly one of rules and asset_condition; give one of them."
            )
            raise ParameterCheckError(message)
        check_type(most, int, "max_materializations_per_minute")
        if most is not None and most <= 0:
            message = f"max_materializations_per_minute must be positive, not {most}; None sets no limit."
            raise CheckError(message)
        self.rules: frozenset[AutoMaterializeRule] = frozenset(rules)
        self.max_materializations_per_minute: int | None = most
        self.asset_condition: AutomationCondition | None = condition

    @staticmethod
    def _of(
        rules: Iterable[AutoMaterializeRule] = (),
        most: int | None = None,
        condition: AutomationCondition | None = None,
    ) -> AutoMaterializePolicy:
        new = object.__new__(AutoMaterializePolicy)
        new._set(frozenset(rules), most, condition)
        return new

    __hash__ = None  # type: ignore[assignment]  # as in the reference

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AutoMaterializePolicy):
            return NotImplemented
        return self.to_automation_condition() == other.to_automation_condition()

    def __repr__(self) -> str:
        if self.asset_condition is not None:
            return f"AutoMaterializePolicy.from_automation_condition({self.asset_condition!r})"
        rules = ", ".join(map(repr, sorted(self.rules, key=repr)))
        return f"AutoMaterializePolicy({{{rules}}}, max_materializations_per_minute={self.max_materializations_per_minute})"

    @staticmethod
    def eager(max_materializations_per_minute: int | None = 1) -> AutoMaterializePolicy:
        """As soon as something upstream was updated. Deprecated: use `AutomationCondition.eager()`.

        Args:
            max_materializations_per_minute: How many partitions a minute at the most.
        """
        deprecated("Function `AutoMaterializePolicy.eager`", _INSTEAD)
        rule = AutoMaterializeRule
        rules = (*_LAZY, rule.materialize_on_missing(), rule.materialize_on_parent_updated())
        return AutoMaterializePolicy._of(rules, max_materializations_per_minute)

    @staticmethod
    def lazy(max_materializations_per_minute: int | None = 1) -> AutoMaterializePolicy:
        """Only where a freshness policy asks for it. Deprecated: use `AutomationCondition.any_downstream_conditions()`.

        Args:
            max_materializations_per_minute: How many partitions a minute at the most.
        """
        deprecated("Function `AutoMaterializePolicy.lazy`", _INSTEAD)
        return AutoMaterializePolicy._of(_LAZY, max_materializations_per_minute)

    @staticmethod
    def from_automation_condition(automation_condition: AutomationCondition) -> AutoMaterializePolicy:
        """The policy that stands for a condition."""
        return AutoMaterializePolicy._of((), None, automation_condition)

    def to_automation_condition(self) -> AutomationCondition:
        """The condition that the policy stands for."""
        if self.asset_condition is not None:
            return self.asset_condition
        asked = _any_of(self.materialize_rules)
        told = [] if asked is None else [asked]
        skipped = _any_of(self.skip_rules)
        if skipped is not None:
            told.append(~skipped)
        if self.max_materializations_per_minute is not None:
            limit = _rule(
                "DiscardOnMaxMaterializationsExceededRule", limit=self.max_materializations_per_minute
            )
            told.append(~RuleCondition(limit))
        whole = told[0]
        for each in told[1:]:
            whole &= each
        return whole

    @property
    def materialize_rules(self) -> AbstractSet[AutoMaterializeRule]:
        """The rules that materialize."""
        return {rule for rule in self.rules if rule.decision_type is _MATERIALIZE}

    @property
    def skip_rules(self) -> AbstractSet[AutoMaterializeRule]:
        """The rules that skip."""
        return {rule for rule in self.rules if rule.decision_type is _SKIP}

    @property
    def policy_type(self) -> AutoMaterializePolicyType:
        """Eager if what is upstream moves it."""
        eager = any(rule.kind == "MaterializeOnParentUpdatedRule" for rule in self.rules)
        return AutoMaterializePolicyType.EAGER if eager else AutoMaterializePolicyType.LAZY

    def with_rules(self, *rules_to_add: AutoMaterializeRule) -> AutoMaterializePolicy:
        """A copy with these rules, each in place of one of its kind."""
        kinds = {rule.kind for rule in rules_to_add}
        kept = (rule for rule in self.rules if rule.kind not in kinds)
        return AutoMaterializePolicy._of((*kept, *rules_to_add), self.max_materializations_per_minute)

    def without_rules(self, *rules_to_remove: AutoMaterializeRule) -> AutoMaterializePolicy:
        """A copy without these rules.

        Raises:
            CheckError: for one that it has not.
        """
        absent = [rule for rule in rules_to_remove if rule not in self.rules]
        if absent:
            message = f"Rules {absent} do not exist in this policy. It has {sorted(self.rules, key=repr)}."
            raise ParameterCheckError(message)
        return AutoMaterializePolicy._of(
            self.rules - {*rules_to_remove}, self.max_materializations_per_minute
        )


def _rule(kind: str, **arguments: Any) -> AutoMaterializeRule:
    return AutoMaterializeRule(kind, tuple(arguments.items()))


_LAZY = (
    AutoMaterializeRule.materialize_on_required_for_freshness(),
    AutoMaterializeRule.skip_on_parent_missing(),
    AutoMaterializeRule.skip_on_parent_outdated(),
    AutoMaterializeRule.skip_on_required_but_nonexistent_parents(),
    AutoMaterializeRule.skip_on_backfill_in_progress(),
)


def _any_of(rules: AbstractSet[AutoMaterializeRule]) -> AutomationCondition | None:
    """Any of these rules, in the order of their texts; `None` where there are none."""
    whole: AutomationCondition | None = None
    for rule in sorted(rules, key=repr):
        whole = RuleCondition(rule) if whole is None else whole | RuleCondition(rule)
    return whole
