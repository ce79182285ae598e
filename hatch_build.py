"""Lay the folder of links that an editable install imports from.

A wheel renames the repository's root to `assets`. An editable install cannot
rename a folder, so it imports from `.dev/assets`, whose entries point back here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = ("__init__.py", "py.typed", "core", "extension", "widgets")


class Links(BuildHookInterface[Any]):
    """Runs before hatchling writes a wheel; acts on editable ones only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  the hook's own signature
        """Link every part of the package into `.dev/assets`."""
        if version != "editable":
            return
        root = Path(self.root)
        tree = root / ".dev" / "assets"
        tree.mkdir(parents=True, exist_ok=True)
        for name in PACKAGE:
            link, real = tree / name, root / name
            if not link.exists():
                link.unlink(missing_ok=True)
                link.symlink_to(Path("..", "..", name), target_is_directory=real.is_dir())
