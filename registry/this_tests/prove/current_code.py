"""Digests of functions' bodies as they are now, read from the source; nothing is imported."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..observations.proofs import Proof
from ..settings import Project
from ..source.fingerprint import parse
from ..source.packages import find_places

__all__ = ["CurrentCode", "labelled"]


def labelled(proof: Proof) -> Mapping[str, tuple[str, ...]]:
    """Return the tests of a proof, each with what it noticed, in words."""
    return {
        test: tuple(proof.replaced[position] for position in positions)
        for test, positions in proof.noticed.items()
    }


class CurrentCode:
    """The bodies of the functions of a project's library and tests.

    Args:
        read: Returns the content of a file, or raises `OSError` or `ValueError` if it must not be read.
    """

    def __init__(self, project: Project, read: Callable[[Path], bytes] = Path.read_bytes) -> None:
        self._read = read
        self._roots = project.roots
        self._places = find_places(project.library, project.roots)
        self._files: dict[Path, Mapping[str, str]] = {}

    def of_function(self, function: str) -> str:
        """Return the digest of a function of the library (``module:qualname``); empty if it is not there."""
        module, _, qualname = function.partition(":")
        return next(filter(None, (self._digest(path, qualname) for path in self._paths(module))), "")

    def of_test(self, test: str) -> str:
        """Return the digest of a test's function, by its node id; empty if it is not there."""
        path, *names = test.partition("[")[0].split("::")
        return next(filter(None, (self._digest(root / path, ".".join(names)) for root in self._roots)), "")

    def holds(self, function: str, proof: Proof) -> bool:
        """Return whether a proof is of the function as it is now."""
        return self.of_function(function) == proof.code

    def noticing(self, function: str, proof: Proof) -> Mapping[str, tuple[str, ...]]:
        """Return the tests whose proof still holds, each with what it noticed."""
        if not self.holds(function, proof):
            return {}
        return {
            test: noticed
            for test, noticed in labelled(proof).items()
            if self.of_test(test) == proof.tests.get(test.partition("[")[0], "")
        }

    def _paths(self, module: str) -> Iterator[Path]:
        package, *parts = module.split(".")
        place = self._places.get(package)
        if place is None:
            return
        if place.is_file():
            yield place
            return
        below = place.joinpath(*parts)
        yield below / "__init__.py"
        if parts:
            yield below.with_suffix(".py")

    def _digest(self, path: Path, qualname: str) -> str:
        if path not in self._files:
            try:
                parsed = parse(self._read(path))
            except (OSError, ValueError):
                parsed = None
            self._files[path] = {} if parsed is None else parsed.outline().functions
        return self._files[path].get(qualname, "")
