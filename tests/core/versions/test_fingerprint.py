"""Laws of the fingerprint: which edits of a notebook change what a function is.

Each row is an edit: its category, what the cells said before, what they say after, and
whether `f` is still the same function. `same` rows guard against needless repetition,
`different` rows against the worse fault, a wrong skip.
"""

import functools
import linecache
import sys
import textwrap
import threading
from itertools import count
from pathlib import Path

import pytest

from assets.core.versions.changes import explain
from assets.core.versions.fingerprint import BODY, Memo, fingerprint, version_of
from assets.core.versions.texts import text_of

_cells = count()


def run(*cells, space=None):
    """Run cells as a notebook does, in one namespace, with their text in `linecache`."""
    space = {"__name__": "__main__"} if space is None else space
    for cell in cells:
        text = textwrap.dedent(cell)
        name = f"<ipython-input-{next(_cells)}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec", dont_inherit=True), space)
    return space


def version(*cells):
    return version_of(run(*cells)["f"])


SAME = "same"
DIFFERENT = "different"
EDITS = [
    # The text that means nothing
    ("comment", "def f(x): return x + 1", "def f(x):  # one more\n    return x + 1", SAME),
    ("layout", "def f(x, y): return [x, y]", "def f(\n    x,\n    y,\n):\n\n    return [\n        x,\n        y]", SAME),
    ("brackets", "def f(x): return x + 1", "def f(x): return (x + (1))", SAME),
    ("docstring added", "def f(x): return x", "def f(x):\n    'What it does.'\n    return x", SAME),
    ("docstring edited", "def f(x):\n    'A.'\n    return x", "def f(x):\n    'B.'\n    return x", SAME),
    ("docstring alone", "def f(x):\n    'A.'", "def f(x):\n    pass", SAME),
    ("annotations", "def f(x): return x", "def f(x: int) -> list[int]: return x", SAME),
    ("local annotation", "def f(x):\n    y = x\n    return y", "def f(x):\n    y: int = x\n    return y", SAME),
    ("own name", "def f(x): return x", "def g(x): return x\nf = g", SAME),
    ("quotes", "def f(): return 'a'", 'def f(): return "a"', SAME),
    ("number format", "def f(): return 1000", "def f(): return 1_000", SAME),
    ("conditions on lines", "def f(x):\n    if x: return 1\n    return 2", "def f(x):\n    if x:\n        return 1\n    return 2", SAME),
    ("long condition", "def f(a, b, c):\n    while a and b or c: a = b", "def f(a, b, c):\n    while (a\n      and b\n      or c):\n        a = b", SAME),
    ("try on lines", "def f(x):\n    try: return x()\n    except ValueError: pass\n    finally: x = 1", "def f(x):\n    try:\n        return x()\n\n    except ValueError:\n        pass\n    finally:\n        x = 1", SAME),
    ("with on lines", "def f(x):\n    with x as y: return y", "def f(x):\n    with x as y:\n        # here\n        return y", SAME),
    ("comprehension on lines", "def f(s): return [v for v in s if v not in (1, 2)]", "def f(s):\n    return [v\n        for v in s\n        if v not in (1, 2)]", SAME),
    ("nested docstring and annotation", "def f(x):\n    def g(y): return y\n    return g(x)", "def f(x):\n    def g(y: dict[str, int] = None or 1) -> str:\n        'Doc.'\n        return y\n    return g(x)".replace(" = None or 1", ""), SAME),
    ("nested defaults and annotation", "def f(x):\n    def g(y=2, *, k=3): return y, k, x\n    return g()", "def f(x):\n    def g(y: int = 2, *, k: str = 3) -> None: return y, k, x\n    return g()", SAME),
    ("docstring of an inner class", "def f():\n    class A:\n        x = 1\n    return A", "def f():\n    class A:\n        'Doc.'\n        x = 1\n    return A", SAME),
    # The function itself
    ("operator", "def f(x): return x + 1", "def f(x): return x - 1", DIFFERENT),
    ("constant", "def f(x): return x + 1", "def f(x): return x + 2", DIFFERENT),
    ("type of a constant", "def f(x): return x + 1", "def f(x): return x + 1.0", DIFFERENT),
    ("True for 1", "def f(): return 1", "def f(): return True", DIFFERENT),
    ("minus zero", "def f(): return 0.0", "def f(): return -0.0", DIFFERENT),
    ("constants exchanged", "def f(): return [1, 2]", "def f(): return [2, 1]", DIFFERENT),
    ("attribute", "def f(x): return x.min()", "def f(x): return x.max()", DIFFERENT),
    ("keyword", "def f(g): return g(a=1)", "def f(g): return g(b=1)", DIFFERENT),
    ("comparison", "def f(x): return x < 1", "def f(x): return x <= 1", DIFFERENT),
    ("negated condition", "def f(x):\n    if x: return 1\n    return 2", "def f(x):\n    if not x: return 1\n    return 2", DIFFERENT),
    ("branches exchanged", "def f(x): return 1 if x is None else 2", "def f(x): return 2 if x is None else 1", DIFFERENT),
    ("and for or", "def f(a, b): return a and b", "def f(a, b): return a or b", DIFFERENT),
    ("break for continue", "def f(s):\n    for v in s:\n        if v: break\n        print(v)", "def f(s):\n    for v in s:\n        if v: continue\n        print(v)", DIFFERENT),
    ("exception type", "def f(x):\n    try: x()\n    except ValueError: pass", "def f(x):\n    try: x()\n    except KeyError: pass", DIFFERENT),
    ("guarded or not", "def f(x):\n    try:\n        x()\n    except ValueError: pass\n    x.y()", "def f(x):\n    try:\n        x()\n        x.y()\n    except ValueError: pass", DIFFERENT),
    ("default", "def f(x=1): return x", "def f(x=2): return x", DIFFERENT),
    ("default in place", "D = [1]\ndef f(x=D): return x", "D = [1]\ndef f(x=D): return x\nD.append(2)", DIFFERENT),
    ("keyword default", "def f(*, x=1): return x", "def f(*, x=2): return x", DIFFERENT),
    ("parameter order", "def f(a, b): return a - b", "def f(b, a): return a - b", DIFFERENT),
    ("keyword-only", "def f(a, b): return a", "def f(a, *, b): return a", DIFFERENT),
    ("generator", "def f(x): return x", "def f(x): yield x", DIFFERENT),
    ("async", "def f(x): return x", "async def f(x): return x", DIFFERENT),
    ("nested function", "def f(x):\n    def g(): return x\n    return g()", "def f(x):\n    def g(): return -x\n    return g()", DIFFERENT),
    ("nested default", "def f():\n    def g(y=1): return y\n    return g()", "def f():\n    def g(y=2): return y\n    return g()", DIFFERENT),
    ("lambda", "def f(x): return map(lambda v: v + 1, x)", "def f(x): return map(lambda v: v + 2, x)", DIFFERENT),
    ("f-string", "def f(x): return f'{x:.1f}'", "def f(x): return f'{x:.2f}'", DIFFERENT),
    ("set of constants", "def f(x): return x in {'a', 'b'}", "def f(x): return x in {'b', 'a'}", SAME),
    # Helpers
    ("helper", "def h(x): return x\ndef f(x): return h(x)", "def h(x): return -x\ndef f(x): return h(x)", DIFFERENT),
    ("helper's comment", "def h(x): return x\ndef f(x): return h(x)", "def h(x):  # same\n    return x\ndef f(x): return h(x)", SAME),
    ("helper renamed", "def h(x): return -x\ndef f(x): return h(x)", "def k(x): return -x\ndef f(x): return k(x)", SAME),
    ("order of cells", "def h(x): return x\ndef f(x): return h(x)", "def f(x): return h(x)\ndef h(x): return x", SAME),
    ("helper of a helper", "def a(x): return x\ndef b(x): return a(x)\ndef f(x): return b(x)", "def a(x): return +x\ndef b(x): return a(x)\ndef f(x): return b(x)", DIFFERENT),
    ("two helpers exchanged", "def a(x): return 1\ndef b(x): return 2\ndef f(x): return a(x), b(x)", "def a(x): return 2\ndef b(x): return 1\ndef f(x): return a(x), b(x)", DIFFERENT),
    ("helpers called the other way round", "def a(x): return 1\ndef b(x): return 2\ndef f(x): return a(x), b(x)", "def a(x): return 1\ndef b(x): return 2\ndef f(x): return b(x), a(x)", DIFFERENT),
    ("helpers used in two nested functions", "def a(): return 1\ndef b(): return 2\ndef f():\n    g = lambda: (a(), b())\n    h = lambda: (a(), b())\n    return g, h", "def a(): return 1\ndef b(): return 2\ndef f():\n    g = lambda: (a(), b())\n    h = lambda: (b(), a())\n    return g, h", DIFFERENT),
    ("helper that is not reached", "def h(x): return x\ndef f(x): return x", "def h(x): return -x\ndef f(x): return x", SAME),
    ("helper shadowed by a local", "def h(): return 1\ndef f(h): return h", "def h(): return 2\ndef f(h): return h", SAME),
    ("helper in a comprehension", "def h(x): return x\ndef f(s): return [h(v) for v in s]", "def h(x): return -x\ndef f(s): return [h(v) for v in s]", DIFFERENT),
    ("helper in a nested function", "def h(x): return x\ndef f(x):\n    def g(): return h(x)\n    return g", "def h(x): return -x\ndef f(x):\n    def g(): return h(x)\n    return g", DIFFERENT),
    ("helper in an f-string", "def h(x): return x\ndef f(x): return f'{h(x)}'", "def h(x): return -x\ndef f(x): return f'{h(x)}'", DIFFERENT),
    ("helper in a default", "def h(): return 1\ndef f(g=h): return g()", "def h(): return 2\ndef f(g=h): return g()", DIFFERENT),
    ("helpers in a circle", "def a(n): return n and b(n)\ndef b(n): return a(n - 1)\ndef f(x): return a(x)", "def a(n): return n and b(n)\ndef b(n): return a(n - 2)\ndef f(x): return a(x)", DIFFERENT),
    ("circle, unchanged", "def a(n): return n and b(n)\ndef b(n): return a(n - 1)\ndef f(x): return a(x)", "def b(n): return a(n - 1)\ndef a(n): return n and b(n)\ndef f(x): return a(x)", SAME),
    ("recursive, renamed", "def f(n): return n and f(n - 1)", "def g(n): return n and g(n - 1)\nf = g", SAME),
    ("attribute of the same name", "def size(): return 1\ndef f(x): return x.size()", "def size(): return 2\ndef f(x): return x.size()", SAME),
    ("keyword of the same name", "size = 1\ndef f(g): return g(size=3)", "size = 2\ndef f(g): return g(size=3)", SAME),
    ("helper in a list", "def h(x): return x\nSTEPS = [h]\ndef f(x): return [s(x) for s in STEPS]", "def h(x): return -x\nSTEPS = [h]\ndef f(x): return [s(x) for s in STEPS]", DIFFERENT),
    ("registry that leads back", "R = {}\ndef h(): return R, 1\nR['h'] = h\ndef f(): return R['h']()", "R = {}\ndef h(): return R, 2\nR['h'] = h\ndef f(): return R['h']()", DIFFERENT),
    ("builtin exchanged", "def f(x): return min(x)", "def f(x): return max(x)", DIFFERENT),
    ("builtin replaced", "def f(x): return min(x)", "def min(x): return 1\ndef f(x): return min(x)", DIFFERENT),
    ("missing, then defined", "def f(x): return later(x)", "def f(x): return later(x)\ndef later(x): return x", DIFFERENT),
    ("library function under a name", "from math import floor as r\ndef f(x): return r(x)", "from math import ceil as r\ndef f(x): return r(x)", DIFFERENT),
    ("library under a name", "import json as j\ndef f(x): return j.loads(x)", "import pickle as j\ndef f(x): return j.loads(x)", DIFFERENT),
    # Values
    ("value", "K = 1\ndef f(): return K", "K = 2\ndef f(): return K", DIFFERENT),
    ("value, the same again", "K = [1]\ndef f(): return K", "K = [2 - 1]\ndef f(): return K", SAME),
    ("value in place", "K = {'a': [1]}\ndef f(): return K", "K = {'a': [1]}\ndef f(): return K\nK['a'].append(2)", DIFFERENT),
    ("order of a dict", "K = {'a': 1, 'b': 2}\ndef f(): return K", "K = {'b': 2, 'a': 1}\ndef f(): return K", DIFFERENT),
    ("order of a set", "K = {'a', 'b'}\ndef f(): return K", "K = {'b', 'a'}\ndef f(): return K", SAME),
    ("sharing in a value", "K = [[0]] * 2\ndef f(): return K", "K = [[0], [0]]\ndef f(): return K", DIFFERENT),
    ("only assigned", "K = 1\ndef f():\n    global K\n    K = 5", "K = 2\ndef f():\n    global K\n    K = 5", SAME),
    ("assigned, then read", "K = 1\ndef f():\n    global K\n    K = 5\n    return K", "K = 2\ndef f():\n    global K\n    K = 5\n    return K", SAME),
    ("read, then assigned", "K = 1\ndef f():\n    global K\n    K = K + 5", "K = 2\ndef f():\n    global K\n    K = K + 5", DIFFERENT),
    ("perhaps assigned, then read", "K = 1\ndef f(x):\n    global K\n    if x: K = 5\n    return K", "K = 2\ndef f(x):\n    global K\n    if x: K = 5\n    return K", DIFFERENT),
    ("pattern", "import re\nK = re.compile('a')\ndef f(): return K", "import re\nK = re.compile('b')\ndef f(): return K", DIFFERENT),
    ("name in a query", "K = 1\ndef f(df): return df.query('x > @K')", "K = 2\ndef f(df): return df.query('x > @K')", DIFFERENT),
    ("frame in SQL", "T = [1]\ndef f(db): return db.sql('select * from T')", "T = [2]\ndef f(db): return db.sql('select * from T')", DIFFERENT),
    # Closures, wrappers, partials
    ("closure", "def make(n):\n    def f(x): return x + n\n    return f\nf = make(1)", "def make(n):\n    def f(x): return x + n\n    return f\nf = make(2)", DIFFERENT),
    ("factory's layout", "def make(n):\n    def f(x): return x + n\n    return f\nf = make(1)", "def make(n):\n    print\n    def f(x):\n        return x + n\n    return f\nf = make(1)", SAME),
    ("closure over a helper", "def make(h):\n    def f(x): return h(x)\n    return f\nf = make(lambda x: 1)", "def make(h):\n    def f(x): return h(x)\n    return f\nf = make(lambda x: 2)", DIFFERENT),
    ("partial argument", "from functools import partial\ndef h(a, b): return a\ng = partial(h, 1)\ndef f(): return g(2)", "from functools import partial\ndef h(a, b): return a\ng = partial(h, 2)\ndef f(): return g(2)", DIFFERENT),
    ("partial keyword", "from functools import partial\ndef h(a, b): return a\nf = partial(h, b=1)", "from functools import partial\ndef h(a, b): return a\nf = partial(h, b=2)", DIFFERENT),
    ("function of a partial", "from functools import partial\ndef h(a): return a\nf = partial(h, 1)", "from functools import partial\ndef h(a): return -a\nf = partial(h, 1)", DIFFERENT),
    ("wrapped function", "import functools\ndef d(g):\n    @functools.wraps(g)\n    def w(*a): return g(*a)\n    return w\n@d\ndef f(x): return x", "import functools\ndef d(g):\n    @functools.wraps(g)\n    def w(*a): return g(*a)\n    return w\n@d\ndef f(x): return -x", DIFFERENT),
    ("wrapper", "import functools\ndef d(g):\n    @functools.wraps(g)\n    def w(*a): return g(*a)\n    return w\n@d\ndef f(x): return x", "import functools\ndef d(g):\n    @functools.wraps(g)\n    def w(*a): return -g(*a)\n    return w\n@d\ndef f(x): return x", DIFFERENT),
    ("cached function", "import functools\n@functools.lru_cache\ndef h(x): return x\ndef f(x): return h(x)", "import functools\n@functools.lru_cache\ndef h(x): return -x\ndef f(x): return h(x)", DIFFERENT),
    ("what is cached", "import functools\n@functools.cache\ndef h(x): return x\ndef f(x): return h(x)", "import functools\n@functools.cache\ndef h(x): return x\ndef f(x): return h(x)\nh(1)", SAME),
    ("context manager", "import contextlib\n@contextlib.contextmanager\ndef h(): yield 1\ndef f():\n    with h() as x: return x", "import contextlib\n@contextlib.contextmanager\ndef h(): yield 2\ndef f():\n    with h() as x: return x", DIFFERENT),
    ("single dispatch", "import functools\n@functools.singledispatch\ndef h(x): return 0\n@h.register\ndef _(x: int): return 1\ndef f(x): return h(x)", "import functools\n@functools.singledispatch\ndef h(x): return 0\n@h.register\ndef _(x: int): return 2\ndef f(x): return h(x)", DIFFERENT),
    ("single dispatch, one more", "import functools\n@functools.singledispatch\ndef h(x): return 0\ndef f(x): return h(x)", "import functools\n@functools.singledispatch\ndef h(x): return 0\n@h.register\ndef _(x: int): return 2\ndef f(x): return h(x)", DIFFERENT),
    ("attribute of a function", "def h(x): return h.k\nh.k = 1\ndef f(x): return h(x)", "def h(x): return h.k\nh.k = 2\ndef f(x): return h(x)", DIFFERENT),
    ("bound method", "class A:\n    def m(self): return 1\nm = A().m\ndef f(): return m()", "class A:\n    def m(self): return 2\nm = A().m\ndef f(): return m()", DIFFERENT),
    # Classes
    ("method", "class A:\n    def m(self): return 1\ndef f(): return A().m()", "class A:\n    def m(self): return 2\ndef f(): return A().m()", DIFFERENT),
    ("order of methods", "class A:\n    def m(self): return 1\n    def n(self): return 2\ndef f(): return A()", "class A:\n    def n(self): return 2\n    def m(self): return 1\ndef f(): return A()", SAME),
    ("docstring of a class", "class A:\n    def m(self): return 1\ndef f(): return A()", "class A:\n    'Doc.'\n    def m(self):\n        'Doc.'\n        return 1\ndef f(): return A()", SAME),
    ("class attribute", "class A:\n    k = 1\ndef f(): return A.k", "class A:\n    k = 2\ndef f(): return A.k", DIFFERENT),
    ("base", "class B:\n    def m(self): return 1\nclass A(B): pass\ndef f(): return A()", "class B:\n    def m(self): return 2\nclass A(B): pass\ndef f(): return A()", DIFFERENT),
    ("bases exchanged", "class B: pass\nclass C: pass\nclass A(B, C): pass\ndef f(): return A()", "class B: pass\nclass C: pass\nclass A(C, B): pass\ndef f(): return A()", DIFFERENT),
    ("property", "class A:\n    @property\n    def p(self): return 1\ndef f(): return A().p", "class A:\n    @property\n    def p(self): return 2\ndef f(): return A().p", DIFFERENT),
    ("static and class methods", "class A:\n    @staticmethod\n    def p(): return 1\ndef f(): return A.p()", "class A:\n    @classmethod\n    def p(): return 1\ndef f(): return A.p()", DIFFERENT),
    ("descriptor", "class D:\n    def __get__(self, *a): return 1\nclass A:\n    d = D()\ndef f(): return A().d", "class D:\n    def __get__(self, *a): return 2\nclass A:\n    d = D()\ndef f(): return A().d", DIFFERENT),
    ("metaclass", "class M(type):\n    def k(cls): return 1\nclass A(metaclass=M): pass\ndef f(): return A.k()", "class M(type):\n    def k(cls): return 2\nclass A(metaclass=M): pass\ndef f(): return A.k()", DIFFERENT),
    ("instance's class", "class A:\n    def m(self): return 1\na = A()\ndef f(): return a.m()", "class A:\n    def m(self): return 2\na = A()\ndef f(): return a.m()", DIFFERENT),
    ("instance's state", "class A: pass\na = A()\na.x = 1\ndef f(): return a.x", "class A: pass\na = A()\na.x = 2\ndef f(): return a.x", DIFFERENT),
    ("instance's slots", "class A:\n    __slots__ = ('x',)\na = A()\na.x = 1\ndef f(): return a.x", "class A:\n    __slots__ = ('x',)\na = A()\na.x = 2\ndef f(): return a.x", DIFFERENT),
    ("cached property, read", "import functools\nclass A:\n    @functools.cached_property\n    def p(self): return 1\na = A()\ndef f(): return a.p", "import functools\nclass A:\n    @functools.cached_property\n    def p(self): return 1\na = A()\ndef f(): return a.p\na.p", SAME),
    ("dataclass default", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = 1\ndef f(): return A()", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int = 2\ndef f(): return A()", DIFFERENT),
    ("dataclass factory", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: list = dataclasses.field(default_factory=lambda: [1])\ndef f(): return A()", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: list = dataclasses.field(default_factory=lambda: [2])\ndef f(): return A()", DIFFERENT),
    ("dataclass fields exchanged", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\n    y: int\ndef f(): return A(1, 2)", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    y: int\n    x: int\ndef f(): return A(1, 2)", DIFFERENT),
    ("dataclass made anew", "import dataclasses\n@dataclasses.dataclass(frozen=True, slots=True)\nclass A:\n    x: int\nK = A(1)\ndef f(): return K", "import dataclasses\n\n@dataclasses.dataclass(frozen=True, slots=True)\nclass A:\n    x: int\nK = A(1)\ndef f(): return K", SAME),
    ("enum value", "import enum\nclass E(enum.Enum):\n    A = 1\ndef f(): return E.A", "import enum\nclass E(enum.Enum):\n    A = 2\ndef f(): return E.A", DIFFERENT),
    ("enum method", "import enum\nclass E(enum.Enum):\n    A = 1\n    def m(self): return 1\ndef f(): return E.A", "import enum\nclass E(enum.Enum):\n    A = 1\n    def m(self): return 2\ndef f(): return E.A", DIFFERENT),
    ("enum made anew", "import enum\nclass E(enum.Enum):\n    A = 1\nK = {E.A: 2}\ndef f(): return K", "import enum\n\nclass E(enum.Enum):\n    A = 1\nK = {E.A: 2}\ndef f(): return K", SAME),
    ("named tuple default", "from typing import NamedTuple\nclass A(NamedTuple):\n    x: int = 1\ndef f(): return A()", "from typing import NamedTuple\nclass A(NamedTuple):\n    x: int = 2\ndef f(): return A()", DIFFERENT),
    ("abstract class", "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def m(self): return 1\ndef f(): return A", "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def m(self): return 2\ndef f(): return A", DIFFERENT),
    ("inner class", "def f():\n    class A:\n        k = 1\n    return A", "def f():\n    class A:\n        k = 2\n    return A", DIFFERENT),
    ("pydantic default", "import pydantic\nclass A(pydantic.BaseModel):\n    x: int = 1\ndef f(): return A()", "import pydantic\nclass A(pydantic.BaseModel):\n    x: int = 2\ndef f(): return A()", DIFFERENT),
    ("pydantic type", "import pydantic\nclass A(pydantic.BaseModel):\n    x: int\ndef f(): return A(x=1)", "import pydantic\nclass A(pydantic.BaseModel):\n    x: str\ndef f(): return A(x=1)", DIFFERENT),
    ("pydantic validator", "import pydantic\nclass A(pydantic.BaseModel):\n    x: int = 1\n    @pydantic.field_validator('x')\n    def v(cls, x): return x\ndef f(): return A()", "import pydantic\nclass A(pydantic.BaseModel):\n    x: int = 1\n    @pydantic.field_validator('x')\n    def v(cls, x): return -x\ndef f(): return A()", DIFFERENT),
    ("pydantic made anew", "import pydantic\nclass A(pydantic.BaseModel):\n    x: int = 1\n    @pydantic.field_validator('x')\n    def v(cls, x): return x\ndef f(): return A()", "import pydantic\nclass A(pydantic.BaseModel):\n    x: int = 1\n    @pydantic.field_validator('x')\n    def v(cls, x): return x\n\ndef f(): return A()", SAME),
    ("order of bases", "class X: k = 1\nclass Y: k = 2\nclass A(X, Y): pass\ndef f(): return A.k", "class X: k = 1\nclass Y: k = 2\nclass A(Y, X): pass\ndef f(): return A.k", DIFFERENT),
    ("data class with a hash of its own", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\n    def __hash__(self): return 1\ndef f(): return A(1)", "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\n    def __hash__(self): return 2\ndef f(): return A(1)", DIFFERENT),
    ("attribute set on an enum's member", "import enum\nclass E(enum.Enum):\n    A = 1\nE.A.z = 1\ndef f(): return E.A.z", "import enum\nclass E(enum.Enum):\n    A = 1\nE.A.z = 2\ndef f(): return E.A.z", DIFFERENT),
    ("enum's member with a cached property, read", "import enum, functools\nclass E(enum.Enum):\n    A = 1\n    @functools.cached_property\n    def p(self): return 1\ndef f(): return E.A.p", "import enum, functools\nclass E(enum.Enum):\n    A = 1\n    @functools.cached_property\n    def p(self): return 1\ndef f(): return E.A.p\nE.A.p", SAME),
    ("class registered with an abstract one", "import abc\nclass A(abc.ABC): pass\ndef f(): return isinstance(1, A)", "import abc\nclass A(abc.ABC): pass\ndef f(): return isinstance(1, A)\nA.register(int)", DIFFERENT),
    ("abstract class, asked", "import abc\nclass A(abc.ABC): pass\ndef f(): return isinstance(1, A)", "import abc\nclass A(abc.ABC): pass\ndef f(): return isinstance(1, A)\nf()", SAME),
    ("protocol, first instance", "import typing\nclass P(typing.Protocol):\n    def m(self): ...\nclass A(P):\n    def m(self): return 1\ndef f(): return A().m()", "import typing\nclass P(typing.Protocol):\n    def m(self): ...\nclass A(P):\n    def m(self): return 1\ndef f(): return A().m()\nf()", SAME),
    ("protocol's init", "import typing\nclass P(typing.Protocol):\n    def __init__(self): self.k = 1\nclass A(P): pass\ndef f(): return A().k", "import typing\nclass P(typing.Protocol):\n    def __init__(self): self.k = 2\nclass A(P): pass\ndef f(): return A().k", DIFFERENT),
    ("exception, looked at", "K = ValueError('a')\ndef f(): return K", "K = ValueError('a')\ndef f(): return K\nK.__dict__", SAME),
    ("exception's arguments", "K = ValueError('a')\ndef f(): return K", "K = ValueError('b')\ndef f(): return K", DIFFERENT),
    ("layout of a struct", "import struct\nK = struct.Struct('<i')\ndef f(): return K", "import struct\nK = struct.Struct('<q')\ndef f(): return K", DIFFERENT),
    ("file in memory", "import io\nK = io.StringIO('a')\ndef f(): return K", "import io\nK = io.StringIO('b')\ndef f(): return K", DIFFERENT),
    ("bytes file in memory", "import io\nK = io.BytesIO(b'a')\ndef f(): return K", "import io\nK = io.BytesIO(b'b')\ndef f(): return K", DIFFERENT),
    ("view of a dict", "D = {'a': 1}\nK = D.values()\ndef f(): return K", "D = {'a': 1}\nK = D.values()\ndef f(): return K\nD['a'] = 2", DIFFERENT),
    # What counts because it is read
    ("name of a function in a list, read", "def a(): return 1\nK = [a]\ndef f(): return {g.__name__: g() for g in K}", "def b(): return 1\nK = [b]\ndef f(): return {g.__name__: g() for g in K}", DIFFERENT),
    ("names of two functions exchanged, read", "def a(): return 1\ndef b(): return 2\nK = [a, b]\ndef f(): return {g.__name__: g() for g in K}", "def b(): return 1\ndef a(): return 2\nK = [b, a]\ndef f(): return {g.__name__: g() for g in K}", DIFFERENT),
    ("name of a function, read by a helper", "def a(): return 1\ndef h(g): return getattr(g, '__name__', None)\ndef f(): return h(a)", "def b(): return 1\ndef h(g): return getattr(g, '__name__', None)\ndef f(): return h(b)", DIFFERENT),
    ("name of a function that aggregates", "def a(s): return 1\ndef f(df): return df.agg([a])", "def b(s): return 1\ndef f(df): return df.agg([b])", DIFFERENT),
    ("own name, while names are read", "def h(): return 1\ndef f(): return h.__name__", "def h(): return 1\ndef g(): return h.__name__\nf = g", SAME),
    ("name of a function, the name of a class is read", "def a(): return 1\ndef f(x): return type(x).__name__, x.__class__.__name__, a()", "def b(): return 1\ndef f(x): return type(x).__name__, x.__class__.__name__, b()", SAME),
    ("name of a class, read", "class A: pass\nK = A\ndef f(): return K.__name__", "class B: pass\nK = B\ndef f(): return K.__name__", DIFFERENT),
    ("docstring, read", "def h():\n    'A.'\ndef f(): return h.__doc__", "def h():\n    'B.'\ndef f(): return h.__doc__", DIFFERENT),
    ("docstring of a class, read", "class A:\n    'A.'\ndef f(): return A.__doc__", "class A:\n    'B.'\ndef f(): return A.__doc__", DIFFERENT),
    ("annotations, read", "def h(x: int): pass\ndef f(): return h.__annotations__", "def h(x: str): pass\ndef f(): return h.__annotations__", DIFFERENT),
    ("annotations of a class, read", "import typing\nclass A:\n    x: int\ndef f(): return typing.get_type_hints(A)", "import typing\nclass A:\n    x: str\ndef f(): return typing.get_type_hints(A)", DIFFERENT),
    ("signature, read", "from inspect import signature\ndef h(x: int): pass\ndef f(): return str(signature(h))", "from inspect import signature\ndef h(x: str): pass\ndef f(): return str(signature(h))", DIFFERENT),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"), [e[1:] for e in EDITS], ids=[e[0].replace(" ", "-") for e in EDITS]
)
def test_an_edit_counts_when_it_changes_what_the_function_does(before, after, expected):
    """The table above."""
    assert (version(before) == version(after)) is (expected == SAME)


@pytest.mark.parametrize("cell", sorted({c for e in EDITS for c in e[1:3]}))
def test_running_a_cell_again_changes_nothing(cell):
    """The same text gives the same version, in a new namespace and in the old one."""
    space = run(cell)
    first = version_of(space["f"])
    assert version_of(run(cell)["f"]) == first
    assert version_of(run(cell, space=space)["f"]) == first
    assert fingerprint(space["f"]).version == first


def test_a_function_may_move_to_another_cell():
    """Where a cell stands, and what else it defines, is nothing to its functions."""
    alone = run("def h(x): return x", "def f(x): return h(x)")
    together = run("import os\nK = 3\n\n\ndef f(x): return h(x)\ndef g(): return K\ndef h(x): return x")
    assert version_of(alone["f"]) == version_of(together["f"])


def test_a_change_in_place_is_seen_at_the_next_look():
    """Nothing is remembered about a value from one request to the next."""
    space = run("K = {'a': [1]}\ndef h(): return K\ndef f(): return h()")
    first = version_of(space["f"])
    space["K"]["a"].append(2)
    second = version_of(space["f"])
    space["K"]["a"].pop()
    assert second != first
    assert version_of(space["f"]) == first


def test_a_memo_gives_what_going_alone_gives():
    """Sharing results within a request changes none of them, in whatever order they are asked."""
    text = "def a(n): return n and b(n)\ndef b(n): return c(n), d()\ndef c(n): return a(n)\ndef d(): return e()\ndef e(): return 1\n"
    space = run(text)
    alone = {name: version_of(space[name]) for name in "abcde"}
    assert len(set(alone.values())) == 5
    for order in ("abcde", "edcba", "cabed"):
        memo = Memo()
        assert {name: version_of(space[name], memo) for name in order} == alone


def test_a_deep_chain_of_helpers_is_no_recursion():
    """Depth is bounded by memory, not by the stack."""
    text = "".join(f"def h{i}(): return h{i + 1}()\n" for i in range(3000))
    space = run(text + "def h3000(): return 1\ndef f(): return h0()")
    first = version_of(space["f"])
    run("def h3000(): return 2", space=space)
    assert version_of(space["f"]) != first


@pytest.fixture
def local(tmp_path, monkeypatch):
    """Writes and imports local modules, and forgets them again."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)

    def write(**modules):
        import importlib

        for name in set(sys.modules) - before:
            if name.startswith("loc_"):
                del sys.modules[name]
        for name, text in modules.items():
            path = tmp_path.joinpath(*name.split("__")).with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text))
        importlib.invalidate_caches()

    yield write
    for name in set(sys.modules) - before:
        if name.startswith("loc_"):
            del sys.modules[name]


USES = {
    "attribute": "import loc_m\ndef f(x): return loc_m.clean(x)",
    "alias": "import loc_m as m\ndef f(x): return m.clean(x)",
    "name": "from loc_m import clean\ndef f(x): return clean(x)",
    "import inside": "def f(x):\n    import loc_m\n    return loc_m.clean(x)",
    "import inside under a name": "def f(x):\n    import loc_m as m\n    return m.clean(x)",
    "name inside": "def f(x):\n    from loc_m import other, clean as c\n    return c(x)",
    "import used by a nested function": "def f(x):\n    import loc_m as m\n    return lambda: m.clean(x)",
    "module as a value": "import loc_m\ndef g(m, x): return m.clean(x)\ndef f(x): return g(loc_m, x)",
}
MODULE = "K = {k}\ndef clean(x): return x + K\ndef other(x): return {o}\n"


@pytest.mark.parametrize("use", USES)
def test_functions_of_local_modules_count_like_those_in_cells(local, use):
    """Transitively, with the globals of their own module."""
    local(loc_m=MODULE.format(k=1, o=1))
    first = version(USES[use])
    local(loc_m="# moved\n\n" + MODULE.format(k=1, o=1))
    assert version(USES[use]) == first
    local(loc_m=MODULE.format(k=2, o=1))
    assert version(USES[use]) != first


@pytest.mark.parametrize("use", [u for u in USES if u not in ("name inside", "module as a value")])
def test_local_modules_count_only_as_far_as_they_are_reached(local, use):
    """An edit of what is not used does not matter."""
    local(loc_m=MODULE.format(k=1, o=1))
    first = version(USES[use])
    local(loc_m=MODULE.format(k=1, o=2))
    assert version(USES[use]) == first


def test_packages_of_local_modules_are_walked_down(local):
    """`package.module.function` is followed to the function."""
    text = "import loc_p.sub\ndef f(x): return loc_p.sub.h(x)"
    inside = "def f(x):\n    import loc_p.sub as s\n    return s.h(x)"
    local(loc_p____init__="", loc_p__sub="def h(x): return 1")
    first, first_inside = version(text), version(inside)
    local(loc_p____init__="", loc_p__sub="def h(x): return 2")
    assert version(text) != first
    assert version(inside) != first_inside


def test_an_edited_module_that_is_not_reloaded_is_the_old_code(local):
    """The live function counts, not the file."""
    local(loc_m=MODULE.format(k=1, o=1))
    space = run(USES["attribute"])
    first = version_of(space["f"])
    Path(sys.modules["loc_m"].__file__).write_text(MODULE.format(k=5, o=5))
    assert version_of(space["f"]) == first


def test_the_difference_of_an_edited_module_is_one_of_its_source(local):
    """Also when somebody had read the file before it was edited; what still runs the old code has no source."""
    local(loc_m="def clean(x): return x + 1")
    before = run(USES["attribute"])
    old = fingerprint(before["f"]).parts
    clean = before["loc_m"].clean
    local(loc_m="def clean(x): return x + 1000")
    new = fingerprint(run(USES["attribute"])["f"]).parts
    told = next(change.diff for change in explain(old, new) if "clean" in change.name)
    assert "-    return x + 1" in told
    assert "+    return x + 1000" in told
    local(loc_m="def clean(x): return x - 2")
    assert "x - 2" not in text_of(clean)


def test_a_move_from_a_cell_to_a_module_changes_nothing(local):
    """The same functions are the same wherever they stand."""
    local(loc_m="def h(x): return x + 1")
    assert version("from loc_m import h\ndef f(x): return h(x)") == version(
        "def h(x): return x + 1\ndef f(x): return h(x)"
    )


def test_installed_packages_count_by_name_and_version(monkeypatch):
    """Another version of a package that is used is another function; its code is not walked."""
    from assets.core.versions import reach

    space = run("import xxhash\ndef f(x): return xxhash.xxh3_128(x)\ndef g(x): return x")
    first, other = version_of(space["f"]), version_of(space["g"])
    assert fingerprint(space["f"]).parts["xxhash"].kind == "package"
    monkeypatch.setattr(reach, "package_version", lambda top: "9.9.9")
    assert version_of(space["f"]) != first
    assert version_of(space["g"]) == other


def test_the_standard_library_does_not_count_beyond_its_names():
    """Nothing of it becomes a part."""
    space = run(
        "import json, math\nfrom collections import deque\ndef f(x): return json.loads(x), math.pi, deque(x), len(x)"
    )
    assert set(fingerprint(space["f"]).parts) == {BODY}


def test_what_has_no_content_counts_by_its_type_and_is_listed():
    """Locks and files never raise; what stands beside them still counts."""
    space = run("class A: pass\na = A()\ndef f(): return a")
    space["a"].lock, space["a"].k = threading.Lock(), 1
    first = fingerprint(space["f"])
    assert any("lock" in text for text in first.untracked)
    space["a"].lock = threading.Lock()
    assert version_of(space["f"]) == first.version
    space["a"].k = 2
    assert version_of(space["f"]) != first.version


def test_dynamic_access_is_listed():
    """What cannot be seen is said."""
    assert fingerprint(run("def f(x): return eval(x)")["f"]).untracked == ("eval()",)


class Trap:
    """Whoever asks this object anything fails."""

    def __init__(self):
        self.k = 1

    def _trap(self, *_):
        raise AssertionError("asked")

    __eq__ = __bool__ = __repr__ = __str__ = __len__ = __iter__ = __getattr__ = __hash__ = _trap
    p = property(_trap)


def test_nothing_of_the_user_is_called():
    """No property, comparison, truth, text or iteration of a user's object."""
    space = run("def f(): return trap, other, it")
    space |= {"trap": Trap(), "other": [Trap(), {"t": Trap()}], "it": iter([1, 2, 3])}
    found = fingerprint(space["f"])
    assert list(space["it"]) == [1, 2, 3]
    space["trap"].k = 2
    assert version_of(space["f"]) != found.version


def test_parts_name_what_changed_and_show_how():
    """`explain` gives the difference of the part that changed, in whichever helper or constant it was."""
    space = run(
        "K = {'low': 1}",
        "def h(x):\n    'Doc.'\n    return x + K['low']  # comment",
        "def f(x: int): return h(x)",
    )
    old = fingerprint(space["f"])
    assert old.parts["h"].text == "def h(x):\n    return x + K['low']"
    assert old.parts[BODY].text == "def _(x):\n    return h(x)"
    run("def h(x):\n    return x - K['low']", "K['low'] = 7", space=space)
    changes = {change.name: change for change in explain(old.parts, fingerprint(space["f"]).parts)}
    assert set(changes) == {"h", "K"}
    assert "-    return x + K['low']\n+    return x - K['low']" in changes["h"].diff
    assert "-{'low': 1}\n+{'low': 7}" in changes["K"].diff


def test_new_and_vanished_parts_are_told():
    """A helper that comes into use is added, one that goes out of use is removed."""
    old = fingerprint(run("def a(): return 1\ndef f(): return a()")["f"])
    new = fingerprint(run("def b(): return 2\ndef f(): return b()")["f"])
    kinds = {change.name: change.kind for change in explain(old.parts, new.parts)}
    assert kinds == {"b": "added", "a": "removed"}


def test_equal_functions_have_nothing_to_explain():
    """No change, no text."""
    cell = "K = [1]\nclass A:\n    x = 1\n    def m(self): return K\ndef f(): return A()"
    assert explain(fingerprint(run(cell)["f"]).parts, fingerprint(run(cell)["f"]).parts) == []


def test_without_source_the_instructions_are_the_text():
    """A function made from text that nobody kept still shows a difference."""
    space = {"__name__": "__main__"}
    exec("def f(x): return x + 1", space)
    old = fingerprint(space["f"])
    exec("def f(x): return x + 2", space)
    (change,) = explain(old.parts, fingerprint(space["f"]).parts)
    assert "-LOAD_CONST 1" in change.diff
    assert "+LOAD_CONST 2" in change.diff


def test_texts_are_bounded():
    """A value of any size has a short text."""
    space = run("def f(): return K")
    space["K"] = ["x" * 1000] * 10_000
    assert all(len(part.text) <= 20_000 for part in fingerprint(space["f"]).parts.values())


def test_callables_of_any_kind_have_a_version():
    """Not only functions stand behind an asset."""
    for thing in (
        functools.partial(version, 1),
        Trap,
        len,
        str.upper,
        functools.lru_cache(version),
        [].append,
    ):
        assert len(version_of(thing)) == 32


def test_copying_an_object_leaves_its_class_the_same():
    """What `copy` and `pickle` remember in a class is not the user's."""
    space = run("import copy\nclass A:\n    def __init__(self): self.x = 1\na = A()\ndef f(): return a")
    first = version_of(space["f"])
    exec("copy.deepcopy(a)", space)
    assert version_of(space["f"]) == first


def test_an_asset_that_is_called_as_a_helper_counts_by_its_function():
    """Its declaration does not count, its body does."""
    cell = "from assets import asset\n@asset(description={0!r})\ndef h(): return {1}\ndef f(): return h()"
    assert version(cell.format("a", 1)) == version(cell.format("b", 1)) != version(cell.format("a", 2))


def test_the_classes_of_config_parameters_count():
    """They are named by an annotation only, and yet their methods run."""
    cell = "from assets import Config\nclass C(Config):\n    n: int = 1\n    def m(self): return {0}\ndef f(config: C, x: int): return config.m()"
    assert version(cell.format(1)) == version(cell.format(1)) != version(cell.format(2))


def test_the_names_that_are_read_are_shown_when_they_change():
    """What counts only because it is read is a part of its own, so that `why` can show the change."""
    read = "\nK = [h]\ndef f(): return [g.__name__ for g in K]"
    changes = explain(
        fingerprint(run("def h(): return 1" + read)["f"]).parts,
        fingerprint(run("def k(): return 1" + read.replace("h]", "k]"))["f"]).parts,
    )
    (change,) = [one for one in changes if "names" in one.name]
    assert "-h" in change.diff
    assert "+k" in change.diff


@pytest.mark.parametrize(
    "odd",
    [
        "__dataclass_fields__ = property(lambda self: 1)",
        "__dataclass_fields__ = {1: 2}\n    __dataclass_params__ = 3",
        "_member_map_ = 3",
        "_member_map_ = {1: 2}",
        "__annotations__ = 3",
        "__pydantic_core_schema__ = __pydantic_fields__ = __pydantic_decorators__ = 3",
        "__attrs_attrs__ = 3",
        "_abc_impl = 3",
        "__reduce_ex__ = 3",
        "__getstate__ = property(lambda self: 1 / 0)",
        "__class__ = property(lambda self: 1 / 0)",
    ],
)
def test_no_class_is_too_odd_for_a_version(odd):
    """A class may hold anything under the names that machinery uses: it has a version, and its edits count."""
    cell = f"class A:\n    {odd}\n    k = 1\na = A()\ndef f(): return A, a"
    assert len(fingerprint(run(cell)["f"]).version) == 32
    assert version(cell) == version(cell)


def test_a_module_that_makes_its_members_counts_by_what_makes_them(local):
    """A name that a local module has not is asked of its `__getattr__`."""
    local(loc_maker="def __getattr__(name): return 1")
    space = run("import loc_maker\ndef f(): return loc_maker.anything")
    before = version_of(space["f"])
    sys.modules["loc_maker"].__getattr__ = lambda name: 2
    assert version_of(space["f"]) != before


def test_the_text_of_a_helper_is_found_once():
    """However many functions reach a helper, and whatever its file says later, its text is that of its code."""
    space = run("def h(x): return x + 1\ndef f(x): return h(x)\ndef g(x): return -h(x)")
    shown = fingerprint(space["f"]).parts["h"].text
    del linecache.cache[space["h"].__code__.co_filename]
    assert fingerprint(space["g"]).parts["h"].text == shown == "def h(x):\n    return x + 1"
