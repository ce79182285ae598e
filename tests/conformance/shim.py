"""pytest plugin: makes ``import dagster`` in the test-suite resolve to another package.

``dagster.X`` is ``getattr(target, X)``.  A name of any other module of the reference
implementation (``dagster._core...``, ``dagster_shared...``) is looked up by NAME alone:
the target's public namespace, then ``shim_helpers.py``, then any submodule of the target that
defines it.  A name found nowhere becomes a `Missing`: harmless while a test file is
being imported, an error that ``pytest.raises(Exception)`` cannot swallow once a test uses it.
"""

import ast
import asyncio
import builtins
import contextvars
import importlib
import importlib.abc
import importlib.machinery
import inspect
import json
import os
import pkgutil
import signal
import sys
import threading
import time
import types

import pytest
from _pytest.assertion.rewrite import rewrite_asserts

TARGET = os.environ.get("CONFORMANCE_TARGET", "none")  # "none": no shim at all
SUITE = os.environ.get("CONFORMANCE_SUITE", "")
REFERENCE = "dagster"  # target == REFERENCE is the self-test of the shim
SHIMMED = {REFERENCE, "dagster_shared", "dagster_pipes"}
UNPUBLISHED = "dagster_test"  # helpers of the suite that are in no sdist: all of it is missing


# ---------------------------------------------------------------- missing names
class MissingName(BaseException):
    """A test used a name that the target does not have."""


def is_probe(name):
    """Attributes that Python, pytest and mock look for on any object."""
    return name.startswith(("__", "_mock_")) or "pytest" in name or "fixture" in name


class State:
    in_test = False
    used = []  # names of placeholders that the running test used
    missing = set()  # every name that was not found
    failed = []  # top-level statements of the suite that failed


def use(missing, result=None, name=None):
    if State.in_test:
        State.used.append(missing._missing)
        raise MissingName(f"{missing._missing}: {missing._reason}")
    if result is None:
        return Missing(name or missing._missing, missing._reason)
    return result


class MissingBase:
    """Stands in for a missing base class."""

    def __init_subclass__(cls, **kwargs):
        pass

    def __new__(cls, *args, **kwargs):
        use(Missing(cls.__name__, "derived from a missing class"))
        return super().__new__(cls)

    def __init__(self, *args, **kwargs):
        pass


class Missing:
    def __init__(self, name, reason=f"no such name in {TARGET}"):
        object.__setattr__(self, "_missing", name)
        object.__setattr__(self, "_reason", reason)
        object.__setattr__(self, "__name__", name)  # what pytest builds parameter ids from

    def __repr__(self):
        return f"<missing {self._missing}>"

    def __getattr__(self, name):
        if is_probe(name):
            raise AttributeError(name)
        return use(self, name=f"{self._missing}.{name}")

    def __mro_entries__(self, bases):
        use(self)
        return (type("MissingBase", (MissingBase,), {}),)  # a fresh one: it may be listed twice

    def __bool__(self):
        return use(self, False)

    def __len__(self):
        return use(self, 0)

    def __iter__(self):
        return use(self, iter(()))

    def __str__(self):
        return use(self, repr(self))

    def __hash__(self):
        return use(self, hash(self._missing))

    def __eq__(self, other):
        return use(self, self is other)

    def __ne__(self, other):
        return use(self, self is not other)


def _any_use(self, *args, **kwargs):
    return use(self)


for _name in [
    "call",
    "instancecheck",
    "subclasscheck",
    "setattr",
    "delattr",
    "getitem",
    "setitem",
    "delitem",
    "contains",
    "enter",
    "exit",
    "aenter",
    "aexit",
    "aiter",
    "await",
    "next",
    "lt",
    "le",
    "gt",
    "ge",
    "add",
    "radd",
    "sub",
    "rsub",
    "mul",
    "rmul",
    "truediv",
    "rtruediv",
    "floordiv",
    "mod",
    "rmod",
    "and",
    "rand",
    "or",
    "ror",
    "xor",
    "rxor",
    "invert",
    "neg",
    "pos",
    "abs",
    "int",
    "float",
    "index",
    "fspath",
    "reversed",
    "format",
]:
    setattr(Missing, f"__{_name}__", _any_use)


# ---------------------------------------------------------------- name look-up
def submodules(root):
    package = importlib.import_module(root)
    yield package
    for info in pkgutil.walk_packages(
        getattr(package, "__path__", []), root + ".", onerror=lambda name: None
    ):
        if info.name.endswith("__main__"):
            continue
        try:
            yield importlib.import_module(info.name)
        except BaseException:
            continue


