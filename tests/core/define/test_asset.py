"""The `@asset` decorator: what it gives, and what it refuses."""

from __future__ import annotations

import functools
import inspect
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.core.define.checks import AssetCheckSpec
from assets.core.define.decorators import asset
from assets.core.define.definition import AssetsDefinition
from assets.core.define.inputs import AssetDep, AssetIn
from assets.core.define.names import RESERVED
from assets.core.define.policies import BackfillPolicy, Backoff, Jitter, RetryPolicy
from assets.core.define.source import SourceAsset
from assets.core.define.spec import AssetSpec
from assets.core.define.types import DagsterType, Nothing
from assets.core.errors import (
    CheckError,
    DagsterInvalidConfigDefinitionError,
    DagsterInvalidDefinitionError,
    DagsterInvalidPythonicConfigDefinitionError,
    DagsterInvariantViolationError,
)
from assets.core.keys import AssetKey
from assets.core.partitions.calendar import DailyPartitionsDefinition
from assets.core.partitions.mappings import IdentityPartitionMapping, LastPartitionMapping
from assets.core.partitions.multi import MultiPartitionsDefinition
from assets.core.partitions.multi_mapping import DimensionPartitionMapping, MultiPartitionMapping
from assets.core.partitions.spaces import StaticPartitionsDefinition
from assets.core.partitions.window_mapping import TimeWindowPartitionMapping
from assets.core.resources.definition import ResourceParam

IDE = DagsterInvalidDefinitionError

SEED = ["name", "key_prefix", "ins", "deps", "metadata", "tags", "description", "config_schema", "required_resource_keys", "resource_defs", "hooks", "io_manager_def", "io_manager_key", "dagster_type", "partitions_def", "op_tags", "group_name", "output_required", "automation_condition", "backfill_policy", "retry_policy", "code_version", "key", "check_specs", "owners", "kinds", "pool"]  # fmt: skip


def plain(name="f"):
    def fn():
        """Gives one."""
        return 1

    fn.__name__ = name
    return fn


def define(**options) -> AssetsDefinition:
    return asset(**options)(plain())


def spec(**options) -> AssetSpec:
    return define(**options).get_asset_spec()


def test_bare_called_and_applied_give_the_same():
    """S1, S2: `@asset`, `@asset()` and `asset(f)` give a definition with the key of the function."""
    made = [asset(plain()), asset()(plain()), asset(compute_fn=plain())]
    assert all(isinstance(each, AssetsDefinition) for each in made)
    assert {each.key for each in made} == {AssetKey("f")}


def test_signature_is_the_references():
    """S3: 27 parameters of the seed, those after it, each keyword-only with its default; no hidden name."""
    parameters = inspect.signature(asset).parameters
    first, *rest = parameters.values()
    assert first.name == "compute_fn"
    assert first.default is None
    assert set(SEED) <= set(parameters)
    assert all(each.kind is each.KEYWORD_ONLY for each in rest)
    defaults = {each.name: each.default for each in rest if each.default is not None}
    assert defaults == {"output_required": True, "is_virtual": False}
    assert {each.name for each in rest} - set(SEED) == {"freshness_policy", "is_virtual"}
    order = [each.name for each in rest]
    assert order == [
        *SEED[: SEED.index("backfill_policy")],
        "freshness_policy",
        *SEED[SEED.index("backfill_policy") :],
        "is_virtual",
    ]


def test_definition_is_callable():
    """S4: the definition is an `AssetsDefinition`, and called it is its function."""
    assert asset(plain())() == 1


@pytest.mark.parametrize("wrong", [{"foo": 1}, {"names": "x"}])
def test_unknown_keyword(wrong):
    """S5: an unknown keyword is a `TypeError`, as for any function."""
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        asset(**wrong)


def test_no_function():
    """What is not callable is a `TypeError`."""
    with pytest.raises(TypeError, match="decorates a function"):
        asset(3)


def test_name():
    """S6, S7: `name` names the asset; else, or where it is empty, the function does."""
    assert [define(name=name).key for name in ("x", None, "")] == [
        AssetKey("x"),
        AssetKey("f"),
        AssetKey("f"),
    ]


