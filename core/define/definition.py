"""`AssetsDefinition`: one function and the assets that it makes, or assets without one.

Everything about the assets is in their specs, by key; everything about the function is
here: its inputs, its outputs by name, and how it is to be run. A single asset is the
case of one output called `result`. Immutable: what changes it gives a copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any, NamedTuple

from ..errors import CheckError, DagsterInvalidDefinitionError, DagsterInvariantViolationError, check_type
from ..keys import AssetCheckKey, AssetKey
from ..partitions.mapping import PartitionMapping
from .call import invoke
from .checks import AssetCheckSpec
from .declared import Declared
from .deprecation import hidden
from .inputs import AssetDep, AssetIn
from .names import DEFAULT_GROUP, check_mapping, valid_group, valid_tags
from .op import OpDefinition
from .op_graph import GraphDefinition
from .policies import BackfillPolicy, RetryPolicy
from .ports import In, Out, Slot, Vent
from .signature import Signature
from .source import SourceAsset, source_of
from .spec import IO_MANAGER_METADATA, AssetSpec, same_key
from .types import ANYTHING, NOTHING, Typing

DEFAULT_IO_MANAGER = "io_manager"
RESULT = "result"


class AssetExecutionType(Enum):
    """What running a definition would do."""

    OBSERVATION = "OBSERVATION"
    UNEXECUTABLE = "UNEXECUTABLE"
    MATERIALIZATION = "MATERIALIZATION"


class Param(NamedTuple):
    """One input: the asset that it reads, and whether its value is loaded."""

    name: str
    key: AssetKey
    loads: bool = True
    mapping: PartitionMapping | None = None
    input: AssetIn | None = None
    annotation: Any = Any
    typing: Typing = ANYTHING


class Port(NamedTuple):
    """One output of the function: the asset that it makes, and how its value is kept.

    `declared` is the `dagster_type` that was given, `None` where the annotation decides;
    `implied` says that the asset counts as made where the function reports nothing of it.
    """

    name: str
    key: AssetKey
    typing: Typing = ANYTHING
    required: bool = True
    io_manager_key: str = DEFAULT_IO_MANAGER
    declared: Any = None
    implied: bool = False


def dep_param(dep: AssetDep) -> Param:
    """The input that a dependency without a value is."""
    return Param(f"dep:{dep.asset_key.to_escaped_user_string()}", dep.asset_key, False, dep.partition_mapping)


class AssetsDefinition(Declared):
    """One function and the assets that it makes. Made by decorators, rarely by hand.

    By hand, it is made of `specs` alone, of assets that are made elsewhere; or of `node_def`, an op or
    a graph, with the options that `backed.of_node` takes. All else is what decorators say.

    Args:
        specs: What is declared of each asset; one that is there twice counts once.
        ports: The outputs, in their order.
        fn: The function; `None` for assets that are made elsewhere.
        step_name: What the computation is called.
        params: The inputs: parameters in the order of the signature, then dependencies.
        context_param: The parameter that takes the context.
        config_param: The parameter that takes the config, with its annotation.
        resource_params: The parameters that take resources, with their annotations.
        required_resource_keys: Resources that are read from the context.
        resource_defs: Resources that the definition brings itself.
        check_specs: The checks that the function reports.
        config_schema: What config is right.
        retry_policy: How it is tried again.
        backfill_policy: How a backfill is cut into runs.
        hook_defs: What is called after it.
        op_tags: The tags of the computation.
        pool: What limits how many run at a time.
        can_subset: Whether it can make some of its assets without the others.
        execution_type: What running it does.
        node: The op or graph that it was made from, if it was made from one.
        description: What the computation does.
        node_def: The op or graph that makes the assets, if the definition is made by hand.
        options: What else is said of it then.

    Raises:
        CheckError: for an input or output that `node_def` does not have.
        DagsterInvalidDefinitionError: for two specs of one asset that differ.
    """

    def __init__(
        self,
        specs: Iterable[AssetSpec] = (),
        ports: Iterable[Port] = (),
        *,
        fn: Callable[..., Any] | None = None,
        step_name: str = "",
        params: tuple[Param, ...] = (),
        context_param: str | None = None,
        config_param: Mapping[str, Any] | None = None,
        resource_params: Mapping[str, Any] | None = None,
        required_resource_keys: frozenset[str] = frozenset(),
        resource_defs: Mapping[str, Any] | None = None,
        check_specs: Sequence[AssetCheckSpec] = (),
        config_schema: Any = None,
        retry_policy: RetryPolicy | None = None,
        backfill_policy: BackfillPolicy | None = None,
        hook_defs: frozenset[Any] = frozenset(),
        op_tags: Mapping[str, str] | None = None,
        pool: str | None = None,
        can_subset: bool = False,
        execution_type: AssetExecutionType = AssetExecutionType.MATERIALIZATION,
        node: OpDefinition | GraphDefinition | None = None,
        description: str | None = None,
        node_def: OpDefinition | GraphDefinition | None = None,
        **options: Any,
    ) -> None:
        if node_def is not None:
            from .backed import of_node  # makes definitions, and so knows this class

            options.update(
                resource_defs=resource_defs, backfill_policy=backfill_policy, can_subset=can_subset
            )
            self.__dict__.update(of_node(node_def, hook_defs=hook_defs, **options).__dict__)
            return
        if options:
            message = f"AssetsDefinition takes {', '.join(options)} only together with node_def."
            raise TypeError(message)
        self.specs_by_key: Mapping[AssetKey, AssetSpec] = _by_key(specs)
        self.ports: Mapping[str, Port] = {port.name: port for port in ports}
        self.fn = fn
        self.step_name = step_name
        self.params = params
        self.context_param = context_param
        self.config_param: Mapping[str, Any] = config_param or {}
        self.resource_params: Mapping[str, Any] = resource_params or {}
        self.resource_defs: Mapping[str, Any] = resource_defs or {}
        self.check_specs: tuple[AssetCheckSpec, ...] = tuple(check_specs)
        self.config_schema = config_schema
        self.retry_policy = retry_policy
        self.backfill_policy = backfill_policy
        self.hook_defs = hook_defs
        self.op_tags: Mapping[str, str] = op_tags or {}
        self.pool = pool
        self.can_subset = can_subset
        self.execution_type = execution_type
        self.origin_id: object = object()
        self._required = required_resource_keys
        self._node = node
        self.description = description
        if fn is not None:
            # So that help(), the signature and the source of a definition are those of its function.
            self.__wrapped__ = fn
            self.__doc__ = fn.__doc__
            self.__name__ = step_name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function as plain Python: nothing is loaded, stored or recorded."""
        return invoke(self, args, kwargs)

    @staticmethod
    def from_op(op_def: OpDefinition, **options: Any) -> AssetsDefinition:
        """The assets that the outputs of an op are; the options are those of `backed.backed`.

        Raises:
            CheckError: for an input or output that the op does not have.
        """
        from .backed import backed  # makes definitions, and so knows this class

        return backed(
            check_type(op_def, OpDefinition, "op_def", optional=False), **from_options(options, "from_op")
        )

    @staticmethod
    def from_graph(graph_def: GraphDefinition, **options: Any) -> AssetsDefinition:
        """The assets that the outputs of a graph are; the options are those of `backed.backed`.

        Raises:
            CheckError: for an input or output that the graph does not have.
        """
        from .backed import backed  # as above

        return backed(
            check_type(graph_def, GraphDefinition, "graph_def", optional=False),
            **from_options(options, "from_graph"),
        )

    def __repr__(self) -> str:
        names = ", ".join(key.to_user_string() for key in self.specs_by_key)
        return f"<AssetsDefinition {names}>"

    def _copy(self, **changes: Any) -> AssetsDefinition:
        """A copy that remembers which original it comes from, and is not announced."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new.__dict__.pop("_op", None)  # made of what may change now
        new.__dict__.pop("_op_of", None)
        new.__dict__.update(changes)
        return new

    @property
    def keys_by_input_name(self) -> Mapping[str, AssetKey]:
        """The upstream key of each input."""
        names = {param.name for param in self.params if param.loads}
        # A parameter keeps its name where a dependency would be called the same.
        return {
            param.name if not param.loads and input_name(param) in names else input_name(param): param.key
            for param in self.params
        }

    @property
    def input_names(self) -> list[str]:
        """The name of each input."""
        return list(self.keys_by_input_name)

    @property
    def keys_by_output_name(self) -> Mapping[str, AssetKey]:
        """The key that each output makes."""
        return {name: port.key for name, port in self.ports.items()}

    @property
    def input_types(self) -> Mapping[str, Typing]:
        """The type of each input that loads a value."""
        return {param.name: param.typing for param in self.params if param.loads}

    @property
    def output_types(self) -> Mapping[str, Typing]:
        """The type of each output."""
        return {name: port.typing for name, port in self.ports.items()}

    @property
    def output_type(self) -> Any:
        """The type of the single output: an annotation, a `DagsterType`, or `Nothing`."""
        return self._port().typing.annotation

    @property
    def output_required(self) -> bool:
        """Whether the function must make every output."""
        return all(port.required for port in self.ports.values())

    @property
    def io_manager_key(self) -> str:
        """The resource that stores the single output."""
        return self._port().io_manager_key

    def port_of(self, key: AssetKey) -> Port:
        """The output that makes an asset.

        Raises:
            DagsterInvariantViolationError: if none does.
        """
        for port in self.ports.values():
            if port.key == key:
                return port
        message = f"No output of this definition makes {_text(key)!r}; it has {_names(self.specs_by_key)}."
        raise DagsterInvariantViolationError(message)

    def declared_type_of(self, key: AssetKey) -> Any:
        """The `dagster_type` that was given for an asset; `None` where the annotation decides."""
        return self.port_of(key).declared

    def get_output_name_for_asset_key(self, key: AssetKey) -> str:
        """The name of the output that makes an asset."""
        return self.port_of(key).name

    def get_io_manager_key_for_asset_key(self, key: AssetKey) -> str:
        """The resource that stores and loads an asset."""
        if not self.ports:
            return str(self.specs_by_key[key].metadata.get(IO_MANAGER_METADATA, DEFAULT_IO_MANAGER))
        return self.port_of(key).io_manager_key

    def get_op_def_for_asset_key(self, key: AssetKey) -> OpDefinition | None:
        """The computation that makes an asset; `None` where nothing does."""
        return self.op if self.fn is not None and key in self.specs_by_key else None

    @property
    def internal_deps(self) -> Mapping[AssetKey, AbstractSet[AssetKey]]:
        """Which of its own assets each of them is made from."""
        return {
            key: {dep.asset_key for dep in spec.deps if dep.asset_key in self.specs_by_key}
            for key, spec in self.specs_by_key.items()
        }

    def get_partition_mapping(self, asset_key: AssetKey) -> PartitionMapping | None:
        """The mapping that was given for an upstream asset."""
        found = (
            param.mapping for param in self.params if param.key == asset_key and param.mapping is not None
        )
        mapped = (spec.partition_mappings.get(asset_key) for spec in self.specs_by_key.values())
        return next(found, None) or next((each for each in mapped if each is not None), None)

    def _port(self) -> Port:
        if len(self.ports) != 1:
            message = f"This definition has {len(self.ports)} outputs ({', '.join(self.ports)}), not one; use .ports."
            raise CheckError(message)
        return next(iter(self.ports.values()))

    @property
    def graph(self) -> GraphDefinition | None:
        """The graph that makes the assets, where one stands behind them."""
        return self._node if isinstance(self._node, GraphDefinition) else None

    @property
    def op(self) -> OpDefinition:
        """The computation.

        Raises:
            CheckError: if there is none, or if it is a graph.
        """
        if isinstance(self._node, OpDefinition):
            return self._node
        if self._node is not None:
            message = f"{_names(self.specs_by_key)} is backed by the graph {self._node.name!r}, not by one op: look at .node_def."
            raise CheckError(message)
        if self.fn is None:
            message = f"{_names(self.specs_by_key)} is external: it has no op; look at .specs."
            raise CheckError(message)
        if (same := self.__dict__.get("_op_of")) is not None:
            shared: OpDefinition = same.op
            return shared
        made = self.__dict__.get("_op")
        if made is None:
            made = self.__dict__["_op"] = self._made_op()
        assert isinstance(made, OpDefinition)
        return made

    def _made_op(self) -> OpDefinition:
        assert self.fn is not None
        versions = {spec.code_version for spec in self.specs_by_key.values()}
        texts = {spec.description for spec in self.specs_by_key.values()}
        signature = Signature(
            self.context_param, self.config_param, self.resource_params, (), open=False, returns=Any
        )
        return OpDefinition.of(
            self.fn,
            self.step_name,
            tuple(
                Slot(input_name(param), param.typing if param.loads else NOTHING, given=_in(param))
                for param in self.params
            ),
            tuple(
                Vent(port.name, port.typing, _out(port, self.specs_by_key[port.key]))
                for port in self.ports.values()
            ),
            description=self.description or (texts.pop() if len(texts) == 1 else None),
            tags=self.op_tags,
            signature=signature,
            config_schema=self.config_schema,
            required_resource_keys=self._required,
            retry_policy=self.retry_policy,
            code_version=versions.pop() if len(versions) == 1 else None,
            pool=self.pool,
        )

    @property
    def node_def(self) -> OpDefinition | GraphDefinition:
        """The op or the graph that makes the assets."""
        return self._node if self._node is not None else self.op

    @property
    def resource_keys(self) -> frozenset[str]:
        """The resources that the function itself uses, or the ops of its graph."""
        if (graph := self.graph) is not None:
            return self._required.union(*(op.resource_keys for op in graph.ops()))
        return self._required | self.resource_params.keys() if self.resource_params else self._required

    @property
    def required_resource_keys(self) -> set[str]:
        """The resources that a run needs: the function's, and what loads and stores values."""
        managers = {port.io_manager_key for port in self.ports.values() if port.typing is not NOTHING}
        loaders = {
            param.input.input_manager_key
            for param in self.params
            if param.input and param.input.input_manager_key
        }
        return {*self.resource_keys, *managers, *loaders}

    @property
    def is_executable(self) -> bool:
        """Whether there is something to run."""
        return self.execution_type is not AssetExecutionType.UNEXECUTABLE

    @property
    def is_materializable(self) -> bool:
        """Whether running it makes its assets."""
        return self.execution_type is AssetExecutionType.MATERIALIZATION

    @property
    def is_observable(self) -> bool:
        """Whether running it looks at its assets."""
        return self.execution_type is AssetExecutionType.OBSERVATION

    @property
    def is_external(self) -> bool:
        """Whether its assets are made elsewhere."""
        return self.execution_type is not AssetExecutionType.MATERIALIZATION

    @property
    def check_specs_by_output_name(self) -> Mapping[str, AssetCheckSpec]:
        """The checks that the function reports, by the name of their output."""
        return {spec.get_python_identifier(): spec for spec in self.check_specs}

    @property
    def check_keys(self) -> set[AssetCheckKey]:
        """The keys of the checks that the function reports."""
        return {spec.key for spec in self.check_specs}

    @property
    def check_key(self) -> AssetCheckKey:
        """The key of the single check.

        Raises:
            CheckError: if there are none or several.
        """
        if len(self.check_specs) != 1:
            message = f"This definition has {len(self.check_specs)} checks, not one; use .check_keys."
            raise CheckError(message)
        return self.check_specs[0].key

    def get_spec_for_check_key(self, asset_check_key: AssetCheckKey) -> AssetCheckSpec:
        """What is declared of one of its checks.

        Raises:
            KeyError: for a check that is not here.
        """
        for spec in self.check_specs:
            if spec.key == asset_check_key:
                return spec
        names = ", ".join(repr(spec.key.to_user_string()) for spec in self.check_specs) or "none"
        message = (
            f"No check {asset_check_key.to_user_string()!r} is in this definition; its checks are: {names}."
        )
        raise KeyError(message)

    def with_attributes(
        self,
        *,
        asset_key_replacements: Mapping[AssetKey, AssetKey] | None = None,
        group_names_by_key: Mapping[AssetKey, str] | None = None,
        tags_by_key: Mapping[AssetKey, Mapping[str, str]] | None = None,
        legacy_freshness_policy: Any = None,
        automation_condition: Any = None,
        backfill_policy: BackfillPolicy | None = None,
        hook_defs: AbstractSet[Any] | None = None,
        metadata_by_key: Mapping[AssetKey, Mapping[str, Any]] | None = None,
    ) -> AssetsDefinition:
        """A copy with other keys, groups, tags or policies. Keys are replaced in inputs too.

        Raises:
            DagsterInvalidDefinitionError: for a group of an asset that has one.
        """
        new = dict(check_type(asset_key_replacements, Mapping, "asset_key_replacements") or {})
        specs = []
        for key, spec in self.specs_by_key.items():
            changes: dict[str, Any] = {}
            if group_names_by_key and key in group_names_by_key:
                changes["group_name"] = _new_group(spec, group_names_by_key[key])
            if tags_by_key and key in tags_by_key:
                changes["tags"] = valid_tags(tags_by_key[key])
            if metadata_by_key and key in metadata_by_key:
                changes["metadata"] = dict(check_mapping(metadata_by_key[key], "metadata_by_key"))
            if automation_condition is not None:
                changes["automation_condition"] = _of_key(automation_condition, key)
            if legacy_freshness_policy is not None:
                changes["legacy_freshness_policy"] = _of_key(legacy_freshness_policy, key)
            if new:
                changes["key"] = new.get(key, key)
                changes["deps"] = [
                    dep._replace(asset_key=new.get(dep.asset_key, dep.asset_key)) for dep in spec.deps
                ]
            specs.append(spec._replace(**changes))
        return self._copy(
            specs_by_key={spec.key: spec for spec in specs},
            ports={name: port._replace(key=new.get(port.key, port.key)) for name, port in self.ports.items()},
            params=tuple(_renamed(param, new) for param in self.params),
            check_specs=tuple(spec.replace_asset_keys(new) for spec in self.check_specs),
            backfill_policy=self.backfill_policy if backfill_policy is None else backfill_policy,
            hook_defs=self.hook_defs if hook_defs is None else self.hook_defs | frozenset(hook_defs),
        )

    def map_asset_specs(self, fn: Callable[[AssetSpec], AssetSpec]) -> AssetsDefinition:
        """A copy with every spec mapped; dependencies may be added, parameters stay.

        Raises:
            DagsterInvalidDefinitionError: if a key was changed.
            CheckError: if the dependency of a parameter was taken away.
        """
        specs = [same_key(spec, fn(spec)) for spec in self.specs_by_key.values()]
        deps = {dep.asset_key: dep for spec in specs for dep in spec.deps}
        kept: list[Param] = []
        read = Counter(param.key for param in self.params)
        for param in self.params:
            dep = deps.get(param.key)
            if dep is not None:
                told = dep.partition_mapping if read[param.key] == 1 else None  # read twice, each has its own
                kept.append(param._replace(mapping=told or param.mapping))
            elif param.loads:
                message = (
                    f"The dependency on {_text(param.key)!r} was taken away, but the parameter {param.name!r} reads it; "
                    "only dependencies without a parameter can be changed."
                )
                raise CheckError(message)
        return self._copy(
            specs_by_key={spec.key: spec for spec in specs},
            params=(*kept, *(dep_param(dep) for key, dep in deps.items() if key not in read)),
        )

    def map_check_specs(self, fn: Callable[[AssetCheckSpec], AssetCheckSpec]) -> AssetsDefinition:
        """A copy with the spec of every check mapped."""
        return self._copy(check_specs=tuple(fn(spec) for spec in self.check_specs))

    def with_resources(self, resource_defs: Mapping[str, Any]) -> AssetsDefinition:
        """A copy that brings these resources; its own win."""
        return self._copy(
            resource_defs={**check_mapping(resource_defs, "resource_defs"), **self.resource_defs},
            _op_of=self,
        )

    def with_hooks(self, hook_defs: AbstractSet[Any]) -> AssetsDefinition:
        """A copy with these hooks besides its own."""
        return self.with_attributes(hook_defs=hook_defs)

    def subset_for(
        self,
        selected_asset_keys: AbstractSet[AssetKey],
        selected_asset_check_keys: AbstractSet[AssetCheckKey] | None = None,
    ) -> AssetsDefinition:
        """A copy that makes only some of its assets.

        Raises:
            CheckError: if it cannot make one without the others.
        """
        if selected_asset_keys >= self.keys:
            return self
        if not self.can_subset:
            message = f"{_names(self.specs_by_key)} can only be made together; select all of them, or declare can_subset=True."
            raise CheckError(message)
        checks = None if selected_asset_check_keys is None else set(selected_asset_check_keys)
        return self._copy(
            specs_by_key={key: spec for key, spec in self.specs_by_key.items() if key in selected_asset_keys},
            check_specs=tuple(
                spec
                for spec in self.check_specs
                if (spec.asset_key in selected_asset_keys if checks is None else spec.key in checks)
            ),
        )

    def to_source_assets(self) -> Sequence[SourceAsset]:
        """Its assets as if they were made elsewhere."""
        return [self.to_source_asset(key) for key in self.specs_by_key]

    def to_source_asset(self, key: Any = None) -> SourceAsset:
        """One asset as if it were made elsewhere.

        Raises:
            CheckError: without a key if there are several, or for one that is not here.
        """
        wanted = self.key if key is None else AssetKey.from_coercible_or_definition(key)
        if wanted not in self.specs_by_key:
            message = f"No asset {_text(wanted)!r} is in this definition; it has {_names(self.specs_by_key)}."
            raise CheckError(message)
        return source_of(self.specs_by_key[wanted], self.get_io_manager_key_for_asset_key(wanted))


