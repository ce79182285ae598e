"""Drive a real JupyterLab or Notebook 7 in Chromium.

    with JupyterServer(root) as server:
        page = server.open(chromium, "demo.ipynb")      # Playwright's browser
        page.run_all()
        assert page.errors() == []

Every process that is started here is ended by its own process group. Nothing of the user's
Jupyter configuration is read: settings, runtime and workspaces live in a folder of their own.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

#: What JupyterLab and Notebook 7 say on the console without any widget of ours.
NOISE = [
    r"favicon\.ico",
    r"Failed to load resource.*(404|403)",
    r"/api/me",
    r"announcements|/lab/api/(news|update)",
    r"mathjax|MathJax",
    r"ResizeObserver loop",
    r"Third-party cookie",
    r"jupyterlab_widgets.*deprecat",
    r"Disabled extension",
    r"extension .*already (registered|activated)",
    r"jupyter-notebook.*settings",
    r"reading 'schema'",
    r"Autocomplete",
    r"No provider for",
]

SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    # Every cell is in the page, so that a test can find and photograph every output.
    "@jupyterlab/notebook-extension:tracker": {
        "windowingMode": "none",
        "recordTiming": True,
        "autoStartDefaultKernel": True,
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class JupyterServer:
    """A server on loopback, for one folder of notebooks.

    Args:
        root: The folder.
        app: `lab` or `notebook`.
    """

    def __init__(self, root: str | os.PathLike[str], *, app: str = "lab") -> None:
        self.root, self.app = Path(root).resolve(), app
        self.port, self.token = free_port(), secrets.token_hex(16)
        self.home = Path(tempfile.mkdtemp(prefix="assets-browser-"))
        self.process: subprocess.Popen[bytes] | None = None
        for key, value in SETTINGS.items():
            package, plugin = key.rsplit(":", 1)
            path = self.home / "settings" / package / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _environment(self) -> dict[str, str]:
        own = {f"JUPYTER_{name}_DIR": str(self.home / name.lower()) for name in ("CONFIG", "RUNTIME", "DATA")}
        kept = {name: value for name, value in os.environ.items() if name != "ASSETS_HOME"}
        return {
            **kept,
            **own,
            "IPYTHONDIR": str(self.home / "ipython"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.home / "workspaces"),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def __enter__(self) -> Self:
        module = {"lab": "jupyterlab", "notebook": "notebook"}[self.app]
        self._log = (self.home / "server.log").open("wb")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", module, "--no-browser", "--allow-root", "--ip=127.0.0.1"),
                *(f"--port={self.port}", "--ServerApp.port_retries=0", "--ServerApp.open_browser=False"),
                *(f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}"),
                *("--LabApp.extension_manager=readonly", "--ContentsManager.allow_hidden=True"),
            ],
            env=self._environment(),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"The server ended:\n{self.log_text()[-3000:]}")
            try:
                self.api("status")
            except OSError:
                time.sleep(0.1)
            else:
                return self
        raise TimeoutError(self.log_text()[-3000:])

    def __exit__(self, *_exc: object) -> None:
        process = self.process
        if process is not None and process.poll() is None:
            with suppress(OSError):
                for kernel in self.api("kernels"):
                    self.api(f"kernels/{kernel['id']}", method="DELETE")
            os.killpg(process.pid, signal.SIGTERM)  # a session of its own: nobody else is in it
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
        self._log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def log_text(self) -> str:
        """What the server wrote."""
        return (self.home / "server.log").read_text(errors="replace")

    def api(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Ask the server's own interface."""
        request = urllib.request.Request(
            self.url + (path if path.startswith("/") else f"/api/{path}"),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def open(self, browser: Any, path: str, **options: Any) -> NotebookPage:
        """Open a notebook, with a kernel that is ready."""
        return NotebookPage(self, browser, path, **options)


class NotebookPage:
    """An open notebook: run cells, wait, look at outputs, gather what the console says."""

    def __init__(
        self, server: JupyterServer, browser: Any, path: str, *, timeout: float = 60, **options: Any
    ) -> None:
        self.server, self.path, self.timeout = server, path, timeout
        # A context of its own shares nothing with other pages.
        options = {"viewport": {"width": 1400, "height": 1000}, **options}
        self.page = browser.new_context(**options).new_page()
        self.page.set_default_timeout(timeout * 1000)
        self.console: list[tuple[str, str]] = []
        self.page.on("console", lambda m: self.console.append((m.type, m.text)))
        self.page.on("pageerror", lambda e: self.console.append(("pageerror", str(e))))
        self.page.on("dialog", lambda d: d.accept())
        where = {"lab": "doc/tree", "notebook": "notebooks"}[server.app]
        self.page.goto(f"{server.url}/{where}/{path}?token={server.token}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.until(lambda: self.kernel_state() == "idle", lambda: f"The kernel is {self.kernel_state()}.")

    def until(self, so: Any, why: Any, timeout: float | None = None) -> None:
        """Wait until something is so; `why` says what is wrong if it does not become so."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while not so():
            if time.monotonic() > deadline:
                raise TimeoutError(why())
            self.page.wait_for_timeout(25)  # keeps the browser's events coming

    def kernel_id(self) -> str:
        """The id of the notebook's kernel."""
        return self._session()["kernel"]["id"]

    def kernel_state(self) -> str:
        """`idle`, `busy`, …"""
        session = self._session()
        return session["kernel"]["execution_state"] if session else "none"

    def restart_kernel(self) -> None:
        """A fresh kernel for the same notebook."""
        self.server.api(f"kernels/{self.kernel_id()}/restart", method="POST")
        self.until(lambda: self.kernel_state() == "idle", lambda: f"The kernel is {self.kernel_state()}.")
        self.page.wait_for_timeout(500)  # the page notices the restart by itself

    def _session(self) -> Any:
        return next((s for s in self.server.api("sessions") if s.get("path") == self.path), None)

    def code_cell(self, index: int) -> Any:
        """A code cell, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(index)

    def count(self) -> int:
        """How many code cells there are."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").count()

    def prompt(self, index: int) -> str:
        """`""` never run, `"*"` queued or running, `"3"` done."""
        text = self.code_cell(index).locator(".jp-InputPrompt").first.inner_text()
        return text.strip().strip("[]:").strip()

    def run_cell(self, index: int, *, wait: bool = True, timeout: float | None = None) -> None:
        """Run a cell, and wait until all of its output is there."""
        cell, before = self.code_cell(index), self.prompt(index)
        # A fresh kernel counts from 1 again, so [1] may follow [1]: note the [*] between.
        cell.evaluate(
            """el => { el.__star = false; new MutationObserver(() => {
            if (el.querySelector('.jp-InputPrompt')?.innerText.includes('*')) el.__star = true;
            }).observe(el, {subtree: true, childList: true, characterData: true}); }"""
        )
        cell.locator(".jp-InputPrompt").first.click()
        self.page.keyboard.press("Control+Enter")
        if wait:
            self.wait_cell(index, before, timeout)

    def wait_cell(self, index: int, before: str = "", timeout: float | None = None) -> None:
        """Wait until a cell that was started is done."""

        def done() -> bool:
            now = self.prompt(index)
            return now.isdigit() and (now != before or self.code_cell(index).evaluate("el => !!el.__star"))

        self.until(done, lambda: f"Cell {index} shows [{self.prompt(index)}].", timeout)
        # The reply may overtake the outputs: wait for the kernel's own word that it is idle.
        self.until(
            lambda: self.page.evaluate(
                "() => (document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status ?? 'idle') === 'idle'"
            ),
            lambda: "The kernel does not come to rest.",
            timeout,
        )
        self.page.wait_for_timeout(50)

    def run_all(self, timeout: float | None = None) -> None:
        """Every code cell from top to bottom, by the notebook's own menu."""
        self.code_cell(0).locator(".jp-InputPrompt").first.click()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(r"^Run All Cells$")).first.click()
        for index in range(self.count()):
            if self.source(index).strip():
                self.wait_cell(index, timeout=timeout)

    def source(self, index: int) -> str:
        """The text of a cell."""
        return self.code_cell(index).locator(".cm-content").inner_text()

    def edit(self, index: int, source: str) -> None:
        """Replace the text of a cell."""
        self.code_cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def execute(self, source: str, *, wait: bool = True) -> int:
        """Append a cell, run it; its index."""
        last = self.count() - 1
        # By way of the editor: a widget in the cell's output keeps the focus when the cell is only selected.
        self.code_cell(last).locator(".cm-content").click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        self.until(lambda: self.count() == last + 2, lambda: "No cell was added.")
        self.code_cell(last + 1).locator(".cm-content").click()
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        if wait:
            self.wait_cell(last + 1)
        return last + 1

    def delete(self, index: int) -> None:
        """Take a cell out of the notebook, as a user does."""
        count = self.count()
        self.code_cell(index).locator(".jp-InputPrompt").first.click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("d")
        self.page.keyboard.press("d")
        self.until(lambda: self.count() == count - 1, lambda: "The cell is still there.")

    def save(self) -> dict[str, Any]:
        """Save the notebook; what is then in its file."""
        path = self.server.root / self.path
        before = path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        saved: list[dict[str, Any]] = []

        def written() -> bool:
            if path.stat().st_mtime_ns != before:
                with suppress(ValueError):  # half of it
                    saved.append(json.loads(path.read_text()))
            return bool(saved)

        self.until(written, lambda: "The notebook was not saved.")
        return saved[0]

    def output(self, index: int) -> Any:
        """The output area of a cell."""
        return self.code_cell(index).locator(".jp-OutputArea").first

    def output_text(self, index: int) -> str:
        """What a cell shows, as text."""
        return self.output(index).inner_text() if self.output(index).count() else ""

    def wait_text(self, index: int, text: str, timeout: float | None = None) -> None:
        """Wait until a cell shows a text."""
        self.until(
            lambda: text in self.output_text(index),
            lambda: f"Cell {index} shows no {text!r}:\n{self.output_text(index)}",
            timeout,
        )

    def errors(self) -> list[str]:
        """Errors on the console that are not known noise."""
        return [
            text
            for kind, text in self.console
            if kind in ("error", "pageerror") and not any(re.search(noise, text) for noise in NOISE)
        ]

    def screenshot(self, path: str | os.PathLike[str], locator: Any = None) -> Path:
        """A picture of the page or of a part of it."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        (locator or self.page).screenshot(path=str(target))
        return target

    def theme(self, name: str) -> None:
        """`JupyterLab Dark` or `JupyterLab Light`."""
        self.server.api(
            "/lab/api/settings/@jupyterlab/apputils-extension:themes",
            "PUT",
            {"raw": json.dumps({"theme": name})},
        )
        self.page.reload()
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")

    def close(self) -> None:
        """Close the page and end its kernel."""
        with suppress(OSError, TypeError):
            self.server.api(f"kernels/{self.kernel_id()}", method="DELETE")
        self.page.context.close()
