import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.core.errors import DagsterInvalidAssetSelectionError
from assets.core.keys import AssetKey
from assets.core.language.selection import (
    All,
    And,
    AssetSelection,
    Down,
    Elsewhere,
    GroupMatch,
    Groups,
    Is,
    KeyMatch,
    Keys,
    KeySubstring,
    Kind,
    Minus,
    Or,
    Owner,
    Roots,
    Sinks,
    Tag,
    Up,
    all_of,
    any_of,
    none_of,
)
from assets.core.language.text import parse, write

texts = st.text(max_size=6)
plain = texts.filter(lambda text: "*" not in text)
nullable = st.none() | texts
depths = st.none() | st.integers(0, 5)
leaves = st.one_of(
    st.just(All(False)),
    texts.map(KeyMatch),
    texts.map(lambda text: KeySubstring(text, False)),
    plain.map(lambda name: Groups((name,), False)),
    plain.map(lambda name: GroupMatch(name + "*", False)),
    st.builds(lambda key, value: Tag(key, value, False), texts, texts),
    nullable.map(Owner),
    nullable.map(lambda kind: Kind(kind, False)),
    st.sampled_from(["materializable", "external"]).map(Is),
    st.builds(lambda value: Elsewhere("table_name", value, None), nullable),
    st.builds(lambda value, second: Elsewhere("column_tag", value, second), nullable, st.none() | texts),
)


def grown(terms):
    several = st.lists(terms, min_size=2, max_size=4)
    return st.one_of(
        several.map(any_of),
        several.map(all_of),
        terms.map(none_of),
        st.builds(lambda term, depth: Up(term, depth, True), terms, depths),
        st.builds(lambda term, depth: Down(term, depth, True), terms, depths),
        terms.map(Roots),
        terms.map(Sinks),
    )


@settings(max_examples=150)
@given(st.recursive(leaves, grown, max_leaves=12))
def test_reading_undoes_writing(term):
    """Every term of the grammar is read back from its text as the same term."""
    assert parse(write(term)) == term


@settings(max_examples=150)
@given(st.text(alphabet='ab:"+*()=<>_/1 ndotrki\\', max_size=20))
def test_any_text_is_read_or_refused_with_its_place(source):
    """A text either means a selection, and then writing it is stable, or the error points into it."""
    try:
        term = parse(source)
    except DagsterInvalidAssetSelectionError as caught:
        last = str(caught).splitlines()[-1]
    else:
        last = "^"
        assert write(parse(write(term))) == write(term)
    assert "^" in last


A, B, C = KeyMatch("a"), KeyMatch("b"), KeyMatch("c")


@pytest.mark.parametrize(
    ("source", "term"),
    [
        ("*", All(False)),
        ("key:p/x", KeyMatch("p/x")),
        ('key:"p*"', KeyMatch("p*")),
        ("key : a", A),
        ("tag:k=v", Tag("k", "v", False)),
        ('tag:"k"="v"', Tag("k", "v", False)),
        ('tag:"k=v"', Tag("k=v", "", False)),
        ("tag:k", Tag("k", "", False)),
        ('owner:"team:x"', Owner("team:x")),
        ("owner:<null>", Owner(None)),
        ("kind:<null>", Kind(None, False)),
        ('group:"g*"', GroupMatch("g*", False)),
        ("group:g", Groups(("g",), False)),
        ("is:external", Is("external")),
        ("column:x", Elsewhere("column", "x", None)),
        ("+key:a", Up(A, None, True)),
        ("key:a+", Down(A, None, True)),
        ("1+key:a", Up(A, 1, True)),
        ("2+key:a+1", Or((Up(A, 2, True), Down(A, 1, True)))),
        ("(key:a or key:b)+1", Down(Or((A, B)), 1, True)),
        ("sinks(key:b)+", Down(Sinks(B), None, True)),
        ("roots(*)", Roots(All(False))),
        ("not key:a+", Minus(All(False), Down(A, None, True))),
        ("not not key:a", none_of(none_of(A))),
        ("key:a and not key:b or key:c", Or((And((A, none_of(B))), C))),
        ("key:a OR key:b AND NOT key:c", Or((A, And((B, none_of(C)))))),
        ("((key:a))", A),
        ("key:a\nor key:b", Or((A, B))),
        ('key:"a\\"b\\\\"', KeyMatch('a"b\\')),
    ],
)
def test_grammar(source, term):
    """Each form of the grammar means its term."""
    assert parse(source) == term


EXACT = Keys((AssetKey("a"),))


