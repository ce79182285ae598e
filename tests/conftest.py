"""What holds for every test, and the one Chromium that browser tests share."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# A test says what is so, not how fast: on a busy machine the default of 200 ms for an example fails.
settings.register_profile("assets", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("assets")

# A shell that starts a command in the background lets it ignore interrupts, and its children
# with it. Tests of interrupts must not depend on how they were started.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]


def chromium_path() -> str | None:
    """The browser's path, if there is one; the variable `CHROMIUM` names another."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given if Path(given).exists() else None
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _missing() -> str:
    """What browser tests need and this machine has not; `""` if it has all."""
    if chromium_path() is None:
        return "the browser tests need Chromium: install it, or name one in the variable CHROMIUM"
    if importlib.util.find_spec("playwright") is None:
        return "the browser tests need playwright: pip install playwright"
    return ""


def _is_browser_test(item: pytest.Item) -> bool:
    return "chromium" in getattr(item, "fixturenames", ())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the browser tests; where there is no browser, one of them says so for all, in one line."""
    ours = [item for item in items if _is_browser_test(item)]
    for item in ours:
        item.add_marker("browser")
    if ours and _missing():
        items[:] = [item for item in items if item not in ours[1:]]
        config.hook.pytest_deselected(items=ours[1:])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A Chromium for the tests of a module, or a skip where there is none; in CI that is a failure.

    Playwright's loop runs on the main thread as long as it is open: it is closed with the module, so
    that no other test of this worker finds itself inside a running loop.
    """
    missing = _missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing, pytrace=False)
    if missing:
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()
