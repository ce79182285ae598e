"""Laws of what assets of other cells hold on to: a line says that it is the former one."""

from __future__ import annotations

OP = "from assets import op\n@op\ndef times(left): return left * {}"
USER = """
from assets import asset, graph_asset
@asset
def left(): return 3
@graph_asset
def scaled(left): return times(left)
"""
CONFIG = "from assets import Config\nclass Depth(Config):\n    n: int = {}"
DEEP = "@asset\ndef deep(config: Depth): return config.n"


def test_an_op_that_was_edited_in_its_own_cell_is_told(nb):
    """Once, under that cell; the asset's cell that runs again takes it."""
    nb.run(OP.format(2), "op")
    nb.run(USER, "user")
    shown = nb.run(OP.format(5), "op")
    assert shown == "scaled: it uses the former times. Run its cell again to use the new one."
    assert "former" not in nb.run("1 + 1", "other")
    nb.run("%assets materialize")
    assert nb.value("__import__('assets').load('scaled')") == 6
    assert nb.run(USER, "user") == ""
    nb.run("%assets materialize")
    assert nb.value("__import__('assets').load('scaled')") == 15


def test_an_op_whose_cell_ran_again_as_it_was_is_not_told(nb):
    """Running all cells from the top tells nothing."""
    for _ in range(2):
        assert nb.run(OP.format(2), "op") == ""
        assert nb.run(USER, "user") == ""


def test_a_config_class_that_was_edited_is_told(nb):
    """It is part of the asset as its annotation was read."""
    nb.run(CONFIG.format(1), "config")
    nb.run(DEEP, "deep")
    assert nb.run(CONFIG.format(1), "config") == ""
    assert nb.run(CONFIG.format(2), "config").startswith("deep: it uses the former Depth.")


def test_other_things_of_the_same_name_are_none_of_it(nb):
    """A value that is bound to the name of an op leaves the asset what it is."""
    nb.run(OP.format(2), "op")
    nb.run(USER, "user")
    assert nb.run("times = 7", "other") == ""
