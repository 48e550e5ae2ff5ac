"""Snippets: which sources are found, what is shown of them, and which files are never read."""

import ast
import gc
import os
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
from case_files import files_of

from this_tests import Entry, Link, Registry, this_tests
from this_tests.docs.api_objects import ApiObject, ApiObjects
from this_tests.docs.content.evidence import Join
from this_tests.docs.content.section import Sections
from this_tests.docs.settings import PageSettings
from this_tests.docs.snippets import shorten
from this_tests.docs.snippets.definitions import Files, SourceFile, parse
from this_tests.docs.snippets.folder import Folder
from this_tests.docs.snippets.snippet import Sources, TestSource
from this_tests.docs.snippets.usage import leading_to
from this_tests.registry.model import Observed

CASES = files_of(Path(__file__).parents[1] / "cases" / "snippets.txt")
LIMIT = 8


def sources(root: Path, text: str = "", name: str = "test_it.py") -> Sources:
    (root / name).write_text(text, encoding="utf-8")
    return Sources(Folder(root))


@pytest.mark.parametrize("case", [name for name in CASES if not name.startswith("expected/")])
def test_a_test_is_cut_to_its_head_and_the_lines_around_the_call(tmp_path: Path, case: str):
    this_tests(TestSource.snippet, TestSource.uses, shorten.cut)
    test = "TestGraph::test_add" if "class TestGraph" in CASES[case] else "test_add"
    source = sources(tmp_path, CASES[case]).test(f"test_it.py::{test}")

    assert source
    snippet = source.snippet("pkg.add", limit=LIMIT)

    lines = enumerate(snippet.text.split("\n"), 1)
    shown = "".join(
        f"{'>' if number in snippet.calls else ' '} {line}".rstrip() + "\n" for number, line in lines
    )
    assert shown == CASES[f"expected/{case}"]
    assert snippet.text.count("\n") < LIMIT


@pytest.mark.parametrize("limit", range(3, 20))
@pytest.mark.parametrize("case", [name for name in CASES if not name.startswith("expected/")])
def test_no_snippet_is_longer_than_the_limit(tmp_path: Path, case: str, limit: int):
    this_tests(shorten.cut)
    test = "TestGraph::test_add" if "class TestGraph" in CASES[case] else "test_add"
    source = sources(tmp_path, CASES[case]).test(f"test_it.py::{test}")

    assert source
    snippet = source.snippet("pkg.add", limit=limit)

    lines = snippet.text.split("\n")
    assert len(lines) <= limit
    assert all(1 <= line <= len(lines) for line in snippet.calls)


def test_a_line_of_any_length_stays_short(tmp_path: Path):
    this_tests(shorten.cut)
    text = f"def test_add():\n    assert add({'1, ' * 100_000})\n"
    source = sources(tmp_path, text).test("test_it.py::test_add")

    assert source
    snippet = source.snippet("pkg.add")

    assert max(map(len, snippet.text.split("\n"))) <= 300
    assert snippet.text.endswith("…")


@pytest.mark.parametrize(
    ("docstring", "doc"),
    [
        ("One line.\n\n    More.", "One line."),
        ("One line.\n    And more of it.", "One line."),
        (
            "On Linux, and\n    elsewhere, it works. Mostly.\n    Not always.",
            "On Linux, and elsewhere, it works. Mostly.",
        ),
        ("Without an end\n\n    More.", "Without an end"),
        ("", ""),
    ],
)
def test_a_test_has_a_place_and_the_sentence_that_its_docstring_begins_with(
    tmp_path: Path, docstring: str, doc: str
):
    this_tests(Sources.test, "this_tests.docs.snippets.snippet.TestSource.doc")
    text = f'import x\n\n@mark\ndef test_it():\n    """\n    {docstring}\n    """\n    assert 1\n'
    source = sources(tmp_path, text).test("test_it.py::test_it")

    assert source
    assert (source.line, source.doc) == (4, doc)
    assert source.end == text.count("\n")


