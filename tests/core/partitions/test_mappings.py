from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import AssetDep, AssetIn, AssetSpec, DagsterInstance, asset, materialize
from assets.core.errors import CheckError, DagsterInvalidDefinitionError
from assets.core.graph import Graph
from assets.core.partitions.calendar import (
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    WeeklyPartitionsDefinition,
)
from assets.core.partitions.default_mapping import default_mapping
from assets.core.partitions.dynamic import DynamicPartitionsDefinition
from assets.core.partitions.mapping import PartitionMapping, Upstream, UpstreamPartitionsResult
from assets.core.partitions.mappings import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
)
from assets.core.partitions.moment import Moment, partition_loading_context, when
from assets.core.partitions.multi import MultiPartitionsDefinition
from assets.core.partitions.multi_mapping import (
    DimensionPartitionMapping,
    MultiPartitionMapping,
    MultiToSingleDimensionPartitionMapping,
)
from assets.core.partitions.spaces import StaticPartitionsDefinition
from assets.core.partitions.window_mapping import TimeWindowPartitionMapping

NOON = datetime(2024, 1, 4, 12, tzinfo=UTC)
DAILY = DailyPartitionsDefinition("2024-01-01")
ABC = StaticPartitionsDefinition(["a", "b", "c"])
Overlap = TimeWindowPartitionMapping


def windows(zone):
    """Definitions of one zone whose starts, ends and lengths differ."""
    days = st.integers(1, 28).map(lambda d: datetime(2024, 3, d))
    more = {"timezone": zone}
    return st.one_of(
        st.builds(lambda s, o: DailyPartitionsDefinition(s, end_offset=o, **more), days, st.integers(-1, 1)),
        st.builds(lambda s, h: DailyPartitionsDefinition(s, hour_offset=h, **more), days, st.integers(0, 23)),
        st.builds(
            lambda s, n: DailyPartitionsDefinition(s, end_date=s + timedelta(days=n), **more),
            days,
            st.integers(1, 9),
        ),
        st.builds(lambda s: WeeklyPartitionsDefinition(s, **more), days),
        st.builds(lambda s: MonthlyPartitionsDefinition(s, **more), days),
        st.builds(lambda s: HourlyPartitionsDefinition(s, **more), days),
        st.builds(lambda s: DailyPartitionsDefinition(s, exclusions=["0 0 * * 0"], **more), days),
    )


@st.composite
def overlaps(draw):
    zone = draw(st.sampled_from(["UTC", "America/New_York"]))
    here, there = draw(windows(zone)), draw(windows(zone))
    start = draw(st.integers(-3, 3))
    mapping = Overlap(start, draw(st.integers(start, 3)))
    return mapping, here, there


@st.composite
def statics(draw):
    names = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)
    here, there = (StaticPartitionsDefinition(draw(names)) for _ in range(2))
    table = st.just({})
    if here.get_partition_keys() and there.get_partition_keys():
        table = st.dictionaries(
            st.sampled_from(there.get_partition_keys()),
            st.lists(st.sampled_from(here.get_partition_keys()), max_size=3),
        )
    mapping = draw(
        st.one_of(
            st.sampled_from([IdentityPartitionMapping(), AllPartitionMapping(), LastPartitionMapping()]),
            names.map(SpecificPartitionsPartitionMapping),
            table.map(StaticPartitionMapping),
        )
    )
    return mapping, here, there


DYNAMIC = {"cities": ("Rome", "Bern", "2024-03-12")}
SINGLES = {
    "daily": DailyPartitionsDefinition("2024-03-10"),
    "later": DailyPartitionsDefinition("2024-03-12", end_offset=1),
    "weekly": WeeklyPartitionsDefinition("2024-02-25"),
    "static": StaticPartitionsDefinition(["a", "b", "c"]),
    "other": StaticPartitionsDefinition(["c", "d", "2024-03-12"]),
    "cities": DynamicPartitionsDefinition(name="cities"),
}
TIMED = ("daily", "later", "weekly")


