"""Partitions come and go, and what reads them changes: exactly the affected pieces are due, by an oracle.

A program of assets over days, letters and both is changed in every way that moves partitions: the
first and the last day, the letters (declared or dynamic), mappings, backfill policies, values, wipes.
After each change the run must make exactly the pieces whose inputs or code are not those they were
last made from, and leave what a rebuild from scratch gives. The oracle below knows nothing of
digests, records or plans.
"""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets import (
    AllPartitionMapping,
    AssetDep,
    AssetIn,
    BackfillPolicy,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    LastPartitionMapping,
    MultiPartitionsDefinition,
    Output,
    SpecificPartitionsPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    Workspace,
    asset,
)
from assets.core.decide import inputs

FIRST = date(2024, 1, 1)
SPAN = 12
LETTERS = "abcde"
POLICIES = [None, BackfillPolicy.single_run(), BackfillPolicy.multi_run(3)]

Key = str | None


def day(number: int) -> str:
    return str(FIRST + timedelta(days=number))


class Program(NamedTuple):
    """What is declared, as plain data."""

    start: int = 3
    end: int = 8
    letters: tuple[str, ...] = ("a", "b", "c")
    dynamic: bool = False
    roll: tuple[int, int] | str = (-2, 0)
    """How `roll` reads the days: offsets of a window, `all` or `last`."""
    top: str = "same"
    """How `top` reads the letters: `same`, `all`, `last`, or one letter."""
    whole: str = "all"
    """How `whole` reads `roll`: `all` or `last`."""
    policies: tuple[int, ...] = (0, 0)
    salts: tuple[int, ...] = (0, 0, 0, 0, 0, 0, 0)
    by_name: bool = True
    """Whether `whole` is handed what it reads, or names it as a dependency alone."""

    @property
    def days(self) -> list[str]:
        return [day(number) for number in range(self.start, self.end)]


NAMES = ("days", "roll", "letters", "top", "whole", "grid", "chain")
"""The assets, upstream first."""


def keys_of(program: Program, name: str) -> list[Key]:
    """The partitions of an asset."""
    match name:
        case "days" | "roll" | "chain":
            return list(program.days)
        case "letters" | "top":
            return list(program.letters)
        case "grid":
            return [f"{each}|{letter}" for each in program.days for letter in program.letters]
    return [None]


def reads(program: Program, name: str, key: Key) -> dict[str, list[tuple[str, Key]]]:
    """What a piece reads, by input."""
    days, letters = program.days, program.letters
    match name:
        case "roll":
            if program.roll == "all":
                return {"days": [("days", each) for each in days]}
            if program.roll == "last":
                return {"days": [("days", each) for each in days[-1:]]}
            before, after = program.roll
            at = days.index(key)
            return {
                "days": [("days", days[n]) for n in range(at + before, at + after + 1) if 0 <= n < len(days)]
            }
        case "top":
            chosen = {"same": [key], "all": letters, "last": letters[-1:]}.get(program.top, [program.top])
            last = [("days", each) for each in days[-1:]]
            return {"letters": [("letters", each) for each in chosen], "days": last}
        case "whole":
            chosen = days if program.whole == "all" else days[-1:]
            return {"roll": [("roll", each) for each in chosen]}
        case "grid":
            each, letter = str(key).split("|")
            return {"days": [("days", each)], "letters": [("letters", letter)]}
        case "chain":
            at = days.index(key)
            return {"days": [("days", key)], "before": [("chain", days[at - 1])] if at else []}
    return {}


def worth(name: str, salt: int, key: Key, given: Any) -> str:
    """The value of a piece: one of few, so that it often comes out the same."""
    return f"{name}{sum(map(ord, f'{name}{salt}{key}{given}')) % 4}"


