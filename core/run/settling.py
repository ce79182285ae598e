"""Settling what a body gave: each result is checked, stored and described, one after the other.

Those before a wrong one stand. What a generator yields for single partitions of its call is
settled as it comes, so that it is recorded while the body goes on. Rules: `spec/semantics.md`
§3-5 and §8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..graph import Node
from ..keys import AssetKey, Piece
from ..versions.data import Input, Provenance
from .call import Said
from .checking import matched, matching
from .context import StepContext, Work
from .keeping import keep, recorded
from .observing import observations
from .outputs import Results, sort, take

if TYPE_CHECKING:
    from .step import Done, Setting, Unit


class Settling:
    """Settles the results of one call.

    Args:
        unit: What it makes.
        work: The step at work.
        inputs: What each piece reads, by parameter.
        codes: The code versions, by asset.
        setting: What the run's steps share.
        context: The context of the step.
        done: Takes what came of it.
    """

    __slots__ = (
        "_codes",
        "_context",
        "_done",
        "_inputs",
        "_nodes",
        "_results",
        "_setting",
        "_unit",
        "_versions",
        "_work",
    )

    def __init__(
        self,
        unit: Unit,
        work: Work,
        inputs: Mapping[Piece, dict[str, Input]],
        codes: Mapping[AssetKey, str],
        setting: Setting,
        context: StepContext,
        done: Done,
    ) -> None:
        self._unit = unit
        self._work = work
        self._inputs = inputs
        self._codes = codes
        self._setting = setting
        self._context = context
        self._done = done
        several = len(unit.partitions) > 1
        self._results = Results(
            unit.definition, work.keys, dict.fromkeys(unit.partitions) if several else unit.partitions
        )
        self._nodes = {node.key: node for node in unit.nodes}
        self._versions: dict[Piece, str] = {}

    def take(self, item: Any) -> None:
        """Settle one result of a body that goes on.

        Raises:
            DagsterInvariantViolationError: if it is none, or not one that was asked for.
        """
        take(self._results, item)
        self._keep()

    def end(self, said: Said) -> None:
        """Settle what is left of what a body gave, and see that nothing is missing.

        Raises:
            DagsterInvariantViolationError: for a result that is none, or not one that was asked for.
            DagsterStepOutputNotFoundError: if a required output is missing.
        """
        unit, done, results = self._unit, self._done, self._results
        if unit.definition.is_observable:
            self._observe(said)
            return
        sort(said, results)
        self._keep()
        if results.error is not None:
            raise results.error
        if unit.definition.check_specs or results.checks:
            # What was said of a partition need not be said of all.
            told = [
                spec
                for spec in unit.definition.check_specs
                if spec.key in self._work.checks and spec.key not in done.told_of
            ]
            done.checks = matched(results.checks, told, unit.definition)

    def _keep(self) -> None:
        """Store and describe what came since."""
        unit, work, done, results = self._unit, self._work, self._done, self._results
        if work.events or results.records:
            for record in (*work.events, *results.records):
                done.events.append(recorded(record, self._setting.run.run_id))
            work.events.clear()
            results.records.clear()
        single = len(unit.nodes) == 1
        while results.made:
            made = results.made[0]
            node = self._nodes[made.key]
            done.apart = made.partition is not None
            partitions = (made.partition,) if done.apart else unit.partitions
            pieces = [Piece(made.key, partition) for partition in partitions]
            code = self._codes[made.key]
            provenances = {
                piece: Provenance(code, self._inputs[piece] if single else self._with_siblings(node, piece))
                for piece in pieces
            }
            done.events += (
                events := keep(
                    made, work, node, pieces, provenances, self._setting, self._context, done, unit.step
                )
            )
            done.made += pieces
            if unit.definition.hook_defs:
                done.outputs[unit.definition.step_name, made.port.name] = made.value
            if not single:
                self._versions.update((event.piece, event.version) for event in events)
            del results.made[0]
        if not results.checks_of:
            return
        for partition, checks in results.checks_of.items():
            specs = [spec for spec in unit.definition.check_specs if spec.key in work.checks]
            done.checks_of[partition] = told = matching(checks, specs, unit.definition)
            done.told_of.update(spec.key for spec, _ in told)
        results.checks_of.clear()

    def _observe(self, said: Said) -> None:
        unit, work, done, run = self._unit, self._work, self._done, self._setting.run.run_id
        partition = unit.partitions[0]
        noted = {output: metadata for (output, _), metadata in work.output_metadata.items()}
        seen = observations(said, unit.definition, work.keys, run, partition, noted)
        done.events.extend(recorded(record, run) for record in (*work.events, *seen.records))
        done.events.extend(seen.events)
        done.made.extend(Piece(key, partition) for key in work.keys if key in seen.seen)

    def _with_siblings(self, node: Node, piece: Piece) -> dict[str, Input]:
        """The inputs, with the versions that this very call gave to what it made before."""
        inputs = self._inputs[piece]
        found = dict(inputs)
        for edge in node.inputs:
            above = Piece(edge.up, piece.partition)
            if above in self._versions:
                found[edge.name] = replace(inputs[edge.name], version=self._versions[above])
        return found
