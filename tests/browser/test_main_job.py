"""The main job: cells make the graph grow, a click materializes what is due, edits are noticed and cut off."""

from __future__ import annotations

RAW = "@asset\ndef raw():\n    ran('raw')\n    time.sleep(0.6)\n    return 2"
DOUBLED = "@asset\ndef doubled(raw):\n    ran('doubled')\n    return raw * 2"
TOTAL = "@asset\ndef total(doubled):\n    ran('total')\n    return doubled + 1"
OTHER = "@asset\ndef other():\n    ran('other')\n    return 1"
ALL = (RAW, DOUBLED, TOTAL, OTHER)


def test_the_graph_grows_and_a_click_materializes_what_is_due(story):
    """Each cell adds its node; a click runs the node and all above it, live; a second click runs nothing."""
    it = story(*ALL)
    grown = []
    for index, name in enumerate(("raw", "doubled", "total", "other"), 2):
        it.page.run_cell(index)
        grown.append(name)
        it.wait_names(*grown)
    it.wait(raw="missing", doubled="missing", total="missing", other="missing")
    it.watch()
    it.materialize("doubled")
    it.wait(raw="running", doubled="queued")
    it.wait(raw="fresh", doubled="fresh", total="missing", other="missing")
    it.wait_line("Materialized 2")
    assert it.ran() == ["raw", "doubled"]
    assert it.seen("raw")[-2:] == ["running", "fresh"]
    assert it.seen("doubled")[0] == "queued"
    assert it.seen("other") == []
    it.click()
    it.wait_line("Nothing to do: 2 up to date")
    assert it.ran() == []
    assert it.page.errors() == []


def test_an_edit_is_noticed_explained_and_cut_off(story):
    """Only what is due runs: after an edit, after a comment, and after an edit that changes no value."""
    it = story(*ALL)
    for index in range(2, 6):
        it.page.run_cell(index)
    it.wait_names("raw", "doubled", "total", "other")
    it.click()
    it.wait(raw="fresh", doubled="fresh", total="fresh", other="fresh")
    assert sorted(it.ran()) == ["doubled", "other", "raw", "total"]

    it.page.edit(2, RAW.replace("return 2", "return 2  # the answer, nearly"))
    it.page.run_cell(2)
    it.page.wait_text(it.page.execute("%assets status"), "4 assets: 4 fresh")
    it.wait(raw="fresh", doubled="fresh", total="fresh", other="fresh")

    it.page.edit(2, RAW.replace("return 2", "return 3"))
    it.page.run_cell(2)
    it.wait(raw="stale", doubled="upstream", total="upstream", other="fresh")
    it.node("raw").click()
    it.wait_panel("its code changed", "return 2", "return 3")
    it.photograph("why")
    it.page.wait_text(it.page.execute("%assets why total"), "raw: its code changed")
    it.materialize("total")
    it.wait(raw="fresh", doubled="fresh", total="fresh")
    it.wait_line("Materialized 3")
    assert it.ran() == ["raw", "doubled", "total"]

    it.page.edit(2, RAW.replace("return 2", "return len('abc')"))
    it.page.run_cell(2)
    it.wait(raw="stale", doubled="upstream", total="upstream")
    it.click()
    it.wait_line("Materialized 1, unchanged: 2 downstream kept")
    it.wait(raw="fresh", doubled="fresh", total="fresh")
    assert it.ran() == ["raw"]
    assert it.page.errors() == []


def test_after_a_restart_and_run_all_nothing_runs(story):
    """What was made is remembered before its cells have run, and fresh after."""
    it = story(*ALL)
    for index in range(2, 6):
        it.page.run_cell(index)
    it.wait_names("raw", "doubled", "total", "other")
    it.click()
    it.wait_line("Materialized 4")
    assert len(it.ran()) == 4
    it.page.restart_kernel()
    it.page.run_cell(0)
    it.page.run_cell(1)
    it.wait(raw="fresh", doubled="fresh", total="fresh", other="fresh")
    assert "remembered" in it.node("raw").get_attribute("aria-label")
    it.node("raw").click()
    it.wait_line("raw is not defined in this session: run its cell first")
    assert it.area.locator("button.as-main").is_disabled()
    it.photograph("remembered")
    it.page.page.keyboard.press("Escape")
    it.page.run_all()
    it.wait(raw="fresh", doubled="fresh", total="fresh", other="fresh")
    it.page.until(
        lambda: "remembered" not in it.node("raw").get_attribute("aria-label"), lambda: "raw is remembered."
    )
    it.click()
    it.wait_line("Nothing to do: 4 up to date")
    assert it.ran() == []
