"""The base of the widgets: views out, requests in, errors as data.

The page never writes a trait: one such write while a cell awaits would stop the widget's
sync for good. It sends messages; each is checked (`requests`), handed to the `Commands`
that the session gave, and answered, whatever happens. Nothing raises out of here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets

from .models import NoteModel
from .requests import Request, RequestError, id_of, read

STATIC = Path(__file__).parent / "static"
LONGEST_ERROR = 4_000
NOT_BUILT = (
    "export default { render({ el }) { el.textContent = 'This widget has not been built: run make js.'; } };"
)

AT_REST = "The extension is not loaded: %load_ext assets wakes this view."

Answer = dict[str, Any]


class Commands(Protocol):
    """What the pages of a widget may ask for. Every method returns at once: work is only enqueued.

    Assets are named by their ids (`AssetKey.to_escaped_user_string`); what an answer holds
    is plain JSON. Any error raised becomes the answer's text.
    """

    def hello(self) -> Answer:
        """A page has opened."""
        ...

    def materialize(
        self, keys: Sequence[str] | None, mode: str, partitions: Mapping[str, Sequence[str]] | None
    ) -> Answer:
        """Enqueue a run of these assets or of all; `mode` is `due`, `only`, `force` or `downstream`."""
        ...

    def plan(
        self, keys: Sequence[str] | None, mode: str, partitions: Mapping[str, Sequence[str]] | None
    ) -> Mapping[str, Any]:
        """What `materialize` would do, as a plan model."""
        ...

    def cancel(self, run: str | None) -> Answer:
        """Cancel a run; `None` is the one that goes on."""
        ...

    def details(self, key: str) -> Mapping[str, Any]:
        """The panel of one asset, as a details model."""
        ...

    def configure(self, key: str, config: Sequence[Mapping[str, Any]]) -> Answer:
        """Put parts of the config of an asset in force, each by section and name; nothing is run."""
        ...

    def grid(self, keys: Sequence[str] | None) -> tuple[Mapping[str, Any], bytes]:
        """The grid of some assets, or of all, and its cells."""
        ...

    def values(self, keys: Sequence[str] | None, measure: str | None) -> tuple[Mapping[str, Any], bytes]:
        """What the cells of that grid can be coloured by, and the numbers of one measure."""
        ...

    def related(self, key: str, partition: str) -> Mapping[str, Any]:
        """What a partition reads and what reads it, as a related model."""
        ...


class AssetsWidget(anywidget.AnyWidget):
    """A widget that says what is so and takes requests.

    Args:
        commands: What the requests lead to.
    """

    _view = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._pages: set[int] = set()
        self._resting = False
        super().__init__()
        self.on_msg(self._heard)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def set_state(self, sync_data: Mapping[str, object]) -> None:
        """Take no trait from a page: Python alone says what is so."""

    @property
    def watched(self) -> bool:
        """Whether a page shows the widget: one that has said hello, and not yet bye."""
        return bool(self._pages)

    def rest(self) -> None:
        """Show what is shown now, under a line that says so, and do nothing until `wake`."""
        self._resting = True

    def wake(self) -> None:
        """Go on, after `rest`."""
        self._resting = False

    def known(self) -> Container[str]:
        """The ids that a page may speak of."""
        return frozenset()

    def static_bundle(self) -> dict[str, str]:
        """The picture that stays in the notebook: `text/html` and `text/plain`."""
        return {}

    def _ipython_display_(self) -> None:
        """Emit two outputs: the picture that stays, then the widget, whose script hides the picture."""
        from IPython.display import publish_display_data

        publish_display_data(self.static_bundle())  # type: ignore[no-untyped-call]  # IPython has no types here
        bundle = self._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle or {}
        # A text beside the widget would show below the picture wherever there are no widgets.
        live = {mime: value for mime, value in data.items() if mime != "text/plain"}
        publish_display_data(live)  # type: ignore[no-untyped-call]  # as above

    def _show(self, view: Mapping[str, Any]) -> None:
        """Keep a view for pages that open later, without sending it to those that are open."""
        self._trait_values["_view"] = dict(view)

    def _heard(self, _widget: object, message: object, _buffers: object = None) -> None:
        number = id_of(message)
        try:
            request = self._read(message)
            answer, buffers = self._answer(request)
            reply = {**strict(answer), "op": "reply", "id": request.id, "ok": True}
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  every request is answered
            reply, buffers = {"op": "reply", "id": number, "ok": False, "error": said(error)}, []
        self._tell(reply, buffers)

    def _read(self, message: object) -> Request:
        request = read(message, self.known())
        if self._resting and request.op not in _AT_ANY_TIME:
            raise RequestError(AT_REST)
        return request

    def _answer(self, request: Request) -> tuple[Answer, list[bytes]]:
        """The payload of an answer, and its binary buffers."""
        commands, fields = self._commands, request.fields
        match request.op:
            case "hello":
                self._pages.add(fields["page"])
                return {} if self._resting else commands.hello() or {}, []
            case "bye":
                self._pages.discard(fields["page"])
                return {}, []
            case "materialize":
                return commands.materialize(fields["keys"], fields["mode"], fields["partitions"]) or {}, []
            case "plan":
                return {"plan": commands.plan(fields["keys"], fields["mode"], fields["partitions"])}, []
            case "cancel":
                return commands.cancel(fields["run"]) or {}, []
            case "details":
                return {"details": commands.details(fields["key"])}, []
            case "configure":
                return commands.configure(fields["key"], fields["config"]) or {}, []
            case "grid":
                model, cells = commands.grid(fields["keys"])
                return {"grid": model}, [cells]
            case "values":
                return self._values(fields["keys"], fields["measure"])
            case "related":
                return {"related": commands.related(fields["key"], fields["partition"])}, []
            case _:
                message = f"This widget cannot do {request.op!r}."
                raise RequestError(message)

    def _values(self, keys: Sequence[str] | None, measure: str | None) -> tuple[Answer, list[bytes]]:
        model, numbers = self._commands.values(keys, measure)
        return {"values": model}, [numbers]

    def _tell(self, message: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send a message to every page; one that cannot be reached is no error."""
        try:
            self.send(dict(message), buffers=list(buffers))
        except Exception:  # the comm is closed or the kernel goes down: nobody is there to tell
            self.log.debug("a message to the page could not be sent", exc_info=True)


_AT_ANY_TIME = frozenset({"hello", "bye"})


def resting_note() -> NoteModel:
    """The line of a widget that rests."""
    return {"text": AT_REST, "level": "warning"}


def bundled(name: str) -> Path | str:
    """A built file of the page, or something harmless where it has not been built."""
    path = STATIC / name
    if path.exists():
        return path
    return NOT_BUILT if name.endswith(".js") else ""


def strict(value: Any) -> Any:
    """The value as strict JSON: no NaN, no infinity, no foreign objects."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return _plain(value, 0)
    return value


def said(error: BaseException) -> str:
    """What an error says, bounded; its class too where the message alone tells little."""
    try:
        text = str(error).strip()
    except Exception:  # noqa: BLE001  a user's exception may fail to say what it is
        text = ""
    name = type(error).__name__
    ours = type(error).__module__.partition(".")[0] == __name__.partition(".")[0]
    told = text if ours and text else f"{name}: {text}" if text else name
    return told if len(told) <= LONGEST_ERROR else told[: LONGEST_ERROR - 1] + "…"


_DEEPEST = 40


def _plain(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return f"<{type(value).__name__}>"
