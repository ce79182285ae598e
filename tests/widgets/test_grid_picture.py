"""Laws of the static picture of the grid."""

from xml.etree import ElementTree as ET

from assets.widgets.grid_picture import grid_alternative, grid_picture, grid_text
from assets.widgets.models import NO_CELL, STATES


def grid(*groups):
    """Groups as (title, columns, {asset: states}), in the form that the page gets."""
    cells, made = bytearray(), []
    for title, columns, assets in groups:
        offset, rows = len(cells), []
        for name, states in assets.items():
            codes = [NO_CELL if s is None else STATES.index(s) for s in states]
            cells += bytes(codes)
            rows.append(
                {"id": name, "label": name, "counts": {s: states.count(s) for s in STATES if s in states}}
            )
        made.append({"title": title, "columns": columns, "rows": rows, "offset": offset, "dimensions": []})
    return {"op": "grid", "groups": made, "states": list(STATES), "shape": ""}, bytes(cells)


DAYS = [f"2024-01-{d:02}" for d in range(1, 32)]


def test_cells_of_one_state_are_one_path():
    """The picture of a year stays small."""
    days = [f"d{i}" for i in range(3650)]
    drawn = grid_picture(*grid(("daily", days, {"sales": ["fresh"] * 3000 + ["stale"] * 650})))
    assert drawn.count("<path class=") <= 2 + 2  # two in the legend
    assert len(drawn) < 4_000


def test_a_partition_that_is_not_there_is_not_drawn():
    """Holes stay holes."""
    drawn = grid_picture(*grid(("daily", ["a", "b", "c"], {"x": ["fresh", None, "fresh"]})))
    assert drawn.count("M") - drawn.count("M1.8") == 2


def test_names_are_data():
    """A title or a name with markup is shown as it is."""
    drawn = grid_picture(*grid(("<i>", ["a"], {"<script>": ["failed"]})))
    ET.fromstring(drawn)
    assert "<script" not in drawn


def test_texts_say_the_numbers():
    """The table and the alternative text hold what the colours show."""
    model, _ = grid(
        ("daily", DAYS, {"sales": ["fresh"] * 30 + ["failed"]}), ("not partitioned", [""], {"raw": ["fresh"]})
    )
    assert grid_text(model) == "asset  partitions\nsales  1 failed, 30 fresh\nraw    1 fresh"
    assert grid_alternative(model) == "partitions of 2 assets: 1 failed, 31 fresh"


def test_nothing_is_a_picture_too():
    """No assets, no error."""
    assert "No assets are defined yet" in grid_picture(*grid())
    assert grid_text(grid()[0]) == "no assets are defined yet"


def test_several_dimensions_are_a_table_as_on_the_page():
    """Time across, the first of the others down; of several partitions under a cell the most urgent shows."""
    model, cells = grid(
        ("three", [f"{n}" for n in range(12)], {"<b>": ["fresh"] * 5 + ["failed"] + ["fresh"] * 6})
    )
    model["groups"][0]["dimensions"] = [
        {"name": "carrier", "keys": ["A", "B"], "time": False},
        {"name": "day", "keys": ["d1", "d2", "d3"], "time": True},
        {"name": "origin", "keys": ["E", "J"], "time": False},
    ]
    drawn = grid_picture(model, cells)
    ET.fromstring(drawn)
    assert "&lt;b&gt; \N{MIDDLE DOT} carrier \N{MULTIPLICATION SIGN} day" in drawn
    assert drawn.count(">A<") == drawn.count(">B<") == 1
    # Two rows of three, of which A on the third day is failed; and the two of the legend.
    assert drawn.count('<path class="failed"') == 1
    fresh = [part for part in drawn.split("<path ") if part.startswith('class="fresh"')]
    assert [part.count("M") for part in fresh] == [2, 3]
