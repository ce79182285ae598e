"""The example notebooks, in the browser."""

from __future__ import annotations


def test_the_quickstart_runs_from_top_to_bottom(notebook):
    """Nothing complains, the edit is cut off, and the graph is drawn."""
    page = notebook("quickstart.ipynb")
    page.run_all(timeout=120)
    page.wait_text(11, "Nothing to do: 13 up to date.")
    page.wait_text(17, "Materialized 1, unchanged: 11 downstream kept.")
    page.until(lambda: page.output(7).locator(".as-stage .as-node").count() == 10, lambda: "10 nodes?")
    page.output(10).locator("canvas, svg").first.wait_for()
    assert page.errors() == []


def test_the_first_week_of_the_flights_is_seen_in_the_grid(notebook):
    """Real tables, a daily grid of a year, a table of days and airports, and nothing complains."""
    page = notebook("flights.ipynb")
    for index in range(13):
        page.run_cell(index, timeout=120)
    page.wait_text(6, "Materialized 16.")
    page.output(8).locator(".as-grid-scroll canvas, canvas").first.wait_for()
    page.until(lambda: "7" in page.output(8).inner_text(), lambda: page.output(8).inner_text())
    page.wait_text(9, "materialized  week@2013-01-07")
    page.wait_text(10, "materialized  departures@2013-01-07|JFK")
    table = page.output(12)
    table.locator("canvas").first.wait_for()
    page.until(lambda: "1,094" in table.inner_text(), table.inner_text)
    table.scroll_into_view_if_needed()  # where a picture is kept, it shows the table
    assert page.errors() == []


def test_the_cars_show_checks_config_and_assets_of_several_steps(notebook):
    """A warning is told and stops nothing, a blocking check stops what is below until it is content."""
    page = notebook("cars.ipynb")
    page.run_all(timeout=120)
    page.wait_text(8, "Materialized 5, checks: 1 passed, warning: cars:complete.")
    page.wait_text(14, "not started 1, checks: failed: cars:plausible_weights")
    page.wait_text(15, "materialized 1, checks: 1 passed")
    page.until(lambda: page.output(7).locator(".as-stage .as-node").count() == 6, lambda: "6 nodes?")
    page.output(15).locator("canvas, svg").first.wait_for()
    assert page.errors() == []