def _by_key(specs: Iterable[AssetSpec]) -> dict[AssetKey, AssetSpec]:
    found: dict[AssetKey, AssetSpec] = {}
    for spec in specs:
        before = found.setdefault(spec.key, spec)
        if before is not spec and before != spec:
            message = f"There are conflicting AssetSpecs of {spec.key.to_user_string()!r}: give one, or each a key of its own."
            raise DagsterInvalidDefinitionError(message)
    return found


def from_options(options: dict[str, Any], caller: str) -> dict[str, Any]:
    """The options of `from_op` and `from_graph`, those of older versions put into the words of now."""
    old = options.pop("auto_materialize_policies_by_output_name", None)
    if old is not None:
        hidden(
            {"auto_materialize_policies_by_output_name": old},
            {"auto_materialize_policies_by_output_name": "use automation_conditions_by_output_name"},
            caller,
        )
        options["automation_conditions_by_output_name"] = {
            name: policy.to_automation_condition() for name, policy in old.items()
        }
    return options


def external(spec: AssetSpec) -> AssetsDefinition:
    """The definition of an asset that is made elsewhere."""
    named = spec if spec.group_name is not None else spec._replace(group_name=DEFAULT_GROUP)
    return AssetsDefinition((named,), execution_type=AssetExecutionType.UNEXECUTABLE)


