"""Checks in a notebook: on the card from their definition on, and what they say as soon as it is recorded."""

from __future__ import annotations

CHECKED = """from assets import AssetCheckResult, AssetCheckSeverity, asset_check

@asset
def orders():
    return 2

@asset_check(asset=orders, blocking=True)
def complete():
    "No row is lost on the way."
    return AssetCheckResult(passed=True)

@asset_check(asset=orders)
def plausible(orders):
    return AssetCheckResult(passed=orders > 0)
"""
SAID = """import assets
from assets import AssetCheckEvaluation, AssetKey

def said(check, passed, **more):
    assets.workspace().instance.report_runless_asset_event(AssetCheckEvaluation(AssetKey("orders"), check, passed, **more))

said("complete", True)
said("complete", False, description="3 rows are lost:\\n<b>7, 8, 9</b>", metadata={"lost": 3})
said("plausible", False, severity=AssetCheckSeverity.WARN)
"""


def test_checks_show_on_the_card_and_in_their_tab(story):
    """Pending when they are defined; then the worst outcome, in sign and words, and what was found as text."""
    it = story(CHECKED, SAID)
    it.page.run_cell(2)
    it.wait_names("orders")
    badge = it.node("orders").locator(".as-checks-badge")
    badge.wait_for()
    assert badge.get_attribute("title") == "checks: 2 not evaluated yet"
    it.page.run_cell(3)
    it.page.until(lambda: badge.get_attribute("title") == "checks: 1 failed, 1 warning", badge.inner_text)
    it.node("orders").click()
    it.page.page.keyboard.press("Enter")
    it.area.get_by_role("tab", name="Checks").click()
    it.wait_panel(
        "complete", "blocking", "No row is lost on the way.", "<b>7, 8, 9</b>", "lost", "plausible", "warning"
    )
    it.photograph("tab")
    it.page.wait_text(it.page.execute("%assets status"), "failed: complete; warning: plausible")
    assert it.page.errors() == []
