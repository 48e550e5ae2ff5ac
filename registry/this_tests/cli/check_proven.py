"""What is proven of a library's callables, as ``this-tests check`` reads it."""

import ast
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ..check.api import Api
from ..check.findings import Finding
from ..check.proofs import check_proofs
from ..git import Repository
from ..observations.file import load_proofs, load_relations
from ..observations.proofs import Proofs, Unnoticed
from ..settings import Project
from ..source.parsing import parsed
from ..source.public_api import PublicCallable
from ..suite.declarations import Definition
from ..suite.reader import UNREADABLE
from ..suite.suppressions import Suppression, in_head, suppressions
from .console import note

if TYPE_CHECKING:
    from ..prove.current_code import CurrentCode

__all__ = ["Proven"]


class Proven:
    """The proofs of a project's observations, and for which of the callables they still count.

    Args:
        api: Returns the library's callables, which is asked only if something is proven of them.
    """

    def __init__(self, project: Project, api: Callable[[], Api]) -> None:
        self._project = project
        self._api = api

    @cached_property
    def _proofs(self) -> Proofs:
        return load_proofs(self._project.observations, note)

    @cached_property
    def _code(self) -> "CurrentCode":
        # Most projects have no proofs, and need not wait for what reads sources.
        from ..prove.current_code import CurrentCode

        return CurrentCode(self._project)

    def findings(
        self, place: Callable[[str], tuple[str, int]], since: str | None, repository: Callable[[], Repository]
    ) -> tuple[Finding, ...]:
        """Return the callables that no test notices; with *since*, those that changed since that commit.

        Args:
            place: Returns the file and line of a callable.
        """
        candidates = {function: proof for function, proof in self._proofs.items() if not proof.noticed}
        if candidates and since is not None:
            from ..selection.changes import changed_functions

            is_changed = changed_functions(since, repository(), self._project.root)
            candidates = {function: proof for function, proof in candidates.items() if is_changed(function)}
        found = self._unnoticed(candidates) if candidates else {}
        return check_proofs(self._api().callables, found, place, _suppression) if found else ()

    def _unnoticed(self, candidates: Proofs) -> Mapping[str, Unnoticed]:
        from ..prove.unnoticed import unnoticed

        relations, _ = load_relations(self._project.observations)
        return unnoticed(candidates, relations, self._code)

    def is_over(self, name: str) -> bool:
        """Return whether it is known that a callable is noticed by now, or gone."""
        function = self._api().by_name.get(name)
        if function is None:
            return True
        proof = self._proofs.get(function.definition)
        return proof is not None and bool(self._code.noticing(function.definition, proof))


def _suppression(function: PublicCallable) -> Suppression | None:
    """Return the comment in the head of a function that suppresses findings."""
    if function.file is None:
        return None
    try:
        source = function.file.read_bytes()
        if not (known := suppressions(source)):
            return None
        nodes = ast.walk(parsed(source))
    except (OSError, *UNREADABLE):
        return None
    heads = (
        in_head(node, known)
        for node in nodes
        if isinstance(node, Definition) and node.lineno == function.line
    )
    return next(heads, None)
