"""Laws of calls that give one result per partition: each is recorded as it comes, and stands."""

from __future__ import annotations

from queue import Queue

import pytest

from assets import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetSpec,
    BackfillPolicy,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    DataVersion,
    FilesystemIOManager,
    MaterializeResult,
    MetadataValue,
    Output,
    RetryPolicy,
    StaticPartitionsDefinition,
    asset,
    graph_asset,
    materialize,
    multi_asset,
    op,
)
from assets.core.run.cancel import Cancel

LETTERS = StaticPartitionsDefinition(list("abcdef"))
SINGLE = BackfillPolicy.single_run()


def each(**options):
    """An asset whose one call makes all partitions that are due."""
    return asset(partitions_def=LETTERS, backfill_policy=SINGLE, code_version="1", **options)


def partitions(pieces):
    return "".join(piece.partition for piece in pieces)


def test_each_partition_has_its_own_value_metadata_and_version(house):
    """What is said of a partition is recorded with that one alone."""

    @each()
    def letter(context):
        for key in context.partition_keys:
            context.add_asset_metadata({"late": key}, partition_key=key)
            yield Output(
                key.upper(),
                partition_key=key,
                metadata={"ordinal": ord(key)},
                data_version=DataVersion(f"v{key}"),
                tags={"of": key},
            )

    outcome = house.run(letter)
    assert outcome.success
    for event in house.events("Materialized"):
        key = event.piece.partition
        assert event.metadata == {"ordinal": MetadataValue.int(ord(key)), "late": MetadataValue.text(key)}
        assert (event.version, event.tags) == (f"v{key}", {"of": key})
        assert house.value("letter", key) == key.upper()
    assert len(house.events("Materialized")) == 6
    assert house.run(letter).built == []


def test_a_result_is_committed_while_the_body_goes_on(quick):
    """Each is told as done, and is in the log, before the body gives the next."""
    told, seen = Queue(), []

    @each()
    def letter(context):
        for at, key in enumerate(context.partition_keys, 1):
            yield MaterializeResult(value=key, partition_key=key)
            step = told.get(timeout=30)
            seen.append((step.piece.partition, step.finished, step.total))
            assert partitions(event.piece for event in quick.events("Materialized")) == "abcdef"[:at]

    outcome = quick.run(letter, on_progress=lambda step: told.put(step) if step.what == "done" else None)
    assert outcome.success
    assert seen == [(key, at, 6) for at, key in enumerate("abcdef", 1)]


@pytest.mark.parametrize("kind", ["generator", "async generator"])
def test_what_came_before_a_failure_stands(house, kind):
    """A backfill that fails in the middle goes on at the next partition; the others failed."""
    broken = {"at": "d"}

    def one(key):
        if key == broken["at"]:
            message = "no more"
            raise ValueError(message)
        return Output(key, partition_key=key)

    if kind == "generator":

        @each()
        def letter(context):
            for key in context.partition_keys:
                yield one(key)
    else:

        @each()
        async def letter(context):
            for key in context.partition_keys:
                yield one(key)

    outcome = house.run(letter)
    assert partitions(outcome.built) == "abc"
    assert partitions(outcome.failed) == "def"
    assert outcome.failed[outcome.plan.steps[3].piece].line == "ValueError: no more"
    broken["at"] = ""
    assert partitions(house.run(letter).built) == "def"


def test_what_reads_a_finished_partition_of_a_failed_call_runs(quick):
    """A failure stops only what depends on it."""

    @each()
    def above(context):
        yield Output(1, partition_key="a")
        yield Output(1, partition_key="b")
        message = "no more"
        raise ValueError(message)

    @asset(partitions_def=LETTERS)
    def below(above):
        return above

    outcome = quick.run(above, below)
    assert [str(piece) for piece in outcome.built] == ["above@a", "above@b", "below@a", "below@b"]
    assert partitions(outcome.untouched) == "cdef"


def test_a_failure_after_the_last_result_is_that_of_the_last(quick):
    """What was told of stands, the error is told of what came last."""

    @each()
    def letter(context):
        for key in context.partition_keys:
            yield Output(key, partition_key=key)
        message = "too late"
        raise ValueError(message)

    outcome = quick.run(letter)
    assert partitions(outcome.failed) == "f"
    assert partitions(outcome.built) == "abcde"


