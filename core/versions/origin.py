"""Where a module comes from: the user's own, an installed package, the standard library, or us.

Code of local modules (cells, scripts, editable installs) counts by its content, installed
packages by name and version, the rest by name alone. Answers are remembered per module
for the life of the process: a package that is upgraded under a running kernel is not the one it runs.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from types import CellType, FunctionType, ModuleType
from typing import Any

OWN = __name__.partition(".")[0]
_INSTALLED = ("site-packages", "dist-packages")
_STDLIB = os.path.realpath(os.__file__).removesuffix("os.py")
_origins: dict[str, str] = {}
_type_dict = type.__dict__["__dict__"].__get__
MISSING = object()
"""Stands for what is not there."""


def origin_of(name: object) -> str:
    """`local`, `installed`, `stdlib` or `own`, for the name of a module.

    Args:
        name: As in `__name__`; anything but a string is local.
    """
    if name == "__main__" or type(name) is not str or not name:
        return "local"
    known = _origins.get(name)
    if known is None:
        known = _look(name)
        if known != "local" or name in sys.modules:
            _origins[name] = known
    return known


def _look(name: str) -> str:
    top = name.partition(".")[0]
    if top == OWN:
        return "own"
    if top in sys.builtin_module_names:
        return "stdlib"
    place = _place(name)
    if place is None:
        return "stdlib" if top in sys.stdlib_module_names else "local"
    parts = place.replace("\\", "/").split("/")
    if any(part in _INSTALLED for part in parts):
        return "installed"
    if top in sys.stdlib_module_names and (
        place.startswith(_STDLIB) or "lib-dynload" in parts or place == "frozen"
    ):
        return "stdlib"
    return "local"


def _place(name: str) -> str | None:
    """The file or folder of a module, imported or not."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    if module is None:
        from importlib.util import find_spec

        try:
            spec = find_spec(name.partition(".")[0])
        except (ImportError, ValueError, AttributeError):
            return None
    file = getattr(module, "__file__", None) or getattr(spec, "origin", None)
    if isinstance(file, str) and file not in ("built-in", "namespace"):
        return file if file == "frozen" else os.path.realpath(file) if not _is_installed(file) else file
    folders = getattr(module, "__path__", None) or getattr(spec, "submodule_search_locations", None)
    return next(iter(folders), None) if folders else None


def _is_installed(file: str) -> bool:
    return any(part in file for part in _INSTALLED)


@cache
def package_version(top: str) -> str:
    """The version of the installed package that a top-level module belongs to, or an empty text."""
    found = _folder_version(top)
    if found is not None:
        return found
    from importlib import metadata

    names = metadata.packages_distributions().get(top, [])
    return ",".join(sorted(f"{name} {metadata.version(name)}" for name in names))


def _folder_version(top: str) -> str | None:
    """The version in the name of the `.dist-info` folder beside a package, when both bear one name."""
    place = _place(top)
    if place is None:
        return None
    for part in _INSTALLED:
        head, found, _ = place.replace("\\", "/").rpartition(f"/{part}/")
        if found:
            for entry in _listing(f"{head}/{part}"):
                name, _, version = entry.removesuffix(".dist-info").partition("-")
                if name.lower().replace("-", "_").replace(".", "_") == top.lower():
                    return version
    return None


@cache
def _listing(folder: str) -> tuple[str, ...]:
    try:
        return tuple(
            e
            for e in os.listdir(folder)  # noqa: PTH208 - a path object each would be waste
            if e.endswith(".dist-info")
        )
    except OSError:
        return ()


def imported(name: str, level: int, package: object) -> ModuleType | None:
    """The module that an import statement names; a local one that is not loaded yet is loaded.

    The body would load it a moment later, and only a loaded module says what it means.
    """
    if level:
        base = package if isinstance(package, str) else ""
        parts = base.split(".")
        head = ".".join(parts[: len(parts) - level + 1])
        name = f"{head}.{name}" if name else head
    module = sys.modules.get(name)
    if module is None and origin_of(name) == "local":
        import importlib

        try:
            module = importlib.import_module(name)
        except Exception:  # noqa: BLE001 - whatever the module raises, the body will raise it again
            return None
    return module


def module_of(kind: type) -> str:
    """The name of the module that a class was made in."""
    module = _type_dict(kind).get("__module__")
    return module if isinstance(module, str) else "builtins"  # `type` has a descriptor there


def is_users(thing: Any) -> bool:
    """Whether a thing that a library's function holds is, or leads to, code of the user."""
    kind = type(thing)
    if kind is FunctionType:
        return origin_of(thing.__globals__.get("__name__")) == "local" or any(
            is_users(held)
            for held in (*map(content_of, thing.__closure__ or ()), thing.__dict__.get("__wrapped__"))
        )
    if issubclass(kind, type):
        return origin_of(module_of(thing)) == "local"
    if issubclass(kind, ModuleType) or not callable(thing):
        return False
    return (
        kind.__module__ == "functools" or origin_of(module_of(kind)) == "local" or kind.__name__ == "method"
    )


def content_of(cell: CellType) -> Any:
    """What a closure's cell holds, or `MISSING`."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING
