"""The partition grid in a browser, with a made-up kernel behind it."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser

ROW, HEAD = 20, 34


class Grid:
    """Where the cells of the harness's grid are."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.wait_for_function("document.querySelector('.as-grid-pane').dataset.cell > 0")
        self.pane = page.locator(".as-grid-pane")

    def at(self, row: int, column: int) -> tuple[float, float]:
        box = self.page.locator(".as-grid-scroll").bounding_box()
        cell = float(self.pane.get_attribute("data-cell"))
        labels = float(self.pane.get_attribute("data-labels"))
        top = box["y"] + HEAD + float(self.pane.get_attribute("data-titles"))
        return box["x"] + labels + (column + 0.5) * cell, top + (row + 0.5) * ROW

    def drag(self, start: tuple[int, int], end: tuple[int, int], **keys: str) -> None:
        mouse = self.page.mouse
        if keys:
            self.page.keyboard.down(keys["hold"])
        mouse.move(*self.at(*start))
        mouse.down()
        mouse.move(*self.at(*end), steps=4)
        mouse.up()
        if keys:
            self.page.keyboard.up(keys["hold"])

    def click(self, row: int, column: int, **keys: str) -> None:
        self.drag((row, column), (row, column), **keys)

    @property
    def chosen(self) -> int:
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        return int(self.pane.get_attribute("data-chosen"))

    def materialize(self) -> dict[str, Any]:
        self.page.locator(".as-main").click()
        return self.page.evaluate("model.requests('materialize').at(-1)")

    def columns(self) -> list[str]:
        return self.page.evaluate("model.cells.view.groups[0].columns")

    def rows(self) -> list[str]:
        return self.page.evaluate("model.cells.view.groups[0].rows.map(r => r.id)")


@pytest.fixture
def grid(open_page: Any) -> Any:
    def open_(**settings: object) -> Grid:
        return Grid(open_page(widget="grid", **{"rows": 4, "columns": 40, **settings}))

    return open_


def test_a_drag_chooses_a_rectangle_and_sends_exactly_its_keys(grid: Any) -> None:
    """Thirty days of one asset are thirty keys, from the first to the last."""
    g = grid(rows=1)
    g.drag((0, 3), (0, 32))
    assert g.chosen == 30
    assert g.materialize() == {
        "op": "materialize",
        "keys": g.rows(),
        "partitions": {g.rows()[0]: g.columns()[3:33]},
        "mode": "due",
    }


def test_a_drag_over_rows_chooses_in_each(grid: Any) -> None:
    """Backwards as well as forwards, over several assets."""
    g = grid()
    g.drag((2, 9), (1, 5))
    rows, columns = g.rows(), g.columns()
    assert g.materialize()["partitions"] == {rows[1]: columns[5:10], rows[2]: columns[5:10]}


def test_shift_click_stretches_from_the_first_click(grid: Any) -> None:
    """The anchor stays, the other corner moves."""
    g = grid()
    g.click(0, 2)
    g.click(0, 6, hold="Shift")
    assert g.chosen == 5
    g.click(1, 3, hold="Shift")
    assert g.chosen == 4


def test_control_adds_and_takes_away(grid: Any) -> None:
    """A second rectangle joins the first; a chosen cell leaves."""
    g = grid()
    g.drag((0, 0), (0, 2))
    g.drag((2, 5), (2, 6), hold="Control")
    assert g.chosen == 5
    g.click(0, 1, hold="Control")
    columns = g.columns()
    assert g.materialize()["partitions"] == {
        g.rows()[0]: [columns[0], columns[2]],
        g.rows()[2]: columns[5:7],
    }


