"""Collected tests as plain data, under the node ids that earlier sessions observed them by."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from ..observations.collected import implied_definition
from ..selection.surroundings import CollectedTest, Surroundings, definition, relative, surroundings
from ..settings import Project
from .node_ids import NodeIds

__all__ = ["CollectedTests", "collected_data", "imports_data", "surroundings_of"]


def surroundings_of(config: pytest.Config, project: Project) -> Surroundings:
    """Return what is imported, conftest files and other plugins among it, after the collection."""
    return surroundings(project, (plugin for _, plugin in config.pluginmanager.list_name_plugin()))


def collected_data(
    config: pytest.Config, project: Project, items: Sequence[pytest.Item]
) -> dict[str, object]:
    """Return what was collected as plain data: the fields of a `Collected`, and all *cases* in one text."""
    around = surroundings_of(config, project)
    cases = list(map(CollectedTests(config, project, ()).read, items))
    tests = {case.test: case for case in cases}
    return {
        "library": {
            name: [relative(path, project.root) for path in paths] for name, paths in around.library.items()
        },
        "modules": sorted(name for name in around.modules if name.partition(".")[0] in project.library),
        "files": sorted(around.files),
        "definitions": {
            test: (case.source, case.function)
            for test, case in tests.items()
            if not case.doctest and (case.source, case.function) != implied_definition(test)
        },
        "doctests": [test for test, case in tests.items() if case.doctest],
        "cases": "\n".join(dict.fromkeys(case.node_id for case in cases)),
    }


def imports_data(
    imports: Mapping[Path, tuple[Collection[Path], Collection[str]]], root: Path
) -> Iterator[dict[str, object]]:
    """Yield the collections of files in which functions ran as plain data: the fields of `ImportOfFile`."""
    for files, functions in imports.values():
        if functions:
            yield {
                "files": sorted({relative(file, root) for file in files}),
                "functions": sorted(functions),
            }


class CollectedTests:
    """Reads collected tests.

    Args:
        observed: The node ids of the tests that were observed.
    """

    def __init__(self, config: pytest.Config, project: Project, observed: Collection[str]) -> None:
        self._root = project.root
        self._ids = NodeIds(config.rootpath, project.root)
        # Under --dist=loadgroup, xdist appends a test's group to its node id when it runs.
        grouped = {test.rpartition("@")[0]: test for test in observed if "@" in test}
        self._observed = {node_id: test for node_id, test in grouped.items() if node_id not in observed}

    def node_id(self, item: pytest.Item) -> str:
        """Return the node id of *item*: the one that it was observed by, if it was."""
        node_id = self._ids.of_case(item)
        return self._observed.get(node_id, node_id)

    def read(self, item: pytest.Item) -> CollectedTest:
        """Return what the selection needs to know of *item*."""
        source, function = definition(getattr(item, "function", None), self._root)
        return CollectedTest(
            node_id=self.node_id(item),
            test=self._ids.of(item),
            source=source,
            function=function,
            doctest=isinstance(item, pytest.DoctestItem),
        )
