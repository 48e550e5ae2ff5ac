"""Untrusted test files are read, or reported in one line, and never run."""

import ast
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from timeouts import PROCESS_TIMEOUT

from this_tests import this_tests
from this_tests.docs.snippets.folder import Folder
from this_tests.docs.snippets.snippet import Sources
from this_tests.errors import SettingsError
from this_tests.files import read_bounded
from this_tests.selection.shared_state import Facts, facts_of
from this_tests.source.inventory import read_inventory
from this_tests.source.parsing import parsed, statements
from this_tests.suite.conventions import Conventions
from this_tests.suite.excerpts import Excerpts
from this_tests.suite.reader import SourceError, SuiteFile, read_source

TEST = b"def test_it(): pass\n"
DEEP = 20_000

SOURCES = {
    "no tokens": b"def test_it():  # this-tests: o\x9a\xd9\n    pass\n",
    "short elif": b"if 0: pass\n" + b"elif 1: pass\n" * 1_500 + TEST,
    "elif": b"if 0: pass\n" + b"elif 1: pass\n" * DEEP,
    "else if": b"".join(b" " * depth + b"if 1:\n" for depth in range(99)) + b" " * 99 + b"pass\n",
    "parentheses": b"x = " + b"(" * DEEP + b")" * DEEP,
    "open parentheses": b"(" * 10**6,
    "lists": b"x = " + b"[" * 190 + b"]" * 190,
    "sums": b"x = 1" + b" + 1" * DEEP,
    "minus": b"x = " + b"-" * DEEP + b"1",
    "attributes": b"x = a" + b".b" * DEEP,
    "calls": b"x = a" + b"()" * DEEP,
    "strings": b"x = f'" + b"{" * 200 + b"}" * 200 + b"'",
    "decorators": b"@d\n" * DEEP + TEST,
    "bases": b"class TestA: pass\n" + b"class TestA(TestA):\n    def test_it(self): pass\n" * 3_000,
    "own base": b"class A(B): pass\nclass B(A): pass\nclass A(B):\n    def test_it(self): pass\n",
    "null": b"x = 1\x00" + TEST,
    "encoding": b"# coding: nonsense\n" + TEST,
    "utf-7": b"# coding: utf-7\n+AHgAPQAx-\n",
    "rot13": b"# coding: rot13\nqrs grfg_vg(): cnff\n",
    "latin-1": b"# coding: latin-1\ns = '\xe9'\n" + TEST,
    "utf-16": TEST.decode().encode("utf-16"),
    "tabs": b"if 1:\n\tpass\n        pass  # this-tests: off (why)\n",
    "form feed": b"\x0cdef test_it(): pass  # this-tests: off (why)\n\x0c",
    "no end": b"def test_it():\n    '''# this-tests: off",
    "long line": b"x = '" + b"y" * 10**6 + b"'  # this-tests: off (z)\n",
    "backslash": b"def test_it(): pass  # this-tests: off \\\n\\\n",
    "number": b"x = " + b"9" * 5_000,
    "escape": b"x = '\\N{no such name}'",
    "odd": b"x = 1if 2 else '\\d'  # \x1b]0;owned\x07 this-tests: off (why)\n" + TEST,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_a_hostile_file_is_read_or_reported_in_one_line(tmp_path, name):
    this_tests(read_source, SourceError)
    path = tmp_path / "test_it.py"
    path.write_bytes(SOURCES[name])
    try:
        found = read_source(path, tmp_path, Conventions())
    except SourceError as error:
        found = str(error)
    assert isinstance(found, SuiteFile) or "\n" not in found


def test_an_odd_file_is_read_without_a_remark(tmp_path):
    """Python would show the line; in this suite, its warnings are errors."""
    this_tests(parsed, read_source)
    path = tmp_path / "test_it.py"
    path.write_bytes(SOURCES["odd"])
    with pytest.warns((SyntaxWarning, DeprecationWarning)):
        ast.parse(SOURCES["odd"])
    assert parsed(SOURCES["odd"])
    assert [function.name for function in read_source(path, tmp_path, Conventions()).functions] == ["test_it"]


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_pages_and_notebooks_and_choices_take_it(tmp_path, name):
    this_tests(
        "this_tests.docs.snippets.snippet", "this_tests.suite.excerpts", "this_tests.selection.shared_state"
    )
    (tmp_path / "test_it.py").write_bytes(SOURCES[name])
    sources = Sources(Folder(tmp_path))
    sources.test("test_it.py::TestA::test_it")
    assert all(reason.isprintable() for reason in sources.problems.values())
    assert isinstance(facts_of(SOURCES[name]), Facts)
    Excerpts(tmp_path).of("test_it.py::TestA::test_it")


def test_code_below_a_long_chain_is_shown(tmp_path):
    this_tests("this_tests.docs.snippets.snippet", "this_tests.suite.excerpts")
    (tmp_path / "test_it.py").write_bytes(SOURCES["short elif"])
    assert Sources(Folder(tmp_path)).test("test_it.py::test_it") is not None
    assert Excerpts(tmp_path).of("test_it.py::test_it") is not None


BLOCKS = """
a = 1
if a: b = 1
elif a: b = 2
else: b = 3
try: c = 1
except ValueError: c = 2
except TypeError: c = 3
else: c = 4
finally: c = 5
match a:
    case 1: d = 1
    case _: d = 2
for e in a: e = 1
else: e = 2
while a:
    with a: f = 1
def g(): inside = 1
class H: inside = 2
"""


def test_the_statements_of_a_scope_come_in_their_order_and_no_function_is_entered():
    this_tests(statements)
    assigned = [
        ast.unparse(statement)
        for statement in statements(parsed(BLOCKS).body)
        if isinstance(statement, ast.Assign)
    ]
    numbers = {"a": 1, "b": 3, "c": 5, "d": 2, "e": 2, "f": 1}
    assert assigned == [
        f"{name} = {number}" for name, last in numbers.items() for number in range(1, last + 1)
    ]


@pytest.mark.slow
def test_a_chain_of_any_length_is_gone_through():
    this_tests(statements)
    chain = ast.If(ast.Constant(1), [ast.Pass()], [])
    for _ in range(DEEP):
        chain = ast.If(ast.Constant(1), [ast.Pass()], [chain])
    assert sum(1 for _ in statements([chain])) == 2 * (DEEP + 1)


def test_a_file_outside_of_the_project_is_reported(tmp_path):
    this_tests(read_source, SourceError)
    path = tmp_path / "test_it.py"
    path.write_bytes(TEST)
    with pytest.raises(SourceError, match=r"test_it\.py:1: cannot be read"):
        read_source(path, tmp_path / "project", Conventions())


@pytest.mark.slow
def test_the_command_reports_each_and_has_no_traceback(tmp_path):
    """Nor does it run what it reads."""
    this_tests("this_tests.cli.main")
    (tmp_path / "pyproject.toml").write_text('[tool.this-tests]\nlibrary = ["mylib"]\n')
    ran = tmp_path / "ran"
    for name in ("no tokens", "elif", "sums", "null", "encoding", "rot13", "latin-1"):
        head = f"open({str(ran)!r}, 'w')\n".encode() if name != "rot13" else b""
        (tmp_path / "test_it.py").write_bytes(SOURCES[name] + head)
        command = [sys.executable, "-m", "this_tests", "check", "--mirror", "--devices"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PROCESS_TIMEOUT
        )
        assert done.returncode in (0, 1, 2), (name, done.stderr)
        assert "Traceback" not in done.stderr, (name, done.stderr)
    assert not ran.exists()


ENDLESS = Path("/dev/zero")
HELD = 4 * 2**30  # bytes of address space: enough for everything except endless input


@pytest.mark.slow
@pytest.mark.skipif(not ENDLESS.exists(), reason="needs /dev/zero")
@pytest.mark.parametrize(
    "place", ["tests/test_it.py", "tests/conftest.py", "tests/tools.py", "mylib/zero.py", "pyproject.toml", "pytest.ini"]
)  # fmt: skip
def test_a_link_to_an_endless_device_is_reported_or_ignored(project, place):
    this_tests(read_bounded, "this_tests.cli.main")
    project.write({"test_registry.json": '{"format": 1}'})
    (project.root / place).unlink(missing_ok=True)
    (project.root / "tests").mkdir(exist_ok=True)
    (project.root / place).symlink_to(ENDLESS)
    for verb in (["check", "--mirror", "--devices", "--suggest"], ["coverage"], ["infer"]):
        done = limited(project.root, *verb)
        assert done.returncode in (0, 1, 2), done.stderr
        assert "Traceback" not in done.stderr
        if done.returncode == 2:
            assert re.fullmatch(r"this-tests: .*\n", done.stderr)


def limited(root, *args):
    """Run the command with little memory."""
    import resource

    return subprocess.run(
        [sys.executable, "-m", "this_tests", *args],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROCESS_TIMEOUT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (HELD, HELD)),
    )


