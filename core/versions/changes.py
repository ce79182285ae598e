"""What changed between two fingerprints, part by part."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import NamedTuple

from .fingerprint import Part


class Change(NamedTuple):
    """One part that is not what it was.

    Args:
        name: The part: a helper, a constant, a package; `<body>` is the function itself.
        kind: `changed`, `added` or `removed`.
        diff: A unified diff of the texts, without headers. Empty if they read the same.
    """

    name: str
    kind: str
    diff: str


def explain(old: Mapping[str, Part], new: Mapping[str, Part]) -> list[Change]:
    """Every part that differs, in the order of the newer fingerprint; vanished ones last.

    Args:
        old: The parts as recorded.
        new: The parts as they are.
    """
    changes = []
    for name, part in new.items():
        before = old.get(name)
        if before is None:
            changes.append(Change(name, "added", _diff("", part.text)))
        elif before.digest != part.digest:
            changes.append(Change(name, "changed", _diff(before.text, part.text)))
    changes += [
        Change(name, "removed", _diff(part.text, "")) for name, part in old.items() if name not in new
    ]
    return changes


def _diff(old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++")))
