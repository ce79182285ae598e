"""The lineage graph as a static SVG: what remains of the widget in a saved notebook. Pure.

It shows what the live widget shows, without anything that changes from run to run: no
times, durations, ids or versions. Every text is data and is escaped. Light and dark come
from a media query inside the SVG, which works in an `<img>` too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .card import (
    BADGE_SIZE,
    CHIP_PADDING,
    FOOT_SIZE,
    INSET,
    MARGIN,
    MOST_KINDS,
    NAME_SIZE,
    SHIELD,
    STATE_SIZE,
    badge_width,
    chip_width,
)
from .lettering import clip, width
from .models import OUTCOMES, STATES, LineageModel, NodeModel
from .svg import CHECKS, data, document, glyph, shield, short

EDGE = 20.0
"""The free border around the drawing."""
LEGEND = 34.0
SHORTEST_REASON = 7
"""A reason that is cut to fewer letters says nothing and is left out."""
MOST_NODES = 1_000
"""Beyond it a card is a plain box with its name: the picture would weigh megabytes."""


def lineage_picture(model: LineageModel) -> str:
    """The SVG text of a placed lineage model."""
    nodes, size = model["nodes"], model["size"]
    present = [state for state in STATES if model["counts"].get(state)]
    head = _legend(model["counts"], present)
    broad = max(size[0] + 2 * EDGE, head[1] + 2 * EDGE, 240)
    high = size[1] + 2 * EDGE + LEGEND if nodes else 90
    body: list[str] = []
    if nodes:
        # A small graph stands in the middle of a legend that is broader than itself.
        left = EDGE + max(0.0, (broad - 2 * EDGE - size[0]) / 2)
        body.append(f'<g transform="translate({short(left)} {short(EDGE + LEGEND)})">')
        body.append(_lines(model))
        draw = _card if len(nodes) <= MOST_NODES else _box
        body += [draw(node) for node in nodes]
        body.append("</g>")
    else:
        body.append(
            f'<text class="soft" x="{short(EDGE)}" y="58" font-size="13">No assets are defined yet.</text>'
        )
    coloured = {CHECKS[outcome][0] for node in nodes for outcome in node["checks"]}
    coloured.update(state for node in nodes for state in node["counts"] or ())
    styled = [state for state in STATES if state in present or state in coloured]
    return document(broad, high, alternative(model), [head[0], *body], styled)


def alternative(model: LineageModel) -> str:
    """What the picture shows, in one sentence, for those who cannot see it."""
    count = len(model["nodes"])
    states = ", ".join(f"{model['counts'][state]} {state}" for state in STATES if model["counts"].get(state))
    name = f"{model['title']}: " if model["title"] else ""
    return f"{name}lineage of {count} asset{'' if count == 1 else 's'}{': ' + states if states else ''}"


def lineage_text(model: LineageModel) -> str:
    """The graph as a table of assets and states: the same wherever the graph is the same."""
    rows = [
        (
            node["id"],
            _state_words(node)
            + (f" ({node['mark']})" if node["mark"] else "")
            + (f"  checks: {_checks_words(node)}" if node["checks"] else ""),
        )
        for node in model["nodes"]
    ]
    if not rows:
        return "no assets are defined yet"
    broad = max(len("asset"), *(len(name) for name, _ in rows))
    return "\n".join(f"{name:<{broad}}  {state}".rstrip() for name, state in [("asset", "state"), *rows])


def _legend(counts: Mapping[str, int], present: Sequence[str]) -> tuple[str, float]:
    """The states that occur and how many assets are in each, and how broad that is."""
    x, parts = EDGE, []
    for state in present:
        words = f"{counts[state]} {state}"
        parts.append(
            glyph(state, x, 16.5)
            + f'<text class="soft" x="{short(x + 17)}" y="26" font-size="12">{words}</text>'
        )
        x += 17 + width(words, 12) + 18
    return "".join(parts), max(0.0, x - 18 - EDGE)


def _lines(model: LineageModel) -> str:
    """All edges: one path for the loaded ones, one for the others, one for the heads."""
    nodes = {node["id"]: node for node in model["nodes"]}
    paths: dict[bool, list[str]] = {True: [], False: []}
    heads: list[str] = []
    for edge in model["edges"]:
        points = edge["points"]
        a, b = nodes[edge["from"]], nodes[edge["to"]]
        downward = _downward(points, a, b)
        x, y = points[0]
        line = [f"M{short(x)} {short(y)}"]
        for i, (right, below) in enumerate(points[1:], 2):
            to_x, to_y = right, below
            if i == len(points):
                to_x, to_y = (right, below - 6) if downward else (right - 6, below)
                heads.append(_head(right, below, downward))
            if x == to_x if downward else y == to_y:
                line.append(f"L{short(to_x)} {short(to_y)}")
            elif downward:
                line.append(
                    f"C{short(x)} {short((y + to_y) / 2)} {short(to_x)} {short((y + to_y) / 2)} {short(to_x)} {short(to_y)}"
                )
            else:
                line.append(
                    f"C{short((x + to_x) / 2)} {short(y)} {short((x + to_x) / 2)} {short(to_y)} {short(to_x)} {short(to_y)}"
                )
            x, y = to_x, to_y
        paths[edge["loads"]].append("".join(line))
    drawn = [
        f'<path class="line{"" if loads else " open"}" d="{"".join(lines)}"/>'
        for loads, lines in paths.items()
        if lines
    ]
    return "".join(drawn) + (f'<path class="head" d="{"".join(heads)}"/>' if heads else "")


def _downward(points: Sequence[Sequence[float]], a: NodeModel, b: NodeModel) -> bool:
    """Whether an edge leaves by the bottom: then its first point is at the card's lower border."""
    return abs(points[0][1] - a["y"]) >= a["h"] / 2 and abs(points[-1][1] - b["y"]) >= b["h"] / 2


