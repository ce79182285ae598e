"""The run config of a graph, read before anything runs: the config of each step, and values of inputs.

The form is the reference's: `{"ops": {name: {"config": ..., "inputs": {...}, "ops": {...}}}}`,
with `ops` again inside a graph. Rules: `spec/api.md` §5.1-5.2, §2.3.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..define.names import is_a
from ..define.op import OpDefinition
from ..define.op_graph import GraphDefinition
from ..define.types import UNSET
from ..errors import DagsterConfigMappingFunctionError, DagsterInvalidConfigError, nearest

_ENTRY = ("config", "inputs", "outputs", "ops")


class FlowConfig:
    """What a run config says of the steps of a graph.

    Attributes:
        configs: The config value of each step, read and checked.
        inputs: Values of inputs that nothing is connected to, by step and name.
        given: Values of the graph's own inputs.
    """

    def __init__(self) -> None:
        self.configs: dict[str, Any] = {}
        self.inputs: dict[tuple[str, str], Any] = {}
        self.given: dict[str, Any] = {}


def read_flow_config(
    graph: GraphDefinition,
    ops: Any,
    *,
    inputs: Any = None,
    prefix: str = "",
    only: Collection[str] | None = None,
) -> FlowConfig:
    """Read what was given for a graph.

    Args:
        graph: The graph.
        ops: What stands under `ops`.
        inputs: What stands under `inputs`: values of the graph's inputs.
        prefix: What the keys of its steps begin with.
        only: The steps that are to run; what is given for others is not looked at.

    Raises:
        DagsterInvalidConfigError: for what does not fit, with where it stands.
    """
    found = FlowConfig()
    for name, value in _mapping(inputs, "root:inputs").items():
        if name not in graph.input_names:
            message = f"At root:inputs there is {name!r}, but the graph {graph.name!r} has no such input{nearest(name, graph.input_names) or '.'}"
            raise DagsterInvalidConfigError(message)
        found.given[name] = _plain(value)
    _graph(graph, ops, prefix, "root:ops", only, found)
    return found


def _graph(
    graph: GraphDefinition, ops: Any, prefix: str, path: str, only: Collection[str] | None, found: FlowConfig
) -> None:
    """Read what was given for the nodes of a graph, after its own mapping, if it has one."""
    entries = _mapping(_mapped(graph, ops, path), path)
    for name in entries:
        if name not in graph.nodes:
            hint = nearest(name, graph.nodes) or f"; it has: {', '.join(graph.nodes) or 'none'}."
            message = (
                f"At {path} there is {name!r}, but the graph {graph.name!r} has no op of that name{hint}"
            )
            raise DagsterInvalidConfigError(message)
    for name, node in graph.nodes.items():
        key, where = f"{prefix}{name}", f"{path}:{name}"
        entry = _mapping(entries.get(name), where)
        if strange := [each for each in entry if each not in _ENTRY]:
            message = f"At {where} there is {strange[0]!r}; there may be: {', '.join(_ENTRY)}{nearest(strange[0], _ENTRY) or '.'}"
            raise DagsterInvalidConfigError(message)
        if isinstance(node.definition, GraphDefinition):
            inner = node.definition
            own = {"config": entry["config"]} if "config" in entry else entry.get("ops")
            _graph(inner, own, f"{key}.", f"{where}:ops", only, found)
            continue
        assert isinstance(node.definition, OpDefinition)
        if only is not None and key not in only:
            continue
        found.configs[key] = config_of(node.definition, entry.get("config", UNSET), f"{where}:config", key)
        for given, value in _mapping(entry.get("inputs"), f"{where}:inputs").items():
            if given not in node.definition.slots:
                hint = nearest(given, node.definition.slots) or "."
                message = f"At {where}:inputs there is {given!r}, but {key!r} has no such input{hint}"
                raise DagsterInvalidConfigError(message)
            found.inputs[key, given] = _plain(value)


def _mapped(graph: GraphDefinition, ops: Any, path: str) -> Any:
    """What the nodes of a graph are given, once its config mapping was asked."""
    mapping = graph.config_mapping
    if mapping is None:
        return ops
    if isinstance(mapping, Mapping):
        return ops or mapping
    if is_a(mapping, "RunConfig"):
        return mapping.to_config_dict()["ops"]
    given = ops.get("config", UNSET) if isinstance(ops, Mapping) else UNSET
    what = f"the graph {graph.name!r}"
    made = apply_mapping(mapping, given, f"{path}:config", what)
    if not isinstance(made, Mapping):
        message = f"The config of {what} has an error: its config mapping gave {type(made).__name__}: {made!r:.60}; it gives a mapping with the config of each op."
        raise DagsterInvalidConfigError(message)
    return made


def apply_mapping(mapping: Any, given: Any, path: str, what: str) -> Any:
    """What a `ConfigMapping` makes of the config that was given.

    Raises:
        DagsterInvalidConfigError: for a config that does not fit the mapping's schema.
        DagsterConfigMappingFunctionError: if the mapping's function raised.
    """
    read = given
    if mapping.config_schema is not None:
        from ..schema.process import process  # who takes no config does not pay for schemas

        read = process(mapping.config_schema, given, path, f"Error in config for {what}")
        if getattr(mapping, "receive_processed_config_values", True) is False and given is not UNSET:
            read = given
    elif given is UNSET:
        read = {}
    return called(mapping.config_fn, read, f"The config mapping function of {what}")


def called(fn: Callable[[Any], Any], value: Any, what: str) -> Any:
    """What a user's function makes of a config value.

    Raises:
        DagsterConfigMappingFunctionError: if it raised.
    """
    try:
        return fn(value)
    except Exception as error:
        message = f"{what} raised {type(error).__name__}: {error}"
        raise DagsterConfigMappingFunctionError(message) from error


def config_of(op: Any, given: Any, path: str, name: str) -> Any:
    """The config value of a step: a parameter's, what its schema says, or what was given as it is.

    Args:
        op: The op or assets definition.
        given: What was given; `UNSET` for nothing.
        path: Where it stands, for messages.
        name: The step.

    Raises:
        DagsterInvalidConfigError: for what does not fit.
    """
    for annotation in op.config_param.values():
        from ..resources.model import read_config  # nor for pydantic

        return read_config(annotation, given, path)
    if op.config_schema is not None:
        from ..schema.process import process  # as above

        return process(op.config_schema, given, path, f"Error in config for op {name}")
    return None if given is UNSET else given


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        message = f"At {path} there must be a mapping, not {type(value).__name__}: {value!r:.60}"
        raise DagsterInvalidConfigError(message)
    return value


def _plain(value: Any) -> Any:
    """The value of an input: given as it is, or as `{"value": ...}`."""
    if isinstance(value, Mapping) and set(value) == {"value"}:
        return value["value"]
    return value
