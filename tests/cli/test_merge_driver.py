"""``this-tests merge-driver``, as git runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from this_tests import Entry, Link, Registry, load
from this_tests.registry.store import encode

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.cli", "this_tests.git.Repository.configure"]),
]


def registry(*tests):
    """Return a registry in which *tests* declare one callable."""
    return Registry(callables={"mylib.add": Entry(declared={f"t.py::{test}": Link() for test in tests})})


@pytest.fixture
def branches(project, git, command, monkeypatch):
    """Return a repository that uses the driver, and whose branches conflict in the text of the registry."""
    folder = project.root / "bin"
    folder.mkdir()
    script = folder / "this-tests"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m this_tests "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    project.path.write_bytes(encode(registry("a", "m")))
    result = command("merge-driver", "--install")
    assert (result.returncode, result.stderr) == (
        0,
        "this-tests: git merges test_registry.json by this-tests in this clone; commit .gitattributes\n",
    )
    git.commit()
    for branch, test in (("one", "b"), ("two", "c")):
        git("checkout", "-q", "-b", branch, "main")
        project.path.write_bytes(encode(registry("a", test, "m")))
        git.commit(branch)
    return git


def merge(git, root: Path) -> "subprocess.CompletedProcess[str]":
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    return subprocess.run(
        ["git", *identity, "merge", "-q", "one"], cwd=root, capture_output=True, text=True, check=False
    )


def test_git_merges_what_would_conflict(project, branches):
    done = merge(branches, project.root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert load(project.path) == registry("a", "b", "c", "m")


def test_without_the_driver_it_does_conflict(project, branches):
    branches("config", "--remove-section", "merge.this-tests")
    assert merge(branches, project.root).returncode == 1
    assert "<<<<<<<" in project.text


def test_what_cannot_be_read_is_a_conflict_and_says_why(project, branches):
    project.path.write_text("{", encoding="utf-8")
    branches.commit("broken")
    done = merge(branches, project.root)
    assert done.returncode == 1
    assert "Input data was truncated" in done.stderr
    assert project.text == "{"


def test_installing_twice_changes_nothing_more(project, branches, command):
    before = (project.root / ".gitattributes").read_bytes()
    assert before == b"test_registry.json merge=this-tests\n"
    command("merge-driver", "--install")
    assert (project.root / ".gitattributes").read_bytes() == before


def test_other_attributes_stay(project, git, command):
    (project.root / ".gitattributes").write_text("*.png binary", encoding="utf-8")
    command("merge-driver", "--install")
    text = (project.root / ".gitattributes").read_text(encoding="utf-8")
    assert text == "*.png binary\ntest_registry.json merge=this-tests\n"


@pytest.mark.parametrize("files", [(), ("a.json",), ("a.json", "b.json")])
def test_it_needs_three_files(project, command, files):
    assert command("merge-driver", *files).returncode == 2
