"""Laws of `RunRequest`: that a job is to be run, and how."""

from __future__ import annotations

import pytest

from assets import CheckError, RunConfig, RunRequest, define_asset_job, static_partitioned_config


def test_it_keeps_what_it_is_given():
    """Config and tags are in their plain forms, and what is absent is empty."""
    assert RunRequest() == RunRequest(run_key=None, run_config={}, tags={}, stale_assets_only=False)
    made = RunRequest("k", RunConfig(ops={"a": {"config": 1}}), {"t": 1}, job_name="j", partition_key="p")
    assert made.run_config["ops"] == {"a": {"config": 1}}
    assert made.tags == {"t": "1"}
    assert (made.run_key, made.job_name, made.partition_key) == ("k", "j", "p")
    with pytest.raises(CheckError):
        RunRequest(run_key=3)  # type: ignore[arg-type]


def test_the_request_for_a_partition_of_a_job():
    """It has the config and the tags of the partition, unless it is given others."""

    @static_partitioned_config(["a"], tags_for_partition_key_fn=lambda key: {"k": key})
    def config(key: str):
        return {"ops": {"x": {"config": key}}}

    made = define_asset_job("j", config=config, tags={"job": "tag"})
    request = made.run_request_for_partition("a", run_key="r", tags={"mine": "own"})
    assert request.run_config == {"ops": {"x": {"config": "a"}}}
    assert request.tags == {"k": "a", "job": "tag", "mine": "own", "dagster/partition": "a"}
    assert (request.job_name, request.run_key, request.partition_key) == ("j", "r", "a")
    assert made.run_request_for_partition("a", run_config={"ops": {}}).run_config == {"ops": {}}
    plain = define_asset_job("j", config={"ops": {"x": {"config": 1}}})
    assert plain.run_request_for_partition("a").run_config == {"ops": {"x": {"config": 1}}}