def _head(x: float, y: float, downward: bool) -> str:
    if downward:
        return f"M{short(x)} {short(y)}l-3.5 -7h7z"
    return f"M{short(x)} {short(y)}l-7 -3.5v7z"


def _state_words(node: NodeModel) -> str:
    """The state, and for a partitioned asset how many of its partitions are in it."""
    if node["parts"] and node["counts"] and node["state"] in node["counts"]:
        return f"{node['state']} {node['counts'][node['state']]}/{node['parts']}"
    return node["state"]


def _checks_words(node: NodeModel) -> str:
    """How many checks came out how, the worst first."""
    return ", ".join(
        f"{node['checks'][outcome]} {outcome}" for outcome in OUTCOMES if node["checks"].get(outcome)
    )


def _card(node: NodeModel) -> str:
    """One card: bar of the state, name, state and reason, home and kinds, and the partitions."""
    broad, high, state = node["w"], node["h"], node["state"]
    rim = (
        "loose open"
        if node["type"] == "ghost" or node["mark"]
        else "card open"
        if node["type"] == "external"
        else "card"
    )
    room = broad - INSET - MARGIN
    name = clip(node["label"], room - badge_width(sum(node["checks"].values())), NAME_SIZE, bold=True)
    words = _state_words(node)
    why = node["mark"] or node["cause"]
    out = [
        f'<g transform="translate({short(node["x"] - broad / 2)} {short(node["y"] - high / 2)})">',
        f"<title>{data(_spoken(node))}</title>",
        f'<rect class="{rim}" width="{short(broad)}" height="{short(high)}" rx="7"/>',
        f'<path class="{state}" d="M5 0.5A6.5 6.5 0 0 0 0.5 7V{short(high - 7)}A6.5 6.5 0 0 0 5 {short(high - 0.7)}Z"/>',
        f'<text class="text" x="{short(INSET)}" y="20" font-size="{short(NAME_SIZE)}" font-weight="600">{data(name)}</text>',
        glyph(state, INSET, 27.5, 10.5),
    ]
    reason = clip(f" · {why}", room - 16 - width(words, STATE_SIZE), STATE_SIZE) if why else ""
    if len(reason) < SHORTEST_REASON:
        reason = ""
    out.append(
        f'<text x="{short(INSET + 16)}" y="37" font-size="{short(STATE_SIZE)}"><tspan class="text">{data(words)}</tspan>'
        + (f'<tspan class="soft">{data(reason)}</tspan>' if reason else "")
        + "</text>"
    )
    out.append(_foot(node, room))
    if node["checks"]:
        out.append(_badge(node["checks"], INSET + room))
    if node["parts"] and node["counts"]:
        out.append(_partition_bar(node["counts"], broad, high))
    out.append("</g>")
    return "".join(out)


