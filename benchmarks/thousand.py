"""A thousand trivial assets: made, asked for again, asked for again in a fresh process.

    python benchmarks/thousand.py TOOL FOLDER        one process; prints JSON lines of CPU seconds

The same thousand functions for each tool, in a module file that this script writes: every
function adds one to the results of at most two functions before it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from time import process_time

COUNT = 1000


def ups(i: int) -> list[int]:
    return sorted({i - 1 - i % 7, i // 2} & set(range(i)))


def module_text(tool: str) -> str:
    head = {
        "assets": "from assets import asset\n",
        "joblib": "from joblib import Memory\nmemory = Memory('.', verbose=0)\n",
        "hamilton": "",
    }[tool]
    mark = {"assets": "@asset\n", "joblib": "@memory.cache\n", "hamilton": ""}[tool]
    lines = [head]
    for i in range(COUNT):
        names = [f"f{j}" for j in ups(i)]
        typed = ", ".join(f"{n}: int" if tool == "hamilton" else n for n in names)
        arrow = " -> int" if tool == "hamilton" else ""
        lines.append(f"{mark}def f{i}({typed}){arrow}:\n    return {' + '.join([*names, str(i)])}\n")
    return "\n".join(lines)


def say(**figures: float | str) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def run_assets(module_name: str) -> None:
    started = process_time()
    from assets.core.workspace import Workspace

    say(what="import", seconds=process_time() - started)
    started = process_time()
    module = importlib.import_module(module_name)
    workspace = Workspace(".assets")
    workspace.define([getattr(module, f"f{i}") for i in range(COUNT)])
    summary = workspace.materialize()
    say(what="first", seconds=process_time() - started, ran=len(summary.built))
    started = process_time()
    summary = workspace.materialize()
    say(what="again", seconds=process_time() - started, ran=len(summary.built))


def run_joblib(module_name: str) -> None:
    started = process_time()
    import joblib  # noqa: F401

    say(what="import", seconds=process_time() - started)

    def once(functions: list) -> int:
        results: dict[int, int] = {}
        ran = 0
        for i, function in enumerate(functions):
            arguments = [results[j] for j in ups(i)]
            ran += not function.check_call_in_cache(*arguments)
            results[i] = function(*arguments)
        return ran

    started = process_time()
    module = importlib.import_module(module_name)
    functions = [getattr(module, f"f{i}") for i in range(COUNT)]
    ran = once(functions)
    say(what="first", seconds=process_time() - started, ran=ran)
    started = process_time()
    ran = once(functions)
    say(what="again", seconds=process_time() - started, ran=ran)


def run_hamilton(module_name: str) -> None:
    started = process_time()
    import logging

    from hamilton import driver

    logging.disable(logging.CRITICAL)
    say(what="import", seconds=process_time() - started)

    def once(built: driver.Driver) -> int:
        built.execute([f"f{i}" for i in range(COUNT)])
        log = built.cache.logs(built.cache.last_run_id, level="info")
        return sum(
            any(event.event_type.value == "execute_node" for event in events) for events in log.values()
        )

    started = process_time()
    module = importlib.import_module(module_name)
    built = driver.Builder().with_modules(module).with_cache(path="cache").build()
    ran = once(built)
    say(what="first", seconds=process_time() - started, ran=ran)
    started = process_time()
    ran = once(built)
    say(what="again", seconds=process_time() - started, ran=ran)


if __name__ == "__main__":
    tool, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    name = f"thousand_{tool}"
    if not Path(f"{name}.py").exists():
        Path(f"{name}.py").write_text(module_text(tool))
    sys.path.insert(0, str(folder))
    {"assets": run_assets, "joblib": run_joblib, "hamilton": run_hamilton}[tool](name)
