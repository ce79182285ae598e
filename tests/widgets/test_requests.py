"""Laws of what a page may ask for: a closed set, of bounded size, of known things."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.widgets.requests import LONGEST_NAME, RequestError, id_of, read

KNOWN = {"a", "b/c"}
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)

GOOD = [
    {"op": "hello", "page": 0},
    {"op": "bye", "page": 2**40},
    {"op": "materialize", "keys": ["a"], "mode": "due", "partitions": None},
    {"op": "materialize", "keys": ["a", "b/c"], "mode": "force", "partitions": {"a": ["2024-01-01", ""]}},
    {"op": "materialize", "keys": ["a"], "mode": "downstream"},
    {"op": "materialize", "keys": "*", "mode": "due"},
    {"op": "plan", "keys": ["a"], "mode": "only", "partitions": {}},
    {"op": "cancel", "run": None},
    {"op": "cancel", "run": "9f"},
    {"op": "details", "key": "b/c"},
    {"op": "configure", "key": "a", "config": [{"section": "ops", "name": "a", "value": {"n": [1, None]}}]},
    {"op": "grid", "keys": None},
    {"op": "grid", "keys": ["a"]},
    {"op": "related", "key": "a", "partition": ""},
    {"op": "values", "keys": None, "measure": None},
    {"op": "values", "keys": ["a"], "measure": "metadata:rows"},
    {"op": "tidy"},
    {"op": "layout", "direction": "LR"},
]

BAD = [
    {},
    {"op": "eval"},
    {"op": ["hello"]},
    {"op": "hello"},
    {"op": "hello", "page": "1"},
    {"op": "bye", "page": -1},
    {"op": "hello", "page": 1, "extra": 1},
    {"op": "materialize", "keys": ["a"]},
    {"op": "materialize", "keys": [], "mode": "due"},
    {"op": "materialize", "keys": None, "mode": "due"},
    {"op": "materialize", "mode": "due"},
    {"op": "materialize", "keys": "a", "mode": "due"},
    {"op": "materialize", "keys": ["unknown"], "mode": "due"},
    {"op": "materialize", "keys": [["a"]], "mode": "due"},
    {"op": "materialize", "keys": ["a"] * 20_001, "mode": "due"},
    {"op": "materialize", "keys": ["a"], "mode": "rm -rf"},
    {"op": "materialize", "keys": ["a"], "mode": ["due"]},
    {"op": "materialize", "keys": ["a"], "mode": "due", "partitions": {"unknown": ["x"]}},
    {"op": "materialize", "keys": ["a"], "mode": "due", "partitions": {"a": "x"}},
    {"op": "materialize", "keys": ["a"], "mode": "due", "partitions": {"a": [1]}},
    {"op": "materialize", "keys": ["a"], "mode": "due", "partitions": [["a", "x"]]},
    {"op": "related", "key": "a", "partition": None},
    {"op": "values", "keys": None, "measure": 7},
    {"op": "values", "keys": ["unknown"], "measure": None},
    {"op": "related", "key": "unknown", "partition": "x"},
    {"op": "related", "key": "a", "partition": "x" * (LONGEST_NAME + 1)},
    {"op": "materialize", "keys": ["a"], "mode": "due", "partitions": {"a": ["x" * (LONGEST_NAME + 1)]}},
    {"op": "details"},
    {"op": "details", "key": "x" * (LONGEST_NAME + 1)},
    {"op": "details", "key": {"a": 1}},
    {"op": "configure", "key": "a"},
    {"op": "configure", "key": "a", "config": {}},
    {"op": "configure", "key": "a", "config": []},
    {"op": "configure", "key": "unknown", "config": [{"section": "ops", "name": "a", "value": {}}]},
    {"op": "configure", "key": "a", "config": [{"section": "ops", "name": "a"}]},
    {"op": "configure", "key": "a", "config": [{"section": "loggers", "name": "a", "value": {}}]},
    {"op": "configure", "key": "a", "config": [{"section": ["ops"], "name": "a", "value": {}}]},
    {"op": "configure", "key": "a", "config": [{"section": "ops", "name": 7, "value": {}}]},
    {"op": "configure", "key": "a", "config": [{"section": "ops", "name": "a", "value": []}]},
    {
        "op": "configure",
        "key": "a",
        "config": [{"section": "ops", "name": "a", "value": {"n": "x" * 1_000_001}}],
    },
    {"op": "cancel", "run": 7},
    {"op": "layout", "direction": "BT"},
    {"op": "layout", "direction": {}},
]


@pytest.mark.parametrize("message", GOOD)
def test_a_proper_request_is_read(message):
    """What the page sends today is understood."""
    request = read({**message, "id": 7}, KNOWN)
    assert (request.op, request.id) == (message["op"], 7)
    assert {
        **dict.fromkeys(request.fields),
        **{k: v for k, v in message.items() if k != "op" and v != "*"},
    } == request.fields


@pytest.mark.parametrize("message", BAD)
def test_anything_else_is_refused_in_words(message):
    """Unknown requests, fields, keys and modes, wrong types and sizes: each is an error that says what."""
    with pytest.raises(RequestError, match=r".{15}"):
        read({**message, "id": 7}, KNOWN)


@pytest.mark.parametrize("number", [None, "7", 1.5, True, -1, 2**60, [1]])
def test_a_request_needs_a_number_to_answer_to(number):
    """Without one nothing is done."""
    assert id_of({"op": "hello", "id": number}) is None
    with pytest.raises(RequestError):
        read({"op": "hello", "id": number}, KNOWN)


@given(json)
def test_whatever_comes_there_is_no_other_error(message):
    """Every JSON value is read or refused."""
    with pytest.raises(RequestError):
        read(message, KNOWN)


@given(st.sampled_from(GOOD), st.text(max_size=10), json)
def test_a_good_request_with_something_wrong_in_it(message, field, value):
    """A field exchanged for anything: it is read, or refused, and never raises anything else."""
    with suppress(RequestError):
        read({**message, "id": 1, field: value}, KNOWN)
