"""What depends on what runs at import: followed by name, in a project that is only text."""

import textwrap

import pytest

from this_tests import this_tests
from this_tests.selection.changes import compare
from this_tests.selection.impact import impact
from this_tests.selection.places import Places
from this_tests.selection.project_files import ProjectFiles
from this_tests.selection.reach import Reach
from this_tests.selection.source_files import read_source
from this_tests.source.fingerprint import parse

LIBRARY = {
    "lib/__init__.py": """
        from .a import LIMIT as BOUND, Thing, bounded
        from .shapes import *
    """,
    "lib/a.py": """
        import os
        import sys
        from dataclasses import dataclass
        from typing import TYPE_CHECKING, Optional, get_type_hints, overload

        if TYPE_CHECKING:
            from .b import Other
        LIMIT = 10
        HALF = LIMIT / 2
        TABLE = {}
        class Base:
            size = 1
            def area(self): return self.size
            def show(self, kind): return getattr(self, "show_" + kind)()
        class Thing(Base):
            def __init__(self, a): self.a = a
            def twice(self) -> int: return 2 * self.area()
            def show_plain(self): return "plain"
        class Failure(ValueError): pass
        def bounded(a): return min(a, LIMIT)
        def halved(a, by=HALF): return a - by
        def listed(path): return os.listdir(path)
        def platform(): return sys.platform
        def printed(a): print(a)
        def fill(): TABLE["a"] = 1
        fill()
        def looked_up(a): return TABLE[a]
        def hinted(f): return get_type_hints(f)
        def annotated(a: Optional[int]) -> Optional[str]: return str(a)
        def tried():
            try: return bounded(1)
            except Failure: return 0
    """,
    "lib/shapes.py": """
        from lib.a import Base
        from lib import a
        __all__ = ["Square", "side"]
        class Square(Base):
            size = 4
        def side(): return a.HALF
        def unlisted(): return side()
    """,
    "lib/b.py": """
        from . import Square
        class Meta(type):
            def __new__(mcs, name, bases, body): return super().__new__(mcs, name, bases, body)
        class Made(metaclass=Meta):
            field = 1
            def read(self): return self.field
        class Other(Made):
            def other(self): return 1
        def decorate(f):
            def inner(*args): return f(*args)
            return inner
        @decorate
        def decorated(a): return a
        def plain(): return decorated(1)
        def squared(): return Square().size
        def computed(): return 1
        COMPUTED = computed()
        def reads(): return COMPUTED
    """,
    "lib/lazy.py": """
        def __getattr__(name):
            if name == "ANSWER": return 42
            raise AttributeError(name)
    """,
    "lib/made.py": """
        SERVED = {"ANSWER", "NONE"}
        def _make(module):
            def __getattr__(name):
                if name in SERVED or name.isupper(): return module + name
                raise AttributeError(name)
            return __getattr__
        __getattr__ = _make(__name__)
    """,
}
TESTS = {
    "tests/conftest.py": """
        import pytest
        import lib.a
        @pytest.fixture
        def thing(): return lib.a.Thing(1)
        @pytest.fixture
        def half(): return lib.a.HALF
    """,
    "tests/test_a.py": """
        import pytest
        import lib
        from lib.a import LIMIT, bounded
        CASES = [1, LIMIT]
        @pytest.mark.parametrize("a", CASES)
        def test_bounded(a): assert bounded(a) <= 10
        def test_exported(): assert lib.BOUND == 10
        def test_half(half): assert half
        def test_thing(thing): assert thing
        def test_word(): assert getattr(lib.a, "LIMIT")
        def test_lazy(): assert lib.lazy.ANSWER
        def test_lazy_other(): assert lib.lazy.OTHER
        def test_made(): assert lib.made.ANSWER
        def test_made_other(): assert lib.made.OTHER
        def test_own_getattr():
            class Own:
                def __getattr__(self, name): return name
            assert Own().a
        class TestClass:
            def helper(self): return lib.side()
            def test_helped(self): assert self.helper()
        def test_nothing(): pass
    """,
}
ALL_UNITS = {
    f"{path[:-3].replace('/', '.').removesuffix('.__init__')}:{name}"
    for path, text in LIBRARY.items()
    for name in parse(textwrap.dedent(text).encode()).bodies
}
TEST_FUNCTIONS = {
    (path, name)
    for path, text in TESTS.items()
    for name in parse(textwrap.dedent(text).encode()).bodies
    if name.rpartition(".")[2].startswith("test_")
}
EXECUTED = ALL_UNITS - {"lib.a:fill", "lib.b:computed", "lib.made:_make"}
AT_IMPORT = {"lib.made:_make", "lib.a:fill", "lib.b:Meta.__new__", "lib.b:decorate", "lib.b:computed"}