TREE = """
class Base:
    def test_inherited(self): pass

    class TestInner:
        def test_deep(self): pass

class TestDerived(Base):
    def test_own(self): pass

class TestLoop(TestLoop):
    pass

if True:
    def test_conditional(): pass
else:
    try:
        def test_tried(): pass
    except ImportError:
        def test_excepted(): pass

def test_twice(): pass
def test_twice(): pass

with x:
    async def test_async(): pass
"""


@pytest.mark.parametrize(
    ("test", "line"),
    [
        ("TestDerived::test_own", 9),
        ("TestDerived::test_inherited", 3),
        ("TestDerived::TestInner::test_deep", 6),
        ("test_conditional", 15),
        ("test_tried", 18),
        ("test_excepted", 20),
        ("test_twice", 23),
        ("test_async", 26),
    ],
)
def test_tests_are_found_where_pytest_finds_them(tmp_path: Path, test: str, line: int):
    this_tests(Sources.test)
    source = sources(tmp_path, TREE).test(f"test_it.py::{test}")
    assert source
    assert source.line == line


@pytest.mark.parametrize(
    "test", ["test_none", "TestNone::test_it", "TestLoop::test_it", "Base", "", "a::b::c::d", "it.f"]
)
def test_tests_that_are_not_there_have_no_source(tmp_path: Path, test: str):
    this_tests(Sources.test)
    found = sources(tmp_path, TREE)
    assert found.test(f"test_it.py::{test}") is None
    assert found.problems == {}


FILES = {
    "tests/base.py": """
class Base:
    def test_it(self): pass

    def test_too(self): pass

    class TestInner:
        def test_deep(self): pass

class Other:
    def test_it(self): pass

    def test_other(self): pass

class Deep(Other):
    pass
""",
    "tests/deeper/__init__.py": "from ..base import Base as Again\nfrom .more import *\n",
    "tests/deeper/more.py": "from ..base import *\n\ndef test_starred(): pass\n",
    "src/pkg/testing.py": "class Base:\n    def test_src(self): pass\n",
    "tests/loop.py": "from loop_too import Base\n\nclass Odd(Even): pass\n\nclass Even(Odd): pass\n",
    "tests/loop_too.py": "from loop import Base\nfrom loop import *\n",
}


@pytest.mark.parametrize(
    ("text", "test", "place"),
    [
        ("from base import Base\nclass TestIt(Base): pass", "TestIt::test_it", "tests/base.py:3"),
        ("from .base import Base\nclass TestIt(Base): pass", "TestIt::test_it", "tests/base.py:3"),
        ("from tests.base import Base as B\nclass TestIt(B): pass", "TestIt::test_it", "tests/base.py:3"),
        ("import base\nclass TestIt(base.Base): pass", "TestIt::test_it", "tests/base.py:3"),
        ("import tests.base\nclass TestIt(tests.base.Base): pass", "TestIt::test_it", "tests/base.py:3"),
        ("import tests.base as b\nclass TestIt(b.Base): pass", "TestIt::test_it", "tests/base.py:3"),
        ("from . import base\nclass TestIt(base.Base): pass", "TestIt::test_it", "tests/base.py:3"),
        ("from tests import base as b\nclass TestIt(b.Base): pass", "TestIt::test_it", "tests/base.py:3"),
        ("from .deeper import Again\nclass TestIt(Again): pass", "TestIt::test_it", "tests/base.py:3"),
        ("from deeper import Base\nclass TestIt(Base): pass", "TestIt::test_it", "tests/base.py:3"),
        ("from base import *\nclass TestIt(Base[int]): pass", "TestIt::test_it", "tests/base.py:3"),
        ("try:\n    from base import Base\nexcept E: pass\nclass TestIt(Base): pass", "TestIt::test_it", "tests/base.py:3"),
        ("from base import Deep\nclass TestIt(Deep): pass", "TestIt::test_other", "tests/base.py:13"),
        ("from base import Base\nclass TestIt(Base): pass", "TestIt::TestInner::test_deep", "tests/base.py:8"),
        ("import base\nclass TestIt(base.Base.TestInner): pass", "TestIt::test_deep", "tests/base.py:8"),
        ("from deeper.more import test_starred", "test_starred", "tests/deeper/more.py:3"),
        ("from deeper import *", "test_starred", "tests/deeper/more.py:3"),
        ("from pkg.testing import Base\nclass TestIt(Base): pass", "TestIt::test_src", "src/pkg/testing.py:2"),
        # In Python's method resolution order: bases from the left, a common base last.
        ("from base import *\nclass TestIt(Other, Base): pass", "TestIt::test_it", "tests/base.py:11"),
        ("from base import *\nclass A(Base): pass\nclass TestIt(A, Other): pass", "TestIt::test_it", "tests/base.py:3"),
        ("class R:\n  def test(self): pass\nclass A(R): pass\nclass B(R):\n  def test(self): pass\nclass TestIt(A, B): pass", "TestIt::test", "tests/test_it.py:5"),
        # Its own comes first.
        ("from base import Base\nclass TestIt(Base):\n    def test_it(self): pass", "TestIt::test_it", "tests/test_it.py:3"),
    ],
)  # fmt: skip
def test_what_is_inherited_or_imported_from_another_file_is_found_there(
    tmp_path: Path, text: str, test: str, place: str
):
    this_tests(Sources.test, Files.find)
    found = project(tmp_path, text)
    source = found.test(f"tests/test_it.py::{test}")
    assert source
    assert (f"{source.path}:{source.line}", found.problems) == (place, {})


