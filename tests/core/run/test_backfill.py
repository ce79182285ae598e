"""Laws of backfills: which partitions one call makes, and what stands whatever happens."""

from __future__ import annotations

import pytest

from assets import (
    AllPartitionMapping,
    AssetIn,
    AssetSpec,
    BackfillPolicy,
    DailyPartitionsDefinition,
    Output,
    StaticPartitionsDefinition,
    TimeWindowPartitionMapping,
    asset,
    graph_asset,
    multi_asset,
    op,
)
from assets.core.run.cancel import Cancel

LETTERS = StaticPartitionsDefinition(list("abcdefgh"))
DAYS = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-11")
HOLED = list("abdef")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, ["a", "b", "d", "e", "f"]),
        (BackfillPolicy.single_run(), ["ab", "def"]),
        (BackfillPolicy.multi_run(2), ["ab", "de", "f"]),
        (BackfillPolicy.multi_run(1), ["a", "b", "d", "e", "f"]),
        (BackfillPolicy.multi_run(100), ["ab", "def"]),
    ],
)
def test_a_policy_says_how_many_partitions_one_call_makes(quick, policy, expected):
    """Neighbours are made together as far as the policy allows; without one, each has a call of its own (S68)."""
    calls = []

    @asset(partitions_def=LETTERS, backfill_policy=policy, code_version="1")
    def letter(context):
        calls.append("".join(context.partition_keys))
        ends = context.partition_key_range
        assert LETTERS.get_partition_keys_in_range(ends) == context.partition_keys
        assert context.has_partition_key is (len(context.partition_keys) == 1)
        return "x"

    outcome = quick.run(letter, partitions=HOLED)
    assert outcome.success
    assert calls == expected
    assert sorted(piece.partition for piece in outcome.built) == HOLED
    assert quick.run(letter, partitions=HOLED).built == []
    assert [piece.partition for piece in quick.run(letter).built] == list("cgh")
    assert calls[len(expected) :] == (["c", "gh"] if "ab" in expected else ["c", "g", "h"])


def test_the_time_of_a_call_covers_its_partitions(quick):
    """From the start of the first window to the end of the last."""
    windows = []

    @asset(partitions_def=DAYS, backfill_policy=BackfillPolicy.single_run())
    def day(context):
        windows.append([str(end.date()) for end in context.partition_time_window])

    assert quick.run(day, partitions=["2024-01-02", "2024-01-03", "2024-01-05"]).success
    assert windows == [["2024-01-02", "2024-01-04"], ["2024-01-05", "2024-01-06"]]


def test_one_value_of_several_partitions_is_the_value_of_each(quick):
    """A dict with just the partitions as keys is their values; anything else is that of all."""

    @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run())
    def apart(context):
        return {key: key.upper() for key in context.partition_keys}

    @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run())
    def shared(context):
        return len(context.partition_keys)

    @asset(partitions_def=LETTERS)
    def reads(apart, shared):
        return f"{apart}{shared}"

    assert quick.run(apart, shared, reads).success
    values = {key: quick.values.get(quick.record("reads", key).stored) for key in "abcdefgh"}
    assert values == {key: f"{key.upper()}8" for key in "abcdefgh"}


def test_what_a_call_reads_is_recorded_of_each_of_its_partitions(quick):
    """Each piece was made from what its own mapping names: a change above makes exactly its readers due."""
    said = dict.fromkeys("abcdefgh", 1)
    calls = []

    @asset(partitions_def=LETTERS, code_version="1")
    def above(context):
        return said[context.partition_key]

    @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run(), code_version="1")
    def below(context, above):
        calls.append(above)
        return above if len(context.partition_keys) > 1 else {context.partition_key: above}

    assert quick.run(above, below).success
    assert calls == [said]
    said.update(b=2, c=2, f=2)
    outcome = quick.run(above, below, keys=["above"], force=True)
    assert len(outcome.built) == len(said)
    assert [piece.partition for piece in quick.run(above, below).built] == ["b", "c", "f"]
    assert calls[1:] == [{"b": 2, "c": 2}, 2]


def test_what_comes_out_the_same_is_cut_out_of_the_range(quick):
    """Early cut-off inside of a range: what is above the middle did not change, so the ends are two calls."""
    calls = []
    base = {"v": 1}

    @asset(code_version="1")
    def top():
        return base["v"]

    @asset(partitions_def=LETTERS, code_version="1")
    def above(context, top):
        return 0 if context.partition_key in "de" else top

    @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run(), code_version="1")
    def below(context, above):
        calls.append("".join(context.partition_keys))
        return 1

    assert quick.run(top, above, below).success
    base["v"] = 2
    assert quick.run(top, above, below, keys=["top"], force=True).success
    outcome = quick.run(top, above, below)
    assert calls == ["abcdefgh", "abc", "fgh"]
    assert [str(piece) for piece in outcome.kept] == ["below@d", "below@e"]