def test_the_legend_chooses_a_state(grid: Any) -> None:
    """Every failed partition, and no other."""
    g = grid(columns=365, rows=20)
    g.page.locator('.as-legend [data-state="failed"]').click()
    shown = int(g.page.locator('.as-legend [data-state="failed"] b').inner_text())
    assert g.chosen == shown
    wrong = """() => { const {view, bytes} = model.cells; const g = view.groups[0]; const asked = model.requests('materialize').at(-1).partitions;
        return Object.entries(asked).flatMap(([id, keys]) => keys.filter(k => view.states[bytes[g.rows.findIndex(r => r.id === id) * g.columns.length + g.columns.indexOf(k)]] !== 'failed')); }"""
    g.materialize()
    assert g.page.evaluate(wrong) == []


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2013-01-03", "2013-01-05", 3),
        ("2013-02", "2013-02", 9),
        ("2013-02-05", "", 5),
        ("", "2013-01-02", 2),
        ("2012", "2013-01-01", 1),
    ],
)
def test_a_typed_range_counts_both_ends(grid: Any, first: str, last: str, count: int) -> None:
    """Keys may be given by their beginning, or left out at either side."""
    g = grid(rows=1)
    g.page.get_by_label("From partition").fill(first)
    g.page.get_by_label("To partition").fill(last)
    g.page.get_by_role("button", name="Select").click()
    assert g.chosen == count
    g.page.get_by_role("button", name="Clear").click()
    assert g.chosen == 0


def test_the_keyboard_moves_stretches_chooses_and_clears(grid: Any) -> None:
    """All that a hand can do, keys can."""
    g = grid()
    g.page.locator(".as-grid-scroll").focus()
    press = g.page.keyboard.press
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        press(key)
    assert g.chosen == 1
    press("Shift+ArrowRight")
    press("Shift+ArrowDown")
    assert g.chosen == 4
    press("Escape")
    assert g.chosen == 0
    assert g.page.locator(".as-unseen").text_content() != ""


def test_partitions_that_are_not_there_cannot_be_chosen(grid: Any) -> None:
    """A hole in a row stays out of every choice."""
    g = grid(rows=6)
    g.drag((4, 0), (5, 39))
    rows = g.rows()
    partitions = g.materialize()["partitions"]
    assert list(partitions) == [rows[4]]


def test_the_choice_survives_new_states(grid: Any) -> None:
    """A run repaints the bytes; what was chosen stays chosen."""
    g = grid()
    g.drag((0, 0), (0, 4))
    g.page.evaluate("() => { model.cells.bytes.fill(6); model.push({op: 'delta', rev: 2}); }")
    g.page.wait_for_function("document.querySelectorAll('.as-legend button').length === 1")
    assert g.chosen == 5


def test_new_days_keep_the_choice_by_key(grid: Any) -> None:
    """Columns may shift; a choice is of keys, not of places."""
    g = grid(rows=1)
    g.drag((0, 1), (0, 3))
    wanted = g.columns()[1:4]
    g.page.evaluate("""async () => {
        const { grid, days } = await import("./fake.js");
        model.cells = grid([["Daily", ["2012-12-31", ...days(40)], ["by_day"]]]);
        model.push({op: "delta", rev: 2});
    }""")
    g.page.wait_for_timeout(500)
    assert g.materialize()["partitions"]["by_day"] == wanted


def test_the_tip_names_asset_partition_and_state(grid: Any) -> None:
    """What is under the pointer is said in words."""
    g = grid()
    g.page.mouse.move(*g.at(1, 2))
    tip = g.page.locator(".as-tip")
    tip.wait_for()
    assert g.rows()[1] in tip.inner_text()
    assert g.columns()[2] in tip.inner_text()


