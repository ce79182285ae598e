"""What the pages of the widgets see, and what their clicks do: views of the workspace, and its queue."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..core.choice import of_another_session
from ..core.decide.plan import Plan
from ..core.decide.rows import rows
from ..core.decide.states import states
from ..core.decide.status import Status, status
from ..core.define.expansion import expand
from ..core.errors import UnknownAssetError
from ..core.events import Logged
from ..core.graph import Graph
from ..core.keys import AssetKey, Piece
from ..core.verbs import moment
from ..core.workspace import Workspace
from ..widgets.grid import Sight
from ..widgets.models import GridModel, LineageModel, NoteModel
from ..widgets.views.details import details
from ..widgets.views.grid import grid
from ..widgets.views.lineage import lineage
from ..widgets.views.plan import plan_view
from ..widgets.views.related import related
from ..widgets.views.values import values
from .clicks import Ask, Clicks, asked
from .numbers import Numbers

_LONGEST_LOG = 20_000


class Pages:
    """Answers to the widgets' requests, on top of a workspace and its queue.

    Args:
        workspace: What is looked at.
        clicks: Where runs are asked for.
        busy: Whether a cell of the user runs on another thread: then nothing is worked out.
        note: One line for the user, if there is one.
        cell_of: How to call the cell that defined an asset.
        named: Calls the cells in a traceback by their numbers.
        opened: Called when a page begins to look.
    """

    def __init__(
        self,
        workspace: Workspace,
        clicks: Clicks,
        busy: Callable[[], bool],
        note: Callable[[], NoteModel | None],
        cell_of: Callable[[AssetKey], str],
        named: Callable[[str], str],
        opened: Callable[[], None],
    ) -> None:
        self._workspace = workspace
        self._clicks = clicks
        self._busy = busy
        self._note = note
        self._cell_of = cell_of
        self._named = named
        self._opened = opened
        self._numbers = Numbers(workspace.metadata_of)
        self._numbers_of = workspace.store_path

    def lineage(self) -> LineageModel | None:
        """What the graph widget shows; `None` while the user's code runs and no run of ours does."""
        workspace = self._workspace
        if self._busy() and workspace.activity is None:
            return None
        graph, rows = self._status()
        return lineage(
            graph,
            rows,
            remembered=workspace.remembered(),
            facts=workspace.facts(),
            run=self._clicks.model(),
            note=self._note(),
        )

    def sight(self, keys: Sequence[AssetKey] | None = None) -> Sight | None:
        """What the grid widget shows; `None` as for `lineage`."""
        if self._busy() and self._workspace.activity is None:
            return None
        model, cells = self._grid(keys)
        return Sight(model, cells, self._clicks.model(), self._note())

    def hello(self) -> dict[str, Any]:
        """A page has opened."""
        self._opened()
        return {}

    def materialize(
        self, keys: Sequence[str] | None, mode: str, partitions: Mapping[str, Sequence[str]] | None
    ) -> dict[str, Any]:
        """Enqueue a run."""
        ticket = self._clicks.submit(Ask.of(self._keys(keys), mode, _by_key(partitions)))
        return {"run": ticket.id, "state": ticket.state}

    def plan(
        self, keys: Sequence[str] | None, mode: str, partitions: Mapping[str, Sequence[str]] | None
    ) -> Mapping[str, Any]:
        """What `materialize` would do."""
        plan: Plan = self._workspace.plan(self._keys(keys), _by_key(partitions), **asked(mode))
        return plan_view(plan, self._workspace.facts())

    def cancel(self, run: str | None) -> dict[str, Any]:
        """Stop a run, or drop one that waits."""
        return {"cancelled": self._clicks.cancel(run)}

    def details(self, key: str) -> Mapping[str, Any]:
        """The panel of one asset."""
        workspace, asset = self._workspace, AssetKey.from_escaped_user_string(key)
        graph = workspace.graph
        if asset not in graph.nodes:
            raise UnknownAssetError(of_another_session(asset))
        graph, rows = self._status([asset])
        told = details(
            graph,
            rows[asset],
            workspace.why(asset),
            workspace.history(asset),
            code=_source(graph, asset),
            cell=self._cell_of(asset),
            log=self._printed(asset, rows[asset].run),
            answers=workspace.check_history(asset) if rows[asset].checks else (),
            config=[
                {
                    "section": part.section,
                    "name": part.name,
                    "form": dict(part.form),
                    "value": dict(part.value),
                }
                for part in workspace.configurable(asset)
            ],
        )
        if told["error"] is not None:
            told["error"]["traceback"] = self._named(told["error"]["traceback"])
        return told

    def configure(self, key: str, config: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Put parts of the config of an asset in force."""
        parts = [(part["section"], part["name"], part["value"]) for part in config]
        self._workspace.configure_parts(AssetKey.from_escaped_user_string(key), parts)
        return {}

    def grid(self, keys: Sequence[str] | None) -> tuple[Mapping[str, Any], bytes]:
        """The grid of some assets, or of all."""
        return self._grid(self._keys(keys))

    def values(self, keys: Sequence[str] | None, measure: str | None) -> tuple[Mapping[str, Any], bytes]:
        """What the cells of the grid of some assets, or of all, can be coloured by, and the numbers of one measure."""
        workspace = self._workspace
        path = workspace.store_path
        if path != self._numbers_of:
            self._numbers, self._numbers_of = Numbers(workspace.metadata_of), path
        graph = workspace.graph
        present = None if keys is None else [key for key in self._keys(keys) or () if key in graph.nodes]
        facts = workspace.facts()
        return values(graph, facts, self._numbers, measure, present, moment(facts))

    def related(self, key: str, partition: str) -> Mapping[str, Any]:
        """What a partition reads, and what reads it."""
        asset = AssetKey.from_escaped_user_string(key)
        graph = self._workspace.graph
        if asset not in graph.nodes:
            raise UnknownAssetError(of_another_session(asset))
        return related(graph, asset, partition, moment(self._workspace.facts()))

    def _grid(self, keys: Sequence[AssetKey] | None) -> tuple[GridModel, bytes]:
        workspace = self._workspace
        graph, codes = workspace.present()
        facts = workspace.facts()
        now = moment(facts)
        return grid(graph, rows(graph, facts, codes, keys, now), keys, self._clicks.active(), now)

    def _status(self, keys: Sequence[AssetKey] | None = None) -> tuple[Graph, Status]:
        workspace = self._workspace
        graph, codes = workspace.present()
        facts = workspace.facts()
        verdicts = states(graph, facts, codes, keys, moment(facts))
        return graph, status(
            graph, facts, verdicts, codes, keys or list(graph.nodes), self._clicks.active(), workspace.notes()
        )

    def _keys(self, ids: Sequence[str] | None) -> list[AssetKey] | None:
        return None if ids is None else [AssetKey.from_escaped_user_string(each) for each in ids]

    def _printed(self, asset: AssetKey, run: str) -> str:
        """What the last run of an asset printed and logged."""
        if not run:
            return ""
        lines = [
            event.text
            for _, event in self._workspace.log(run)
            if isinstance(event, Logged) and isinstance(event.piece, Piece) and event.piece.asset == asset
        ]
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)[-_LONGEST_LOG:]


def _by_key(partitions: Mapping[str, Sequence[str]] | None) -> dict[AssetKey, Sequence[str]] | None:
    if partitions is None:
        return None
    return {AssetKey.from_escaped_user_string(each): list(chosen) for each, chosen in partitions.items()}


def _source(graph: Graph, key: AssetKey) -> str:
    """The text of an asset's function, of a graph's those of its ops; nothing where it cannot be had."""
    definition = graph.nodes[key].definition
    if definition is None:
        return ""
    if definition.graph is None:
        functions = [definition.fn]
    else:
        functions = [step.op.fn for step in expand(definition.graph).steps.values()]
    texts: dict[str, None] = {}
    for function in functions:
        with suppress(OSError, TypeError):
            texts[inspect.getsource(function)] = None  # type: ignore[arg-type]  # it says so of `None` too
    return "\n".join(texts)
