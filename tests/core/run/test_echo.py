"""Laws of what a script sees: the messages of steps on the console, or where the job's loggers put them."""

# ruff: noqa: LOG001, T201  a logger that a run makes stands in no tree; who prints is under test

from __future__ import annotations

import json
import logging
import re

import pytest

from assets import (
    DagsterInstance,
    DagsterInvalidConfigError,
    Definitions,
    asset,
    get_dagster_logger,
    job,
    json_console_logger,
    logger,
    materialize,
    op,
    resource,
    validate_run_config,
)

RUN = r"[0-9a-f]{8}-[0-9a-f-]{27}"


class Shelf(logging.Handler):
    """Keeps what it is told."""

    def __init__(self):
        super().__init__()
        self.told = []

    def emit(self, record):
        print("never heard by the step")
        self.told.append(record)


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def mine(shelf):
    @logger(config_schema={"level": str})
    def mine(context):
        made = logging.Logger("mine", context.logger_config["level"])
        made.addHandler(shelf)
        return made

    return mine


@op
def says(context):
    context.log.info("hello %s", "you", extra={"foo": 1})
    context.log.debug("quiet")


def said(instance, result):
    return [entry.user_message for entry in instance.all_logs(result.run_id) if entry.dagster_event is None]


def test_a_script_sees_messages_with_their_job_run_and_step(capsys):
    """One line each on stderr."""
    job(name="j")(lambda: says()).execute_in_process()  # noqa: PLW0108  a body uses an op

    @asset
    def a(context):
        context.log.warning("careful")

    materialize([a])
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(rf"\d{{4}}-.* \+\d{{4}} - assets - INFO - j - {RUN} - says - hello you", lines[0])
    assert re.search(rf" - assets - WARNING - {RUN} - a - careful$", lines[2])


def test_the_console_can_be_made_quieter(capsys):
    """It is there without being declared, and takes a level."""
    only = job(name="j")(lambda: says())  # noqa: PLW0108
    only.execute_in_process({"loggers": {"console": {"config": {"log_level": "INFO"}}}})
    assert len(capsys.readouterr().err.splitlines()) == 1
    only.execute_in_process({"loggers": {"console": {"config": {"log_level": "ERROR"}}}})
    assert not capsys.readouterr().err


def test_a_runs_config_says_which_loggers_hear(mine, shelf, capsys):
    """They hear instead of the console, from their level on; the run's log keeps everything all the same."""
    heard = job(name="j", logger_defs={"mine": mine})(lambda: says())  # noqa: PLW0108
    instance = DagsterInstance.ephemeral()
    result = heard.execute_in_process({"loggers": {"mine": {"config": {"level": "INFO"}}}}, instance=instance)
    (record,) = shelf.told
    assert (record.name, record.levelname, record.foo) == ("mine", "INFO", 1)
    assert re.fullmatch(rf"j - {RUN} - says - hello you", record.getMessage())
    assert record.assets_meta == {
        "job_name": "j", "run_id": result.run_id, "step_key": "says", "orig_message": "hello you",
    }  # fmt: skip
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("never heard by the step\n", "")
    assert said(instance, result) == ["hello you", "quiet"]


def test_a_job_of_assets_has_the_loggers_of_its_definitions(mine, shelf):
    """As a job of ops has its own."""

    @asset
    def a(context):
        context.log.info("here")

    made = Definitions([a], loggers={"mine": mine}).resolve_implicit_global_asset_job_def()
    made.execute_in_process({"loggers": {"mine": {"config": {"level": "INFO"}}}})
    assert [record.assets_meta["orig_message"] for record in shelf.told] == ["here"]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"other": {}}, r'"other" at path root:loggers'),
        ({"mine": {}}, "root:loggers:mine"),
        ({"mine": {"config": {"level": 3}}}, "root:loggers:mine:config:level"),
    ],
)
def test_a_logger_that_does_not_fit_stops_the_run_before_it_begins(mine, given, match):
    """One that is not there, or config that is none of it; also for who only asks."""
    heard = job(name="j", logger_defs={"mine": mine})(lambda: says())  # noqa: PLW0108
    instance = DagsterInstance.ephemeral()
    with pytest.raises(DagsterInvalidConfigError, match=match):
        heard.execute_in_process({"loggers": given}, instance=instance)
    assert instance.get_runs() == []
    with pytest.raises(DagsterInvalidConfigError, match=match):
        validate_run_config(heard, {"loggers": given})


def test_json_lines(capsys):
    """Each line is a record, with what was added to it."""
    told = job(name="j", logger_defs={"json": json_console_logger})(lambda: says())  # noqa: PLW0108
    told.execute_in_process({"loggers": {"json": {}}})
    first = json.loads(capsys.readouterr().err.splitlines()[0])
    assert (first["levelname"], first["foo"], first["assets_meta"]["step_key"]) == ("INFO", 1, "says")


def test_code_without_a_context_logs_to_the_step_that_runs_it():
    """Outside of one it is an ordinary logger."""
    instance = DagsterInstance.ephemeral()

    @asset
    def a():
        get_dagster_logger("part").info("from afar")

    assert said(instance, materialize([a], instance=instance)) == ["from afar"]


def test_an_ordinary_logger_outside_of_steps(caplog):
    """What the process is told to hear decides."""
    with caplog.at_level("WARNING"):
        get_dagster_logger().info("too quiet")
        get_dagster_logger("part").warning("loud")
    assert caplog.record_tuples == [("assets.part", logging.WARNING, "loud")]


def test_what_a_resource_says_is_kept_with_the_run():
    """While it is made with the run, while a step uses it with the step."""

    @resource
    def talks(context):
        context.log.info("made")
        print("printed")
        return lambda: context.log.info("used")

    @asset(required_resource_keys={"talks"})
    def a(context):
        context.resources.talks()

    instance = DagsterInstance.ephemeral()
    result = materialize([a], resources={"talks": talks}, instance=instance)
    assert said(instance, result) == ["made", "printed\n", "used"]


def test_a_config_can_be_validated_without_a_run():
    """What comes back is what the functions would get; the schema of it is the job's."""

    @op(config_schema={"n": int, "m": str})
    def takes(context): ...

    asks = job(name="j", resource_defs={"r": resource({"z": int})(lambda context: context)})(lambda: takes())  # noqa: PLW0108
    given = {"ops": {"takes": {"config": {"n": 1, "m": "x"}}}}
    assert validate_run_config(asks, given)["ops"] == {"takes": {"config": {"n": 1, "m": "x"}}}
    with pytest.raises(DagsterInvalidConfigError, match="root:ops:takes:config:n"):
        validate_run_config(asks, {"ops": {"takes": {"config": {"n": "1", "m": "x"}}}})
    fields = asks.run_config_schema.config_type.fields
    assert (fields["ops"].is_required, fields["loggers"].is_required) == (True, False)
    assert set(fields["ops"].config_type.fields) == {"takes"}


def test_the_config_of_a_job_of_assets_can_be_validated_too():
    """Step by step, and what its resources take."""

    @asset(config_schema={"n": int})
    def a(context): ...

    @asset
    def b(a): ...

    made = Definitions([a, b]).resolve_implicit_global_asset_job_def()
    assert set(made.run_config_schema.config_type.fields["ops"].config_type.fields) == {"a", "b"}
    read = validate_run_config(made, {"ops": {"a": {"config": {"n": 1}}}})
    assert read["ops"]["a"] == {"config": {"n": 1}}
    with pytest.raises(DagsterInvalidConfigError, match='"ops"'):
        validate_run_config(made)
