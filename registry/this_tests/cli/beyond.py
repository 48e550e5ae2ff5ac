"""What `check` looks for only if asked: how the tests are laid out, and what they take for granted."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ..checks import Finding, Suite
from ..device_numbers import check_device_numbers
from ..discovery import read_conventions
from ..mirror import check_mirror
from ..settings import Project

__all__ = ["device_findings", "mirror_findings"]


def mirror_findings(project: Project, suite: Suite, places: Mapping[str, Path]) -> tuple[Finding, ...]:
    """Return where the tree of tests differs from the library's, which lies at *places*."""
    root = project.root
    modules = [
        module
        for top, place in places.items()
        for module in _modules(top, place)
        if place.is_relative_to(root)
    ]
    files = [(name, file.relative_to(root).as_posix()) for name, file in modules]
    testpaths = read_conventions(root).testpaths or ("tests",)
    return check_mirror(files, [file.path for file in suite.tests], testpaths)


def device_findings(project: Project, suite: Suite) -> Iterator[Finding]:
    """Yield where tests, and the files that they share, name devices by number."""
    for file in (*suite.tests, *suite.support):
        yield from check_device_numbers(file.path, (project.root / file.path).read_bytes())


def _modules(top: str, place: Path) -> Iterator[tuple[str, Path]]:
    if place.is_file() and place.name != "__init__.py":
        yield top, place
        return
    folder = place if place.is_dir() else place.parent
    for file in sorted(folder.rglob("*.py")):
        yield ".".join([top, *file.relative_to(folder).with_suffix("").parts]), file
