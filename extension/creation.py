"""Which cell runs, and whether a definition that was just made belongs to it: read off the call stack.

Rule C1 of `spec/notebook.md`: the function comes from the user's namespace and the cell's
own code makes the definition. One that the body of an asset makes while it runs, or that
an imported module makes, does not. Asked on the thread that makes it, at that moment.
"""

from __future__ import annotations

import ast
import sys
from types import FrameType
from typing import Any

_PACKAGE = __name__.partition(".")[0]
_BODIES = (f"{_PACKAGE}.core.run", f"{_PACKAGE}.core.define.call")
"""Who calls the bodies of assets: a run, and an asset that is called like a function."""
_ANNOUNCER = f"{_PACKAGE}.core.define.observer"


def by_the_cell(definition: Any) -> bool:
    """Whether the code of the running cell is making this definition."""
    module = getattr(getattr(definition, "fn", None), "__module__", None)
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  the call stack has no public name
    caller: str | None = None
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if name.startswith(_BODIES):
            return False
        if name == _ANNOUNCER:
            caller = ""  # what is nearer listens; the code that made it lies beyond
        elif caller == "" and name.partition(".")[0] != _PACKAGE:
            caller = name
        frame = frame.f_back
    # Without a function (a source asset, a bare list of specs) it is the caller who says whose it is.
    return (module or caller) == "__main__"


def unseen() -> bool:
    """Whether this call is a whole statement of the running cell whose value is not shown: more follows, or it is nested."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  as said
    caller: FrameType | None = None
    while frame is not None:
        if frame.f_code.co_name == "run_cell_async":
            tree = frame.f_locals.get("code_ast")
            if caller is None or caller.f_code.co_name != "<module>" or not isinstance(tree, ast.Module):
                return False
            return any(
                isinstance(statement, ast.Expr)
                and statement is not tree.body[-1]
                and statement.lineno <= caller.f_lineno <= (statement.end_lineno or 0)
                for statement in ast.walk(tree)
            )
        if caller is None and not _is_machinery(frame):
            caller = frame
        frame = frame.f_back
    return False


def _is_machinery(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in {_PACKAGE, "IPython"}


def running_cell() -> tuple[Any, int | None]:
    """The `ExecutionInfo` and the number of the cell that this very call comes from, as far as there is one.

    Nothing public tells (the shell's own counter is one ahead in some versions and not in
    others): the call stack does, which holds IPython's own call.
    """
    frame: FrameType | None = sys._getframe()  # noqa: SLF001  as said
    while frame is not None:
        if frame.f_code.co_name == "run_cell_async":
            info, result = frame.f_locals.get("info"), frame.f_locals.get("result")
            number = getattr(result, "execution_count", None)
            return (info if hasattr(info, "raw_cell") else None), (
                number if isinstance(number, int) else None
            )
        frame = frame.f_back
    return None, None
