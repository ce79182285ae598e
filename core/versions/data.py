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