@st.composite
def links(draw, up, down):
    """A mapping between two spaces of one dimension."""
    if up in TIMED and down in TIMED:
        start = draw(st.integers(-2, 2))
        return Overlap(start, draw(st.integers(start, 2)))
    return draw(st.sampled_from([IdentityPartitionMapping(), AllPartitionMapping(), LastPartitionMapping()]))


@st.composite
def dimensions(draw, most=3):
    chosen = draw(st.lists(st.sampled_from(sorted(SINGLES)), min_size=2, max_size=most))
    return {f"{letter}": name for letter, name in zip(draw(st.permutations("pqr")), chosen, strict=False)}


@st.composite
def by_dimension(draw):
    """Mappings between partitions of several dimensions, each of them by its own."""
    up, down = draw(dimensions()), draw(dimensions())
    table = {}
    for name in draw(st.sets(st.sampled_from(sorted(up)))):
        follows = draw(st.sampled_from(sorted(down)))
        table[name] = DimensionPartitionMapping(follows, draw(links(up[name], down[follows])))
    here, there = (
        MultiPartitionsDefinition({name: SINGLES[one] for name, one in each.items()}) for each in (down, up)
    )
    mapping = draw(st.one_of(st.just(MultiPartitionMapping(table)), st.just(IdentityPartitionMapping())))
    return mapping, here, there


@st.composite
def to_one_dimension(draw):
    """Mappings between several dimensions and one of them, both ways."""
    parts = draw(dimensions())
    multi = MultiPartitionsDefinition({name: SINGLES[one] for name, one in parts.items()})
    name = draw(st.sampled_from(sorted(parts)))
    single = SINGLES[draw(st.sampled_from(TIMED)) if parts[name] in TIMED else parts[name]]
    mapping = MultiToSingleDimensionPartitionMapping(name)
    return (mapping, multi, single) if draw(st.booleans()) else (mapping, single, multi)


def moment(days):
    return Moment(datetime(2024, 3, 12, 5, tzinfo=UTC) + timedelta(days=days), DYNAMIC)


CASES = st.one_of(overlaps(), statics(), by_dimension(), to_one_dimension())


def test_what_can_be_no_key_of_the_other_space_is_missing():
    """A city is no day: where a dimension is mapped so, the partition needs what there cannot be."""
    days, cities = DailyPartitionsDefinition("2024-03-10"), DynamicPartitionsDefinition(name="cities")
    here = MultiPartitionsDefinition({"p": days, "q": cities})
    there = MultiPartitionsDefinition({"p": days, "q": days})
    found = MultiPartitionMapping(
        {
            name: DimensionPartitionMapping(name, mapping)
            for name, mapping in (("p", TimeWindowPartitionMapping()), ("q", IdentityPartitionMapping()))
        }
    ).upstream(["2024-03-10|Rome", "2024-03-11|Rome"], here, there, moment(1))
    assert (found.keys, found.missing) == ((), ("2024-03-10|Rome", "2024-03-11|Rome"))


@settings(max_examples=150)
@given(CASES, st.integers(0, 6), st.data())
def test_subsets_are_mapped_as_their_keys_are(case, days, data):
    """The answer for a subset is the union of the answers for its keys, both ways and for what is missing."""
    mapping, here, there = case
    now = moment(days)
    with partition_loading_context(*when(now)):
        for_here = here.get_partition_keys(*when(now))[-40:]
        asked = data.draw(st.sets(st.sampled_from(for_here))) if for_here else set()
        found, missing = mapping.get_upstream_mapped_partitions_result_for_partitions(
            here.subset_with_partition_keys(asked), here, there, *when(now)
        )
        each = [mapping.upstream([key], here, there, now) for key in asked]
        assert set(found) == {key for one in each for key in one.keys}
        assert set(missing) == {key for one in each for key in one.missing}
        for_there = there.get_partition_keys(*when(now))[-40:]
        given_up = data.draw(st.sets(st.sampled_from(for_there))) if for_there else set()
        down = mapping.get_downstream_partitions_for_partitions(
            there.subset_with_partition_keys(given_up), there, here, *when(now)
        )
        assert set(down) == {key for one in given_up for key in mapping.downstream([one], here, there, now)}


