"""`%assets` and `%%asset`: each verb of the workspace as one line.

A mistake is one line without a traceback. Here verbs are only called and their answers
handed to `display`; how a line is read is `grammar`'s, what a body means is `body`'s.
Rule: `spec/notebook.md` §5.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from ..core.define.decorators import asset
from ..core.define.inputs import AssetIn
from ..core.errors import CheckError, DagsterError, DagsterUserCodeExecutionError, RunFailedError, nearest
from ..core.keys import AssetKey
from ..core.partitions.calendar import DailyPartitionsDefinition
from ..core.partitions.spaces import PartitionsDefinition, StaticPartitionsDefinition
from . import display, grammar
from .body import body_of, function_of, pairs
from .creation import running_cell, unseen
from .display import Shown
from .grammar import Line, Mistake, piece_of, read, read_cell, unquoted, words
from .progress import place_for, shown

if TYPE_CHECKING:
    from ..core.run.result import RunSummary
    from .session import Session

_HELP = {"--help", "-h", "help", "?"}
_ASKED = re.compile(r"(\s*%assets\b[^?]*?)\s*\?{1,2}\s*\Z")
_ASKED_OF_CELL = re.compile(r"%%asset\b[^?]*(\?{1,2}|--help|-h)\s*\Z")


def magics_for(session: Session) -> Callable[[], None]:
    """Register the magics.

    Returns:
        What takes them away and puts back what they replaced.
    """
    shell = session.shell
    manager, magics = shell.magics_manager, AssetsMagics(session)
    assert manager is not None
    places = (("line", "assets"), ("cell", "asset"))
    former = {place: manager.magics[place[0]].get(place[1]) for place in places}
    shell.register_magics(magics)
    cleanup = shell.input_transformer_manager.cleanup_transforms
    cleanup.insert(0, _help_asked)

    def undo() -> None:
        if _help_asked in cleanup:
            cleanup.remove(_help_asked)
        manager.registry.pop(type(magics).__name__, None)
        for (kind, name), old in former.items():
            if old is not None:
                manager.magics[kind][name] = old
            else:
                manager.magics[kind].pop(name, None)

    return undo


def _help_asked(lines: list[str]) -> list[str]:
    """`%assets VERB?` asks for the verb's help; IPython would look for an object of that name."""
    if len(lines) == 1 and _ASKED_OF_CELL.fullmatch(lines[0]):
        return ["%assets --help %%asset\n"]  # IPython runs no cell magic over an empty cell
    found = _ASKED.fullmatch(lines[-1]) if lines else None
    return lines if found is None else [*lines[:-1], f"{found[1]} --help\n"]