def test_labels_of_columns_never_touch(grid: Any) -> None:
    """At every breadth of cell the words above keep their distance."""
    g = grid(columns=365, rows=2)
    g.page.evaluate("""() => {
        window.drawn = [];
        const real = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
            window.drawn.push([text, x, y, this.measureText(text).width]);
            return real.call(this, text, x, y, ...rest);
        };
    }""")
    for _ in range(9):
        g.page.get_by_role("button", name="Broader cells").click()
        g.page.wait_for_timeout(60)
        # one painting by itself: a hovered cell paints anew
        g.page.evaluate("window.drawn = []")
        g.page.mouse.move(*g.at(0, int(float(g.pane.get_attribute("data-cell")) > 8)))
        g.page.evaluate("() => new Promise(requestAnimationFrame)")
        labels = float(g.pane.get_attribute("data-labels"))
        by_line: dict[float, list[tuple[float, float, str]]] = {}
        for text, x, y, width in g.page.evaluate("window.drawn"):
            if y < HEAD and x >= labels - 60:
                by_line.setdefault(y, []).append((x, x + width, text))
        for words in by_line.values():
            for (_, end, left), (start, _, right) in itertools.pairwise(sorted(set(words))):
                assert end <= start, (left, right)


def test_each_section_has_a_breadth_of_its_own(grid: Any) -> None:
    """Five regions beside a thousand days: words get room, a click hits its cell, zooming keeps both within bounds."""
    g = grid(rows=1, columns=1000, two=1)

    def cells() -> list[float]:
        return [float(each) for each in g.pane.get_attribute("data-cells").split()]

    days, regions = cells()
    assert days <= 2
    assert regions >= 40
    labels = float(g.pane.get_attribute("data-labels"))
    box = g.page.locator(".as-grid-scroll").bounding_box()
    # Below the one row of days: the gap, the title and the head of the regions (each section has a title).
    y = box["y"] + 24 + HEAD + ROW + 14 + 24 + HEAD + ROW / 2
    g.page.locator(".as-grid-scroll").evaluate("el => { el.scrollLeft = 9999; }")
    g.page.mouse.click(box["x"] + labels + 4.5 * regions, y)
    assert g.materialize()["partitions"] == {"sales_by_region": ["overseas"]}
    g.page.get_by_role("button", name="Broader cells").click()
    broader = cells()
    assert broader[0] > days
    assert broader[1] >= regions
    g.page.get_by_role("button", name="Fit all columns").click()
    assert cells() == [days, regions]


@pytest.mark.parametrize(
    ("first", "last", "said"), [("2013-02-01", "2013-01-01", "runs backwards"), ("zzz", "", "no partitions")]
)
def test_a_range_that_means_nothing_says_so(grid: Any, first: str, last: str, said: str) -> None:
    """What was chosen stays chosen, and the line says why."""
    g = grid()
    g.drag((0, 0), (0, 2))
    g.page.get_by_label("From partition").fill(first)
    g.page.get_by_label("To partition").fill(last)
    g.page.get_by_role("button", name="Select").click()
    assert said in g.page.locator(".as-line-text").inner_text()
    assert g.chosen == 3


def test_a_state_within_a_range_is_chosen(grid: Any) -> None:
    """All missing since the eighth of February: these, whatever else lies in the range."""
    g = grid()
    g.page.get_by_label("State of partitions").select_option("missing")
    g.page.get_by_label("From partition").fill("2013-02-05")
    g.page.get_by_role("button", name="Select").click()
    wanted = g.page.evaluate("""() => { const {view, bytes} = model.cells; const g = view.groups[0]; const out = {};
        g.rows.forEach((row, r) => { const keys = g.columns.filter((key, c) => key >= '2013-02-05' && view.states[bytes[r * g.columns.length + c]] === 'missing'); if (keys.length) out[row.id] = keys; });
        return out; }""")
    assert wanted
    assert g.materialize()["partitions"] == wanted


