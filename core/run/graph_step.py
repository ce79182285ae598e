"""One call of a graph that makes assets: its flow is run, and some of its outputs are kept as assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..define.checks import AssetCheckResult, AssetCheckSpec
from ..define.expansion import Read, expand, require_fed
from ..define.op_graph import GraphDefinition
from ..define.op_results import Value
from ..define.policies import RetryPolicy
from ..errors import DagsterInvariantViolationError
from ..events import Event, Logged, Materialized
from ..graph import Node
from ..keys import AssetKey, Piece
from ..versions.data import Input, Provenance
from .cancel import Interrupted
from .flow import FlowRun
from .flow_config import read_graph_config
from .keeping import keep
from .op_step import OpStep
from .outputs import Made
from .step import Done, Setting, Unit, inputs_of_unit

if TYPE_CHECKING:
    from .echo import Echo


class _Keeping:
    """Keeps those outputs of a flow that are assets, and takes what its checks say."""

    def __init__(
        self,
        unit: Unit,
        outputs: Mapping[str, Read],
        inputs: Mapping[Piece, dict[str, Input]],
        codes: Mapping[AssetKey, str],
        setting: Setting,
        done: Done,
    ) -> None:
        self.pieces: Sequence[Piece] = unit.pieces
        self._unit = unit
        self._nodes: Mapping[AssetKey, Node] = {node.key: node for node in unit.nodes}
        self._inputs = inputs
        self._codes = codes
        self._setting = setting
        self._done = done
        definition = unit.definition
        self._ports: dict[Read, list[str]] = {}
        for name, read in outputs.items():
            if name in definition.ports and definition.ports[name].key in self._nodes:
                self._ports.setdefault(read, []).append(name)
        checks = definition.check_specs_by_output_name
        self._checks: dict[Read, AssetCheckSpec] = {
            read: checks[name] for name, read in outputs.items() if name in checks
        }
        self._versions: dict[Piece, str] = {}

    @property
    def open(self) -> Sequence[Piece]:
        """The pieces that are not made yet; all, if that is none."""
        return [piece for piece in self.pieces if piece not in self._done.made] or self.pieces

    def keeps(self, step: str, output: str) -> bool:
        """Whether that output is an asset or a check."""
        return (read := Read(step, output)) in self._ports or read in self._checks

    def keep(self, at: OpStep, value: Value) -> Sequence[tuple[Event, Sequence[Any]]]:
        """Store it, and give what is to be recorded."""
        read = Read(at.step.key, value.vent.name)
        if read in self._checks:
            self._check(self._checks[read], value)
        kept: list[tuple[Event, list[Any]]] = []
        for name in self._ports.get(read, ()):
            port = self._unit.definition.ports[name]
            node = self._nodes[port.key]
            pieces = [Piece(port.key, partition) for partition in self._unit.partitions]
            provenances = {
                piece: Provenance(self._codes[port.key], self._read(node, piece)) for piece in pieces
            }
            made = Made(port, value.value, value.metadata, value.version, value.tags)
            before = len(self._done.values)
            events: list[Materialized] = keep(
                made, at.work, node, pieces, provenances, self._setting, at.context, self._done, at.name
            )
            kept += [(event, self._done.values[before:]) for event in events]
            del self._done.values[before:]
            self._versions.update((event.piece, event.version) for event in events)
            self._done.made += pieces
        return kept

    def _read(self, node: Node, piece: Piece) -> dict[str, Input]:
        found = dict(self._inputs[piece])
        for edge in node.inputs:
            above = Piece(edge.up, piece.partition)
            if above in self._versions:
                found[edge.name] = replace(found[edge.name], version=self._versions[above])
        return found

    def _check(self, spec: AssetCheckSpec, value: Value) -> None:
        if not isinstance(value.value, AssetCheckResult):
            message = f"The check {spec.key.to_user_string()!r} is an output of a graph, and its op gave {type(value.value).__name__}. Return AssetCheckResult(passed=...)."
            raise DagsterInvariantViolationError(message)
        self._done.checks.append((spec, value.value))


def run_graph(
    unit: Unit,
    codes: Mapping[AssetKey, str],
    setting: Setting,
    record: Callable[..., None],
    logged: Callable[[Sequence[Logged]], None],
    hooks: frozenset[Any],
    retry_policy: RetryPolicy | None,
    echo: Echo | None,
) -> Done:
    """Run the graph of some assets.

    Args:
        unit: Which pieces.
        codes: The code versions at this moment, by asset.
        setting: What the run's steps share.
        record: Takes events as they come, and the small values that go with them.
        logged: Takes what the steps print.
        hooks: What is called after each of its steps.
        retry_policy: How a step without a policy of its own is tried again.
        echo: What hears of what steps print and log besides the run.

    Returns:
        What came of it. Whatever was raised is in it.
    """
    done = Done()
    definition = unit.definition
    graph = definition.graph
    assert isinstance(graph, GraphDefinition)
    try:
        inputs, read = inputs_of_unit(unit, setting)
        flow = expand(graph, hooks)
        edges = {edge.name: edge for node in unit.nodes for edge in node.inputs}

        def loading(name: str) -> Callable[[Any], Any]:
            param = next(param for param in definition.params if param.name == name)

            def load(context: Any) -> Any:
                value = setting.loader.input(edges[name], param, read[name][1], unit.nodes[0], context)
                if not param.typing.is_anything:
                    param.typing.demand(value, f"the input {name!r} of {definition.step_name!r}", context)
                return value

            return load

        given = {
            param.name: loading(param.name)
            for param in definition.params
            if param.loads and param.name in edges
        }
        entry = (setting.configs.form.get("ops") or {}).get(definition.step_name) or {}
        config = read_graph_config(graph, flow, entry, given=given, name=definition.step_name)
        require_fed(flow, definition.step_name)
        keeping = _Keeping(unit, flow.outputs, inputs, codes, setting, done)
        runs = FlowRun(
            flow,
            setting,
            config,
            record=record,
            logged=logged,
            prefix=f"{definition.step_name}.",
            given=given,
            keeping=keeping,
            definition=definition,
            reading=read,
            retry_policy=retry_policy,
            partitions=[partition for partition in unit.partitions if partition is not None],
            space=unit.nodes[0].partitions,
            echo=echo,
        )
        runs.run()
        done.outputs = runs.outputs()
        if runs.failures:
            done.error = runs.failures[0].error
        elif runs.cancelled:
            done.error = Interrupted()
    except BaseException as error:  # noqa: BLE001 - the walk records it, and raises again what interrupts
        done.error = error
    return done
