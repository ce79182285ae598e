"""The lineage widget: the graph that grows as cells run, with what each asset's state is and why."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TYPE_CHECKING, Any

from .base import Answer, AssetsWidget, Commands, bundled, resting_note
from .live import Live
from .models import LineageModel
from .picture import alternative, lineage_picture, lineage_text
from .requests import Request
from .svg import LIGHT, as_img

if TYPE_CHECKING:
    import graphviz


class Lineage(AssetsWidget):
    """The graph of the assets, live.

    Args:
        commands: What clicks lead to.
        look: Gives the present model (`views.lineage`), or `None` while it cannot be told.
        title: What it is the graph of.
    """

    _esm = bundled("lineage.js")
    _css = bundled("lineage.css")

    def __init__(self, commands: Commands, look: Callable[[], LineageModel | None], title: str = "") -> None:
        self.title = title
        self._source = look
        self._live = Live(self._look, self._tell_delta)
        super().__init__(commands)
        self._live.refresh()
        self._show(self._live.view)

    @property
    def view(self) -> LineageModel:
        """What the pages show now."""
        return self._live.view

    def changed(self) -> None:
        """Say that the graph, the facts or the run may be different now; costs microseconds."""
        self._live.changed()

    def refresh(self) -> None:
        """Bring the view up to date now, and tell the pages."""
        if not self._resting:
            self._live.refresh()
        self._show(self._live.view)

    def rest(self) -> None:
        """Show what is shown now, under a line that says so, and do nothing until `wake`."""
        super().rest()
        self._live.rest(resting_note())
        self._show(self._live.view)

    def wake(self) -> None:
        """Go on, after `rest`."""
        super().wake()
        self._live.wake()

    def close(self) -> None:
        """Take the widget out of every page."""
        live = getattr(self, "_live", None)
        if live is not None:
            live.close()
        super().close()

    def known(self) -> Container[str]:
        """The ids of the nodes."""
        return {node["id"] for node in self._live.view["nodes"]}

    def static_bundle(self) -> dict[str, str]:
        """The picture and the table that stay in the notebook."""
        self.refresh()
        view = self._live.view
        return {
            "text/html": as_img(lineage_picture(view), alternative(view)),
            "text/plain": lineage_text(view),
        }

    def to_svg(self) -> str:
        """The static picture."""
        self.refresh()
        return lineage_picture(self._live.view)

    def to_graphviz(self) -> graphviz.Digraph:
        """The graph for graphviz: its DOT source always, a rendering where `dot` is installed."""
        import graphviz  # only an export pays for it

        self.refresh()
        view = self._live.view
        drawn = graphviz.Digraph(name=self.title or "lineage")
        drawn.attr(rankdir=self._live.direction)
        drawn.attr("node", shape="box", style="rounded", fontname="Helvetica")
        names = {node["id"]: f"n{place}" for place, node in enumerate(view["nodes"])}
        for node in view["nodes"]:
            # A name of our own: graphviz reads a colon in a node's name as a port.
            drawn.node(
                names[node["id"]],
                label=graphviz.escape(f"{node['id']}\n{node['state']}"),
                color=LIGHT[node["state"]],
                style="rounded,dashed" if node["type"] == "ghost" or node["mark"] else "rounded",
            )
        for edge in view["edges"]:
            drawn.edge(names[edge["from"]], names[edge["to"]], style="solid" if edge["loads"] else "dashed")
        return drawn

    def _look(self) -> LineageModel | None:
        model = self._source()
        if model is not None and self.title and not model["title"]:
            model["title"] = self.title
        return model

    def _tell_delta(self, delta: dict[str, Any]) -> None:
        self._show(self._live.view)
        self._tell(delta)

    def _answer(self, request: Request) -> tuple[Answer, list[bytes]]:
        match request.op:
            case "hello":
                answer, _ = super()._answer(request)
                with self._live.lock:
                    self._live.watched = True
                    answer = {**answer, "snapshot": self._live.view}
                self._live.changed()
                return answer, []
            case "bye":
                farewell = super()._answer(request)
                self._live.watched = self.watched
                return farewell
            case "tidy":
                self._live.tidy()
                return {}, []
            case "layout":
                self._live.turn(request.fields["direction"])
                return {}, []
            case _:
                return super()._answer(request)