def impact_of(edits, *, at_import=AT_IMPORT, executed=(), doctests=()):
    """Return the impact of *edits*: for a path, the texts to replace and to put in their place."""
    before = {path: textwrap.dedent(text) for path, text in {**LIBRARY, **TESTS}.items()}
    now, changes = dict(before), []
    for path, edit in edits.items():
        if isinstance(edit, tuple):
            old, new = edit
            assert old in before[path]
            now[path] = before[path].replace(old, new, 1)
        elif edit is None:
            del now[path]
        else:
            now[path] = textwrap.dedent(edit)
        old = parse(before[path].encode()).outline() if path in before else None
        changes.append(compare(path, old, now[path].encode() if path in now else None))
    project = ProjectFiles(
        library={"lib": ["lib"]},
        library_files=[path for path in now if path.startswith("lib/")],
        test_files=frozenset({"tests/test_a.py"}),
        doctests=frozenset(doctests),
        test_functions=frozenset(TEST_FUNCTIONS),
        executed=frozenset({*EXECUTED, *executed}),
        at_import=frozenset(at_import),
        imported=frozenset(),
        loaded=frozenset({"tests/conftest.py"}),
        text=lambda path: now.get(path, ""),
    )
    return impact([change for change in changes if change], project)


def reached(path, old, new):
    """Return the functions and tests that may use what changed, by their last names."""
    found = impact_of({path: (old, new)})
    assert not found.everything, found.everything
    units = {name.partition(":")[2] for name in found.reached}
    return units | {name for _, name in found.using} | {*found.files, *found.folders}


LIMIT = {"bounded", "halved", "side", "test_bounded", "test_exported", "test_word", "test_half"}
MADE = {"Made.read", "Other.other"}


@pytest.mark.parametrize(
    ("path", "old", "new", "names"),
    [
        ("lib/a.py", "LIMIT = 10", "LIMIT = 11", LIMIT),
        ("lib/a.py", "HALF = LIMIT / 2", "HALF = LIMIT / 3", {"halved", "side", "test_half"}),
        ("lib/a.py", "import os\n", "import os.path as os\n", {"listed"}),
        ("lib/a.py", "import os\nimport sys", "import sys\nimport os", set()),
        ("lib/a.py", "a, by=HALF", "a, by=2", {"halved"}),
        ("lib/a.py", "size = 1", "size = 2", {"Base.area", "Base.show", "squared"}),
        ("lib/a.py", "def printed", "def print(a): pass\ndef printed", {"print", "printed"}),
        ("lib/a.py", "TABLE = {}", "TABLE = {1: 2}", {"looked_up", "fill"}),
        ("lib/a.py", "class Failure(ValueError)", "class Failure(TypeError)", {"tried"}),
        (
            "lib/a.py",
            "def show_plain",
            "def show_more(self): return 1\n    def show_plain",
            {"Base.show", "Thing.show_more"},
        ),
        ("lib/shapes.py", "size = 4", "size = 5", {"Base.area", "Base.show", "squared"}),
        ("lib/shapes.py", "class Square(Base)", "class Square", {"squared"}),
        ("lib/shapes.py", '"side"]', '"side", "unlisted"]', set()),
        ("lib/b.py", "field = 1", "field = 2", MADE),
        ("lib/b.py", "def other(self)", "def other(self, a=1)", {"Other.other"}),
        ("lib/b.py", "@decorate\n", "", {"decorated", "plain"}),
    ],
)
def test_a_statement_concerns_what_uses_the_names_that_it_binds(path, old, new, names):
    this_tests(Reach, Places)
    assert reached(path, old, new) == names


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("lib/a.py", "from .b import Other", "from .b import Made"),
        ("lib/a.py", "def bounded(a)", "@overload\ndef bounded(a: int) -> int: ...\ndef bounded(a)"),
        ("lib/a.py", "return str(a)", "b: Optional[str] = str(a); return b"),
        ("lib/a.py", "def fill()", "if __name__ == '__main__': print(1)\ndef fill()"),
    ],
    ids=["TYPE_CHECKING", "overload", "a local variable's annotation", "__main__"],
)
def test_what_never_runs_concerns_nothing(path, old, new):
    this_tests(compare)
    found = impact_of({path: (old, new)})
    assert (found.everything, found.reached, found.using, found.imported) == ("", {}, {}, frozenset())