@pytest.mark.parametrize(
    "text",
    [
        "from nowhere import Base\nclass TestIt(Base): pass",
        "from ...base import Base\nclass TestIt(Base): pass",
        "from unittest import TestCase\nclass TestIt(TestCase): pass",
        "from loop import Base\nclass TestIt(Base): pass",
        "from loop import Odd\nclass TestIt(Odd): pass",
        "import base as Base\nclass TestIt(Base): pass",
        "class TestIt(make()): pass",
        "class TestIt(nowhere.Base, a[0].b): pass",
    ],
)
def test_what_is_inherited_from_outside_the_project_has_no_source(tmp_path: Path, text: str):
    this_tests(Files.find)
    found = project(tmp_path, text)
    assert (found.test("tests/test_it.py::TestIt::test_it"), found.problems) == (None, {})


def test_a_chain_of_files_without_an_end_has_no_source(tmp_path: Path):
    this_tests(Files.find)
    for number in range(1500):
        (tmp_path / f"m{number}.py").write_text(f"from m{number + 1} import test_it\n")
    assert Sources(Folder(tmp_path)).test("m0.py::test_it") is None


def test_a_base_in_a_file_that_is_no_python_is_a_problem(tmp_path: Path):
    this_tests(Files.find)
    (tmp_path / "base.py").write_text("class Base(:\n")
    found = sources(tmp_path, "from base import Base\nclass TestIt(Base): pass\n")
    assert found.test("test_it.py::TestIt::test_it") is None
    assert list(found.problems) == ["base.py"]


def project(root: Path, text: str) -> Sources:
    for path, content in {**FILES, "tests/test_it.py": text}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return Sources(Folder(root))


WHOLE = {
    "plain": "x = 1\n\ndef test_it():\n    'Said.'\n    first = 1\n    assert first\n",
    "first line": "def test_it():\n    'Said.'\n    assert 1\n",
    "decorated": "import pytest\n\n@pytest.mark.slow\n@pytest.mark.slow\nasync def test_it():\n    assert 1\n",
    "under a condition": "if 1:\n    if 1:\n        def test_it():\n            assert 1\n",
    "with a line at the margin": "try:\n    def test_it():\n        assert '''\nhere\n''' and 1\nfinally: pass\n",
    "with nothing but a docstring": "def test_it():\n    'Said.'\n",
    "in tabs": "if 1:\n\tdef test_it():\n\t\tassert 1\n\t\treturn 2\n",
}


@pytest.mark.parametrize("source", WHOLE.values(), ids=WHOLE)
def test_what_a_test_does_is_not_kept_and_comes_back_when_asked_for(source: str):
    this_tests("this_tests.docs.snippets.definitions.SourceFile.whole", parse)
    file = parse("test_it.py", source.encode())
    kept = file.names["test_it"].node

    assert isinstance(kept, ast.FunctionDef | ast.AsyncFunctionDef)
    wanted = next(node for node in ast.walk(ast.parse(source)) if getattr(node, "name", "") == "test_it")
    dumped = ast.dump(file.whole(kept), include_attributes=True)
    assert dumped == ast.dump(wanted, include_attributes=True)
    assert ast.get_docstring(kept) == ast.get_docstring(wanted)
    assert len(kept.body) == (ast.get_docstring(wanted) is not None)


