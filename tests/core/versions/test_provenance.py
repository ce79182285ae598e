"""Laws of provenance as tags tell it, and of versions by partition."""

from __future__ import annotations

import pytest

from assets import (
    AssetKey,
    CheckError,
    DagsterInstance,
    DataProvenance,
    DataVersion,
    DataVersionsByPartition,
    asset,
    materialize,
)
from assets.core.versions.provenance import (
    CODE_VERSION_TAG,
    INPUT_DATA_VERSION_TAG_PREFIX,
    INPUT_EVENT_POINTER_TAG_PREFIX,
)

UP, BAZ = AssetKey(["group", "bar"]), AssetKey("baz")


def test_read_from_tags():
    """Code version, versions and ids of the inputs are read; without a code version there is nothing to read."""
    tags = {
        CODE_VERSION_TAG: "3",
        "dagster/data_version": "1",
        f"{INPUT_DATA_VERSION_TAG_PREFIX}/group/bar": "2",
        f"{INPUT_EVENT_POINTER_TAG_PREFIX}/group/bar": "10",
        f"{INPUT_DATA_VERSION_TAG_PREFIX}/baz": "3",
        f"{INPUT_EVENT_POINTER_TAG_PREFIX}/baz": "NULL",
    }
    found = DataProvenance.from_tags(tags)

    versions = {UP: DataVersion("2"), BAZ: DataVersion("3")}
    assert found == DataProvenance("3", versions, {UP: 10, BAZ: None}, is_user_provided=False)
    assert found.has_input_asset(UP)
    assert not found.has_input_asset(AssetKey("x"))
    assert DataProvenance.from_tags({"dagster/data_version": "1"}) is None
    given = DataProvenance.from_tags({**tags, "dagster/data_version_is_user_provided": "true"})
    assert given.is_user_provided
    with pytest.warns(DeprecationWarning, match="input_logical_versions"):
        assert found.input_logical_versions == versions


def test_in_a_body():
    """`get_asset_provenance` tells of the newest materialization before this one."""
    told = []
    instance = DagsterInstance.ephemeral()

    @asset(code_version="u1")
    def up():
        return 1

    @asset(deps=[up], code_version="1")
    def down(context):
        told.append(context.get_asset_provenance(context.asset_key))

    first = materialize([up, down], instance=instance)
    before = instance.get_latest_materialization_event(up.key).storage_id
    materialize([up, down], instance=instance)

    assert told[0] is None
    (event,) = first.asset_materializations_for_node("up")
    version = DataVersion(event.tags["dagster/data_version"])
    assert (told[1].code_version, told[1].input_data_versions) == ("1", {up.key: version})
    assert told[1].input_storage_ids == {up.key: before}
    assert not told[1].is_user_provided


def test_what_was_never_made_has_no_event():
    """The id of an upstream that was never made is `None`, in every answer of the instance."""
    instance = DagsterInstance.ephemeral()

    @asset(deps=["up"])
    def down(): ...

    materialize([down], instance=instance)
    for tags in (
        instance.get_latest_materialization_event(down.key).tags,
        instance.get_latest_materialization_events([down.key])[down.key].tags,
        instance.fetch_materializations(down.key, limit=1).records[0].event_log_entry.tags,
        instance.get_asset_records([down.key])[0].asset_entry.last_materialization.tags,
        instance.get_latest_data_version_record(down.key).event_log_entry.tags,
    ):
        assert tags["dagster/input_event_pointer/up"] == "NULL"
        assert tags["dagster/input_data_version/up"] == "INITIAL"
        assert DataProvenance.from_tags(tags).input_storage_ids == {AssetKey("up"): None}


def test_a_version_that_the_body_sets():
    """`set_data_version` counts as provided by the user; anything but a key and a version is refused."""
    instance = DagsterInstance.ephemeral()

    @asset
    def mine(context):
        with pytest.raises(CheckError):
            context.set_data_version(context.asset_key, "7")
        context.set_data_version(context.asset_key, DataVersion("7"))
        return 1

    materialize([mine], instance=instance)
    tags = instance.get_latest_materialization_event(mine.key).tags
    assert tags["dagster/data_version"] == "7"
    assert DataProvenance.from_tags(tags).is_user_provided


def test_versions_by_partition():
    """Texts become versions; what is no mapping, no key or no version is refused."""
    given = DataVersionsByPartition({"a": "1", "b": DataVersion("2")})
    assert given.data_versions_by_partition == {"a": DataVersion("1"), "b": DataVersion("2")}
    assert given == DataVersionsByPartition({"a": DataVersion("1"), "b": "2"})
    for wrong in ("a", {1: "1"}, {"a": 1}, None):
        with pytest.raises(CheckError):
            DataVersionsByPartition(wrong)
