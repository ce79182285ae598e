"""A notebook with the lineage widget under its second cell, driven by its nodes, its button and its line.

it = Story(page, photograph)
page.run_cell(2)
it.wait(raw="missing")
it.materialize("raw")
it.wait(raw="fresh")
assert it.ran() == ["raw"]
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

BEGINNING = """%load_ext assets
import os, time
from assets import asset, DailyPartitionsDefinition

def ran(name):
    with open("ran", "a") as file:
        print(name, file=file)
"""

WATCH = """el => {
    el.seen = [];
    new MutationObserver(changes => {
        for (const { target } of changes) el.seen.push(target.getAttribute("aria-label").split(":")[0]);
    }).observe(el, {subtree: true, attributes: true, attributeFilter: ["aria-label"]});
}"""


class Story:
    """What a user does with the widget, and what it shows.

    Args:
        page: The open notebook.
        photograph: Keeps a picture under a name.
    """

    def __init__(self, page: Any, photograph: Callable[[str], None]) -> None:
        self.page = page
        self.photograph = photograph
        self.area = page.output(1)
        self._ran: Path = (page.server.root / page.path).parent / "ran"
        self._read = 0

    def ran(self) -> list[str]:
        """The bodies that ran since this was asked last, in order."""
        lines = self._ran.read_text().split() if self._ran.exists() else []
        new, self._read = lines[self._read :], len(lines)
        return new

    def file(self, name: str) -> Path:
        """A file beside the notebook."""
        return self._ran.with_name(name)

    def node(self, name: str) -> Any:
        """The card of an asset."""
        return self.area.locator(f'.as-stage [aria-label^="{name}, "]').first

    def names(self) -> set[str]:
        """The names of the nodes."""
        labels = self.area.locator(".as-stage .as-label")
        return {re.sub(r"\s|\u200b", "", text) for text in labels.all_inner_texts()}

    def wait_names(self, *names: str) -> None:
        """Wait until there are exactly these nodes."""
        self.page.until(lambda: self.names() == set(names), lambda: f"The graph shows {self.names()}.")

    def wait(self, **states: str) -> None:
        """Wait until the nodes are in these states."""
        for name, state in states.items():
            self.area.locator(f'.as-stage [aria-label^="{name}, {state}:"]').first.wait_for(state="attached")

    def watch(self) -> None:
        """Note every change of a node from here on."""
        self.area.locator(".as-stage").evaluate(WATCH)

    def seen(self, name: str) -> list[str]:
        """The states that a node has shown since `watch`, each once in a row."""
        labels = self.area.locator(".as-stage").evaluate("el => el.seen")
        states = [state for who, _, state in (label.partition(", ") for label in labels) if who == name]
        return [state for at, state in enumerate(states) if at == 0 or states[at - 1] != state]

    def click(self, button: str = "Materialize") -> None:
        """Press the main button, or another one."""
        if button == "Materialize":
            self.area.locator("button.as-main").click()
        else:
            self.area.get_by_role("button", name=button, exact=True).first.click()

    def materialize(self, name: str) -> None:
        """Click a node, then the button."""
        self.node(name).click()
        self.click()

    def line(self) -> str:
        """What the widget says of the last run, or of what a click would do."""
        return self.area.locator(".as-line-text").first.inner_text()

    def wait_line(self, text: str) -> None:
        """Wait until the widget says so."""
        self.page.until(lambda: text in self.line(), lambda: f"The line says {self.line()!r}.")

    def wait_panel(self, *texts: str) -> None:
        """Wait until the details of an asset show all of these texts."""
        panel = self.area.locator(".as-panel").first
        self.page.until(
            lambda: all(text in panel.inner_text() for text in texts),
            lambda: f"The panel says {panel.inner_text()!r}.",
        )
