"""Conditions as people read them: `eager: in_latest_time_window & ~in_progress`.

What has a label is shown by it where it stands inside another one. Nothing reads these texts back.
"""

from __future__ import annotations

from collections.abc import Iterator

from .condition import (
    AndAutomationCondition,
    AutomationCondition,
    NewlyTrue,
    NotAutomationCondition,
    OrAutomationCondition,
    Since,
)


def told(condition: AutomationCondition) -> str:
    """The text of a condition. Without recursion: conditions may be nested by loops."""
    texts: list[str] = []
    todo: list[AutomationCondition | str] = [*_pieces(condition)]
    todo.reverse()
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            texts.append(item)
        elif item.get_label():
            texts.append(str(item.get_label()))
        else:
            todo += reversed([*_pieces(item, inside=True)])
    label = condition.get_label()
    text = "".join(texts)
    return f"{label}: {text}" if label and condition.children else text


def _pieces(condition: AutomationCondition, *, inside: bool = False) -> Iterator[AutomationCondition | str]:
    match condition:
        case AndAutomationCondition() | OrAutomationCondition():
            word = " & " if isinstance(condition, AndAutomationCondition) else " | "
            yield "(" if inside else ""
            for count, operand in enumerate(condition.operands):
                yield word if count else ""
                yield operand
            yield ")" if inside else ""
        case NotAutomationCondition():
            yield from ("~", condition.operand)
        case Since():
            yield from (condition.trigger_condition, ".since(", condition.reset_condition, ")")
        case NewlyTrue():
            yield from (condition.operand, ".newly_true()")
        case _ if condition.children:
            yield f"{condition.name}("
            for count, child in enumerate(condition.children):
                yield ", " if count else ""
                yield child
            yield ")"
        case _:
            yield condition.name
