"""Laws of calls: what one call of a function makes, and in which order calls come."""

from __future__ import annotations

from assets import (
    AssetKey,
    AssetOut,
    AssetSpec,
    Output,
    StaticPartitionsDefinition,
    asset,
    materialize,
    multi_asset,
)

PARTS = StaticPartitionsDefinition(["x", "y"])


def calls_of(assets, **options):
    """Which assets each call was to make, in order."""
    called: list[str] = []
    CALLED.clear()
    assert materialize(assets, **options).success
    called += CALLED
    return called


CALLED: list[str] = []


def parted(name: str, deps: dict[str, list[str]], partitions_def=None):
    """A function that makes assets from others, together or apart."""

    @multi_asset(
        name=name,
        outs={key: AssetOut(is_required=False) for key in deps},
        internal_asset_deps={key: {AssetKey(up) for up in ups} for key, ups in deps.items()},
        deps=sorted({up for ups in deps.values() for up in ups} - deps.keys()),
        can_subset=True,
        partitions_def=partitions_def,
    )
    def made(context):
        CALLED.append(f"{name}: {' '.join(sorted(context.op_execution_context.selected_output_names))}")
        for output in sorted(context.op_execution_context.selected_output_names):
            yield Output(1, output)

    return made


def test_what_can_be_made_in_one_call_is():
    """A function waits until everything that its assets read is there, though some of them could be made before."""

    @asset
    def start():
        CALLED.append("start")
        return 1

    first = parted("first", {"a": ["start"], "b": [], "c": ["b"]})
    second = parted("second", {"d": ["a", "b"], "e": ["c"], "f": ["d", "e"]})
    assert calls_of([second, first, start]) == ["start", "first: a b c", "second: d e f"]


def test_a_circle_of_functions_is_taken_in_parts():
    """What is read by another function and made again of what that gives takes as many calls as there are turns."""
    first = parted("first", {"a": [], "b": ["a2"]})
    second = parted("second", {"a2": ["a"], "b2": ["b"]})
    assert calls_of([first, second]) == ["first: a", "second: a2", "first: b", "second: b2"]


def test_a_part_that_nothing_holds_up_goes_with_the_first():
    """Of a function that must be called twice, the first call makes all that it can."""
    first = parted("first", {"a": [], "b": ["between"], "c": [], "d": ["c"]})

    @asset(deps=["a"])
    def between():
        CALLED.append("between")
        return 1

    assert calls_of([first, between]) == ["first: a c d", "between", "first: b"]


def test_each_partition_is_a_call_of_its_own():
    """Assets of one partition are made together; those of another one in another call."""
    first = parted("first", {"a": [], "b": ["a"]}, PARTS)
    assert calls_of([first], partition_key="y") == ["first: a b"]


def test_the_order_of_the_plan_is_kept():
    """Single assets are made in the order of their keys as far as their dependencies allow."""

    def single(name: str, *deps: str):
        @asset(name=name, deps=deps)
        def made():
            CALLED.append(name)
            return 1

        return made

    @multi_asset(specs=[AssetSpec("k"), AssetSpec("m", deps=["z"])], can_subset=True)
    def both(context):
        CALLED.append("both")
        for key in sorted(context.selected_asset_keys):
            yield Output(1, key.to_python_identifier())

    assert calls_of([single("b"), single("a", "b"), single("z"), single("y", "k"), both]) == [
        "b",
        "a",
        "z",
        "both",
        "y",
    ]
