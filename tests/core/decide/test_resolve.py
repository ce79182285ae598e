from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.core.decide.resolve import resolve
from assets.core.errors import CheckError, DagsterInvalidSubsetError
from assets.core.keys import AssetKey
from assets.core.language.selection import AssetSelection
from assets.core.language.text import parse


@dataclass
class Graph:
    """What resolving asks of a graph, and no more."""

    nodes: dict = field(default_factory=dict)
    up: dict = field(default_factory=dict)
    down: dict = field(default_factory=dict)

    def add(self, name, *deps, kind="asset", group=None, tags=None, owners=(), kinds=(), definition=None):
        key = AssetKey.from_user_string(name)
        spec = SimpleNamespace(group_name=group, tags=tags or {}, owners=owners, kinds=kinds)
        self.nodes[key] = SimpleNamespace(key=key, kind=kind, spec=spec, definition=definition)
        self.up[key] = tuple(AssetKey.from_user_string(dep) for dep in deps)
        self.down[key] = ()
        for dep in self.up[key]:
            self.down[dep] = (*self.down[dep], key)
        return self


def sample():
    graph = Graph()
    graph.add("a", group="g", tags={"k": "v", "e": ""}, owners=["team:x"], kinds={"sql"})
    graph.add("ext", "a", kind="external", group="g", owners=["team:x"], tags={"k": "v"}, kinds={"sql"})
    graph.add("p/x", "a", group="gg")
    graph.add("b", "p/x", "ext")
    graph.add("a-b.c", "b")
    return graph


GRAPH = sample()


def names(selection, graph=GRAPH, **more):
    term = parse(selection) if isinstance(selection, str) else selection
    return " ".join(sorted(key.to_user_string() for key in resolve(term, graph, **more)))


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("*", "a a-b.c b p/x"),
        ("key:a", "a"),
        ("key:a*", "a a-b.c"),
        ('key:"*b*"', "a-b.c b"),
        ('key:"*"', "a a-b.c b ext p/x"),
        ("key:A", ""),
        ("key:ext", "ext"),
        ("tag:k", ""),
        ("tag:k=v", "a"),
        ("tag:e", "a"),
        ('owner:"team:x"', "a ext"),
        ("owner:<null>", "a-b.c b p/x"),
        ("group:g", "a"),
        ('group:"g*"', "a p/x"),
        ("group:default", "a-b.c b"),
        ("kind:sql", "a"),
        ("kind:<null>", "a-b.c b p/x"),
        ("is:materializable", "a a-b.c b p/x"),
        ("is:external", "ext"),
        ("partitions:x", ""),
        ("+key:b", "a b p/x"),
        ("+key:ext", "a"),
        ("key:a+", "a a-b.c b ext p/x"),
        ("1+key:b", "b p/x"),
        ("key:a+1", "a ext p/x"),
        ("2+key:b+1", "a a-b.c b p/x"),
        ("0+key:b", "b"),
        ("roots(*)", "a"),
        ("sinks(*)", "a-b.c"),
        ("roots(key:a or key:b)", "a"),
        ("sinks(key:a or key:b)", "b"),
        ("roots(key:ext or key:p/x)", "ext p/x"),
        ("not key:a", "a-b.c b p/x"),
        ("key:a+ and not key:a", "a-b.c b p/x"),
        ("a", "a"),
        ("a++", "a b ext p/x"),
        ("*b", "a b p/x"),
    ],
)
def test_meaning(selection, expected):
    """Each form of the grammar stands for its keys."""
    assert names(selection) == expected


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (AssetSelection.all(include_sources=True), "a a-b.c b ext p/x"),
        (AssetSelection.groups("g", include_sources=True), "a ext"),
        (AssetSelection.key_prefixes("p"), "p/x"),
        (AssetSelection.key_prefixes(["p", "x"], "a"), "a p/x"),
        (AssetSelection.key_substring("x", include_sources=True), "ext p/x"),
        (AssetSelection.tag("k", "v", include_sources=True), "a ext"),
        (AssetSelection.assets("b").upstream(include_self=False), "a p/x"),
        (AssetSelection.assets("a").downstream(depth=1, include_self=False), "ext p/x"),
        (AssetSelection.assets("b").upstream_source_assets(), "ext"),
        (AssetSelection.all(include_sources=True).materializable(), "a a-b.c b p/x"),
        (AssetSelection.assets("a").without_checks(), "a"),
        (AssetSelection.all_asset_checks(), ""),
        (AssetSelection.assets(), ""),
    ],
)
def test_constructors(selection, expected):
    """What no text means is resolved as well."""
    assert names(selection) == expected


