"""The local variables of the code being read, and the uses of the library that made their values."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..source.parsing import dotted
from .definitions import Definition
from .modules import ParsedModule
from .usage import Trace
from .values import NOTHING, ClassValue, Values

__all__ = ["Frame", "FrameState"]


@dataclass(eq=False)
class Frame:
    """The variables visible to a piece of source, and the results of the walk through it.

    Attributes:
        names: The local variables.
        owner: The class around it.
        trace: Where uses are recorded; None inside of the library.
        outer: The frame around it, of a nested function or class.
        made: By the text of a variable, the uses that made its value.
        acted: By the first name of an expression, the uses that acted on its value.
        closures: The functions that it defines.
        scope: The qualified name of the function or class whose body it is.
    """

    module: ParsedModule
    names: dict[str, Values] = field(default_factory=dict)
    owner: ClassValue | None = None
    trace: Trace | None = None
    outer: "Frame | None" = None
    made: dict[str, list[int]] = field(default_factory=dict)
    acted: dict[str, list[int]] = field(default_factory=dict)
    closures: dict[str, Definition] = field(default_factory=dict)
    scope: str = ""
    returned: Values = NOTHING
    yielded: Values = NOTHING

    @property
    def is_asserting(self) -> bool:
        """Whether an assert of a test is being read."""
        return self.trace is not None and self.trace.assert_role == "asserted"

    # Variables.

    def variable(self, name: str) -> Values | None:
        """Return the value of a variable of this frame or one around it, or None where there is none."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.outer
        return None

    def closure(self, name: str) -> Definition | None:
        """Return the function of this name that this frame or one around it defines."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.closures:
                return frame.closures[name]
            frame = frame.outer
        return None

    # Uses.

    def position(self) -> int:
        """Return the number of uses recorded until now."""
        return 0 if self.trace is None else len(self.trace)

    def flow_position(self) -> int:
        """Return the number of results known until now to be asserted."""
        return 0 if self.trace is None else self.trace.flowing

    def makers(self, name: str) -> list[int]:
        """Return the uses that made the value of a variable."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.made:
                return frame.made[name]
            frame = frame.outer
        return []

    def actors(self, name: str) -> list[int]:
        """Return the uses that acted on the value of a variable."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.acted:
                return frame.acted[name]
            frame = frame.outer
        return []

    def mention(self, name: str) -> None:
        """Record that an assert, if one is being read, checks a variable."""
        if self.trace is not None and self.trace.assert_role == "asserted":
            self.trace.flow(self.makers(name))
            self.trace.mark(self.actors(name), "subject")

    def mark_given(self, start: int, end: int, flowing: int) -> None:
        """Record that the uses between two positions were made for one use of the library after them."""
        if self.trace is not None:
            self.trace.mark(range(start, end), "given")
            self.trace.unflow(flowing)

    def keep_makers(self, targets: Sequence[ast.expr], start: int) -> None:
        """Record that the latest uses since *start* made the values of an assignment's targets."""
        if self.trace is None:
            return
        made = self.trace.latest(start)
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
            for name in filter(None, map(dotted, parts)):
                self.made[name] = made
                self.acted.pop(name, None)


@dataclass
class FrameState:
    """The state that one piece of source leaves for the next, besides its variables.

    Attributes:
        stored: What a test, its fixtures and its setup methods assign to attributes.
        kept: The arguments of a test that constructors of the library keep as attributes.
        noted: What the library assigns to attributes of objects from outside of their class.
        enclosing: The frames that define the local classes and functions of the tests, by their paths.
    """

    stored: dict[tuple[ClassValue, str], Values] = field(default_factory=dict)
    kept: dict[tuple[ClassValue, str], Values] = field(default_factory=dict)
    noted: dict[tuple[ClassValue, str], Values] = field(default_factory=dict)
    enclosing: dict[str, Frame] = field(default_factory=dict)

    def forget_test(self) -> None:
        """Forget what the last test assigned; assignments by the library remain."""
        self.stored.clear()
        self.kept.clear()
        self.enclosing.clear()
