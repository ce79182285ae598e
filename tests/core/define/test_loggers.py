"""`logger` and `LoggerDefinition`: a logger is made by a function, with config like a resource's."""

# ruff: noqa: LOG001  a logger that a run makes stands in no tree

from __future__ import annotations

import logging
from typing import Any

import pytest

from assets import (
    CheckError,
    DagsterInvalidConfigError,
    DagsterInvalidInvocationError,
    Definitions,
    InitLoggerContext,
    LoggerDefinition,
    build_init_logger_context,
    colored_console_logger,
    configured,
    default_loggers,
    job,
    logger,
    op,
)


@logger(config_schema={"name": str})
def named(context: InitLoggerContext) -> logging.Logger:
    """Words."""
    return logging.Logger(context.logger_config["name"])


def test_a_function_becomes_a_logger() -> None:
    """Bare or called; its docstring says what it is."""
    assert isinstance(named, LoggerDefinition)
    assert named.description == "Words."

    @logger
    def bare() -> logging.Logger:
        return logging.Logger("bare")

    assert bare(None).name == "bare"
    assert logger(description="d")(bare.logger_fn).description == "d"


def test_a_logger_is_called_with_a_context() -> None:
    """The config is read; where it is required, `None` will not do."""
    assert named(build_init_logger_context({"name": "n"})).name == "n"
    with pytest.raises(DagsterInvalidConfigError):
        named(build_init_logger_context({"name": 3}))
    for wrong in ((), (None,), (build_init_logger_context(), 3)):
        with pytest.raises(DagsterInvalidInvocationError):
            named(*wrong)


def test_a_logger_can_be_configured() -> None:
    """With a config, or with a function that makes it from another."""
    assert named.configured({"name": "x"})(None).name == "x"
    made = configured(named, config_schema={"n": int})(lambda outer: {"name": f"n{outer['n']}"})
    assert made(build_init_logger_context({"n": 3})).name == "n3"  # type: ignore[operator]  # it is a LoggerDefinition


def test_the_console_is_there_without_being_declared() -> None:
    """Its level and name are config."""
    assert default_loggers() == {"console": colored_console_logger}
    made = colored_console_logger(build_init_logger_context({"log_level": "error", "name": "n"}))
    assert (made.level, made.name) == (logging.ERROR, "n")


@pytest.mark.parametrize("wrong", [{"a": "text"}, {"a": None}, {1: named}])
def test_what_is_no_logger_is_refused(wrong: Any) -> None:
    """By jobs, and by `Definitions`."""

    @op
    def one() -> None: ...

    with pytest.raises(CheckError):
        job(name="j", logger_defs=wrong)(lambda: one())  # noqa: PLW0108  a body uses an op
    with pytest.raises(CheckError):
        Definitions(loggers=wrong)
