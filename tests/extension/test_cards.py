"""A definition as the last line of a cell is a card of what it says, the same in every run."""

from __future__ import annotations

DECLARED = """
from assets import StaticPartitionsDefinition
@asset(group_name="sums", kinds={"python", "csv"}, owners=["me@example.com"], tags={"x": "1"}, code_version="3",
       partitions_def=StaticPartitionsDefinition(["a"]), deps=["other"])
def total(raw):
    '''The <b>sum</b>.

    And more.'''
    return raw
"""


def test_a_definition_shows_what_it_says(nb):
    """Key, description, group, inputs; no address."""
    nb.run(DECLARED, "1")
    shown = nb.run("total")
    lines = dict(line.split(None, 1) for line in shown.partition(":")[2].strip().splitlines() if " " in line)
    assert lines["asset"] == "total"
    assert lines["about"] == "The <b>sum</b>."
    assert lines["inputs"] == "raw, other"
    assert (lines["group"], lines["kinds"], lines["owners"]) == ("sums", "csv, python", "me@example.com")
    assert " at 0x" not in shown
    data, _ = nb.shell.display_formatter.format(nb.value("total"))
    assert "&lt;b&gt;sum" in data["text/html"]
    assert set(data) == {"text/html", "text/plain"}


def test_inside_a_list_a_definition_is_one_line(nb):
    """As everything is."""
    nb.run(DECLARED, "1")
    assert "[<AssetsDefinition total>]" in nb.run("[total]")


def test_help_of_a_definition_is_that_of_its_function(nb):
    """Its own words, not those of the class."""
    nb.run(DECLARED, "1")
    shown = nb.run("help(total)")
    assert "The <b>sum</b>." in shown
    assert "And more." in shown