@magics_class
class AssetsMagics(Magics):
    """The two magics of a session."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.shell)
        self._session = session
        self._terminal = getattr(session.shell, "kernel", None) is None

    @line_magic
    def assets(self, line: str) -> Any:
        """The assets of this notebook: `%assets` shows them, `%assets --help` says what else there is."""
        return self._guarded(lambda: self._assets(line.strip()))

    @cell_magic
    def asset(self, line: str, cell: str | None = None) -> Any:
        """Make the cell's body an asset; `%%asset --help` says more."""
        return self._guarded(lambda: self._asset(line.strip(), cell or ""))

    def _guarded(self, act: Callable[[], Any]) -> Any:
        """Whatever is wrong with the line is one line; the user's own errors keep their traceback."""
        try:
            return act()
        except RunFailedError:
            raise
        except KeyboardInterrupt as error:
            error._render_traceback_ = lambda: ["KeyboardInterrupt: what was finished is kept."]  # type: ignore[attr-defined]  # IPython asks for it
            raise
        except (Mistake, DagsterError, CheckError) as error:
            if isinstance(error, DagsterUserCodeExecutionError):
                raise
            # What is indented repeats the line and points into it; the user has just typed it.
            text = " ".join(line for line in str(error).splitlines() if not line.startswith("  "))
        raise UsageError(text)

    def _assets(self, line: str) -> Any:
        if not line:
            return self._placed(self._session.lineage())
        cut = words(line)
        if any(word.text in _HELP for word in cut):
            verbs = [word.text for word in cut if word.text not in _HELP]
            return self._placed(display.said(*self._help(verbs).split("\n")))
        asked = read(line)
        answer = getattr(self, f"_{asked.verb.name}")(asked)
        if asked.verb.name == "load":
            return answer
        if isinstance(answer, Shown) and asked.options.get("json"):
            print(answer.json())  # noqa: T201  what was asked for
            return None
        return self._placed(answer)

    def _placed(self, answer: Any) -> Any:
        """Give an answer; one that would be lost, since more follows in the cell, is shown where the magic stands."""
        if unseen():
            _show(answer)
        return answer

    def _help(self, verbs: list[str]) -> str:
        if not verbs:
            return grammar.help_of_all()
        if verbs[0] == "%%asset":
            return grammar.help_of_cell()
        verb = grammar.VERBS.get(verbs[0])
        if verb is None:
            message = f"%assets has no verb {verbs[0]!r}{nearest(verbs[0], grammar.VERBS) or '.'}"
            raise Mistake(message)
        return grammar.help_of(verb)

    def _status(self, asked: Line) -> Shown:
        return display.status_table(self._session.workspace.status(asked.text or None), full=self._terminal)

    def _plan(self, asked: Line) -> Shown:
        options = asked.options
        return display.plan_table(
            self._session.workspace.plan(asked.text or None, options.get("partition"), **_modes(options))  # type: ignore[arg-type]  # a list of texts
        )

    def _why(self, asked: Line) -> Shown:
        key, partition, surplus = piece_of(asked.text)
        if surplus:
            message = f"%assets why takes one asset, not {asked.text!r}."
            raise Mistake(message)
        return display.why_text(self._session.workspace.why(key, partition))

    def _materialize(self, asked: Line) -> Shown:
        options = asked.options
        if options.get("dry-run"):
            return self._plan(asked)
        return self._run(
            asked,
            lambda: self._session.workspace.materialize(
                asked.text or None,
                partition=options.get("partition"),  # type: ignore[arg-type]  # a list of texts
                **_modes(options),
                raise_on_error=False,
            ),
        )

    def _run(self, asked: Line, run: Callable[[], RunSummary]) -> Shown:
        """Show how a run goes on, then what it did; that stands above the error, if there is one."""
        session, info = self._session, running_cell()[0]
        place = place_for(getattr(session.shell, "kernel", None), getattr(info, "raw_cell", None) or "")
        with shown(session.workspace, place, delay=session.silence):
            summary = run()
        answer = display.summary_text(summary, full=self._terminal)
        if not summary.success and not asked.options.get("json"):
            _show(answer)
        summary.raise_if_failed()
        return answer

    def _observe(self, asked: Line) -> Shown:
        workspace = self._session.workspace
        return self._run(asked, lambda: workspace.observe(asked.text or None, raise_on_error=False))

    def _cancel(self, asked: Line) -> Shown:
        stopped = self._session.clicks.cancel(unquoted(asked.text) or None)
        return display.said("The run is asked to stop." if stopped else "No run goes on.")

    def _load(self, asked: Line) -> Any:
        key, partition, version = piece_of(asked.text)
        wanted: int | str | None = version or None
        if re.fullmatch(r"-?\d+", version):
            wanted = int(version)
        return self._session.workspace.load(key, partition, wanted)

    def _drop(self, asked: Line) -> Shown:
        keys = [AssetKey.from_escaped_user_string(unquoted(word.text)) for word in words(asked.text)]
        return display.said(*self._session.drop(keys))

    def _wipe(self, asked: Line) -> Shown:
        dry = bool(asked.options.get("dry-run"))
        pieces = self._session.workspace.wipe(asked.text, asked.options.get("partition"), dry_run=dry)  # type: ignore[arg-type]  # a list of texts
        return display.wiped_text(pieces, dry_run=dry)

    def _store(self, asked: Line) -> Shown:
        workspace = self._session.workspace
        path = workspace.use_store(unquoted(asked.text)) if asked.text else workspace.store_path
        return display.said(f"The store is {_near(path)}")

    def _runs(self, asked: Line) -> Shown:
        limit = asked.options.get("limit", "20")
        workspace = self._session.workspace
        return display.runs_table(workspace.runs(int(str(limit))), workspace.retries, full=self._terminal)

    def _log(self, asked: Line) -> Shown:
        return display.log_text(
            self._session.workspace.log(unquoted(asked.text) or None), full=self._terminal
        )

    def _grid(self, asked: Line) -> Any:
        return self._session.grid(asked.text or None)

    def _asset(self, line: str, cell: str) -> Any:
        if any(word.text in _HELP for word in words(line)):
            return display.said(*grammar.help_of_cell().split("\n"))
        name, options = read_cell(line)
        workspace, shell = self._session.workspace, self._session.shell
        known = {key.parts[0]: key for key in workspace.graph.nodes if len(key.parts) == 1}
        ins = pairs(str(options.get("ins", "")), "--ins")
        body = body_of(cell, name, {*known, *ins})
        function = function_of(body, shell.user_ns, self._remember)
        prefix = [*_parts(options.get("key-prefix")), *name.split("/")[:-1]]
        made = asset(
            name=(name or body.name).split("/")[-1],
            **_declared(
                options,
                prefix,
                {n: AssetKey.from_escaped_user_string(k) for n, k in ins.items()},
                body.inputs,
            ),
        )(function)
        shell.user_ns[body.name] = made
        if body.hint:
            print(body.hint)  # noqa: T201  a line under the cell
        if options.get("run"):
            return self._assets(f'materialize key:"{made.key.to_user_string()}"')
        return None

    def _remember(self, source: str) -> str:
        """Let tracebacks and `inspect` find the source of a body under the cell's own name."""
        shell = self._session.shell
        number = running_cell()[1]
        return str(
            shell.compile.cache(source, shell.execution_count if number is None else number, raw_code=source)
        )