@settings(max_examples=150)
@given(CASES, st.integers(0, 40))
def test_the_two_questions_are_inverse(case, days):
    """A partition needs an existing upstream one if and only if that one is needed by it."""
    mapping, here, there = case
    now = moment(days % 7 if isinstance(here, MultiPartitionsDefinition) else days)
    here_keys, there_keys = (each.get_partition_keys(*when(now))[:60] for each in (here, there))
    needs = {
        (down, up)
        for down in here_keys
        for up in mapping.upstream([down], here, there, now).keys
        if up in there_keys
    }
    needed = {
        (down, up)
        for up in there_keys
        for down in mapping.downstream([up], here, there, now)
        if down in here_keys
    }
    assert needs == needed


@settings(max_examples=60)
@given(st.one_of(overlaps(), statics()), st.integers(0, 40))
def test_many_keys_need_what_each_needs(case, days):
    """The answer for several keys is the union of the answers, in the order of the definition."""
    mapping, here, there = case
    now = datetime(2024, 3, 12, 5, tzinfo=UTC) + timedelta(days=days)
    asked = here.get_partition_keys(now)[:40]
    whole = mapping.upstream(asked, here, there, Moment(now))
    each = [mapping.upstream([key], here, there, Moment(now)) for key in asked]
    assert set(whole.keys) == {key for one in each for key in one.keys}
    assert set(whole.missing) == {key for one in each for key in one.missing}
    assert len(set(whole.keys)) == len(whole.keys)
    assert not any(there.has_partition_key(key, now) for key in whole.missing)
    if isinstance(mapping, (Overlap, StaticPartitionMapping)):
        order = there.get_partition_keys(now)
        assert list(whole.keys) == [key for key in order if key in set(whole.keys)]


@settings(max_examples=60)
@given(overlaps())
def test_overlap_is_overlap(case):
    """Without offsets a window needs exactly the upstream windows that share time with it."""
    _, here, there = case
    now = datetime(2024, 4, 20, tzinfo=UTC)
    ends = {key: there.time_window_for_partition_key(key) for key in there.get_partition_keys(now)}
    for key in here.get_partition_keys(now)[-30:]:
        start, end = (moment.timestamp() for moment in here.time_window_for_partition_key(key))
        shared = [up for up, (a, b) in ends.items() if a.timestamp() < end and start < b.timestamp()]
        assert list(Overlap().upstream([key], here, there, Moment(now)).keys) == shared


@pytest.mark.parametrize(
    ("offsets", "key", "expected"),
    [
        ((0, 0), "2024-01-03", ["2024-01-03"]),
        ((-1, -1), "2024-01-03", ["2024-01-02"]),
        ((-1, 0), "2024-01-03", ["2024-01-02", "2024-01-03"]),
        ((1, 1), "2024-01-02", ["2024-01-03"]),
        ((-1, -1), "2024-01-01", []),
        ((-1, 0), "2024-01-01", ["2024-01-01"]),
        ((1, 1), "2024-01-03", []),
    ],
)
def test_offsets(offsets, key, expected):
    """Offsets move the ends of the window by whole windows; what falls outside is dropped silently."""
    assert Overlap(*offsets).upstream([key], DAILY, DAILY, Moment(NOON)) == Upstream(tuple(expected))


def test_offsets_count_downstream_windows():
    """A day with `start_offset=-1` needs 48 hours; an hour needs its day."""
    hourly = HourlyPartitionsDefinition("2024-01-01-00:00")
    assert len(Overlap(-1).upstream(["2024-01-02"], DAILY, hourly, Moment(NOON)).keys) == 48
    assert Overlap().upstream(["2024-01-02-05:00"], hourly, DAILY, Moment(NOON)).keys == ("2024-01-02",)