@pytest.mark.parametrize("name", ["a b", "é", "context", "class", "p/q", "<lambda>", "a\n"])
def test_invalid_name(name):
    """S8: other characters than letters, digits and underscores, and reserved words, are refused."""
    with pytest.raises(IDE):
        define(name=name)


@pytest.mark.parametrize("name", ["a-b", "a.b", "5a", "_"])
def test_valid_name(name):
    """S8: dash, dot and a leading digit are fine: the identifier is what counts."""
    assert define(name=name).key == AssetKey(name)
    assert define(name=name).op.name == name.replace("-", "_").replace(".", "_")


@given(st.text(min_size=1, max_size=8))
def test_names_are_identifiers(name):
    """S8: a name is accepted exactly if its identifier is of the right characters and not reserved."""
    identifier = name.replace("-", "_").replace(".", "_")
    right = identifier.isascii() and identifier.replace("_", "a").isalnum() and identifier not in RESERVED
    try:
        made = define(name=name)
    except IDE:
        assert not right
    else:
        assert right
        assert made.key == AssetKey(name)


def test_reserved_words():
    """The reserved names are those of the specification, and Python's."""
    assert set(keyword.kwlist) < RESERVED
    assert {
        "context",
        "conf",
        "config",
        "meta",
        "arg_dict",
        "input_arg_dict",
        "output_arg_dict",
        "bool",
    } < RESERVED


def test_lambda_needs_a_name():
    """A lambda has no valid name of its own; the message says what to give."""
    with pytest.raises(IDE, match="name="):
        asset(lambda: 1)
    assert asset(name="x")(lambda: 1)() == 1


@pytest.mark.parametrize(
    ("prefix", "key"), [("p", ["p", "f"]), (["p", "q"], ["p", "q", "f"]), (("p",), ["p", "f"]), ([], ["f"])]
)
def test_key_prefix(prefix, key):
    """S9, S10: a string is one part before the name, a sequence several."""
    made = define(key_prefix=prefix)
    assert made.key == AssetKey(key)
    assert made.step_name == "__".join(key)


@pytest.mark.parametrize("prefix", ["p q", "p/q", ["a", "b c"]])
def test_invalid_key_prefix(prefix):
    """S11: the parts of the prefix are of the same characters."""
    with pytest.raises(IDE):
        define(key_prefix=prefix)


def test_ins_renames():
    """S12: an `AssetIn` says which asset a parameter reads."""

    @asset(ins={"x": AssetIn("a"), "y": AssetIn(key_prefix=["p", "q"])})
    def g(x, y, z): ...

    assert g.keys_by_input_name == {
        "x": AssetKey("a"),
        "y": AssetKey(["p", "q", "y"]),
        "z": AssetKey("z"),
    }


def test_ins_of_no_parameter():
    """S13: a name in `ins` is a parameter; one that loads nothing must not be."""
    with pytest.raises(IDE, match="no parameter"):
        define(ins={"x": AssetIn("a")})
    made = define(ins={"x": AssetIn("a", dagster_type=Nothing)})
    assert made.dependency_keys == {AssetKey("a")}
    assert [param.loads for param in made.params] == [False]

    def g(x): ...

    with pytest.raises(IDE, match="Nothing"):
        asset(ins={"x": AssetIn("a", dagster_type=Nothing)})(g)


def test_ins_of_open_function():
    """A function with `**kwargs` takes every name of `ins`."""

    @asset(ins={"x": AssetIn("a")})
    def g(**kwargs):
        return kwargs

    assert g.keys_by_input_name == {"x": AssetKey("a")}
    assert g(x=1) == {"x": 1}


def test_ins_are_asset_ins():
    """A bare key in `ins` is an `AttributeError`, as in the reference; no mapping is a `CheckError`."""
    with pytest.raises(AttributeError, match="AssetIn"):
        define(ins={"x": "a"})
    with pytest.raises(CheckError):
        define(ins=["x"])


