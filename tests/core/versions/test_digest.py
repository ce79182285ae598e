"""Laws of the digest: equal for values that no consumer can tell apart, and for those only."""

import array
import collections
import contextlib
import copy
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import itertools
import math
import pathlib
import pickle
import re
import threading
import types
import uuid
import zoneinfo
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.core.versions.digest import Undigestable, digest, register


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Flag(enum.Flag):
    A = 1
    B = 2


@dataclasses.dataclass
class Point:
    x: object = 0
    y: object = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    x: object = 0


class Plain:
    def __init__(self, x):
        self.x = x


class Text(str):
    __slots__ = ()


class Row(list):
    pass


class Pair(NamedTuple):
    a: int
    b: int


class OtherPair(NamedTuple):
    a: int
    b: int


NAN = float("nan")
UTC = dt.UTC
MOMENT = dt.datetime(2020, 1, 2, 3)

DISTINCT = [
    None, ..., NotImplemented, True, False, 0, 1, -1, 255, 2**63, -(2**63), 2**64, 10**400,
    0.0, -0.0, 1.0, NAN, math.inf, -math.inf, 1j, complex(0.0, -0.0), 0j,
    "", "a", "A", "a\0", "é", "e\u0301", "\ud800", "x" * 63, "x" * 64, "x" * 65, "1", b"", b"a", b"x" * 65, bytearray(b"a"), memoryview(b"a"),
    [], (), {}, set(), frozenset(), [1], (1,), {1}, frozenset({1}), {1: 1}, [[]], [()], ([],), [[], []], [[1], 2], [1, [2]], [1, 2], [2, 1], (1, 2),
    [True], [1.0], ["1"], [None], list(range(30)), [float(v) for v in range(30)], [-0.0] * 30, [0.0] * 30, [NAN] * 30, tuple(range(30)),
    ["a"] * 30, ["a", "b"] * 15, ["ab", ""] * 15, [b"a"] * 30, [2**70] * 30, [True] * 30, [0, 1] * 15, [None] * 30,
    {"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2, "b": 1}, {"a": {"b": 1}}, {1: "a"}, {1.0: "a"}, {"1": "a"}, {(1, 2): 3}, {"a": None}, {"a": ()},
    {1, 2}, {"1", "2"}, {1, "1"}, frozenset({frozenset({1}), 2}), frozenset({frozenset({2}), 1}), {(1, "a"), (2, "b")}, {(1, "b"), (2, "a")},
    range(3), range(0, 3, 2), range(0, 4, 2), slice(1), slice(1, 2), slice(1, 2, 3), slice(None, "a"),
    dt.date(2020, 1, 2), MOMENT, MOMENT.replace(fold=1), MOMENT.replace(microsecond=1), MOMENT.replace(tzinfo=UTC),
    MOMENT.replace(tzinfo=dt.timezone(dt.timedelta(0), "x")), MOMENT.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Paris")), MOMENT.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    dt.time(3), dt.time(3, tzinfo=UTC), dt.timedelta(1), dt.timedelta(seconds=1), UTC, zoneinfo.ZoneInfo("UTC"),
    decimal.Decimal(1), decimal.Decimal("1.0"), decimal.Decimal("-0"), decimal.Decimal(0), decimal.Decimal("NaN"), decimal.Decimal("sNaN"), fractions.Fraction(1), fractions.Fraction(1, 3),
    pathlib.Path("a"), pathlib.Path("a/b"), pathlib.PurePosixPath("a"), pathlib.PureWindowsPath("a"), uuid.UUID(int=1), uuid.UUID(int=2),
    re.compile("a"), re.compile("a", re.I), re.compile(b"a"), Colour.RED, Colour.BLUE, Colour, Flag.A, Flag.A | Flag.B,
    Point(), Point(1), Point(0, 1), Point(Point()), Slotted(), Slotted(1), Plain(0), Plain(1), Plain, Point, Pair(1, 2), OtherPair(1, 2), Text("a"), Row([1]), Row([1, 2]),
    collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1), collections.Counter("ab"), collections.defaultdict(int, a=1), collections.defaultdict(list, a=1),
    collections.deque([1]), collections.deque([1], 3), collections.ChainMap({"a": 1}), types.MappingProxyType({"a": 1}), types.SimpleNamespace(a=1), array.array("i", [1]), array.array("q", [1]),
    len, print, max, str.upper, "a".upper, "b".upper, int, str, list[int], list[str], int | str, itertools, math, math.floor,
    functools.partial(int, base=2), functools.partial(int, base=3), functools.partial(len), lambda: 1, lambda: 2, lambda x: x, ValueError("a"), ValueError("b"), KeyError("a"),
    object(), staticmethod(len), property(len), Plain(0).__init__,
]  # fmt: skip


