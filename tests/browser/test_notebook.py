"""The notebook around the widget: deleted cells, saved pictures, progress under a cell."""

from __future__ import annotations

import nbformat

A = "@asset\ndef raw():\n    return 2"
B = "@asset\ndef doubled(raw):\n    return raw * 2"


def test_a_deleted_cell_takes_its_assets_with_it(story):
    """C7: at the next run of any cell; what read from it then asks for a ghost."""
    it = story(A, B, "1 + 1")
    for index in (2, 3):
        it.page.run_cell(index)
    it.wait_names("raw", "doubled")
    it.page.delete(3)
    it.page.run_cell(3)
    it.wait_names("raw")
    it.page.delete(2)
    it.page.run_cell(2)
    it.wait_names()
    assert it.page.errors() == []


def test_a_saved_notebook_shows_its_picture_also_where_it_is_not_trusted(story, notebook):
    """An image takes the widget's place, and nothing of the page's scripts is needed for it."""
    it = story(A, B)
    for index in (2, 3, 1):
        it.page.run_cell(index)
    it.wait_names("raw", "doubled")
    assert not it.area.locator("img.assets-picture").first.is_visible()
    saved = nbformat.from_dict(it.page.save())
    assert [sorted(output.data) for output in saved.cells[1].outputs] == [
        ["text/html", "text/plain"],
        ["application/vnd.jupyter.widget-view+json"],
    ]
    saved.cells[0].source += "# changed by somebody else"  # so its signature does not hold
    nbformat.write(saved, it.file("foreign.ipynb"))
    page = notebook(it.file("foreign.ipynb"))
    picture = page.output(1).locator("img.assets-picture").first
    picture.wait_for(state="visible")
    page.until(lambda: picture.evaluate("el => el.naturalWidth") > 100, lambda: "The picture is empty.")


def test_a_widget_whose_kernel_was_restarted_says_so(story):
    """It would wait for answers for ever; its cell run again, it lives again."""
    it = story("@asset\ndef raw():\n    ran('raw')\n    return 1\n")
    it.page.run_cell(2)
    it.wait_names("raw")
    page = it.page.page
    page.locator("[data-command='notebook:restart-kernel']").first.click()
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    note = it.area.locator(".as-note")
    it.page.until(lambda: "restarted: run the cells again" in note.inner_text(), note.inner_text)
    it.photograph("restarted")
    for index in range(3):
        it.page.run_cell(index)
    it.wait(raw="missing")
    it.materialize("raw")
    it.wait(raw="fresh")
    assert it.ran() == ["raw"]


def test_reopened_without_its_kernel_a_notebook_shows_the_picture_alone(story):
    """The front end has a line for a widget without a model; it does not stand under the picture."""
    it = story(A, "%assets\nprint('below')")
    it.page.run_cell(2)
    it.page.run_cell(3)
    it.page.output(3).locator(".as-stage").wait_for()
    it.page.save()
    it.page.restart_kernel()
    it.page.page.reload()
    picture = it.page.output(3).locator("img.assets-picture").first
    picture.wait_for(state="visible")
    line = it.page.output(3).get_by_text("model not found")
    line.wait_for(state="attached")
    assert not line.is_visible()
    assert it.page.output_text(3).strip() == "below"
    it.page.run_cell(0)
    it.page.run_cell(3)
    it.page.output(3).locator(".as-stage").wait_for()


def test_progress_stands_where_the_magic_does_and_is_saved_nowhere(story):
    """In the middle of a cell: what is above and below it stays, and the summary takes its place."""
    slow = "@asset\ndef slow():\n    until = time.time() + 40\n    while not os.path.exists('go') and time.time() < until: time.sleep(0.05)"
    it = story(slow, "print('above')\n%assets materialize\nprint('below')\n%assets wipe slow\n%assets status")
    it.page.run_cell(2)
    it.page.run_cell(3, wait=False)
    it.page.wait_text(3, "0 of 1 · slow")
    it.photograph("progress")
    it.file("go").touch()
    it.page.wait_cell(3)
    shown = it.page.output_text(3)
    places = [
        shown.index(text) for text in ("above", "Materialized 1.", "below", "Forgot 1 piece", "1 missing")
    ]
    assert places == sorted(places)
    assert "0 of 1" not in shown
    saved = "".join(map(str, it.page.save()["cells"][3]["outputs"]))
    assert "0 of 1" not in saved
    assert "widget-view" not in saved
    assert it.page.errors() == []