def test_deps_of_every_kind():
    """S14: whatever names one asset can be depended on."""
    with pytest.deprecated_call():
        source = SourceAsset("source")
    deps = [
        "text",
        AssetKey(["p", "key"]),
        AssetSpec("spec"),
        asset(plain("made")),
        source,
        AssetDep("dep"),
        ["q", "r"],
    ]
    keys = {"text", "spec", "made", "source", "dep"}
    assert define(deps=deps).dependency_keys == {
        *map(AssetKey, keys),
        AssetKey(["p", "key"]),
        AssetKey(["q", "r"]),
    }


def test_deps_are_not_loaded():
    """S15 (the declared half): a dependency is an input that loads nothing."""
    (param,) = define(deps=["a"]).params
    assert (param.name, param.key, param.loads) == ("dep:a", AssetKey("a"), False)


def test_deps_of_several_assets():
    """S16: a definition of several assets stands for all of them."""
    several = AssetsDefinition([AssetSpec("a"), AssetSpec("b")])
    assert define(deps=[several]).dependency_keys == {AssetKey("a"), AssetKey("b")}


@pytest.mark.parametrize("options", [{"deps": ["f"]}, {"ins": {"x": AssetIn("f", dagster_type=Nothing)}}])
def test_self_dependency(options):
    """S17: an asset cannot depend on itself."""
    with pytest.raises(IDE, match="depends on itself"):
        define(**options)


def test_self_dependency_on_earlier_partitions():
    """An asset partitioned by time may read its own earlier partitions, and only these."""

    def of(start, end):
        mapping = TimeWindowPartitionMapping(start_offset=start, end_offset=end)
        return define(
            partitions_def=DailyPartitionsDefinition("2024-01-01"),
            deps=[AssetDep("f", partition_mapping=mapping)],
        )

    assert of(-1, -1).dependency_keys == {AssetKey("f")}
    with pytest.raises(IDE):
        of(-1, 0)


def test_self_dependency_on_earlier_partitions_of_one_dimension():
    """Of several dimensions, one of time reads earlier ones of itself."""
    space = MultiPartitionsDefinition({
        "day": DailyPartitionsDefinition("2024-01-01"), "abc": StaticPartitionsDefinition(["a", "b"]),
    })  # fmt: skip

    def of(**mappings):
        each = {name: DimensionPartitionMapping(name, mapping) for name, mapping in mappings.items()}
        return define(
            partitions_def=space, deps=[AssetDep("f", partition_mapping=MultiPartitionMapping(each))]
        )

    earlier = TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    assert of(day=earlier, abc=IdentityPartitionMapping()).dependency_keys == {AssetKey("f")}
    for wrong in ({}, {"day": IdentityPartitionMapping()}, {"abc": IdentityPartitionMapping()}):
        with pytest.raises(IDE, match="depend"):
            of(**wrong)


def test_text_as_deps_is_a_sequence():
    """A bare string is iterated, letter by letter, as in the reference."""
    assert define(deps="qz").dependency_keys == {AssetKey("q"), AssetKey("z")}


@pytest.mark.parametrize("dep", ["p/q", "a b"])
def test_deps_have_the_characters_of_inputs(dep):
    """A dependency is an input, so its name has the characters of one."""
    with pytest.raises(IDE):
        define(deps=[dep])


def test_equal_deps_collapse():
    """The same dependency twice is one; two that differ are an error."""
    assert len(define(deps=["a", AssetDep("a")]).params) == 1
    with pytest.raises(DagsterInvariantViolationError, match="more than once"):
        define(deps=["a", AssetDep("a", metadata={"k": 1})])


def test_parameter_and_dep_are_one():
    """A key that is both a parameter and in `deps` is one input, with the mapping of either."""
    mapping = LastPartitionMapping()

    @asset(deps=[AssetDep("x", partition_mapping=mapping)])
    def g(x): ...

    (param,) = g.params
    assert (param.loads, param.mapping) == (True, mapping)
    assert g.get_partition_mapping(AssetKey("x")) is mapping
    assert g.get_asset_spec().partition_mappings == {AssetKey("x"): mapping}


def test_metadata_are_kept_as_given():
    """S18: definition metadata are the user's own objects."""
    value = object()
    assert spec(metadata={"k": value}).metadata == {"k": value}


def test_tags():
    """S19: tags are read by key."""
    assert define(tags={"domain": "finance"}).tags_by_key == {AssetKey("f"): {"domain": "finance"}}


