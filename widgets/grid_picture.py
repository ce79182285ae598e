"""The partition grid as a static SVG and as text: what remains of it in a saved notebook. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, product

from .lettering import clip, width
from .models import NO_CELL, STATES, DimensionModel, GridGroup, GridModel, GridRow
from .svg import data, document, glyph, short

EDGE = 20.0
TOP = 46.0
ROW = 20.0
BAR = 14.0
NAME_SIZE = 12.0
TITLE_SIZE = 12.0
LONGEST_NAME = 240.0
BROADEST = 900.0
BROADEST_CELL = 26.0
GAP_FROM = 6.0
"""Cells narrower than this stand without gaps between them."""
MOST_ROWS = 200
_TIMES = " \N{MULTIPLICATION SIGN} "


def grid_picture(model: GridModel, cells: bytes) -> str:
    """The SVG text of a grid and its cells."""
    counts = totals(model)
    present = [state for state in STATES if counts.get(state)]
    groups, cells = _tables(model["groups"], cells)
    names = [row["label"] for group in groups for row in group["rows"]]
    label = min(LONGEST_NAME, max([width(name, NAME_SIZE) for name in names] or [0.0]) + 14)
    body: list[str] = []
    x = EDGE
    for state in present:
        words = f"{counts[state]:,} {state}"
        body.append(glyph(state, x, 16.5))
        body.append(f'<text class="soft" x="{short(x + 17)}" y="26" font-size="12">{words}</text>')
        x += 17 + width(words, 12) + 18
    broad, y = max(x + EDGE - 18, 240.0), TOP
    for group in groups:
        drawn, right, y = _group(group, cells, model["states"], label, y)
        body.append(drawn)
        broad = max(broad, right + EDGE)
    if not names:
        body.append(
            f'<text class="soft" x="{short(EDGE)}" y="40" font-size="13">No assets are defined yet.</text>'
        )
        y += 20
    return document(broad, y + EDGE / 2, grid_alternative(model), body, present)


def grid_alternative(model: GridModel) -> str:
    """What the picture shows, in one sentence."""
    rows = sum(len(group["rows"]) for group in model["groups"])
    states = ", ".join(f"{n:,} {state}" for state, n in totals(model).items())
    return f"partitions of {rows} asset{'' if rows == 1 else 's'}{': ' + states if states else ''}"


def grid_text(model: GridModel) -> str:
    """The grid as a table of assets and the numbers of their states."""
    rows = [
        (row["label"], ", ".join(f"{row['counts'][s]} {s}" for s in STATES if row["counts"].get(s)))
        for group in model["groups"]
        for row in group["rows"]
    ]
    if not rows:
        return "no assets are defined yet"
    broad = max(len("asset"), *(len(name) for name, _ in rows))
    return "\n".join(f"{name:<{broad}}  {words}".rstrip() for name, words in [("asset", "partitions"), *rows])


def totals(model: GridModel) -> dict[str, int]:
    """How many partitions are in each state, over all assets."""
    found: Counter[str] = Counter()
    for group in model["groups"]:
        for row in group["rows"]:
            found.update(row["counts"])
    return {state: found[state] for state in STATES if found[state]}


def _tables(groups: Sequence[GridGroup], cells: bytes) -> tuple[list[GridGroup], bytes]:
    """The groups, each asset of several dimensions as a table of two, as a page shows it at first.

    Time, or else the dimension with the most keys, goes across, the first of the others down; a cell
    of several partitions shows the most urgent state.
    """
    made: list[GridGroup] = []
    bytes_made = bytearray()
    for group in groups:
        count = len(group["columns"])
        codes = cells[group["offset"] : group["offset"] + count * len(group["rows"])]
        dimensions = group["dimensions"]
        down, across = _axes(dimensions)
        deep = 0 if down == across else len(group["rows"]) * len(dimensions[down]["keys"])
        if not count or not 0 < deep <= MOST_ROWS:
            made.append({**group, "offset": len(bytes_made)})
            bytes_made += codes
            continue
        places = _places([len(each["keys"]) for each in dimensions], down, across)
        title = _TIMES.join(dimensions[n]["name"] for n in (down, across))
        for place, row in enumerate(group["rows"]):
            offset = len(bytes_made)
            rows = [GridRow(id=row["id"], label=key, counts={}) for key in dimensions[down]["keys"]]
            table = bytearray([NO_CELL]) * (len(rows) * len(dimensions[across]["keys"]))
            for at, code in zip(places, codes[place * count : (place + 1) * count], strict=True):
                # the states come with the most urgent in front
                table[at] = min(table[at], code)
            bytes_made += table
            made.append(
                GridGroup(
                    title=f"{row['label']} \N{MIDDLE DOT} {title}",
                    columns=dimensions[across]["keys"],
                    rows=rows,
                    offset=offset,
                    dimensions=[],
                )
            )
    return made, bytes(bytes_made)


def _axes(dimensions: Sequence[DimensionModel]) -> tuple[int, int]:
    """Which dimension goes down and which across; the same where there are no two."""
    if len(dimensions) < 2:  # noqa: PLR2004  a table has two
        return 0, 0
    across = next((n for n, each in enumerate(dimensions) if each["time"]), None)
    if across is None:
        across = max(range(len(dimensions)), key=lambda n: len(dimensions[n]["keys"]))
    return (0 if across else 1), across


def _places(sizes: Sequence[int], down: int, across: int) -> list[int]:
    """Where in the table of two dimensions each partition is, the last dimension varying fastest."""
    return [key[down] * sizes[across] + key[across] for key in product(*map(range, sizes))]


def _group(
    group: GridGroup, cells: bytes, states: Sequence[str], label: float, top: float
) -> tuple[str, float, float]:
    """The rows of one group; also where they end on the right and below."""
    count = len(group["columns"])
    cell = min(BROADEST_CELL, (BROADEST - label) / max(count, 1))
    left = EDGE + label
    room = max(count * cell + label, 200.0)
    title = clip(group["title"], room, TITLE_SIZE)
    out = [
        f'<text class="soft" x="{short(EDGE)}" y="{short(top + 12)}" font-size="{short(TITLE_SIZE)}">{data(title)}</text>'
    ]
    y = top + ROW
    for place, row in enumerate(group["rows"][:MOST_ROWS]):
        name = clip(row["label"], label - 10, NAME_SIZE)
        out.append(
            f'<text class="text" x="{short(EDGE)}" y="{short(y + 12)}" font-size="{short(NAME_SIZE)}">{data(name)}</text>'
        )
        start = group["offset"] + place * count
        out.append(_strip(cells[start : start + count], states, left, y + 1, cell))
        y += ROW
    more = len(group["rows"]) - MOST_ROWS
    if more > 0:
        out.append(
            f'<text class="soft" x="{short(EDGE)}" y="{short(y + 12)}" font-size="12">and {more} more assets</text>'
        )
        y += ROW
    return "".join(out), max(left + count * cell, EDGE + width(title, TITLE_SIZE)), y + 14


def _strip(codes: bytes, states: Sequence[str], left: float, y: float, cell: float) -> str:
    """One row of cells, the same states side by side as one piece of a path."""
    paths: dict[int, list[str]] = {}
    at = 0
    gap = 1.5 if cell >= GAP_FROM else 0.0
    for code, run in groupby(codes):
        length = len(list(run))
        if code != NO_CELL:
            path = paths.setdefault(code, [])
            if gap:
                path += [_cell(left + (at + i) * cell, y, cell - gap) for i in range(length)]
            else:
                path.append(_cell(left + at * cell, y, length * cell))
        at += length
    return "".join(
        f'<path class="{states[code]}" d="{"".join(path)}"/>' for code, path in sorted(paths.items())
    )


def _cell(x: float, y: float, broad: float) -> str:
    return f"M{x:.2f} {short(y)}h{broad:.2f}v{short(BAR)}h-{broad:.2f}z"
