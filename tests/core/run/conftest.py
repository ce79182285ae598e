"""A store in memory or on disk, and runs of small graphs on it."""

from __future__ import annotations

import pytest

from assets.core.decide.codes import code_versions
from assets.core.decide.plan import Request, plan
from assets.core.graph import Graph
from assets.core.keys import AssetKey, Piece
from assets.core.run.result import ExecuteInProcessResult, RunSummary
from assets.core.run.runner import execute
from assets.core.store import memory_store, open_store


class House:
    """A store, and runs of definitions on it, as the verbs above make them."""

    def __init__(self, store):
        self.store = store
        self.log = store.log
        self.values = store.values

    def plan(self, *definitions, keys=None, force=False, only=False, partitions=None, resources=None):
        graph = Graph.of(definitions, ghosts=True)
        wanted = [key for key in graph.order if graph.nodes[key].kind == "asset"]
        chosen = frozenset(wanted if keys is None else map(AssetKey.from_coercible, keys))
        codes = code_versions(graph, graph.nodes, resources or {})
        facts = self.log.snapshot()
        request = Request(chosen, partitions, "force" if force else "due", only)
        return graph, facts, plan(graph, facts, codes, request)

    def run(
        self, *definitions, keys=None, force=False, only=False, partitions=None, resources=None, **options
    ):
        """The outcome of bringing some assets up to date."""
        graph, facts, steps = self.plan(
            *definitions, keys=keys, force=force, only=only, partitions=partitions, resources=resources
        )
        return execute(
            steps,
            graph,
            self.log,
            self.values,
            lambda keys: code_versions(graph, keys, resources or {}),
            facts,
            resources=resources,
            **options,
        )

    def summary(self, *definitions, **options):
        return RunSummary(self.run(*definitions, **options))

    def result(self, *definitions, **options):
        """As the reference's `materialize`: everything runs."""
        return ExecuteInProcessResult(self.run(*definitions, force=True, even_if_empty=True, **options))

    def record(self, key, partition=None):
        return self.log.snapshot().record(Piece(AssetKey.from_coercible(key), partition))

    def value(self, key, partition=None):
        return self.values.get(self.record(key, partition).stored)

    def events(self, *kinds):
        return [entry.event for entry in self.log.since(0) if type(entry.event).__name__ in kinds]


@pytest.fixture(params=["memory", "disk"])
def house(request, tmp_path):
    store = memory_store() if request.param == "memory" else open_store(tmp_path / "store")
    yield House(store)
    store.close()


@pytest.fixture
def quick():
    """A house whose store is in memory, for laws that do not depend on the store."""
    store = memory_store()
    yield House(store)
    store.close()
