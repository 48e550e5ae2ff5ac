"""``this-tests check``: callables that tests execute, and none notices, where ``this-tests prove`` ran."""

import json
from xml.etree import ElementTree as ET

import pytest

from this_tests import this_tests

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.cli.check", "this_tests.cli.check_proven"]),
]

NAME = "this-tests-baseline.json"
LIBRARY = """
def ignored(a): return a * 3
def noticed(a): return a * 2
def partly(a): return [a]
def _internal(a): return a * 5
"""
SUITE = """
def test_ignored(): mylib.ignored(3)
@pytest.mark.parametrize("a", [1, 2])
def test_again(a): mylib.ignored(a); mylib._internal(a)
def test_noticed(): assert mylib.noticed(2) == 4
def test_partly(): assert mylib.partly(1) is not None
"""
MESSAGE = (
    "executed by 3 tests, and none fails when it returns None or returns 0; "
    "assert what it does, then run this-tests prove mylib.ignored"
)


@pytest.fixture
def proven(suite, command):
    """Return a project in which `mylib.ignored` is what no test notices."""
    project = suite(LIBRARY, SUITE)
    assert command("prove").returncode == 1
    return project


def unnoticed(result):
    """Return the callables that no test notices, with their places."""
    return {
        finding["subject"]: f"{finding['file']}:{finding['line']}"
        for finding in json.loads(result.stdout)
        if finding["rule"] == "unnoticed"
    }


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_no_test_notices_is_a_finding_in_each_format(proven, command):
    result = command("check")
    assert result.returncode == 1
    assert f"mylib/__init__.py:3: unnoticed mylib.ignored: {MESSAGE}" in result.stdout.splitlines()
    assert "1 finding." in result.stdout
    assert unnoticed(command("check", "--format", "json")) == {"mylib.ignored": "mylib/__init__.py:3"}
    title = "::error file=mylib/__init__.py,line=3,title=this-tests%3A unnoticed::"
    assert command("check", "--format", "github").stdout.startswith(f"{title}mylib.ignored: {MESSAGE} (")
    (run,) = json.loads(command("check", "--format", "sarif").stdout)["runs"]
    (found,) = run["results"]
    assert (found["ruleId"], found["level"]) == ("unnoticed", "error")
    assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == "unnoticed"
    cases = ET.fromstring(command("check", "--format", "junit").stdout).iter("testcase")
    (failed,) = [case for case in cases if case.find("failure") is not None]
    assert (failed.get("name"), failed.get("line")) == ("unnoticed: mylib.ignored", "3")


def test_without_proofs_nothing_is_found(suite, command):
    suite(LIBRARY, SUITE)
    assert command("check").returncode == 0


def test_a_proof_counts_for_the_code_that_was_tried(proven, command):
    source, tests = proven.root / "mylib/__init__.py", proven.root / "tests/test_it.py"
    for path, old, new in (
        (source, "a * 3", "a * 4"),
        (tests, "mylib.ignored(3)", "assert mylib.ignored(3) == 9"),
        (tests, "mylib.ignored(a);", "assert mylib.ignored(a) == 3 * a;"),
        (tests, "def test_ignored", "def test_other_name"),
    ):
        edit(path, old, new)
        assert unnoticed(command("check", "--format", "json")) == {}
        edit(path, new, old)
        assert unnoticed(command("check", "--format", "json")).keys() == {"mylib.ignored"}
    edit(source, "def ignored(a): return", "\n# Elsewhere\ndef ignored(a):\n    return")
    assert unnoticed(command("check", "--format", "json")) == {"mylib.ignored": "mylib/__init__.py:5"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[1, 2]", "[1, 2, 3]"),
        ("def test_noticed", "def test_new(): mylib.ignored(5)\ndef test_noticed"),
    ],
    ids=["case", "test"],
)
def test_what_executes_it_since_may_notice(proven, command, old, new):
    edit(proven.root / "tests/test_it.py", old, new)
    assert proven.run_apart("--this-tests-observe", "-q").ret == 0
    assert command("check").returncode == 0
    command("prove")
    assert unnoticed(command("check", "--format", "json")).keys() == {"mylib.ignored"}


def test_a_test_that_could_not_be_used_may_notice(suite, command):
    suite(
        LIBRARY,
        SUITE + "def test_file(): open('here.txt', 'w').write('a'); assert mylib.ignored(1) == 3\n",
    )
    result = command("prove", "mylib.ignored")
    assert "no test fails, of 3 that execute it" in result.stdout
    assert command("check").returncode == 0


def test_a_comment_with_a_reason_suppresses_it(proven, command):
    source = proven.root / "mylib/__init__.py"
    edit(source, "a * 3", "a * 3  # this-tests: off")
    result = command("check")
    assert result.returncode == 1
    assert f"{MESSAGE}; to suppress this, give a reason" in result.stdout
    edit(source, "this-tests: off", "this-tests: off (only for its speed)")
    assert command("check").returncode == 0


def test_the_baseline_keeps_it_until_a_test_notices(proven, command):
    this_tests("this_tests.cli.baseline_file")
    command("check", "--write-baseline")
    accepted = proven.root / NAME

    def entries():
        return json.loads(accepted.read_text())["findings"].get("unnoticed")

    assert entries() == {"(library)": ["mylib.ignored"]}
    assert command("check").returncode == 0
    # While nothing is proven of the code as it is, nothing is known of what was accepted.
    edit(proven.root / "mylib/__init__.py", "a * 3", "3 * a")
    for options in ((), ("--write-baseline",)):
        assert command("check", *options).returncode == 0
        assert entries() == {"(library)": ["mylib.ignored"]}
    edit(proven.root / "tests/test_it.py", "mylib.ignored(3)", "assert mylib.ignored(3) == 9")
    edit(proven.root / "tests/test_it.py", "assert mylib.noticed(2) == 4", "mylib.noticed(2)")
    assert command("prove").returncode == 1
    result = command("check", "--format", "json")
    assert unnoticed(result).keys() == {"mylib.noticed"}
    assert entries() is None


def test_since_a_commit_only_what_changed_is_found(proven, command, git):
    edit(proven.root / "tests/test_it.py", "assert mylib.noticed(2) == 4", "mylib.noticed(2)")
    command("prove", "mylib.noticed")
    found = unnoticed(command("check", "--format", "json"))
    assert found.keys() == {"mylib.ignored", "mylib.noticed"}
    git.commit()
    assert unnoticed(command("check", "--since", "HEAD", "--format", "json")) == {}
    edit(proven.root / "mylib/__init__.py", "a * 2", "2 * a")
    assert unnoticed(command("check", "--since", "HEAD", "--format", "json")) == {}
    command("prove", "--since", "HEAD")
    result = command("check", "--since", "HEAD", "--format", "json")
    assert unnoticed(result).keys() == {"mylib.noticed"}
    assert unnoticed(command("check", "--changed", "--format", "json")).keys() == found.keys()
    git.commit()
    assert unnoticed(command("check", "--changed", "--format", "json")) == {}