def test_a_test_is_parsed_once_for_all_callables_that_it_exercises(tmp_path: Path, monkeypatch):
    this_tests(TestSource.uses, TestSource.refused, TestSource.snippet)
    text = (
        "def test_it():\n    with raises(E):\n        add()\n    assert sub() == [1]\n" + "    mul()\n" * 20
    )
    known = sources(tmp_path, text)
    read = []
    whole = SourceFile.whole
    monkeypatch.setattr(SourceFile, "whole", lambda file, test: read.append(test.name) or whole(file, test))

    for name in ("pkg.add", "pkg.sub", "pkg.mul"):
        source = known.test("test_it.py::test_it")
        assert source
        assert source.checks_values
        assert bool(source.uses(name)), name
        assert source.refused(name) == (name == "pkg.add")
        assert "# …" in source.snippet(name, limit=LIMIT).text
    assert read == ["test_it"]


def test_a_helper_is_kept_whole():
    this_tests(parse)
    file = parse("test_it.py", b"class TestIt:\n    def helper(self):\n        add()\n")
    assert file.calls_of_helpers == {"helper": {"add"}}


def test_a_test_in_no_known_text_stays_without_what_it_does():
    this_tests("this_tests.docs.snippets.definitions.SourceFile.whole")
    # An undecodable byte becomes a character that no identifier may contain.
    file = parse("test_it.py", b"# coding: latin-1\ndef test_it():\n    caf\xe9 = 1\n")
    broken = replace(file, lines=(*file.lines[:2], "    caf\ufffd = 1"))

    kept = file.names["test_it"].node
    assert len(file.whole(kept).body) == 1
    assert broken.whole(kept) is kept


