#!/usr/bin/env python3
"""Run the public test-suite of the reference implementation against a package.

    python run.py --python /path/to/venv/bin/python [--target assets] [--area X] [--tag public]

Standard library only.  See README.md.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PREFIX = "dagster_tests/"


# ---------------------------------------------------------------- the suite
def prepare_suite(cache, spec, sdist=None):
    """Download the sdist with pip (once) and unpack only the files that are needed."""
    files = sorted(set(spec["files"]) | set(spec.get("support", ())))
    digest = hashlib.sha256("\n".join([spec["sdist"], *files]).encode()).hexdigest()[:10]
    suite = pathlib.Path(cache).expanduser().resolve() / f"{spec['sdist']}-{digest}"
    if (suite / "modules.json").exists():
        return suite
    suite.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=suite.parent) as tmp:
        if not sdist:
            print(f"downloading {spec['sdist']} ...", file=sys.stderr)
            pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
            subprocess.run(
                [*pip, "--no-binary", "dagster", "-d", tmp, spec["sdist"].replace("-", "==")],
                check=True,
            )
            sdist = next(pathlib.Path(tmp).glob("*.tar.gz"))
        out = pathlib.Path(tmp) / "suite"
        modules = []
        with tarfile.open(sdist) as tar:
            for member in tar:
                name = member.name.partition("/")[2]
                if name.startswith("dagster/") and name.endswith(".py"):
                    modules.append(name[:-3].replace("/", ".").removesuffix(".__init__"))
                if not (member.isfile() and name.startswith(PREFIX)):
                    continue
                base = name.rpartition("/")[2]
                is_test = base.startswith("test_") and base.endswith(".py")
                if (is_test and name not in files) or name == PREFIX + "conftest.py":
                    continue
                path = out / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(tar.extractfile(member).read())
        (out / PREFIX / "conftest.py").write_text("")
        (out / "modules.json").write_text(json.dumps(sorted(modules)))
        shutil.rmtree(suite, ignore_errors=True)
        out.rename(suite)
    return suite


# ---------------------------------------------------------------- running
class Runner:
    def __init__(self, args, suite, work):
        self.args, self.suite, self.work = args, suite, work
        self.index = work / "index.json"

    def env(self, extra=()):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DAGSTER"))}
        paths = [str(HERE), str(self.suite), os.environ.get("PYTHONPATH", "")]
        env.update(
            PYTHONPATH=os.pathsep.join(p for p in paths if p),
            PYTHONDONTWRITEBYTECODE="1",
            PYTHONHASHSEED="0",
            CONFORMANCE_TARGET=self.args.target,
            CONFORMANCE_SUITE=str(self.suite),
            CONFORMANCE_INDEX=str(self.index),
            CONFORMANCE_TIMEOUT=str(self.args.timeout),
        )
        env.update(extra)
        return env

    def build_index(self):
        """Where does the target define which name?  Computed once, in a process of its own."""
        cmd = [self.args.python, "-c", "import shim; shim.write_index()"]
        done = subprocess.run(cmd, env=self.env(), cwd=self.work, timeout=300)
        if done.returncode:
            sys.exit(f"{self.args.python} cannot import pytest and {self.args.target}")

    def run_file(self, file, wanted):
        """Run one file; start it again (at most 3 times) if its process dies or hangs."""
        results, missing = {}, collections.Counter()
        todo = list(wanted) if wanted is not None else None
        for attempt in range(4):
            slot = pathlib.Path(tempfile.mkdtemp(dir=self.work))
            (slot / "cwd").mkdir()
            (slot / "tmp").mkdir()
            report, nodes = slot / "report.jsonl", slot / "nodes.json"
            nodes.write_text(json.dumps(todo))
            env = self.env(
                dict(
                    CONFORMANCE_REPORT=str(report),
                    CONFORMANCE_NODES=str(nodes),
                    TMPDIR=str(slot / "tmp"),
                )
            )
            cmd = [self.args.python, "-m", "pytest", "-p", "shim", "-p", "no:cacheprovider"]
            cmd += ["-c", os.devnull, f"--rootdir={self.suite}", "-q", "--tb=native"]
            cmd += ["--disable-warnings", str(self.suite / file)]
            with open(slot / "log", "wb") as log:
                proc = subprocess.Popen(
                    cmd,
                    env=env,
                    cwd=slot / "cwd",
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
                try:
                    proc.wait(self.args.file_timeout)
                except subprocess.TimeoutExpired:
                    pass
                try:  # whatever is left of the group this runner started
                    os.killpg(proc.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                proc.wait()
            running = None
            lines = report.read_text().splitlines() if report.exists() else []
            for line in lines:
                row = json.loads(line)
                if row["event"] == "start":
                    running = row["id"]
                elif row["event"] == "result":
                    results[row["id"]], running = row, None
                elif row["event"] == "finish":
                    missing.update(row["missing"])
            if self.args.logs:
                path = pathlib.Path(self.args.logs) / (file.replace("/", ".") + ".log")
                path.parent.mkdir(parents=True, exist_ok=True)
                with open(path, "ab" if attempt else "wb") as out:
                    out.write((slot / "log").read_bytes())
            shutil.rmtree(slot, ignore_errors=True)
            if running:
                results[running] = {"outcome": "died", "reason": "the process died or hung"}
            if not running:
                break
            todo = [n for n in todo if n not in results] if todo is not None else None
            if not todo:
                break
        for node in wanted or ():
            results.setdefault(node, {"outcome": "not collected", "reason": "not collected"})
        if wanted is not None:
            results = {n: results[n] for n in wanted}
        return file, results, missing


def run(args, suite, selection):
    """selection: {file: [node id, ...] or None for every test} -> (results, missing names)"""
    results, missing = {}, collections.Counter()
    with tempfile.TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True) as tmp:
        runner = Runner(args, suite, pathlib.Path(tmp))
        runner.build_index()
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            big_first = sorted(selection, key=lambda f: -len(selection[f] or ()))
            jobs = [pool.submit(runner.run_file, f, selection[f]) for f in big_first]
            for i, job in enumerate(concurrent.futures.as_completed(jobs), 1):
                file, rows, miss = job.result()
                results.update({n: dict(r, file=file) for n, r in rows.items()})
                missing.update(miss)
                if args.verbose:
                    ok = sum(r["outcome"] == "passed" for r in rows.values())
                    print(f"[{i}/{len(jobs)}] {ok}/{len(rows)} {file}", file=sys.stderr)
    return results, missing


# ---------------------------------------------------------------- command line
def parser(filters):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--python", default=sys.executable, help="of the venv that has the target")
    p.add_argument("--target", default="assets", help="import name of the package under test")
    for name, values in filters.items():
        p.add_argument(f"--{name}", choices=[*values, "all"], default="all")
    p.add_argument("--file", help="only files whose path matches this glob")
    p.add_argument("--out", help="write every result to this JSON file")
    p.add_argument("--floor", help="a JSON file: how many tests of each surface must pass at least")
    p.add_argument("--logs", help="keep pytest's output of each file in this folder")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--timeout", type=float, default=20, help="seconds per test")
    p.add_argument("--file-timeout", type=float, default=240, help="seconds per file")
    p.add_argument("--cache", default="~/.cache/assets-compat")
    p.add_argument("--sdist", help="use this sdist instead of downloading it")
    p.add_argument("-v", "--verbose", action="store_true")
    return p


def main(argv=None):
    spec = json.loads((HERE / "nodes.json").read_text())
    filters = spec["filters"]
    args = parser(filters).parse_args(argv)
    args.python = os.path.abspath(shutil.which(args.python) or args.python)
    selection, area_of, surface_of = {}, {}, {}
    for file, entry in spec["files"].items():
        if args.file and not fnmatch.fnmatch(file, f"*{args.file}*"):
            continue
        for name, tags in entry["nodes"].items():
            tags = {**entry, **tags}
            if all(getattr(args, f) in ("all", tags[f]) for f in filters):
                selection.setdefault(file, []).append(f"{file}::{name}")
                area_of[f"{file}::{name}"] = tags["area"]
                surface_of[f"{file}::{name}"] = tags["surface"]
    started = time.time()
    suite = prepare_suite(args.cache, spec, args.sdist)
    results, missing = run(args, suite, selection)

    table = collections.defaultdict(collections.Counter)
    for node, row in results.items():
        table[area_of[node]][row["outcome"]] += 1
    print(f"{'area':<20}{'passed':>8}{'total':>8}{'rate':>8}")
    for area, c in sorted(table.items()):
        n = sum(c.values())
        print(f"{area:<20}{c['passed']:>8}{n:>8}{c['passed'] / n:>8.1%}")
    if missing:
        names = ", ".join(f"{n} ({k})" for n, k in missing.most_common(25))
        print(f"\nnames looked up and not found, most used first (files): {names}")
    passed, total = sum(c["passed"] for c in table.values()), len(results)
    if args.out:
        summary = {a: {"passed": c["passed"], "total": sum(c.values())} for a, c in table.items()}
        doc = dict(target=args.target, passed=passed, total=total, areas=summary)
        doc.update(seconds=round(time.time() - started), missing=dict(missing), results=results)
        pathlib.Path(args.out).write_text(json.dumps(doc, indent=1, sort_keys=True))
    rate = passed / total if total else 0
    print(f"\nTOTAL {passed}/{total} {rate:.1%} target={args.target} {time.time() - started:.0f}s")
    return below(json.loads(pathlib.Path(args.floor).read_text()), results, surface_of) if args.floor else 0


def below(floor, results, surface_of):
    """1 if fewer tests of a surface passed than the floor says, else 0."""
    passed = collections.Counter(
        surface_of[node] for node, row in results.items() if row["outcome"] == "passed"
    )
    for surface, least in floor.items():
        print(f"{surface}: {passed[surface]} passed, at least {least} must")
    return int(any(passed[surface] < least for surface, least in floor.items()))


if __name__ == "__main__":
    sys.exit(main())
