"""What a materialization records: its data version, and the code and inputs behind it.

Plain values, made by the runner, kept by the log and compared by the verdict. They know
nothing of how a version is found: that is the business of `digest` and `fingerprint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import ParameterCheckError
from ..keys import AssetKey


@dataclass(frozen=True, slots=True)
class DataVersion:
    """The version of an asset's value: any text, compared for equality only.

    Args:
        value: The text.

    Raises:
        CheckError: if `value` is not a string.
    """

    value: str

    def __post_init__(self) -> None:
        if not isinstance(self.value, str):
            message = f"The value of a DataVersion is a string, not {type(self.value).__name__}"
            raise ParameterCheckError(message)


@dataclass(frozen=True, slots=True)
class DataVersionsByPartition:
    """The version of each partition of an asset, as seen at one time.

    Args:
        data_versions_by_partition: A version, or its text, by partition key.

    Raises:
        CheckError: if a key is no text, or a version is none.
    """

    data_versions_by_partition: Mapping[str, DataVersion]

    def __init__(self, data_versions_by_partition: Mapping[str, str | DataVersion]) -> None:
        if not isinstance(data_versions_by_partition, Mapping):
            message = f"DataVersionsByPartition takes a mapping by partition key, not {type(data_versions_by_partition).__name__}"
            raise ParameterCheckError(message)
        versions: dict[str, DataVersion] = {}
        for key, version in data_versions_by_partition.items():
            if not isinstance(key, str):
                message = f"A partition key is a string, not {type(key).__name__}: {key!r:.80}"
                raise ParameterCheckError(message)
            versions[key] = version if isinstance(version, DataVersion) else DataVersion(version)
        object.__setattr__(self, "data_versions_by_partition", versions)


@dataclass(frozen=True, slots=True)
class Input:
    """What one parameter (or dependency) read: whose pieces, which of them, at which version.

    Args:
        asset: The upstream asset.
        pieces: Empty if it is unpartitioned, the key of the one partition, `N:<digest of the
            keys>` of several, `-` of none.
        version: The data version of the one piece, or a digest over key and version of all.
    """

    asset: AssetKey
    pieces: str
    version: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a materialization was made of: the code version, and the input of each parameter by name."""

    code: str
    inputs: Mapping[str, Input]
