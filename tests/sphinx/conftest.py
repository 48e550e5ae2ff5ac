"""What the tests of the Sphinx extension share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sites import Site, forget_sample


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A project with a package `sample`, tests, and no docs yet."""
    made = Site(tmp_path / "project")
    made.add("library.txt")
    monkeypatch.syspath_prepend(made.root)
    # A bytecode file of the same second and size would hide a change of the source.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield made
    forget_sample()