@pytest.mark.parametrize(
    "tags", [{"a b": ""}, {"a": "b c"}, {"a": "x" * 64}, {"a": 1}, {"a/b/c": ""}, {"": "x"}, {"x" * 64: ""}]
)
def test_invalid_tags(tags):
    """S21: tags have at most 63 of few characters, and one namespace."""
    with pytest.raises(IDE):
        define(tags=tags)


@pytest.mark.parametrize("tags", [{"a/b": ""}, {"a.b-c_d": "x" * 63}, {"dagster/kind/x": ""}])
def test_valid_tags(tags):
    """S21: a namespace, an empty value and the tag of a kind are fine."""
    assert spec(tags=tags).tags == tags


def test_description():
    """S22: the text that was given, else the docstring, cleaned."""

    @asset
    def g():
        """First.

        More.
        """

    key = AssetKey("g")
    assert g.descriptions_by_key == {key: "First.\n\nMore."}
    assert define(description="Given.").get_asset_spec().description == "Given."


def test_config_schema_and_parameter_exclude_each_other():
    """Config is declared once: by a schema or by an annotated parameter."""
    assert define(config_schema={"n": int}).op.config_schema.config_type.printed() == "{ n: Int }"
    with pytest.raises(DagsterInvalidConfigDefinitionError):
        define(config_schema=object())

    def g(config: dict): ...

    assert asset(g).config_param == {"config": dict}
    assert asset(g).params == ()
    with pytest.raises(CheckError):
        asset(config_schema={"n": int})(g)


def test_config_needs_an_annotation():
    """A parameter `config` says what it is."""

    def g(config): ...

    with pytest.raises(DagsterInvalidPythonicConfigDefinitionError):
        asset(g)


def test_resource_keys():
    """S26 (declared half): the keys that a function reads from its context."""
    made = define(required_resource_keys={"z"})
    assert made.resource_keys == {"z"}
    assert made.required_resource_keys == {"z", "io_manager"}


def test_resource_parameters_exclude_resource_keys():
    """Resources come as parameters or through the context, not both."""

    def g(x, client: ResourceParam[int]): ...

    made = asset(g)
    assert list(made.resource_params) == ["client"]
    assert made.resource_keys == {"client"}
    assert made.keys_by_input_name == {"x": AssetKey("x")}
    with pytest.raises(CheckError):
        asset(required_resource_keys={"z"})(g)


def test_resource_defs():
    """S27 (declared half): a definition brings resources of its own."""
    assert define(resource_defs={"z": 5}).resource_defs == {"z": 5}


def test_io_manager_def():
    """S30 (declared half): an IO manager that is given becomes a resource of the asset."""
    manager = object()
    made = define(io_manager_def=manager, key_prefix="p")
    assert made.resource_defs == {"p__f__io_manager": manager}
    assert made.io_manager_key == "p__f__io_manager"


def test_io_manager_key():
    """S31, S32 (declared halves): the key that is given, else `io_manager`."""
    assert define(io_manager_key="x").get_io_manager_key_for_asset_key(AssetKey("f")) == "x"
    assert define().get_io_manager_key_for_asset_key(AssetKey("f")) == "io_manager"


def test_one_io_manager():
    """S33: both io parameters exclude each other."""
    with pytest.raises(CheckError):
        define(io_manager_key="x", io_manager_def=object())


def test_dagster_type_beats_the_annotation():
    """S34 (declared half): the type that is given decides, and the annotation only without it."""
    even = DagsterType(name="Even", type_check_fn=lambda _, value: value % 2 == 0)

    def g() -> str: ...

    assert asset(g).output_type is str
    assert asset(g).declared_type_of(AssetKey("g")) is None
    made = asset(dagster_type=even)(g)
    assert made.output_type is even
    assert made.declared_type_of(AssetKey("g")) is even
    with pytest.raises(IDE):
        define(dagster_type=3)


def test_partitions_def():
    """S35 (declared half): the partitions are the asset's."""
    partitions = StaticPartitionsDefinition(["a", "b"])
    assert define(partitions_def=partitions).partitions_def is partitions
    assert spec(partitions_def=partitions).partitions_def is partitions


