"""What a click would do: which assets run, which may run, how many are kept, and how long it takes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ...core.decide.plan import Plan, Step
from ...core.history import Facts
from ...core.keys import AssetKey, Piece
from ..models import PlanLine, PlanModel

MINUTE = 60.0
HOUR = 3600.0
WORTH_SAYING = 1.0


def plan_view(plan: Plan, facts: Facts | None = None) -> PlanModel:
    """The plan in lines and in one sentence.

    Args:
        plan: What the decision says.
        facts: What happened: from the last time of each piece comes the expected time.
    """
    build = [step for step in plan.steps if step.forecast == "build"]
    maybe = [step for step in plan.steps if step.forecast == "maybe"]
    run, may = _lines(build), _lines(maybe)
    return PlanModel(
        op="plan",
        run=run,
        maybe=may,
        kept=len(plan.kept),
        text=_sentence(plan, _seconds(build, facts)),
        blocked=" ".join(plan.blocked),
    )


def forecast(plan: Plan) -> list[str]:
    """What runs, may run and is kept, each as a number of pieces: `112 (2 assets)`; empty where it is none."""
    told = [
        [step.piece for step in plan.steps if step.forecast == "build"],
        [step.piece for step in plan.steps if step.forecast == "maybe"],
        plan.kept,
    ]
    return [_amount(pieces) for pieces in told]


def _amount(pieces: Collection[Piece]) -> str:
    keys = len({piece.asset for piece in pieces})
    if keys == len(pieces):
        return str(keys or "")
    return f"{len(pieces):,} ({keys} asset{'' if keys == 1 else 's'})"


def in_words(seconds: float) -> str:
    """A duration as people say it: `12 s`, `3 min`, `1 h 20 min`."""
    if seconds < MINUTE:
        return f"{max(round(seconds), 1)} s"
    if seconds < HOUR:
        return f"{round(seconds / MINUTE)} min"
    hours, rest = divmod(round(seconds / MINUTE), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _lines(steps: Iterable[Step]) -> list[PlanLine]:
    """One line per asset, with the first cause that any of its pieces has."""
    found: dict[AssetKey, PlanLine] = {}
    for step in steps:
        line = found.get(step.node.key)
        cause = step.why.causes[0].text if step.why.causes else ""
        if line is None:
            found[step.node.key] = {
                "id": step.node.key.to_escaped_user_string(),
                "partitions": int(step.piece.partition is not None),
                "cause": cause,
            }
        else:
            line["partitions"] += 1
            line["cause"] = line["cause"] or cause
    return list(found.values())


def _seconds(steps: Iterable[Step], facts: Facts | None) -> float:
    """What the steps took the last time; a piece that never ran takes what its asset's others did."""
    if facts is None:
        return 0.0
    known: dict[AssetKey, list[float]] = {}
    unknown: dict[AssetKey, int] = {}
    for step in steps:
        record = facts.record(step.piece)
        if record is not None:
            known.setdefault(step.node.key, []).append(record.seconds)
        else:
            unknown[step.node.key] = unknown.get(step.node.key, 0) + 1
    total = sum(sum(times) for times in known.values())
    return total + sum(n * sum(known[k]) / len(known[k]) for k, n in unknown.items() if k in known)


def _sentence(plan: Plan, seconds: float) -> str:
    run, may, kept = forecast(plan)
    checks = len({key for check in plan.checks for key in check.keys})
    if not plan.steps and not checks:
        return f"Nothing to run: {kept} fresh" if kept else "Nothing to run"
    parts = [f"would run {run}"] if run else []
    parts += [f"may run {may}"] if may else []
    parts += [f"keeps {kept}"] if kept else []
    if checks:
        parts.append(
            f"{'may evaluate' if run or may else 'would evaluate'} {checks} check{'s' if checks > 1 else ''}"
        )
    text = ", ".join(parts)
    about = f" · about {in_words(seconds)}" if seconds >= WORTH_SAYING else ""
    return text[0].upper() + text[1:] + about
