"""The oracle: whatever is edited, in whatever order, incremental work ends where a rebuild from nothing ends.

A random notebook (`Program`) is edited at random. After each run of everything: (a) each stored
value is what a fresh namespace and an empty store give; (b) nothing ran that the model in this
file sees no reason for; (c) a second time nothing runs. `ORACLE_EXAMPLES` sets how many
notebooks each shard tries.
"""

from __future__ import annotations

import itertools
import linecache
import os
import queue
from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from assets import Workspace
from assets.core.define.observer import observe
from assets.core.errors import DagsterInvariantViolationError

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "6"))
SHARDS = 4

SETUP = """
from functools import partial
from assets import AssetIn, asset, StaticPartitionsDefinition

def num(v):
    if v is None: return 0
    if isinstance(v, dict): return 3 + sum((i + 2) * num(x) for i, x in enumerate(v.values()))
    if isinstance(v, list): return 1 + sum(num(x) for x in v)
    if isinstance(v, tuple): return 2 + sum(num(x) for x in v)
    if isinstance(v, frozenset): return 4 + sum(num(x) for x in v)
    if isinstance(v, bool): return 5 + v
    if isinstance(v, float): return 7 + int(v * 2)
    if isinstance(v, str): return len(v)
    if isinstance(v, bytes): return len(v) + v[0]
    return v if isinstance(v, int) else v.worth()

def scaled(by):
    def inner(x): return x * by
    return inner
"""
SHAPES = {
    "int": "x",
    "bool": "x % 2 == 0",
    "float": "x / 2",
    "text": "'t' * (x % 4)",
    "list": "[x % 2, x]",
    "tuple": "(x % 2, x)",
    "dict": "{'a': x, 'b': x % 2}",
    "turned": "{'b': x % 2, 'a': x}",
    "set": "frozenset({x, x + 1})",
    "thing": "Thing(x)",
    "big": "bytes([x % 250]) * 70_000",
    "none": "None if x % 2 else x",
}
DRESSES = ("{}", "({}) + 0", "sum([{}])", "(lambda: {})()", "sum(y for y in ({},))", "int(f'{{{}}}')")
CONSTANTS = (1, 2, [1, 2], {"k": 1}, (1, 1), 1.0, True)


@dataclass
class Helper:
    """A global function: how it is written, what it multiplies with, which constant and which lower helper it uses."""

    style: str = "def"
    by: int = 1
    dress: int = 0
    note: int = 0
    constant: int | None = None
    lower: int | None = None


@dataclass
class Made:
    """One asset of the notebook, as its author thinks of it."""

    ups: list[str] = field(default_factory=list)
    deps: list[str] = field(default_factory=list)
    direct: bool = False
    helpers: list[int] = field(default_factory=list)
    constants: list[int] = field(default_factory=list)
    offset: int = 0
    mod: int = 5
    shape: str = "int"
    dress: int = 0
    note: int = 0
    space: str = ""
    versioned: bool = False
    fails: bool = False
    cell: int = 0