def write_index():
    """Write {name: module of the target that defines it}."""
    index, roots = {}, [] if TARGET == "none" else [TARGET]
    if TARGET == REFERENCE:  # CONFORMANCE_PUBLIC: pretend that it has no private modules
        roots = [] if "CONFORMANCE_PUBLIC" in os.environ else sorted(SHIMMED)
    elif roots:
        sys.meta_path.insert(0, Blocker())
    for module in [m for root in roots for m in submodules(root)]:
        for name, value in list(vars(module).items()):
            if name.startswith("__") or isinstance(value, types.ModuleType):
                continue
            named = isinstance(value, (type, types.FunctionType))
            home = str(value.__module__ if named else type(value).__module__)
            if named and home == module.__name__:  # defined here
                index[name] = module.__name__
            elif home.split(".", maxsplit=1)[0] in [*roots, "builtins", "contextvars", "_contextvars"]:
                index.setdefault(name, module.__name__)  # re-exported, or a constant
    with open(os.environ["CONFORMANCE_INDEX"], "w") as f:
        json.dump(index, f)


class Resolver:
    def __init__(self):
        no_target = TARGET == "none"
        self.target = types.SimpleNamespace() if no_target else importlib.import_module(TARGET)
        with open(os.environ["CONFORMANCE_INDEX"]) as f:
            self.index = json.load(f)
        with open(os.path.join(SUITE, "modules.json")) as f:
            self.modules = set(json.load(f))

    def is_module(self, name):
        other = ("dagster_shared.", "dagster_pipes.", UNPUBLISHED + ".")  # sdists of their own
        return name in self.modules or name.startswith(other)

    def find(self, name, module):
        if hasattr(self.target, name):
            return getattr(self.target, name)
        if name in shim_helpers().__all__:
            return getattr(shim_helpers(), name)
        if name in self.index and module != REFERENCE:
            return getattr(importlib.import_module(self.index[name]), name)
        full = f"{module}.{name}"
        State.missing.add(full)
        return Missing(full)


def shim_helpers():
    return importlib.import_module("shim_helpers")


class ShimModule(types.ModuleType):
    def __init__(self, name, resolver):
        super().__init__(name)
        self.__path__ = []
        self._resolver = resolver

    def __getattr__(self, name):
        r = self._resolver
        if name == "__all__":
            public = [n for n in dir(r.target) if not n.startswith("_")]
            return getattr(r.target, "__all__", public)
        full = f"{self.__name__}.{name}"
        public = getattr(r.target, name, None)
        if isinstance(public, types.ModuleType):
            public = None
        if self.__name__ == REFERENCE and public is not None:
            return public
        if is_probe(name):
            raise AttributeError(name)
        if public is None and (full in r.modules or self.__name__ == "dagster_shared"):
            return import_shim(full, r)
        return r.find(name, self.__name__)


# ---------------------------------------------------------------- import hooks
def import_shim(name, resolver):
    if TARGET != REFERENCE:
        return importlib.import_module(name)
    if name not in SHIMMED and not resolver.is_module(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return PASSTHROUGH.setdefault(name, ShimModule(name, resolver))


PASSTHROUGH = {}


class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname.split(".")[0] == REFERENCE:
            raise ModuleNotFoundError(f"the package under test must not import {fullname}")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, resolver, packages):
        self.resolver, self.packages = resolver, packages

    def find_spec(self, fullname, path, target=None):
        if fullname in self.packages or (
            fullname.split(".")[0] in self.packages and self.resolver.is_module(fullname)
        ):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return ShimModule(spec.name, self.resolver)

    def exec_module(self, module):
        pass


def public():
    """The target's public namespace, in which what is missing is a `Missing`."""
    return ShimModule(REFERENCE, State.resolver)


class SuiteFinder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec and str(spec.origin).startswith(SUITE + os.sep) and spec.origin.endswith(".py"):
            spec.loader = SuiteLoader(fullname, spec.origin)
            return spec


class SuiteLoader(importlib.machinery.SourceFileLoader):
    """Runs a file of the suite so that a top-level statement that fails does not sink the file.

    The names that it would have bound become `Missing`, and only the tests that use them fail.
    """

    def get_code(self, fullname):
        source = self.get_data(self.path)
        tree = ast.parse(source)
        rewrite_asserts(tree, source, self.path)
        for i, node in enumerate(tree.body):
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if docstring or getattr(node, "module", "") == "__future__":
                continue
            names = bound_names(node)
            template = f"try: pass\nexcept Exception as _e: __failed__({names!r}, _e, globals())"
            tree.body[i] = guard = ast.parse(template).body[0]
            for part in ast.walk(guard):
                ast.copy_location(part, node)
            guard.body = [node]
        return compile(tree, self.path, "exec", dont_inherit=True)

    def exec_module(self, module):
        module.__failed__ = failed
        super().exec_module(module)


