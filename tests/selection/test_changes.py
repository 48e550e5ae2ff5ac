"""Changes of files: by syntax, and against a real git repository."""

import subprocess
import textwrap

import pytest

from this_tests import this_tests
from this_tests.errors import RepositoryError
from this_tests.git import Repository
from this_tests.observations.snapshots import blob_of, files_of, outlines_of
from this_tests.selection.changes import changes_between, changes_since, compare
from this_tests.source.fingerprint import parse

BEFORE = '''
    """A module."""
    import os

    LIMIT = 1

    def f(a, b=2):
        """Do f."""
        return a + b  # the sum

    class C:
        size = 1

        def m(self):
            def inner():
                return 1
            return inner()

        @property
        def p(self):
            return 1

        @p.setter
        def p(self, value):
            self._p = value
'''


def changed(before, after):
    old, new = (textwrap.dedent(source).encode() for source in (before, after))
    return compare("lib.py", parse(old).outline(), new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# the sum", "# their sum"),
        ("return a + b  #", "return (a +\n                b)  #"),
        ("import os\n", "import os\n\n\n"),
        ("LIMIT = 1", "LIMIT = 1  # at most"),
    ],
    ids=["comment", "layout", "blank lines", "a comment at module level"],
)
def test_what_python_does_not_see_is_no_change(old, new):
    this_tests(compare)
    assert changed(BEFORE, BEFORE.replace(old, new)) is None


@pytest.mark.parametrize(
    ("old", "new", "function"),
    [
        ("a + b", "a - b", "f"),
        ("                return 1\n            return inner", "                return 2\n            return inner", "C.m"),
        ("            return 1\n\n        @p.setter", "            return 2\n\n        @p.setter", "C.p"),
        ("self._p = value", "self._p = 0", "C.p"),
        ("return inner()", "yield inner()", "C.m"),
        ("return a + b", "return a + True", "f"),
    ],
)  # fmt: skip
def test_a_change_in_a_body_is_the_functions(old, new, function):
    this_tests(compare)
    change = changed(BEFORE, BEFORE.replace(old, new))
    assert (change.functions, change.beyond) == ((function,), "")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("LIMIT = 1", "LIMIT = 2", {("bind", "LIMIT")}),
        ("LIMIT = 1", "LIMIT = lambda: 1", {("bind", "LIMIT")}),
        ("size = 1", "size = 2", {("bind", "size")}),
        ("b=2", "b=3", {("def", "f")}),
        ("a, b=2", "b, a=2", {("def", "f")}),
        ("a, b=2", "a: int, b=2", {("annotations", "f")}),
        ("def f(", "async def f(", {("def", "f")}),
        ("@property", "@other", {("decorators", "C.p")}),
        ("class C:", "class C(dict):", {("class", "C")}),
        ("import os", "import sys", {("import", "os"), ("import", "sys")}),
        ("LIMIT = 1", "LIMIT = 1\n    def f(): pass", {("def", "f")}),
        ("LIMIT = 1", "LIMIT = 1\n    @cached\n    def g(): pass", {("def", "g"), ("decorators", "g")}),
        ("LIMIT = 1", "LIMIT = 1\n    class D: pass", {("class", "D")}),
        ("size = 1", "size = 1\n        def n(self): return 1", {("def", "C.n")}),
    ],
)
def test_what_runs_at_import_is_told_by_statement(old, new, found):
    this_tests(compare)
    change = changed(BEFORE, BEFORE.replace(old, new))
    assert {(part.kind, part.names[0]) for part in change.statements} == found
    assert change.beyond == ""


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ("import a\nimport b", "import b\nimport a", set()),
        ("a = 1\nb = 2\nc = 3", "b = 2\nc = 3\na = 1", {"a"}),
        ("def a(): pass\nb = 1", "b = 1\ndef a(): pass", set()),
        ("@a\ndef b(): pass\nc = 1", "c = 1\n@a\ndef b(): pass", {"c"}),
        ("a = 1\nb()\na = 1", "a = 1\na = 1\nb()", {"a"}),
    ],
)
def test_a_statement_that_was_moved_changed_if_its_place_matters(before, after, moved):
    this_tests(compare)
    change = changed(before, after)
    assert {part.names[0] for part in (change.statements if change else ())} == moved


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("LIMIT = 1", "LIMIT = 2", set()),
        ("LIMIT = 1", "BOUND = 1", {"LIMIT", "BOUND"}),
        ("def f(", "def g(", {"f", "g"}),
        ("size = 1", "wide = 1", {"C.size", "C.wide"}),
        ("def m(self)", "def n(self)", {"C.m", "C.n"}),
    ],
)
def test_names_that_came_and_went_are_told(old, new, names):
    this_tests(compare)
    assert changed(BEFORE, BEFORE.replace(old, new)).names == names


def test_a_docstring_is_told_apart():
    this_tests(compare)
    change = changed(BEFORE, BEFORE.replace("Do f.", "Do it."))
    assert (change.docstrings, change.code) == (True, False)