class Program:
    """All that the notebook's cells say."""

    def __init__(self):
        self.helpers = [Helper() for _ in range(3)]
        self.constants = [1, [1, 2]]
        self.spaces = {"letters": ["a", "b"], "digits": ["1"]}
        self.factor, self.base, self.thing_helper = 1, 1, False
        self.assets: dict[str, Made] = {}
        self.cell_of_helper = [0, 1, 2]
        self.numbers: dict[object, int] = {}

    def ups(self, name):
        """The loaded inputs, by parameter: without those whose partitions would not correspond."""
        own = self.assets[name]
        there = [up for up in own.ups if self._fits(own, up)]
        return {(up if own.direct else f"p{i}"): up for i, up in enumerate(there)}

    def deps(self, name):
        own = self.assets[name]
        return [dep for dep in own.deps if self._fits(own, dep) and dep not in self.ups(name).values()]

    def _fits(self, own, up):
        return up in self.assets and (not own.space or self.assets[up].space in {"", own.space})

    def partitions(self, name):
        space = self.assets[name].space
        return self.spaces[space] if space else [None]

    def pieces(self):
        return [(name, partition) for name in self.assets for partition in self.partitions(name)]

    def reads(self, name, partition):
        """Which pieces each input of a piece reads: the default mappings, said once more."""
        found = {}
        for param, up in [*self.ups(name).items(), *((f"dep {dep}", dep) for dep in self.deps(name))]:
            same = self.assets[name].space and self.assets[up].space
            found[param] = [(up, partition)] if same else [(up, p) for p in self.partitions(up)]
        return found

    def closure(self, pieces):
        found, todo = set(), list(pieces)
        while todo:
            piece = todo.pop()
            if piece not in found:
                found.add(piece)
                todo += [up for ups in self.reads(*piece).values() for up in ups]
        return found

    def below(self, names):
        found = set(names)
        for name in self.assets:  # in the order they were added: upstream first
            if found.intersection([*self.ups(name).values(), *self.deps(name)]):
                found.add(name)
        return found

    def meaning_of_helper(self, number):
        one = self.helpers[number]
        constant = None if one.constant is None else repr(self.constants[one.constant])
        lower = None if one.lower is None else self.meaning_of_helper(one.lower)
        return (one.style, one.by, one.dress, constant, lower)

    def meaning_of_thing(self):
        return (self.factor, self.base, self.thing_helper and self.meaning_of_helper(0))

    def result_of(self, name):
        """All of an asset's code that its value depends on."""
        own = self.assets[name]
        return (
            own.offset, own.mod, own.shape, own.fails, bool(own.space), tuple(self.ups(name)),
            *(self.meaning_of_helper(number) for number in own.helpers),
            *(repr(self.constants[number]) for number in own.constants),
            own.shape == "thing" and self.meaning_of_thing(),
        )  # fmt: skip

    def version(self, name):
        """What an honest user declares: another one for each other result."""
        result = repr(self.result_of(name))
        return f"v{self.numbers.setdefault(result, len(self.numbers))}"

    def meaning(self, name):
        """What has to change for the code of an asset to be another."""
        own = self.assets[name]
        if own.versioned:
            return ("declared", self.version(name))
        return (own.dress, own.direct, self.result_of(name))

    def sources(self):
        """The cells, in the order in which the notebook runs from top to bottom."""
        cells = {"setup": SETUP}
        cells["spaces"] = "\n".join(
            f"{space} = StaticPartitionsDefinition({keys!r})" for space, keys in self.spaces.items()
        )
        plus = " + h0(self.x)" if self.thing_helper else ""
        cells["things"] = (
            f"class Base:\n    def base(self): return {self.base}\n"
            f"class Thing(Base):\n    factor = {self.factor}\n    def __init__(self, x): self.x = x\n"
            f"    def worth(self): return self.x * self.factor + self.base(){plus}\n"
        )
        for number, constant in enumerate(self.constants):
            cells[f"constant {number}"] = f"K{number} = {constant!r}\n"
        for number, text in enumerate(map(self._helper, range(len(self.helpers)))):
            cell = f"cell {self.cell_of_helper[number]}"
            cells[cell] = cells.get(cell, "") + text
        for name, own in self.assets.items():
            cell = f"cell {own.cell}"
            # What a cell's decorators were given is part of what makes the author run it again.
            space = f"# {self.spaces[own.space]}\n" if own.space else ""
            cells[cell] = cells.get(cell, "") + space + self._asset(name)
        return cells

    def _helper(self, number):
        one = self.helpers[number]
        x = "x" if one.lower is None else f"h{one.lower}(x)"
        plus = "" if one.constant is None else f" + num(K{one.constant})"
        if one.style == "lambda":
            return f"h{number} = lambda x: {x} * {one.by}{plus}\n"
        if one.style == "partial":
            return f"h{number} = partial(lambda by, x: {x} * by{plus}, {one.by})\n"
        if one.style == "closure":
            return f"h{number} = scaled({one.by})\n"
        if one.style == "default":
            return f"def h{number}(x, by={one.by}): return {x} * by{plus}\n"
        if one.style == "mutual":
            return (
                f"def h{number}(x): return {x} * {one.by}{plus} if x < 100 else back{number}(x)\n"
                f"def back{number}(x): return h{number}(x % 7)\n"
            )
        body = DRESSES[one.dress].format(f"{x} * {one.by}{plus}")
        return f"# note {one.note}\ndef h{number}(x):\n    '''Note {one.note}.'''\n    return {body}\n"

    def _asset(self, name):
        own = self.assets[name]
        ups, options = self.ups(name), []
        if ups and not own.direct:
            options.append("ins={" + ", ".join(f"{p!r}: AssetIn({up!r})" for p, up in ups.items()) + "}")
        if self.deps(name):
            options.append(f"deps={self.deps(name)!r}")
        if own.space:
            options.append(f"partitions_def={own.space}")
        if own.versioned:
            options.append(f"code_version={self.version(name)!r}")
        params = [*(["context"] if own.space else []), *ups]
        key = "context.partition_key" if own.space else "None"
        x = str(own.offset) + "".join(f" + {i} * num({p})" for i, p in enumerate(ups, 2))
        x += " + ord(context.partition_key)" if own.space else ""
        x += "".join(f" + num(K{number})" for number in own.constants)
        for number in own.helpers:
            x = f"h{number}({x})"
        fails = "    raise ValueError('on purpose')\n" if own.fails else ""
        return (
            f"@asset({', '.join(options)})\ndef {name}({', '.join(params)}):\n    # note {own.note}\n"
            f"    ran.put(({name!r}, {key}))\n{fails}"
            f"    x = ({DRESSES[own.dress].format(x)}) % {own.mod}\n    return {SHAPES[own.shape]}\n"
        )


