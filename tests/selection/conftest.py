"""Fixtures: a project in git, with what its tests executed."""

import subprocess

import pytest

from this_tests.git import Repository
from this_tests.observations import snapshots
from this_tests.observations.file import load, write
from this_tests.observations.observations import Observations
from this_tests.observations.relation import BODY, CALL, RelationBuilder
from this_tests.observations.snapshots import Snapshot, environment_name, files_of, outlines_of


class Suite:
    """A project whose tests were observed."""

    def __init__(self, project):
        self.project = project
        self.root = project.root
        self.folder = project.root / "test_observations"
        self._session = 0

    def git(self, *arguments):
        """Run git."""
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self):
        """Commit all files."""
        self.git("init", "-q")
        self.write({".gitignore": "__pycache__/\n.pytest_cache/\n/runpytest-*\n/stdout\n/stderr\n"})
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "one")

    def write(self, files):
        """Write *files*: contents by path."""
        self.project.write(files)

    def edit(self, path, old, new):
        """Replace *old* by *new* in a file."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        (self.root / path).write_text(text.replace(old, new), encoding="utf-8")

    def observe(self, executed, *, at_import=(), failed=()):
        """Write what tests executed, as a session that runs them now does."""
        self._session += 1
        builder = RelationBuilder(session=self._session)
        for test, functions in executed.items():
            outcome = "failed" if test in failed else "passed"
            builder.add(test, functions, [CALL | BODY] * len(functions), outcome)
        files = files_of(Repository(self.root), self.root)
        snapshot = Snapshot(files, snapshots.environment(["mylib"]), tuple(at_import))
        seen = Observations(
            {environment_name(): builder.relation()},
            snapshots={self._session: snapshot},
            outlines=outlines_of(files, self.root, ()),
        )
        write(self.folder, f"part{self._session}", seen)

    @property
    def at_import(self):
        """What the sessions saw outside of tests."""
        sessions = load(self.folder).snapshots.values()
        return {name for snapshot in sessions for name in snapshot.at_import}

    def collect(self, *arguments):
        """Return the tests that pytest chooses, without their file, and the headline."""
        result = self.project.run("--collect-only", "-q", *arguments)
        chosen = [line.partition("::")[2] for line in result.outlines if "::" in line and line[0] != " "]
        return chosen, next((line for line in result.outlines if line.startswith("this-tests:")), "")

    def chosen(self, *arguments):
        """Return the tests that ``--this-tests-changed`` chooses."""
        return self.collect("--this-tests-changed", *arguments)[0]


@pytest.fixture
def suite(project):
    """Return a committed project."""
    return Suite(project)
