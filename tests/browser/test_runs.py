"""Runs that clicks start: beside a running cell, cancelled, of chosen partitions, and failing."""

from __future__ import annotations

RAW = "@asset\ndef raw():\n    ran('raw')\n    return 2"
WAIT = (
    "until = time.time() + 40\nwhile not os.path.exists('go') and time.time() < until:\n    time.sleep(0.05)"
)
ENDLESS = "@asset\ndef endless():\n    ran('endless')\n    while True:\n        time.sleep(0.05)"
BRANCHES = """@asset
def bad(raw):
    ran('bad')
    raise ValueError('no data')

@asset
def below(bad):
    ran('below')

@asset
def fine(raw):
    ran('fine')
    return 1
"""
DAYS = """@asset(partitions_def=DailyPartitionsDefinition('2024-01-01', end_date='2024-03-01'))
def day(context):
    ran(context.partition_key)
    return context.partition_key
"""


def test_a_click_during_a_running_cell_is_not_lost_and_a_run_can_be_cancelled(story):
    """The asset is done before the cell is; an endless one stops at one press of the button."""
    it = story(RAW, WAIT, ENDLESS)
    it.page.run_cell(2)
    it.wait_names("raw")
    it.page.run_cell(3, wait=False)
    it.materialize("raw")
    it.wait(raw="fresh")
    it.wait_line("Materialized 1")
    assert it.ran() == ["raw"]
    assert it.page.prompt(3) == "*"
    it.file("go").touch()
    it.page.wait_cell(3)
    it.page.run_cell(4)
    it.materialize("endless")
    it.wait(endless="running")
    it.photograph("running")
    it.click("Cancel")
    it.wait_line("ancelled")
    it.wait(raw="fresh", endless="failed")
    it.click()
    it.wait(endless="running")
    it.page.page.keyboard.press("Escape")
    it.page.restart_kernel()
    it.page.run_cell(0)
    it.page.wait_text(it.page.execute("%assets runs"), "cancelled")
    assert it.page.errors() == []


def test_a_failing_asset_shows_its_traceback_and_its_neighbour_is_done(story):
    """One branch fails, and what is below it is not started; the other is made."""
    it = story(RAW, BRANCHES)
    it.page.run_cell(2)
    it.page.run_cell(3)
    it.wait_names("raw", "bad", "below", "fine")
    it.click()
    it.wait(raw="fresh", bad="failed", below="missing", fine="fresh")
    assert sorted(it.ran()) == ["bad", "fine", "raw"]
    it.wait_line("ailed 1 (bad)")
    it.node("bad").click()
    it.wait_panel("ValueError: no data")
    it.click("Traceback")
    it.wait_panel("Traceback (most recent call last)", "raise ValueError('no data')")
    panel = it.area.locator(".as-panel").first.inner_text()
    assert "core/run" not in panel
    it.photograph("traceback")
    assert it.page.errors() == []


def test_thirty_days_chosen_in_the_grid_are_materialized_and_no_others(story):
    """By their dates; then a range by keyboard."""
    it = story(DAYS, "%assets grid")
    it.page.run_cell(2)
    it.page.run_cell(3)
    grid = it.page.output(3)
    grid.get_by_label("From partition").fill("2024-01-10")
    grid.get_by_label("To partition").fill("2024-02-08")
    grid.get_by_role("button", name="Select").click()
    main = grid.locator("button.as-main")
    it.page.until(lambda: "30 partitions" in main.inner_text(), grid.inner_text)
    it.photograph("chosen")
    main.click()
    it.page.until(lambda: "Materialized 30" in grid.inner_text(), grid.inner_text)
    days = it.ran()
    assert (len(days), len(set(days)), min(days), max(days)) == (30, 30, "2024-01-10", "2024-02-08")
    it.page.wait_text(it.page.execute("%assets status"), "30/60")
    main.click()
    it.page.until(lambda: "Nothing to do: 30 up to date" in grid.inner_text(), grid.inner_text)
    assert it.ran() == []
    assert it.page.errors() == []


def test_a_cell_that_begins_and_ends_within_a_clicked_run_can_print_afterwards(story):
    """The run replaces the streams, the cell's own hook comes and goes meanwhile; a reload keeps the widget."""
    it = story(
        "@asset\ndef noisy():\n    for k in range(30):\n        print(k)\n        time.sleep(0.1)", "x = 1"
    )
    it.page.run_cell(2)
    it.wait_names("noisy")
    it.materialize("noisy")
    it.wait(noisy="running")
    it.page.run_cell(3)
    it.wait(noisy="fresh")
    it.page.wait_text(it.page.execute("print('after', x)"), "after 1")
    it.page.execute("%reload_ext assets")
    it.page.execute("@asset\ndef later(noisy): return 1")
    it.wait_names("noisy", "later")
    it.photograph("reloaded")
    assert it.page.errors() == []


def test_a_range_dragged_in_the_grid_is_what_runs(story):
    """The line says so before; then exactly the days under the drag run, and the cells become fresh."""
    it = story(DAYS, "%assets grid")
    it.page.run_cell(2)
    it.page.run_cell(3)
    grid = it.page.output(3)
    pane = grid.locator(".as-grid-pane")
    it.page.until(lambda: float(pane.get_attribute("data-cell") or 0) > 0, grid.inner_text)
    scroll = grid.locator(".as-grid-scroll")
    scroll.scroll_into_view_if_needed()
    box = scroll.bounding_box()
    cell, labels = (float(pane.get_attribute(name)) for name in ("data-cell", "data-labels"))
    mouse = it.page.page.mouse
    # The first of January is the first column; the row lies under the head of two lines.
    at = [(box["x"] + labels + (day - 0.5) * cell, box["y"] + 34 + 10) for day in (10, 16)]
    mouse.move(*at[0])
    mouse.down()
    mouse.move(*at[1], steps=5)
    mouse.up()
    it.page.until(lambda: "Would run 7" in grid.inner_text(), grid.inner_text)
    it.photograph("dragged")
    assert it.ran() == []
    grid.locator("button.as-main").click()
    it.page.until(lambda: "Materialized 7" in grid.inner_text(), grid.inner_text)
    assert sorted(it.ran()) == [f"2024-01-{day}" for day in range(10, 17)]
    it.page.until(lambda: "7 fresh" in grid.inner_text().replace("\n", " "), grid.inner_text)
    it.photograph("made")
    assert it.page.errors() == []