class Notebook:
    """A namespace, and a workspace on a store: what one kernel has of a program."""

    def __init__(self, folder):
        self.workspace = Workspace(folder, origin="test.ipynb")
        self.ran = queue.SimpleQueue()  # nobody can digest it: it counts by its type alone (F5)
        self.namespace = {"__name__": "__main__", "ran": self.ran}
        self.texts, self.defined = {}, {}

    def run(self, sources):
        """Run the cells whose text is another one; what no cell says any more is gone."""
        for cell in [cell for cell in self.texts if cell not in sources]:
            del self.texts[cell], self.defined[cell]
        for cell, text in sources.items():
            if self.texts.get(cell) == text:
                continue
            self.texts[cell] = text
            file = f"<{cell} {hash(text)}>"
            linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
            made = self.defined[cell] = []
            end = observe(made.append)
            try:
                exec(compile(text, file, "exec"), self.namespace)
            finally:
                end()
        self.workspace.define(list(itertools.chain(*self.defined.values())))

    def did(self):
        """The pieces whose bodies ran since this was asked last."""
        return [self.ran.get() for _ in range(self.ran.qsize())]

    def look(self, value):
        """All that a consumer can tell of a value."""
        shown = repr(value) if type(value).__name__ != "Thing" else repr(vars(value))
        return (type(value).__name__, shown[:300], self.namespace["num"](value))


FEW = st.sampled_from(range(4))
MANY = st.sampled_from(range(2520))
FLAG = st.booleans()
EDITS = (
    "edit_helper", "edit_helper", "edit_constant", "change_in_place", "edit_class", "edit_body", "edit_body", "edit_body",
    "mend", "exchange_inputs", "turn_dependency", "turn_use", "turn_partition", "add_asset", "drop_asset", "wipe", "restart",
)  # fmt: skip


