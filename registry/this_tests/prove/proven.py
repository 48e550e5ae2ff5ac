"""Which tests are proven to fail without a callable, as far as that holds for the code as it is now."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ..errors import SettingsError
from ..observations.file import load_names, load_proofs
from ..observations.proofs import Proofs
from ..settings import OBSERVATIONS, Project, find_project
from .current_code import CurrentCode, labelled

__all__ = ["Proven", "proven_for_docs", "proven_in", "proven_then"]


class Proven:
    """The tests that fail without a callable, as far as that is proven and still holds.

    Sources are read of what is asked for, and nothing at all if nothing is proven.

    Args:
        proofs: Those of all functions.
        named: Returns the public names of functions.
        code: Returns the code as it is now; without it, proofs count as of the code that they are of.
    """

    def __init__(
        self,
        proofs: Proofs,
        named: Callable[[], Mapping[str, str]] = dict,
        code: Callable[[], CurrentCode] | None = None,
    ) -> None:
        self._proofs = proofs
        self._load_names = named
        self._load_code = code
        self._found: dict[str, Mapping[str, tuple[str, ...]]] = {}

    def __bool__(self) -> bool:
        return bool(self._proofs)

    def of(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """Return the tests, without brackets, that fail without a callable, with what each noticed.

        Args:
            name: Its public name, or its defining module and qualified name, joined by a dot.
        """
        if not self._proofs:
            return {}
        if name not in self._found:
            self._found[name] = self._noticing(name)
        return self._found[name]

    def names(self) -> frozenset[str]:
        """Return the public names of the callables without which some test fails."""
        if not self._proofs:
            return frozenset()
        return frozenset(name for name in self._load_names().values() if self.of(name))

    def _noticing(self, name: str) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for function in self._functions.get(name, ()):
            proof = self._proofs[function]
            tests = self._code.noticing(function, proof) if self._code else labelled(proof)
            for test, noticed in tests.items():
                plain = test.partition("[")[0]
                found[plain] = tuple(dict.fromkeys((*found.get(plain, ()), *noticed)))
        return found

    @cached_property
    def _code(self) -> CurrentCode | None:
        return self._load_code() if self._load_code else None

    @cached_property
    def _functions(self) -> Mapping[str, Sequence[str]]:
        """The functions that are proven, by public name and by definition."""
        named, found = self._load_names(), dict[str, list[str]]()
        for function in self._proofs:
            definition = function.replace(":", ".")
            for name in {definition, named.get(function, definition)}:
                found.setdefault(name, []).append(function)
        return found


def proven_in(
    observations: Path, project: Project, read: Callable[[Path], bytes] = Path.read_bytes
) -> Proven:
    """Return what the folder *observations* has of proofs, compared with the code of *project*.

    Args:
        read: As for `CurrentCode`.
    """
    return Proven(
        load_proofs(observations),
        lambda: load_names(observations),
        lambda: CurrentCode(project, read),
    )


def proven_then(observations: Path) -> Proven:
    """Return what the folder *observations* has of proofs, of the code that there was then."""
    return Proven(load_proofs(observations), lambda: load_names(observations))


def proven_for_docs(registry: Path, folder: Path, read: Callable[[Path], bytes]) -> Proven:
    """Return what is proven beside the file *registry*, for the project in *folder*.

    There is nothing if the project's settings are wrong.

    Args:
        read: As for `CurrentCode`: a build has to know which sources decide what it shows.
    """
    try:
        project = find_project(folder)
    except SettingsError:  # The build reports it.
        return Proven({})
    return proven_in(registry.parent / OBSERVATIONS, project, read)