def test_values_that_differ_have_digests_that_differ():
    """No two of a long list of different values are the same."""
    seen = {}
    for value in DISTINCT:
        key = digest(value)
        assert key not in seen, f"{value!r} looks like {seen[key]!r}"
        seen[key] = value


@pytest.mark.parametrize("value", DISTINCT, ids=[f"{n}-{type(v).__name__}" for n, v in enumerate(DISTINCT)])
def test_a_copy_is_the_same(value):
    """A deep copy and a pickled copy cannot be told from the value, and asking changes nothing."""
    first = digest(value)
    assert len(first) == 32
    assert digest(value) == first
    try:
        copies = [copy.deepcopy(value), pickle.loads(pickle.dumps(value))]
    except (TypeError, AttributeError, pickle.PicklingError):
        return
    if value is not NotImplemented and type(value) is not types.ModuleType:
        assert [digest(c) for c in copies] == [first, first]


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-2, 2), st.floats(), st.sampled_from([0.0, -0.0, 1.0, -1.0]),
    st.complex_numbers(), st.text(max_size=5), st.binary(max_size=5), st.decimals(allow_nan=False), st.dates(), st.datetimes(), st.times(), st.timedeltas(), st.uuids(), st.sampled_from(Colour),
)  # fmt: skip
HASHABLE = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4).map(tuple), st.frozensets(inner, max_size=4)),
    max_leaves=8,
)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=40),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(HASHABLE, inner, max_size=4),
        st.sets(HASHABLE, max_size=4),
        st.builds(Point, inner, inner),
    ),
    max_leaves=20,
)


def shape(value):
    """What a consumer can see of a value, written out by brute force: equal exactly if indistinguishable."""
    kind = type(value).__name__
    match value:
        case float():
            return (kind, "nan" if math.isnan(value) else value.hex())
        case complex():
            return (kind, shape(value.real), shape(value.imag))
        case decimal.Decimal():
            return (kind, str(value.as_tuple()))
        case list() | tuple():
            return (kind, tuple(shape(v) for v in value))
        case dict():
            return (kind, tuple((shape(k), shape(v)) for k, v in value.items()))
        case set() | frozenset():
            return (kind, tuple(sorted(repr(shape(v)) for v in value)))
        case Point():
            return (kind, shape(value.x), shape(value.y))
        case dt.datetime() | dt.time():
            return (kind, repr(value), value.fold)
        case _:
            return (kind, repr(value))


def rebuilt(value):
    """An equal value of which nothing mutable is the same object, its sets filled in another order."""
    match value:
        case list():
            return [rebuilt(v) for v in value]
        case tuple():
            return tuple(rebuilt(v) for v in value)
        case dict():
            return {rebuilt(k): rebuilt(v) for k, v in value.items()}
        case set() | frozenset():
            return type(value)(reversed([rebuilt(v) for v in value]))
        case Point():
            return Point(rebuilt(value.x), rebuilt(value.y))
        case str():
            return "".join(list(value))
        case _:
            return value


@given(VALUES)
def test_equal_values_built_apart_have_equal_digests(value):
    """Identity of immutable parts, interning and the order in which sets were filled do not count."""
    assert digest(rebuilt(rebuilt(value))) == digest(rebuilt(value))