def test_a_docstring_is_code_in_a_file_that_reads_docstrings():
    this_tests(compare)
    before = BEFORE.replace("LIMIT = 1", "TEXT = __doc__")
    change = changed(before, before.replace("A module.", "The module."))
    assert [statement.names for statement in change.statements] == [("TEXT",)]
    assert not change.beyond
    # To set one is not to read it.
    before = BEFORE.replace("LIMIT = 1", "LIMIT.__doc__ = 1")
    assert not changed(before, before.replace("A module.", "The module.")).code


@pytest.mark.parametrize(
    ("path", "before", "after", "beyond"),
    [
        ("data.csv", b"1", b"2", "changed"),
        ("lib.py", b"x = 1", b"x = ", "changed"),
        ("lib.py", None, b"x = 1", "is new"),
        ("lib.py", b"x = 1", None, "was deleted"),
    ],
)
def test_what_cannot_be_compared_goes_beyond(path, before, after, beyond):
    this_tests(compare)
    module = parse(before) if before and path.endswith(".py") else None
    old = module.outline() if module else before and before.hex()
    assert compare(path, old, after).beyond == beyond


# Against git.


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a committed file ``lib.py``, and one that git ignores."""
    git(tmp_path, "init", "-q")
    write(tmp_path, {"lib.py": BEFORE, ".gitignore": "*.log"})
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text), encoding="utf-8")


def paths_since(folder, rev):
    return [change.path for change in changes_since(rev, Repository(folder), folder)]


def test_a_clean_tree_has_no_changes(folder):
    this_tests(changes_since)
    assert paths_since(folder, "HEAD") == []


def test_edited_staged_new_and_deleted_files_count_and_ignored_ones_do_not(folder):
    this_tests(changes_since)
    write(folder, {"stäged.txt": "1", "new file.txt": "2", "out.log": "3"})
    git(folder, "add", "stäged.txt")
    (folder / "lib.py").unlink()
    assert paths_since(folder, "HEAD") == ["lib.py", "new file.txt", "stäged.txt"]


def test_a_commit_may_be_named_in_any_way(folder):
    this_tests(changes_since)
    write(folder, {"lib.py": BEFORE.replace("a + b", "a - b")})
    git(folder, "commit", "-q", "-a", "-m", "two")
    assert paths_since(folder, "HEAD") == []
    (change,) = changes_since("HEAD~1", Repository(folder), folder)
    assert change.functions == ("f",)


def test_the_project_may_be_a_part_of_the_repository(folder):
    this_tests(changes_since)
    write(folder, {"part/lib.py": BEFORE, "lib.py": "x = 1"})
    assert paths_since(folder / "part", "HEAD") == ["../lib.py", "lib.py"]


def between(folder, then, outlines):
    now = files_of(Repository(folder), folder)
    return list(changes_between(then, now, outlines, Repository(folder), folder))


@pytest.mark.parametrize("known", [True, False], ids=["outlines", "git"])
def test_an_edited_tree_is_compared_with(folder, known):
    this_tests(files_of, changes_between)
    edited = BEFORE.replace("a + b", "a - b")
    write(folder, {"lib.py": edited, "note.txt": "1"})
    then = files_of(Repository(folder), folder)
    outlines = outlines_of(then, folder, ()) if known else {}
    assert between(folder, then, outlines) == []
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "two")
    assert between(folder, then, outlines) == []
    write(folder, {"lib.py": edited.replace("return 1", "return 2"), "note.txt": "2"})
    first, second = between(folder, then, outlines)
    assert (first.path, first.functions, second.path) == ("lib.py", ("C.m", "C.p"), "note.txt")
    (folder / "lib.py").unlink()
    assert [change.beyond for change in between(folder, then, outlines)] == ["was deleted", "changed"]


def test_a_file_whose_old_content_nobody_has_changed_as_a_whole(folder):
    this_tests(changes_between)
    then = files_of(Repository(folder), folder) | {"lib.py": "0" * 16}
    (change,) = between(folder, then, {})
    assert (change.path, change.functions, change.beyond) == ("lib.py", (), "changed")


def test_the_content_of_a_file_has_the_identifier_that_git_gives_it(folder):
    this_tests(files_of, blob_of)
    files = files_of(Repository(folder), folder)
    assert files["lib.py"] == blob_of((folder / "lib.py").read_bytes())


def test_outlines_that_are_known_are_not_made_again(folder):
    this_tests(outlines_of)
    files = files_of(Repository(folder), folder)
    assert outlines_of(files, folder, ()).keys() == {files["lib.py"]}
    assert outlines_of(files, folder, {files["lib.py"]}) == {}


def test_what_is_no_commit_is_said(folder):
    this_tests(Repository.commit)
    with pytest.raises(RepositoryError, match="'nowhere' is no commit"):
        Repository(folder).commit("nowhere")


def test_a_folder_without_git_is_said(tmp_path):
    this_tests(Repository)
    with pytest.raises(RepositoryError, match="not a git repository"):
        Repository(tmp_path)


def test_a_missing_git_is_said(folder, monkeypatch):
    this_tests(Repository)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RepositoryError, match="git cannot be run"):
        Repository(folder)
