"""Fixtures: the command in a project, and a project whose tests ran, for the tests of several packages."""

import os
import subprocess
import sys

import pytest

SUITE = """
    @pytest.mark.slow
    def test_add(): this_tests(mylib.add)

    class TestThing:
        def test_run(self): this_tests(mylib.Thing().run)
        def test_both(self): this_tests(mylib.Thing, mylib.subtract)
"""


@pytest.fixture
def command(project):
    """Return a function that runs the command in the project, as a user runs it."""

    def run(*args, **env):
        return subprocess.run(
            [sys.executable, "-m", "this_tests", *args],
            cwd=project.root,
            env={**os.environ, "COLUMNS": "80", **env},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def recorded(project):
    """Return a project whose tests ran and declared."""
    project.configure(rest='markers = ["slow"]')
    project.tests(SUITE)
    project.run()
    return project


@pytest.fixture
def git(project):
    """Return a function that runs git in the project, which is a repository with one commit."""

    def run(*args):
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *identity, *args], cwd=project.root, capture_output=True, text=True, check=True
        )
        return done.stdout

    def commit(message="first"):
        run("add", "-A")
        run("commit", "-q", "--allow-empty", "-m", message)

    run.commit = commit
    run("init", "-q", "-b", "main")
    project.write({".gitignore": ".pytest_cache/\n__pycache__/\n"})
    return run


@pytest.fixture
def suite(project, git):
    """Return a function that writes a library and its tests, and observes them."""

    def observed(library, tests):
        imports = "import contextlib, functools, shutil, subprocess, sys, time, typing\n"
        header = "import asyncio, pytest, mylib\n"
        project.write({"mylib/__init__.py": imports + library, "tests/test_it.py": header + tests})
        project.configure('library = ["mylib"]\nmissing = "ignore"')
        git.commit()
        result = project.run_apart("--this-tests-observe", "-q")
        assert result.ret == 0
        (project.root / "here.txt").unlink(missing_ok=True)
        return project

    return observed
