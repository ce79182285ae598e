"""The shapes that a widget's page is told, as plain JSON: what Python and TypeScript agree on.

`views` makes them from core's facts, `live` sends them, `picture` draws them. The same
shapes stand in `frontend/src/model.ts`.
"""

from __future__ import annotations

from typing import TypedDict

STATES = ("running", "queued", "failed", "missing", "stale", "upstream", "fresh", "external", "ghost")
"""Every state, the one that shows first where several apply in front."""

OUTCOMES = ("failed", "warning", "pending", "passed")
"""How a check can stand, the worst first."""

NO_CELL = 255
"""The byte of a grid for a partition that the asset does not have."""


class NodeModel(TypedDict):
    """One card: the middle at `x`, `y`."""

    id: str
    label: str
    prefix: str
    group: str
    kinds: list[str]
    type: str
    mark: str
    x: float
    y: float
    w: float
    h: float
    state: str
    counts: dict[str, int] | None
    parts: int
    about: str
    error: str
    stamp: float | None
    cause: str
    cell: str
    checks: dict[str, int]


EdgeModel = TypedDict("EdgeModel", {"from": str, "to": str, "points": list[list[float]], "loads": bool})


class RunModel(TypedDict):
    """The run that goes on, or the one that ended last."""

    id: str
    state: str
    done: int
    total: int
    current: str
    text: str
    waiting: int
    kept: int
    seconds: float


class NoteModel(TypedDict):
    """One line for the user."""

    text: str
    level: str


class LineageModel(TypedDict):
    """Everything that the lineage widget shows; `rev` counts the views of one widget."""

    op: str
    rev: int
    nodes: list[NodeModel]
    edges: list[EdgeModel]
    run: RunModel | None
    counts: dict[str, int]
    size: list[float]
    note: NoteModel | None
    title: str


class GridRow(TypedDict):
    """One asset of a grid."""

    id: str
    label: str
    counts: dict[str, int]


class DimensionModel(TypedDict):
    """One dimension of partitions; `time` if its keys are windows of time."""

    name: str
    keys: list[str]
    time: bool


class GridGroup(TypedDict):
    """Assets with the same partitions; `offset` is where their bytes begin.

    Where partitions have several `dimensions`, the columns are their product, the last varying fastest.
    """

    title: str
    columns: list[str]
    rows: list[GridRow]
    offset: int
    dimensions: list[DimensionModel]


class GridModel(TypedDict):
    """Assets by partitions; the cells come as one buffer of bytes, each an index into `states`.

    `shape` is a name for what the bytes lie over: equal for equal rows and columns.
    """

    op: str
    groups: list[GridGroup]
    states: list[str]
    shape: str


class MeasureModel(TypedDict):
    """A number that cells can be coloured by."""

    id: str
    label: str


class ValuesModel(TypedDict):
    """What there is to colour by; the numbers of one measure come as a buffer of doubles over `shape`."""

    op: str
    measures: list[MeasureModel]
    measure: str
    shape: str


class RelatedLine(TypedDict):
    """Partitions of one asset, each range by its first and last key in the order of the columns."""

    id: str
    total: int
    ranges: list[list[str]]


class RelatedModel(TypedDict):
    """What a partition reads and what reads it, directly."""

    op: str
    id: str
    partition: str
    up: list[RelatedLine]
    down: list[RelatedLine]


class PlanLine(TypedDict):
    """One asset of a plan."""

    id: str
    partitions: int
    cause: str


class PlanModel(TypedDict):
    """What a click would do."""

    op: str
    run: list[PlanLine]
    maybe: list[PlanLine]
    kept: int
    text: str
    blocked: str


class CauseModel(TypedDict):
    """One reason why an asset is not fresh, with the changed lines where it is code."""

    kind: str
    text: str
    diff: str


class MetadataModel(TypedDict):
    """One metadata entry: its type's name, and a value that is JSON."""

    label: str
    type: str
    value: object


class PlotModel(TypedDict):
    """A number over time."""

    label: str
    points: list[list[float]]


class AttemptModel(TypedDict):
    """One line of an asset's history."""

    run: str
    at: float
    seconds: float
    partition: str | None
    version: str
    outcome: str
    error: str
    metadata: list[MetadataModel]


class PastCheckModel(TypedDict):
    """An answer that a check gave once."""

    at: float
    outcome: str
    partition: str | None


class CheckModel(TypedDict):
    """A check of an asset, and its newest answer; `old` if that is about a value replaced since."""

    name: str
    about: str
    outcome: str
    blocking: bool
    at: float | None
    partition: str | None
    old: bool
    text: str
    metadata: list[MetadataModel]
    past: list[PastCheckModel]


class ConfigModel(TypedDict):
    """A part of a run's config as a form: the schema of what it takes, and what is in force of it."""

    section: str
    name: str
    form: dict[str, object]
    value: dict[str, object]


class ErrorModel(TypedDict):
    """What the user's code raised."""

    text: str
    traceback: str


class PartsModel(TypedDict):
    """How many partitions there are, and how many in each state."""

    total: int
    counts: dict[str, int]


class VersionsModel(TypedDict):
    """The versions that stand for an asset."""

    code: str
    data: str
    python: str


class DetailsModel(TypedDict):
    """Everything that the panel of one asset shows."""

    op: str
    id: str
    title: str
    about: str
    type: str
    group: str
    owners: list[str]
    kinds: list[str]
    tags: dict[str, str]
    state: str
    mark: str
    causes: list[CauseModel]
    roots: list[str]
    code: str
    cell: str
    versions: VersionsModel
    upstream: list[str]
    downstream: list[str]
    metadata: list[MetadataModel]
    plots: list[PlotModel]
    history: list[AttemptModel]
    error: ErrorModel | None
    log: str
    parts: PartsModel | None
    untracked: list[str]
    checks: list[CheckModel]
    config: list[ConfigModel]
