"""One oracle for assets of several outputs and several steps: an incremental run leaves what a rebuild from scratch makes.

A program is a few choices; an edit is another choice. After each edit the workspace that
remembers and one that remembers nothing must hold the same values, and then nothing is due.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.core.workspace import Workspace

PROGRAM = """
from assets import *

HELPER = {helper}

def helped(number):
    return number + HELPER

class Scaled(ConfigurableIOManager):
    folder: str
    factor: int = 1

    def handle_output(self, context, obj):
        open(self.folder + "/" + "-".join(context.asset_key.path), "w").write(str(obj * self.factor))

    def load_input(self, context):
        return int(open(self.folder + "/" + "-".join(context.asset_key.path)).read()) + {added}

class Depth(Config):
    depth: int = {depth}

@asset
def raw(config: Depth):
    return helped(config.depth)

@multi_asset(outs={{{outs}}})
def both(raw):
    return raw, raw * 10

@asset(io_manager_key="scaled", config_schema={{"n": Field(int, default_value={default})}})
def stored(context, left):
    return left + context.op_execution_context.op_config["n"]

@op(out={{{ports}}}, config_schema={{"m": Field(int, default_value={inner})}})
def pair(context, number):
    return number + context.op_config["m"], helped(number) * {times}

@op
def mixed(p, q):
    return p * 1000 + q

@graph_multi_asset(outs={{"mix": AssetOut(), "only": AssetOut()}})
def graphed(stored, right):
    first = pair(stored)
    second = pair(right)
    return {{"mix": mixed(first.p, second.q), "only": {only}}}

@asset
def last(mix, only, stored):
    return [mix, only, stored]

@asset_check(asset=stored)
def right_sign(stored):
    return AssetCheckResult(passed=stored > {least})

DEFINITIONS = [raw, both, stored, graphed, last, right_sign]
SCALED = Scaled(folder={{folder!r}}, factor={factor})
"""
OUTS = [
    '"left": AssetOut(), "right": AssetOut()',
    '"right": AssetOut(), "left": AssetOut()',
    '"a": AssetOut(key="left"), "b": AssetOut(key="right")',
    '"a": AssetOut(key="right"), "b": AssetOut(key="left")',
]
small = st.integers(1, 3)


class Choices(NamedTuple):
    helper: int
    depth: int
    outs: str
    default: int
    ports: str
    inner: int
    times: int
    only: str
    factor: int
    added: int
    least: int


FIELDS = {
    "helper": small,
    "depth": small,
    "outs": st.sampled_from(OUTS),
    "default": small,
    "ports": st.sampled_from(['"p": Out(), "q": Out()', '"q": Out(), "p": Out()']),
    "inner": small,
    "times": small,
    "only": st.sampled_from(["first.q", "first.p", "second.p"]),
    "factor": small,
    "added": st.integers(0, 1),
    "least": st.integers(0, 40),
}
programs = st.builds(Choices, **FIELDS)
edits = st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), FIELDS[name]))
KEYS = ("raw", "left", "right", "stored", "mix", "only", "last")


def define(workspace, choices, folder):
    text = PROGRAM.format(**choices._asdict()).replace("{folder!r}", repr(str(folder)))
    names = {"__name__": "__main__"}
    exec(compile(text, "<cell>", "exec"), names)
    workspace.define(names["DEFINITIONS"], {"scaled": names["SCALED"]})


def seen(workspace):
    summary = workspace.materialize()
    answers = {name: answer.passed for (name, _), answer in _answers(workspace).items()}
    return summary, {key: workspace.load(key) for key in KEYS}, answers


def _answers(workspace):
    return next(iter(workspace.facts().checks.values()), {})


@settings(max_examples=25)
@given(programs, st.lists(edits, min_size=1, max_size=4))
def test_an_incremental_run_leaves_what_a_rebuild_makes(choices, changes):
    """Whatever is edited: outputs, their keys, config, ops and their wiring, helpers, IO managers, checks."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "kept").mkdir()
        with closing(Workspace(home / "store")) as workspace:
            define(workspace, choices, home / "kept")
            workspace.materialize()
            for number, (name, value) in enumerate(changes):
                choices = choices._replace(**{name: value})
                define(workspace, choices, home / "kept")
                _, values, answers = seen(workspace)
                (home / f"fresh{number}").mkdir()
                with closing(Workspace(home / f"scratch{number}")) as scratch:
                    define(scratch, choices, home / f"fresh{number}")
                    _, wanted, said = seen(scratch)
                assert (values, answers) == (wanted, said), f"after {name} = {value!r}"
                assert workspace.materialize().text() == f"nothing to do: {len(KEYS)} up to date"