def test_a_state_without_a_range_is_all_of_it_and_one_that_is_nowhere_says_so(grid: Any) -> None:
    """All failed; and where none is, the line says that instead of choosing nothing in silence."""
    g = grid(columns=365, rows=20)
    shown = int(g.page.locator('.as-legend [data-state="failed"] b').inner_text())
    state = g.page.get_by_label("State of partitions")
    state.select_option("failed")
    g.page.get_by_role("button", name="Select").click()
    assert g.chosen == shown
    g.page.evaluate("() => { model.cells.bytes.fill(6); model.push({op: 'delta', rev: 2}); }")
    g.page.wait_for_function("document.querySelectorAll('.as-legend button').length === 1")
    g.page.get_by_role("button", name="Select").click()
    assert "None of these partitions is failed" in g.page.locator(".as-line-text").inner_text()


def test_the_tip_says_what_a_cell_reads_and_what_reads_it(grid: Any) -> None:
    """The kernel is asked once for a cell where the pointer rests, and the rows concerned are marked."""
    g = grid()
    for _ in range(2):
        g.page.mouse.move(*g.at(1, 10))
        tip = g.page.locator(".as-tip")
        g.page.wait_for_function("document.querySelector('.as-tip').textContent.includes('read by')")
        assert f"reads 7 of {g.rows()[0]}" in tip.inner_text()
        assert f"read by 7 of {g.rows()[2]}" in tip.inner_text()
        g.page.mouse.move(5, 5)
    asked = g.page.evaluate("model.requests('related')")
    assert asked == [{"op": "related", "key": g.rows()[1], "partition": g.columns()[10]}]


def test_the_keyboard_hears_what_a_cell_reads(grid: Any) -> None:
    """What the pointer is shown, the cursor is told."""
    g = grid()
    g.page.locator(".as-grid-scroll").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        g.page.keyboard.press(key)
    g.page.wait_for_function("document.querySelector('.as-unseen').textContent.includes('reads 2 of')")


def test_names_of_related_assets_are_data(grid: Any) -> None:
    """A name with markup is shown as it is."""
    g = grid()
    g.page.evaluate("""() => { const answer = model.answer.bind(model);
        model.answer = (m) => m.op === "related" ? model.push({op: "reply", id: m.id, ok: true, related: {op: "related", up: [{id: "<img src=x>", total: 1, ranges: [["q", "q"]]}], down: []}}) : answer(m); }""")
    g.page.mouse.move(*g.at(1, 10))
    g.page.wait_for_function("document.querySelector('.as-tip').textContent.includes('<img src=x>')")
    assert g.page.locator(".as-tip img").count() == 0


PIXEL = """([x, y]) => { const c = document.querySelector('.as-grid-canvas'); const r = c.getBoundingClientRect(); const scale = c.width / r.width;
    return [...c.getContext('2d').getImageData((x - r.left) * scale, (y - r.top) * scale, 1, 1).data].slice(0, 3); }"""


def colour(grid: Grid, row: int, column: int) -> list[int]:
    """What is painted in the left part of a cell, where nothing is written."""
    x, y = grid.at(row, column)
    return grid.page.evaluate(PIXEL, [x - float(grid.pane.get_attribute("data-cell")) * 0.4, y])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_colour_the_cells_and_the_legend_says_what_they_are(grid: Any, theme: str) -> None:
    """The lowest number has the scale's first colour, the highest its last, what has none is told apart."""
    g = grid(rows=1, theme=theme)
    pick = g.page.get_by_label("Colour by")
    g.page.wait_for_function("document.querySelector('.as-colours select').options.length === 4")
    assert pick.locator("option").all_inner_texts() == ["state", "duration", "rows", "<b>"]
    before = colour(g, 0, 0)
    pick.select_option("rows")
    scale = g.page.locator(".as-scale")
    scale.get_by_text("without").wait_for()
    made = g.page.evaluate(
        "model.cells.bytes.filter(byte => model.cells.view.states[byte] !== 'missing').length"
    )
    assert 1 < made < 40
    assert [each.inner_text() for each in scale.locator("b").all()] == ["1,000", f"{1000 + made - 1:,}"]
    assert f"{40 - made} without" in scale.inner_text()
    assert colour(g, 0, 0) == [0x44, 0x01, 0x54] != before
    assert colour(g, 0, made - 1) == [0xFD, 0xE7, 0x25]
    assert colour(g, 0, 39) not in ([0x44, 0x01, 0x54], [0xFD, 0xE7, 0x25])
    g.page.mouse.move(*g.at(0, 2))
    g.page.wait_for_function("document.querySelector('.as-tip').textContent.includes('rows 1,002')")
    pick.select_option("state")
    g.page.wait_for_function("document.querySelector('.as-scale').hidden")
    assert colour(g, 0, 0) == before