@pytest.mark.parametrize(
    ("mapping", "there", "key", "expected"),
    [
        (Overlap(), DailyPartitionsDefinition("2024-01-03"), "2024-01-01", Upstream((), ("2024-01-01",))),
        (Overlap(-1, -1), DailyPartitionsDefinition("2024-01-03"), "2024-01-02", Upstream(())),
        (Overlap(-2), DailyPartitionsDefinition("2024-01-03"), "2024-01-03", Upstream(("2024-01-03",))),
        (
            Overlap(),
            DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03"),
            "2024-01-03",
            Upstream((), ("2024-01-03",)),
        ),
        (
            Overlap(0, 2),
            DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03"),
            "2024-01-02",
            Upstream(("2024-01-02",)),
        ),
        (Overlap(0, 0, True), DailyPartitionsDefinition("2024-01-03"), "2024-01-01", Upstream(())),
        (Overlap(), WeeklyPartitionsDefinition("2023-12-31"), "2024-01-02", Upstream((), ("2023-12-31",))),
    ],
)
def test_missing_is_what_lies_under_the_window_itself(mapping, there, key, expected):
    """An upstream window under the key's own is missing if it does not exist, unless that is allowed."""
    assert mapping.upstream([key], DAILY, there, Moment(NOON)) == expected


def test_identity_reports_what_does_not_exist():
    """Identity needs the same key, and says so if there is none."""
    some = StaticPartitionsDefinition(["a"])
    assert IdentityPartitionMapping().upstream(["a", "z"], ABC, some) == Upstream(("a",), ("z",))
    assert IdentityPartitionMapping().downstream(["a", "z"], ABC, some) == ("a",)


def test_last_all_and_specific():
    """Last, all and named partitions are needed by every partition alike."""
    assert LastPartitionMapping().upstream(["a"], ABC, DAILY, Moment(NOON)) == Upstream(("2024-01-03",))
    assert LastPartitionMapping().downstream(["2024-01-03"], ABC, DAILY, Moment(NOON)) == ("a", "b", "c")
    assert LastPartitionMapping().downstream(["2024-01-02"], ABC, DAILY, Moment(NOON)) == ()
    assert LastPartitionMapping().upstream(
        ["a"], ABC, DailyPartitionsDefinition("2099-01-01"), Moment(NOON)
    ) == Upstream(())
    assert AllPartitionMapping().upstream(["a"], None, ABC) == Upstream(("a", "b", "c"))
    assert AllPartitionMapping().downstream(["x"], ABC, None) == ("a", "b", "c")
    assert AllPartitionMapping().upstream(["a"], ABC, None) == Upstream(())
    assert SpecificPartitionsPartitionMapping(["q"]).upstream(["a"], ABC, ABC) == Upstream(("q",))
    assert SpecificPartitionsPartitionMapping(["a"]).downstream(["a"], ABC, ABC) == ("a", "b", "c")
    assert SpecificPartitionsPartitionMapping(["a"]).downstream(["b"], ABC, ABC) == ()


def test_static_table():
    """A table is read both ways; keys that do not exist are found by validation."""
    there = StaticPartitionsDefinition(["x", "y"])
    table = StaticPartitionMapping({"x": ["a", "b"], "y": "b"})
    assert table.upstream(["b"], ABC, there) == Upstream(("x", "y"))
    assert table.upstream(["c"], ABC, there) == Upstream(())
    assert table.downstream(["x"], ABC, there) == ("a", "b")
    table.validate_partition_mapping(there, ABC)
    for wrong in ({"n": "a"}, {"x": "q"}):
        with pytest.raises(ValueError, match=r"'[nq]'"):
            StaticPartitionMapping(wrong).validate_partition_mapping(there, ABC)


def test_windows_of_different_zones_do_not_correspond():
    """A time window mapping between zones, or with something else, is a wrong definition."""
    abroad = DailyPartitionsDefinition("2024-01-01", timezone="America/New_York")
    for other in (abroad, ABC, None):
        with pytest.raises(DagsterInvalidDefinitionError):
            Overlap().validate_partition_mapping(DAILY, other)


