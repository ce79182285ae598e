"""The table of the README's performance section: `make bench`.

Each figure is CPU time of one process, the median of several; the tools take turns, so
that a machine whose speed drifts drifts for all of them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
TOOLS = ("assets", "joblib", "hamilton")
ROUNDS = 5


def measure(tool: str, folder: Path) -> dict[str, dict[str, float]]:
    command = [sys.executable, str(HERE / "thousand.py"), tool, str(folder)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {line["what"]: line for line in map(json.loads, out.splitlines())}


def import_time() -> float:
    code = "from time import process_time as t; s = t(); import assets; print(t() - s)"
    return statistics.median(
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        for _ in range(ROUNDS)
    )


def main() -> None:
    figures: dict[str, dict[str, list[float]]] = {tool: defaultdict(list) for tool in TOOLS}
    ran: dict[str, dict[str, int]] = {tool: {} for tool in TOOLS}
    for _ in range(ROUNDS):
        for tool in TOOLS:
            with tempfile.TemporaryDirectory() as folder:
                cold = measure(tool, Path(folder))
                fresh = measure(tool, Path(folder))
            for what, line in (("first", cold["first"]), ("again", cold["again"]), ("fresh", fresh["first"])):
                figures[tool][what].append(line["seconds"])
                ran[tool][what] = int(line["ran"])
    print(f"import assets: {import_time() * 1000:.0f} ms of CPU\n")
    print("| 1,000 trivial functions, persisted; CPU ms (functions run) | " + " | ".join(TOOLS) + " |")
    print("|---|" + "---|" * len(TOOLS))
    titles = {
        "first": "made the first time",
        "again": "again, nothing changed, same process",
        "fresh": "again, nothing changed, fresh process",
    }
    for what, title in titles.items():
        cells = [
            f"{statistics.median(figures[tool][what]) * 1000:,.0f} ({ran[tool][what]})" for tool in TOOLS
        ]
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
