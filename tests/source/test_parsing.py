"""Every reader of source finds what is defined below any statement, in files of any size."""

import ast
import json
import subprocess
import sys
import textwrap
import threading

import pytest

from this_tests import this_tests
from this_tests.docs.snippets.folder import Folder
from this_tests.docs.snippets.snippet import Sources
from this_tests.docs.snippets.usage import calls_of_helpers
from this_tests.selection.shared_state import facts_of
from this_tests.source import fingerprint
from this_tests.source.name_lookup import exists
from this_tests.source.origins import Origins
from this_tests.source.parsing import (
    child_nodes,
    dotted,
    last_name,
    parsed,
    statements,
    walk,
    why_unread,
    with_deep_stack,
)
from this_tests.source.public_api import public_callables
from this_tests.source.scopes import scope_of
from this_tests.suite.conventions import Conventions
from this_tests.suite.excerpts import Excerpts
from this_tests.suite.reader import read_source

# `…` is replaced by the definition.
STATEMENTS = {
    "module": "…",
    "if": "if x:\n    …",
    "elif": "if x:\n    pass\nelif x:\n    …",
    "else": "if x:\n    pass\nelse:\n    …",
    "for": "for x in y:\n    …",
    "for else": "for x in y:\n    pass\nelse:\n    …",
    "async for": "async for x in y:\n    …",
    "while": "while x:\n    …",
    "while else": "while x:\n    pass\nelse:\n    …",
    "try": "try:\n    …\nfinally:\n    pass",
    "except": "try:\n    import fast\nexcept ImportError:\n    …",
    "second except": "try:\n    pass\nexcept A:\n    pass\nexcept B:\n    …",
    "except*": "try:\n    pass\nexcept* A:\n    …",
    "try else": "try:\n    pass\nexcept A:\n    pass\nelse:\n    …",
    "finally": "try:\n    pass\nfinally:\n    …",
    "with": "with x:\n    …",
    "async with": "async with x:\n    …",
    "match": "match x:\n    case 1:\n        …",
    "last case": "match x:\n    case 1:\n        pass\n    case _:\n        …",
    "match in except in for": (
        "for x in y:\n    try:\n        pass\n    except A:\n        match x:\n            case 1:\n                …"
    ),
    "else in match in with in else": (
        "if x:\n    pass\nelse:\n    with x:\n        match x:\n            case 1:\n"
        "                if x:\n                    pass\n                else:\n                    …"
    ),
    "1,500 elif": "if x:\n    pass\n" + "elif x:\n    pass\n" * 1_500 + "else:\n    …",
    "5,000 cases": "match x:\n" + "    case 1:\n        pass\n" * 5_000 + "    case _:\n        …",
    "40 nested matches": (
        "".join(f"{' ' * 2 * level}match x:\n{' ' * (2 * level + 1)}case 1:\n" for level in range(40))
        + f"{' ' * 80}…"
    ),
}  # fmt: skip
DEFINITION = "def test_found():\n    mylib.f()"


def source_of(statement):
    """Return a file with the definition below *statement*."""
    head, _, tail = STATEMENTS[statement].partition("…")
    indent = head.rpartition("\n")[2]
    return f"import mylib\n{head}{textwrap.indent(DEFINITION, indent).lstrip()}{tail}\nagain = test_found\n"


def file_of(folder, text):
    path = folder / "test_table.py"
    path.write_text(text)
    return path


def in_the_api(text, folder):
    found = public_callables({"table": file_of(folder, text)}, pytest.fail)
    return any("table.test_found" in function.names for function in found)


def in_the_scope(text, folder):
    return "test_found" in scope_of(text.encode(), "").names


def among_the_names(text, folder):
    file_of(folder, text)
    sys.path.insert(0, str(folder))
    try:
        return exists("test_table.test_found")
    finally:
        sys.path.remove(str(folder))


def among_the_origins(text, folder):
    files = {"pkg.py": text.encode()}

    def read(path):
        if path not in files:
            raise FileNotFoundError
        return files[path]

    return Origins(read).of("pkg.again") == ("pkg.test_found",)


def in_the_suite(text, folder):
    file = read_source(file_of(folder, text), folder, Conventions())
    return [(test.name, test.is_test) for test in file.functions] == [("test_found", True)]


def in_a_notebook(text, folder):
    file_of(folder, text)
    found = Excerpts(folder).of("test_table.py::test_found")
    return found is not None and found.text == DEFINITION


def in_the_docs(text, folder):
    file_of(folder, text)
    found = Sources(Folder(folder)).test("test_table.py::test_found")
    return found is not None and "mylib.f()" in found.snippet("mylib.f").text


def in_the_helpers(text, folder):
    return calls_of_helpers(parsed(text.replace("test_found", "found"))).get("found") == {"f"}


def in_the_fingerprint(text, folder):
    return set(fingerprint.parse(text.encode()).bodies) == {"test_found"}


def in_the_facts(text, folder):
    return set(facts_of(text.encode()).units) == {"", "test_found"}


READERS = [
    in_the_api, in_the_scope, among_the_names, among_the_origins, in_the_suite, in_a_notebook, in_the_docs,
    in_the_helpers, in_the_fingerprint, in_the_facts,
]  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_each_reader_finds_what_is_below_each_statement(tmp_path, statement, reader):
    this_tests(
        statements, public_callables, scope_of, exists, Origins.of, read_source, Excerpts.of, Sources.test,
        calls_of_helpers, fingerprint.parse, facts_of,
    )  # fmt: skip
    assert reader(source_of(statement), tmp_path)


