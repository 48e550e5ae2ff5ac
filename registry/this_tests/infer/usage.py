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
_Mood = Literal["", "asserted", "expected"]


@dataclass(frozen=True)
class Use:
    """One use of a function of the library by a test.

    Attributes:
        site: Which call it is, for several functions may be meant by one.
        scope: Where it stands: in the test's body, in a helper that it calls, or in a fixture.
        roles: What it is to the test:

            * *asserted*: it stands under an assert; *expected*: on the side of what is expected;
            * *flows*: its result is kept, and asserted later;
            * *act*: a statement of its own; *subject*: and what it acted on is asserted later;
            * *raises*: it is what should fail;
            * *last*: the last one before an assert;
            * *given*: it makes what another call of the library takes;
            * *observed*: what it made is looked at by an assert, through what *observes*;
            * *read*: no call, but a property;
            * *passed*: no call either, but handed to somebody who may call it.
        worker_of: The path of the function whose work this private one does.
    """

    function: FunctionValue
    site: int
    scope: _Scope
    roles: frozenset[Role] = field(default_factory=frozenset)
    worker_of: str = ""


class Trace:
    """The uses of one test, in the order of reading."""

    def __init__(self) -> None:
        self.uses: list[Use] = []
        self.scope: _Scope = "body"
        self.mood: _Mood = ""
        self.site = 0
        self._flowing: list[int] = []

    def __len__(self) -> int:
        return len(self.uses)

    def add(self, function: FunctionValue, *roles: Role) -> None:
        """Note a use."""
        mood = (self.mood,) if self.mood else ()
        self.uses.append(Use(function, self.site, self.scope, frozenset((*roles, *mood))))

    def mark(self, which: Iterable[int], role: Role) -> None:
        """Give uses one more role."""
        for index in which:
            use = self.uses[index]
            self.uses[index] = replace(use, roles=use.roles | {role})

    def flow(self, which: Iterable[int]) -> None:
        """Note that the results of uses are asserted."""
        new = [index for index in which if "flows" not in self.uses[index].roles]
        self._flowing += new
        self.mark(new, "flows")

    @property
    def flowing(self) -> int:
        """A place in the order of results that are asserted."""
        return len(self._flowing)

    def unflow(self, start: int) -> None:
        """Take back what `flow` said since *start*: a call of the library took the results."""
        for index in self._flowing[start:]:
            use = self.uses[index]
            self.uses[index] = replace(use, roles=use.roles - {"flows"})
        del self._flowing[start:]

    def outermost(self, start: int) -> list[int]:
        """Return the uses since *start* that make nothing for another one."""
        return [index for index in range(start, len(self.uses)) if "given" not in self.uses[index].roles]

    def latest(self, start: int) -> list[int]:
        """Return the last of the `outermost`, with all that the same call may mean."""
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
        """Note what is used meanwhile as of another *scope*; what a fixture calls is of the fixture."""
        kept, self.scope = self.scope, "setup" if self.scope == "setup" else scope
        try:
            yield
        finally:
            self.scope = kept

    @contextmanager
    def feeling(self, mood: _Mood) -> Iterator[None]:
        """Note what is used meanwhile as asserted, or as expected."""
        kept, self.mood = self.mood, mood
        try:
            yield
        finally:
            self.mood = kept
