"""Laws of calling hooks: after each step, by how it ended, and without harm to the run."""

from __future__ import annotations

import pytest

from assets import (
    AssetKey,
    Definitions,
    HookContext,
    Output,
    RetryPolicy,
    asset,
    define_asset_job,
    failure_hook,
    job,
    materialize,
    op,
    resource,
    success_hook,
)


@pytest.fixture
def called():
    return []


@pytest.fixture
def well(called):
    @success_hook
    def well(context: HookContext):
        called.append(("well", context.step_key))

    return well


@pytest.fixture
def badly(called):
    @failure_hook
    def badly(context: HookContext):
        called.append(("badly", context.step_key, type(context.op_exception).__name__))

    return badly


def kinds(result):
    return [event.event_type_value for event in result.all_events if "HOOK" in event.event_type_value]


def test_success_hook_of_an_asset(called, well, badly):
    """S29: a success hook runs once when the asset was materialized; the failure hook is skipped."""

    @asset(hooks={well, badly})
    def a():
        return 1

    result = materialize([a])
    assert called == [("well", "a")]
    assert sorted(kinds(result)) == ["HOOK_COMPLETED", "HOOK_SKIPPED"]


def test_failure_hook_of_an_asset(called, well, badly):
    """S29: a failure hook runs when the step failed, with the exception."""

    @asset(hooks={well, badly})
    def a():
        raise ValueError("no")

    assert not materialize([a], raise_on_error=False).success
    assert called == [("badly", "a", "ValueError")]


def test_hook_that_raises():
    """S29: a hook that raises does not fail the run; that it did is recorded."""

    @success_hook
    def breaks(context):
        raise RuntimeError("hook")

    @asset(hooks={breaks})
    def a():
        return 1

    result = materialize([a])
    assert result.success
    assert kinds(result) == ["HOOK_ERRORED"]


def test_hook_is_called_once_after_retries(called, well, badly):
    """An attempt that is tried again is no failure."""
    tried = []

    @asset(hooks={well, badly}, retry_policy=RetryPolicy(max_retries=2))
    def a():
        tried.append(1)
        if len(tried) < 3:
            raise ValueError("not yet")
        return 1

    assert materialize([a]).success
    assert called == [("well", "a")]


def test_what_a_hook_knows():
    """Everything about the step: its op, run, values and metadata, and the hook's own resources."""
    seen = {}

    @resource
    def mail(_):
        return "mail"

    @success_hook(required_resource_keys={"mail"})
    def note(context):
        seen.update(
            op=context.op.name,
            job=context.job_name,
            run=context.run_id,
            values=dict(context.op_output_values),
            metadata={name: dict(value) for name, value in context.op_output_metadata.items()},
            mail=context.resources.mail,
            hook=context.hook_def.name,
            error=context.op_exception,
        )

    @op
    def one(context):
        return Output(5, metadata={"n": 1})

    @note
    @job(resource_defs={"mail": mail})
    def work():
        one()

    result = work.execute_in_process()
    assert result.success
    assert {name: seen[name] for name in ("op", "job", "run", "mail", "hook", "error")} == {
        "op": "one",
        "job": "work",
        "run": result.run_id,
        "mail": "mail",
        "hook": "note",
        "error": None,
    }
    assert seen["values"] == {"result": 5}
    assert {name: value.value for name, value in seen["metadata"]["result"].items()} == {"n": 1}


def test_hooks_of_a_job_of_assets(called, well):
    """The hooks of an asset job are called after each of its assets."""

    @asset
    def a():
        return 1

    @asset
    def b(a):
        return a

    defs = Definitions(assets=[a, b], jobs=[define_asset_job("j", hooks={well})])
    assert defs.resolve_job_def("j").execute_in_process().success
    assert called == [("well", "a"), ("well", "b")]


def test_hook_of_a_skipped_asset(called, well, badly):
    """What did not run has no hooks called."""

    @asset
    def broken():
        raise ValueError("no")

    @asset(hooks={well, badly}, deps=[AssetKey("broken")])
    def after(): ...

    assert not materialize([broken, after], raise_on_error=False).success
    assert called == []