def test_annotations_concern_what_reads_annotations():
    this_tests(Reach)
    assert reached("lib/a.py", "a: Optional[int]", "a: int") == {"hinted"}


@pytest.mark.parametrize(
    ("reader", "reads"),
    [
        ("import inspect\ndef read(f): return inspect.signature(f)", True),
        ("from inspect import signature as s\ndef read(f): return s(f)", True),
        ("def read(f):\n    from inspect import signature\n    return signature(f)", True),
        ("def read(f): return f.__annotations__", True),
        ("def read(f): return vars(f)['__annotations__']", True),
        ("import inspect\ndef read(f): return inspect.signature(f).parameters", False),
        ("class A:\n    def read(self): return self.signature()", False),
        ("def read(signature): return signature", False),
    ],
)
def test_what_reads_annotations_is_known_by_what_it_imports(reader, reads, monkeypatch):
    this_tests(Reach)
    monkeypatch.setitem(LIBRARY, "lib/reader.py", reader)
    found = reached("lib/a.py", "a: Optional[int]", "a: int")
    assert ("read" in found or "A.read" in found) == reads


def test_the_fields_of_a_dataclass_are_annotations_that_something_reads():
    this_tests(Reach)
    record = "@dataclass\nclass Record:\n    a: int = 1\n    def get(self): return self.a\n"
    text = textwrap.dedent(LIBRARY["lib/a.py"]).replace("class Base:", f"{record}class Base:")
    before = {**LIBRARY, "lib/a.py": text}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(LIBRARY, "lib/a.py", before["lib/a.py"])
        assert "Record.get" in reached("lib/a.py", "a: int = 1", "a: str = 1")


@pytest.mark.parametrize(
    ("path", "old", "new", "names"),
    [
        ("lib/a.py", 'TABLE["a"] = 1', 'TABLE["b"] = 2', {"looked_up", "fill"}),
        ("lib/b.py", "def computed(): return 1", "def computed(): return 2", {"reads"}),
        ("lib/b.py", "return inner\n", "return f\n", {"decorated", "plain"}),
        ("lib/b.py", "__new__(mcs, name, bases, body)\n", "__new__(mcs, name, (), body)\n", MADE),
    ],
)
def test_a_function_that_ran_at_import_concerns_what_its_callers_bind_and_it_writes(path, old, new, names):
    this_tests(Reach.add_executed_at_import)
    assert reached(path, old, new) >= names


def test_a_function_that_ran_at_import_called_by_nobody_knows_whom_concerns_everything():
    this_tests(Reach.add_executed_at_import)
    found = impact_of(
        {"lib/b.py": ("return 1\ndef decorate", "return 2\ndef decorate")}, at_import={"lib.b:Other.other"}
    )
    assert "called by what is not known" in found.everything