def test_what_failed_above_is_cut_out_of_the_range(quick):
    """A range is made as far as what it reads is there."""
    calls = []

    @asset(partitions_def=LETTERS)
    def above(context):
        if context.partition_key == "c":
            message = "not today"
            raise ValueError(message)
        return 1

    @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run())
    def below(context, above):
        calls.append("".join(context.partition_keys))
        return 1

    outcome = quick.run(above, below)
    assert not outcome.success
    assert calls == ["ab", "defgh"]
    assert [str(piece) for piece in outcome.untouched] == ["below@c"]


def test_a_failed_call_leaves_the_other_ranges_alone(quick):
    """What fails is one call: its partitions are due, the others are done."""

    @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.multi_run(3))
    def letter(context):
        if "e" in context.partition_keys:
            message = "no e"
            raise ValueError(message)
        return 1

    outcome = quick.run(letter)
    assert [piece.partition for piece in outcome.failed] == list("def")
    assert [piece.partition for piece in outcome.built] == list("abcgh")


def test_what_reads_itself_is_made_one_after_the_other(quick):
    """A partition that reads the one before waits for it, whatever the policy."""
    calls = []

    @asset(
        partitions_def=DAYS,
        backfill_policy=BackfillPolicy.single_run(),
        ins={"before": AssetIn("total", partition_mapping=TimeWindowPartitionMapping(-1, -1))},
        code_version="1",
    )
    def total(context, before):
        calls.append(context.partition_keys)
        return (before or 0) + 1

    assert quick.run(total).success
    assert [len(call) for call in calls] == [1] * 10
    assert quick.values.get(quick.record("total", "2024-01-10").stored) == 10


def test_what_reads_itself_far_back_is_made_in_ranges_that_do_not(quick):
    """Each range ends before the first partition that reads one of it; nothing is due after it."""
    calls = []

    @asset(
        partitions_def=DAYS,
        backfill_policy=BackfillPolicy.single_run(),
        ins={"before": AssetIn("total", partition_mapping=TimeWindowPartitionMapping(-4, -4))},
        code_version="1",
    )
    def total(context, before):
        calls.append(len(context.partition_keys))
        return 1

    assert quick.run(total).success
    assert calls == [4, 4, 2]
    assert quick.run(total).built == []


def test_several_assets_of_one_function_are_made_by_range(quick):
    """One call makes all of them of all its partitions; a part of a partition is a call of its own."""
    calls = []

    @multi_asset(
        specs=[
            AssetSpec("left", skippable=True, code_version="1"),
            AssetSpec("right", skippable=True, code_version="1"),
        ],
        partitions_def=LETTERS,
        backfill_policy=BackfillPolicy.single_run(),
        can_subset=True,
    )
    def both(context):
        calls.append(
            (
                "".join(context.partition_keys),
                sorted(key.to_user_string() for key in context.selected_asset_keys),
            )
        )
        for key in sorted(context.selected_asset_keys):
            yield Output(1, key.to_python_identifier())

    assert quick.run(both, keys=["left"], partitions=["c"]).success
    assert quick.run(both).success
    assert calls == [
        ("c", ["left"]),
        ("ab", ["left", "right"]),
        ("c", ["right"]),
        ("defgh", ["left", "right"]),
    ]


def test_a_range_goes_through_a_graph(quick):
    """An asset that is backed by a graph is made by range as well."""
    calls = []

    @op(code_version="1")
    def make(context):
        calls.append("".join(context.partition_keys))
        return 1

    @graph_asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.multi_run(5))
    def letter():
        return make()

    assert quick.run(letter).success
    assert calls == ["abcde", "fgh"]
    assert quick.run(letter).built == []


def test_a_range_waits_for_all_that_it_reads(quick):
    """What reads every partition of a range, and a range that reads what reads those, keep their order."""
    order = []

    @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.multi_run(3))
    def first(context):
        order.append("first")
        return {key: key for key in context.partition_keys}

    @asset(ins={"first": AssetIn(partition_mapping=AllPartitionMapping())})
    def whole(first):
        order.append("whole")
        return "".join(first.values())

    @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.single_run())
    def last(whole):
        order.append("last")
        return whole

    assert quick.run(last, whole, first).success
    assert order == ["first", "first", "first", "whole", "last"]
    assert quick.values.get(quick.record("last", "h").stored) == "abcdefgh"


def test_a_cancelled_backfill_goes_on_where_it_stopped(quick):
    """Between two calls the run stops at once; the next one makes exactly the rest."""
    calls = []

    @asset(partitions_def=LETTERS, backfill_policy=BackfillPolicy.multi_run(2), code_version="1")
    def letter(context):
        calls.append("".join(context.partition_keys))
        return 1

    token = Cancel()

    def heard(progress):
        if progress.what == "running" and progress.piece.partition == "c":
            token.request()

    outcome = quick.run(letter, cancel=token, on_progress=heard)
    assert outcome.cancelled
    assert [piece.partition for piece in outcome.built] == list("ab")
    assert calls == ["ab"]
    assert [piece.partition for piece in quick.run(letter).built] == list("cdefgh")
    assert calls == ["ab", "cd", "ef", "gh"]
