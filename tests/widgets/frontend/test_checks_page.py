"""Checks in a browser: the badge of a card, and the tab of the panel."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser


def card(page: Any, asset: str) -> Any:
    return page.locator(f'.as-node[data-id="{asset}"]')


def test_badge_says_the_worst_outcome_in_sign_and_words(open_page: Any) -> None:
    """Colour is never the only sign, and a reader of the screen hears the numbers."""
    page = open_page(n=10)
    badge = card(page, "daily_extremes").locator(".as-checks-badge")
    assert badge.inner_text() == "2/4"
    assert badge.get_attribute("title") == "checks: 1 failed, 1 warning, 2 passed"
    assert "checks: 1 failed, 1 warning, 2 passed" in card(page, "daily_extremes").get_attribute("aria-label")
    signs = {
        asset: card(page, asset).locator(".as-shield path").get_attribute("d")
        for asset in ("daily_extremes", "monthly_means", "by_day", "weather")
    }
    assert len(set(signs.values())) == 4
    assert card(page, "chart").locator(".as-checks-badge").count() == 0


def test_tab_tells_each_check(open_page: Any) -> None:
    """State, what was found, metadata and when; whatever a text holds, it stays a text."""
    page = open_page(n=10)
    card(page, "daily_extremes").dblclick()
    page.get_by_role("tab", name="Checks").click()
    first = page.locator(".as-check").first
    assert first.locator(".as-check-head").inner_text().split() == ["failed_0", "blocking"]
    assert "failed" in first.locator(".as-check-state").inner_text()
    assert "<b>The first</b>: 2012-03-04" in first.inner_text()
    assert first.locator("b", has_text="The first").count() == 0
    assert first.locator("dl.as-facts").inner_text().split()[:2] == ["rows", "17"]
    assert first.locator(".as-check-past .as-shield").count() == 4
    assert page.locator(".as-check").count() == 4


def test_words_in_the_head_open_the_tab(open_page: Any) -> None:
    """From the state of an asset it is one click to its checks."""
    page = open_page(n=10)
    card(page, "by_day").dblclick()
    page.locator(".as-panel-state button").click()
    assert page.get_by_role("tab", name="Checks").get_attribute("aria-selected") == "true"
    assert "not evaluated yet" in page.locator(".as-check").inner_text()


def test_asset_without_checks_has_no_tab(open_page: Any) -> None:
    """What is not there takes no room."""
    page = open_page(n=10)
    card(page, "chart").dblclick()
    page.get_by_role("tab", name="Overview").wait_for()
    assert page.get_by_role("tab", name="Checks").count() == 0
