"""``this-tests check``: baseline, API, changed files, suggestions."""

import json

import pytest
from observing import store

from this_tests import Entry, Link, Registry
from this_tests.check.baseline import BaselineError, decode_baseline
from this_tests.registry.model import Observed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.cli", "this_tests.check.rules", "this_tests.check.baseline"]),
]

OLD = "def test_one(): pass\ndef test_two(): pass\n"
NAME = "this-tests-baseline.json"


def subjects(result, *rules):
    found = json.loads(result.stdout)
    return [finding["subject"] for finding in found if not rules or finding["rule"] in rules]


@pytest.fixture
def accepted(project, command):
    """Return the path of a baseline that accepts two tests without a declaration."""
    project.tests(OLD)
    result = command("check", "--write-baseline")
    assert (result.returncode, result.stdout) == (0, "")
    return project.root / NAME


def test_a_baseline_accepts_what_there_is_and_only_new_findings_fail(project, command, accepted):
    result = command("check")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("2 tests in 1 file: no new findings (")
    project.tests("\n\n\ndef test_new(): pass\n" + OLD)
    result = command("check", "--format", "json")
    assert result.returncode == 1
    assert subjects(result) == ["test_new"]


def test_a_baseline_is_read_by_people_and_merged_by_git(command, accepted):
    assert json.loads(accepted.read_text())["findings"]["missing"] == {
        "tests/test_it.py": ["test_one", "test_two"]
    }
    assert '        "test_one",\n        "test_two"\n' in accepted.read_text()
    assert command("check", "--write-baseline").returncode == 0
    assert accepted.read_text().endswith("}\n")


def test_a_baseline_shrinks_by_itself_and_never_grows(project, command, accepted):
    project.tests("def test_one(): this_tests(mylib.add)\ndef test_two(): pass\ndef test_new(): pass\n")
    result = command("check")
    assert result.returncode == 1
    assert f"this-tests: {NAME}: 1 accepted finding gone, " in result.stderr
    assert json.loads(accepted.read_text())["findings"]["missing"] == {"tests/test_it.py": ["test_two"]}
    project.tests(OLD)
    assert subjects(command("check", "--format", "json")) == ["test_one"]


def test_a_baseline_that_cannot_be_written_stays_and_fails_nothing(project, command):
    project.tests(OLD)
    # No temporary file can be created for a name of this length, not even by root, which can write to a
    # read-only tree.
    path = project.root / f"{'x' * 245}.json"
    command("check", "--write-baseline", "--baseline", "known.json")
    before = (project.root / "known.json").rename(path).read_text()
    project.tests("def test_one(): this_tests(mylib.add)\ndef test_two(): pass\n")
    result = command("check", "--baseline", path.name)
    assert result.returncode == 0
    assert "1 accepted finding gone" in result.stderr
    assert result.stderr.endswith(
        "not written (File name too long): run this-tests check and commit the file\n"
    )
    assert path.read_text() == before
    assert command("check", "--baseline", path.name, "--write-baseline").returncode == 2


def test_a_check_of_some_files_keeps_the_baseline_of_the_others(project, command, accepted):
    project.tests("def test_three(): pass", "tests/test_other.py")
    command("check", "--write-baseline")
    before = accepted.read_text()
    project.tests("def test_three(): this_tests(mylib.add)", "tests/test_other.py")
    project.tests("", "tests/test_it.py")
    assert command("check", "tests/test_other.py").returncode == 0
    missing = json.loads(accepted.read_text())["findings"]["missing"]
    assert (missing, accepted.read_text() != before) == ({"tests/test_it.py": ["test_one", "test_two"]}, True)


