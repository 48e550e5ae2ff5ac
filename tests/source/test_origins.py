"""What a name comes from, by imports and inheritance, is found from source alone."""

import os
import sys

import pytest

from this_tests import this_tests
from this_tests.source.origins import FileOrigins, Origins
from this_tests.source.scopes import read_scope

LIBRARY = {
    "src/pkg/__init__.py": """
        from ._impl import f, Thing as Renamed
        from ._stars import *
        from .hidden import hidden
        from ._speed import fast
        import pkg.inner as shortcut
        Other = Renamed
        alias = f
        computed = wrapped(f)
        f_again = f_again
    """,
    "src/pkg/_impl.py": """
        import builtins, typing as t
        from abc import ABC
        from elsewhere import Foreign
        from . import _bases
        from ._stars import Starred

        def f(): ...
        class Thing(_bases.Base):
            def own(self): ...
            renamed = own
            area = _bases.area
            f = f
            narrowed: int
            class Inner(_bases.Mixin): ...
            class Deeper(Inner): ...
        class Diamond(_bases.Left, _bases.Right): ...
        class Plain(t.Generic[T], ABC, Exception, object, _bases.Mixin): ...
        class First(Foreign, _bases.Mixin): ...
        class Last(_bases.Mixin, Foreign): ...
        class Made(make(), _bases.Mixin): ...
        class OfC(_speed.Fast, _bases.Mixin): ...
        class Starring(Starred): ...
    """,
    "src/pkg/_bases.py": """
        from ._impl import Thing
        class Top:
            def shared(self): ...
            def top(self): ...
        class Base(Top):
            narrowed = 1
            def shared(self): ...
        class Left(Top): ...
        class Right(Top):
            def shared(self): ...
        class Mixin:
            def mixed(self): ...
            def with_traceback(self): ...
        def area(self): ...
    """,
    "src/pkg/_stars.py": "from ._deeper import *\nfrom . import *\nclass Starred(Deep): ...",
    "src/pkg/_deeper.py": "from ._stars import *\nfrom ._bases import Mixin as Deep\ndef deep(): ...",
    "src/pkg/hidden.py": "def hidden(): ...\ndef beside(): ...",
    "src/pkg/inner/__init__.py": "from ..._too_far import nothing\nfrom ..hidden import beside",
    "src/pkg/circles.py": """
        from .circles import a as b, b as a
        class One(Two): ...
        class Two(One): ...
        class Self(Self): ...
        class Crossed(Left, Right): ...
        class Left(A, B): ...
        class Right(B, A): ...
        class A: ...
        class B:
            def m(self): ...
        g = g.inner
    """,
    "src/pkg/broken.py": "def (",
    "src/pkg/binary.py": "\0",
    "bare/deep/module.py": "from .other import f",
    "bare/deep/other.py": "def f(): ...",
    "pkg/__init__.py": "from ._wrong import f",
}
ORIGINS = {
    "a function that is defined there": ("pkg._impl.f", []),
    "a re-export": ("pkg.f", ["pkg._impl.f"]),
    "an alias of a re-export": ("pkg.alias", ["pkg.f", "pkg._impl.f"]),
    "a class of two names": ("pkg.Other", ["pkg.Renamed", "pkg._impl.Thing"]),
    "a member of it": ("pkg.Other.own", ["pkg.Renamed.own", "pkg._impl.Thing.own"]),
    "what a star brings": ("pkg.deep", ["pkg._stars.deep", "pkg._deeper.deep"]),
    "a function that hides its module": ("pkg.hidden", ["pkg.hidden.hidden"]),
    "a name in the hidden module": ("pkg.hidden.beside", []),
    "by way of a module of two names": (
        "pkg.shortcut.beside",
        ["pkg.inner.beside", "pkg.hidden.beside"],
    ),
    "what is in C": ("pkg.fast", ["pkg._speed.fast"]),
    "what a call made": ("pkg.computed", []),
    "an inherited method": (
        "pkg.Renamed.shared",
        ["pkg._impl.Thing.shared", "pkg._impl._bases.Base.shared", "pkg._bases.Base.shared"],
    ),
    "a method of a base's base": ("pkg._impl.Thing.top", ["pkg._bases.Top.top"]),
    "a method of two names": ("pkg._impl.Thing.renamed", ["pkg._impl.Thing.own"]),
    "a method that is a function": (
        "pkg._impl.Thing.area",
        ["pkg._impl._bases.area", "pkg._bases.area"],
    ),
    "a method of the name of a function": ("pkg._impl.Thing.f", ["pkg._impl.f"]),
    "what a class only promises to have": (
        "pkg._impl.Thing.narrowed",
        ["pkg._impl._bases.Base.narrowed", "pkg._bases.Base.narrowed"],
    ),
    "in a class in a class": (
        "pkg._impl.Thing.Inner.mixed",
        ["pkg._impl._bases.Mixin.mixed", "pkg._bases.Mixin.mixed"],
    ),
    "a base that stands beside it in a class": (
        "pkg._impl.Thing.Deeper.mixed",
        ["pkg._impl._bases.Mixin.mixed", "pkg._bases.Mixin.mixed"],
    ),
    "the nearer of two bases of one": (
        "pkg._impl.Diamond.shared",
        ["pkg._impl._bases.Right.shared", "pkg._bases.Right.shared"],
    ),
    "after bases that have no such member": (
        "pkg._impl.Plain.mixed",
        ["pkg._impl._bases.Mixin.mixed", "pkg._bases.Mixin.mixed"],
    ),
    "a member of Python's": ("pkg._impl.Plain.with_traceback", ["builtins.Exception.with_traceback"]),
    "after another library's class": (
        "pkg._impl.First.mixed",
        ["pkg._impl.Foreign.mixed", "elsewhere.Foreign.mixed"],
    ),
    "before another library's class": (
        "pkg._impl.Last.mixed",
        ["pkg._impl._bases.Mixin.mixed", "pkg._bases.Mixin.mixed"],
    ),
    "after a class that a call made": ("pkg._impl.Made.mixed", []),
    "after a name that nothing binds": ("pkg._impl.OfC.mixed", []),
    "a base from a star": (
        "pkg._impl.Starring.mixed",
        ["pkg._stars.Deep.mixed", "pkg._deeper.Deep.mixed", "pkg._bases.Mixin.mixed"],
    ),
    "no member at all": ("pkg._impl.Thing.nothing", []),
    "in folders that are no packages": ("bare.deep.module.f", ["bare.deep.other.f"]),
    "beyond the top": ("pkg.inner.nothing", []),
    "itself": ("pkg.f_again", []),
    "imports in a circle": ("pkg.circles.a", ["pkg.circles.b"]),
    "classes in a circle": ("pkg.circles.One.m", []),
    "a class of itself": ("pkg.circles.Self.m", []),
    "bases that no order suits": ("pkg.circles.Crossed.m", ["pkg.circles.B.m"]),
    "a name that leads on for ever": ("pkg.circles.g", []),
    "a file that is no Python": ("pkg.broken.f", []),
    "a file that is no text": ("pkg.binary.f", []),
    "another library": ("elsewhere.f", []),
    "no name": ("pkg.<lambda>", []),
    "nothing": ("", []),
}


