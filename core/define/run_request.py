"""`RunRequest`: that a job is to be run, and how; what schedules and sensors answer with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import check_type
from ..keys import AssetCheckKey, AssetKey
from ..record import Record, put
from ..resources.run_config import RunConfig, form_of_run
from .names import check_mapping, tags_in_text


class RunRequest(Record):
    """That a job is to be run.

    Args:
        run_key: What tells this request from others: a second one with the same key asks for nothing.
        run_config: The config of the run: a mapping or a `RunConfig`.
        tags: The tags of the run.
        job_name: The job; that of who asks where absent.
        asset_selection: The assets to make; all of the job where absent.
        stale_assets_only: Whether only what is not fresh is to be made.
        partition_key: The partition that the run is for.
        asset_check_keys: The checks to evaluate; those of the assets where absent.
    """

    __slots__ = (
        "asset_check_keys", "asset_selection", "job_name", "partition_key", "run_config", "run_key", "stale_assets_only",
        "tags",
    )  # fmt: skip

    run_key: str | None
    run_config: Mapping[str, Any]
    tags: Mapping[str, str]
    job_name: str | None
    asset_selection: Sequence[AssetKey] | None
    stale_assets_only: bool
    partition_key: str | None
    asset_check_keys: Sequence[AssetCheckKey] | None

    __hash__ = None  # type: ignore[assignment]  # mappings are inside

    def __init__(
        self,
        run_key: str | None = None,
        run_config: Mapping[str, Any] | RunConfig | None = None,
        tags: Mapping[str, Any] | None = None,
        job_name: str | None = None,
        asset_selection: Sequence[AssetKey] | None = None,
        stale_assets_only: bool = False,
        partition_key: str | None = None,
        asset_check_keys: Sequence[AssetCheckKey] | None = None,
    ) -> None:
        config = form_of_run(run_config) if isinstance(run_config, RunConfig) else run_config
        put(self, "run_key", check_type(run_key, str, "run_key"))
        put(self, "run_config", {} if config is None else dict(check_mapping(config, "run_config")))
        put(self, "tags", tags_in_text(tags, "tags"))
        put(self, "job_name", check_type(job_name, str, "job_name"))
        put(self, "asset_selection", None if asset_selection is None else list(asset_selection))
        put(
            self,
            "stale_assets_only",
            check_type(stale_assets_only, bool, "stale_assets_only", optional=False),
        )
        put(self, "partition_key", check_type(partition_key, str, "partition_key"))
        put(self, "asset_check_keys", None if asset_check_keys is None else list(asset_check_keys))
