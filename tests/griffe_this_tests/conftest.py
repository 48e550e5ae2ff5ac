"""Fixtures for the tests of the Griffe extension and the MkDocs plugin."""

from pathlib import Path

import pytest
from mkdocs_sites import MkDocsSite

from this_tests.docs.hosts import HOSTS


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """No host of builds says what it has checked out, though our own tests run on one."""
    for host in HOSTS:
        monkeypatch.delenv(host.commit, raising=False)


@pytest.fixture
def site(tmp_path: Path) -> MkDocsSite:
    made = MkDocsSite(tmp_path / "project")
    made.add("site.txt")
    return made
