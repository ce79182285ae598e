"""The layout as a whole: cards and edges in, places and routes out.

Pure and deterministic. Each connected part is laid out by itself (`ranks`, `order`,
`positions`) and `packing` shares the plane out. With a former layout given, what was
drawn stays where it was as far as it can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .order import crossings, former_order, settle
from .packing import Box, pack
from .positions import positions
from .ranks import ranks
from .web import Web

Direction = Literal["TB", "LR"]
Point = tuple[float, float]

GAP_BESIDE = {"TB": 28.0, "LR": 22.0}
GAP_BETWEEN = {"TB": 56.0, "LR": 72.0}
PITCH_STEP = 40.0
WORSE = 1.5
FEW_CROSSINGS = 2
MOST_BLANK = 400.0
SMALL, LARGE = 1_500, 6_000
"""Nodes and bends of a part, beyond which it gets fewer sweeps and rounds."""
SWEEPS = (24, 16, 8)
ROUNDS = (12, 8, 8)
PINNED_ROUNDS = 6


class Card(NamedTuple):
    """A node as the layout sees it."""

    id: str
    width: float
    height: float


class Spot(NamedTuple):
    """Where a node stands: its centre, its rank in its part, and which part that is."""

    x: float
    y: float
    rank: int
    part: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of all nodes and routes of all edges; also what the next layout is pinned to."""

    direction: Direction
    cards: tuple[Card, ...]
    edges: tuple[tuple[str, str], ...]
    spots: Mapping[str, Spot]
    routes: Mapping[tuple[str, str], tuple[Point, ...]]
    size: Point
    pitch: float
    bends: Mapping[tuple[str, str], tuple[float, ...]]
    best: tuple[int, ...]
    crossings: int


class _Part(NamedTuple):
    """One connected part, laid out.

    `corner` says where it was drawn before: across the ranks the edge of its first node,
    along them the middle of its first rank. A pinned part's `across` is absolute already.
    """

    members: Sequence[int]
    web: Web
    across: list[float]
    corner: Point | None
    pinned: bool
    crossings: int
    best: int


def lay_out(
    cards: Sequence[Card],
    edges: Sequence[tuple[str, str]],
    former: Layout | None = None,
    direction: Direction = "TB",
) -> Layout:
    """Place the cards and route the edges.

    Args:
        cards: The nodes, in a stable order: it breaks ties.
        edges: Pairs of ids, from what is read to what reads; without circles.
        former: The last layout; its nodes are pinned to where they were.
        direction: Ranks from top to bottom, or from left to right.
    """
    drawn, joined = tuple(cards), tuple(dict.fromkeys(edges))
    if former is not None:
        if (former.direction, former.cards, former.edges) == (direction, drawn, joined):
            return former
        if former.direction != direction or former.pitch != _pitch(drawn, direction):
            former = None
    number = {card.id: i for i, card in enumerate(drawn)}
    links = [(number[a], number[b]) for a, b in joined if a in number and b in number and a != b]
    pitch = _pitch(drawn, direction)
    parts = [
        _lay_part(members, inside, drawn, former, direction, pitch)
        for members, inside in _parts(len(drawn), links)
    ]
    depth = max((_along(card, direction) for card in drawn), default=0.0)
    return _assemble(parts, drawn, joined, direction, pitch, depth)