def test_op_tags():
    """S36, S37: tags of the op are text, or what JSON gives back as it was."""
    assert define(op_tags={"a": {"b": 1}, "c": "d"}).op.tags == {"a": '{"b": 1}', "c": "d"}
    for wrong in (object(), {1: 2}, (1, 2)):
        with pytest.raises(IDE):
            define(op_tags={"a": wrong})


def test_group_name():
    """S38, S39: the group that is given, else `default`."""
    key = AssetKey("f")
    assert define(group_name="a/b").group_names_by_key == {key: "a/b"}
    assert define().group_names_by_key == {key: "default"}
    assert spec().group_name == "default"


@pytest.mark.parametrize("group", ["a b", "a-b", "", "a//b", "/a"])
def test_invalid_group_name(group):
    """S40: segments of letters, digits and underscores."""
    with pytest.raises(IDE):
        define(group_name=group)


def test_output_required():
    """S41, S42 (declared halves): an asset whose output is not required is skippable."""
    assert define().output_required
    made = define(output_required=False)
    assert not made.output_required
    assert made.get_asset_spec().skippable


def test_backfill_policy():
    """S44: an asset without partitions is made in a single run."""
    single = BackfillPolicy.single_run()
    assert define(backfill_policy=single).backfill_policy is single
    with pytest.raises(CheckError):
        define(backfill_policy=BackfillPolicy.multi_run())
    many = define(
        backfill_policy=BackfillPolicy.multi_run(), partitions_def=StaticPartitionsDefinition(["a"])
    )
    assert many.backfill_policy.max_partitions_per_run == 1


def test_retry_policy():
    """S45 (declared half), S69: a policy is kept, and knows its delays."""
    policy = RetryPolicy(max_retries=2)
    assert define(retry_policy=policy).op.retry_policy is policy
    delays = {
        backoff: [RetryPolicy(delay=2, backoff=backoff).calculate_delay(n) for n in (1, 2, 3, 4)]
        for backoff in (None, Backoff.LINEAR, Backoff.EXPONENTIAL)
    }
    assert delays == {None: [2, 2, 2, 2], Backoff.LINEAR: [2, 4, 6, 8], Backoff.EXPONENTIAL: [2, 6, 14, 30]}
    assert 0 <= RetryPolicy(delay=2, jitter=Jitter.FULL).calculate_delay(1) <= 2
    with pytest.raises(IDE):
        RetryPolicy(jitter=Jitter.FULL)


def test_code_version():
    """S46, S47 (declared halves): what was given, else nothing."""
    assert define(code_version="1").code_version_of(AssetKey("f")) == "1"
    assert define().code_versions_by_key == {AssetKey("f"): None}


@pytest.mark.parametrize(
    ("key", "parts"), [("x", ["x"]), (["a", "b"], ["a", "b"]), (AssetKey(["a", "b-c"]), ["a", "b-c"])]
)
def test_key(key, parts):
    """S48: a key as text, as parts, or as such."""
    assert define(key=key).key == AssetKey(parts)


@pytest.mark.parametrize("other", [{"name": "x"}, {"key_prefix": "p"}])
def test_key_is_complete(other):
    """S49: a key excludes the name and the prefix."""
    with pytest.raises(IDE):
        define(key="k", **other)


def test_check_specs():
    """S50 (declared half), S51: the checks are of this asset, and each has a name of its own."""
    one = AssetCheckSpec("x", asset="f")
    made = define(check_specs=[one])
    assert made.check_keys == {one.key}
    assert made.check_specs_by_output_name == {"f_x": one}
    for wrong in ([AssetCheckSpec("x", asset="g")], [one, one]):
        with pytest.raises(IDE):
            define(check_specs=wrong)


def test_owners():
    """S53: e-mail addresses and teams."""
    owners = ["a@b.co", "team:finops", "Some.One+x@Example.ORG"]
    assert list(define(owners=owners).owners_by_key[AssetKey("f")]) == owners


@pytest.mark.parametrize("owner", ["bob", "team:", "a@b", "@b.co", ""])
def test_invalid_owners(owner):
    """S54: anything else is refused."""
    with pytest.raises(IDE):
        define(owners=[owner])