@given(VALUES, VALUES)
def test_digests_are_equal_exactly_for_indistinguishable_values(left, right):
    """Types, signs, orders and nesting count."""
    left, right = rebuilt(left), rebuilt(right)
    assert (digest(left) == digest(right)) is (shape(left) == shape(right))


@given(st.lists(VALUES, max_size=4), st.integers(0, 4))
def test_what_is_inside_cannot_leak_out(values, cut):
    """Moving a border between two containers is a change, whatever is in them."""
    values = [rebuilt(v) for v in values]
    left, right = [values[:cut], values[cut:]], [values]
    assert digest(left) != digest(right)


def test_shared_mutable_parts_count():
    """A consumer that changes one place would see the other change, or not."""
    part = [1]
    assert digest([part, part]) != digest([[1], [1]])
    shared = (1, "a")
    assert digest([shared, shared]) == digest([(1, "a"), (1, *"a")])


def test_cycles_are_digested():
    """A value may hold itself; where the circle closes is seen."""
    one: list = [1]
    one.append(one)
    two: list = [1]
    two.append([1, two])
    same: list = [1]
    same.append(same)
    knot = Plain(None)
    knot.x = {"self": knot, "all": (knot, [knot])}
    assert digest(one) == digest(same) != digest(two)
    assert digest(knot)
    holder = Plain(None)
    holder.x = {holder, Plain(1)}
    assert digest(holder)


def test_depth_is_no_recursion():
    """A value may be deeper than any stack."""
    value: list = []
    for _ in range(200_000):
        value = [value]
    deep = Plain(None)
    for _ in range(50_000):
        deep = Plain(deep)
    assert digest(value) != digest(deep)
    while value:  # taken apart by hand: freeing it would recurse
        value = value.pop()


@pytest.mark.parametrize("leaf", [(), [], (1, "a"), ([],)])
def test_sharing_does_not_multiply_work(leaf):
    """Two references a level are not two walks a level."""
    value = leaf
    for _ in range(200):
        value = (value, value)
    mutable: list = [leaf]
    for _ in range(200):
        mutable = [mutable, mutable]
    nested = frozenset()
    for _ in range(60):
        nested = frozenset({(1, nested), (2, nested)})
    assert digest(value) != digest(mutable) != digest(nested)


def test_objects_in_a_set_that_all_know_each_other_end():
    """Too many ways through a graph are refused, not walked for ever."""
    nodes = [Plain(set()) for _ in range(30)]
    for node in nodes:
        node.x.update(nodes)
    with pytest.raises(Undigestable):
        digest(nodes)


def test_big_sets_of_objects_are_digested():
    """The bound is on going round in circles, not on size."""
    assert digest({Slotted(n) for n in range(2000)}) == digest({Slotted(n) for n in reversed(range(2000))})


@pytest.mark.parametrize(
    "make",
    [
        threading.Lock, threading.Event, lambda: pathlib.Path("/dev/null").open(),  # noqa: SIM115 - it stays open, to be refused lambda: (x for x in "abc"), lambda: iter([1]),
        lambda: iter({1: 2}), lambda: map(str, [1]), lambda: zip([1]), itertools.count, lambda: memoryview(b"a").__iter__(),
        lambda: __import__("socket").socket(), lambda: __import__("sqlite3").connect(":memory:"), lambda: __import__("weakref").ref(Plain),
    ],
)  # fmt: skip
def test_what_has_no_content_is_refused(make):
    """Alone, and in whatever holds it."""
    thing = make()
    for value in (thing, [thing], {"a": (thing,)}, Plain(thing)):
        with pytest.raises(Undigestable):
            digest(value)


def test_iterators_are_left_alone():
    """Looking at a value does not use it up."""
    numbers = iter([1, 2, 3])
    with pytest.raises(Undigestable):
        digest([numbers])
    assert list(numbers) == [1, 2, 3]


