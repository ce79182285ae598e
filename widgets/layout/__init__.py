"""Where the nodes of a lineage graph stand, and how its edges run. Pure; knows ids and sizes only."""

from __future__ import annotations

from .placing import Card, Direction, Layout, Spot, lay_out

__all__ = ["Card", "Direction", "Layout", "Spot", "lay_out"]
