"""`AssetValueLoader`: stored values of declared assets, outside any run.

What `Definitions.load_asset_value` and `get_asset_value_loader` give. The resources that IO
managers need are made at the first value and kept while the loader is open. Rules:
`spec/api.md` §9.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from .define.types import ANYTHING, Typing
from .errors import CheckError, DagsterHomeNotSetError, nearest
from .graph import Graph, Node
from .instance import DagsterInstance
from .keys import AssetKey, CoercibleToAssetKey
from .partitions.subset import PartitionKeyRange
from .run.loading import Asked, Loader
from .run.provide import Providers
from .verbs import load


class AssetValueLoader:
    """Loads the stored values of assets; open as a context manager it makes resources once.

    Args:
        graph: The assets.
        resources: By resource key.
        instance: Where the values are; default: that of `DagsterInstance.get()`.
    """

    def __init__(
        self, graph: Graph, resources: Mapping[str, Any], instance: DagsterInstance | None = None
    ) -> None:
        self._graph = graph
        self._resources = resources
        self._instance = instance
        self._stack = ExitStack()
        self._providers: Providers | None = None
        self._open = False

    def __enter__(self) -> Self:
        self._open = True
        return self

    def __exit__(
        self, cls: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open, self._providers = False, None
        self._stack.close()

    def load_asset_value(
        self,
        asset_key: CoercibleToAssetKey,
        *,
        python_type: type | None = None,
        partition_key: str | None = None,
        partition_key_range: PartitionKeyRange | None = None,
        input_definition_metadata: Mapping[str, Any] | None = None,
        resource_config: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Any:
        """The stored value of an asset.

        Args:
            asset_key: Which asset.
            python_type: What it must be; an IO manager sees it as well.
            partition_key: Which partition.
            partition_key_range: Several partitions; they come as a mapping by key.
            input_definition_metadata: What an IO manager is told, as of an `AssetIn`.
            resource_config: Config of resources, in the form of `run_config["resources"]`.
            metadata: An older name of `input_definition_metadata`.

        Raises:
            CheckError: if there is no such asset, or both a partition and a range are given.
            ValueMissingError: if it has no value.
        """
        key = AssetKey.from_coercible(asset_key)
        node = self._graph.nodes.get(key)
        if node is None:
            name = key.to_user_string()
            known = (each.to_user_string() for each in self._graph.nodes)
            message = f"No asset {name!r} is among these definitions{nearest(name, known) or '.'}"
            raise CheckError(message)
        typing = ANYTHING if python_type is None else Typing.of(python_type)
        asked = Asked(typing=typing, metadata=input_definition_metadata or metadata or {})
        partitions = _partitions(node, partition_key, partition_key_range, self._store())
        if self._open and resource_config is None:
            if self._providers is None:
                self._providers = self._stack.enter_context(self._made(None))
            value = self._value(node, partitions, asked, self._providers)
        else:
            with self._made(resource_config) as providers:
                value = self._value(node, partitions, asked, providers)
        typing.demand(value, f"the value of {key.to_user_string()!r}")
        return value

    def _value(self, node: Node, partitions: Sequence[str | None], asked: Asked, providers: Providers) -> Any:
        own = providers.manager(node.io_manager_key, node.definition) is not None
        store = providers.instance or (DagsterInstance.ephemeral() if own else DagsterInstance.get())
        facts = store.log.snapshot({node.key})
        if partitions == (None,) and not own:
            return load(store, self._graph, facts, self._resources, {}, node.key, None, None)
        return Loader(self._graph, store.values, facts, providers).read(node, partitions, asked)

    def _made(self, config: Mapping[str, Any] | None) -> Providers:
        return Providers(self._resources, self._store(), None, {"resources": config or {}})

    def _store(self) -> DagsterInstance | None:
        """The instance; an IO manager of one's own may do without any."""
        if self._instance is not None:
            return self._instance
        try:
            return DagsterInstance.get()
        except DagsterHomeNotSetError:
            return None


def _partitions(
    node: Node, key: str | None, span: PartitionKeyRange | None, store: DagsterInstance | None
) -> Sequence[str | None]:
    if key is not None and span is not None:
        message = "Both partition_key and partition_key_range were given: give one of them."
        raise CheckError(message)
    if span is None:
        return (key,)
    if node.partitions is None:
        message = f"{node.key.to_user_string()!r} has no partitions, so there is no range of them."
        raise CheckError(message)
    return list(node.partitions.get_partition_keys_in_range(span, store))