def _badge(checks: Mapping[str, int], right: float) -> str:
    """The sign of the worst outcome, and how many checks passed of how many; it ends at `right`."""
    total = sum(checks.values())
    words = f"{checks.get('passed', 0)}/{total}"
    left = right - width(words, BADGE_SIZE)
    worst = next(outcome for outcome in OUTCOMES if checks.get(outcome))
    return (
        shield(worst, left - 2 - SHIELD, 9.0, SHIELD)
        + f'<text class="soft" x="{short(left)}" y="19.5" font-size="{short(BADGE_SIZE)}">{words}</text>'
    )


def _foot(node: NodeModel, room: float) -> str:
    """The last line: where the asset belongs on the left, its kinds on the right."""
    out: list[str] = []
    right = INSET + room
    for kind in reversed(node["kinds"][:MOST_KINDS]):
        text = clip(kind, room / 2, FOOT_SIZE)
        broad = chip_width(text)
        right -= broad
        out.append(
            f'<rect class="chip" x="{short(right)}" y="42.5" width="{short(broad)}" height="14" rx="4"/>'
            f'<text class="soft" x="{short(right + CHIP_PADDING)}" y="53" font-size="{short(FOOT_SIZE)}">{data(text)}</text>'
        )
        right -= 4
    home = node["prefix"] or ("" if node["group"] == "default" else node["group"])
    text = clip(home, right - INSET - 4, FOOT_SIZE)
    if len(text) > 1:
        out.append(
            f'<text class="soft" x="{short(INSET)}" y="53" font-size="{short(FOOT_SIZE)}">{data(text)}</text>'
        )
    return "".join(out)


def _partition_bar(counts: Mapping[str, int], broad: float, high: float) -> str:
    """The share of each state, along the card's lower border."""
    total = sum(counts.values()) or 1
    x, room, out = 8.0, broad - 16, []
    for state in STATES:
        if counts.get(state):
            part = room * counts[state] / total
            out.append(
                f'<rect class="{state}" x="{short(x)}" y="{short(high - 4)}" width="{short(part)}" height="3"/>'
            )
            x += part
    return "".join(out)


def _box(node: NodeModel) -> str:
    """A card of a very large graph: a box in the state's colour, and the name."""
    broad, high = node["w"], node["h"]
    x, y = node["x"] - broad / 2, node["y"] - high / 2
    name = clip(node["label"], broad - 2 * MARGIN, NAME_SIZE)
    return (
        f'<rect class="card" x="{short(x)}" y="{short(y)}" width="{short(broad)}" height="{short(high)}" rx="6"/>'
        f'<rect class="{node["state"]}" x="{short(x)}" y="{short(y)}" width="5" height="{short(high)}" rx="2"/>'
        f'<text class="text" x="{short(x + MARGIN)}" y="{short(node["y"] + 5)}" font-size="{short(NAME_SIZE)}">{data(name)}</text>'
    )


def _spoken(node: NodeModel) -> str:
    parts = [node["id"], _state_words(node)]
    parts += [part for part in (node["mark"], node["cause"], node["error"]) if part]
    if node["checks"]:
        parts.append(f"checks: {_checks_words(node)}")
    return ", ".join(parts)