def test_a_function_that_ran_at_import_and_is_gone_concerns_its_former_callers_which_changed():
    this_tests(Reach.add_executed_at_import)
    old = "def computed(): return 1\nCOMPUTED = computed()"
    found = impact_of({"lib/b.py": (old, "COMPUTED = 1")}, at_import={"lib.b:computed"})
    assert not found.everything
    assert set(found.reached) == {"lib.b:reads", "lib.b:computed"}


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("lib/a.py", "os.environ['A'] = '1'"),
        ("lib/a.py", "sys.setrecursionlimit(10)"),
        ("lib/a.py", "Thing(1).install()"),
        ("lib/a.py", "TABLE.install()"),
        ("lib/b.py", "print(squared())"),
        ("lib/b.py", "raise ImportError"),
    ],
)
def test_a_statement_whose_effect_is_not_known_concerns_everything_and_is_named(path, statement):
    this_tests(Reach)
    first = textwrap.dedent(LIBRARY[path]).strip().splitlines()[-1]
    found = impact_of({path: (first, f"{first}\n{statement}")})
    assert statement in found.everything


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("TABLE['b'] = 2", {"looked_up", "fill"}),
        ("TABLE.update(b=2)", {"looked_up", "fill"}),
        ("fill()", {"looked_up", "fill"}),
        ("assert LIMIT", set()),
        ("Base.more = 1", {"Thing.twice"}),
        ("Base.size = 2", {"Base.area", "squared"}),
    ],
)
def test_an_effect_on_what_the_module_binds_concerns_that(statement, names):
    this_tests(Reach)
    found = reached("lib/a.py", "fill()\n", f"fill()\n{statement}\n")
    assert found >= names
    assert bool(found) == bool(names)


@pytest.mark.parametrize(
    ("walker", "seen"),
    [
        ("import inspect\ndef walk(m): return inspect.getmembers(m)", True),
        ("def walk(): return globals()", True),
        ("def walk(): return dir()", True),
        ("def walk(globals): return globals", False),
        ("def walk(a): return vars(a)", False),
        ("def walk(a): return a.__subclasses__()", False),
    ],
)
def test_a_name_that_is_new_concerns_what_sees_all_names(walker, seen, monkeypatch):
    this_tests(Reach)
    monkeypatch.setitem(LIBRARY, "lib/walker.py", walker)
    found = impact_of({"lib/walker.py": (walker, f"{walker}\nNEW = 1")}, at_import=())
    assert ("lib.walker:walk" in found.reached) == seen


def test_a_class_that_is_new_concerns_what_sees_all_subclasses(monkeypatch):
    this_tests(Reach)
    text = "from .a import Base\ndef walk(): return Base.__subclasses__()"
    monkeypatch.setitem(LIBRARY, "lib/walker.py", text)
    found = impact_of({"lib/walker.py": (text, f"{text}\nclass New(Base): pass")})
    assert "lib.walker:walk" in found.reached


def test_a_function_that_a_metaclass_called_concerns_the_classes_that_it_made(monkeypatch):
    this_tests(Reach.add_executed_at_import)
    text = textwrap.dedent(LIBRARY["lib/b.py"]).replace("super().__new__(mcs,", "super().__new__(made(mcs),")
    monkeypatch.setitem(LIBRARY, "lib/b.py", f"def made(mcs): return mcs\n{text}")
    edit = ("def made(mcs): return mcs", "def made(mcs): return (mcs)[0]")
    found = impact_of({"lib/b.py": edit}, at_import=AT_IMPORT | {"lib.b:made"})
    assert {"lib.b:Made.read", "lib.b:Other.other"} <= found.reached.keys()


def test_a_function_that_makes_a_base_concerns_the_class(monkeypatch):
    this_tests(Reach.add_executed_at_import)
    text = "def base(): return object\nclass Late(base()):\n    def late(self): return 1\n"
    monkeypatch.setitem(LIBRARY, "lib/late.py", text)
    edit = ("return object", "return Exception")
    found = impact_of({"lib/late.py": edit}, at_import={"lib.late:base"}, executed={"lib.late:Late.late"})
    assert "lib.late:Late.late" in found.reached