def test_durations_are_told_in_units_and_follow_a_run(grid: Any) -> None:
    """Seconds are read as seconds; when the grid is told anew, the numbers are asked for again."""
    g = grid(rows=1)
    g.page.wait_for_function("document.querySelector('.as-colours select').options.length === 4")
    g.page.get_by_label("Colour by").select_option("duration")
    g.page.wait_for_function("document.querySelector('.as-scale').textContent.includes(' s')")
    before = g.page.locator(".as-scale").inner_text()
    g.page.evaluate("() => { model.cells.bytes.fill(6); model.push({op: 'delta', rev: 2}); }")
    g.page.wait_for_function("old => document.querySelector('.as-scale').innerText !== old", arg=before)
    assert "without" not in g.page.locator(".as-scale").inner_text()


def test_numbers_of_another_grid_are_not_painted(grid: Any) -> None:
    """An answer about other rows or columns than those shown is left alone."""
    g = grid(rows=1)
    g.page.wait_for_function("document.querySelector('.as-colours select').options.length === 4")
    before = colour(g, 0, 0)
    g.page.evaluate("""() => { const push = model.push.bind(model);
        model.push = (m, b) => push(m.values ? {...m, values: {...m.values, shape: "another"}} : m, b); }""")
    g.page.get_by_label("Colour by").select_option("rows")
    g.page.wait_for_function("model.requests('values').at(-1).measure === 'metadata:rows'")
    assert g.chosen == 0
    assert colour(g, 0, 0) == before


def axis(grid: Grid, label: str, value: str) -> None:
    """Chooses in one of the selects over the grid of several dimensions."""
    grid.page.locator(".as-axes").get_by_label(re.compile(f"^{label} of ")).select_option(label=value)


def test_two_dimensions_are_a_table_and_a_drag_chooses_their_product(grid: Any) -> None:
    """Time goes across; three days of two origins are six keys, each as the kernel writes it."""
    g = grid(rows=1, columns=20, multi=2)
    g.drag((0, 2), (1, 4))
    assert g.chosen == 6
    days = ["2013-01-03", "2013-01-04", "2013-01-05"]
    assert g.materialize()["partitions"] == {
        "by_day": [f"{day}|{origin}" for day in days for origin in ("EWR", "JFK")]
    }
    g.page.mouse.move(*g.at(2, 0))
    assert "LGA · 2013-01-01" in g.page.locator(".as-tip").inner_text()


def test_dimensions_change_places_and_the_choice_stays(grid: Any) -> None:
    """Whoever picks the other one as rows turns the table; what was chosen are keys, not places."""
    g = grid(rows=1, columns=20, multi=2)
    g.drag((1, 2), (1, 4))
    wanted = g.materialize()["partitions"]
    axis(g, "Rows", "day")
    assert g.page.locator(".as-axes").get_by_label("Columns").input_value() == "origin"
    assert g.chosen == 3
    assert g.materialize()["partitions"] == wanted
    g.click(0, 2)
    assert g.materialize()["partitions"] == {"by_day": ["2013-01-01|LGA"]}


