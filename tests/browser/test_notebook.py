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
