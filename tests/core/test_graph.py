"""Laws of the graph: what counts as one asset, how inputs find it, and in which order it is built."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets import (
    AssetDep,
    AssetIn,
    AssetKey,
    AssetSpec,
    SourceAsset,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    materialize,
)
from assets.core.errors import CircularDependencyError, DagsterInvalidDefinitionError, UnknownAssetError
from assets.core.graph import Graph


def make(name: str, *deps, **options):
    return asset(name=name, deps=list(deps), **options)(lambda: 1)


def keys(*names: str) -> set[AssetKey]:
    return {AssetKey(name) for name in names}


@given(st.lists(st.lists(st.integers(0, 30), max_size=4), max_size=30))
def test_order_puts_every_upstream_first(above):
    """Whatever the graph, an asset comes after all that it depends on, and each asset comes once."""
    definitions = [make(f"a{i}", *{f"a{j}" for j in ups if j < i}) for i, ups in enumerate(above)]
    graph = Graph.of(definitions)
    place = {key: at for at, key in enumerate(graph.order)}
    assert len(place) == len(graph.nodes) == len(definitions)
    assert all(place[up] < place[key] for key, ups in graph.up.items() for up in ups)


@given(st.permutations(["a", "b", "c", "d", "e"]))
def test_order_does_not_depend_on_the_order_of_definition(names):
    """The same assets, defined in any order, are built in the same order."""
    deps = {"a": ["c"], "b": [], "c": ["e"], "d": ["a", "b"], "e": []}
    order = Graph.of(make(name, *deps[name]) for name in names).order
    assert [key.to_user_string() for key in order] == ["b", "e", "c", "a", "d"]


def test_ancestors_and_descendants_are_transitive():
    """`ancestors` and `descendants` walk all the way, and leave out where they began."""
    graph = Graph.of([make("a"), make("b", "a"), make("c", "b")])
    assert graph.ancestors(keys("c")) == keys("a", "b")
    assert graph.descendants(keys("a")) == keys("b", "c")


def test_a_circle_is_named():
    """A circle has no order; the error names its members in the order of the arrows."""
    graph = Graph.of([make("a", "c"), make("b", "a"), make("c", "b"), make("free")])
    with pytest.raises(CircularDependencyError, match=r"a → b → c → a|b → c → a → b|c → a → b → c"):
        graph.check()


def test_one_key_two_definitions_is_refused():
    """A key stands for one definition; the same object twice counts once."""
    one = make("a")
    assert len(Graph.of([one, one]).nodes) == 1
    with pytest.raises(DagsterInvalidDefinitionError, match="duplicate"):
        Graph.of([one, make("a")])


def test_an_undefined_dep_is_an_external_stub():
    """An undefined key in `deps` blocks nothing: it becomes an external asset."""
    graph = Graph.of([make("a", "elsewhere")])
    assert graph.nodes[AssetKey("elsewhere")].kind == "external"


def test_an_undefined_parameter_is_refused_with_the_nearest_name():
    """A parameter needs an asset; the error names the consumer and the nearest key."""

    @asset
    def report(sales_dialy): ...

    with pytest.raises(DagsterInvalidDefinitionError, match=r"(?s)'report'.*sales_dialy.*sales_daily"):
        Graph.of([report, make("sales_daily")])


def test_an_undefined_parameter_is_a_ghost_in_a_notebook():
    """C8: cells may run out of order, so a notebook's graph shows what is not defined yet."""

    @asset
    def report(sales): ...

    graph = Graph.of([report], ghosts=True)
    assert graph.ghosts() == [AssetKey("sales")]
    assert graph.order[-1] == AssetKey("report")


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ([("p", "g")], ["p", "up"]),
        ([("p", "other")], None),
        ([("p", "g"), ("q", "g")], None),
        ([("p", "g"), (None, "g")], ["up"]),
    ],
)
def test_a_one_part_name_finds_the_asset_of_its_group(others, found):
    """Semantics §2: the exact key wins, else THE asset of the same group whose last part it is."""
    ups = [make("up", key_prefix=prefix, group_name=group) for prefix, group in others]

    @asset(group_name="g")
    def down(up): ...

    if found is None:
        with pytest.raises(DagsterInvalidDefinitionError):
            Graph.of([*ups, down])
    else:
        assert Graph.of([*ups, down]).up[AssetKey("down")] == (AssetKey(found),)


def test_sources_and_bare_specs_are_external():
    """A source asset and a bare spec can be loaded and are never run."""
    with pytest.warns(DeprecationWarning, match="SourceAsset"):
        source = SourceAsset("s")
    graph = Graph.of([source, AssetSpec("t", deps=["s"])])
    assert {node.kind for node in graph.nodes.values()} == {"external"}
    assert graph.up[AssetKey("t")] == (AssetKey("s"),)


