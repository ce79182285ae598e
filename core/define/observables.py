"""Assets that are made elsewhere and looked at by a function of the user's (`spec/api.md` §2.4).

A function gives the data version of what it saw, so that what reads the asset becomes
stale when it is another one. Nothing here runs it: `observe` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, overload

from ..errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    ElementCheckError,
    ParameterCheckError,
    check_type,
)
from ..keys import AssetKey, CoercibleToAssetKey, CoercibleToAssetKeyPrefix
from ..partitions.spaces import PartitionsDefinition
from .checks import AssetCheckSpec
from .decorators import named
from .definition import RESULT, AssetExecutionType, AssetsDefinition, Port
from .names import DEFAULT_GROUP, check_mapping, check_set, valid_name
from .observer import announce
from .signature import Signature, read
from .source import SourceAsset, observed_source
from .spec import AssetSpec
from .types import NOTHING


@overload
def observable_source_asset(observe_fn: Callable[..., Any]) -> SourceAsset: ...
@overload
def observable_source_asset(
    *,
    key: CoercibleToAssetKey | None = ...,
    name: str | None = ...,
    key_prefix: CoercibleToAssetKeyPrefix | None = ...,
    metadata: Mapping[str, Any] | None = ...,
    io_manager_key: str | None = ...,
    io_manager_def: object | None = ...,
    description: str | None = ...,
    group_name: str | None = ...,
    required_resource_keys: AbstractSet[str] | None = ...,
    resource_defs: Mapping[str, object] | None = ...,
    partitions_def: PartitionsDefinition | None = ...,
    automation_condition: Any = ...,
    op_tags: Mapping[str, Any] | None = ...,
    tags: Mapping[str, str] | None = ...,
) -> Callable[[Callable[..., Any]], SourceAsset]: ...
def observable_source_asset(
    observe_fn: Callable[..., Any] | None = None,
    *,
    key: CoercibleToAssetKey | None = None,
    name: str | None = None,
    key_prefix: CoercibleToAssetKeyPrefix | None = None,
    metadata: Mapping[str, Any] | None = None,
    io_manager_key: str | None = None,
    io_manager_def: object | None = None,
    description: str | None = None,
    group_name: str | None = None,
    required_resource_keys: AbstractSet[str] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    partitions_def: PartitionsDefinition | None = None,
    automation_condition: Any = None,
    op_tags: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
) -> SourceAsset | Callable[[Callable[..., Any]], SourceAsset]:
    """Declare an asset that is made elsewhere, and the function that looks at it.

    Args:
        observe_fn: The function. It returns a `DataVersion`, an `ObserveResult`, or, of an asset with
            partitions, `DataVersionsByPartition`.
        key: The whole key; excludes `name` and `key_prefix`.
        name: The last part of the key; the function's name where absent.
        key_prefix: Parts that are put before the name.
        metadata: Anything to be known about it.
        io_manager_key: The resource that loads it.
        io_manager_def: What loads it; excludes `io_manager_key`.
        description: What it is, in words.
        group_name: Its group.
        required_resource_keys: Resources that the function reads from its context.
        resource_defs: Resources that it brings itself.
        partitions_def: The partitions it has.
        automation_condition: When it is to be looked at.
        op_tags: The tags of the computation.
        tags: For filtering.

    Returns:
        The source asset; or, called with options, a decorator that gives one.

    Raises:
        DagsterInvalidDefinitionError: for a declaration that cannot work.
    """

    def declare(fn: Callable[..., Any]) -> SourceAsset:
        own, step = named(fn, name, key_prefix, key)
        signature = _looking(fn, step)
        return observed_source(
            own,
            fn,
            metadata=metadata,
            io_manager_key=io_manager_key,
            io_manager_def=io_manager_def,
            description=description,
            partitions_def=partitions_def,
            group_name=group_name,
            resource_defs=resource_defs,
            op_tags=op_tags,
            automation_condition=automation_condition,
            tags=tags,
            required_resource_keys=_resources(required_resource_keys, signature, step)
            | (resource_defs or {}).keys(),
        )

    return declare if observe_fn is None else declare(observe_fn)


def multi_observable_source_asset(
    *,
    specs: Sequence[AssetSpec],
    name: str | None = None,
    description: str | None = None,
    partitions_def: PartitionsDefinition | None = None,
    can_subset: bool = False,
    required_resource_keys: AbstractSet[str] | None = None,
    resource_defs: Mapping[str, object] | None = None,
    group_name: str | None = None,
    check_specs: Sequence[AssetCheckSpec] | None = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Declare assets that are made elsewhere, and the one function that looks at all of them.

    Args:
        specs: The assets.
        name: The name of the step; the function's where absent.
        description: What the function does; kept for the reference's sake.
        partitions_def: The partitions they have.
        can_subset: Whether some of them can be looked at without the others.
        required_resource_keys: Resources that the function reads from its context.
        resource_defs: Resources that it brings itself.
        group_name: The group of all of them.
        check_specs: Checks that the function reports.

    Returns:
        A decorator for a function that yields an `ObserveResult` for each asset.

    Raises:
        DagsterInvalidDefinitionError: for a declaration that cannot work.
        CheckError: for an argument of the wrong type, or two that say the same.
    """
    check_type(description, str, "description")
    declared = _specs(specs, group_name, partitions_def)

    def declare(fn: Callable[..., Any]) -> AssetsDefinition:
        step = valid_name(name or str(getattr(fn, "__name__", "")), "name")
        signature = _looking(fn, step)
        definition = _observer(
            declared,
            fn,
            step,
            signature,
            ports=[
                Port(
                    valid_name(spec.key.to_python_identifier(), "asset name"),
                    spec.key,
                    NOTHING,
                    not (spec.skippable or can_subset),
                )
                for spec in declared
            ],
            required_resource_keys=_resources(required_resource_keys, signature, step)
            | (resource_defs or {}).keys(),
            resource_defs=None if resource_defs is None else check_mapping(resource_defs, "resource_defs"),
            check_specs=_checks(check_specs, declared, step),
            can_subset=check_type(can_subset, bool, "can_subset", optional=False),
        )
        announce(definition)
        return definition

    return declare


