"""What the server knows of one project: which files are the library's, which are tests, and their texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from ..files import read_bounded, stays_inside
from ..registry.model import test_file
from ..settings import Project
from ..source.packages import find_places, is_test_module
from ..suite.conventions import Conventions, configured_options, read_conventions
from .evidence import Evidence, EvidenceFiles
from .outline import Outline, outline
from .syntax import Definition

__all__ = ["Document", "EditedProject", "Role"]

Role = Literal["library", "tests", ""]


@dataclass(frozen=True)
class Document:
    """A file of a project, as an editor has it or as it is on the disk.

    Attributes:
        path: With symbolic links resolved.
        role: ``library``, ``tests``, or nothing.
        module: The name of a module in the folder of the library; empty for others.
        file: Its path in node ids and findings; empty outside of the project's root.
    """

    path: Path
    role: Role
    module: str
    file: str
    outline: Outline

    @property
    def package(self) -> str:
        """Where its relative imports start from."""
        return self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]


class EditedProject:
    """A project whose files are being edited.

    Args:
        edited: The outlines of texts that differ from the disk, by path.
        notice: Called with a message for each file that cannot be read.
    """

    def __init__(
        self, project: Project, edited: Mapping[Path, Outline], notice: Callable[[str], object]
    ) -> None:
        self.project = project
        self.root = project.root.resolve()
        self._edited = edited
        self._files = EvidenceFiles(project, notice)
        self._outlines: dict[Path, tuple[int, Outline]] = {}

    @property
    def evidence(self) -> Evidence:
        """The evidence as it is on the disk."""
        return self._files.current()

    @cached_property
    def conventions(self) -> Conventions:
        """The conventions of pytest for the names of tests."""
        return read_conventions(self.project.root)

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The options that the project gives to pytest."""
        return configured_options(self.project.root)

    @cached_property
    def places(self) -> Mapping[str, Path]:
        """The places of the library's packages, with symbolic links resolved."""
        found = find_places(self.project.library, self.project.roots)
        return {name: place.resolve() for name, place in found.items()}

    def document(self, path: Path, text: Outline | None = None) -> Document | None:
        """Return the file at *path*; None if it cannot be read.

        Args:
            text: Its outline, if it is open in the editor.
        """
        path = path.resolve()
        found = text or self._edited.get(path) or self._on_disk(path)
        if found is None:
            return None
        module = self._module(path)
        return Document(path, self._role(path, module), module, self._file(path), found)

    def role(self, path: Path) -> Role:
        """Return the role of the file at *path*, which is not read and need not exist."""
        path = path.resolve()
        return self._role(path, self._module(path))

    def _role(self, path: Path, module: str) -> Role:
        file = self._file(path)
        if file and self.conventions.holds(file):
            return "tests"
        return "library" if module and not is_test_module(module) else ""

    def _file(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else ""

    def _module(self, path: Path) -> str:
        for name, place in self.places.items():
            if path == place:
                return name
            if path.is_relative_to(place):
                parts = path.relative_to(place).with_suffix("").parts
                return ".".join((name, *(part for part in parts if part != "__init__")))
        return ""

    def _on_disk(self, path: Path) -> Outline | None:
        try:
            modified = path.stat().st_mtime_ns
            known = self._outlines.get(path)
            if known is None or known[0] != modified:
                text = read_bounded(path).decode("utf-8", "replace")
                known = self._outlines[path] = modified, outline(text)
        except (OSError, ValueError):
            return None
        return known[1]

    def test_id(self, document: Document, definition: Definition) -> str:
        """Return the node id of a test; empty if the definition is none that pytest collects."""
        if document.role != "tests" or definition.fixture or definition.kind == "class":
            return ""
        *classes, short = definition.name.split(".")
        by_name = document.outline.by_name
        around = [".".join(classes[: number + 1]) for number in range(len(classes))]
        if not self.conventions.is_test_function(short):
            return ""
        if not all(self._is_test_class(by_name, name) for name in around):
            return ""
        return "::".join((document.file, *classes, short))

    def _is_test_class(self, by_name: Mapping[str, Definition], name: str) -> bool:
        seen: set[str] = set()
        waiting = [name]
        if self.conventions.is_test_class(name.rpartition(".")[2]):
            return True
        while waiting:
            found = by_name.get(waiting.pop())
            if found is None or found.name in seen:
                continue
            seen.add(found.name)
            if any(base.endswith("TestCase") for base in found.bases):
                return True
            waiting += found.bases
        return False

    def place_of_test(self, node_id: str) -> tuple[Document, Definition] | None:
        """Return the file of a test, and its definition; None if it is not there."""
        file, _, name = node_id.partition("[")[0].partition("::")
        if not name or not stays_inside(file):
            return None
        path = (self.root / file).resolve()
        document = self.document(path) if path.is_relative_to(self.root) else None
        found = document and document.outline.by_name.get(name.replace("::", "."))
        return (document, found) if document and found else None

    def place_of_definition(self, definition: str) -> tuple[Document, Definition] | None:
        """Return the file of a definition of the library, and the definition; None if it is not there."""
        parts = definition.split(".")
        place = self.places.get(parts[0])
        if place is None or not all(part.isidentifier() for part in parts):
            return None
        for number in range(len(parts) - 1, 0, -1):
            for path in _files_of(place, parts[1:number]):
                if path.is_file() and (document := self.document(path)):
                    name = ".".join(parts[number:])
                    found = document.outline.by_name.get(name)
                    return (document, found) if found else None
        return None

    def has_test(self, node_id: str) -> bool:
        """Return whether the file of a test is in the project."""
        return stays_inside(test_file(node_id)) and self.project.has_test_file(test_file(node_id))


def _files_of(place: Path, parts: list[str]) -> list[Path]:
    if place.suffix == ".py":
        return [] if parts else [place]
    base = place.joinpath(*parts)
    return [base / "__init__.py", base.with_name(f"{base.name}.py")] if parts else [base / "__init__.py"]