def test_tests_without_a_declaration_are_not_reported_where_the_project_ignores_them(
    project, command, accepted
):
    project.tests("def test_three(): this_tests('mylib.none')\n" + OLD, "tests/test_other.py")
    project.configure('library = ["mylib"]\nmissing = "ignore"')
    result = command("check", "--format", "json")
    assert (result.returncode, subjects(result)) == (1, ["mylib.none"])
    # What was accepted stays for the day when they are reported again.
    assert [rule for rule, _, _ in decode_baseline(accepted.read_bytes(), accepted).accepted].count(
        "missing"
    ) == 2
    project.configure()
    assert subjects(command("check", "--format", "json"), "missing") == ["test_one", "test_two"]


def test_a_baseline_counts_equal_findings(project, command):
    bare = "@pytest.mark.this_tests(mylib.add)\ndef test_{0}(): this_tests(mylib.add)\n"
    project.tests(bare.format("a") + bare.format("b"))
    command("check", "--write-baseline")
    assert command("check").returncode == 0
    project.tests(bare.format("a") + bare.format("b") + bare.format("c"))
    assert len(subjects(command("check", "--format", "json"))) == 1


def test_another_baseline_can_be_named_in_the_settings_or_by_an_option(project, command):
    project.configure('library = ["mylib"]\nbaseline = "ci/known.json"')
    (project.root / "ci").mkdir()
    project.tests(OLD)
    command("check", "--write-baseline")
    assert (project.root / "ci/known.json").exists()
    assert command("check").returncode == 0
    assert command("check", "--baseline", "other.json", "--write-baseline").returncode == 0
    assert (project.root / "other.json").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "no such file"), ("{", "Input data was truncated"), ('{"format": 2}', "Invalid enum value 2")],
)
def test_a_baseline_that_cannot_be_read_could_not_be_checked(project, command, content, reason):
    project.tests(OLD)
    if content is not None:
        (project.root / "known.json").write_text(content)
    result = command("check", "--baseline", "known.json")
    assert result.returncode == 2
    assert result.stderr.startswith(f"this-tests: known.json: {reason}")
    assert result.stderr.endswith("; write it again with --write-baseline\n")


def test_a_baseline_error_carries_its_path(tmp_path):
    with pytest.raises(BaselineError) as caught:
        decode_baseline(b"[]", tmp_path)
    assert caught.value.path == tmp_path


def test_the_baseline_keeps_what_a_check_does_not_cover(project, command):
    project.tests("def test_deep(): this_tests(mylib.sub.deep)\n", "tests/odd/test_odd.py")
    project.run()
    asked = ("--mirror", "--devices")
    command("check", *asked, "--write-baseline")
    content = (project.root / NAME).read_text()
    assert "mirrors-nothing" in content
    assert command("check").returncode == 0
    assert command("check", "--write-baseline").returncode == 0
    assert command("check", "--devices").returncode == 0
    assert (project.root / NAME).read_text() == content
    assert command("check", *asked).returncode == 0


def test_a_baseline_is_of_the_whole_suite(project, command):
    project.tests(OLD)
    result = command("check", "tests/test_it.py", "--write-baseline")
    assert result.returncode == 2
    assert not (project.root / NAME).exists()


def test_too_many_na_are_found_and_never_accepted(project, command):
    project.configure('library = ["mylib"]\nmax-na = 0.5')
    project.tests(
        """
        pytestmark = pytest.mark.this_tests(target="na")
        def test_a(): pass
        def test_b(): this_tests("na")
        @pytest.mark.this_tests(target="na")
        def test_c(): pass
        def test_d(): this_tests(mylib.add)
        """
    )
    command("check", "--write-baseline")
    result = command("check")
    assert result.returncode == 1
    assert "pyproject.toml:0: too-many-na na: 3 of 4 tests declare it; at most 50% may\n" in result.stdout
    project.configure('library = ["mylib"]\nmax-na = 0.75')
    assert command("check").returncode == 0