def observer_of(source: SourceAsset) -> AssetsDefinition | None:
    """The definition that looks at a source asset; `None` if nothing does."""
    fn = source.observe_fn
    if fn is None:
        return None
    step = source.key.to_python_identifier()
    return _observer(
        [source.to_spec()],
        fn,
        step,
        _looking(fn, step),
        ports=[Port(RESULT, source.key, NOTHING)],
        required_resource_keys=source.required_resource_keys,
        resource_defs=source.resource_defs,
        op_tags=source.op_tags,
    )


def _observer(
    specs: Iterable[AssetSpec], fn: Callable[..., Any], step: str, signature: Signature, **rest: Any
) -> AssetsDefinition:
    return AssetsDefinition(
        specs,
        fn=fn,
        step_name=step,
        context_param=signature.context,
        config_param=signature.config,
        resource_params=signature.resources,
        execution_type=AssetExecutionType.OBSERVATION,
        **rest,
    )


def _looking(fn: Callable[..., Any], step: str) -> Signature:
    """What a function that looks at something asks for: a context, config, resources; no values."""
    signature = read(fn, step)
    if signature.inputs:
        names = ", ".join(repr(parameter.name) for parameter in signature.inputs)
        message = (
            f"The function of {step!r} has the parameter {names}, but a function that observes gets no values of assets. "
            "Take it away; read what it needs from a resource."
        )
        raise DagsterInvalidDefinitionError(message)
    return signature


def _resources(given: AbstractSet[str] | None, signature: Signature, step: str) -> frozenset[str]:
    keys: frozenset[str] = frozenset() if given is None else check_set(given, str, "required_resource_keys")
    if keys and signature.resources:
        names = ", ".join(map(repr, signature.resources))
        message = f"{step!r} names required_resource_keys and has resource parameters ({names}) as well; use one of the two ways."
        raise ParameterCheckError(message)
    return keys


def _specs(
    given: Sequence[AssetSpec], group: str | None, partitions: PartitionsDefinition | None
) -> list[AssetSpec]:
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        message = f"Parameter 'specs' must be a sequence with at least one AssetSpec, not {given!r:.80}"
        raise ParameterCheckError(message)
    check_type(group, str, "group_name")
    check_type(partitions, PartitionsDefinition, "partitions_def")
    found: dict[AssetKey, AssetSpec] = {}
    for spec in given:
        if not isinstance(spec, AssetSpec):
            message = f"Each of 'specs' must be AssetSpec, not {type(spec).__name__}: {spec!r:.80}"
            raise ElementCheckError(message)
        key = spec.key.to_user_string()
        if spec.key in found:
            message = f"{key!r} is a duplicate in 'specs'; give each asset a spec of its own."
            raise DagsterInvalidDefinitionError(message)
        if group is not None and spec.group_name is not None:
            message = f"The spec of {key!r} has the group {spec.group_name!r}, and group_name={group!r} was given; leave out one of them."
            raise CheckError(message)
        if partitions is not None and spec.partitions_def not in {None, partitions}:
            message = f"The spec of {key!r} has other partitions than partitions_def; leave out one of them."
            raise CheckError(message)
        found[spec.key] = spec.replace_attributes(
            group_name=spec.group_name or group or DEFAULT_GROUP,
            partitions_def=spec.partitions_def if partitions is None else partitions,
        )
    return list(found.values())


def _checks(
    given: Sequence[AssetCheckSpec] | None, specs: Sequence[AssetSpec], step: str
) -> Sequence[AssetCheckSpec]:
    keys = {spec.key for spec in specs}
    for check in check_type(given, Sequence, "check_specs") or ():
        if not isinstance(check, AssetCheckSpec):
            message = (
                f"Each of 'check_specs' must be AssetCheckSpec, not {type(check).__name__}: {check!r:.80}"
            )
            raise ElementCheckError(message)
        if check.asset_key not in keys:
            message = f"The check {check.name!r} is of {check.asset_key.to_user_string()!r}, which {step!r} does not look at."
            raise DagsterInvalidDefinitionError(message)
    return given or ()
