from datetime import UTC, datetime

import pytest

from assets import DagsterInstance, asset, materialize
from assets.core.errors import CheckError, DagsterInvalidDefinitionError, DagsterUnknownPartitionError
from assets.core.partitions.dynamic import (
    AddDynamicPartitionsRequest,
    DeleteDynamicPartitionsRequest,
    DynamicPartitionsDefinition,
)
from assets.core.partitions.moment import Moment, partition_loading_context
from assets.core.workspace import Workspace

CITIES = DynamicPartitionsDefinition(name="cities")
NOW = datetime(2024, 1, 4, tzinfo=UTC)


def test_keys_are_those_of_the_store_in_the_order_they_were_added():
    """What is added is there at once, what is removed is gone at once."""
    with DagsterInstance.ephemeral() as instance:
        assert CITIES.get_partition_keys(dynamic_partitions_store=instance) == []
        instance.add_dynamic_partitions("cities", ["Rome", "Bern"])
        instance.add_dynamic_partitions("cities", ["Bern", "Graz"])
        assert CITIES.get_partition_keys(dynamic_partitions_store=instance) == ["Rome", "Bern", "Graz"]
        assert CITIES.has_partition_key("Bern", dynamic_partitions_store=instance)
        instance.delete_dynamic_partition("cities", "Bern")
        assert not CITIES.has_partition_key("Bern", dynamic_partitions_store=instance)
        with partition_loading_context(dynamic_partitions_store=instance):
            assert CITIES.get_partition_keys() == ["Rome", "Graz"]
            assert CITIES.subset_with_all_partitions().get_partition_keys() == ["Rome", "Graz"]


def test_nobody_guesses_a_store():
    """Without a store the question is an error that says how to name one."""
    with pytest.raises(CheckError, match="partition_loading_context"):
        CITIES.get_partition_keys()


def test_a_moment_answers_for_its_keys():
    """A moment is a store of the keys that it was taken with, and each has its own."""
    one, other = Moment(NOW, {"cities": ("Rome",)}), Moment(NOW, {"cities": ("Bern",)})
    assert CITIES.has_partition_key("Rome", NOW, one)
    assert not CITIES.has_partition_key("Rome", NOW, other)
    assert CITIES.has_partition_key("Bern", NOW, other)
    assert CITIES.get_partition_keys(NOW, one) == ["Rome"]


def test_a_function_gives_the_keys_in_the_older_form():
    """It is asked with the time, and its keys cannot be added to."""
    with pytest.warns(DeprecationWarning, match="partition_fn"):
        years = DynamicPartitionsDefinition(lambda time: [str((time or NOW).year)])
    assert years.get_partition_keys() == ["2024"]
    assert years.has_partition_key("2025", datetime(2025, 1, 1, tzinfo=UTC))
    assert str(years) == "'2024'"
    with pytest.raises(CheckError, match="partition_fn"):
        years.build_add_request(["2026"])


@pytest.mark.parametrize("given", [{}, {"name": "cities", "partition_fn": lambda _: []}])
def test_a_name_or_a_function(given):
    """Exactly one of them."""
    with pytest.raises(DagsterInvalidDefinitionError, match="name"):
        DynamicPartitionsDefinition(**given)


def test_requests_are_values():
    """A wish for keys names the definition and the keys; other than texts are refused."""
    assert CITIES.build_add_request(["Rome"]) == AddDynamicPartitionsRequest("cities", ["Rome"])
    assert CITIES.build_delete_request(["Rome"]) == DeleteDynamicPartitionsRequest("cities", ["Rome"])
    with pytest.raises(CheckError):
        CITIES.build_add_request([3])


def test_equal_by_name_and_told_apart_by_its_keys_too():
    """Definitions are equal by name; the identifier of one changes with its keys, its description does not."""
    assert DynamicPartitionsDefinition(name="cities") == CITIES
    assert str(CITIES) == 'Dynamic partitions: "cities"'
    one, other = Moment(NOW, {"cities": ("Rome",)}), Moment(NOW, {"cities": ("Bern",)})
    assert CITIES.get_serializable_unique_identifier(one) != CITIES.get_serializable_unique_identifier(other)
    assert CITIES.describe() == "dynamic cities"


def test_a_run_sees_the_keys_of_its_instance():
    """A key that was added can be made, one that was not is unknown."""
    made = []

    @asset(partitions_def=CITIES)
    def weather(context) -> None:
        made.append(context.partition_key)

    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("cities", ["Rome"])
        assert materialize([weather], instance=instance, partition_key="Rome").success
        with pytest.raises(DagsterUnknownPartitionError, match="Bern"):
            materialize([weather], instance=instance, partition_key="Bern")
        instance.add_dynamic_partitions("cities", ["Bern"])
        assert materialize([weather], instance=instance, partition_key="Bern").success
    assert made == ["Rome", "Bern"]


def test_a_workspace_sees_added_and_removed_keys_at_once(tmp_path):
    """Status, plan and run speak of the keys of the store as they are; a new key makes itself and what reads all due."""

    @asset(partitions_def=CITIES)
    def weather(context) -> str:
        return context.partition_key

    @asset
    def atlas(weather: dict) -> list:
        return sorted(weather)

    workspace = Workspace(tmp_path)
    workspace.define([weather, atlas])
    instance = workspace.instance

    def made():
        return [str(piece) for piece in workspace.materialize().built]

    instance.add_dynamic_partitions("cities", ["Rome", "Bern"])
    assert {str(piece): verdict.state for piece, verdict in workspace.states().items()} == {
        "weather@Rome": "missing",
        "weather@Bern": "missing",
        "atlas": "missing",
    }
    assert made() == ["weather@Rome", "weather@Bern", "atlas"]
    instance.add_dynamic_partitions("cities", ["Graz"])
    assert made() == ["weather@Graz", "atlas"]
    assert made() == []
    instance.delete_dynamic_partition("cities", "Rome")
    assert made() == ["atlas"]
    assert workspace.load("atlas") == ["Bern", "Graz"]
    workspace.close()