def test_a_file_that_no_person_wrote_is_not_read(tmp_path):
    this_tests(read_bounded, read_source, Sources.test)
    path = tmp_path / "test_it.py"
    path.write_bytes(TEST + b"#" * 4 * 2**20)
    with pytest.raises(OSError, match="larger than 4 MiB"):
        read_bounded(path)
    with pytest.raises(SourceError, match=r"test_it\.py:1: cannot be read: it is larger than 4 MiB"):
        read_source(path, tmp_path, Conventions())
    sources = Sources(Folder(tmp_path))
    assert sources.test("test_it.py::test_it") is None
    assert sources.problems == {"test_it.py": "it is larger than 4 MiB"}


def test_no_test_file_leads_out_of_the_project(tmp_path):
    """Or `check --fix` would write there."""
    this_tests(read_source, SourceError)
    (tmp_path / "secret.py").write_bytes(TEST)
    root = tmp_path / "project"
    root.mkdir()
    (root / "test_it.py").symlink_to("../secret.py")
    with pytest.raises(SourceError, match=r"test_it\.py:1: cannot be read: it leads out of the project"):
        read_source(root / "test_it.py", root, Conventions())


@pytest.mark.parametrize("path", ["/", "..", "up"])
def test_no_folder_of_tests_leads_out_of_the_project(tmp_path, path):
    this_tests(Conventions.test_files, SettingsError)
    (tmp_path / "up").symlink_to("..")
    with pytest.raises(SettingsError, match="leads out of the project"):
        list(Conventions(testpaths=(path,)).test_files(tmp_path))


def test_an_inventory_that_swells_is_refused(tmp_path):
    this_tests(read_inventory, SettingsError)
    path = tmp_path / "objects.inv"
    head = b"# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# compressed\n"
    path.write_bytes(head + zlib.compress(b"\n" * (64 * 2**20 + 1), 1))
    with pytest.raises(SettingsError, match="damaged: it ends early, or has more than 64 MiB"):
        read_inventory(path)