class Sly:
    """Every question but the two of pickling is an error."""

    def _trap(self, *_):
        raise AssertionError("asked")

    __eq__ = __bool__ = __repr__ = __str__ = __len__ = __iter__ = __getattr__ = __hash__ = __getitem__ = _trap
    p = property(_trap)


class SlyMeta(type):
    def _trap(cls, *_):
        raise AssertionError("asked")

    __eq__ = __bool__ = __repr__ = __len__ = __iter__ = __getattr__ = __hash__ = __instancecheck__ = (
        __subclasscheck__
    ) = _trap


class SlyClass(metaclass=SlyMeta):
    pass


class SlyList(list):
    def _trap(self, *_):
        raise AssertionError("asked")

    __iter__ = __len__ = __getitem__ = __eq__ = _trap


def test_nothing_of_the_user_is_called():
    """No property, comparison, truth, text or iteration of a user's object or class."""
    value = [Sly(), {"a": Sly()}, SlyClass(), [SlyClass, SlyClass()] * 20, SlyList([1])]
    assert digest(value) == digest(value)
    assert digest(SlyList([1])) != digest(SlyList([2]))


class Kept:
    def __init__(self, x, cache):
        self.x, self.cache = x, cache

    def __getstate__(self):
        return {"x": self.x}


class Reduced:
    def __init__(self, x):
        self.x, self.noise = x, object()

    def __reduce__(self):
        return (Reduced, (self.x,))


class Lazy:
    def __init__(self, x):
        self.x = x

    @functools.cached_property
    def double(self):
        return 2 * self.x


def test_a_class_may_say_what_its_state_is():
    """`__getstate__` and `__reduce__` are believed."""
    assert digest(Kept(1, "a")) == digest(Kept(1, "b")) != digest(Kept(2, "a"))
    assert digest(Reduced(1)) == digest(Reduced(1)) != digest(Reduced(2))


def test_what_a_property_has_cached_does_not_count():
    """Reading a value does not change it."""
    value = Lazy(1)
    first = digest(value)
    assert value.double == 2
    assert digest(value) == first != digest(Lazy(2))


def test_the_code_of_a_users_class_counts():
    """An object's methods are part of what a consumer gets."""

    def make(text):
        space = {"__name__": "__main__"}
        exec(f"class A:\n    def m(self): return {text}\na = A()", space)
        return digest(space["a"])

    assert make("1") == make("1") != make("2")


def test_a_type_can_be_taught():
    """By class, and by name without importing anything."""

    class Secret:
        __slots__ = ("_lock", "x")

        def __init__(self, x):
            self._lock, self.x = threading.Lock(), x

    with pytest.raises(Undigestable):
        digest(Secret(1))
    register(Secret, lambda secret: secret.x, complete=True)
    assert digest(Secret(1)) == digest(Secret(1)) != digest(Secret(2))

    module = types.ModuleType("taught_later")
    register("taught_later.Thing", lambda thing: thing.x, complete=True)
    module.Thing = type(
        "Thing", (), {"__module__": "taught_later", "__init__": lambda self, x: setattr(self, "x", x)}
    )
    __import__("sys").modules["taught_later"] = module
    try:
        value = module.Thing(1)
        value.lock = threading.Lock()
        assert digest(value) == digest(module.Thing(1)) != digest(module.Thing(2))
    finally:
        del __import__("sys").modules["taught_later"]


def test_a_class_that_fails_to_tell_is_refused():
    """An error of the user's code becomes a refusal that names the class."""

    class Broken:
        def __getstate__(self):
            raise RuntimeError("no")

    with pytest.raises(Undigestable, match="Broken"):
        digest(Broken())


@pytest.mark.parametrize("odd", ["_member_map_ = {1: 2}", "_abc_impl = 3", "__reduce_ex__ = 3"])
def test_no_object_raises_anything_else(odd):
    """Whatever an object is, it has a digest or is refused as `Undigestable`."""
    space = {"__name__": "__main__"}
    exec(f"class A:\n    {odd}", space)
    for value in (space["A"], space["A"]()):
        with contextlib.suppress(Undigestable):
            assert digest(value) == digest(value)
