"""Digests of functions' bodies as they are now, read from the source; nothing is imported."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ..observations.proofs import Proof, Proofs
from ..settings import Project
from ..source.fingerprint import parse
from ..source.packages import find_places

__all__ = ["CurrentCode"]


class CurrentCode:
    """The bodies of the functions of a project's library and tests."""

    def __init__(self, project: Project) -> None:
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

    def noticing(self, proofs: Proofs) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Return by function, of what is proven and still holds, the tests, each with what it noticed."""
        return {
            function: {
                test: tuple(proof.replaced[position] for position in positions)
                for test, positions in proof.noticed.items()
                if self.of_test(test) == proof.tests.get(test.partition("[")[0], "")
            }
            for function, proof in proofs.items()
            if self.holds(function, proof)
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
                parsed = parse(path.read_bytes())
            except OSError:
                parsed = None
            self._files[path] = {} if parsed is None else parsed.outline().functions
        return self._files[path].get(qualname, "")