def test_kinds():
    """S55, S56: kinds are tags, ten at the most."""
    made = spec(kinds={"python"}, tags={"a": "b"})
    assert made.kinds == {"python"}
    assert made.tags == {"a": "b", "dagster/kind/python": ""}
    assert len(spec(kinds={str(n) for n in range(10)}).kinds) == 10
    with pytest.raises(IDE):
        spec(kinds={str(n) for n in range(11)})


def test_pool():
    """S57: a pool is a word."""
    assert define(pool="p").op.pool == "p"
    with pytest.raises(IDE):
        define(pool="p p")


def test_conditions_and_freshness_are_kept():
    """S43, S58 (declared halves): an automation condition and a freshness policy are readable."""

    class AutomationCondition: ...

    class FreshnessPolicy: ...

    condition, policy = AutomationCondition(), FreshnessPolicy()
    made = define(automation_condition=condition, freshness_policy=policy)
    assert made.automation_conditions_by_key == {AssetKey("f"): condition}
    assert made.get_asset_spec().freshness_policy is policy


@pytest.mark.parametrize(
    "wrong",
    [
        {"partitions_def": "x"},
        {"retry_policy": 3},
        {"code_version": 3},
        {"tags": 3},
        {"tags": {1: "x"}},
        {"group_name": 3},
        {"description": 3},
        {"hooks": []},
        {"hooks": {3}},
        {"owners": "a@b.co"},
        {"owners": [3]},
        {"metadata": {1: 2}},
        {"metadata": 3},
        {"name": 3},
        {"key": 3},
        {"key_prefix": 3},
        {"pool": 3},
        {"output_required": 3},
        {"io_manager_key": 3},
        {"op_tags": 3},
        {"required_resource_keys": ["a"]},
        {"required_resource_keys": {1}},
        {"resource_defs": {1: 5}},
        {"automation_condition": 3},
        {"freshness_policy": 3},
        {"backfill_policy": 3},
        {"check_specs": 3},
        {"check_specs": [3]},
        {"is_virtual": 3},
        {"deps": [3]},
    ],
    ids=str,
)
def test_wrong_types(wrong):
    """An argument of the wrong type is a `CheckError` at decoration."""
    with pytest.raises(CheckError):
        define(**wrong)


def test_hidden_names_still_work():
    """S144: names of older versions are accepted with a warning; `compute_kind` silently."""
    with pytest.deprecated_call():
        made = define(non_argument_deps={"a"})
    assert made.dependency_keys == {AssetKey("a")}
    assert define(compute_kind="sql").op.tags == {"dagster/compute_kind": "sql"}
    with pytest.raises(IDE):
        define(compute_kind="sql", kinds={"python"})


def test_a_name_said_twice_is_refused():
    """S144: an older name beside the current one, and an older policy of the wrong type."""
    with pytest.warns(DeprecationWarning, match="non_argument_deps"), pytest.raises(IDE, match="deps alone"):
        define(non_argument_deps={"a"}, deps=["b"])
    with pytest.warns(DeprecationWarning, match="legacy_freshness_policy"), pytest.raises(CheckError):
        define(legacy_freshness_policy=3)


def test_the_name_of_a_check_makes_a_step():
    """S51: with its asset's name before it, the name of a check must be of letters, digits and underscores."""
    assert define(check_specs=[AssetCheckSpec("fine_1", asset="f")]).check_keys
    with pytest.raises(IDE, match="'f_not fine'"):
        define(check_specs=[AssetCheckSpec("not fine", asset="f")])


