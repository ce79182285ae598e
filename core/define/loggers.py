"""`logger` and `LoggerDefinition`: where the messages of a job's steps go, besides the run's own log.

What makes a logger is declared here, and the three that are always there; who hands them the
messages of a run is `run/echo.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from ..errors import DagsterInvalidInvocationError, check_type
from ..record import UNSET
from ..resources.definition import takes_argument
from ..resources.mapping import Preset, field_or_any
from ..schema.process import process
from ..schema.reading import ROOT
from ..schema.terms import Field

if TYPE_CHECKING:  # `logging` is imported by the first logger that is made
    import logging

LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")
FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
DATE_FORMAT = "%Y-%m-%d %H:%M:%S %z"
META = "assets_meta"
"""The attribute of a record that says where it comes from: `run_id`, `job_name`, `step_key`, `orig_message`."""

_COLOURS = {"CRITICAL": "31;1", "ERROR": "31", "WARNING": "33", "INFO": "34", "DEBUG": "2"}
_SCHEMA = {
    "log_level": Field(str, default_value="DEBUG", description="What is less important is left out."),
    "name": Field(str, default_value="assets", description="The name of the logger."),
}


class InitLoggerContext:
    """What a logger gets while it is made.

    Args:
        logger_config: Its config, if there is any.
        logger_def: Its definition.
        job_def: The job whose messages it gets.
        run_id: The id of the run, where it is known beforehand.
    """

    __slots__ = ("job_def", "logger_config", "logger_def", "run_id")

    def __init__(
        self,
        logger_config: Any = None,
        logger_def: LoggerDefinition | None = None,
        job_def: Any = None,
        run_id: str | None = None,
    ) -> None:
        self.logger_config = logger_config
        self.logger_def = logger_def
        self.job_def = job_def
        self.run_id = run_id


class LoggerDefinition:
    """A logger made by a function.

    Args:
        logger_fn: Gets an `InitLoggerContext`, returns a `logging.Logger`.
        config_schema: What config it takes.
        description: What it is.
    """

    def __init__(
        self,
        logger_fn: Callable[..., logging.Logger],
        config_schema: Any = None,
        description: str | None = None,
    ) -> None:
        if not callable(logger_fn):
            check_type(logger_fn, type(lambda: None), "logger_fn", optional=False)
        self.logger_fn = logger_fn
        self.config_schema: Field = field_or_any(config_schema)
        self.preset: Preset | None = None
        self.description: str | None = check_type(description, str, "description")

    def configured(
        self, config_or_config_fn: Any, config_schema: Any = None, description: str | None = None
    ) -> Self:
        """The same logger with its config set, or made from another config.

        Args:
            config_or_config_fn: The config, or a function that makes it from the outer config.
            config_schema: What the outer config is.
            description: What it is; default: as before.
        """
        other = copy.copy(self)
        parent = self.preset.inner if self.preset is not None else None
        preset = Preset.of(config_or_config_fn, config_schema, self.config_schema, parent)
        vars(other).update(preset=preset, config_schema=preset.outer)
        other.description = description if description is not None else self.description
        return other

    def make(self, config: Any, key: str = "", job_def: Any = None, run_id: str | None = None) -> Any:
        """The logger.

        Args:
            config: What the run's config holds; `UNSET` for nothing.
            key: The logger's key, for messages.
            job_def: The job whose messages it gets.
            run_id: The id of the run.

        Raises:
            DagsterInvalidConfigError: for a config that does not fit.
        """
        about = f"Error in config for logger {key}" if key else "Error in config for the logger"
        path = f"{ROOT}:loggers:{key}:config" if key else ROOT
        value = process(self.config_schema, config, path, about)
        if self.preset is not None:
            value = self.preset.inner(value, about)
        context = InitLoggerContext(value, self, job_def, run_id)
        return self.logger_fn(context) if takes_argument(self.logger_fn) else self.logger_fn()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The logger that the function makes, called directly.

        Args:
            args: The context: `build_init_logger_context(...)`, or `None` where no config is needed.
            kwargs: The same by the parameter's name.

        Raises:
            DagsterInvalidInvocationError: for anything else than one context, or `None` where config is needed.
            DagsterInvalidConfigError: if the context's config does not fit.
        """
        given = [*args, *kwargs.values()]
        if len(given) != 1:
            message = f"A logger's function takes one argument, its context, but {len(given)} were given: call it with build_init_logger_context(), or None."
            raise DagsterInvalidInvocationError(message)
        context = check_type(given[0], InitLoggerContext, "context")
        if context is None:
            if self.config_schema.is_required:
                message = (
                    "This logger requires config: call it with build_init_logger_context(logger_config=...)"
                )
                raise DagsterInvalidInvocationError(message)
            context = InitLoggerContext()
        config = UNSET if context.logger_config is None else context.logger_config
        return self.make(config, "", context.job_def, context.run_id)