@pytest.mark.slow
def test_syntax_that_was_release_is_read_again_and_places_are_kept(tmp_path: Path):
    this_tests(Sources.release, Sources.spot)
    (tmp_path / "bad.py").write_text("def test_it(:\n")
    found = sources(tmp_path, "def test_it():\n    'What it says.'\n")
    first = found.test("test_it.py::test_it")
    before = weakref.ref(first.file)
    assert found.test("bad.py::test_it") is None

    found.release()
    del first
    gc.collect()

    assert before() is None
    (tmp_path / "test_it.py").write_text("")
    assert found.spot("test_it.py::test_it") == ("test_it.py", 1, 2, "What it says.")
    assert found.test("test_it.py::test_it") is None
    assert list(found.problems) == ["bad.py"]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A project beside a file that is not part of it."""
    (tmp_path / "secret.py").write_text("def test_it():\n    'secret'\n")
    root = tmp_path / "root"
    (root / "tests").mkdir(parents=True)
    (root / "tests" / "link.py").symlink_to(tmp_path / "secret.py")
    (root / "linked").symlink_to(tmp_path)
    (root / "circle.py").symlink_to(root / "circle.py")
    (root / "folder.py").mkdir()
    os.mkfifo(root / "pipe.py")
    return root


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("../secret.py", "not a path inside the project"),
        ("tests/../../secret.py", "not a path inside the project"),
        ("tests/link.py", "leads out of the project"),
        ("linked/secret.py", "leads out of the project"),
        ("C:/secret.py", "not a path inside the project"),
        ("..\\secret.py", "not a path inside the project"),
        ("nothing.py", "no such file"),
        ("folder.py", "no such file"),
        ("pipe.py", "no such file"),
        ("circle.py", "no such file"),
        ("circle.py/test_it.py", "no such file"),
        ("a\0b.py", "no such file"),
        ("x" * 5000 + ".py", "ile name too long"),
    ],
)
def test_no_file_outside_the_project_is_read(outside: Path, path: str, problem: str):
    this_tests(Sources.test)
    found = Sources(Folder(outside))
    assert found.test(f"{path}::test_it") is None
    assert problem in found.problems[path]


@pytest.mark.parametrize(
    "module", ["tests.link", ".link", "linked.secret", "secret", "..secret", "...secret"]
)
def test_no_base_outside_the_project_is_read(outside: Path, module: str):
    this_tests(Sources.test, Folder.read)
    (outside.parent / "secret.py").write_text("class Base:\n    def test_it(self): pass\n")
    (outside / "tests" / "test_it.py").write_text(f"from {module} import Base\nclass TestIt(Base): pass\n")
    found = Sources(Folder(outside))
    assert (found.test("tests/test_it.py::TestIt::test_it"), found.problems) == (None, {})


def test_an_absolute_path_is_not_read(outside: Path):
    this_tests(Sources.test)
    found = Sources(Folder(outside))
    assert found.test(f"{outside.parent}/secret.py::test_it") is None
    assert list(found.problems.values()) == ["not a path inside the project"]


def test_a_project_may_itself_stand_behind_a_link(tmp_path: Path):
    this_tests(Sources.test)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    sources(tmp_path / "real", "def test_it(): pass\n")
    assert Sources(Folder(tmp_path / "link")).test("test_it.py::test_it")


@pytest.mark.parametrize("test", ["README.rst::README.rst", "data.json::x", "test_it.py", ""])
def test_what_is_no_test_in_python_has_no_source_and_is_no_problem(tmp_path: Path, test: str):
    this_tests(Sources.test)
    found = sources(tmp_path, "def test_it(): pass\n")
    assert found.test(test) is None
    assert found.problems == {}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"def test_it(:\n", "line 1: "),
        (b"\0", "null bytes"),
        (b"# coding: nonsense\n", "nonsense"),
        (b"def test_it():\n    '\xff'\n", ""),
        (b"x = " + b"(" * 5000, "too many nested parentheses"),
    ],
)
def test_a_file_that_is_no_python_is_a_problem(tmp_path: Path, data: bytes, problem: str):
    this_tests(parse, Sources.test)
    (tmp_path / "test_it.py").write_bytes(data)
    found = Sources(Folder(tmp_path))
    assert found.test("test_it.py::test_it") is None
    assert problem in found.problems["test_it.py"]


def test_lines_are_counted_as_python_counts_them(tmp_path: Path):
    this_tests(parse, TestSource.snippet)
    text = "# coding: latin-1\r\nx = '\x0c\x85\x1c'\r\ndef test_it():\r\n    f('\xe9')\r\n"
    (tmp_path / "test_it.py").write_bytes(text.encode("latin-1"))
    source = Sources(Folder(tmp_path)).test("test_it.py::test_it")
    assert source
    assert source.snippet("f").text == "def test_it():\n    f('\xe9')"


def test_a_test_with_an_invalid_escape_is_shown_without_a_warning(tmp_path: Path):
    this_tests(parse)
    assert sources(tmp_path, "def test_it():\n    '\\d'\n").test("test_it.py::test_it")


def test_a_call_by_another_name_of_the_callable_is_told_apart(tmp_path: Path):
    """attrs' tests call `attr.ib`, which the registry knows as `attr.attrib`."""
    this_tests(Sections.of, TestSource.uses)
    test = "test_it.py::test_it"
    registry = Registry(
        callables={"pkg.attrib": Entry(declared={test: Link()})},
        origins=lambda name: ("pkg.attrib",) if name == "pkg.ib" else (),
    )
    sections = Sections(
        Join(registry, ApiObjects({}, {}, {})),
        sources(tmp_path, "def test_it():\n    x = 0\n    x = pkg.ib()\n    assert x.attr\n"),
        PageSettings(),
    )

    section = sections.of(ApiObject("pkg.ib", "function"))

    assert section
    assert [row.snippet.calls for row in section.rows if row.snippet] == [(3,)]


