from datetime import UTC, datetime

import pytest

from assets.core.partitions.calendar import DailyPartitionsDefinition
from assets.core.partitions.moment import Moment, clock, loading, partition_loading_context, when

JANUARY = datetime(2024, 1, 3, tzinfo=UTC)
DAILY = DailyPartitionsDefinition("2024-01-01")


def test_a_moment_knows_the_dynamic_keys():
    """It answers like a store, and knows nothing of a definition without keys."""
    moment = Moment(JANUARY, {"cities": ("Bern", "Rome")})
    assert list(moment.get_dynamic_partitions("cities")) == ["Bern", "Rome"]
    assert moment.has_dynamic_partition("cities", "Rome")
    assert list(moment.get_dynamic_partitions("rivers")) == []
    assert when(moment) == (JANUARY, moment)
    assert (when(None), clock(None), clock(moment)) == ((None, None), None, JANUARY)


def test_a_block_may_have_a_time_of_its_own():
    """Inside the block its time decides what exists, unless a call says another; outside nothing is left of it."""
    with partition_loading_context(JANUARY) as context:
        assert context.effective_dt == JANUARY
        assert DAILY.get_partition_keys() == ["2024-01-01", "2024-01-02"]
        assert DAILY.get_partition_keys(datetime(2024, 1, 2, tzinfo=UTC)) == ["2024-01-01"]
        with partition_loading_context(dynamic_partitions_store=Moment(JANUARY)) as inner:
            assert inner.effective_dt == JANUARY
        with partition_loading_context(new_ctx=inner._replace(effective_dt=datetime(2024, 1, 2, tzinfo=UTC))):
            assert DAILY.get_last_partition_key() == "2024-01-01"
    assert loading() == (None, None)
    assert len(DAILY.get_partition_keys()) > 600


def test_a_block_ends_with_an_error_too():
    """An error inside a block leaves nothing of its time behind."""
    with pytest.raises(RuntimeError), partition_loading_context(JANUARY):
        raise RuntimeError
    assert loading().effective_dt is None
