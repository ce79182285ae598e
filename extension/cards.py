"""How a definition looks as the last line of a cell: a short card instead of an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core.define.definition import AssetsDefinition
from ..core.define.spec import AssetSpec
from .display import Column, Shown

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_HIDDEN_TAG = "dagster/"


def card(definition: AssetsDefinition) -> Shown:
    """What a definition says of its assets, one line for each thing said."""
    inputs = ", ".join(dict.fromkeys(param.key.to_user_string() for param in definition.params))
    kind = "asset" if definition.fn is not None else "external asset"
    rows: list[list[str]] = []
    for spec in definition.specs_by_key.values():
        rows.append([kind, spec.key.to_user_string()])
        rows += [[title, said] for title, said in _said(spec) if said]
    if inputs:
        rows.append(["inputs", inputs])
    return Shown([Column(""), Column("")], rows)


def _said(spec: AssetSpec) -> list[tuple[str, str]]:
    tags = {key: value for key, value in spec.tags.items() if not key.startswith(_HIDDEN_TAG)}
    partitions = spec.partitions_def
    return [
        ("about", (spec.description or "").strip().partition("\n")[0]),
        ("group", spec.group_name or "default"),
        ("kinds", ", ".join(sorted(spec.kinds))),
        ("owners", ", ".join(spec.owners)),
        ("tags", ", ".join(f"{key}={value}" if value else key for key, value in tags.items())),
        ("partitions", "" if partitions is None else type(partitions).__name__),
        ("code version", spec.code_version or ""),
    ]


def cards_in(shell: InteractiveShell) -> Callable[[], None]:
    """Show definitions as cards.

    Returns:
        What takes that away.
    """
    formatters: Any = getattr(shell.display_formatter, "formatters", {})

    def plain(definition: AssetsDefinition, printer: Any, cycle: bool) -> None:
        # Inside a list or a dict a line is enough.
        printer.text(repr(definition) if cycle or len(printer.stack) > 1 else repr(card(definition)))

    def rich(definition: AssetsDefinition) -> str:
        return card(definition)._repr_html_()

    shown: dict[str, Any] = {"text/plain": plain, "text/html": rich}
    former = {
        name: formatters[name].type_printers.get(AssetsDefinition) for name in shown if name in formatters
    }
    for name in former:
        formatters[name].for_type(AssetsDefinition, shown[name])

    def undo() -> None:
        for name, before in former.items():
            formatters[name].type_printers.pop(AssetsDefinition, None)
            if before is not None:
                formatters[name].for_type(AssetsDefinition, before)

    return undo