@pytest.mark.parametrize(
    "text",
    [
        "from .a import TABLE\nTABLE['more'] = 0",
        "from .a import TABLE as T\nT.update(more=0)",
        "from . import a\na.TABLE['more'] = 0",
        "from . import a\na.TABLE = 0",
        "from .a import TABLE\ndef more(): TABLE['more'] = 0\nmore()",
    ],
)
def test_what_is_written_into_is_followed_to_where_it_is_from(text, monkeypatch):
    this_tests(Reach)
    monkeypatch.setitem(LIBRARY, "lib/more.py", text)
    found = impact_of({"lib/more.py": ("0", "1")}, at_import=AT_IMPORT | {"lib.more:more"})
    assert "lib.a:looked_up" in found.reached


@pytest.mark.parametrize(("imported", "found"), [("", True), ("from . import more", False)])
def test_the_first_import_of_a_module_concerns_what_the_module_does(imported, found, monkeypatch):
    this_tests(Reach)
    monkeypatch.setitem(LIBRARY, "lib/more.py", "from .a import TABLE\nTABLE['b'] = 1\n")
    monkeypatch.setitem(LIBRARY, "lib/other.py", imported)
    reached = impact_of({"lib/b.py": ("class Meta", "from . import more\nclass Meta")}).reached
    assert ("lib.a:looked_up" in reached) == found


def test_a_list_of_all_names_that_is_computed_concerns_who_imports_all(monkeypatch):
    this_tests(Reach)
    text = textwrap.dedent(LIBRARY["lib/shapes.py"]).replace('["Square", "side"]', "sorted(NAMES)")
    monkeypatch.setitem(LIBRARY, "lib/shapes.py", text)
    assert "TestClass.test_helped" in reached("lib/shapes.py", "sorted(NAMES)", "list(NAMES)")


def test_a_docstring_that_is_read_concerns_who_reads_it_and_what_is_made_of_it(monkeypatch):
    this_tests(impact)
    before = (
        '"One."\nA = __doc__\ndef told(): return A\ndef shown(): return told.__doc__\ndef other(): "Two."\n'
    )
    monkeypatch.setitem(LIBRARY, "lib/doc.py", before)
    executed = {f"lib.doc:{name}" for name in ("told", "shown", "other")}
    found = impact_of({"lib/doc.py": (before, f"{before.replace('One', 'Two')}B = 1\n")}, executed=executed)
    assert not found.everything
    assert "lib.doc:shown" in found.functions
    assert "lib.doc:told" in found.reached
    assert not {"lib.doc:other", "lib.doc:shown"} & found.reached.keys()


def test_a_docstring_concerns_the_tests_that_read_any(monkeypatch):
    this_tests(impact)
    before = textwrap.dedent(LIBRARY["lib/a.py"]).replace(
        "def halved(a, by=HALF):", 'def halved(a, by=HALF):\n    "One."\n   '
    )
    monkeypatch.setitem(LIBRARY, "lib/a.py", before)
    tests = TESTS["tests/test_a.py"].replace("assert half", "assert half.__doc__")
    monkeypatch.setitem(TESTS, "tests/test_a.py", tests)
    found = impact_of({"lib/a.py": ("One.", "Two.")})
    assert {name for _, name in found.using} == {"test_half"}
    assert not found.functions
    assert not found.everything


def test_a_new_module_concerns_who_imports_it():
    this_tests(impact)
    found = impact_of({"lib/lonely.py": "A = 1\n"})
    assert (found.everything, found.reached, found.imported) == ("", {}, {"lib.lonely"})


def test_a_module_that_is_gone_concerns_who_imports_from_it():
    this_tests(impact)
    found = impact_of({"lib/shapes.py": None})
    assert {"lib.b:squared", "lib.shapes:side"} <= found.reached.keys()


def test_names_that_a_module_serves_are_those_in_its_getattr():
    this_tests(Reach)
    found = impact_of({"lib/lazy.py": ("def __getattr__(name):", "def __getattr__(name, more=1):")})
    assert ("tests/test_a.py", "test_lazy") in found.using


def test_names_that_a_module_serves_are_those_that_are_read_off_it():
    this_tests(Reach)
    found = impact_of({"lib/lazy.py": ("def __getattr__(name):", "def __getattr__(name, more=1):")})
    assert ("tests/test_a.py", "test_lazy_other") in found.using