def logger(config_schema: Any = None, description: str | None = None) -> Any:
    """Make a function the maker of a logger; used bare or called.

    Args:
        config_schema: What config it takes; a function, when used bare.
        description: What it is; default: the docstring.

    Returns:
        A `LoggerDefinition`, or what makes one from a function.
    """
    if callable(config_schema) and not isinstance(config_schema, type):
        function: Any = config_schema
        return LoggerDefinition(function, description=function.__doc__)

    def wrap(function: Callable[..., Any]) -> LoggerDefinition:
        return LoggerDefinition(function, config_schema, description or function.__doc__)

    return wrap


def build_init_logger_context(logger_config: Any = None, job_def: Any = None) -> InitLoggerContext:
    """A context to call a logger's function with.

    Args:
        logger_config: The logger's config.
        job_def: The job whose messages it is to get.
    """
    return InitLoggerContext(logger_config, None, job_def)


def _console(context: InitLoggerContext, formatter: logging.Formatter) -> logging.Logger:
    import logging

    config = context.logger_config or {}
    made = logging.Logger(config.get("name", "assets"))  # noqa: LOG001  it lives as long as its run, outside of the tree
    level = config.get("log_level", "DEBUG")
    made.setLevel(level.upper() if isinstance(level, str) else level)
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    made.addHandler(handler)
    return made


def _coloured(context: InitLoggerContext) -> logging.Logger:
    import logging
    import sys

    class Coloured(logging.Formatter):
        """The level in its colour, on a terminal."""

        def format(self, record: logging.LogRecord) -> str:
            """The line of a record."""
            if not (sys.stderr is not None and sys.stderr.isatty()) or record.levelname not in _COLOURS:
                return super().format(record)
            told = copy.copy(record)
            told.levelname = f"\x1b[{_COLOURS[record.levelname]}m{record.levelname}\x1b[0m"
            return super().format(told)

    return _console(context, Coloured(FORMAT, DATE_FORMAT))


def _json(context: InitLoggerContext) -> logging.Logger:
    import json
    import logging

    class Json(logging.Formatter):
        """A record as one line of JSON."""

        def format(self, record: logging.LogRecord) -> str:
            """The line of a record."""
            record.message = record.getMessage()
            told = {key: value for key, value in vars(record).items() if key not in {"args", "exc_info"}}
            if record.exc_info:
                told["exc_text"] = self.formatException(record.exc_info)
            return json.dumps(told, default=repr, sort_keys=True)

    return _console(context, Json())


colored_console_logger = LoggerDefinition(
    _coloured, _SCHEMA, "Lines on the console, the level in its colour."
)
json_console_logger = LoggerDefinition(_json, _SCHEMA, "Lines of JSON on the console.")


def default_loggers() -> Mapping[str, LoggerDefinition]:
    """The loggers of a job that declares none, by name."""
    return {"console": colored_console_logger}