def test_default_mapping():
    """Without partitions on a side: all; between windows: overlap; else: the same key."""
    assert default_mapping(None, DAILY) == default_mapping(ABC, None) == AllPartitionMapping()
    assert default_mapping(DAILY, WeeklyPartitionsDefinition("2024-01-01")) == Overlap()
    assert default_mapping(ABC, DAILY) == default_mapping(ABC, ABC) == IdentityPartitionMapping()


def test_equality_is_by_meaning():
    """Mappings, their hashes and descriptions are equal if they say the same."""
    assert Overlap(-1) == Overlap(-1, 0) != Overlap()
    assert hash(Overlap(-1)) == hash(Overlap(-1, 0))
    assert StaticPartitionMapping({"a": "b"}) == StaticPartitionMapping({"a": ["b"]})
    assert AllPartitionMapping() != IdentityPartitionMapping()
    assert Overlap(-1).describe() != Overlap(0, -1).describe()


def test_offsets_count_no_excluded_windows():
    """Where weekends do not exist, the day before Monday is Friday; upstream they are not missed."""
    weekdays = DailyPartitionsDefinition("2024-01-01", exclusions=["0 0 * * 0", "0 0 * * 6"])
    now = Moment(datetime(2024, 2, 1, tzinfo=UTC))
    assert Overlap(-1, -1).upstream(["2024-01-08"], weekdays, weekdays, now).keys == ("2024-01-05",)
    assert Overlap(-1, -1).downstream(["2024-01-05"], weekdays, weekdays, now) == ("2024-01-08",)
    assert Overlap().upstream(["2024-01-07"], DAILY, weekdays, now) == Upstream(())
    hours = HourlyPartitionsDefinition("2024-01-01-00:00", exclusions=["0 0-7 * * *"])
    told = Overlap().upstream(["2024-01-03"], DAILY, hours, now)
    assert (len(told.keys), told.missing) == (16, ())


def test_several_dimensions_to_one_and_back():
    """A part in the matching dimension is needed, or a row through all others."""
    both = MultiPartitionsDefinition({"day": DAILY, "letter": ABC})
    mapping, now = MultiToSingleDimensionPartitionMapping(), Moment(NOON)
    assert mapping.upstream(["2024-01-02|a"], both, DAILY, now) == Upstream(("2024-01-02",))
    row = ("2024-01-02|a", "2024-01-02|b", "2024-01-02|c")
    assert mapping.upstream(["2024-01-02"], DAILY, both, now) == Upstream(row)
    assert mapping.upstream(["2024-01-09"], DAILY, both, now).missing == tuple(
        each.replace("-02", "-09") for each in row
    )
    hourly = HourlyPartitionsDefinition("2024-01-01-00:00")
    assert len(mapping.upstream(["2024-01-02|a"], both, hourly, now).keys) == 24
    assert default_mapping(both, DAILY) == default_mapping(ABC, both) == mapping
    assert default_mapping(both, StaticPartitionsDefinition(["z"])) == IdentityPartitionMapping()


@pytest.mark.parametrize(
    ("mapping", "up", "down", "error"),
    [
        (MultiToSingleDimensionPartitionMapping(), {"p": "static", "q": "static"}, "static", CheckError),
        (MultiToSingleDimensionPartitionMapping(), {"p": "static", "q": "daily"}, "other", CheckError),
        (MultiToSingleDimensionPartitionMapping("x"), {"p": "static", "q": "daily"}, "static", CheckError),
        (MultiToSingleDimensionPartitionMapping(), "static", "static", CheckError),
        (MultiPartitionMapping({}), "static", "static", CheckError),
        (
            MultiPartitionMapping({"x": DimensionPartitionMapping("p", Overlap())}),
            {"p": "daily", "q": "daily"},
            {"p": "daily", "q": "daily"},
            CheckError,
        ),
        (
            MultiPartitionMapping({"p": DimensionPartitionMapping("q", Overlap())}),
            {"p": "daily", "q": "daily"},
            {"p": "daily", "q": "static"},
            DagsterInvalidDefinitionError,
        ),
    ],
)
def test_what_does_not_correspond_is_refused_where_it_is_declared(mapping, up, down, error):
    """Dimensions that are not there, not clear, or not alike are errors of the definition, with or without a run."""
    spaces = [
        SINGLES[each]
        if isinstance(each, str)
        else MultiPartitionsDefinition({name: SINGLES[one] for name, one in each.items()})
        for each in (up, down)
    ]
    with pytest.raises(error):
        mapping.validate_partition_mapping(*spaces)
    above = AssetSpec("above", partitions_def=spaces[0])
    below = AssetSpec("below", partitions_def=spaces[1], deps=[AssetDep("above", partition_mapping=mapping)])
    with pytest.raises(error):
        Graph.of([above, below]).check_mappings()


