"""When an asset is to be made by itself: conditions as frozen terms, and the constructors that make them.

A term says what is meant; whether it holds for an asset now is found out elsewhere, over facts. A
leaf has a name, a term made of others has them as parts, and any of them may have a label by which
`replace` finds it. The names, and what the composites are made of, are those of the API
(`spec/api.md` §11.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

from ..errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    ElementCheckError,
    ParameterCheckError,
    check_type,
)
from ..keys import AssetKey, CoercibleToAssetKey
from ..partitions.ticks import ticks
from .selection import AssetSelection
from .terms import Term

if TYPE_CHECKING:
    from .legacy_policies import AutoMaterializePolicy

_ANCHOR = datetime(2024, 1, 1, tzinfo=UTC)  # any moment: only whether a schedule can be read is asked


class AutomationCondition:
    """When an asset is to be made by itself: made by the static methods, joined by `&`, `|` and `~`.

    A subclass of one's own is a condition too: a leaf that knows itself what it means.

    >>> AutomationCondition.missing() & ~AutomationCondition.in_progress()
    <AutomationCondition missing & ~in_progress>
    """

    __slots__ = ()

    @property
    def children(self) -> Sequence[AutomationCondition]:
        """The conditions that this one is made of."""
        return ()

    @property
    def name(self) -> str:
        """What it is called, its arguments included."""
        return type(self).__name__

    @property
    def description(self) -> str:
        """What it says, in words; often nothing beyond the name."""
        return ""

    def get_label(self) -> str | None:
        """The label that it was given."""
        return getattr(self, "label", None)

    def with_label(self, label: str | None) -> Self:
        """A copy with this label."""
        message = (
            f"{type(self).__name__} is a condition of its own class and keeps no label: override with_label."
        )
        raise NotImplementedError(message)

    def replace(self, old: AutomationCondition | str, new: AutomationCondition) -> AutomationCondition:
        """A copy in which another condition stands wherever one did.

        Args:
            old: The one that goes: itself, or its label or name.
            new: The one that comes.
        """
        check_type(old, (AutomationCondition, str), "old", optional=False)
        check_type(new, AutomationCondition, "new", optional=False)

        def replaced(term: AutomationCondition) -> AutomationCondition | None:
            same = old in {term.get_label(), term.name} if isinstance(old, str) else term == old
            return new if same else None

        return _rebuilt(self, replaced)

    def since(self, reset_condition: AutomationCondition) -> Since:
        """That this was true after the other one was true for the last time."""
        return Since(
            self, check_type(reset_condition, AutomationCondition, "reset_condition", optional=False)
        )

    def newly_true(self) -> NewlyTrue:
        """That this is true and was not when it was last looked at."""
        return NewlyTrue(self)

    def since_last_handled(self) -> Since:
        """That this was true after the asset was last requested or updated."""
        handled = Leaf("newly_requested") | Leaf("newly_updated") | Leaf("initial_evaluation")
        return self.since(handled.with_label("handled"))

    def as_auto_materialize_policy(self) -> AutoMaterializePolicy:
        """The policy of the older kind that this condition stands for."""
        from .legacy_policies import AutoMaterializePolicy  # the API puts the older name on the current class

        return AutoMaterializePolicy.from_automation_condition(self)

    def __and__(self, other: AutomationCondition) -> AndAutomationCondition:
        return AndAutomationCondition(_operands(AndAutomationCondition, self, other))

    def __or__(self, other: AutomationCondition) -> OrAutomationCondition:
        return OrAutomationCondition(_operands(OrAutomationCondition, self, other))

    def __invert__(self) -> NotAutomationCondition:
        return NotAutomationCondition(self)

    def __repr__(self) -> str:
        from .condition_text import told  # the text knows the terms, not they it

        return f"<AutomationCondition {told(self)}>"

    @staticmethod
    def eager() -> AndAutomationCondition:
        """That it is missing or something upstream was updated, and nothing hinders it."""
        c = AutomationCondition
        moved = c.newly_missing().with_label("newly_missing") | c.any_deps_updated().with_label(
            "any_deps_updated"
        )
        return (
            c.in_latest_time_window()
            & moved.since_last_handled()
            & ~c.any_deps_missing()
            & ~c.any_deps_in_progress()
            & ~c.in_progress()
        ).with_label("eager")

    @staticmethod
    def on_cron(cron_schedule: str, cron_timezone: str = "UTC") -> AndAutomationCondition:
        """That a tick has passed and all that is upstream was updated after it.

        Args:
            cron_schedule: The ticks: a cron expression.
            cron_timezone: Whose clocks it means.
        """
        c = AutomationCondition
        return (
            c.in_latest_time_window()
            & c.cron_tick_passed(cron_schedule, cron_timezone).since_last_handled()
            & c.all_deps_updated_since_cron(cron_schedule, cron_timezone)
        ).with_label(f"on_cron({cron_schedule}, {cron_timezone})")

    @staticmethod
    def on_missing() -> AndAutomationCondition:
        """That it has become missing and nothing upstream is."""
        c = AutomationCondition
        missed = c.newly_missing().since_last_handled().with_label("missing_since_last_handled")
        return (c.in_latest_time_window() & missed & ~c.any_deps_missing()).with_label("on_missing")

    @staticmethod
    def any_downstream_conditions() -> Leaf:
        """That the condition of something downstream is true."""
        return Leaf("ANY_DOWNSTREAM_CONDITIONS")

    @staticmethod
    def any_deps_updated() -> DepsCondition:
        """That something upstream was updated, or will be in this tick."""
        own = (Leaf("newly_updated") & ~Leaf("executed_with_root_target")).with_label(
            "newly_updated_without_root"
        )
        return AutomationCondition.any_deps_match(own | Leaf("will_be_requested")).with_label(
            "any_deps_updated"
        )

    @staticmethod
    def any_deps_missing() -> DepsCondition:
        """That something upstream is missing, and will not be requested in this tick."""
        lacking = Leaf("missing") & ~Leaf("will_be_requested")
        return AutomationCondition.any_deps_match(lacking).with_label("any_deps_missing")

    @staticmethod
    def any_deps_in_progress() -> DepsCondition:
        """That something upstream is being made."""
        busy = AutomationCondition.in_progress()
        return AutomationCondition.any_deps_match(busy).with_label("any_deps_in_progress")

    @staticmethod
    def all_deps_updated_since_cron(cron_schedule: str, cron_timezone: str = "UTC") -> DepsCondition:
        """That all that is upstream was updated after the last tick, or will be in this one.

        Args:
            cron_schedule: The ticks: a cron expression.
            cron_timezone: Whose clocks it means.
        """
        tick = AutomationCondition.cron_tick_passed(cron_schedule, cron_timezone)
        updated = Leaf("newly_updated").since(tick) | Leaf("will_be_requested")
        return AutomationCondition.all_deps_match(updated).with_label(
            f"all_deps_updated_since_cron({cron_schedule}, {cron_timezone})"
        )

    @staticmethod
    def all_deps_blocking_checks_passed() -> DepsCondition:
        """That all blocking checks of all that is upstream have passed."""
        passed = AutomationCondition.all_checks_match(AutomationCondition.check_passed(), blocking_only=True)
        inner = passed.with_label("all_blocking_checks_passed")
        return AutomationCondition.all_deps_match(inner).with_label("all_deps_blocking_checks_passed")

    @staticmethod
    def in_progress() -> OrAutomationCondition:
        """That a run or a backfill of it is going on."""
        return (Leaf("run_in_progress") | Leaf("backfill_in_progress")).with_label("in_progress")

    @staticmethod
    def newly_missing() -> NewlyTrue:
        """That it is missing and was not before."""
        return Leaf("missing").newly_true()

    @staticmethod
    def missing() -> Leaf:
        """That it was never made; of an observable asset, that it was never looked at."""
        return Leaf("missing")

    @staticmethod
    def newly_updated() -> Leaf:
        """That it was made since the condition was last looked at."""
        return Leaf("newly_updated")

    @staticmethod
    def newly_requested() -> Leaf:
        """That it was requested at the previous tick."""
        return Leaf("newly_requested")

    @staticmethod
    def will_be_requested() -> Leaf:
        """That it is requested in this tick."""
        return Leaf("will_be_requested")

    @staticmethod
    def initial_evaluation() -> Leaf:
        """That it is looked at for the first time."""
        return Leaf("initial_evaluation")

    @staticmethod
    def code_version_changed() -> Leaf:
        """That its code version differs from the one seen last."""
        return Leaf("code_version_changed")

    @staticmethod
    def data_version_changed() -> Leaf:
        """That its data version differs from the one seen last."""
        return Leaf("data_version_changed")

    @staticmethod
    def run_in_progress() -> Leaf:
        """That a run of it is going on."""
        return Leaf("run_in_progress")

    @staticmethod
    def backfill_in_progress() -> Leaf:
        """That a backfill of it is going on."""
        return Leaf("backfill_in_progress")

    @staticmethod
    def execution_failed() -> Leaf:
        """That it failed when it was last run."""
        return Leaf("execution_failed")

    @staticmethod
    def executed_with_root_target() -> Leaf:
        """That the run which last updated it also targeted the asset whose condition this is."""
        return Leaf("executed_with_root_target")

    @staticmethod
    def check_passed() -> Leaf:
        """Of a check: that it has passed."""
        return Leaf("check_passed")

    @staticmethod
    def check_failed() -> Leaf:
        """Of a check: that it has failed."""
        return Leaf("check_failed")

    @staticmethod
    def freshness_passed() -> Leaf:
        """That it is as fresh as its policy asks."""
        return Leaf("freshness_passed")

    @staticmethod
    def freshness_warned() -> Leaf:
        """That its freshness is in the window of warning."""
        return Leaf("freshness_warned")

    @staticmethod
    def freshness_failed() -> Leaf:
        """That it is older than its policy allows."""
        return Leaf("freshness_failed")

    @staticmethod
    def cron_tick_passed(cron_schedule: str, cron_timezone: str = "UTC") -> CronTickPassed:
        """That a tick lies between the last look and this one.

        Args:
            cron_schedule: The ticks: a cron expression.
            cron_timezone: Whose clocks it means.

        Raises:
            CheckError: for an expression that cannot be read.
        """
        return CronTickPassed(
            valid_cron(cron_schedule), check_type(cron_timezone, str, "cron_timezone", optional=False)
        )

    @staticmethod
    def in_latest_time_window(lookback_delta: timedelta | None = None) -> InLatestTimeWindow:
        """That it is the last partition of a time, or not partitioned by time.

        Args:
            lookback_delta: How far before the end of the last window a partition may still begin.
        """
        return InLatestTimeWindow(check_type(lookback_delta, timedelta, "lookback_delta"))

    @staticmethod
    def executed_with_tags(
        *, tag_keys: AbstractSet[str] | None = None, tag_values: Mapping[str, str] | None = None
    ) -> RunTags:
        """That the run which last updated it had these tags.

        Args:
            tag_keys: Tags with any value.
            tag_values: Tags with these values.
        """
        return _run_tags("executed_with_tags", tag_keys, tag_values)

    @staticmethod
    def any_new_update_has_run_tags(
        *, tag_keys: AbstractSet[str] | None = None, tag_values: Mapping[str, str] | None = None
    ) -> RunTags:
        """That a run which updated it since the last look had these tags.

        Args:
            tag_keys: Tags with any value.
            tag_values: Tags with these values.
        """
        return _run_tags("any_new_update_has_run_tags", tag_keys, tag_values)

    @staticmethod
    def all_new_updates_have_run_tags(
        *, tag_keys: AbstractSet[str] | None = None, tag_values: Mapping[str, str] | None = None
    ) -> RunTags:
        """That all runs which updated it since the last look had these tags.

        Args:
            tag_keys: Tags with any value.
            tag_values: Tags with these values.
        """
        return _run_tags("all_new_updates_have_run_tags", tag_keys, tag_values)

    @staticmethod
    def any_deps_match(condition: AutomationCondition) -> DepsCondition:
        """That the condition is true of something upstream."""
        return DepsCondition(None, None, "ANY_DEPS_MATCH", _condition(condition))

    @staticmethod
    def all_deps_match(condition: AutomationCondition) -> DepsCondition:
        """That the condition is true of all that is upstream."""
        return DepsCondition(None, None, "ALL_DEPS_MATCH", _condition(condition))

    @staticmethod
    def any_checks_match(condition: AutomationCondition, blocking_only: bool = False) -> ChecksCondition:
        """That the condition is true of one of its checks.

        Args:
            condition: What is asked of a check.
            blocking_only: Whether only blocking checks are asked.
        """
        return _checks("ANY_CHECKS_MATCH", condition, blocking_only)

    @staticmethod
    def all_checks_match(condition: AutomationCondition, blocking_only: bool = False) -> ChecksCondition:
        """That the condition is true of all its checks.

        Args:
            condition: What is asked of a check.
            blocking_only: Whether only blocking checks are asked.
        """
        return _checks("ALL_CHECKS_MATCH", condition, blocking_only)

    @staticmethod
    def asset_matches(key: CoercibleToAssetKey, condition: AutomationCondition) -> AssetMatches:
        """That the condition is true of another asset.

        Args:
            key: Which asset.
            condition: What is asked of it.
        """
        return AssetMatches(AssetKey.from_coercible(key), _condition(condition))

    @staticmethod
    def any_job_root_assets_match(condition: AutomationCondition) -> JobRootsCondition:
        """Of a job: that the condition is true of one of its root assets."""
        return JobRootsCondition("ANY_JOB_ROOT_ASSETS_MATCH", _condition(condition))

    @staticmethod
    def all_job_root_assets_match(condition: AutomationCondition) -> JobRootsCondition:
        """Of a job: that the condition is true of all its root assets."""
        return JobRootsCondition("ALL_JOB_ROOT_ASSETS_MATCH", _condition(condition))


class BuiltinAutomationCondition(Term, AutomationCondition):
    """A condition of this package: its parts, and a label that is compared with them."""

    __slots__ = ("label",)
    called: ClassVar[str] = ""
    says: ClassVar[str] = ""

    if TYPE_CHECKING:  # no annotation: the label is no part that a constructor takes by its place

        @property
        def label(self) -> str | None:
            """The label that it was given."""

    def __init__(self, *values: Any, label: str | None = None, **named: Any) -> None:
        own = self.parts[1:]
        given = (*values, *(named.pop(name) for name in own[len(values) :] if name in named))
        if named or len(given) != len(own):
            message = f"{type(self).__name__} has the parts {', '.join(own) or 'none'}; {(*values, *named)!r:.80} given"
            raise TypeError(message)
        super().__init__(label, *(tuple(one) if isinstance(one, list) else one for one in given))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), *(getattr(self, name) for name in self.parts))

    __repr__ = AutomationCondition.__repr__

    @property
    def children(self) -> Sequence[AutomationCondition]:
        """The conditions that this one is made of."""
        found: list[AutomationCondition] = []
        for name in self.parts:
            part = getattr(self, name)
            found += (
                one
                for one in (part if isinstance(part, tuple) else (part,))
                if isinstance(one, AutomationCondition)
            )
        return found

    @property
    def name(self) -> str:
        """What it is called, its arguments included."""
        return self.called or str(getattr(self, "kind", type(self).__name__))

    @property
    def description(self) -> str:
        """What it says, in words; often nothing beyond the name."""
        return self.says

    def with_label(self, label: str | None) -> Self:
        """A copy with this label."""
        return self.with_parts(label=check_type(label, str, "label"))

    def with_parts(self, **changes: Any) -> Self:
        """A copy with some parts changed."""
        values = [changes.get(name, getattr(self, name)) for name in self.parts]
        made: Self = _restored(type(self), *values)
        return made


class Leaf(BuiltinAutomationCondition):
    """What can be told by its name alone."""

    __slots__ = ("kind",)
    kind: str


class CronTickPassed(BuiltinAutomationCondition):
    """That a tick has passed."""

    __slots__ = ("cron_schedule", "cron_timezone")
    cron_schedule: str
    cron_timezone: str

    @property
    def name(self) -> str:
        """Its name, with the schedule."""
        return f"cron_tick_passed(cron_schedule={self.cron_schedule}, cron_timezone={self.cron_timezone})"


class InLatestTimeWindow(BuiltinAutomationCondition):
    """That it is the last partition of a time."""

    __slots__ = ("lookback_delta",)
    lookback_delta: timedelta | None

    @property
    def name(self) -> str:
        """Its name, with how far it looks back."""
        back = "" if self.lookback_delta is None else f"(lookback_timedelta={self.lookback_delta})"
        return f"in_latest_time_window{back}"

    @property
    def description(self) -> str:
        """What it says, in words."""
        if self.lookback_delta is None:
            return "Within latest time window"
        return f"Within {self.lookback_delta} of the end of the latest time window"


class RunTags(BuiltinAutomationCondition):
    """That runs had these tags: the latest, any new one, or all new ones, as its kind says."""

    __slots__ = ("kind", "tag_keys", "tag_values")
    kind: str
    tag_keys: tuple[str, ...] | None
    tag_values: tuple[tuple[str, str], ...] | None

    @property
    def name(self) -> str:
        """Its name, with the tags."""
        told: list[str] = []
        if self.tag_keys is not None:
            told.append(f"tag_keys={{{', '.join(self.tag_keys)}}}")
        if self.tag_values is not None:
            told.append(f"tag_values={{{', '.join(f'{key}:{value}' for key, value in self.tag_values)}}}")
        return f"{self.kind}({', '.join(told)})"


class _Filtered(BuiltinAutomationCondition):
    """What asks several things, of which a selection may allow only some and ignore others."""

    __slots__ = ("allow_selection", "ignore_selection")
    allow_selection: AssetSelection | None
    ignore_selection: AssetSelection | None

    def allow(self, selection: AssetSelection) -> Self:
        """A copy that asks only these assets; told twice, those of both."""
        return self.with_parts(allow_selection=_united(self.allow_selection, selection))

    def ignore(self, selection: AssetSelection) -> Self:
        """A copy that does not ask these assets."""
        return self.with_parts(ignore_selection=_united(self.ignore_selection, selection))

    def _filters(self) -> list[str]:
        chosen = (("allow_selection", self.allow_selection), ("ignore_selection", self.ignore_selection))
        return [f"{name}={selection}" for name, selection in chosen if selection is not None]


class DepsCondition(_Filtered):
    """That a condition is true of any or of all that is upstream."""

    __slots__ = ("kind", "operand")
    kind: str
    operand: AutomationCondition

    @property
    def name(self) -> str:
        """Its name, with what is asked."""
        told = ", ".join(self._filters())
        return f"{self.kind}({told})" if told else self.kind


class ChecksCondition(_Filtered):
    """That a condition is true of any or of all checks."""

    __slots__ = ("kind", "operand", "blocking_only")  # noqa: RUF023  the order of the parts
    kind: str
    operand: AutomationCondition
    blocking_only: bool

    @property
    def name(self) -> str:
        """Its name, with which checks are asked."""
        told = ", ".join((["blocking_only=True"] if self.blocking_only else []) + self._filters())
        return f"{self.kind}({told})" if told else self.kind


class JobRootsCondition(BuiltinAutomationCondition):
    """That a condition is true of any or of all root assets of a job."""

    __slots__ = ("kind", "operand")
    kind: str
    operand: AutomationCondition


class AssetMatches(BuiltinAutomationCondition):
    """That a condition is true of another asset."""

    __slots__ = ("key", "operand")
    key: AssetKey
    operand: AutomationCondition

    @property
    def name(self) -> str:
        """The other asset."""
        return self.key.to_user_string()


class _Passing(BuiltinAutomationCondition):
    """What hands `allow` and `ignore` on to the terms that it is made of."""

    __slots__ = ()

    def allow(self, selection: AssetSelection) -> Self:
        """A copy in which whatever asks several things asks only these assets."""
        made: Self = _filtered(self, lambda term: term.allow(selection), selection)
        return made

    def ignore(self, selection: AssetSelection) -> Self:
        """A copy in which nothing asks these assets."""
        made: Self = _filtered(self, lambda term: term.ignore(selection), selection)
        return made


class NewlyTrue(BuiltinAutomationCondition):
    """That a condition is true and was not before."""

    __slots__ = ("operand",)
    operand: AutomationCondition

    called = "NEWLY_TRUE"


class Since(_Passing):
    """That one condition was true after another one was."""

    __slots__ = ("trigger_condition", "reset_condition")  # noqa: RUF023  the order of the parts
    trigger_condition: AutomationCondition
    reset_condition: AutomationCondition

    called = "SINCE"


class AndAutomationCondition(_Passing):
    """That all of these are true."""

    __slots__ = ("operands",)
    operands: tuple[AutomationCondition, ...]

    called = "AND"
    says = "All of"

    def without(self, condition: AutomationCondition) -> AndAutomationCondition:
        """A copy without one of its operands.

        Raises:
            CheckError: if it has no such operand, or if fewer than two would be left.
        """
        kept = tuple(operand for operand in self.operands if operand != condition)
        if len(kept) == len(self.operands):
            message = f"Condition not found: {condition!r} is no operand of {self!r}"
            raise CheckError(message)
        if len(kept) < 2:  # noqa: PLR2004  one thing is no conjunction
            message = f"Without {condition!r} there would be fewer than 2 operands: use the one that is left, {kept!r}"
            raise CheckError(message)
        return self.with_parts(operands=kept)


class OrAutomationCondition(_Passing):
    """That any of these is true."""

    __slots__ = ("operands",)
    operands: tuple[AutomationCondition, ...]

    called = "OR"
    says = "Any of"


class NotAutomationCondition(_Passing):
    """That this is not true."""

    __slots__ = ("operand",)
    operand: AutomationCondition

    called = "NOT"
    says = "Not"


def valid_cron(cron_schedule: Any, name: str = "cron_schedule") -> str:
    """The cron expression, if it can be read.

    Raises:
        ParameterCheckError: if it cannot.
    """
    text: str = check_type(cron_schedule, str, name, optional=False)
    try:
        ticks(text, UTC, _ANCHOR)
    except DagsterInvalidDefinitionError as wrong:
        message = f"Parameter {name!r} is an invalid cron schedule: {wrong}; write five fields, such as '0 9 * * *'."
        raise ParameterCheckError(message) from None
    return text


_Change: TypeAlias = Callable[[AutomationCondition], "AutomationCondition | None"]


def _rebuilt(condition: AutomationCondition, changed: _Change) -> AutomationCondition:
    """A copy in which some terms are others; what is below such a term is not looked at. Without recursion."""
    new: dict[int, AutomationCondition] = {}
    stack: list[tuple[AutomationCondition, bool]] = [(condition, False)]
    while stack:
        term, below_done = stack.pop()
        if id(term) in new:
            continue
        if not below_done:
            other = changed(term)
            if other is not None:
                new[id(term)] = other
                continue
            stack.append((term, True))
            stack += ((child, False) for child in term.children)
        elif isinstance(term, BuiltinAutomationCondition):
            new[id(term)] = _with_terms(term, new)
        else:
            new[id(term)] = term
    return new[id(condition)]


def _with_terms(
    term: BuiltinAutomationCondition, new: Mapping[int, AutomationCondition]
) -> AutomationCondition:
    def one(part: Any) -> Any:
        if isinstance(part, tuple):
            return tuple(new.get(id(each), each) for each in part)
        return new.get(id(part), part)

    return term.with_parts(**{name: one(getattr(term, name)) for name in term.parts})


def _filtered(whole: Any, change: Callable[[Any], AutomationCondition], selection: Any) -> Any:
    _is_selection(selection)

    def changed(term: AutomationCondition) -> AutomationCondition | None:
        if isinstance(term, _Passing):
            return None
        return change(term) if hasattr(term, "allow") else term

    return _rebuilt(whole, changed)


def _operands(
    kind: type[AndAutomationCondition | OrAutomationCondition], *terms: Any
) -> tuple[AutomationCondition, ...]:
    """The operands of a joined pair; one of the same kind is opened up, unless a label holds it together."""
    flat: list[AutomationCondition] = []
    for term in terms:
        if not isinstance(term, AutomationCondition):
            message = f"A condition is joined with a condition, not with {type(term).__name__}: {term!r:.80}"
            raise ElementCheckError(message)
        if isinstance(term, kind) and term.label is None:
            flat += term.operands
        else:
            flat.append(term)
    return tuple(flat)


def _condition(condition: Any) -> AutomationCondition:
    checked: AutomationCondition = check_type(condition, AutomationCondition, "condition", optional=False)
    return checked


def _checks(kind: str, condition: Any, blocking_only: Any) -> ChecksCondition:
    blocking = check_type(blocking_only, bool, "blocking_only", optional=False)
    return ChecksCondition(None, None, kind, _condition(condition), blocking)


def _run_tags(kind: str, keys: AbstractSet[str] | None, values: Mapping[str, str] | None) -> RunTags:
    check_type(keys, (set, frozenset), "tag_keys")
    check_type(values, Mapping, "tag_values")
    return RunTags(
        kind,
        None if keys is None else tuple(sorted(keys)),
        None if values is None else tuple(sorted(dict(values).items())),
    )


def _is_selection(selection: Any) -> AssetSelection:
    checked: AssetSelection = check_type(selection, AssetSelection, "selection", optional=False)
    return checked


def _united(before: AssetSelection | None, selection: Any) -> AssetSelection:
    return _is_selection(selection) if before is None else before | _is_selection(selection)


def _restored(cls: Any, label: str | None, *values: Any) -> Any:
    return cls(*values, label=label)
