"""Confinement of processes; each is tried in one of its own, since nothing ends it."""

import subprocess
import sys
import textwrap

import pytest

from this_tests import this_tests
from this_tests.prove.confinement import Confinement

TRY = """
import multiprocessing, os, shutil, signal, sqlite3, subprocess, sys, tempfile
from pathlib import Path
from this_tests.prove.confinement import Confinement
inside, outside = map(Path, sys.argv[1:])
confinement = Confinement(inside)
confinement.begin()
try:
    {statement}
except PermissionError as error:
    print("refused:", error)
else:
    print("done", confinement.refused)
"""


@pytest.fixture
def attempt(tmp_path):
    """Return a function that runs a statement in a confined process."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        (folder / "full").mkdir(parents=True)
        (folder / "full" / "file").write_text("text")
        (folder / "file").write_text("text")
    (inside / "out").symlink_to(outside)
    (inside / "link").symlink_to(outside / "file")

    def run(statement):
        source = TRY.format(statement=textwrap.dedent(statement))
        done = subprocess.run(
            [sys.executable, "-c", source, inside, outside],
            capture_output=True,
            text=True,
            cwd=inside,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert (outside / "full" / "file").read_text() == (outside / "file").read_text() == "text"
        return done.stdout.strip()

    return run


@pytest.mark.parametrize(
    "statement",
    [
        "(outside / 'new').write_text('a')",
        "(outside / 'file').open('a').write('a')",
        "os.open(outside / 'file', os.O_RDWR)",
        "(outside / 'file').unlink()",
        "shutil.rmtree(outside)",
        "shutil.rmtree(outside, ignore_errors=False)",
        "(outside / 'file').rename(inside / 'taken')",
        "(inside / 'file').rename(outside / 'put')",
        "(outside / 'new').mkdir()",
        "(outside / 'full' / 'file').chmod(0)",
        "os.truncate(outside / 'file', 0)",
        "os.symlink('a', outside / 'new')",
        "os.link(inside / 'file', outside / 'new')",
        "(inside / 'link').write_text('a')",
        "(inside / 'out' / 'file').unlink()",
        "Path('../outside/file').unlink()",
        "os.unlink('file', dir_fd=os.open(outside, os.O_RDONLY))",
        "sqlite3.connect(outside / 'new.db')",
        "shutil.copyfile(inside / 'file', outside / 'file')",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.posix_spawn('/bin/true', ['true'], dict())",
        "os.execv('/bin/true', ['true'])",
        "multiprocessing.get_context('spawn').Process(target=print).start()",
        "multiprocessing.get_context('forkserver').Process(target=print).start()",
        "os.kill(1, 0)",
    ],
)
def test_it_refuses_what_may_do_harm(attempt, statement):
    this_tests(Confinement)
    assert attempt(statement).startswith("refused: this-tests prove: a test ")


@pytest.mark.parametrize(
    "statement",
    [
        "(inside / 'new').write_text('a')",
        "(inside / 'file').unlink()",
        "shutil.rmtree(inside / 'full')",
        "(inside / 'file').rename(inside / 'other')",
        "Path('file').write_text('a')",
        "(outside / 'file').read_text()",
        "os.listdir(outside)",
        "open(os.devnull, 'w').write('a')",
        "sqlite3.connect(':memory:')",
        "os.write(os.pipe()[1], b'a')",
        "os.kill(os.getpid(), 0)",
        "multiprocessing.get_context('fork').Process(target=int).start()",
        "tempfile.TemporaryFile(dir=inside).write(b'a')",
    ],
)
def test_it_lets_the_rest_be(attempt, statement):
    this_tests(Confinement)
    assert attempt(statement) == "done"


def test_what_is_refused_is_known_although_nobody_heard_of_it(attempt):
    this_tests(Confinement)
    done = attempt("shutil.rmtree(outside, ignore_errors=True)")
    assert done.startswith("refused: ") or "writes to" in done