def test_an_input_keeps_its_name():
    """`AssetIn` renames: the edge goes to the asset and keeps the parameter's name."""

    @asset(ins={"x": AssetIn("a")})
    def down(x): ...

    (edge,) = Graph.of([make("a"), down]).nodes[AssetKey("down")].inputs
    assert (edge.name, edge.up, edge.loads) == ("x", AssetKey("a"), True)


def test_an_unknown_key_names_the_nearest():
    """Asking for a node that is not there says which one may be meant."""
    with pytest.raises(UnknownAssetError, match="'weather'"):
        Graph.of([make("weather")]).node(AssetKey("wether"))


def test_a_stub_knows_what_its_dependents_say_of_it():
    """Metadata of a dependency on what nobody defines are the stub's; two that differ are refused."""
    one = make("one", AssetDep("stub", metadata={"k": 1}))
    same, silent = make("same", AssetDep("stub", metadata={"k": 1})), make("silent", "stub")
    assert Graph.of([one, same, silent]).nodes[AssetKey("stub")].spec.metadata == {"k": 1}
    other = make("other", AssetDep("stub", metadata={"k": 2}))
    with pytest.raises(DagsterInvalidDefinitionError, match=r'Conflicting metadata .* \["stub"\]'):
        Graph.of([one, other])
    assert Graph.of([one, other, AssetSpec("stub")]).nodes[AssetKey("stub")].spec.metadata == {}


def test_two_specs_of_one_key_agree_or_are_refused():
    """Equal bare specs are one asset; different ones are told apart from two definitions."""
    assert len(Graph.of([AssetSpec("a"), AssetSpec("a")]).nodes) == 1
    with pytest.raises(DagsterInvalidDefinitionError, match="two conflicting AssetSpecs"):
        Graph.of([AssetSpec("a"), AssetSpec("a", group_name="g")])
    with pytest.raises(DagsterInvalidDefinitionError, match="two definitions"):
        Graph.of([AssetSpec("a"), make("a")])


def test_two_functions_are_not_one_step():
    """Keys that make one name are refused where something is to run, not in the graph; copies of one function are fine."""
    a, b = asset(key=["a", "b"])(lambda: 1), make("a__b")
    clash = Graph.of([a, b])
    with pytest.raises(DagsterInvalidDefinitionError, match="conflicting node definitions"):
        clash.check_steps()
    with pytest.raises(DagsterInvalidDefinitionError, match="'a__b'"):
        materialize([a, b])
    copy = b.with_attributes(asset_key_replacements={AssetKey("a__b"): AssetKey("c")})
    Graph.of([b, copy, make("d")]).check_steps()


def test_the_graph_answers_in_the_words_of_the_reference():
    """Definitions once each, external ones included, and edges in both directions."""
    a = make("a", "u")
    graph = Graph.of([a, AssetSpec("s", deps=["a"])])
    assert [made for made in graph.assets_defs if made.is_executable] == [a]
    assert {key for made in graph.assets_defs for key in made.keys} == keys("a", "s", "u")
    assert graph.asset_dep_graph["upstream"][AssetKey("s")] == keys("a")
    assert graph.asset_dep_graph["downstream"][AssetKey("u")] == keys("a")
    assert graph.asset_check_keys == set()
    assert graph.get_all_asset_keys() == keys("a", "s", "u")
    assert (graph.has(AssetKey("a")), graph.has(AssetKey("b"))) == (True, False)
    assert graph.get(AssetKey("s")).parent_keys == keys("a")
    with pytest.raises(UnknownAssetError, match="'b'"):
        graph.get(AssetKey("b"))


def test_partitions_of_a_check():
    """A check that looks at partitions looks at those of its asset; one without looks at the whole."""
    letters, digits = StaticPartitionsDefinition(["p"]), StaticPartitionsDefinition(["1"])

    @asset(partitions_def=letters)
    def parted(): ...

    def check(space):
        @asset_check(asset="parted", partitions_def=space)
        def good(): ...

        return good

    assert Graph.of([parted, check(letters)]).checks.keys() == Graph.of([parted, check(None)]).checks.keys()
    with pytest.raises(DagsterInvalidDefinitionError, match="parted:good"):
        Graph.of([parted, check(digits)])


def test_two_checks_of_one_name():
    """An asset's checks have names of their own."""

    def check():
        @asset_check(asset="a")
        def good(): ...

        return good

    same = check()
    assert len(Graph.of([same, same]).checks) == 1
    with pytest.raises(DagsterInvalidDefinitionError, match="a:good"):
        Graph.of([check(), check()])
