"""A real kernel behind nbclient, which gives no cell ids: registering, running, interrupting, clicks."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run cells in a fresh kernel in one folder; the outputs of each as text."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")

    def run_cells(*cells: str) -> list[str]:
        written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        client = NotebookClient(
            written, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
        )
        client.execute()
        return ["".join(map(_text, cell.outputs)) for cell in written.cells]

    return run_cells


def _text(output) -> str:
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return output.data.get("text/plain", "")


LOAD = "%load_ext assets\nfrom assets import asset"
A = "@asset\ndef a():\n    return 1"
B = "@asset\ndef b(a):\n    return a + 1"


def test_a_second_kernel_finds_nothing_to_do(run):
    """Restart, run all: what was materialized stands."""
    cells = (LOAD, A, B, "%assets materialize")
    assert "Materialized 2" in run(*cells)[-1]
    assert "Nothing to do: 2 up to date." in run(*cells)[-1]


def test_cells_without_ids_register(run):
    """A cell of the same text is the same cell; another one wins and says so."""
    outputs = run(LOAD, A, A, "@asset\ndef a():\n    return 2", "%assets status")
    assert outputs[2] == ""
    assert outputs[3] == "a: this definition replaces the one of cell [3].\n"
    assert "1 asset: 1 missing" in outputs[4]


def test_a_mistake_is_a_failed_cell_with_one_line(run):
    """nbclient sees an error, the user one line."""
    with pytest.raises(CellExecutionError, match="UsageError: %assets has no verb 'statsu'"):
        run(LOAD, "%assets statsu")


def test_a_failed_run_fails_the_cell(run):
    """With the user's error and the sentence that names what failed."""
    with pytest.raises(CellExecutionError) as caught:
        run(LOAD, "@asset\ndef bad():\n    raise ValueError('no data')", "%assets materialize")
    assert "no data" in str(caught.value)
    assert "core/run" not in str(caught.value)


def test_widgets_leave_a_picture_and_a_text(run):
    """What a saved notebook shows: an image that is no markup, and a table, both the same in every run."""
    cells = (
        LOAD,
        A,
        B,
        "w = %assets\nw.static_bundle()['text/plain']",
        "sorted(w.static_bundle())",
        "g = %assets grid\nsorted(g.static_bundle())",
    )
    first, second = run(*cells), run(*cells)
    assert first == second
    assert "a" in first[3]
    assert first[4] == first[5] == "['text/html', 'text/plain']"


def test_a_click_is_heard_while_a_cell_runs(run):
    """The widget's comm has a subshell of its own; without one the click waits for the end of the cell."""
    outputs = run(
        LOAD,
        A,
        "w = %assets\nfrom assets.extension.session import session_of\ns = session_of(get_ipython())\ns.lane.open",
        "%unload_ext assets\nimport threading\n[t.name for t in threading.enumerate() if t.name.startswith('assets-')]",
    )
    assert outputs[2] == "True"
    assert outputs[3] == "[]"


def test_a_click_runs_on_its_own_thread(run):
    """It returns at once, also from a cell that goes on; an equal one is merged; prints go to the log."""
    outputs = run(
        LOAD,
        "import time\n@asset\ndef slow():\n    print('inside')\n    time.sleep(0.5)\n    return 1",
        "from assets.extension.session import session_of\nfrom assets.widgets.requests import Request\n"
        "w = %assets\n"
        "answers = [w._commands.materialize(['slow'], 'due', None) for _ in range(3)]\n"
        "time.sleep(0.2)\n"
        "later = [w._commands.materialize(['slow'], 'due', None)['run'] for _ in range(2)]\n"
        "print(later[0] == later[1])\n"
        "while session_of(get_ipython()).clicks.model()['state'] in ('queued', 'running'): time.sleep(0.05)\n"
        "print(session_of(get_ipython()).clicks.model()['text'])",
        "%assets log\n",
        "%assets runs",
    )
    assert outputs[2] == "True\nNothing to do: 1 up to date.\n"
    assert "slow: inside" in outputs[3]


def test_progress_is_shown_in_the_cell_and_is_not_saved(run):
    """A line under the cell while the run goes on; afterwards the summary alone."""
    outputs = run(
        LOAD + "\nfrom assets.extension.session import session_of\nsession_of(get_ipython()).silence = 0",
        "import time\n@asset\ndef slow():\n"
        "    from ipywidgets import HTML, Widget\n"
        "    until, lines = time.time() + 30, []\n"
        "    while not lines and time.time() < until:\n"
        "        open_ = list(__import__('ipywidgets').widgets.widget._instances.values())\n"
        "        lines = [w.value for w in open_ if isinstance(w, HTML) and 'slow' in w.value]\n"
        "        time.sleep(0.01)\n"
        "    return lines",
        "# Now.\n%assets materialize",
        "__import__('assets').load('slow')",
        "[w for w in __import__('ipywidgets').widgets.widget._instances.values()]",
    )
    assert outputs[2] == "materialized  slow\nMaterialized 1."
    assert outputs[3] == "['<span>0 of 1 · slow</span>']"
    assert outputs[4] == "[]"
