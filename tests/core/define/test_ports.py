"""Laws of what an op says of its inputs and outputs."""

from __future__ import annotations

from assets import AssetIn, In, Nothing, Out, asset, op


def test_inputs_and_outputs_tell_their_types():
    """Each tells its type as a `DagsterType`, whether the annotation or the declaration says it, and what is known of it."""

    @op(ins={"y": In(description="why", metadata={"k": 1})}, out=Out(description="what", metadata={"m": 2}))
    def made(x: int, y) -> str:
        return f"{x}{y}"

    x, y = made.input_defs
    (out,) = made.output_defs
    assert [each.dagster_type.display_name for each in (x, y, out)] == ["Int", "Any", "String"]
    assert (x.description, dict(x.metadata)) == (None, {})
    assert (y.description, y.metadata) == ("why", {"k": 1})
    assert (out.description, out.metadata) == ("what", {"m": 2})


def test_the_op_of_an_asset_tells_types_too():
    """An input that only orders is `Nothing`, and so is an output that has no value."""

    @asset(deps=["up"], ins={"loaded": AssetIn("other")})
    def made(loaded: int) -> None:
        del loaded

    assert made.op.ins["up"].dagster_type is Nothing
    assert made.op.ins["loaded"].dagster_type.display_name == "Int"
    assert made.op.outs["result"].dagster_type is Nothing
    assert made.op.outs["result"].dagster_type.typing_type is type(None)
