"""`Workspace`: a graph that changes, a store, and the verbs on them.

The notebook, the command line and the widgets all stand on it; it knows none of them. The
graph is one reference that `define` swaps; facts are a snapshot, folded forward with what
the log has since; code versions are taken anew at each request, but never while the user's
own code runs. Rules: `spec/notebook.md` §1, §3, §4.3, §6.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from . import verbs
from .choice import (
    ANY,
    of_another_session,
    select,
    select_observed,
    select_typed,
    without_partitions,
)
from .configurable import Configurable, changed, check_config, configurable, in_force
from .decide.observing import to_observe
from .decide.plan import Plan, Request
from .decide.states import states
from .decide.status import Status, remembered_row, status
from .decide.verdict import Verdict
from .decide.why import Why
from .errors import DagsterInvariantViolationError, UnknownAssetError
from .events import Materialized
from .graph import EMPTY, Definition, Graph, Node
from .history import Snapshot
from .instance import DagsterInstance, set_current
from .keys import AssetKey, CoercibleToAssetKey, Piece
from .latest import Entry
from .metadata import MetadataValue
from .origins import Origins
from .resources.run_config import RunConfig, form_of_run
from .run.cancel import Cancel
from .run.pace import Pace
from .run.result import RunSummary
from .run.runner import Progress
from .storage import Bounds
from .turns import Activity, Turns

HOME_VARIABLE = "ASSETS_HOME"
FOLDER = ".assets"

# So many events are asked for in one query; a log gives a thousand at once.
_BUNDLE = 900

Selection: TypeAlias = Any
"""What `AssetSelection.from_coercible` takes, a key, or `None` for everything."""
PartitionsAsked: TypeAlias = Mapping[AssetKey, Collection[str]] | Collection[str] | str | None
StatesAsked: TypeAlias = Collection[str] | str | None


class Workspace:
    """The assets of one notebook or module, and everything one can ask of them.

    Args:
        store: The folder of the store; left out, `ASSETS_HOME`, else `.assets` in the
            working directory. It is opened at first use.
        origin: Who defines the assets: the notebook's path, recorded with each run.
        resources: What the assets' functions are handed, by resource key.
        durability: `normal` or `full`, see `DagsterInstance.open`.
    """

    def __init__(
        self,
        store: str | os.PathLike[str] | None = None,
        *,
        origin: str = "",
        resources: Mapping[str, object] | None = None,
        durability: str | None = None,
    ) -> None:
        self.origin = origin
        self.graph: Graph = EMPTY
        self.resources: dict[str, object] = dict(resources or {})
        self._config: dict[str, Any] = {}
        self._turns = Turns(self._tell)
        self._path = store
        self._durability = durability
        self._instance: DagsterInstance | None = None
        self._origins: Origins | None = None
        self._snapshot: Snapshot | None = None
        self._heard: list[Callable[[], None]] = []
        self._unsubscribe: Callable[[], None] | None = None
        self._facts_lock = threading.Lock()
        self._codes: dict[AssetKey, str] = {}
        self._codes_of: Graph = EMPTY
        self._user_code = 0
        self._gone: frozenset[AssetKey] = frozenset()
        """What was declared and is no more, as long as the store has not been told."""

    # -- the store ---------------------------------------------------------------------------------

    @property
    def store_path(self) -> Path:
        """The folder of the store, whether it is open yet or not."""
        given = self._path if self._path is not None else os.environ.get(HOME_VARIABLE)
        return Path(given).expanduser().absolute() if given else Path.cwd() / FOLDER

    @property
    def instance(self) -> DagsterInstance:
        """The store, opened at first use.

        Raises:
            StoreError: if it is damaged, foreign or of a newer version.
        """
        if self._instance is None:
            path = self.store_path
            self._path = path  # a later change of the working directory must not move it
            self._instance = DagsterInstance.open(path, self._durability)
            self._unsubscribe = self._instance.log.subscribe(self._on_entries)
            self._note_gone()
        return self._instance

    def use_store(self, path: str | os.PathLike[str]) -> Path:
        """Work on another store from now on.

        Raises:
            DagsterInvariantViolationError: while a run goes on.
        """
        if self.activity is not None:
            message = "The store cannot be changed while a run goes on. Wait for it, or cancel it."
            raise DagsterInvariantViolationError(message)
        self.close()
        self._path = Path(path).expanduser().absolute()
        self._tell()
        return self.store_path

    def close(self) -> None:
        """Close the store; the next use opens it again."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._instance is not None:
            self._instance.close()
        self._instance = self._snapshot = self._unsubscribe = self._origins = None

    # -- what is declared --------------------------------------------------------------------------

    def define(
        self, definitions: Sequence[Definition], resources: Mapping[str, object] | None = None
    ) -> None:
        """Let exactly these definitions stand.

        Args:
            definitions: All of them, not only the new ones.
            resources: Resources that a `Definitions` object brings along.

        Raises:
            DagsterInvalidDefinitionError: if they make no valid graph; the former one stays in force.
        """
        graph = Graph.of(definitions, ghosts=True)
        graph.check()
        before, self.graph = self.graph, graph
        here = _declared(graph)
        self._gone = (self._gone | (_declared(before) - here)) - here
        if self._instance is not None:
            self._note_gone()
        self.resources.update(resources or {})
        self._tell()

    @property
    def run_config(self) -> dict[str, Any]:
        """What functions and resources are configured with, in the mapping form, besides what they declare."""
        return in_force(self.graph, self.resources, self._config)

    def configure(self, run_config: RunConfig | Mapping[str, Any] | None) -> None:
        """Let functions and resources be configured with this from now on; what was made with another config is stale.

        Args:
            run_config: `{"ops": {name: {"config": ...}}, "resources": ...}` or a `RunConfig`; `None` for what is declared.

        Raises:
            DagsterInvalidConfigError: for what does not fit, with every problem and its path; the former stays in force.
        """
        form = form_of_run(run_config)
        check_config(self.graph, self.resources, form)
        self._config = dict(form)
        self._tell()

    def configurable(self, key: CoercibleToAssetKey) -> list[Configurable]:
        """What can be configured of an asset, with what is in force: its function and the resources that it uses."""
        return configurable(self.graph, self._key(key), self.resources, self.run_config)

    def configure_parts(
        self, key: CoercibleToAssetKey, parts: Sequence[tuple[str, str, Mapping[str, Any]]]
    ) -> None:
        """Replace parts of the config of an asset, each by its section and name; an empty one is what is declared.

        Raises:
            DagsterInvalidConfigError: for what does not fit; the former stays in force.
            DagsterInvariantViolationError: for a part that the asset does not have.
        """
        forms = {(part.section, part.name): part.form for part in self.configurable(key)}
        config = self.run_config
        for section, name, value in parts:
            if (section, name) not in forms:
                message = f"{self._key(key).to_user_string()!r} takes no config {name!r} in {section!r}."
                raise DagsterInvariantViolationError(message)
            config = changed(config, section, name, value, forms[section, name])
        self.configure(config)

    def select(self, selection: Selection = None) -> list[AssetKey]:
        """The keys of a selection, upstream first.

        Args:
            selection: A text in the selection grammar, a key, a list, an `AssetSelection`;
                `None` is every asset that can be materialized.

        Raises:
            DagsterInvalidSubsetError: for a key that is not defined, and for a text that means nothing.
            DagsterInvalidAssetSelectionError: for a text that cannot be read.
            UnknownAssetError: for a key that only former sessions defined.
        """
        if isinstance(selection, str):
            return select_typed(self.graph, selection, self.remembered() if self._has_store() else ())
        return select(self.graph, selection)

    # -- what is so --------------------------------------------------------------------------------

    def facts(self) -> Snapshot:
        """What happened, up to this moment, in every kernel on this store."""
        with self._facts_lock:
            log = self.instance.log
            if self._snapshot is None:
                self._snapshot = log.snapshot()
            else:
                news = list(log.since(self._snapshot.upto))
                if news:
                    self._snapshot = self._snapshot.after(news)
                self._snapshot = self._snapshot.holding(log.held())
            return self._snapshot

    def quiet(self) -> bool:
        """Whether the user's objects may be looked at: no code of the user's runs that could change them meanwhile."""
        return self.activity is None and not self._user_code

    def codes(self, *, fresh: bool = False) -> Mapping[AssetKey, str]:
        """The code version of every asset: as it is now, or, while user code runs, as last taken.

        Args:
            fresh: Take them now in any case: for a caller that the running code itself waits for.
        """
        if fresh or self.quiet():
            self._codes = verbs.codes(self.graph, self.graph.nodes, self.resources, self.run_config)
            self._codes_of = self.graph
        return self._taken()

    def present(self) -> tuple[Graph, Mapping[AssetKey, str]]:
        """The graph in force and its code versions: of one moment, also if a cell defines something meanwhile."""
        while True:
            graph, codes = self.graph, self.codes()
            if self._codes_of is graph:
                return graph, codes

    def _taken(self) -> dict[AssetKey, str]:
        """The codes as last taken; only what was defined since is looked at."""
        graph, before = self.graph, self._codes_of
        if before is not graph:
            changed = [key for key, node in graph.nodes.items() if not _same(before, key, node)]
            self._codes = {**self._codes, **verbs.codes(graph, changed, self.resources, self.run_config)}
            self._codes_of = graph
        return self._codes

    def _take_over(self, graph: Graph, codes: Mapping[AssetKey, str]) -> None:
        """Remember the codes that a run has taken, of the definitions that still stand."""
        known = self._taken()
        current = self._codes_of
        self._codes = {
            **known,
            **{
                key: code
                for key, code in codes.items()
                if key in graph.nodes and _same(current, key, graph.nodes[key])
            },
        }

    @contextmanager
    def user_code(self) -> Iterator[None]:
        """While the user's own code runs: no code version is taken, since that reads the user's objects."""
        self._user_code += 1
        try:
            yield
        finally:
            self._user_code -= 1

    def states(self) -> dict[Piece, Verdict]:
        """The verdict of every piece of every asset."""
        graph, codes = self.present()
        facts = self.facts()
        return states(graph, facts, codes, now=verbs.moment(facts))

    @property
    def activity(self) -> Activity | None:
        """The run that goes on, if there is one."""
        return self._turns.activity

    def active(self) -> Mapping[Piece, str]:
        """The pieces that are `queued` or `running` at this moment."""
        return self._turns.active()

    def notes(self) -> Mapping[Piece, str]:
        """What else is to be said of the pieces of the run that goes on: that they are tried again, and when."""
        return self._turns.notes()

    def remembered(self) -> dict[AssetKey, tuple[AssetKey, ...]]:
        """The assets of former sessions of this notebook that no cell has defined yet (C10), with their inputs."""
        if not self.origin:
            return {}  # nobody knows which notebook this is
        return verbs.remembered(self._known_origins(), self.facts(), self.graph, self.origin)

    def forget(self, keys: Collection[AssetKey]) -> None:
        """Remember these assets of former sessions no longer; what is stored of them stays."""
        verbs.drop(self.instance, keys, self.origin)
        self._tell()

    # -- the verbs ---------------------------------------------------------------------------------

    def status(self, selection: Selection = None) -> Status:
        """One row per asset: state, partitions, last run, versions; without a selection also of what is remembered."""
        facts = self.facts()
        former = self.remembered()
        if isinstance(selection, str) and (key := verbs.key_of(self.graph, selection)) in former:
            return Status((remembered_row(key, facts),))
        keys = self.select(selection)
        graph, codes = self.present()
        verdicts = states(graph, facts, codes, keys, verbs.moment(facts))
        told = status(
            graph,
            facts,
            verdicts,
            codes,
            [key for key in keys if key in graph.nodes],
            self.active(),
            self.notes(),
        )
        if not _everything(selection):
            return told
        return Status((*told.rows, *(remembered_row(key, facts) for key in former)))

    def plan(
        self,
        selection: Selection = None,
        partitions: PartitionsAsked = None,
        *,
        only: bool = False,
        force: bool = False,
        downstream: bool = False,
        state: StatesAsked = None,
    ) -> Plan:
        """What `materialize` with the same arguments would do, and why."""
        request = self._request(selection, partitions, only, force, downstream, state)
        graph, codes = self.present()
        resources = self.resources if self.quiet() else None
        made = verbs.plan_of(graph, self.facts(), codes, request, resources, self.run_config)
        _, sentences = verbs.barred(graph) if _everything(selection) else ((), ())
        return replace(made, blocked=(*made.blocked, *sentences)) if sentences else made

    def why(self, key: CoercibleToAssetKey, partition: str | None = None) -> Why:
        """Every cause of a piece's state, the root causes, and the change of code as a diff.

        Raises:
            UnknownAssetError: for a key that is not defined.
        """
        graph, codes = self.present()
        asset = self._key(key)
        if asset in self.remembered():
            raise UnknownAssetError(of_another_session(asset))
        return verbs.why(self.instance, graph, self.facts(), codes, Piece(asset, partition))

    def materialize(
        self,
        selection: Selection = None,
        *,
        partition: PartitionsAsked = None,
        only: bool = False,
        force: bool = False,
        downstream: bool = False,
        state: StatesAsked = None,
        run_config: RunConfig | Mapping[str, Any] | None = None,
        raise_on_error: bool = True,
        on_progress: Callable[[Progress], None] | None = None,
        cancel: Cancel | None = None,
    ) -> RunSummary:
        """Bring a selection and every ancestor that is due up to date.

        One run at a time: a second caller waits for its turn.

        Args:
            selection: What to bring up to date; `None` is everything. What then cannot be made, since nobody
                defines something above it, is left out, and told as an error at the end.
            partition: Which partitions of it: a key, `FROM..TO`, a list, or a mapping by asset.
            only: Run nothing outside the selection.
            force: Run every selected piece, due or not.
            downstream: Add everything downstream to the selection.
            state: Which of the selected pieces, by their state: `failed` tries again what failed, `missing` makes what
                is not there yet; one, several with commas between, or a list. What is due above them runs as ever.
            run_config: What to `configure` before, so that it stays in force; left out, nothing changes.
            raise_on_error: Raise one error at the end that names what failed.
            on_progress: Hears of each step.
            cancel: A token that stops the run.

        Returns:
            What was built, what was kept and why, what failed.

        Raises:
            RunFailedError: at the end of the run, if an asset failed; its cause is the user's first exception.
            RunCancelledError: if the run was cancelled.
            DagsterInvalidConfigError: for a config that does not fit; nothing was started.
            DagsterInvariantViolationError: if the plan cannot run, at the end if something was left out, or if it is called inside a body that a
                run of this workspace calls; nothing was started.
        """
        token = cancel or Cancel()
        with self._turns.turn(token):
            request = self._request(selection, partition, only, force, downstream, state)
            graph = self.graph
            if run_config is not None:
                self.configure(run_config)
            config = self.run_config
            codes = verbs.codes(graph, verbs.concerned(graph, request), self.resources, config)
            self._take_over(graph, codes)
            facts = self.facts()
            plan = verbs.plan_of(graph, facts, codes, request, self.resources, config)
            verbs.refuse_blocked(plan)
            if plan.steps:
                notes = verbs.replaced(self._known_origins(), facts, plan, self.origin)
            else:
                notes = without_partitions(graph, request.keys, verbs.moment(facts))
            summary = self._run(graph, plan, facts, token, on_progress)
        summary.notes = notes
        if _everything(selection):
            summary.left_out, summary.blocked = verbs.barred(graph)
        if raise_on_error:
            summary.raise_if_failed()
        return summary

    def observe(
        self,
        selection: Selection = None,
        *,
        raise_on_error: bool = True,
        on_progress: Callable[[Progress], None] | None = None,
        cancel: Cancel | None = None,
    ) -> RunSummary:
        """Look at assets that are made elsewhere, by the functions that were declared for it.

        What reads them is stale afterwards if they were seen at another version.

        Args:
            selection: What to look at; `None` is everything that can be looked at.
            raise_on_error: Raise one error at the end that names what failed.
            on_progress: Hears of each step.
            cancel: A token that stops the run.

        Returns:
            What was looked at, what failed.

        Raises:
            RunFailedError: at the end of the run, if a function failed; its cause is the user's first exception.
            DagsterInvalidSubsetError: if no function looks at anything of the selection.
        """
        token = cancel or Cancel()
        with self._turns.turn(token):
            graph, plan = to_observe(self.graph, select_observed(self.graph, selection))
            summary = self._run(graph, plan, self.facts(), token, on_progress, "observed")
        if raise_on_error:
            summary.raise_if_failed()
        return summary

    def _run(
        self,
        graph: Graph,
        plan: Plan,
        facts: Snapshot,
        token: Cancel,
        on_progress: Callable[[Progress], None] | None,
        deed: str = "materialized",
    ) -> RunSummary:
        """Run a plan, and tell everybody how far it is."""
        config = self.run_config

        def work(heard: Callable[[Progress], None]) -> RunSummary:
            return verbs.run(
                self.instance,
                graph,
                plan,
                facts,
                resources=self.resources,
                config=config,
                origin=self.origin,
                cancel=token,
                on_progress=heard,
                deed=deed,
            )

        return self._turns.go_on(Activity(plan, token, Pace(plan, facts)), work, on_progress)

    def cancel(self, run: str | None = None) -> bool:
        """Stop the run that goes on: at once between steps, else at the next Python instruction of the body.

        Args:
            run: Only if the run that goes on has this id.

        Returns:
            Whether there was one.
        """
        return self._turns.cancel(run)

    def load(
        self, key: CoercibleToAssetKey, partition: str | None = None, version: int | str | None = None
    ) -> Any:
        """The stored value of an asset or of one of its partitions.

        Args:
            key: The asset; a text is its key with `/` between the parts, and may name the partition: `day@2024-01-01`.
            partition: The partition; left out for a partitioned asset, a dict of all that are there.
            version: `-1` is the one before the newest, `-2` the one before that; or a data version.

        Raises:
            ValueMissingError: if there is no such value.
        """
        facts = self.facts()
        if partition is None and isinstance(key, str) and "@" in key:
            asset = self._key(key)
            if asset not in self.graph.nodes and not facts.partitions(asset):
                key, _, partition = key.partition("@")
        return verbs.load(
            self.instance,
            self.graph,
            facts,
            self.resources,
            self.run_config,
            self._key(key),
            partition,
            version,
        )

    def history(self, key: CoercibleToAssetKey, partition: str | None = None, limit: int = 50) -> list[Entry]:
        """The materializations, failures and observations of an asset, the newest first."""
        return verbs.history(self.instance, self._key(key), partition, limit)

    def metadata_of(self, events: Collection[int]) -> dict[int, Mapping[str, MetadataValue]]:
        """What was recorded with these materializations, by the ids of their events."""
        log, ids = self.instance.log, sorted(events)
        found: dict[int, Mapping[str, MetadataValue]] = {}
        for start in range(0, len(ids), _BUNDLE):
            bounds = Bounds(ids=ids[start : start + _BUNDLE])
            for number, event in log.look_back(None, ("Materialized",), bounds):
                assert isinstance(event, Materialized)
                found[number] = event.metadata
        return found

    def check_history(self, key: CoercibleToAssetKey, limit: int = 200) -> list[Entry]:
        """What the checks of an asset said, the newest first."""
        return verbs.check_history(self.instance, self._key(key), limit)

    def wipe(
        self, selection: Selection, partition: PartitionsAsked = None, *, dry_run: bool = False
    ) -> list[Piece]:
        """Forget what was materialized, of all partitions or of some; the values go with it.

        Returns:
            The pieces that were (or, with `dry_run`, would be) forgotten.
        """
        keys = verbs.select_remembered(self.graph, selection, self.facts())
        pieces = verbs.materialized_pieces(self.graph, self.facts(), keys, partition)
        if not dry_run:
            verbs.wipe(self.instance, pieces)
            self._tell()
        return pieces

    def runs(self, limit: int = 20) -> list[Any]:
        """The newest runs, the newest first."""
        return self.instance.log.runs(limit)

    def retries(self, run: str) -> int:
        """How often a step of a run was tried again."""
        return verbs.retries(self.instance, run)

    def log(self, run: str | None = None) -> list[Entry]:
        """What a run printed, logged and raised.

        Args:
            run: How its id begins; `-1` is the newest, as is none, `-2` the one before.

        Raises:
            DagsterRunNotFoundError: if there is no such run.
        """
        return verbs.run_log(self.instance, run)

    # -- being told --------------------------------------------------------------------------------

    def poll(self) -> None:
        """Hear what other kernels on this store have done since; nothing if the store is not open."""
        if self._instance is not None:
            self._instance.log.poll()

    def subscribe(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Call `heard` after anything changed: graph, facts or the run that goes on.

        Returns:
            What ends the subscription.
        """
        self._heard.append(heard)

        def end() -> None:
            if heard in self._heard:
                self._heard.remove(heard)

        return end

    def _on_entries(self, _entries: Sequence[Entry]) -> None:
        self._tell()

    def _tell(self) -> None:
        for heard in tuple(self._heard):
            heard()

    # -- inside ------------------------------------------------------------------------------------

    def _has_store(self) -> bool:
        return self._instance is not None or self.store_path.exists()

    def _note_gone(self) -> None:
        """Tell the store what left the graph of what this notebook has made: nobody will remember it."""
        gone, self._gone = self._gone, frozenset()
        if gone and self.origin:
            made = gone.intersection(self._known_origins().assets(self.origin))
            if made:
                verbs.drop(self.instance, sorted(made), self.origin)

    def _known_origins(self) -> Origins:
        if self._origins is None:
            self._origins = Origins(self.instance.log)
        return self._origins

    def _key(self, key: CoercibleToAssetKey) -> AssetKey:
        if isinstance(key, str):
            return verbs.key_of(self.graph, key)
        return AssetKey.from_coercible_or_definition(key)

    def _request(
        self,
        selection: Selection,
        partition: PartitionsAsked,
        only: bool,
        force: bool,
        downstream: bool,
        state: StatesAsked,
    ) -> Request:
        keys = set(self.select(selection))
        if _everything(selection):
            keys.difference_update(verbs.barred(self.graph)[0])
        if downstream:
            keys |= {key for key in self.graph.descendants(keys) if self.graph.nodes[key].kind == "asset"}
        partitions = verbs.partitions_asked(self.graph, keys, partition, verbs.moment(self.facts()))
        return Request(
            frozenset(keys),
            partitions,
            "force" if force else "due",
            only,
            states=verbs.states_asked(state),
        )


def _everything(selection: Selection) -> bool:
    """Whether nobody said what is wanted: then one asset that cannot be made is no reason to make none."""
    return selection is None or (isinstance(selection, str) and selection == ANY)


def _declared(graph: Graph) -> frozenset[AssetKey]:
    return frozenset(key for key, node in graph.nodes.items() if node.kind != "ghost")


def _same(graph: Graph, key: AssetKey, node: Node) -> bool:
    """Whether a graph has the very same definition under a key."""
    there = graph.nodes.get(key)
    return there is not None and there.definition is node.definition


_current: Workspace | None = None


def current() -> Workspace:
    """The workspace of this kernel.

    Raises:
        DagsterInvariantViolationError: before `%load_ext assets`.
    """
    if _current is None:
        message = (
            "There is no workspace yet. In a notebook, run `%load_ext assets` first; "
            "in a script, make one: `assets.Workspace(store)`."
        )
        raise DagsterInvariantViolationError(message)
    return _current


def make_current(workspace: Workspace | None) -> None:
    """Let this workspace be the kernel's; `DagsterInstance.get()` then uses its store."""
    global _current  # noqa: PLW0603  the one place that knows the kernel's workspace
    _current = workspace
    set_current(None if workspace is None else lambda: workspace.instance)
