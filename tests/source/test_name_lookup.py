"""Whether a dotted name exists is found from source, without importing anything."""

import sys

import pytest

from this_tests import this_tests
from this_tests.source.name_lookup import exists

PACKAGE = {
    "static_sample/__init__.py": """
        from ._core import f, Base as Renamed
        from ._stars import *
        from . import inner
        import json
        import os.path as paths
        alias = f
        one, (two, three) = 1, (2, 3)
        if True:
            def maybe(): ...
        else:
            other = 1
        try:
            import json as fast
        except ImportError:
            fast = None
    """,
    "static_sample/_core.py": """
        import dataclasses
        def f(): ...
        class Base:
            class Inner:
                def deep(self): ...
            def method(self): ...
            attribute: int = 1
            __slots__ = ("slot",)
        class Derived(Base, ValueError): ...
        Derived.added = f
        class Open(unknown()): ...
        @dataclasses.dataclass
        class Data:
            field: int
        class Around(Around): ...
        g = g.inner
    """,
    "static_sample/_stars.py": "def starred(): ...\nfrom ._deeper import *\nfrom . import *",
    "static_sample/_deeper.py": "def deepest(): ...",
    "static_sample/inner.py": "from . import inner\nfrom static_sample import f as again",
    "static_sample/lazy.py": "def __getattr__(name): ...",
    "static_sample/dynamic.py": "globals()['made'] = 1",
    "static_sample/broken.py": "def (",
    "static_sample/bare/module.py": "def g(): ...",
}
TRUE = [
    "static_sample",
    "static_sample.f",
    "static_sample.alias",
    "static_sample.starred",
    "static_sample.deepest",
    "static_sample.inner",
    "static_sample.inner.again",
    "static_sample.json.dumps",
    "static_sample.paths.join",
    "static_sample.three",
    "static_sample.maybe",
    "static_sample.other",
    "static_sample.Renamed.method",
    "static_sample.Renamed.slot",
    "static_sample.Renamed.__init__",
    "static_sample._core.Base.Inner.deep",
    "static_sample._core.Derived.method",
    "static_sample._core.Derived.with_traceback",
    "static_sample._core.Derived.added",
    "static_sample.bare",
    "static_sample.bare.module.g",
    "json.JSONDecodeError.with_traceback",
]
FALSE = [
    "static_sample.nothing",
    "static_sample.inner.nothing",
    "static_sample.Renamed.nothing",
    "static_sample._core.Derived.nothing",
    "static_sample._core.Around.nothing",
    "static_sample.bare.nothing",
    "no_such_library.f",
    "no_such_library",
    "static_sample..f",
    "static_sample.f()",
    "static_sample.class-name",
]
UNKNOWN = [
    "static_sample.lazy.made",
    "static_sample.dynamic.made",
    "static_sample.broken.f",
    "static_sample.one.real",
    "static_sample.fast.loads",
    "static_sample.f.attribute",
    "static_sample._core.Open.anything",
    "static_sample._core.Data.field",
    "static_sample._core.g.anything",
    "math.sin",
]


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    import textwrap

    root = tmp_path_factory.mktemp("static")
    for name, source in PACKAGE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
    sys.path.insert(0, str(root))
    yield root
    sys.path.remove(str(root))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        *((name, True) for name in TRUE),
        *((name, False) for name in FALSE),
        *((name, None) for name in UNKNOWN),
    ],
)
def test_source_tells_whether_a_name_exists(package, name, answer):
    this_tests(exists)
    loaded = set(sys.modules)
    assert exists(name) is answer
    assert set(sys.modules) == loaded
    assert "static_sample" not in sys.modules


def test_a_changed_source_is_read_anew(package):
    this_tests(exists)
    path = package / "static_changing.py"
    path.write_text("def old(): ...")
    assert exists("static_changing.old")
    path.write_text("def renewed(): ...")
    assert exists("static_changing.renewed")
    assert exists("static_changing.old") is False


def test_a_source_that_is_endlessly_nested_is_read_or_not_known(package):
    this_tests(exists)
    elif_chain = "if a:\n    pass\n" + "elif b:\n    pass\n" * 2000 + "else:\n    def last(): ...\n"
    (package / "static_long.py").write_text(elif_chain)
    (package / "static_wide.py").write_text(f"class C({'a.' * 2000}b): ...\n")
    assert exists("static_long.last")
    assert exists("static_wide.C")
