"""A hundred assets by 3,650 days: their state read from a store by a fresh process.

    python benchmarks/states.py FOLDER

Every asset but the first reads the one before it, day by day. The store is made once, by
appending the events of the runs that would have made it; then each line is the CPU time of
a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

SCRIPT = str(Path(__file__).absolute())
ASSETS, DAYS = 100, 3650
START = datetime(2015, 1, 1)  # noqa: DTZ001  a date as a key is written
KEYS = [f"{START + timedelta(days=n):%Y-%m-%d}" for n in range(DAYS)]


def definitions() -> list[Any]:
    from assets import DailyPartitionsDefinition, asset

    space = DailyPartitionsDefinition(START, end_date=START + timedelta(days=DAYS))
    text = ["def a0():\n    return 0\n"]
    text += [f"def a{n}(a{n - 1}):\n    return a{n - 1} + {n}\n" for n in range(1, ASSETS)]
    made: dict[str, Any] = {}
    path = Path("declared.py")
    path.write_text("\n".join(text), encoding="utf-8")
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), made)
    return [asset(partitions_def=space)(made[f"a{n}"]) for n in range(ASSETS)]


def workspace() -> Any:
    from assets.core.workspace import Workspace

    opened = Workspace("store")
    opened.define(definitions())
    return opened


def digest(*parts: object) -> str:
    return hashlib.md5(repr(parts).encode(), usedforsecurity=False).hexdigest()


def fill() -> None:
    from assets import AssetKey
    from assets.core.events import Materialized, Stored
    from assets.core.keys import Piece
    from assets.core.versions.data import Input, Provenance

    opened = workspace()
    codes = opened.codes()
    log = opened.instance.log
    for n in range(ASSETS):
        key, above = AssetKey(f"a{n}"), AssetKey(f"a{n - 1}")
        events, values = [], []
        for day in KEYS:
            inputs = {f"a{n - 1}": Input(above, day, digest(n - 1, day))} if n else {}
            data = json.dumps([n, day]).encode()
            stored = Stored("json", digest("value", n, day), len(data), "signature", inline=True)
            made = Provenance(codes[key], inputs)
            piece = Piece(key, day)
            events.append(
                Materialized(
                    f"run-{n}", 1.0, piece, made, digest(n, day), stored=stored, seconds=0.1, python="3.11"
                )
            )
            values.append((stored, data))
        log.append(events, values)
    opened.close()


def read() -> None:
    from assets.core.decide.rows import rows
    from assets.core.verbs import moment
    from assets.widgets.views.grid import grid

    opened = workspace()
    opened.instance  # noqa: B018  opening is not reading
    graph, codes = opened.present()
    for what in ("first", "again"):
        started = process_time()
        facts = opened.facts()
        known = process_time()
        now = moment(facts)
        states = rows(graph, facts, codes, None, now)
        judged = process_time()
        model, cells = grid(graph, states, None, None, now)
        ended = process_time()
        fresh = Counter(cells)[model["states"].index("fresh")]
        assert fresh == ASSETS * DAYS, fresh
        say(what=what, facts=known - started, states=judged - known, grid=ended - judged)


def say(what: str, **seconds: float) -> None:
    told = {"what": what, **{name: round(each, 4) for name, each in seconds.items()}}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    if len(sys.argv) > 2:
        read()
    else:
        if not Path("store").exists():
            fill()
        for _ in range(3):
            subprocess.run([sys.executable, SCRIPT, ".", "read"], check=True)
