"""`AssetOut`: one output of a multi-asset, and the asset that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import CheckError, DagsterInvalidDefinitionError, check_type
from ..keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix
from ..partitions.spaces import PartitionsDefinition
from .deprecation import condition_of, hidden
from .names import key_prefix_of
from .policies import BackfillPolicy
from .spec import AssetSpec
from .types import UNSET, DagsterType, valid_type

_HIDDEN = {
    "auto_materialize_policy": "use automation_condition",
    "legacy_freshness_policy": "use freshness_policy",
}

# A spec needs a key, and an output has none before it is known by its name.
_NAMELESS = AssetKey(["__nameless__"])


class AssetOut:
    """One output of a multi-asset.

    Args:
        key_prefix: Put before the output's name to make the key; excludes `key`.
        key: The key.
        dagster_type: The type of the value.
        description: What it is, in words.
        is_required: Whether the function must make it.
        io_manager_key: The resource that stores it.
        metadata: Anything to be known about it.
        group_name: Its group.
        code_version: The version of its code.
        automation_condition: When it is to be made by itself.
        backfill_policy: How a backfill is cut into runs.
        owners: E-mail addresses, or `team:` and a name.
        tags: For filtering.
        kinds: What it is made of or with.
        freshness_policy: How old it may be.
        is_virtual: Whether it stands for something that holds no data of its own.
    """

    __slots__ = (
        "_spec",
        "backfill_policy",
        "dagster_type",
        "io_manager_key",
        "is_required",
        "key",
        "key_prefix",
    )

    def __init__(
        self,
        key_prefix: CoercibleToAssetKeyPrefix | None = None,
        key: CoercibleToAssetKey | None = None,
        dagster_type: DagsterType | type | Any = UNSET,
        description: str | None = None,
        is_required: bool = True,
        io_manager_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        group_name: str | None = None,
        code_version: str | None = None,
        automation_condition: Any = None,
        backfill_policy: Any = None,
        owners: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        kinds: Iterable[str] | None = None,
        freshness_policy: Any = None,
        is_virtual: bool = False,
        **kwargs: Any,
    ) -> None:
        if key is not None and key_prefix:
            message = "An AssetOut was given key and key_prefix; a key is complete: leave key_prefix out."
            raise CheckError(message)
        hidden(kwargs, _HIDDEN, "AssetOut")
        self.key = None if key is None else AssetKey.from_coercible(key)
        self.key_prefix = list(key_prefix_of(key_prefix))
        self.dagster_type = dagster_type if dagster_type is UNSET else valid_type(dagster_type)
        self.is_required: bool = check_type(is_required, bool, "is_required", optional=False)
        self.io_manager_key: str = check_type(io_manager_key, str, "io_manager_key") or "io_manager"
        self.backfill_policy: BackfillPolicy | None = check_type(
            backfill_policy, BackfillPolicy, "backfill_policy"
        )
        self._spec = AssetSpec(
            self.key or _NAMELESS,
            description=description,
            metadata=metadata,
            group_name=group_name,
            code_version=code_version,
            automation_condition=condition_of(kwargs.get("auto_materialize_policy"), automation_condition),
            owners=owners,
            tags=tags,
            kinds=kinds,
            freshness_policy=freshness_policy,
            is_virtual=is_virtual,
        )

    def __getattr__(self, name: str) -> Any:
        # What the spec knows (description, metadata, tags, ...) is readable here too.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._spec, name)

    @staticmethod
    def from_spec(
        spec: AssetSpec,
        dagster_type: DagsterType | type | Any = UNSET,
        is_required: bool = True,
        io_manager_key: str | None = None,
        backfill_policy: Any = None,
    ) -> AssetOut:
        """The output that makes the asset of a spec.

        Raises:
            DagsterInvalidDefinitionError: for a spec with deps, which an output cannot keep.
        """
        if spec.deps:
            names = ", ".join(repr(dep.asset_key.to_user_string()) for dep in spec.deps)
            message = (
                f"The spec of {spec.key.to_user_string()!r} has deps ({names}), but what the output of a function is made from is "
                "said by the function: give the deps to the decorator, or the specs to multi_asset(specs=...)."
            )
            raise DagsterInvalidDefinitionError(message)
        made = AssetOut(
            key=spec.key,
            dagster_type=dagster_type,
            is_required=is_required,
            io_manager_key=io_manager_key,
            backfill_policy=backfill_policy,
        )
        made._spec = spec
        return made

    def to_spec(
        self,
        key: AssetKey,
        deps: Iterable[Any] = (),
        additional_tags: Mapping[str, str] | None = None,
        partitions_def: PartitionsDefinition | None = None,
    ) -> AssetSpec:
        """The spec of the asset that it makes under this key."""
        return self._spec.replace_attributes(
            key=key,
            deps=list(deps),
            skippable=not self.is_required,
            tags={**self._spec.tags, **(additional_tags or {})},
            partitions_def=partitions_def if partitions_def is not None else ...,
        )