def test_another_attempt_makes_the_rest(quick):
    """A retry goes on where the attempt before failed."""
    calls = []

    @each(retry_policy=RetryPolicy(max_retries=3))
    def letter(context):
        calls.append("".join(context.partition_keys))
        for number, key in enumerate(context.partition_keys):
            if number == 2:
                message = "two at a time"
                raise ValueError(message)
            yield Output(key, partition_key=key)

    outcome = quick.run(letter)
    assert outcome.success
    assert calls == ["abcdef", "cdef", "ef"]
    assert partitions(outcome.built) == "abcdef"
    assert [event.piece.partition for event in quick.events("Materialized")] == list("abcdef")


def test_another_attempt_of_a_torn_range_makes_all_of_it(quick):
    """A range without a part in its middle is none: it is made as a whole again."""
    calls = []

    @each(retry_policy=RetryPolicy(max_retries=1))
    def letter(context):
        calls.append("".join(context.partition_keys))
        for key in "cabdef":
            yield Output(key, partition_key=key)
            if len(calls) == 1:
                message = "after c"
                raise ValueError(message)

    assert quick.run(letter).success
    assert calls == ["abcdef", "abcdef"]


def test_a_cancelled_call_keeps_what_landed(quick):
    """Cancelling breaks into the body; the next run makes exactly the rest."""
    token = Cancel()

    @each()
    def letter(context):
        for key in context.partition_keys:
            if key == "c" and not token.asked:
                token.request()
            yield Output(key, partition_key=key)

    outcome = quick.run(letter, cancel=token)
    assert outcome.cancelled
    assert partitions(outcome.built) == "ab"
    assert [event.cancelled for event in quick.events("StepFailed")] == [True] * 4
    assert partitions(quick.run(letter).built) == "cdef"


def test_a_body_may_return_them_as_a_list(quick):
    """A list with one result per partition is the same."""

    @each()
    def letter(context):
        return [MaterializeResult(value=key, partition_key=key) for key in context.partition_keys]

    assert quick.run(letter).success
    assert quick.value("letter", "e") == "e"


def test_several_assets_give_each_partition_of_each(quick):
    """Results name the asset and the partition, in any order."""

    @multi_asset(
        specs=[AssetSpec("left", code_version="1"), AssetSpec("right", deps=["left"], code_version="1")],
        partitions_def=LETTERS,
        backfill_policy=SINGLE,
    )
    def both(context):
        for key in context.partition_keys:
            yield MaterializeResult("left", value=key, partition_key=key)
            if key == "c":
                message = "no right of c"
                raise ValueError(message)
            yield MaterializeResult("right", value=key, partition_key=key)

    outcome = quick.run(both)
    assert [str(piece) for piece in outcome.built] == ["left@a", "right@a", "left@b", "right@b", "left@c"]
    assert sorted(map(str, outcome.failed)) == [
        "left@d",
        "left@e",
        "left@f",
        "right@c",
        "right@d",
        "right@e",
        "right@f",
    ]


@pytest.mark.parametrize(
    ("items", "error", "says"),
    [
        ([("a", 1), ("a", 2)], DagsterInvariantViolationError, "the partition 'a' twice"),
        ([("a", 1), ("z", 2)], DagsterInvariantViolationError, "the partition 'z', which was not asked for"),
        ([("a", 1), (None, 2)], DagsterInvariantViolationError, "both as a whole and by partition"),
        ([(None, 1), ("a", 2)], DagsterInvariantViolationError, "both as a whole and by partition"),
        ([("a", 1)], DagsterStepOutputNotFoundError, "ended without 'b', 'c', 'd', 'e', 'f'"),
    ],
)
def test_what_may_not_be_given(quick, items, error, says):
    """Each partition of the call once, and no other; the error says what is wrong."""

    @each()
    def letter(context):
        for key, value in items:
            yield Output(value, partition_key=key)

    outcome = quick.run(letter)
    assert isinstance(outcome.first_error, error)
    assert says in str(outcome.first_error)


