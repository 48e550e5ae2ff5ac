"""Fixtures for the tests of the Sphinx extension."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import axe, browser  # noqa: F401  # fixtures
from sites import Site, forget_sample

# What a build imports late must be here before, or the names of a test's targets would depend on
# which tests its worker ran first.
import sphinx_this_tests.render.generated_pages  # noqa: F401  # for that
from this_tests.docs import messages
from this_tests.docs.hosts import HOSTS


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """No host of builds says what it has checked out, though our own tests run on one."""
    for host in HOSTS:
        monkeypatch.delenv(host.commit, raising=False)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A project with a package `sample`, tests, and no docs yet."""
    made = Site(tmp_path / "project")
    made.add("library.txt")
    monkeypatch.syspath_prepend(made.root)
    # A change of the source within the same second and of the same size would not invalidate bytecode.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield made
    forget_sample()
    messages.speak("en")
