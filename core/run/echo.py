"""Where what a run's steps print and log goes besides the run's own log: for who runs a script.

The notebook's runs have no echo. Which loggers there are is the job's business, which of them
a run uses its config's; without a word in it there is the console.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..define.loggers import META, LoggerDefinition, colored_console_logger, default_loggers
from ..record import UNSET
from ..schema.process import process
from ..schema.reading import ROOT
from ..schema.terms import Field, Shape
from .capture import heard_by
from .dagster_run import EPHEMERAL_JOB

if TYPE_CHECKING:
    from .capture import Sink


class Echo:
    """The loggers of one run.

    Args:
        job: The job's name, for their messages; none for a run that is no job's.
        loggers: Those that were made for the run; default: the console.
    """

    __slots__ = ("_job", "_loggers")

    def __init__(self, job: str = "", loggers: Iterable[logging.Logger] = ()) -> None:
        self._job = "" if job == EPHEMERAL_JOB else job
        self._loggers = list(loggers)

    @staticmethod
    def of(
        form: Mapping[str, Any],
        job: str = "",
        declared: Mapping[str, LoggerDefinition] | None = None,
        job_def: Any = None,
        run_id: str | None = None,
    ) -> Echo:
        """The echo of a run: the loggers that its config names, made.

        Args:
            form: The run's config, in the mapping form.
            job: The job's name.
            declared: The job's loggers, by key; those that are always there for none.
            job_def: The job.
            run_id: The id of the run, where it is known beforehand.

        Raises:
            DagsterInvalidConfigError: for a logger that is not there, or config that does not fit.
        """
        entries = form.get("loggers")
        if not entries:
            return Echo(job)
        known = declared or default_loggers()
        fields = {
            key: Field(Shape({"config": each.config_schema}), is_required=False)
            for key, each in known.items()
        }
        told = f"job {job}" if job and job != EPHEMERAL_JOB else "the run"
        process(Field(Shape(fields)), entries, f"{ROOT}:loggers", f"Error in config for {told}")
        made = [
            known[key].make((entry or {}).get("config", UNSET), key, job_def, run_id)
            for key, entry in entries.items()
        ]
        return Echo(job, made)

    def handlers(self, sink: Sink) -> Iterable[logging.Handler]:
        """What hands the messages of one step to each logger."""
        if not self._loggers:
            self._loggers.append(colored_console_logger.make(UNSET))
        step = sink.step or (sink.piece.asset.to_python_identifier() if sink.piece is not None else "")
        return [_Telling(each, self._job, sink.run, step) for each in self._loggers]


class _Telling(logging.Handler):
    """Hands a step's messages to a logger: with the job, the run and the step in front.

    What the logger writes is no output of the step, so it goes where the process writes.
    """

    def __init__(self, to: logging.Logger, job: str, run: str, step: str) -> None:
        super().__init__()
        self._to = to
        self._where = {"job_name": job, "run_id": run, "step_key": step}

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on one record."""
        if not self._to.isEnabledFor(record.levelno):
            return
        text = record.getMessage()
        told = copy.copy(record)
        told.name = self._to.name
        told.msg = " - ".join([*(each for each in self._where.values() if each), text])
        told.args = None
        setattr(told, META, {**self._where, "orig_message": text})
        token = heard_by.set(None)
        try:
            self._to.handle(told)
        except Exception:  # noqa: BLE001 - the promise of every handler: logging never raises
            self.handleError(record)
        finally:
            heard_by.reset(token)


class _InSteps(logging.Filter):
    """What a step's code logs goes to the step's log; of what others log, what they would hear anyway."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record goes the ordinary way."""
        sink = heard_by.get()
        if sink is None:
            return record.levelno >= logging.getLogger().getEffectiveLevel()
        sink.logger.handle(record)
        return False


_IN_STEPS = _InSteps()


def get_dagster_logger(name: str | None = None) -> logging.Logger:
    """A logger for code that has no context: in a step its messages are kept with the run, as `context.log`'s are.

    Args:
        name: What it is called, after `assets.`.
    """
    found = logging.getLogger(f"assets.{name or 'builtin'}")
    if _IN_STEPS not in found.filters:
        found.addFilter(_IN_STEPS)
        found.setLevel(logging.DEBUG)
    return found