def _pitch(cards: Sequence[Card], direction: Direction) -> float:
    """How far a rank is from the next: the same everywhere, so that ranks stay put as the graph grows."""
    deepest = max((_along(card, direction) for card in cards), default=0.0)
    if direction == "LR":
        deepest = -(-deepest // PITCH_STEP) * PITCH_STEP
    return deepest + GAP_BETWEEN[direction]


def _across(card: Card, direction: Direction) -> float:
    return card.width if direction == "TB" else card.height


def _along(card: Card, direction: Direction) -> float:
    return card.height if direction == "TB" else card.width


def _parts(count: int, links: Sequence[tuple[int, int]]) -> list[tuple[list[int], list[tuple[int, int]]]]:
    """The connected parts: their nodes, and their links by position in that list."""
    root = list(range(count))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for a, b in links:
        one, other = sorted((find(a), find(b)))
        root[other] = one
    members: dict[int, list[int]] = {}
    place = [0] * count
    for i in range(count):
        mine = members.setdefault(find(i), [])
        place[i] = len(mine)
        mine.append(i)
    inside: dict[int, list[tuple[int, int]]] = {r: [] for r in members}
    for a, b in links:
        inside[find(a)].append((place[a], place[b]))
    return [(members[r], inside[r]) for r in members]


def _lay_part(
    members: Sequence[int],
    links: Sequence[tuple[int, int]],
    cards: Sequence[Card],
    former: Layout | None,
    direction: Direction,
    pitch: float,
) -> _Part:
    """One part: pinned if some of it was drawn before and the picture stays good, else afresh."""
    known = (
        {}
        if former is None
        else {i: former.spots[cards[m].id] for i, m in enumerate(members) if cards[m].id in former.spots}
    )
    extents = [_across(cards[m], direction) for m in members]
    up: list[list[int]] = [[] for _ in members]
    down: list[list[int]] = [[] for _ in members]
    for a, b in links:
        down[a].append(b)
        up[b].append(a)
    if former is None or not known:
        return _afresh(members, links, extents, up, down, direction, None)

    home = Counter(spot.part for spot in known.values()).most_common(1)[0][0]
    anchor = next(spot for spot in known.values() if spot.part == home)
    origin = (anchor.y if direction == "TB" else anchor.x) - anchor.rank * pitch
    stood = [_rank_in(known.get(i), home, origin, direction, pitch) for i in range(len(members))]
    raw = ranks(up, down, stood)
    first = min(raw)
    web = Web(extents, [r - first for r in raw])
    web.join(links)
    pins: dict[int, float] = {i: (spot.x if direction == "TB" else spot.y) for i, spot in known.items()}
    for (a, b), bends in web.bends.items():
        were = former.bends.get((cards[members[a]].id, cards[members[b]].id), ())
        if len(were) == len(bends):
            pins.update(zip(bends, were, strict=True))
    former_order(web, pins)
    crossed = crossings(web)
    best = sum(former.best[part] for part in {spot.part for spot in known.values()})
    if crossed > WORSE * best + FEW_CROSSINGS:
        left = min(pins[i] - extents[i] / 2 for i in known)
        fresh = _afresh(members, links, extents, up, down, direction, (left, origin))
        best = fresh.best
        if crossed > WORSE * best + FEW_CROSSINGS:
            return fresh
    across = positions(web, GAP_BESIDE[direction], PINNED_ROUNDS, pins, floor=0.0)
    corner = (0.0, origin + first * pitch)
    return _Part(members, web, across, corner, pinned=True, crossings=crossed, best=min(best, crossed))


def _afresh(
    members: Sequence[int],
    links: Sequence[tuple[int, int]],
    extents: Sequence[float],
    up: Sequence[Sequence[int]],
    down: Sequence[Sequence[int]],
    direction: Direction,
    corner: Point | None,
) -> _Part:
    raw = ranks(up, down)
    first = min(raw)
    web = Web(extents, [r - first for r in raw])
    web.join(links)
    size = len(web.rank)
    effort = 0 if size < SMALL else 1 if size < LARGE else 2
    crossed = settle(web, sweeps=SWEEPS[effort])
    across = positions(web, GAP_BESIDE[direction], ROUNDS[effort])
    return _Part(members, web, across, corner, pinned=False, crossings=crossed, best=crossed)


def _rank_in(spot: Spot | None, home: int, origin: float, direction: Direction, pitch: float) -> int | None:
    """The rank of a former spot in the part that most of its neighbours now come from."""
    if spot is None:
        return None
    if spot.part == home:
        return spot.rank
    rank = ((spot.y if direction == "TB" else spot.x) - origin) / pitch
    return int(rank) if rank >= 0 and rank == int(rank) else None


def _assemble(
    parts: Sequence[_Part],
    cards: tuple[Card, ...],
    edges: tuple[tuple[str, str], ...],
    direction: Direction,
    pitch: float,
    depth: float,
) -> Layout:
    """Pack the parts, and turn ranks and positions into places and routes."""
    lows, boxes = [], []
    for part in parts:
        ends = list(zip(part.across, part.web.extent, strict=True))
        low = min(at - extent / 2 for at, extent in ends)
        broad = max(at + extent / 2 for at, extent in ends) - low
        deep = (len(part.web.layers) - 1) * pitch + depth
        left, top = part.corner or (None, None)
        if part.pinned:
            left = low
        if top is not None:
            top -= depth / 2
        lows.append(low)
        boxes.append(
            Box(left, top, broad, deep, len(part.members))
            if direction == "TB"
            else Box(top, left, deep, broad, len(part.members))
        )
    corners = pack(boxes)
    if any(part.pinned for part in parts):
        blank = tuple(min(corner[axis] for corner in corners) for axis in (0, 1))
        if max(blank) <= MOST_BLANK:
            blank = (0.0, 0.0)
    else:
        # A fresh drawing begins at the edge of the deepest card among the first ranks.
        heads = [
            _along(cards[m], direction)
            for p in parts
            for m, r in zip(p.members, p.web.rank, strict=False)
            if r == 0
        ]
        first = (depth - max(heads, default=depth)) / 2
        blank = (0.0, first) if direction == "TB" else (first, 0.0)
    corners = [(x - blank[0], y - blank[1]) for x, y in corners]

    spots: dict[str, Spot] = {}
    bends: dict[tuple[str, str], tuple[float, ...]] = {}
    routes: dict[tuple[str, str], tuple[Point, ...]] = {}
    for place, (part, low, (x, y)) in enumerate(zip(parts, lows, corners, strict=True)):
        web = part.web
        shift, start = (x - low, y + depth / 2) if direction == "TB" else (y - low, x + depth / 2)
        across = [round(at + shift) for at in part.across]
        along = [round(start + r * pitch) for r in range(len(web.layers))]
        for i, member in enumerate(part.members):
            a, b = across[i], along[web.rank[i]]
            spots[cards[member].id] = Spot(*((a, b) if direction == "TB" else (b, a)), web.rank[i], place)
        for (a, b), passed in web.bends.items():
            ends_of = cards[part.members[a]], cards[part.members[b]]
            edge = ends_of[0].id, ends_of[1].id
            bends[edge] = tuple(across[v] for v in passed)
            line = [(across[a], along[web.rank[a]] + _along(ends_of[0], direction) / 2)]
            for v in passed:
                line += [
                    (across[v], along[web.rank[v]] - depth / 2),
                    (across[v], along[web.rank[v]] + depth / 2),
                ]
            line.append((across[b], along[web.rank[b]] - _along(ends_of[1], direction) / 2))
            routes[edge] = _route(line, direction)
    for up, down in edges:
        if (up, down) not in routes and up in spots and down in spots:
            routes[up, down] = ((spots[up].x, spots[up].y), (spots[down].x, spots[down].y))
    return Layout(
        direction=direction,
        cards=cards,
        edges=edges,
        spots={card.id: spots[card.id] for card in cards},
        routes=routes,
        size=_size(cards, spots, routes),
        pitch=pitch,
        bends=bends,
        best=tuple(part.best for part in parts),
        crossings=sum(part.crossings for part in parts),
    )


def _route(line: Sequence[Point], direction: Direction) -> tuple[Point, ...]:
    """The points of a line, without those in the middle of a straight run, as x and y."""
    kept = [
        point
        for i, point in enumerate(line)
        if i in (0, len(line) - 1) or not line[i - 1][0] == point[0] == line[i + 1][0]
    ]
    return tuple(kept) if direction == "TB" else tuple((along, across) for across, along in kept)


def _size(
    cards: Sequence[Card], spots: Mapping[str, Spot], routes: Mapping[tuple[str, str], tuple[Point, ...]]
) -> Point:
    """The right bottom corner of all that is drawn."""
    right = max((spots[card.id].x + card.width / 2 for card in cards), default=0.0)
    bottom = max((spots[card.id].y + card.height / 2 for card in cards), default=0.0)
    bulge = [point for route in routes.values() for point in route]
    return max([right, *(x for x, _ in bulge)]), max([bottom, *(y for _, y in bulge)])
