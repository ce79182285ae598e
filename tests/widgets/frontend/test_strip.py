"""The strip of one asset's partitions in the details panel, with a made-up kernel behind it."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser

MONTH, LEFT, ROW = 31, 57, 13


class Strip:
    """The partitions tab of `by_day`: the days of 2013, a line a month."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.locator('.as-node[data-id="by_day"]').click()
        page.get_by_role("tab", name="Partitions").click()
        page.wait_for_function("document.querySelector('.as-grid-pane')?.dataset.cell > 0")
        self.pane = page.locator(".as-grid-pane")

    def at(self, month: int, day: int) -> tuple[float, float]:
        box = self.page.locator(".as-strip").bounding_box()
        cell = float(self.pane.get_attribute("data-cell"))
        return box["x"] + LEFT + (day - 0.5) * cell, box["y"] + (month - 0.5) * ROW

    def drag(self, start: tuple[int, int], end: tuple[int, int], hold: str = "") -> None:
        if hold:
            self.page.keyboard.down(hold)
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=4)
        self.page.mouse.up()
        if hold:
            self.page.keyboard.up(hold)

    def materialized(self) -> list[str]:
        self.page.locator(".as-panel .as-main").click()
        return self.page.evaluate("model.requests('materialize').at(-1).partitions.by_day")


@pytest.fixture
def strip(open_page: Any) -> Strip:
    return Strip(open_page(n=10))


def test_a_state_of_the_legend_chooses_all_that_are_in_it(strip: Strip) -> None:
    """The strip asks for its own asset alone, and a run names that asset and what was chosen."""
    page = strip.page
    assert page.evaluate("model.requests('grid')") == [{"op": "grid", "keys": ["by_day"]}]
    page.locator('.as-panel .as-legend [data-state="stale"]').click()
    assert len(strip.materialized()) > 0
    assert page.evaluate("model.requests('materialize')[0].keys") == ["by_day"]


def test_a_click_chooses_one_and_a_second_click_lets_it_go(strip: Strip) -> None:
    strip.drag((3, 14), (3, 14))
    assert "1 partition" in strip.page.locator(".as-panel .as-main").inner_text()
    strip.drag((3, 14), (3, 14))
    assert strip.page.locator(".as-panel .as-main").is_disabled()
    strip.drag((3, 15), (3, 15))
    assert strip.materialized() == ["2013-03-15"]


def test_a_drag_chooses_all_days_between_also_across_lines(strip: Strip) -> None:
    strip.drag((1, 30), (2, 2))
    assert strip.materialized() == ["2013-01-30", "2013-01-31", "2013-02-01", "2013-02-02"]


def test_shift_stretches_and_ctrl_adds(strip: Strip) -> None:
    strip.drag((5, 1), (5, 1))
    strip.drag((5, 3), (5, 3), hold="Shift")
    strip.drag((7, 4), (7, 4), hold="Control")
    assert strip.materialized() == ["2013-05-01", "2013-05-02", "2013-05-03", "2013-07-04"]


def test_the_keyboard_chooses_a_range(strip: Strip) -> None:
    strip.page.locator(".as-strip").focus()
    for key in ["ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"]:
        strip.page.keyboard.press(key)
    assert strip.materialized() == ["2013-01-02", "2013-01-03", "2013-01-04"]


def test_a_range_can_be_typed(strip: Strip) -> None:
    strip.page.get_by_label("From partition").fill("2013-12-30")
    strip.page.get_by_label("To partition").fill("2013-12")
    strip.page.get_by_role("button", name="Select").click()
    assert strip.materialized() == ["2013-12-30", "2013-12-31"]
