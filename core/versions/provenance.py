"""How the reference's tags tell where a value came from, and `DataProvenance`, read from them.

Ours is kept in the event itself (`data.Provenance`); these are the names under which it is
shown. Rules: `spec/semantics.md` §9.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import check_type
from ..keys import AssetKey
from ..notices import deprecated
from ..record import Record, put
from .data import DataVersion

CODE_VERSION_TAG = "dagster/code_version"
DATA_VERSION_TAG = "dagster/data_version"
DATA_VERSION_IS_USER_PROVIDED_TAG = "dagster/data_version_is_user_provided"
INPUT_DATA_VERSION_TAG_PREFIX = "dagster/input_data_version"
INPUT_EVENT_POINTER_TAG_PREFIX = "dagster/input_event_pointer"
NULL_EVENT_POINTER = "NULL"

DEFAULT_DATA_VERSION = DataVersion("INITIAL")
"""The version of an upstream of which nothing is known."""
NULL_DATA_VERSION = DataVersion("NULL")
"""The version of an asset that was never materialized."""


class DataProvenance(Record):
    """Where a materialization came from: its code, and what it read.

    Args:
        code_version: The code version that was declared; the run's id where none was.
        input_data_versions: The data version of each upstream asset that was read.
        input_storage_ids: The id of the newest event of each of them; `None` if there was none.
        is_user_provided: Whether the user said what the data version is.
    """

    __slots__ = ("code_version", "input_data_versions", "input_storage_ids", "is_user_provided")

    code_version: str
    input_data_versions: Mapping[AssetKey, DataVersion]
    input_storage_ids: Mapping[AssetKey, int | None]
    is_user_provided: bool

    def __init__(
        self,
        code_version: str,
        input_data_versions: Mapping[AssetKey, DataVersion],
        input_storage_ids: Mapping[AssetKey, int | None],
        is_user_provided: bool,
    ) -> None:
        put(self, "code_version", check_type(code_version, str, "code_version", optional=False))
        versions = check_type(input_data_versions, Mapping, "input_data_versions", optional=False)
        ids = check_type(input_storage_ids, Mapping, "input_storage_ids", optional=False)
        put(self, "input_data_versions", dict(versions))
        put(self, "input_storage_ids", dict(ids))
        put(self, "is_user_provided", check_type(is_user_provided, bool, "is_user_provided", optional=False))

    __hash__ = None  # type: ignore[assignment]  # dicts are inside

    @staticmethod
    def from_tags(tags: Mapping[str, str]) -> DataProvenance | None:
        """The provenance that the tags of a materialization tell; `None` if they tell of no code version."""
        code = tags.get(CODE_VERSION_TAG)
        if code is None:
            return None
        versions = {
            key: DataVersion(value) for key, value in _of_inputs(tags, INPUT_DATA_VERSION_TAG_PREFIX).items()
        }
        ids = {
            key: None if value == NULL_EVENT_POINTER else int(value)
            for key, value in _of_inputs(tags, INPUT_EVENT_POINTER_TAG_PREFIX).items()
        }
        return DataProvenance(code, versions, ids, tags.get(DATA_VERSION_IS_USER_PROVIDED_TAG) == "true")

    def has_input_asset(self, key: AssetKey) -> bool:
        """Whether an asset was read."""
        return key in self.input_data_versions

    @property
    def input_logical_versions(self) -> Mapping[AssetKey, DataVersion]:
        """Deprecated: `input_data_versions`."""
        deprecated("DataProvenance.input_logical_versions", "Use `input_data_versions`.")
        return self.input_data_versions


def _of_inputs(tags: Mapping[str, str], prefix: str) -> Mapping[AssetKey, str]:
    start = f"{prefix}/"
    return {
        AssetKey.from_user_string(tag[len(start) :]): value
        for tag, value in tags.items()
        if tag.startswith(start)
    }