def test_a_call_by_the_documented_name_is_told_apart_and_comes_first(tmp_path: Path):
    """pyparsing documents `scanString`, a wrapper with the name of `scan_string`, which it wraps."""
    this_tests(Sections.of)
    callables = {
        "pkg.new": Entry(declared={"test_it.py::test_a": Link(), "test_it.py::test_b": Link()}),
    }
    sections = Sections(
        Join(Registry(callables=callables), ApiObjects({}, {"pkg.old": ("pkg.new",)}, {})),
        sources(tmp_path, "def test_a():\n    x = 0\n\ndef test_b():\n    pkg.old()\n"),
        PageSettings(),
    )

    section = sections.of(ApiObject("pkg.old", "function"))

    assert section
    assert [(row.name, row.snippet.calls) for row in section.rows if row.snippet] == [
        ("test_b", (2,)),
        ("test_a", ()),
    ]


@pytest.mark.parametrize(("executing", "files"), [(7, ["b.py", "a.py"]), (9, [])])
def test_files_with_most_tests_are_told_where_all_tests_are_known(
    tmp_path: Path, executing: int, files: list[str]
):
    """Of 9 tests, 7 are listed: which files have most is unknown."""
    this_tests(Sections.of)
    named = [
        *(f"a.py::test_{number}" for number in range(3)),
        *(f"b.py::test_{number}" for number in range(4)),
    ]
    observed = Observed(tests=executing, examples=dict.fromkeys(named, Link()))
    join = Join(Registry(callables={"pkg.f": Entry(observed=observed)}), ApiObjects({}, {}, {}))

    section = Sections(join, sources(tmp_path), PageSettings()).of(ApiObject("pkg.f", "function"))

    assert section
    assert [path for path, _ in section.files] == files


@pytest.mark.slow
@pytest.mark.parametrize(
    ("helpers", "calls"),
    [
        ("".join(f"def h{n}(): h{n + 1}()\n" for n in range(3_000)) + "def h3000(): pkg.f()\n", (2,)),
        ("def h0(): h1()\ndef h1(): h0()\n", ()),
        ("def h0(): test_other()\ndef test_other(): pkg.f()\n", ()),
        ("from helpers import h0\n", ()),
    ],
    ids=["a long chain", "a circle", "a test", "another file"],
)
def test_a_helper_is_told_apart_that_leads_to_the_call(tmp_path: Path, helpers: str, calls: tuple[int, ...]):
    this_tests(TestSource.snippet, leading_to)
    source = sources(tmp_path, f"{helpers}def test_it():\n    h0()\n").test("test_it.py::test_it")
    assert source
    assert source.snippet("pkg.f").calls == calls
    assert source.snippet("pkg.f", helped=False).calls == ()


def test_a_mere_mention_of_the_package_is_no_use_of_a_callable_of_its_name(tmp_path: Path):
    this_tests(TestSource.uses)
    source = sources(tmp_path, "def test_it():\n    assert pkg.other\n").test("test_it.py::test_it")
    assert source
    assert source.uses("pkg.f", "pkg.pkg") == []


def test_very_deep_expressions_do_no_harm(tmp_path: Path):
    this_tests(TestSource.uses)
    text = "def test_it():\n    assert f(1)" + " + 1" * 900 + "\n"
    source = sources(tmp_path, text).test("test_it.py::test_it")
    assert source
    assert source.uses("f") == [2]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("with pytest.raises(ValueError):\n        f(1)", True),
        ("with self.assertRaises(ValueError), other():\n        f(1)", True),
        ("with self.assertWarns(UserWarning):\n        f(1)", True),
        ("with self.assertWarnsRegex(UserWarning, 'no'):\n        f(1)", True),
        ("with pytest.deprecated_call():\n        f(1)", True),
        ("with pytest.RaisesGroup(ValueError):\n        f(1)", True),
        ("pytest.raises(ValueError, f, 1)", True),
        ("with pytest.warns(UserWarning):\n        f(1)\n    assert f(2)", False),
        ("assert f(1)", False),
        ("with pytest.raises(ValueError):\n        g(1)", False),
    ],
)
def test_a_callable_that_is_only_seen_to_refuse_is_told_apart(tmp_path: Path, body: str, *, expected: bool):
    this_tests(TestSource.refused)
    source = sources(tmp_path, f"def test_it(self):\n    {body}\n").test("test_it.py::test_it")
    assert source
    assert source.refused("pkg.f") is expected