def _show(answer: object) -> None:
    from IPython.display import display as show

    show(answer)  # type: ignore[no-untyped-call]  # IPython has no types here


class _Modes(TypedDict):
    state: list[str] | None
    only: bool
    force: bool
    downstream: bool


def _modes(options: Mapping[str, Any]) -> _Modes:
    return {
        "state": options.get("state"),
        "only": bool(options.get("only")),
        "force": bool(options.get("force")),
        "downstream": bool(options.get("downstream")),
    }


def _parts(text: object) -> list[str]:
    return [part for part in str(text).split("/") if part] if text else []


def _listed(text: object) -> list[str]:
    return [part.strip() for part in str(text).split(",") if part.strip()]


def _declared(
    options: Mapping[str, Any], prefix: list[str], ins: Mapping[str, AssetKey], inputs: tuple[str, ...]
) -> dict[str, Any]:
    """The options of `%%asset` as arguments of `asset`."""
    declared: dict[str, Any] = {}
    if prefix:
        declared["key_prefix"] = prefix
    # Without a key of its own an input stands beside the asset, as its name says.
    declared["ins"] = {name: AssetIn(key=ins.get(name, AssetKey(name))) for name in inputs}
    if "deps" in options:
        declared["deps"] = [AssetKey.from_escaped_user_string(key) for key in _listed(options["deps"])]
    if "partitions" in options:
        declared["partitions_def"] = partitions_of(options["partitions"])
    if "kinds" in options:
        declared["kinds"] = set(_listed(options["kinds"]))
    if "owners" in options:
        declared["owners"] = _listed(options["owners"])
    if "tags" in options:
        declared["tags"] = {
            key: value for key, _, value in (tag.partition("=") for tag in _listed(options["tags"]))
        }
    for option, name in (
        ("group", "group_name"),
        ("code-version", "code_version"),
        ("description", "description"),
        ("io-manager-key", "io_manager_key"),
    ):
        if option in options:
            declared[name] = options[option]
    return declared


def partitions_of(text: str) -> PartitionsDefinition:
    """`daily:START[..END]` or `static:a,b,c` as a partitions definition.

    Raises:
        Mistake: for anything else.
    """
    kind, colon, rest = text.partition(":")
    if kind == "static" and rest:
        return StaticPartitionsDefinition(_listed(rest))
    if kind == "daily" and rest:
        start, _, end = rest.partition("..")
        try:
            return DailyPartitionsDefinition(start_date=start, end_date=end or None)
        except (ValueError, CheckError, DagsterError) as error:
            message = f"--partitions {text}: {error}"
            raise Mistake(message) from None
    hint = "" if colon else nearest(kind, ("daily:", "static:"))
    message = f"--partitions takes daily:START, daily:START..END or static:a,b,c, not {text!r}{hint or '.'}"
    raise Mistake(message)


def _near(path: Path) -> str:
    """The path as seen from the working directory, where it lies below it."""
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