def bound_names(node):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [a.asname or a.name.split(".")[0] for a in node.names]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    return [n for child in ast.iter_child_nodes(node) for n in bound_names(child)]


def failed(names, error, namespace):
    State.failed.append(f"{names}: {type(error).__name__}: {error}"[:300])
    for name in names:
        if not name.startswith("test"):
            reason = f"{type(error).__name__} at import: {error}"
            namespace[name] = Missing(name, reason[:300])


def install():
    sys.meta_path.insert(0, SuiteFinder())
    blocker = Blocker()
    if TARGET not in ("none", REFERENCE):
        for name in [n for n in sys.modules if n.split(".")[0] in SHIMMED]:
            del sys.modules[name]  # something (a plugin) imported the real one
        sys.meta_path.insert(0, blocker)
    resolver = State.resolver = Resolver()
    sys.meta_path.append(Finder(resolver, {UNPUBLISHED}))
    if TARGET == REFERENCE:  # only imports made by the suite's own files are redirected
        real = builtins.__import__

        def __import__(name, globals=None, locals=None, fromlist=(), level=0):
            top = name.split(".")[0]
            if level == 0 and top in SHIMMED:
                if str((globals or {}).get("__file__") or "").startswith(SUITE + os.sep):
                    module = import_shim(name, resolver)
                    return module if fromlist else import_shim(top, resolver)
            return real(name, globals, locals, fromlist, level)

        builtins.__import__ = __import__
    elif TARGET != "none":
        sys.meta_path[sys.meta_path.index(blocker)] = Finder(resolver, SHIMMED)


# ---------------------------------------------------------------- pytest hooks
class TimedOut(BaseException):
    pass


def _on_alarm(signum, frame):
    raise TimedOut("the test took too long")


class Report:
    def __init__(self):
        self.path = os.environ.get("CONFORMANCE_REPORT", os.devnull)
        self.phases = []

    def write(self, event, **row):
        with open(self.path, "a") as f:
            f.write(json.dumps(dict(row, event=event)) + "\n")


REPORT = Report()


def pytest_collection_modifyitems(config, items):
    with open(os.environ["CONFORMANCE_NODES"]) as f:
        wanted = json.load(f)
    if wanted is not None:
        wanted = set(wanted)
        config.hook.pytest_deselected(items=[i for i in items if i.nodeid not in wanted])
        items[:] = [i for i in items if i.nodeid in wanted]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """A context of its own for each test; and coroutines run without pytest-asyncio, too."""
    fn = pyfuncitem.obj
    is_async = inspect.iscoroutinefunction(fn)
    if is_async and pyfuncitem.config.pluginmanager.hasplugin("asyncio"):
        return None
    kwargs = {n: pyfuncitem.funcargs[n] for n in pyfuncitem._fixtureinfo.argnames}
    result = contextvars.copy_context().run(fn, **kwargs)
    if is_async:
        asyncio.run(result)
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    REPORT.phases, State.used[:] = [], []
    wall, cpu = time.perf_counter(), time.process_time()
    REPORT.write("start", id=item.nodeid)
    signal.signal(signal.SIGALRM, _on_alarm)
    signal.setitimer(signal.ITIMER_REAL, float(os.environ["CONFORMANCE_TIMEOUT"]), 5)
    State.in_test = True
    try:
        yield
    finally:
        State.in_test = False
        signal.setitimer(signal.ITIMER_REAL, 0)
    outcome, reason = "passed", ""
    for report in REPORT.phases:
        if hasattr(report, "wasxfail"):
            outcome = "xfailed" if report.skipped else "xpassed"
        elif report.skipped and outcome == "passed":
            outcome = "skipped"
        elif report.failed:
            outcome = "failed"
            crash = getattr(report.longrepr, "reprcrash", None)
            reason = reason or (crash.message if crash else str(report.longrepr))
    if outcome == "passed" and (State.used or not any(r.when == "call" for r in REPORT.phases)):
        outcome, reason = "failed", f"used missing names: {State.used}"
    REPORT.write(
        "result",
        id=item.nodeid,
        outcome=outcome,
        reason=reason[:400],
        seconds=round(time.perf_counter() - wall, 3),
        cpu=round(time.process_time() - cpu, 3),
    )


def pytest_runtest_logreport(report):
    REPORT.phases.append(report)


def pytest_sessionfinish(session):
    REPORT.write("finish", missing=sorted(State.missing), failed=State.failed)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    sys.stdout.flush()
    sys.stderr.flush()
    if any(t is not threading.main_thread() and not t.daemon for t in threading.enumerate()):
        os._exit(0)  # a test left a thread behind: do not wait for it


if "CONFORMANCE_REPORT" in os.environ:
    install()