def test_a_mapping_of_ones_own_has_two_methods():
    """Whoever writes the two public methods has a mapping that decisions and runs use."""

    class Next(PartitionMapping):
        def get_upstream_mapped_partitions_result_for_partitions(
            self, downstream_partitions_subset, downstream_partitions_def, upstream_partitions_def, *_, **__
        ):
            table = {"a": "b", "b": "c"}
            found = upstream_partitions_def.subset_with_partition_keys(
                table[key] for key in downstream_partitions_subset if key in table
            )
            return UpstreamPartitionsResult(found, upstream_partitions_def.empty_subset())

        def get_downstream_partitions_for_partitions(
            self, upstream_partitions_subset, upstream_partitions_def, downstream_partitions_def, *_, **__
        ):
            table = {"b": "a", "c": "b"}
            return downstream_partitions_def.subset_with_partition_keys(
                table[key] for key in upstream_partitions_subset if key in table
            )

    @asset(partitions_def=ABC)
    def above(context) -> str:
        return context.partition_key

    @asset(partitions_def=ABC, ins={"above": AssetIn(partition_mapping=Next())})
    def below(above) -> str:
        return above

    instance = DagsterInstance.ephemeral()
    for key in "abc":
        assert materialize([above], partition_key=key, instance=instance).success
    result = materialize([above, below], selection=[below], partition_key="a", instance=instance)
    assert result.output_for_node("below") == "b"
    assert Next().downstream(["c"], ABC, ABC) == ("b",)


def test_one_upstream_at_two_offsets():
    """Two inputs may read the same asset, today and yesterday of it."""

    @asset(partitions_def=DAILY)
    def price(context) -> str:
        return context.partition_key

    @asset(
        partitions_def=DAILY,
        ins={
            "today": AssetIn("price"),
            "before": AssetIn("price", partition_mapping=Overlap(-1, -1)),
        },
    )
    def change(today, before) -> tuple:
        return before, today

    instance = DagsterInstance.ephemeral()
    for key in ("2024-01-01", "2024-01-02"):
        assert materialize([price], partition_key=key, instance=instance).success
    for reader in (change, change.with_attributes(group_names_by_key={change.key: "market"})):
        result = materialize(
            [price, reader], selection=[reader], partition_key="2024-01-02", instance=instance
        )
        assert result.output_for_node("change") == ("2024-01-01", "2024-01-02")


def test_a_million_hours_are_mapped_as_ranges():
    """A range of hours asks one question: its days, and back."""
    hours, days = HourlyPartitionsDefinition("1900-01-01-00:00"), DailyPartitionsDefinition("1900-01-01")
    every = hours.subset_with_all_partitions(NOON)
    found, missing = Overlap(-1, 0).get_upstream_mapped_partitions_result_for_partitions(
        every, hours, days, NOON
    )
    assert len(found) == len(days.get_partition_keys(NOON))
    assert list(missing) == ["2024-01-04"]
    assert Overlap().get_downstream_partitions_for_partitions(
        found, days, hours, NOON
    ) == hours.empty_subset() | (
        every - hours.subset_with_partition_keys(list(every.get_partition_keys()[-12:]))
    )