@pytest.mark.parametrize(
    ("source", "term"),
    [
        ("a", EXACT),
        ("p/x", Keys((AssetKey(["p", "x"]),))),
        ("a-b.c", Keys((AssetKey("a-b.c"),))),
        ("1a", Keys((AssetKey("1a"),))),
        ("a+", Down(EXACT, 1, True)),
        ("a++", Down(EXACT, 2, True)),
        ("+a", Up(EXACT, 1, True)),
        ("*a", Up(EXACT, None, True)),
        ("a*", Down(EXACT, None, True)),
        ("*a+", Or((Up(EXACT, None, True), Down(EXACT, 1, True)))),
    ],
)
def test_older_form(source, term):
    """A bare clause is an exact key, with one level for each `+` and all of them for `*`."""
    assert parse(source) == term


@pytest.mark.parametrize(
    ("source", "place", "why"),
    [
        ("", 0, "expected"),
        ("key:", 4, "missing"),
        ("key:a key:b", 6, "`and`, `or`"),
        ("key:a And key:b", 6, "`AND`"),
        ("key:a or", 8, "expected"),
        ("not a", 4, "write key:a"),
        ("sinks(a)", 6, "write key:a"),
        ("Sinks(*)", 0, "did you mean 'sinks'"),
        ("grup:a", 0, "did you mean 'group'"),
        ("KEY:a", 0, "did you mean 'key'"),
        ("is:foo", 3, "nothing is 'foo'"),
        ("is:externl", 3, "did you mean 'external'"),
        ("(key:a", 0, "not closed"),
        ("key:a)", 5, "closes nothing"),
        ('key:"a', 4, "quote"),
        ("key:a-b", 5, "quotes"),
        ("key:1a", 4, "quotes"),
        ("group:g*", 6, 'group:"g*"'),
        ("key:<null>", 4, "<null>"),
        ("+not key:a", 1, "parentheses"),
        ("+*", 1, "leave the + out"),
        ("*+", 1, "expected"),
        ("key:a++", 6, "expected"),
        ("3key:a", 1, "+ is expected"),
        ("key:a and 9999999999+key:b", 10, "too many steps"),
    ],
)
def test_errors_point_at_the_place(source, place, why):
    """What cannot be read is refused with a reason, the text, and a mark under the place."""
    with pytest.raises(DagsterInvalidAssetSelectionError, match=re.escape(why)) as caught:
        parse(source)
    _, shown, mark = str(caught.value).splitlines()
    assert shown == "  " + source
    assert mark.index("^") - 2 == place


def test_place_in_a_long_text():
    """Of a long text the error shows the part around the place."""
    source = " or ".join(["key:abc"] * 200) + " or key:"
    with pytest.raises(DagsterInvalidAssetSelectionError) as caught:
        parse(source)
    assert max(map(len, str(caught.value).splitlines())) < 160


def test_nesting_has_no_bound_of_its_own():
    """Twenty thousand parentheses, negations or terms are read and written without recursion."""
    deep = 20_000
    assert parse("(" * deep + "key:a" + ")" * deep) == A
    assert write(parse("not " * deep + "key:a")) == "not " * deep + 'key:"a"'
    nested = "roots(" * 9_000 + "key:a" + ")" * 9_000
    assert parse(write(parse(nested))) == parse(nested)
    with pytest.raises(DagsterInvalidAssetSelectionError, match="too long"):
        parse("(" * 200_000)


def test_sources_are_passed_on():
    """With sources, what means all of a kind means the external ones too."""
    assert parse("*", include_sources=True) == All(True)
    assert parse("tag:k or group:g or kind:x", include_sources=True) == Or(
        (Tag("k", "", True), Groups(("g",), True), Kind("x", True))
    )


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (AssetSelection.assets("a", "p/x"), 'key:"a" or key:"p/x"'),
        (
            AssetSelection.groups("g", "h") & AssetSelection.kind("sql"),
            '(group:"g" or group:"h") and kind:"sql"',
        ),
        (AssetSelection.assets("a").downstream(depth=1, include_self=False), 'key:"a"+1 and not key:"a"'),
        (AssetSelection.assets("a") - AssetSelection.tag("k", "v"), 'key:"a" and not tag:"k"="v"'),
        (AssetSelection.all() - AssetSelection.assets("b"), 'not key:"b"'),
        (AssetSelection.assets("a", "b").upstream(), '+(key:"a" or key:"b")'),
    ],
)
def test_writing(term, text):
    """What the constructors make is written in the grammar."""
    assert term.to_selection_str() == str(term) == text


def test_terms_without_text():
    """What the grammar has no words for says so when asked, and shows itself all the same."""
    term = AssetSelection.key_prefixes("p").downstream()
    with pytest.raises(NotImplementedError, match="KeyPrefixes"):
        term.to_selection_str()
    assert str(term) == repr(term) == "<AssetSelection KeyPrefixes((('p',),), False)+>"
