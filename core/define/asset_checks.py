"""`asset_check` and `multi_asset_check`: a function becomes a definition of checks (`spec/api.md` §2.5).

A definition of checks is one of assets that makes no asset: it has a function, inputs and
resources, and reports on the assets that others make. What a check says is recorded by
the runner; here is only what is declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from ..errors import CheckError, DagsterInvalidDefinitionError, ElementCheckError, check_type
from ..keys import AssetCheckKey, AssetKey
from ..partitions.spaces import PartitionsDefinition
from .checks import AssetCheckSpec
from .decorators import _op_tags, _param, valid_schema
from .definition import AssetsDefinition, Param, dep_param, input_name
from .inputs import AssetDep, AssetIn, deps_of
from .names import check_mapping, valid_input_text, valid_name, valid_pool
from .observer import announce
from .op import resource_keys
from .policies import RetryPolicy
from .signature import Signature, described, read

P = ParamSpec("P")
R = TypeVar("R")


class AssetChecksDefinition(AssetsDefinition):
    """One function and the checks that it reports. Made by decorators, not by hand."""

    def __repr__(self) -> str:
        names = ", ".join(spec.key.to_user_string() for spec in self.check_specs)
        return f"<AssetChecksDefinition {names}>"

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        """The partitions that its checks look at one by one."""
        return next(
            (spec.partitions_def for spec in self.check_specs if spec.partitions_def is not None), None
        )

    @property
    def dependency_keys(self) -> set[AssetKey]:
        """The assets that it looks at, and what it reads besides."""
        return {param.key for param in self.params}

    def subset_for(
        self,
        selected_asset_keys: AbstractSet[AssetKey],
        selected_asset_check_keys: AbstractSet[AssetCheckKey] | None = None,
    ) -> AssetsDefinition:
        """A copy that reports only some of its checks: those named, or all those of the assets.

        Raises:
            CheckError: if it cannot report one without the others.
        """
        chosen = tuple(
            spec
            for spec in self.check_specs
            if (
                spec.asset_key in selected_asset_keys
                if selected_asset_check_keys is None
                else spec.key in selected_asset_check_keys
            )
        )
        if len(chosen) == len(self.check_specs):
            return self
        if not self.can_subset:
            message = (
                f"{self.step_name!r} reports its {len(self.check_specs)} checks together; select all of them, or declare "
                "can_subset=True."
            )
            raise CheckError(message)
        needed = {spec.asset_key for spec in chosen}
        needed.update(dep.asset_key for spec in chosen for dep in spec.additional_deps)
        return self._copy(
            check_specs=chosen,
            # A parameter stays: the function is called with it whatever it reports.
            params=tuple(param for param in self.params if param.loads or param.key in needed),
        )


if TYPE_CHECKING:

    class Checks(AssetChecksDefinition, Generic[P, R]):
        """What a type checker is told that the decorators give: a definition that is called like its function."""

        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
            """Call the function."""
            raise NotImplementedError


def asset_check(
    *,
    asset: Any,
    name: str | None = None,
    description: str | None = None,
    blocking: bool = False,
    additional_ins: Mapping[str, AssetIn] | None = None,
    additional_deps: Iterable[Any] | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    config_schema: Any = None,
    compute_kind: str | None = None,
    op_tags: Mapping[str, Any] | None = None,
    retry_policy: RetryPolicy | None = None,
    metadata: Mapping[str, Any] | None = None,
    automation_condition: Any = None,
    pool: str | None = None,
    partitions_def: PartitionsDefinition | None = None,
) -> Callable[[Callable[P, R]], Checks[P, R]]:
    """Declare the check that a function is.

    The function returns an `AssetCheckResult`. Of its parameters, one of any name gets the
    value of the checked asset; without it, the check only waits for the asset.

    Args:
        asset: The asset that it looks at: a key, or what has one key.
        name: The check's name; the function's where absent.
        description: What it makes sure of; the docstring where absent.
        blocking: Whether a failure stops what depends on the asset.
        additional_ins: Further assets that parameters read, by parameter.
        additional_deps: Further assets that it waits for.
        required_resource_keys: Resources that the function reads from its context.
        resource_defs: Resources that the check brings itself.
        config_schema: What config is right, read through the context.
        compute_kind: What it is made with.
        op_tags: Tags of the computation; a value that is no string is written as JSON.
        retry_policy: How it is tried again.
        metadata: Anything to be known about it, kept as given.
        automation_condition: When it is to run by itself.
        pool: What limits how many run at a time.
        partitions_def: The partitions that it looks at one by one.

    Returns:
        A decorator that gives the definition.

    Raises:
        DagsterInvalidDefinitionError: for a declaration that cannot work.
        CheckError: for an argument of the wrong type.
    """
    key = AssetKey.from_coercible_or_definition(asset)

    def define(fn: Callable[..., Any]) -> AssetChecksDefinition:
        own = _own_name(fn, name, "asset_check")
        step = valid_name(f"{key.to_python_identifier()}_{own}", "name of the check's step")
        signature = read(fn, step)
        ins = _ins(additional_ins, "additional_ins")
        deps = [] if additional_deps is None else deps_of(additional_deps, f"the check {own!r}")
        _not_itself(own, key, ins, deps)
        params = _check_params(own, key, signature, ins, deps)
        named = {
            param.key: AssetDep(param.key, partition_mapping=param.mapping)
            for param in params
            if param.key != key
        }
        named.update((dep.asset_key, dep) for dep in deps)
        spec = AssetCheckSpec(
            own,
            asset=key,
            description=described(fn) if description is None else description,
            additional_deps=list(named.values()),
            blocking=blocking,
            metadata=metadata,
            automation_condition=automation_condition,
            partitions_def=partitions_def,
        )
        return _definition(
            fn, step, signature, params, (spec,), required_resource_keys, resource_defs, config_schema,
            _op_tags(op_tags, compute_kind, None), retry_policy, pool, can_subset=False,
        )  # fmt: skip

    return define  # type: ignore[return-value]  # the definition keeps the function's signature, which only a checker sees


def multi_asset_check(
    *,
    name: str | None = None,
    specs: Sequence[AssetCheckSpec],
    description: str | None = None,
    can_subset: bool = False,
    compute_kind: str | None = None,
    op_tags: Mapping[str, Any] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
    retry_policy: RetryPolicy | None = None,
    config_schema: Any = None,
    ins: Mapping[str, AssetIn | AssetKey] | None = None,
    pool: str | None = None,
) -> Callable[[Callable[P, R]], Checks[P, R]]:
    """Declare several checks that one function reports, of one asset or of several.

    The function yields an `AssetCheckResult` for each. A parameter that is called like one of
    the assets gets its value; `ins` gives it another name, or says how it is loaded.

    Args:
        name: The name of the computation; the function's where absent.
        specs: The checks.
        description: What the computation does.
        can_subset: Whether it can report some without the others; it then asks
            `context.selected_asset_check_keys` which.
        compute_kind: What it is made with.
        op_tags: Tags of the computation; a value that is no string is written as JSON.
        resource_defs: Resources that the checks bring themselves.
        required_resource_keys: Resources that the function reads from its context.
        retry_policy: How it is tried again.
        config_schema: What config is right, read through the context.
        ins: What parameters read, by parameter.
        pool: What limits how many run at a time.

    Returns:
        A decorator that gives the definition.

    Raises:
        DagsterInvalidDefinitionError: for a declaration that cannot work.
        CheckError: for an argument of the wrong type.
    """
    given = _specs(specs)
    check_type(description, str, "description")
    check_type(can_subset, bool, "can_subset", optional=False)

    def define(fn: Callable[..., Any]) -> AssetChecksDefinition:
        step = valid_name(_own_name(fn, name, "multi_asset_check"), "name of the checks' step")
        signature = read(fn, step)
        params = _multi_params(step, given, signature, _ins(ins, "ins"))
        return _definition(
            fn, step, signature, params, given, required_resource_keys, resource_defs, config_schema,
            _op_tags(op_tags, compute_kind, None), retry_policy, pool, can_subset=can_subset,
        )  # fmt: skip

    return define  # type: ignore[return-value]  # as above


def _definition(
    fn: Callable[..., Any],
    step: str,
    signature: Signature,
    params: tuple[Param, ...],
    specs: tuple[AssetCheckSpec, ...],
    required: AbstractSet[str] | None,
    resources: Mapping[str, object] | None,
    schema: Any,
    tags: Mapping[str, str],
    retry_policy: RetryPolicy | None,
    pool: str | None,
    *,
    can_subset: bool,
) -> AssetChecksDefinition:
    brought = {} if resources is None else dict(check_mapping(resources, "resource_defs"))
    made = AssetChecksDefinition(
        (),
        fn=fn,
        step_name=step,
        params=params,
        context_param=signature.context,
        config_param=signature.config,
        resource_params=signature.resources,
        required_resource_keys=resource_keys(required, signature, step) | brought.keys(),
        resource_defs=brought,
        check_specs=specs,
        config_schema=None if schema is None else valid_schema(schema, signature, step),
        retry_policy=check_type(retry_policy, RetryPolicy, "retry_policy"),
        op_tags=tags,
        pool=valid_pool(pool),
        can_subset=can_subset,
    )
    announce(made)
    return made


def _own_name(fn: Any, name: Any, decorator: str) -> str:
    if not callable(fn):
        message = f"@{decorator} decorates a function, not {type(fn).__name__}: {fn!r:.80}."
        raise TypeError(message)
    own: str = check_type(name, str, "name") or getattr(fn, "__name__", "")
    if not own or own == "<lambda>":
        message = f"The function {fn!r:.80} has no name of its own; give the check one with name=..."
        raise DagsterInvalidDefinitionError(message)
    return own


def _ins(given: Mapping[str, AssetIn | AssetKey] | None, parameter: str) -> dict[str, AssetIn]:
    found: dict[str, AssetIn] = {}
    for name, each in check_mapping(given, parameter).items() if given is not None else ():
        if not isinstance(each, (AssetIn, AssetKey)):
            message = f"The value of {name!r} in {parameter} must be AssetIn, not {type(each).__name__}: {each!r:.80}; write AssetIn({each!r:.40})."
            raise ElementCheckError(message)
        found[name] = AssetIn(each) if isinstance(each, AssetKey) else each
    return found


def _specs(given: Sequence[AssetCheckSpec]) -> tuple[AssetCheckSpec, ...]:
    seen: set[AssetCheckKey] = set()
    for spec in given:
        if not isinstance(spec, AssetCheckSpec):
            message = f"Each of 'specs' must be AssetCheckSpec, not {type(spec).__name__}: {spec!r:.80}"
            raise ElementCheckError(message)
        if spec.key in seen:
            message = f"The check {spec.key.to_user_string()!r} is a duplicate among 'specs'; give each check of an asset a name of its own."
            raise DagsterInvalidDefinitionError(message)
        seen.add(spec.key)
    return tuple(given)


def _not_itself(name: str, key: AssetKey, ins: Mapping[str, AssetIn], deps: Iterable[AssetDep]) -> None:
    """The checked asset is no further input of its check."""
    twice = [
        *("additional_deps" for dep in deps if dep.asset_key == key),
        *("additional_ins" for parameter, each in ins.items() if each.resolve_key(parameter) == key),
    ]
    if twice:
        message = (
            f"The check {name!r} is of {key.to_user_string()!r}, which stands in {twice[0]} as well; a parameter of any name "
            "reads the checked asset, and the check waits for it in any case: leave it out there."
        )
        raise DagsterInvalidDefinitionError(message)


def _check_params(
    name: str, key: AssetKey, signature: Signature, ins: Mapping[str, AssetIn], deps: Iterable[AssetDep]
) -> tuple[Param, ...]:
    """The inputs of a check of one asset: what its parameters read, then what it waits for."""
    names = {parameter.name for parameter in signature.inputs}
    for parameter in ins:
        if parameter not in names:
            message = f"The key {parameter!r} of additional_ins is no parameter of the check {name!r}, whose inputs are: {_listed(names)}; add the parameter, or use additional_deps."
            raise DagsterInvalidDefinitionError(message)
    reading = [parameter.name for parameter in signature.inputs if parameter.name not in ins]
    if len(reading) > 1:
        message = (
            f"The check {name!r} of {key.to_user_string()!r} has the parameters {reading}, but only one of them can be the "
            "checked asset; name what the others read in additional_ins."
        )
        raise DagsterInvalidDefinitionError(message)
    params = _loaded(signature, {**dict.fromkeys(reading, AssetIn(key)), **ins}, name)
    return _with_waits(params, [AssetDep(key), *deps])


def _multi_params(
    step: str, specs: Sequence[AssetCheckSpec], signature: Signature, ins: Mapping[str, AssetIn]
) -> tuple[Param, ...]:
    """The inputs of checks of several assets."""
    waits = {spec.asset_key: AssetDep(spec.asset_key) for spec in specs}
    for spec in specs:
        for dep in spec.additional_deps:
            waits.setdefault(dep.asset_key, dep)
    names = {parameter.name for parameter in signature.inputs}
    for parameter in ins:
        if parameter not in names:
            message = f"The key {parameter!r} of ins is no parameter of {step!r}, whose inputs are: {_listed(names)}; add the parameter, or leave it out."
            raise DagsterInvalidDefinitionError(message)
    reads = {parameter.name: ins.get(parameter.name, AssetIn()) for parameter in signature.inputs}
    for parameter, given in reads.items():
        if given.resolve_key(parameter) not in waits:
            known = _listed(key.to_user_string() for key in waits)
            message = (
                f"The parameter {parameter!r} of {step!r} would read {given.resolve_key(parameter).to_user_string()!r}, which "
                f"none of its checks names; call it like one of them ({known}), say what it reads in ins, or add the asset to "
                "the additional_deps of a check."
            )
            raise DagsterInvalidDefinitionError(message)
    return _with_waits(_loaded(signature, reads, step), waits.values())


def _loaded(signature: Signature, reads: Mapping[str, AssetIn], name: str) -> list[Param]:
    found = []
    for parameter, annotation in signature.inputs:
        valid_name(parameter, "parameter name")
        given = reads[parameter]
        if not given.loads:
            message = f"The parameter {parameter!r} of the check {name!r} is declared as Nothing, so no value can be passed; remove the parameter, or the type."
            raise DagsterInvalidDefinitionError(message)
        found.append(_param(parameter, annotation, given, {}, name))
    return found


def _with_waits(params: list[Param], deps: Iterable[AssetDep]) -> tuple[Param, ...]:
    """These parameters, and an input without a value for each dependency that none of them reads."""
    read_keys = {param.key for param in params}
    for dep in deps:
        if dep.asset_key not in read_keys:
            wait = dep_param(dep)
            valid_input_text(input_name(wait), dep.asset_key)
            params.append(wait)
            read_keys.add(dep.asset_key)
    return tuple(params)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(names))) or "none"