@pytest.mark.slow
def test_inference_finds_what_is_below_each_statement(project):
    this_tests(statements, "this_tests.cli.main")
    project.write({f"tests/test_{number}.py": source_of(name) for number, name in enumerate(STATEMENTS)})
    project.write({"mylib/__init__.py": "def f(): ...\n"})
    command = [sys.executable, "-m", "this_tests", "infer", "--format", "json"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=True)
    found = {link["test"] for link in json.loads(done.stdout) if link["callable"] == "mylib.f"}
    assert found == {f"tests/test_{number}.py::test_found" for number in range(len(STATEMENTS))}


def test_a_walk_sees_each_node_that_holds_something():
    this_tests(walk, child_nodes)
    tree = ast.parse(
        "@d\ndef f(a, *, b=1 + 2):\n    for x in a[b]:\n        pass\n    return {**x, 'y': not x.z}\n"
    )

    seen = list(walk(tree))
    assert {id(node) for node in seen} == {id(node) for node in ast.walk(tree) if node._fields}
    assert len(seen) == len(set(map(id, seen)))
    assert not any(isinstance(node, ast.expr_context | ast.operator) for node in seen)


def test_the_statements_of_functions_and_classes_are_scopes_of_their_own():
    this_tests(statements)
    text = "def f():\n    a = 1\nclass C:\n    b = 1\nif x:\n    c = 1"
    kinds = [type(statement) for statement in statements(parsed(text).body)]
    assert kinds == [ast.FunctionDef, ast.ClassDef, ast.If, ast.Assign]


HUGE = {
    "5,000 elif": "if x:\n    pass\n" + "elif x:\n    pass\n" * 5_000,
    "20,000 elif": "if x:\n    pass\n" + "elif x:\n    pass\n" * 20_000,
    "5,000 elif in a function": "def g(x):\n    if x:\n        pass\n"
    + "    elif x:\n        pass\n" * 5_000,
    "5,000 cases": "match x:\n" + "    case 1:\n        pass\n" * 5_000,
    "5,000 alternatives": f"match x:\n    case {' | '.join(map(str, range(5_000)))}:\n        pass\n",
    "5,000 summands": f"a = 1{' + 1' * 5_000}\n",
    "5,000 attributes": f"a = b{'.c' * 5_000}\nb{'.c' * 5_000} = a\n",
    "5,000 calls": f"a = b{'.c()' * 5_000}\n",
    "200,000 elements": f"a = [{', '.join(map(str, range(200_000)))}]\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HUGE)
def test_a_huge_file_keeps_its_functions_or_a_notice_names_it(tmp_path, name):
    """A file that Python cannot compile has none; one that it can compile keeps all."""
    this_tests(public_callables, parsed, why_unread, with_deep_stack)
    text = f"{HUGE[name]}\ndef found(): pass\n"
    path, notices = file_of(tmp_path, text), []
    names = [function.name for function in public_callables({"huge": path}, notices.append)]
    try:
        compile(text, "huge", "exec")
    except (RecursionError, MemoryError):
        is_importable = False
    else:
        is_importable = True
    version = "{}.{}".format(*sys.version_info)
    if "huge.found" in names:
        assert notices == []
        assert fingerprint.parse(text.encode()) is not None
        assert "found" in facts_of(text.encode()).units
        assert scope_of(text.encode(), "").names.keys() >= {"found"}
    else:
        assert not is_importable
        reason = f"cannot be parsed: nested too deeply for Python {version}"
        assert notices == [f"{path}:1: {reason}, so that its callables are missing"]


def test_a_file_that_is_no_python_is_named(tmp_path):
    this_tests(public_callables, why_unread)
    notices = []
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("def f(): pass\n")
    (tmp_path / "pkg" / "broken.py").write_text("def f(): pass\ndef (\n")
    names = [function.name for function in public_callables({"pkg": tmp_path / "pkg"}, notices.append)]
    assert names == ["pkg.f"]
    assert [notice.partition(": ")[0] for notice in notices] == [f"{tmp_path / 'pkg' / 'broken.py'}:2"]


@pytest.mark.parametrize(
    ("text", "whole", "last"),
    [("a", "a", "a"), ("a.b.c", "a.b.c", "c"), ("a().b", "", "b"), ("a[0]", "", ""), ("1", "", "")],
)
def test_a_dotted_expression_has_a_name_and_a_last_name(text, whole, last):
    this_tests(dotted, last_name)
    node = ast.parse(text, mode="eval").body
    assert (dotted(node), last_name(node)) == (whole, last)


def descend(levels):
    return 0 if levels == 0 else 1 + descend(levels - 1)


def test_recursion_has_room_where_it_needs_it_and_the_limit_is_as_before():
    this_tests(with_deep_stack)
    limit, size = sys.getrecursionlimit(), threading.stack_size()
    assert with_deep_stack(lambda: descend(20_000)) == 20_000
    assert with_deep_stack(lambda: with_deep_stack(lambda: descend(20_000))) == 20_000
    assert (sys.getrecursionlimit(), threading.stack_size()) == (limit, size)


@pytest.mark.slow
def test_endless_recursion_ends_and_other_errors_come_through():
    this_tests(with_deep_stack)
    limit = sys.getrecursionlimit()
    with pytest.raises(RecursionError):
        with_deep_stack(lambda: descend(-1))
    with pytest.raises(ZeroDivisionError):
        with_deep_stack(lambda: descend(20_000) // 0)
    assert sys.getrecursionlimit() == limit