def test_unknown_exact_keys():
    """An exact key that nobody defines is an error that names the nearest, unless it may be missing."""
    with pytest.raises(DagsterInvalidSubsetError, match="'exts'; did you mean 'ext'"):
        names("exts")
    assert names(AssetSelection.assets("exts", "a"), allow_missing=True) == "a"


def test_attributes_of_elsewhere():
    """What one process cannot know is refused, not answered with nothing."""
    with pytest.raises(CheckError, match="code_location"):
        names("code_location:x")
    with pytest.raises(NotImplementedError, match="column"):
        names("column:x")


def test_neighbours():
    """An asset of a step that cannot be split brings the others of that step."""
    both = {AssetKey("m"), AssetKey("n")}
    step = SimpleNamespace(keys=both, can_subset=False)
    loose = SimpleNamespace(keys=both, can_subset=True)
    neighbours = AssetSelection.assets("m").required_multi_asset_neighbors()
    assert names(neighbours, Graph().add("m", definition=step).add("n", definition=step)) == "m n"
    assert names(neighbours, Graph().add("m", definition=loose).add("n", definition=loose)) == "m"


def test_a_self_dependency_is_no_parent():
    """An asset that depends on itself is still a root, and a sink."""
    graph = Graph().add("s")
    graph.up[AssetKey("s")] = graph.down[AssetKey("s")] = (AssetKey("s"),)
    assert names("roots(*)", graph) == names("sinks(*)", graph) == "s"


@st.composite
def graphs(draw):
    graph = Graph()
    count = draw(st.integers(1, 8))
    for place in range(count):
        deps = draw(st.lists(st.sampled_from([f"n{i}" for i in range(place)]), unique=True)) if place else []
        graph.add(f"n{place}", *deps, kind=draw(st.sampled_from(["asset", "asset", "external"])))
    return graph


picked = (
    st.lists(st.sampled_from([f"key:n{i}" for i in range(8)]), min_size=1, max_size=4)
    .map(" or ".join)
    .map(parse)
)


@settings(max_examples=150)
@given(graphs(), picked, picked, st.integers(0, 4))
def test_laws(graph, one, two, depth):
    """The operators are those of sets, and a walk of all steps is the end of the walks of some."""
    a, b = resolve(one, graph), resolve(two, graph)
    assert resolve(one | two, graph) == a | b
    assert resolve(one & two, graph) == a & b
    assert resolve(one - two, graph) == a - b
    assert resolve(one.downstream(depth), graph) <= resolve(one.downstream(depth + 1), graph)
    assert resolve(one.downstream(8), graph) == resolve(one.downstream(), graph)
    assert resolve(one.downstream(depth).downstream(1), graph) == resolve(one.downstream(depth + 1), graph)
    assert resolve(one.upstream(8), graph) == resolve(one.upstream(), graph)
    roots = resolve(one.roots(), graph)
    assert roots <= a
    assert resolve(one, graph) <= resolve(one.roots().downstream(), graph)


def test_a_deep_selection_is_no_recursion():
    """A selection that a loop nested thousands deep is resolved."""
    deep = AssetSelection.assets("a")
    for _ in range(5_000):
        deep = (deep | AssetSelection.assets("b")).roots()
    assert names(deep) == "a"