def _in(param: Param) -> In:
    given = param.input
    return In(
        (param.typing if param.loads else NOTHING).dagster_type,
        metadata=None if given is None else given.metadata,
        asset_key=param.key,
        input_manager_key=None if given is None else given.input_manager_key,
    )


def _out(port: Port, spec: AssetSpec) -> Out:
    return Out(
        port.typing.dagster_type,
        description=spec.description,
        is_required=port.required,
        io_manager_key=port.io_manager_key,
        metadata=spec.metadata,
        code_version=spec.code_version,
    )


def input_name(param: Param) -> str:
    """What the reference calls an input: the parameter, or the parts of the key."""
    if param.name.startswith("dep:"):
        return "_".join(param.key.parts).replace("-", "_").replace(".", "_")
    return param.name


def _renamed(param: Param, new: Mapping[AssetKey, AssetKey]) -> Param:
    key = new.get(param.key)
    if key is None:
        return param
    name = f"dep:{key.to_escaped_user_string()}" if param.name.startswith("dep:") else param.name
    return param._replace(key=key, name=name)


def _new_group(spec: AssetSpec, group: str) -> str | None:
    if spec.group_name not in {None, DEFAULT_GROUP}:
        message = (
            f"The group of {_text(spec.key)!r} was to become {group!r}, but it is {spec.group_name!r} already; "
            "leave out one of the two."
        )
        raise DagsterInvalidDefinitionError(message)
    return valid_group(group)


def _of_key(value: Any, key: AssetKey) -> Any:
    return value.get(key) if isinstance(value, Mapping) else value


def _text(key: AssetKey) -> str:
    return key.to_user_string()


def _names(keys: Iterable[AssetKey]) -> str:
    return ", ".join(repr(key.to_user_string()) for key in keys)
