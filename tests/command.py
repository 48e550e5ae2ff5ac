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