class TestInputsAndDeps:
    """What a parameter and `deps` may say of the same asset."""

    @staticmethod
    def define(deps, ins, parameter="y"):
        namespace = {}
        exec(f"def g({parameter}): ...", namespace)
        return asset(deps=deps, ins=ins)(namespace["g"])

    @pytest.mark.parametrize(
        "given",
        [None, AssetIn(), AssetIn("y"), AssetIn("y", input_manager_key="m")],
        ids=lambda each: repr(each)[:40],
    )
    def test_the_same_asset_is_one_input(self, given):
        """Which asset it is, and what loads it, may be said beside `deps`."""
        made = self.define(["y", "z"], None if given is None else {"y": given})
        assert made.keys_by_input_name == {"y": AssetKey("y"), "z": AssetKey("z")}
        assert made.input_names == ["y", "z"]

    @pytest.mark.parametrize(
        "given",
        [
            AssetIn("z", metadata={"k": 1}),
            AssetIn("z", partition_mapping=LastPartitionMapping()),
            AssetIn("z", dagster_type=int),
        ],
        ids=["metadata", "mapping", "type"],
    )
    def test_more_is_said_in_one_place(self, given):
        """Metadata, a mapping or a type are not given to an input that is in `deps` as well."""
        with pytest.raises(IDE, match="leave it out of deps"):
            self.define(["z"], {"y": given})

    @pytest.mark.parametrize(("dep", "parameter"), [("y", "y"), (["a", "y"], "a_y")])
    def test_two_assets_are_not_one_input(self, dep, parameter):
        """A parameter that reads one asset, and a dependency on another that would be called the same."""
        with pytest.raises(IDE, match="rename the parameter"):
            self.define([dep], {parameter: AssetIn("z")}, parameter)


class TestParameters:
    """What the parameters of the function mean."""

    @pytest.mark.parametrize("name", ["context", "_context", "context_", "_"])
    def test_context(self, name):
        """S78: a first parameter of these names is the context and no input."""
        namespace = {}
        exec(f"def g({name}, x): ...", namespace)
        made = asset(namespace["g"])
        assert made.context_param == name
        assert made.keys_by_input_name == {"x": AssetKey("x")}

    def test_annotated_context(self):
        """The annotation of a context is one of the context classes, also as text that cannot be resolved."""

        def right(context): ...

        right.__annotations__["context"] = type("AssetExecutionContext", (), {})

        def text(context: some.AssetExecutionContext): ...  # noqa: F821

        def wrong(context: int): ...

        assert asset(right).context_param == asset(text).context_param == "context"
        with pytest.raises(IDE, match="no context"):
            asset(wrong)

    def test_context_comes_first(self):
        """A parameter `context` in another place is refused."""

        def g(x, context): ...

        with pytest.raises(IDE):
            asset(g)

    def test_defaults_are_inputs_too(self):
        """A parameter with a default is an input like any other; one that is keyword only is none."""

        def g(a, b=3, *, c=4): ...

        assert list(asset(g).keys_by_input_name) == ["a", "b"]

    def test_star_arguments(self):
        """Inputs are passed by name."""

        def star(*args): ...

        def slash(a, /): ...

        for fn in (star, slash):
            with pytest.raises(IDE):
                asset(fn)

    @pytest.mark.parametrize("name", ["input", "dict", "conf"])
    def test_reserved_parameters(self, name):
        """A reserved word is no input."""
        namespace = {}
        exec(f"def g({name}): ...", namespace)
        with pytest.raises(IDE):
            asset(namespace["g"])

    def test_wrapped_functions(self):
        """A wrapper shows the parameters of what it wraps."""

        def log(fn):
            @functools.wraps(fn)
            def wrapper(*args, **kwargs):
                return fn(*args, **kwargs)

            return wrapper

        @asset
        @log
        def g(x: int) -> int:
            return x

        assert g.keys_by_input_name == {"x": AssetKey("x")}
        assert g.output_type is int
        assert g(2) == 2

    def test_partials(self):
        """What a partial has bound is no input."""

        def g(a, b, c):
            return (a, b, c)

        by_position = asset(name="q")(functools.partial(g, 1))
        by_name = asset(name="q")(functools.partial(g, b=2))
        assert list(by_position.keys_by_input_name) == ["b", "c"]
        assert list(by_name.keys_by_input_name) == ["a", "c"]
        assert by_name(1, c=3) == (1, 2, 3)

    def test_async_and_generators(self):
        """Every kind of function is accepted; a generator's annotation is that of what it yields."""

        async def one() -> int: ...

        def two() -> list[int]:
            yield

        async def three() -> int:
            yield

        assert asset(one).output_type is int
        assert asset(two).op.vents["result"].typing.is_anything
        assert asset(three).op.vents["result"].typing.is_anything
