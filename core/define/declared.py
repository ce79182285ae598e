"""What is declared of some assets, read by key: the half of a definition that needs no function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ..errors import CheckError
from ..keys import AssetKey
from ..partitions.spaces import PartitionsDefinition
from .names import DEFAULT_GROUP
from .spec import AssetSpec


class Declared:
    """Assets by their keys, with everything that their specs say."""

    specs_by_key: Mapping[AssetKey, AssetSpec]

    @property
    def key(self) -> AssetKey:
        """The key of the single asset.

        Raises:
            CheckError: if there are several.
        """
        if len(self.specs_by_key) != 1:
            names = ", ".join(repr(key.to_user_string()) for key in self.specs_by_key)
            message = f"This definition has {len(self.specs_by_key)} assets ({names}), not one; use .keys."
            raise CheckError(message)
        return next(iter(self.specs_by_key))

    @property
    def keys(self) -> set[AssetKey]:
        """The keys of its assets."""
        return set(self.specs_by_key)

    @property
    def specs(self) -> Iterable[AssetSpec]:
        """What is declared of each asset."""
        return self.specs_by_key.values()

    def get_asset_spec(self, key: AssetKey | None = None) -> AssetSpec:
        """What is declared of one asset; of the single one without a key.

        Raises:
            KeyError: for a key that is not here.
            CheckError: without a key, if there are several.
        """
        return self.specs_by_key[self.key if key is None else key]

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """The partitions that its assets have."""
        return next(
            (spec.partitions_def for spec in self.specs_by_key.values() if spec.partitions_def is not None),
            None,
        )

    @property
    def group_names_by_key(self) -> Mapping[AssetKey, str]:
        """The group of each asset."""
        return {key: spec.group_name or DEFAULT_GROUP for key, spec in self.specs_by_key.items()}

    @property
    def descriptions_by_key(self) -> Mapping[AssetKey, str]:
        """The description of each asset that has one."""
        return {
            key: spec.description for key, spec in self.specs_by_key.items() if spec.description is not None
        }

    @property
    def metadata_by_key(self) -> Mapping[AssetKey, Mapping[str, Any]]:
        """The metadata of each asset, as they were given."""
        return {key: spec.metadata for key, spec in self.specs_by_key.items()}

    @property
    def tags_by_key(self) -> Mapping[AssetKey, Mapping[str, str]]:
        """The tags of each asset."""
        return {key: spec.tags for key, spec in self.specs_by_key.items()}

    @property
    def owners_by_key(self) -> Mapping[AssetKey, Sequence[str]]:
        """The owners of each asset."""
        return {key: spec.owners for key, spec in self.specs_by_key.items()}

    @property
    def code_versions_by_key(self) -> Mapping[AssetKey, str | None]:
        """The declared code version of each asset."""
        return {key: spec.code_version for key, spec in self.specs_by_key.items()}

    @property
    def automation_conditions_by_key(self) -> Mapping[AssetKey, Any]:
        """The automation condition of each asset that has one."""
        return _present((key, spec.automation_condition) for key, spec in self.specs_by_key.items())

    @property
    def auto_materialize_policies_by_key(self) -> Mapping[AssetKey, Any]:
        """The same, as older policies."""
        return _present((key, spec.auto_materialize_policy) for key, spec in self.specs_by_key.items())

    @property
    def legacy_freshness_policies_by_key(self) -> Mapping[AssetKey, Any]:
        """The older freshness policy of each asset that has one."""
        return _present((key, spec.legacy_freshness_policy) for key, spec in self.specs_by_key.items())

    def code_version_of(self, key: AssetKey) -> str | None:
        """The code version that was declared for one asset."""
        return self.specs_by_key[key].code_version

    @property
    def asset_deps(self) -> Mapping[AssetKey, AbstractSet[AssetKey]]:
        """The upstream keys of each asset."""
        return {key: {dep.asset_key for dep in spec.deps} for key, spec in self.specs_by_key.items()}

    @property
    def dependency_keys(self) -> set[AssetKey]:
        """The upstream keys of all its assets together."""
        return {dep.asset_key for spec in self.specs_by_key.values() for dep in spec.deps}


def _present(pairs: Iterable[tuple[AssetKey, Any]]) -> dict[AssetKey, Any]:
    return {key: value for key, value in pairs if value is not None}