def test_other_dimensions_are_summed_or_held(grid: Any) -> None:
    """A cell of several partitions chooses all of them; one that is held leaves the others out of the choice."""
    g = grid(rows=1, columns=10, multi=3)
    axis(g, "Rows", "origin")
    axis(g, "Columns", "day")
    g.click(0, 0)
    carriers = ["AA", "B6", "UA", "<b>"]
    assert g.materialize()["partitions"] == {"by_day": [f"{each}|2013-01-01|EWR" for each in carriers]}
    g.page.mouse.move(*g.at(0, 0))
    tip = g.page.locator(".as-tip").inner_text()
    assert sum(int(word) for word in tip.replace(",", " ").split() if word.isdigit()) == 4
    axis(g, "carrier", "<b>")
    assert g.chosen == 1
    assert g.materialize()["partitions"] == {"by_day": ["<b>|2013-01-01|EWR"]}
    axis(g, "Rows", "assets")
    axis(g, "carrier", "all, summed")
    g.click(0, 1)
    assert g.chosen == 12


def test_a_state_is_chosen_behind_summed_cells(grid: Any) -> None:
    """All failed: not what stands beside them under one cell."""
    g = grid(rows=2, columns=30, multi=3)
    axis(g, "Rows", "assets")
    g.page.locator('.as-legend [data-state="failed"]').click()
    shown = int(g.page.locator('.as-legend [data-state="failed"] b').inner_text())
    assert g.chosen == shown
    wrong = """() => { const {view, bytes} = model.cells; const g = view.groups[0]; const asked = model.requests('materialize').at(-1).partitions;
        return Object.entries(asked).flatMap(([id, keys]) => keys.filter(k => view.states[bytes[g.rows.findIndex(r => r.id === id) * g.columns.length + g.columns.indexOf(k)]] !== 'failed')); }"""
    g.materialize()
    assert g.page.evaluate(wrong) == []


def test_a_typed_range_and_numbers_follow_the_dimensions(grid: Any) -> None:
    """A range is of the columns that are shown; numbers of summed cells are sums."""
    g = grid(rows=1, columns=10, multi=2)
    axis(g, "Rows", "assets")
    g.page.get_by_label("From partition").fill("2013-01-02")
    g.page.get_by_label("To partition").fill("2013-01-03")
    g.page.get_by_role("button", name="Select").click()
    assert g.chosen == 6
    g.page.wait_for_function("document.querySelector('.as-colours select').options.length === 4")
    g.page.get_by_label("Colour by").select_option("rows")
    g.page.locator(".as-scale").get_by_text("summed").wait_for()
    g.page.mouse.move(*g.at(0, 0))
    g.page.wait_for_function("document.querySelector('.as-tip').textContent.includes('rows 3,003')")


def test_years_of_hours_are_zoomed_into_until_each_hour_is_named(grid: Any) -> None:
    """All of it at once, years above it; at the other end hours above each cell; and a click hits what it names."""
    g = grid(rows=1, columns=1095, hours=1)
    g.page.evaluate("""() => {
        window.drawn = [];
        const real = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
            window.drawn.push(text);
            return real.call(this, text, ...rest);
        };
    }""")

    def words() -> set[str]:
        g.page.evaluate("window.drawn = []")
        g.page.mouse.move(*g.at(0, 1))
        g.page.mouse.move(*g.at(0, 3))
        assert g.chosen >= 0
        return set(g.page.evaluate("window.drawn"))

    while float(g.pane.get_attribute("data-cell")) * 1095 * 24 > 1000:
        before = g.pane.get_attribute("data-cell")
        g.page.get_by_role("button", name="Narrower cells").click()
        assert g.pane.get_attribute("data-cell") != before
    assert {"2013", "2014", "2015"} <= words()
    for _ in range(40):
        g.page.get_by_role("button", name="Broader cells").click()
    g.page.locator(".as-grid-scroll").evaluate("el => { el.scrollLeft = 0; }")
    shown = words()
    assert {"01:00", "02:00"} <= shown
    assert any("2013" in word for word in shown)
    g.click(0, 5)
    assert g.materialize()["partitions"] == {"by_day": ["2013-01-01-05:00"]}
