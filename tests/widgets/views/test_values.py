"""Laws of the numbers that cells are coloured by."""

import datetime as dt
import math
from array import array

from assets import AssetKey, MetadataValue, StaticPartitionsDefinition, asset
from assets.core.events import Materialized
from assets.core.graph import Graph
from assets.core.history import Fold
from assets.core.keys import Piece
from assets.core.latest import Entry
from assets.core.partitions.moment import Moment
from assets.core.versions.data import Provenance
from assets.widgets.models import NO_CELL
from assets.widgets.views.grid import grid
from assets.widgets.views.values import numbers_in, values

NOW = Moment(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))


@asset(partitions_def=StaticPartitionsDefinition(["p", "q", "r"]))
def parted():
    return 1


@asset
def whole():
    return 1


GRAPH = Graph.of([parted, whole])
MADE = {
    1: ("parted", "p", 2.0, {"rows": MetadataValue.int(5)}),
    2: ("parted", "r", 3.0, {"rows": MetadataValue.float(math.nan), "<b>": MetadataValue.text("5")}),
    3: ("whole", None, 0.5, {"error": MetadataValue.float(0.25)}),
}
ASKED = []


def numbers(events):
    ASKED.append(set(events))
    return {event: numbers_in(MADE[event][3]) for event in events}


def facts():
    fold = Fold()
    for number, (name, partition, seconds, metadata) in MADE.items():
        piece = Piece(AssetKey(name), partition)
        fold.add(
            Entry(
                number,
                Materialized("r", 1.0, piece, Provenance("c", {}), "v", seconds=seconds, metadata=metadata),
            )
        )
    return fold.snapshot()


def told(measure=None, keys=None):
    model, packed = values(GRAPH, facts(), numbers, measure, keys, NOW)
    return model, [None if math.isnan(each) else each for each in array("d", packed)]


def test_what_there_is_to_colour_by_is_what_the_newest_materializations_hold():
    """Duration always; of metadata what is a number, NaN and text are none. One look for all assets."""
    ASKED.clear()
    model, found = told()
    assert [each["label"] for each in model["measures"]] == ["duration", "error"]
    assert found == []
    assert [set(each) for each in ASKED] == [{2, 3}]


def test_one_number_a_cell_in_the_order_of_the_grid():
    """A partition that was not made, or whose metadata has no such number, has none."""
    model, cells = grid(GRAPH, {}, now=NOW)
    assert set(cells) == {NO_CELL}
    seconds, found = told("seconds")
    assert seconds["shape"] == model["shape"]
    assert len(found) == len(cells)
    assert found == [2.0, None, 3.0, 0.5]
    assert told("metadata:rows")[1] == [5.0, None, None, None]
    assert told("metadata:error", [AssetKey("whole")])[1] == [0.25]


def test_a_measure_that_is_none_holds_no_numbers():
    """Whatever a page asks for."""
    assert told("nonsense")[1] == []
    assert told("metadata:nothing")[1] == [None] * 4


def test_other_rows_or_columns_have_another_shape():
    """So that numbers are never laid over cells that are not theirs."""
    shapes = [
        values(GRAPH, facts(), numbers, None, keys, NOW)[0]["shape"] for keys in (None, [AssetKey("whole")])
    ]
    assert shapes[0] != shapes[1]
