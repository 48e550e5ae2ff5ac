"""The modules that show an object to users are found from source alone."""

import textwrap

import pytest

from this_tests import this_tests
from this_tests.source.re_exports import ReExports
from this_tests.source.scopes import scope_of

LIBRARY = {
    "__init__": "from .promoting import by_name\nfrom .starring import *",
    "promoting": "def by_name(): ...\ndef own(): ...",
    "starring": "def by_star(): ...\n__all__ = ['by_star']",
    "_code": """
        def listed(): ...
        def renamed(): ...
        def summed(): ...
        def copied(): ...
        def used(): ...
        def unlisted(): ...
        def nowhere(): ...
        class Thing:
            def run(self): ...
    """,
    "lists": "from ._code import listed, unlisted\n__all__ = ['listed']",
    "uses": "from ._code import (\n    listed,  # for its own use\n    used,\n    summed\n)",
    "renames": "from pkg import _code\nfrom pkg._code import renamed as called\nThing = _code.Thing\n",
    "sums/__init__": "from . import parts\nfrom .parts import *\n__all__ = [*parts.__all__]",
    "sums/parts": "from .._code import *\n__all__ = ['summed']\n__all__ += ['copied']",
    "tests/__init__": "from .._code import nowhere",
    "broken": "def (",
}
PATHS = {
    "promoting.by_name": ("pkg.by_name", "pkg.promoting.by_name"),
    "promoting.own": ("pkg.promoting.own",),
    "starring.by_star": ("pkg.starring.by_star", "pkg.by_star"),
    "_code.listed": ("pkg.lists.listed",),
    "_code.unlisted": ("pkg.lists.unlisted", "pkg.sums.parts.unlisted"),
    "_code.renamed": ("pkg.renames.called",),
    "_code.used": ("pkg.uses.used",),
    "_code.summed": ("pkg.sums.summed", "pkg.sums.parts.summed"),
    "_code.Thing": ("pkg.renames.Thing",),
}


@pytest.fixture
def sources(tmp_path):
    for module, source in LIBRARY.items():
        path = tmp_path / "pkg" / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")
    return ReExports({"pkg": tmp_path / "pkg"})


@pytest.mark.parametrize(("place", "paths"), PATHS.items(), ids=PATHS)
def test_the_public_paths_to_an_object_are_ranked(sources, place, paths):
    this_tests(ReExports.paths_to)
    module, _, name = place.rpartition(".")
    assert sources.paths_to(f"pkg.{module}", name) == paths


@pytest.mark.parametrize(
    ("path", "name"),
    {
        "pkg.lists.listed": "pkg.lists.listed",
        "pkg.uses.listed": "pkg.lists.listed",
        "pkg._code.listed": "pkg.lists.listed",
        "pkg.promoting.by_name": "pkg.by_name",
        "pkg._code.Thing.run": "pkg.renames.Thing.run",
        "pkg.lists": "pkg.lists",
        "pkg.sums.parts": "pkg.sums.parts",
        "pkg.nothing": "pkg.nothing",
        "elsewhere.f": "elsewhere.f",
    }.items(),
)
def test_each_path_to_an_object_leads_to_one_name(sources, path, name):
    this_tests(ReExports.canonical)
    assert sources.canonical(path) == name


@pytest.mark.parametrize(
    ("source", "listed"),
    {
        "": None,
        "__all__ = []": [],
        "__all__ = ['a', 'b']\n__all__ += ('c',)": ["a", "b", "c"],
        "__all__ = ['a'] + other.__all__": ["a", "*other.__all__"],
        "__all__: list[str] = ['a', *x.y.__all__]": ["a", "*x.y.__all__"],
        "__all__ = sorted(['b', 'a'])": ["b", "a"],
        "__all__ = ['a']\n__all__.append('b')\n__all__.extend(other.__all__)": ["a", "b", "*other.__all__"],
        "__all__ = [name for name in dir()]": ["*"],
    }.items(),
)
def test_the_items_of_a_list_of_public_names_are_read(source, listed):
    this_tests(scope_of)
    scope = scope_of(source.encode(), "pkg")
    assert scope is not None
    assert scope.listed == listed