class Oracle:
    """What every piece is worth, and what it was last made from."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, Key], Any] = {}

    def run(self, program: Program) -> tuple[dict[tuple[str, Key], str], list[tuple[str, Key]]]:
        """The values of a rebuild from scratch, and the pieces that an incremental run has to make."""
        values: dict[tuple[str, Key], str] = {}
        due: list[tuple[str, Key]] = []
        for name in NAMES:
            salt = program.salts[NAMES.index(name)]
            for key in keys_of(program, name):
                read = reads(program, name, key)
                pieces = {param: [(piece, values[piece]) for piece in those] for param, those in read.items()}
                handed = {param: passed([(p[1], v) for p, v in those]) for param, those in pieces.items()}
                if name == "whole" and not program.by_name:
                    handed = {}
                values[name, key] = worth(name, salt, key, sorted(handed.items()))
                sign = (salt, program.by_name if name == "whole" else None, pieces)
                if self.made.get((name, key)) != sign:
                    self.made[name, key] = sign
                    due.append((name, key))
        return values, due


def passed(those: list[tuple[Key, str]]) -> Any:
    """What a parameter is handed: nothing, one value, or a dict."""
    return dict(those) if len(those) > 1 else those[0][1] if those else None


def declare(program: Program, ran: list[tuple[str, Key]]) -> list[Any]:
    """The definitions of a program; each body writes down which piece it makes."""
    days = DailyPartitionsDefinition(day(program.start), end_date=day(program.end))
    letters: Any = (
        DynamicPartitionsDefinition(name="letters")
        if program.dynamic
        else StaticPartitionsDefinition(list(program.letters))
    )
    versions = dict(zip(NAMES, map(str, program.salts), strict=True))

    def of(name: str, key: Key, **given: Any) -> str:
        ran.append((name, key))
        return worth(name, program.salts[NAMES.index(name)], key, sorted(given.items()))

    def base(name: str, space: Any, policy: BackfillPolicy | None) -> Any:
        @asset(name=name, partitions_def=space, backfill_policy=policy, code_version=versions[name])
        def made(context):
            for key in context.partition_keys:
                yield Output(of(name, key), partition_key=key)

        return made

    window: Any
    match program.roll:
        case "all":
            window = AllPartitionMapping()
        case "last":
            window = LastPartitionMapping()
        case (before, after):
            window = TimeWindowPartitionMapping(before, after)
    mapping = {"all": AllPartitionMapping(), "last": LastPartitionMapping(), "same": None}
    chosen = mapping.get(program.top, SpecificPartitionsPartitionMapping([program.top]))

    @asset(
        partitions_def=days, ins={"days": AssetIn(partition_mapping=window)}, code_version=versions["roll"]
    )
    def roll(context, days):
        return of("roll", context.partition_key, days=days)

    @asset(
        partitions_def=letters,
        ins={
            "letters": AssetIn(partition_mapping=chosen),
            "days": AssetIn(partition_mapping=LastPartitionMapping()),
        },
        code_version=versions["top"],
    )
    def top(context, letters, days):
        return of("top", context.partition_key, letters=letters, days=days)

    if program.by_name:

        @asset(
            ins={"roll": AssetIn(partition_mapping=mapping[program.whole])}, code_version=versions["whole"]
        )
        def whole(roll):
            return of("whole", None, roll=roll)
    else:

        @asset(
            deps=[AssetDep("roll", partition_mapping=mapping[program.whole])], code_version=versions["whole"]
        )
        def whole():
            return of("whole", None)

    @asset(
        partitions_def=MultiPartitionsDefinition({"day": days, "letter": letters}),
        code_version=versions["grid"],
    )
    def grid(context, days, letters):
        return of("grid", str(context.partition_key), days=days, letters=letters)

    @asset(
        partitions_def=days,
        ins={"before": AssetIn("chain", partition_mapping=TimeWindowPartitionMapping(-1, -1))},
        code_version=versions["chain"],
    )
    def chain(context, days, before):
        return of("chain", context.partition_key, days=days, before=before)

    first, second = (POLICIES[which] for which in program.policies)
    return [base("days", days, first), base("letters", letters, second), roll, top, whole, grid, chain]


CHANGES = st.one_of(
    st.tuples(st.just("start"), st.integers(0, 5)),
    st.tuples(st.just("end"), st.integers(6, SPAN)),
    st.tuples(
        st.just("letters"),
        st.lists(st.sampled_from(LETTERS), min_size=1, max_size=5, unique=True).map(tuple),
    ),
    st.tuples(st.just("roll"), st.sampled_from([(0, 0), (-1, 0), (-2, 0), (-3, -1), (0, 1), "all", "last"])),
    st.tuples(st.just("top"), st.sampled_from(["same", "all", "last"])),
    st.tuples(st.just("whole"), st.sampled_from(["all", "last"])),
    st.tuples(st.just("by_name"), st.booleans()),
    st.tuples(st.just("policies"), st.tuples(st.integers(0, 2), st.integers(0, 2))),
    st.tuples(st.just("salt"), st.tuples(st.integers(0, len(NAMES) - 1), st.integers(0, 2))),
    st.tuples(st.just("wipe"), st.tuples(st.sampled_from(NAMES), st.integers(0, 99), st.integers(0, 99))),
)


def changed(program: Program, what: str, to: Any) -> Program:
    if what == "salt":
        which, salt = to
        salts = list(program.salts)
        salts[which] = salt
        return program._replace(salts=tuple(salts))
    return program if what == "wipe" else program._replace(**{what: to})


def let_be(workspace: Workspace, program: Program) -> None:
    """Let the dynamic letters be those of the program, in their order."""
    known = workspace.instance.get_dynamic_partitions("letters")
    for letter in known:
        workspace.instance.delete_dynamic_partition("letters", letter)
    workspace.instance.add_dynamic_partitions("letters", list(program.letters))


def incremental(workspace: Workspace, program: Program) -> list[tuple[str, Key]]:
    """Let a program stand and bring it up to date; gives what was made."""
    ran: list[tuple[str, Key]] = []
    if program.dynamic:
        let_be(workspace, program)
    workspace.define(declare(program, ran))
    built = workspace.materialize().built
    told = Counter((piece.asset.to_user_string(), piece.partition) for piece in built)
    assert told == Counter(ran), "what is told is what ran"
    assert workspace.plan().steps == ()
    return ran


def values_in(workspace: Workspace, program: Program) -> dict[tuple[str, Key], str]:
    found: dict[tuple[str, Key], str] = {}
    for name in NAMES:
        value = workspace.load(name)
        if name == "whole":
            found[name, None] = value
            continue
        there = value if isinstance(value, dict) else dict.fromkeys(keys_of(program, name), value)
        found.update(((name, key), each) for key, each in there.items())
    return found


@pytest.mark.parametrize(
    ("dynamic", "many"), [(False, inputs.MANY), (False, 2), (True, 2)], ids=["declared", "many", "dynamic"]
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGES, min_size=1, max_size=8))
def test_exactly_what_is_affected_is_made(tmp_path_factory, monkeypatch, dynamic, many, changes):
    """After each change: the pieces that the oracle names are made, no other, and all is as if built from scratch."""
    monkeypatch.setattr(
        inputs, "MANY", many
    )  # what is remembered of many partitions must not outlive a change
    folder = tmp_path_factory.mktemp("stores")
    workspace, oracle = Workspace(folder / "kept"), Oracle()
    try:
        program = Program(dynamic=dynamic)
        for what, to in itertools.chain([("begin", None)], changes):
            if what == "wipe":
                name, first, last = to
                keys = keys_of(program, name)
                first, last = sorted((first % len(keys), last % len(keys)))
                workspace.wipe(name, None if keys == [None] else keys[first : last + 1])
                for key in keys[first : last + 1]:
                    oracle.made.pop((name, key), None)
            elif what != "begin":
                program = changed(program, what, to)
            values, due = oracle.run(program)
            assert sorted(incremental(workspace, program), key=str) == sorted(due, key=str), (what, to)
            assert values_in(workspace, program) == values
        scratch = Workspace(folder / "scratch")
        try:
            incremental(scratch, program)
            assert values_in(scratch, program) == values
        finally:
            scratch.close()
    finally:
        workspace.close()