def read_from(files):
    """Return what reads *files*, as from a folder."""

    def read(path):
        if path not in files:
            raise FileNotFoundError(path)
        return files[path].encode()

    return read


@pytest.fixture(scope="module")
def origins():
    import textwrap

    files = {path: textwrap.dedent(source) for path, source in LIBRARY.items()}
    return Origins(read_from(files), ["src", ""])


@pytest.mark.parametrize(("name", "expected"), ORIGINS.values(), ids=ORIGINS)
def test_source_tells_what_a_name_comes_from(origins, name, expected):
    this_tests(Origins.of)
    loaded = set(sys.modules)
    assert list(origins.of(name)) == expected
    assert set(sys.modules) == loaded


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "pkg.Other",
            ["pkg._impl.Thing", "pkg._impl._bases.Base", "pkg._bases.Base", "pkg._bases.Top"],
        ),
        ("pkg._impl.First", ["pkg._impl.First", "elsewhere.Foreign", "pkg._bases.Mixin"]),
        ("pkg.f", []),
        ("pkg.missing", []),
        ("pkg.not a name", []),
    ],
    ids=["a class of two names", "with a base of another library", "a function", "nothing", "no name"],
)
def test_source_tells_what_a_class_inherits_from(origins, name, expected):
    this_tests(Origins.lineage)
    found = list(origins.lineage(name))
    assert [cls for cls in expected if cls not in found] == []
    assert bool(found) == bool(expected)


HOSTILE = {
    "a chain of elif": (
        "if a:\n    pass\n" + "elif b:\n    pass\n" * 2000 + "else:\n    from b import f",
        ["b.f"],
    ),
    "a long expression": (f"f = {'a.' * 3000}b", []),
    "a thousand classes that inherit from each other": (
        "class C0:\n    def m(self): ...\n"
        + "".join(f"class C{n}(C{n - 1}): ...\n" for n in range(1, 3000))
        + "f = C2999.m",
        None,
    ),
    "a thousand bases": (
        "".join(f"class C{n}: ...\n" for n in range(3000))
        + f"class All({', '.join(f'C{n}' for n in range(3000))}): ...\nf = All.m",
        ["pkg.All.m"],
    ),
    "a thousand re-exports": ("".join(f"f{n} = f{n + 1}\n" for n in range(3000)) + "f = f0", None),
    "a hundred parts": (f"f = a\na = b.{'c.' * 100}d", None),
}


@pytest.mark.slow
@pytest.mark.parametrize(("source", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_source_ends_nothing(source, expected):
    this_tests(Origins.of)
    found = Origins(read_from({"pkg.py": source})).of("pkg.f")
    assert expected is None or list(found) == expected


def test_each_file_is_read_once_and_only_where_a_name_leads():
    this_tests(Origins)
    asked = []
    files = {"pkg/__init__.py": "from .a import f, g", "pkg/a.py": "def f(): ...", "pkg/b.py": ""}

    def read(path):
        asked.append(path)
        return read_from(files)(path)

    origins = Origins(read)
    assert origins.of("pkg.f") == origins.of("pkg.f") == ("pkg.a.f",)
    assert origins.of("pkg.g") == ("pkg.a.g",)
    assert asked == ["pkg/__init__.py", "pkg/a/__init__.py", "pkg/a.py"]


def test_a_file_on_the_disk_is_parsed_once_for_all_who_read_it(tmp_path):
    this_tests(FileOrigins.scope)
    file = tmp_path / "pkg.py"
    file.write_text("from other import f", encoding="utf-8")
    scopes = [FileOrigins({"pkg": file}).scope("pkg") for _ in range(2)]
    assert scopes[0] is scopes[1] is read_scope(file, "", file.stat().st_mtime_ns)


def test_a_changed_file_is_parsed_again(tmp_path):
    this_tests(FileOrigins.of)
    file = tmp_path / "pkg.py"
    for number, module in enumerate(("first", "second")):
        file.write_text(f"from {module} import f", encoding="utf-8")
        os.utime(file, ns=(number, number))
        assert FileOrigins({"pkg": file}).of("pkg.f") == (f"{module}.f",)
