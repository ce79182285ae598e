"""What came of a run, as the runner leaves it: the raw material of summaries and results."""

from __future__ import annotations

from typing import Any

from ..decide.plan import Plan
from ..define.op_graph import GraphDefinition
from ..events import CheckErrored, Evaluated, Event, Problem
from ..graph import Graph
from ..keys import Piece
from .dagster_run import DagsterRun
from .step import Setting


class Outcome:
    """What came of each step of one run.

    Attributes:
        run_id: The run; empty if nothing was written because there was nothing to do.
        events: Everything that happened, in order.
        built: The pieces that were made.
        kept: The pieces that were cut off: an ancestor ran, and they are up to date all the same.
        skipped: The pieces left out because there was no output, theirs or one above.
        untouched: The pieces not started because something above failed.
        failed: What the user's code raised, as text.
        errors: The exceptions themselves, in the order they came.
        live: Values that no store of ours has.
        outputs: What the steps of graphs gave, by step and output.
        evaluated: What checks said.
        broken: What failed that makes no asset, by the step's name: ops and checks.
        errored: The checks whose functions raised.
        cancelled: Whether the run was stopped.
        interrupted: The piece that was broken into.
        error: What stopped the run as a whole: a resource, the log.
        seconds: How long it took.
    """

    def __init__(self, run_id: str, plan: Plan, graph: Graph, setting: Setting) -> None:
        self.run_id = run_id
        self.plan = plan
        self.graph = graph
        self.setting = setting
        self.run: DagsterRun = setting.run
        self.events: list[Event] = []
        self.built: list[Piece] = []
        self.kept: list[Piece] = []
        self.skipped: list[Piece] = []
        self.untouched: list[Piece] = []
        self.failed: dict[Piece, Problem] = {}
        self.errors: dict[Piece, BaseException] = {}
        self.live: dict[Piece, Any] = {}
        self.outputs: dict[tuple[str, str], Any] = {}
        self.evaluated: list[Evaluated] = []
        self.broken: dict[str, BaseException] = {}
        self.errored: list[CheckErrored] = []
        self.root: GraphDefinition | None = None
        self.cancelled = False
        self.interrupted: Piece | None = None
        self.error: BaseException | None = None
        self.seconds = 0.0

    @property
    def success(self) -> bool:
        """Whether every step that was to run did."""
        return not (self.failed or self.broken or self.cancelled or self.error)

    @property
    def first_error(self) -> BaseException | None:
        """The first exception of the user's code, with the user's traceback."""
        return next(iter(self.errors.values()), None) or next(iter(self.broken.values()), None)

    @property
    def error_line(self) -> str:
        """What failed, in one line."""
        if self.error is not None:
            return f"{type(self.error).__name__}: {self.error}"
        for piece, problem in self.failed.items():
            return f"{piece}: {problem.line}"
        return next((f"{step}: {type(error).__name__}: {error}" for step, error in self.broken.items()), "")