@pytest.mark.parametrize(
    ("library", "message"),
    [
        ('library = ["mylib"]', ""),
        (
            'library = ["mylib", "elsewhere"]',
            "elsewhere not found there, in src/ or in the installed packages",
        ),
        ("", "the library under test is not known"),
    ],
    ids=["found", "not found", "not known"],
)
def test_a_library_that_cannot_be_found_is_reported(project, command, library, message):
    project.write({"pyproject.toml": f"[tool.this-tests]\n{library}\n"})
    project.tests("def test_one(): this_tests('na')\n")
    result = command("check", "--format", "github")
    assert (result.returncode, result.stdout) == (0, "")
    assert bool(result.stderr) == bool(message)
    if message:
        assert result.stderr.startswith(f"this-tests: {project.root}: {message}")
        table = f"[tool.this-tests] of {project.root / 'pyproject.toml'}"
        assert f'set library = ["…"] in {table}' in result.stderr


def test_a_name_that_moved_is_reported_with_its_new_name(recorded, command):
    recorded.write({"mylib/_impl.py": "def subtract(a, b): ...\nclass Thing:\n    def run(self): ...\n"})
    recorded.write({"mylib/__init__.py": "from ._impl import Thing, subtract\nfrom . import sub\n"})
    recorded.write({"mylib/sub.py": "def add(a, b): ...\n"})
    recorded.tests("@pytest.mark.this_tests(target='mylib.add')\ndef test_add(): pass\n")
    result = command("check")
    assert (
        "tests/test_it.py:5: unknown-name mylib.add: the library has no such name, but has mylib.sub.add\n"
        in (result.stdout)
    )
    assert "mylib.add: the library no longer has it, but has mylib.sub.add; update" in result.stdout


def test_with_a_baseline_a_new_callable_needs_a_test(recorded, command):
    command("check", "--write-baseline")
    assert command("check").returncode == 0
    recorded.write({"mylib/sub.py": "def deep(): ...\ndef new(): ...\nclass Fresh:\n    def go(self): ...\n"})
    result = command("check", "--format", "json")
    assert subjects(result, "untested") == ["mylib.sub.new", "mylib.sub.Fresh", "mylib.sub.Fresh.go"]
    assert [(finding["file"], finding["line"]) for finding in json.loads(result.stdout)][:2] == [
        ("mylib/sub.py", 2),
        ("mylib/sub.py", 3),
    ]


def test_with_a_baseline_a_callable_must_keep_its_last_test(recorded, command):
    command("check", "--write-baseline")
    recorded.tests(
        "def test_other(): this_tests(mylib.Thing().run)\ndef test_thing(): this_tests(mylib.Thing)\n"
    )
    recorded.run()
    assert subjects(command("check", "--format", "json")) == ["mylib.add", "mylib.subtract"]


def test_since_a_commit_new_callables_and_lost_tests_are_distinguished(recorded, command, git):
    git.commit()
    assert command("check", "--since", "HEAD").returncode == 0
    recorded.write({"mylib/sub.py": "def deep(): ...\ndef new(): ...\n"})
    recorded.tests("def test_other(): this_tests(mylib.Thing, mylib.Thing().run, mylib.subtract)\n")
    recorded.run()
    result = command("check", "--since", "HEAD")
    assert result.returncode == 1
    assert result.stdout.splitlines()[:2] == [
        "mylib/_impl.py:1: lost mylib.add: tests exercised it before, but none does now",
        "mylib/sub.py:2: untested mylib.sub.new: it is new, and no test exercises it",
    ]


def test_since_a_commit_a_callable_that_is_gone_has_lost_nothing(recorded, command, git):
    git.commit()
    recorded.write({"mylib/_impl.py": "class Thing:\n    def run(self): ...\n"})
    recorded.write({"mylib/__init__.py": "from ._impl import Thing\n"})
    recorded.tests("def test_other(): this_tests(mylib.Thing, mylib.Thing().run)\n")
    recorded.run()
    assert command("check", "--since", "HEAD").returncode == 0


@pytest.mark.parametrize("option", ["--since=nowhere", "--changed=nowhere"])
def test_a_commit_that_is_none_could_not_be_compared_with(project, command, git, option):
    project.tests(OLD)
    git.commit()
    result = command("check", option)
    assert result.returncode == 2
    assert result.stderr.startswith("this-tests: 'nowhere' is no commit of the repository")


