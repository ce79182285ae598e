"""A lineage model with its places: the join of what `views` says and where `layout` puts it. Pure."""

from __future__ import annotations

from .layout import Card, Direction, Layout, lay_out
from .models import LineageModel


def placed(
    model: LineageModel, former: Layout | None = None, direction: Direction = "TB"
) -> tuple[LineageModel, Layout]:
    """The model with places and routes, and the layout that the next one is pinned to.

    Args:
        model: From `views.lineage`.
        former: The layout of the model before, if there was one.
        direction: From top to bottom, or from left to right.
    """
    cards = [Card(node["id"], node["w"], node["h"]) for node in model["nodes"]]
    layout = lay_out(cards, [(edge["from"], edge["to"]) for edge in model["edges"]], former, direction)
    spots, routes = layout.spots, layout.routes
    done = model.copy()
    done["nodes"] = [{**node, "x": spots[node["id"]].x, "y": spots[node["id"]].y} for node in model["nodes"]]
    done["edges"] = [
        {**edge, "points": [list(point) for point in routes[edge["from"], edge["to"]]]}
        for edge in model["edges"]
    ]
    done["size"] = list(layout.size)
    return done, layout