def test_a_partition_may_be_left_out_where_the_output_is_not_required(quick):
    """It is skipped, like any output that is not given; what reads it is skipped as well."""

    @each(output_required=False)
    def letter(context):
        for key in "ace":
            yield Output(key, partition_key=key)

    @asset(partitions_def=LETTERS)
    def below(letter):
        return letter

    outcome = quick.run(letter, below)
    assert outcome.success
    assert partitions(outcome.built) == "aceace"
    assert partitions(outcome.skipped) == "bdfbdf"


def test_one_call_of_one_partition_may_name_it(quick):
    """The same body serves a backfill and a single partition; where there is none, it is an error."""

    @each()
    def letter(context):
        for key in context.partition_keys if context.has_partitions else "a":
            yield Output(key, partition_key=key)

    assert partitions(quick.run(letter, partitions=["c"]).built) == "c"

    @asset
    def alone():
        yield Output(1, partition_key="a")

    assert "it is not about partitions" in str(quick.run(alone).first_error)


def test_an_io_manager_that_takes_one_partition_at_a_time_serves_a_range(tmp_path):
    """It is handed each partition by itself, as it lands."""

    @asset(partitions_def=LETTERS)
    def letter(context):
        for key in context.partition_keys:
            yield Output(key.upper(), partition_key=key)

    manager = FilesystemIOManager(base_dir=str(tmp_path))
    tags = {"dagster/asset_partition_range_start": "b", "dagster/asset_partition_range_end": "d"}
    assert materialize([letter], resources={"io_manager": manager}, tags=tags).success
    assert sorted(path.name for path in (tmp_path / "letter").iterdir()) == ["b", "c", "d"]


def test_checks_of_a_partition_are_told_of_it(quick):
    """A blocking check stops what is below the partition that it speaks of, and nothing else."""

    @each(check_specs=[AssetCheckSpec("small", asset="letter", blocking=True, partitions_def=LETTERS)])
    def letter(context):
        for key in context.partition_keys:
            yield MaterializeResult(
                value=key, partition_key=key, check_results=[AssetCheckResult(passed=key != "c")]
            )

    @asset(partitions_def=LETTERS)
    def below(letter):
        return letter

    outcome = quick.run(letter, below)
    assert [(told.piece.partition, told.passed) for told in outcome.evaluated] == [
        (key, key != "c") for key in "abcdef"
    ]
    assert [str(piece) for piece in outcome.failed] == ["letter@c"]
    assert [str(piece) for piece in outcome.untouched] == ["below@c"]
    assert quick.value("letter", "c") == "c"


def test_a_check_of_a_whole_call_is_told_of_each_partition(quick):
    """What a body says once of a range holds for all of it."""

    @each(check_specs=[AssetCheckSpec("small", asset="letter", partitions_def=LETTERS)])
    def letter(context):
        yield Output(1)
        yield AssetCheckResult(passed=False)

    outcome = quick.run(letter)
    assert outcome.success
    assert partitions(told.piece for told in outcome.evaluated) == "abcdef"


def test_an_op_gives_no_results_by_partition(quick):
    """Where it would be lost, it is refused."""

    @op
    def make():
        yield Output(1, partition_key="a")

    @graph_asset(partitions_def=LETTERS, backfill_policy=SINGLE)
    def letter():
        return make()

    outcome = quick.run(letter)
    assert isinstance(outcome.first_error, DagsterInvariantViolationError)
    assert "the function of an @asset" in str(outcome.first_error)


def test_a_body_that_is_stopped_by_its_result_is_closed(quick):
    """The user's `finally` runs when a result is refused."""
    closed = []

    @each()
    def letter(context):
        try:
            yield Output(1, partition_key="z")
        finally:
            closed.append(True)

    assert not quick.run(letter).success
    assert closed == [True]


def test_the_time_of_each_partition_is_its_own(quick):
    """The times of the partitions add up to that of the call."""

    @each()
    def letter(context):
        for key in context.partition_keys:
            yield Output(key, partition_key=key)

    @each()
    def together(context):
        return 1

    outcome = quick.run(letter, together)
    assert sum(event.seconds for event in quick.events("Materialized")) <= outcome.seconds