@pytest.fixture
def edited(project, command, git):
    """Return a project with tests that changed since their commit, and others that did not."""
    for name in ("kept", "edited", "deleted"):
        project.tests(
            f"def test_{name}(): this_tests(mylib.add)\ndef test_bad(): pass\n", f"tests/test_{name}.py"
        )
    project.run()
    git.commit()
    project.tests(
        "def test_bad(): pass\ndef test_other(): this_tests('mylib.none')\n", "tests/test_edited.py"
    )
    project.tests("def test_bad(): pass\n", "tests/test_new.py")
    (project.root / "tests/test_deleted.py").unlink()
    return project


def test_changed_agrees_with_the_full_check_restricted_to_those_files(edited, command):
    def about(finding):
        return finding["subject"].partition("::")[0] if finding["rule"] == "stale" else finding["file"]

    changed = {"tests/test_edited.py", "tests/test_new.py", "tests/test_deleted.py"}
    full = json.loads(command("check", "--format", "json").stdout)
    expected = [finding for finding in full if about(finding) in changed]
    result = command("check", "--changed", "--format", "json")
    assert result.returncode == 1
    assert json.loads(result.stdout) == expected
    assert {finding["rule"] for finding in expected} == {"missing", "unknown-name", "stale"}
    assert len(full) > len(expected)


def test_changed_takes_a_commit_and_files(edited, command, git):
    git.commit("second")
    assert subjects(command("check", "--changed", "--format", "json")) == []
    assert "test_bad" in subjects(command("check", "--changed=HEAD~1", "--format", "json"))
    only = command("check", "--changed=HEAD~1", "tests/test_new.py", "--format", "json")
    assert subjects(only, "missing") == ["test_bad"]


def test_changed_without_a_repository_could_not_run(project, command):
    project.tests(OLD)
    result = command("check", "--changed", GIT_CEILING_DIRECTORIES=str(project.root.parent))
    assert result.returncode == 2
    assert result.stderr.startswith("this-tests: git rev-parse failed")


OBSERVED = Registry(
    callables={
        "mylib.add": Entry(
            declared={"tests/test_it.py::test_add": Link(), "tests/test_it.py::test_else": Link()},
            observed=Observed(1, 1, {"tests/test_it.py::test_add": Link(direct=True)}),
        ),
        "mylib.subtract": Entry(
            observed=Observed(
                2, 2, {f"tests/test_it.py::{test}": Link(direct=True) for test in ("test_add", "test_else")}
            )
        ),
    }
)


def test_suggestions_are_reported_on_request_and_fail_nothing(project, command):
    project.tests("def test_add(): this_tests(mylib.add)\ndef test_else(): this_tests(mylib.add)\n")
    store(project, OBSERVED)
    assert command("check").stdout == "2 tests in 1 file: no findings.\n"
    result = command("check", "--suggest")
    assert result.returncode == 0
    assert result.stdout.splitlines()[:-1] == [
        "tests/test_it.py:5: undeclared mylib.subtract: test_add calls it; does it test it?",
        "tests/test_it.py:6: not-executed mylib.add: test_else declares it, but was not observed to execute it",
        "tests/test_it.py:6: undeclared mylib.subtract: test_else calls it; does it test it?",
    ]


def test_a_test_of_many_that_executed_a_callable_is_not_suspected(project, command):
    project.tests("def test_add(): this_tests(mylib.add)\ndef test_else(): this_tests(mylib.add)\n")
    entry = Entry(
        declared=OBSERVED.callables["mylib.add"].declared,
        observed=Observed(40, 40, {"tests/test_it.py::test_add": Link(direct=True)}),
    )
    other = Entry(observed=Observed(1, 0, {"tests/test_it.py::test_else": Link()}))
    store(project, Registry(callables={"mylib.add": entry, "mylib.sub.deep": other}))
    assert "not-executed" not in command("check", "--suggest").stdout