class Oracle(RuleBasedStateMachine):
    """One notebook, edited and materialized."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder / f"{next(COUNT)}"
        self.program = Program()
        self.book = Notebook(self.folder / "store")
        self.last: dict[tuple, tuple] = {}  # of each piece that was made: its code and its inputs then
        self.looks: dict[tuple, object] = {}
        self.failed: set[tuple] = set()
        self.serial = itertools.count(1)
        self.full = False
        self.broken = True  # while a rule is at work: what one has found, the end need not find again

    def teardown(self):
        if not self.broken:
            self.everything()
        self.book.workspace.close()

    # What the author does.

    @initialize(
        shape=st.sampled_from(["chain", "diamond", "fan", "wild"]),
        links=st.lists(MANY, min_size=12, max_size=12),
        shapes=st.lists(st.sampled_from([*SHAPES, "thing", "thing"]), min_size=6, max_size=6),
        spaces=st.lists(st.sampled_from(["", "", "letters", "digits"]), min_size=6, max_size=6),
        uses=st.lists(FEW, min_size=6, max_size=6),
        size=st.integers(2, 6),
    )
    def write(self, shape, links, shapes, spaces, uses, size):
        names = [f"a{number}" for number in range(size)]
        for at, name in enumerate(names):
            before = names[:at]
            ups = {
                "chain": before[-1:],
                "diamond": before[-1:] if at == 1 else before[:1] if at == 2 else before[-2:],
                "fan": before[:1],
                "wild": [*dict.fromkeys(before[link % at] for link in links[2 * at - 2 : 2 * at])]
                if at
                else [],
            }[shape]
            helpers = [uses[at] - 1] if uses[at] else []
            constants = [uses[at] % 2] if uses[at] > 1 else []
            self.program.assets[name] = Made(
                list(ups), helpers=helpers, constants=constants, shape=shapes[at], space=spaces[at], mod=(5, 250)[links[at] % 2],
                offset=links[at] % 4, direct=bool(links[at] % 3 == 0), versioned=links[at] % 7 == 0, cell=at % 3,
            )  # fmt: skip
        self.edited()
        self.everything()

    def edited(self):
        self.full, self.broken = False, True
        self.book.run(self.program.sources())
        self.broken = False

    def pick(self, number):
        names = list(self.program.assets)
        return self.program.assets[names[number % len(names)]]

    @rule(edits=st.lists(st.tuples(st.sampled_from(EDITS), MANY, MANY, MANY), min_size=1, max_size=3))
    def edit(self, edits):
        """Some edits in a row; one rule for all of them, so that all are as likely."""
        for kind, which, what, to in edits:
            getattr(self, kind)(which, what, to)
            self.edited()

    def edit_helper(self, which, what, to):
        number = which % len(self.program.helpers)
        one = self.program.helpers[number]
        choices = {
            "style": ("def", "lambda", "partial", "closure", "default", "mutual"),
            "by": range(3),
            "dress": range(len(DRESSES)),
            "note": range(9),
            "constant": (None, *range(len(self.program.constants))),
            "lower": (None, *range(number)),
        }
        name = nth([*choices, "cell"], what)
        if name == "cell":
            self.program.cell_of_helper[number] = to % 4
        else:
            setattr(one, name, nth(choices[name], to))

    def edit_constant(self, which, _what, to):
        self.program.constants[which % len(self.program.constants)] = deepcopy(nth(CONSTANTS, to))

    def change_in_place(self, which, _what, to):
        """The cell does not run: the object of the namespace changes, and the text with it."""
        number = which % len(self.program.constants)
        for value in (self.program.constants[number], self.book.namespace[f"K{number}"]):
            if isinstance(value, list):
                value.append(to % 3)
            elif isinstance(value, dict):
                value["k"] = to % 3
        cell = f"constant {number}"
        self.book.texts[cell] = self.program.sources()[cell]

    def edit_class(self, which, what, to):
        self.program.factor, self.program.base, self.program.thing_helper = which % 3, what % 2, to % 2 == 0

    def edit_body(self, which, what, to):
        choices = {
            "offset": range(4),
            "mod": (2, 5, 250),
            "shape": list(SHAPES),
            "dress": range(len(DRESSES)),
            "note": range(9),
            "direct": (False, True),
            "versioned": (False, True),
            "fails": (True, False),
            "cell": range(4),
            "space": ("", "letters", "digits"),
        }
        name = nth(list(choices), what)
        setattr(self.pick(which), name, nth(choices[name], to))

    def mend(self, _which, _what, _to):
        for own in self.program.assets.values():
            own.fails = False

    def exchange_inputs(self, which, _what, _to):
        self.pick(which).ups.reverse()

    def turn_dependency(self, which, what, to):
        names = list(self.program.assets)
        at = which % len(names)
        if at:
            own, name = self.program.assets[names[at]], names[to % at]
            known = own.deps if what % 3 == 0 else own.ups
            (known.remove if name in known else known.append)(name)

    def turn_use(self, which, what, to):
        kind = nth(["constants", "helpers"], what)
        known = getattr(self.pick(which), kind)
        number = to % len(getattr(self.program, kind))
        (known.remove if number in known else known.append)(number)

    def turn_partition(self, _which, what, to):
        keys, key = self.program.spaces[nth(["letters", "digits"], what)], nth("abc12", to)
        if keys != [key]:
            (keys.remove if key in keys else keys.append)(key)

    def add_asset(self, which, what, _to):
        names = list(self.program.assets)
        if len(names) < 8:
            up = nth(names, which)
            self.program.assets[f"b{next(self.serial)}"] = Made([up], shape=nth(list(SHAPES), what), cell=3)

    def drop_asset(self, _which, _what, _to):
        if len(self.program.assets) > 1:
            self.program.assets.popitem()

    def wipe(self, which, _what, to):
        name = nth(list(self.program.assets), which)
        partitions = self.program.partitions(name)
        chosen = nth(partitions, to // 2) if to % 2 else None
        self.book.workspace.wipe(name, chosen)
        for piece in [piece for piece in {*self.last, *self.failed} if piece[0] == name]:
            if chosen is None or piece[1] == chosen:
                self.last.pop(piece, None)
                self.failed.discard(piece)

    def restart(self, _which, _what, _to):
        """A new kernel on the same store; all cells run again."""
        self.book.workspace.close()
        self.book = Notebook(self.folder / "store")

    # What is asked for.

    @rule(first=MANY, more=st.lists(MANY, max_size=2), only=FLAG, force=FLAG, down=FLAG, key=MANY)
    def materialize_some(self, first, more, only, force, down, key):
        names = list(self.program.assets)
        chosen = {names[number % len(names)] for number in (first, *more)}
        if down:
            chosen = self.program.below(chosen)
        spaces = {self.program.assets[name].space for name in chosen} - {""}
        partition = None
        if len(spaces) == 1 and key % 2:
            keys = self.program.spaces[next(iter(spaces))]
            partition = keys[key // 2 % len(keys)]
        pieces = {
            (name, p)
            for name in chosen
            for p in self.program.partitions(name)
            if partition is None or p in {None, partition}
        }
        self.ask(pieces, sorted(chosen), partition, only=only, force=force)

    @precondition(lambda self: not self.full)
    @rule()
    def everything(self):
        """Materialize all; then the three laws."""
        self.ask(set(self.program.pieces()), None, None, only=False, force=False)
        self.broken = True
        broken = self.program.below(name for name, own in self.program.assets.items() if own.fails)
        due = {str_of(piece) for piece in self.program.pieces() if piece[0] in broken}
        other = [piece for piece in self.program.pieces() if piece[0] not in broken]
        fresh = Notebook(self.folder / f"rebuild {next(self.serial)}")
        fresh.run(self.program.sources())
        fresh.workspace.materialize(raise_on_error=False)
        for name, partition in other:
            kept = self.book.look(self.book.workspace.load(name, partition))
            rebuilt = fresh.look(fresh.workspace.load(name, partition))
            assert kept == rebuilt, f"(a) {str_of((name, partition))} is not what a rebuild gives"
        for name in {name for name, partition in other if partition is not None}:
            assert list(self.book.workspace.load(name)) == list(fresh.workspace.load(name))
        fresh.workspace.close()
        states = self.book.workspace.states()
        assert {str(piece) for piece, own in states.items() if own.state != "fresh"} <= due
        self.book.workspace.materialize(raise_on_error=False)
        again = {str_of(piece) for piece in self.book.did() if not self.program.assets[piece[0]].fails}
        assert not again, "(c) a second time nothing runs"
        self.full, self.broken = True, False

    def ask(self, pieces, selection, partition, *, only, force):
        program, workspace = self.program, self.book.workspace
        self.broken = True
        options = {"partition": partition, "only": only, "force": force}
        plan = workspace.plan(selection, partition, only=only, force=force)
        try:
            summary = workspace.materialize(selection, **options, raise_on_error=False)
        except DagsterInvariantViolationError:
            reads = {up for piece in pieces for ups in program.reads(*piece).values() for up in ups}
            assert only, "only what reaches outside may be refused"
            assert reads - pieces - set(self.last), "refused although everything above is there"
            assert not self.book.did()
            self.broken = False
            return
        ran = self.book.did()
        assert len(ran) == len(set(ran)), "nothing runs twice"
        assert set(ran) <= (pieces if only else program.closure(pieces)), "what was not asked for ran"
        made = {str(piece) for piece in summary.built}
        assert {str_of(piece) for piece in ran} == made | {str(piece) for piece in summary.failed}
        steps = {str(step.piece): step.forecast for step in plan.steps}
        certain = {name for name, forecast in steps.items() if forecast == "build"}
        assert made <= set(steps), "what was not planned ran"
        left = made | {str(p) for p in (*summary.failed, *summary.untouched)}
        assert certain <= left, "what was forecast to run for certain did not"
        for piece in ran:  # in the order they ran: what they read stands by then
            code, inputs = program.meaning(piece[0]), self.inputs(piece)
            reasons = (
                piece in self.failed or (force and piece in pieces) or self.last.get(piece) != (code, inputs)
            )
            assert reasons, f"(b) {str_of(piece)} had no reason to run"
            if program.assets[piece[0]].fails:
                self.failed.add(piece)
                continue
            self.failed.discard(piece)
            self.last[piece] = (code, inputs)
            value = workspace.load(*piece)
            thing = program.meaning_of_thing() if type(value).__name__ == "Thing" else None
            self.looks[piece] = (self.book.look(value), thing, next(self.serial) if value is None else 0)
        self.full, self.broken = False, False

    def inputs(self, piece):
        """What a piece reads now: by parameter, which pieces with which values."""
        reads = self.program.reads(*piece)
        return {
            param: [(up, self.looks.get(up) if up in self.last else None) for up in ups]
            for param, ups in reads.items()
        }


def nth(choices, number):
    return choices[number % len(choices)]


COUNT = itertools.count()


def str_of(piece):
    name, partition = piece
    return name if partition is None else f"{name}@{partition}"


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.timeout(0 if EXAMPLES > 50 else 300)
def test_incremental_work_ends_where_a_rebuild_ends(tmp_path, monkeypatch, shard):
    """Equal values, no needless work, nothing left to do: for any notebook and any edits."""
    monkeypatch.setenv("ASSETS_KEY", str(tmp_path / "key"))
    run_state_machine_as_test(
        lambda: Oracle(tmp_path),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=10,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


@pytest.mark.parametrize("kind", sorted(set(EDITS)))
def test_each_kind_of_edit_ends_where_a_rebuild_ends(tmp_path, monkeypatch, kind):
    """The same laws on one notebook in which every edit can be seen, with each kind of edit by itself."""
    monkeypatch.setenv("ASSETS_KEY", str(tmp_path / "key"))
    machine = Oracle(tmp_path)
    machine.program.assets = {
        "a0": Made(space="letters", mod=250, helpers=[0]),
        "a1": Made(["a0"], mod=250, constants=[1], shape="turned"),
        "a2": Made(["a1"], mod=250, shape="thing"),
        "a3": Made(["a1", "a2"], ["a0"], mod=250, helpers=[2], shape="tuple", cell=1),
        "a4": Made(["a3", "a2", "a0"], mod=5, constants=[0], direct=True, shape="big", cell=2),
        "a5": Made(["a4"], mod=250, versioned=True, cell=2),
    }
    machine.edited()
    machine.everything()
    for number in range(10):
        getattr(machine, kind)(number, number, 3 * number + 1)
        machine.edited()
        machine.everything()
    machine.teardown()