def test_what_is_gone_with_the_name_that_it_changed_is_confined():
    this_tests(Reach)
    lines = "KEPT = {}\nKEPT.update(a=1)\n"
    found = impact_of({"lib/a.py": ("TABLE = {}\n", f"TABLE = {{}}\n{lines}")})
    assert not found.everything
    source = textwrap.dedent(LIBRARY["lib/a.py"]).replace("TABLE = {}\n", f"TABLE = {{}}\n{lines}", 1)
    with_lines = compare(
        "lib/a.py", parse(source.encode()).outline(), textwrap.dedent(LIBRARY["lib/a.py"]).encode()
    )
    assert {statement.kind for statement in with_lines.statements} == {"bind", "effect"}
    project = ProjectFiles(
        library={"lib": ["lib"]},
        library_files=[*LIBRARY],
        test_files=frozenset(),
        doctests=frozenset(),
        test_functions=frozenset(),
        executed=frozenset(EXECUTED),
        at_import=frozenset(AT_IMPORT),
        imported=frozenset(),
        loaded=frozenset(),
        text=lambda path: textwrap.dedent(LIBRARY.get(path, "")),
    )
    assert not impact([with_lines], project).everything


def test_a_getattr_that_a_call_makes_serves_names_too():
    """Not those concern it that speak of another ``__getattr__``."""
    this_tests(Reach)
    found = impact_of({"lib/made.py": ('"ANSWER", "NONE"', '"ANSWER"')})
    tests = {name for _, name in found.using}
    assert {"test_made", "test_made_other"} <= tests
    assert "test_own_getattr" not in tests
    assert "lib.a:bounded" not in found.reached


def test_a_helper_of_tests_passes_it_on_to_the_tests_that_use_it():
    this_tests(Reach)
    found = reached("lib/shapes.py", "def side(): return", "def side(a=1): return")
    assert {"side", "unlisted", "TestClass.test_helped"} <= found
    assert "test_nothing" not in found


@pytest.mark.parametrize("fixture", ["@pytest.fixture(autouse=True)\ndef half", "def pytest_configure"])
def test_what_all_tests_below_a_conftest_use_concerns_them_all(fixture, monkeypatch):
    this_tests(Reach)
    text = textwrap.dedent(TESTS["tests/conftest.py"]).replace("@pytest.fixture\ndef half", fixture)
    monkeypatch.setitem(TESTS, "tests/conftest.py", text)
    assert "tests" in reached("lib/a.py", "HALF = LIMIT / 2", "HALF = LIMIT / 3")


def test_doctests_that_show_a_changed_name_are_concerned():
    this_tests(impact)
    found = impact_of({"lib/a.py": ("LIMIT = 10", "LIMIT = 11")}, doctests=["lib/a.py", "lib/lazy.py"])
    assert found.documentation == {"lib/a.py": "lib/a.py shows HALF"}


def test_the_way_from_what_changed_is_told():
    this_tests(Reach)
    found = impact_of({"lib/a.py": ("LIMIT = 10", "LIMIT = 11")})
    assert found.reached["lib.a:bounded"] == "lib.a.LIMIT"
    assert found.reached["lib.shapes:side"] == "lib.a.HALF, made with lib.a.LIMIT"


def test_a_file_that_is_no_python_has_no_places():
    this_tests(read_source)
    assert read_source("lib/a.py", ("lib.a",), b"def").places == []


def test_a_sum_of_texts_may_be_long():
    this_tests(read_source)
    text = " + ".join(["'on_'", "kind", *["'more'"] * 2000])
    [place] = read_source("lib/a.py", ("lib.a",), f"A = getattr(B, {text})".encode()).places
    assert place.patterns == {f"on_*{'more' * 2000}"}
    [place] = read_source("lib/a.py", ("lib.a",), b"A = getattr(B, 'on_' 'a' + 'b.c' + d)").places
    assert (place.patterns, place.strings & {"on_ab"}) == (frozenset(), {"on_ab"})
