"""`CachingStaleStatusResolver`: is an asset stale, and why, in the reference's words.

It looks once at the store and once at the code, and answers from what it saw. The decision
is that of `decide`: the same that a notebook shows and a run follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from .decide.codes import code_versions
from .decide.inputs import version_of
from .decide.staleness import StaleCause, StaleStatus, roots, staleness
from .errors import DagsterInvariantViolationError, check_type
from .graph import Definition, Graph
from .history import Snapshot
from .instance import DagsterInstance
from .keys import AssetKey, Piece
from .partitions.moment import Moment
from .verbs import moment
from .versions.data import DataVersion
from .versions.provenance import DEFAULT_DATA_VERSION, NULL_DATA_VERSION


class CachingStaleStatusResolver:
    """Answers about the staleness of assets, as they were when it was first asked.

    Args:
        instance: Where they are remembered.
        asset_graph: What is declared: what `Definitions.resolve_asset_graph()` gives, or the
            definitions themselves; or a function that gives one of these.
        loading_context: Kept for the reference's sake; not looked at.
        resources: What a run would hand to the functions: their configuration counts as code.
        config: The config values of a run, by step name: they count as code.

    Raises:
        CheckError: if `instance` is none.
    """

    def __init__(
        self,
        instance: DagsterInstance,
        asset_graph: Graph | Iterable[Definition] | Callable[[], Graph],
        loading_context: object = None,
        *,
        resources: Mapping[str, object] | None = None,
        config: Mapping[str, object] | None = None,
    ) -> None:
        del loading_context
        self.instance: DagsterInstance = check_type(instance, DagsterInstance, "instance", optional=False)
        self._given = asset_graph
        self._resources = resources
        self._config = config
        self._answers: dict[Piece, tuple[StaleStatus, list[StaleCause]]] = {}

    @cached_property
    def asset_graph(self) -> Graph:
        """What is declared."""
        given: Any = self._given
        if not isinstance(given, Graph) and callable(given):
            given = given()
        return given if isinstance(given, Graph) else Graph.of(given)

    def get_status(self, key: AssetKey, partition_key: str | None = None) -> StaleStatus:
        """Whether an asset, or one of its partitions, is up to date.

        A partitioned asset without a partition is fresh: ask for its partitions one by one.

        Raises:
            UnknownAssetError: if no such asset is declared.
        """
        return self._answer(key, partition_key)[0]

    def get_stale_causes(self, key: AssetKey, partition_key: str | None = None) -> Sequence[StaleCause]:
        """Every reason why it is stale; none if it is not."""
        return self._answer(key, partition_key)[1]

    def get_stale_root_causes(self, key: AssetKey, partition_key: str | None = None) -> Sequence[StaleCause]:
        """The reasons at the bottom of these, each once."""
        return roots(self._answer(key, partition_key)[1])

    def get_current_data_version(self, key: AssetKey, partition_key: str | None = None) -> DataVersion:
        """The data version that stands; `NULL` for what was never made, `INITIAL` for what never is.

        Raises:
            DagsterInvariantViolationError: for a partitioned asset without a partition.
        """
        node = self.asset_graph.node(key)
        if node.partitions is not None and partition_key is None:
            message = (
                f"{key.to_user_string()!r} is partitioned: say of which partition the data version is asked."
            )
            raise DagsterInvariantViolationError(message)
        known = version_of(key, partition_key, self._facts, observed=node.kind != "asset")
        if known is None:
            return NULL_DATA_VERSION if node.kind == "asset" else DEFAULT_DATA_VERSION
        return DataVersion(known)

    @cached_property
    def _facts(self) -> Snapshot:
        return self.instance.log.snapshot()

    @cached_property
    def _now(self) -> Moment:
        return moment(self._facts)

    @cached_property
    def _codes(self) -> Mapping[AssetKey, str]:
        graph = self.asset_graph
        return code_versions(graph, graph.executable(), self._resources, self._config)

    def _answer(self, key: AssetKey, partition: str | None) -> tuple[StaleStatus, list[StaleCause]]:
        node = self.asset_graph.node(key)
        if node.partitions is not None and partition is None:
            return StaleStatus.FRESH, []
        piece = Piece(key, partition)
        found = self._answers.get(piece)
        if found is None:
            found = staleness(piece, self.asset_graph, self._facts, self._codes, self._now)
            self._answers[piece] = found
        return found
