"""Records the uses of library functions in a test, each with its roles."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from .values import FunctionValue

__all__ = ["Role", "Trace", "Use"]

Role = Literal[
    "asserted", "expected", "flows", "act", "subject", "raises", "given", "read", "last", "passed",
    "observed", "observes",
]  # fmt: skip
_Scope = Literal["body", "helper", "setup"]
_AssertRole = Literal["", "asserted", "expected"]


@dataclass(frozen=True)
class Use:
    """One use of a function of the library by a test.

    Attributes:
        site: The number of the call; the uses of one call share it if it may call several functions.
        scope: Where it is: in the test's body, in a helper that it calls, or in a fixture.
        roles: Its roles in the test:

            * *asserted*: it is under an assert; *expected*: on the side of the expected value;
            * *flows*: its result is assigned, and asserted later;
            * *act*: it is a statement of its own; *subject*: and the object it acted on is asserted later;
            * *raises*: it is expected to raise an error;
            * *last*: it is the last use before an assert;
            * *given*: its result is an argument of another call of the library;
            * *observed*: an assert checks its result through another use, which *observes*;
            * *read*: it is the read of a property, not a call;
            * *passed*: it is passed as an argument, and may be called.
        worker_of: The path of the function that delegates to this private one.
    """

    function: FunctionValue
    site: int
    scope: _Scope
    roles: frozenset[Role] = field(default_factory=frozenset)
    worker_of: str = ""


class Trace:
    """The uses of one test, in the order in which they were read."""

    def __init__(self) -> None:
        self.uses: list[Use] = []
        self.scope: _Scope = "body"
        self.assert_role: _AssertRole = ""
        self.site = 0
        self._flowing: list[int] = []

    def __len__(self) -> int:
        return len(self.uses)

    def add(self, function: FunctionValue, *roles: Role) -> None:
        """Record a use."""
        assert_role = (self.assert_role,) if self.assert_role else ()
        self.uses.append(Use(function, self.site, self.scope, frozenset((*roles, *assert_role))))

    def mark(self, which: Iterable[int], role: Role) -> None:
        """Give uses one more role."""
        for index in which:
            use = self.uses[index]
            self.uses[index] = replace(use, roles=use.roles | {role})

    def flow(self, which: Iterable[int]) -> None:
        """Record that the results of uses are asserted."""
        new = [index for index in which if "flows" not in self.uses[index].roles]
        self._flowing += new
        self.mark(new, "flows")

    @property
    def flowing(self) -> int:
        """The number of results recorded so far as asserted."""
        return len(self._flowing)

    def unflow(self, start: int) -> None:
        """Undo `flow` since *start*: the results were arguments of a call of the library."""
        for index in self._flowing[start:]:
            use = self.uses[index]
            self.uses[index] = replace(use, roles=use.roles - {"flows"})
        del self._flowing[start:]

    def outermost(self, start: int) -> list[int]:
        """Return the uses since *start* whose results are no arguments of another use."""
        return [index for index in range(start, len(self.uses)) if "given" not in self.uses[index].roles]

    def latest(self, start: int) -> list[int]:
        """Return the last of the `outermost`, with all functions that the same call may call."""
        found: list[int] = []
        # Sites only grow, so that nothing before another site is of the same call.
        for index in range(len(self.uses) - 1, start - 1, -1):
            if found and self.uses[index].site != self.uses[found[0]].site:
                break
            if "given" not in self.uses[index].roles:
                found.append(index)
        return found[::-1]

    @contextmanager
    def within(self, scope: _Scope) -> Iterator[None]:
        """Record uses in another *scope* meanwhile; calls made by a fixture stay in the fixture's."""
        kept, self.scope = self.scope, "setup" if self.scope == "setup" else scope
        try:
            yield
        finally:
            self.scope = kept

    @contextmanager
    def with_assert_role(self, assert_role: _AssertRole) -> Iterator[None]:
        """Record uses as asserted or as expected meanwhile."""
        kept, self.assert_role = self.assert_role, assert_role
        try:
            yield
        finally:
            self.assert_role = kept
