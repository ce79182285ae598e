"""What an instance answers about partitions: those that were made, and those that come and go."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from ..errors import CheckError, ElementCheckError, ParameterCheckError, check_type
from ..events import PartitionsAdded, PartitionsRemoved
from ..keys import AssetKey, Piece
from ..partitions.spaces import PartitionsDefinition
from ..run.records import AssetPartitionStatus
from ..storage import EventLog


class OfPartitions:
    """The part of an instance that is about partitions."""

    log: EventLog

    def get_materialized_partitions(
        self, asset_key: AssetKey, before_cursor: int | None = None, after_cursor: int | None = None
    ) -> set[str]:
        """The partitions of an asset that were materialized and not wiped.

        Args:
            asset_key: Which asset.
            before_cursor: Only those whose newest materialization has a smaller id.
            after_cursor: Only those whose newest materialization has a greater id.
        """
        facts = self.log.snapshot([check_type(asset_key, AssetKey, "asset_key", optional=False)])
        found = set()
        for partition in facts.partitions(asset_key):
            record = facts.record(Piece(asset_key, partition))
            if (
                partition is not None
                and record is not None
                and (before_cursor is None or record.event < before_cursor)
                and (after_cursor is None or record.event > after_cursor)
            ):
                found.add(partition)
        return found

    def get_status_by_partition(
        self, asset_key: AssetKey, partition_keys: Sequence[str], partitions_def: PartitionsDefinition
    ) -> Mapping[str, AssetPartitionStatus | None]:
        """What stands for these partitions of an asset; `None` for one that was never made.

        Args:
            asset_key: Which asset.
            partition_keys: Which partitions.
            partitions_def: The partitions that the asset has.
        """
        check_type(partitions_def, PartitionsDefinition, "partitions_def", optional=False)
        facts = self.log.snapshot([check_type(asset_key, AssetKey, "asset_key", optional=False)])
        found: dict[str, AssetPartitionStatus | None] = {}
        for partition in partition_keys:
            piece = Piece(asset_key, partition)
            latest = facts.latest(piece)
            if piece in facts.running:
                found[partition] = AssetPartitionStatus.IN_PROGRESS
            elif latest.failed is not None and not latest.failed.cancelled:
                found[partition] = AssetPartitionStatus.FAILED
            else:
                found[partition] = AssetPartitionStatus.MATERIALIZED if latest.record is not None else None
        return found

    # -- partitions that come and go ---------------------------------------------------------------

    def add_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        """Add keys to a dynamic partitions definition; those that are there already are left.

        Raises:
            CheckError: if the keys are no sequence of texts, or one of them is given twice.
        """
        name = check_type(partitions_def_name, str, "partitions_def_name", optional=False)
        if isinstance(partition_keys, str) or not isinstance(partition_keys, Sequence):
            message = f"Parameter 'partition_keys' must be a sequence of keys, not {type(partition_keys).__name__}: {partition_keys!r:.80}"
            raise ParameterCheckError(message)
        for key in partition_keys:
            if not isinstance(key, str):
                message = f"Each of 'partition_keys' must be str, not {type(key).__name__}: {key!r:.80}"
                raise ElementCheckError(message)
        if len(set(partition_keys)) < len(partition_keys):
            twice = next(key for n, key in enumerate(partition_keys) if key in partition_keys[:n])
            message = (
                f"The partition {twice!r} is given twice to add_dynamic_partitions({name!r}); give it once."
            )
            raise CheckError(message)
        if partition_keys:
            self.log.append([PartitionsAdded("", time.time(), name, tuple(partition_keys))])

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Take a key from a dynamic partitions definition."""
        name = check_type(partitions_def_name, str, "partitions_def_name", optional=False)
        key = check_type(partition_key, str, "partition_key", optional=False)
        self.log.append([PartitionsRemoved("", time.time(), name, (key,))])

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """The keys of a dynamic partitions definition, in the order they were added."""
        name = check_type(partitions_def_name, str, "partitions_def_name", optional=False)
        return list(self.log.snapshot(()).dynamic.get(name, ()))

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether a dynamic partitions definition has a key."""
        return partition_key in self.get_dynamic_partitions(partitions_def_name)
