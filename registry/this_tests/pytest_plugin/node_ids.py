"""Node ids of tests, also of tests outside of pytest's rootdir."""

import os
import sys
from pathlib import Path

import pytest

__all__ = ["NodeIds"]


class NodeIds:
    """The node ids under which tests are recorded.

    They are pytest's, relative to the project's root, except for tests outside of it, such as those of an
    installed package (``--pyargs``). pytest's ids for these depend on the command line, and may be the same
    for tests of several files. They are recorded by module, ``pkg.tests.test_core::test_it``, or by a path
    that begins with ``../`` if no package contains the file; pytest can run both.

    Args:
        rootdir: pytest's rootdir.
        root: The project's root. It is another one where the settings are in a package of the repository.
    """

    def __init__(self, rootdir: Path, root: Path) -> None:
        self._root = root
        self._is_rootdir = root == rootdir
        # The tests of a file follow each other, and share one path object.
        self._path: Path | None = None
        self._file = ""

    def of(self, item: pytest.Item) -> str:
        """Return the node id of *item*, without the brackets of a parametrised case or xdist's group."""
        name = getattr(item, "originalname", None) or item.name
        if item.parent is None:
            return name
        file = self._other_name(item)
        return f"{_inner(item.parent, file)}::{name}" if file else f"{item.parent.nodeid}::{name}"

    def of_case(self, item: pytest.Item) -> str:
        """Return the node id of *item*, with brackets."""
        file = self._other_name(item)
        return f"{_inner(item.parent, file)}::{item.name}" if file and item.parent else item.nodeid

    def of_file(self, collector: pytest.Collector) -> str:
        """Return the file part of node ids in *collector*, which is in the project's root."""
        if self._is_rootdir:
            return collector.nodeid.partition("::")[0]
        return collector.path.relative_to(self._root).as_posix()

    def is_outside(self, node: pytest.Collector | pytest.Item) -> bool:
        """Return whether *node* is a file, or in a file, outside of the project's root."""
        return not node.path.is_relative_to(self._root)

    def _other_name(self, item: pytest.Item) -> str:
        """Return the name of the file of *item*; empty if it is that in pytest's own node ids."""
        if item.path is not self._path:
            self._path = item.path
            if self.is_outside(item):
                self._file = self._name(item)
            else:
                self._file = "" if self._is_rootdir else item.path.relative_to(self._root).as_posix()
        return self._file

    def _name(self, item: pytest.Item) -> str:
        module = getattr(item.getparent(pytest.Module), "obj", None)
        name = getattr(module, "__name__", "")
        # `rpartition`: a module without a package has any name that was free.
        if name.rpartition(".")[0] in sys.modules:
            return str(name)
        return Path(os.path.relpath(item.path, self._root)).as_posix()


def _inner(node: pytest.Collector, file: str) -> str:
    """Return the node id of the class *node*, or of the file itself, in a file called *file*."""
    scopes = [parent.name for parent in node.listchain() if isinstance(parent, pytest.Class)]
    return "::".join([file, *scopes])
