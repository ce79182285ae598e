"""One page a test, and the built widgets served as files.

The harness page holds a made-up kernel (`fake.js`), so these tests need neither Jupyter nor Python assets.
"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
Open = Callable[..., Any]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the checkout without a word."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/tests/widgets/frontend/harness.html"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(site: str, chromium: Any) -> Iterator[Open]:
    """Opens the harness with the given settings; no page may log an error."""
    pages: list[tuple[Any, list[str]]] = []

    def open_(**settings: object) -> Any:
        page = chromium.new_page(viewport={"width": 1100, "height": 760})
        errors: list[str] = []
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        pages.append((page, errors))
        page.goto(site + "?" + "&".join(f"{k}={v}" for k, v in settings.items()))
        page.wait_for_function("window.ready")
        return page

    yield open_
    for page, errors in pages:
        page.close()
        assert [e for e in errors if "favicon" not in e and "404" not in e] == []
