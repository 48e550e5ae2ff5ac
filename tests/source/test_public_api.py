"""The public callables of a library are found in its sources: each once, and none of its internals."""

import textwrap

import pytest

from this_tests import this_tests
from this_tests.source.inventory import Inventory
from this_tests.source.public_api import public_callables
from this_tests.source.public_modules import PublicModules
from this_tests.source.re_exports import ReExports

CASES = {
    "an empty package has public modules": (
        {"__init__": "", "a": "def f(): ...", "sub/__init__": "", "sub/b": "def g(): ..."},
        ["pkg.a.f", "pkg.sub.b.g"],
    ),
    "a star makes a module internal, and keeps its name": (
        {"__init__": "from .core import *", "core": "def f(): ...\ndef _g(): ..."},
        ["pkg.core.f"],
    ),
    "a star copies what is listed": (
        {"__init__": "from .core import *", "core": "__all__ = ['f']\ndef f(): ...\ndef used(): ..."},
        ["pkg.core.f"],
    ),
    "a name makes a module internal": (
        {"__init__": "from .core import f", "core": "def f(): ...\ndef used(): ..."},
        ["pkg.f"],
    ),
    "so it does for the packages between": (
        {
            "__init__": "from .core.a import f",
            "core/__init__": "",
            "core/a": "def f(): ...",
            "core/b": "__all__ = ['used']\ndef used(): ...",
            "other": "def g(): ...",
        },
        ["pkg.f", "pkg.other.g"],
    ),
    "so it does for the module that defines it": (
        {
            "__init__": "from .io import api\nfrom .io.api import f",
            "io/__init__": "",
            "io/api": "from .tables import f",
            "io/tables": "def f(): ...\ndef used(): ...",
        },
        ["pkg.f"],
    ),
    "a module that is imported as one is public": (
        {"__init__": "from . import core\nfrom .core import f", "core": "def f(): ...\ndef g(): ..."},
        ["pkg.core.g", "pkg.f"],
    ),
    "so is one that is imported by its full name": (
        {"__init__": "import pkg.core\nfrom .core import f", "core": "def f(): ...\ndef g(): ..."},
        ["pkg.core.g", "pkg.f"],
    ),
    "and one that is listed": (
        {"__init__": "from .core import f\n__all__ = ['core', 'f']", "core": "def f(): ...\ndef g(): ..."},
        ["pkg.core.g", "pkg.f"],
    ),
    "an internal module may list names of its own": (
        {"__init__": "from .core import f", "core": "__all__ = ['f', 'g']\ndef f(): ...\ndef g(): ..."},
        ["pkg.core.g", "pkg.f"],
    ),
    "lists are added": (
        {
            "__init__": "from . import a\nfrom .a import *\nfrom ._b import g\n__all__ = a.__all__ + ['g']",
            "a": "__all__ = ['f']\n__all__ += ['h']\ndef f(): ...\ndef h(): ...\ndef used(): ...",
            "_b": "def g(): ...",
        },
        ["pkg.f", "pkg.g", "pkg.h"],
    ),
    "names of other libraries are not the library's": (
        {
            "__init__": "from typing import NamedTuple\nfrom pathlib import Path as Place\nfrom .a import f",
            "a": "from typing import Any\n__all__ = ['Any', 'f']\ndef f(): ...",
        },
        ["pkg.f"],
    ),
    "what users get is public": (
        {
            "__init__": "from .core import Table, open_table\nfrom .parts import start",
            "core": """
                from .parts import Groups, Words, _Hidden, Used
                class Table:
                    words = Accessor(Words)
                    def groups(self) -> "Groups | None": ...
                    def _used(self) -> Used: ...
                def open_table() -> list[_Hidden]: ...
            """,
            "parts": """
                def start(): ...
                class Base:
                    def size(self): ...
                class Groups(Base):
                    def first(self): ...
                class Words: ...
                class _Hidden: ...
                class Used: ...
            """,
        },
        [
            "pkg.Table",
            "pkg.Table.groups",
            "pkg.open_table",
            "pkg.parts.Groups",
            "pkg.parts.Groups.first",
            "pkg.parts.Groups.size",
            "pkg.parts.Words",
            "pkg.start",
        ],
    ),
    "methods of internal bases are those of the first subclass": (
        {
            "__init__": "from .core import A, B",
            "core": """
                from ._base import Base
                class A(Base):
                    def own(self): ...
                class B(Base):
                    def run(self): ...
            """,
            "_base": """
                class Base:
                    def run(self): ...
                    def stop(self): ...
            """,
        },
        ["pkg.A", "pkg.A.own", "pkg.A.run", "pkg.A.stop", "pkg.B", "pkg.B.run"],
    ),
}


def write(folder, files):
    for module, source in files.items():
        path = folder / "pkg" / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")
    return {"pkg": folder / "pkg"}


@pytest.mark.parametrize("case", CASES)
def test_each_public_callable_counts_once(tmp_path, case):
    this_tests(public_callables, PublicModules)
    files, expected = CASES[case]
    found = public_callables(write(tmp_path, files), pytest.fail)
    assert sorted(function.name for function in found) == sorted(expected)


@pytest.mark.parametrize("case", CASES)
def test_a_callable_has_the_name_that_it_is_recorded_under(tmp_path, case):
    """Whichever of its names a test uses."""
    this_tests(public_callables, ReExports.canonical)
    places = write(tmp_path, CASES[case][0])
    top = [
        function for function in public_callables(places) if "." not in function.definition.partition(":")[2]
    ]
    names = ReExports(places)
    assert {name: names.canonical(name) for function in top for name in function.names} == {
        name: function.name for function in top for name in function.names
    }


def test_an_inventory_decides(tmp_path):
    """Also for what is in internal modules, of which the sources show the place."""
    this_tests(public_callables)
    places = write(tmp_path, {"__init__": "from .core import f", "core": "def f(): ...\ndef used(): ..."})
    listed = {"pkg.core": "module", "pkg.core.used": "function", "pkg.T": "class", "pkg.T.__init__": "method"}
    found = public_callables(places, inventory=Inventory(listed, {}))
    assert [(function.name, function.line) for function in found] == [("pkg.T", 0), ("pkg.core.used", 2)]
