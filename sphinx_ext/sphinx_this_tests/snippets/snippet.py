"""Snippets: the source of tests, read with `ast` and shortened. No test is imported."""

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from this_tests.support import summary

from .assertions import checks_value
from .definitions import Definition, Files, SourceFile
from .folder import Folder
from .refusals import MARKS, refusing
from .shorten import cut
from .usage import first_line, leading_to, mentions, renames

__all__ = ["Snippet", "Sources", "Spot", "TestSource"]


@dataclass(frozen=True)
class Snippet:
    """Lines of a test as a page shows them.

    Attributes:
        text: The lines, dedented, with a comment ``# …`` for what was left out.
        calls: The lines in `text`, from 1, in which the callable is used.
    """

    text: str
    calls: tuple[int, ...] = ()


@dataclass(frozen=True)
class TestSource:
    """The source of one test.

    Attributes:
        definition: Its ``def``, whose body may be reduced to the docstring.
        file: The file that defines it; for an inherited test, that of the base class.
        owner: The class that defines it; empty if none does.
    """

    # pytest collects classes whose names begin with Test.
    __test__ = False

    definition: Definition
    file: SourceFile = field(repr=False)
    owner: str = ""

    @property
    def path(self) -> str:
        """The path of the file that defines it, from the root."""
        return self.file.path

    @property
    def line(self) -> int:
        """The line of its ``def``, from 1."""
        return self.definition.lineno

    @property
    def end(self) -> int:
        """Its last line."""
        return self.definition.end_lineno or self.definition.lineno

    @property
    def doc(self) -> str:
        """The first sentence of its docstring."""
        return summary(self.definition)

    def uses(self, *names: str) -> list[int]:
        """Return the lines in which the test uses a callable by one of its *names*, sorted.

        Calls are uses; if there are none, all mentions are, because a property is not called.
        The arguments of ``this_tests(...)`` are a declaration, not uses.
        """
        lasts = {name.rpartition(".")[2] for name in names}
        if not any(map(self._may_use, lasts)):
            return []
        found = [mention for mention in self._names if mention[0] in lasts]
        calls = {line for _, line, called in found if called}
        # `attr.attr` may be a function; `attr` alone is the package.
        packages = {name.partition(".")[0] for name in names}
        return sorted(calls or {line for last, line, _ in found if last not in packages})

    def refused(self, *names: str) -> bool:
        """Return whether all uses of a callable in the test are where it expects an error or a warning."""
        is_marked = self.definition.decorator_list or any(word in self._text for word in MARKS)
        uses = self.uses(*names) if is_marked else []
        return bool(uses) and all(any(line in lines for lines in self._expecting) for line in uses)

    def checks_values(self) -> bool:
        """Return whether the test asserts something with a value written out, such as a number or a list."""
        return "assert" in self._text and any(map(checks_value, self._whole.body))

    def is_given(self, *names: str) -> bool:
        """Return whether a decorator gives a callable to the test, as a parametrised test may have it."""
        return bool(self._given(*names))

    def calls(self, *functions: str) -> bool:
        """Return whether the test calls something by one of these last names."""
        return any(word in self._text for word in functions) and any(
            called and name in functions for name, _, called in self._names
        )

    def snippet(self, *names: str, limit: int = 14, helped: bool = True) -> Snippet:
        """Return the test's lines, at most *limit*, with those marked that use the callable.

        Args:
            helped: Whether calls of helpers that use it count as uses.
        """
        shown = self.uses(*names) or self._given(*names) or (self._by_helpers(*names) if helped else [])
        is_short = self.end - first_line(self.definition) < limit
        text, calls = cut(self.definition if is_short else self._whole, self.file.lines, shown, limit)
        return Snippet("\n".join(text), tuple(calls))

    def _given(self, *names: str) -> list[int]:
        """Return the lines of the decorators that mention a callable, as a parametrised test may."""
        lasts = {name.rpartition(".")[2] for name in names}
        found = (mention for decorator in self.definition.decorator_list for mention in mentions(decorator))
        return sorted({line for name, line, _ in found if self.file.renamed.get(name, name) in lasts})

    def _by_helpers(self, *names: str) -> list[int]:
        """Return the lines that call a helper of the same file that uses the callable, even indirectly."""
        leading = leading_to({name.rpartition(".")[2] for name in names}, self.file.calls_of_helpers)
        if not leading:
            return []  # As in most files; the test's syntax need not be walked.
        return sorted({line for name, line, called in self._names if called and name in leading})

    @property
    def _whole(self) -> Definition:
        # Not cached: it is the larger part of a file's syntax, and needed at most twice.
        return self.file.whole(self.definition)

    @cached_property
    def _expecting(self) -> list[range]:
        return list(refusing(self._whole))

    def _may_use(self, last: str) -> bool:
        # Most tests that run a callable indirectly never name it, and searching the text costs far less
        # than walking the syntax.
        return last in self._text or last in self.file.renamed.values() or " as " in self._text

    @cached_property
    def _text(self) -> str:
        return "\n".join(self.file.lines[self.line - 1 : self.end])

    @cached_property
    def _names(self) -> list[tuple[str, int, bool]]:
        body = self._whole.body
        renamed = {**self.file.renamed, **{new: old for statement in body for new, old in renames(statement)}}
        return [
            (renamed.get(name, name), line, called)
            for statement in body
            for name, line, called in mentions(statement)
        ]


class Spot(NamedTuple):
    """Where a test is defined, and the first sentence of its docstring."""

    path: str
    line: int
    end: int
    doc: str


class Sources:
    """The sources of the tests in a folder; files outside of it are never opened."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._files = Files(folder)
        self._tests: dict[str, TestSource | None] = {}
        self._spots: dict[str, Spot | None] = {}
        # The files that cannot be read, with the reasons.
        self.problems: dict[str, str] = {}

    def test(self, node_id: str) -> TestSource | None:
        """Return the source of a test, or ``None`` if it cannot be found."""
        if node_id not in self._tests:
            found = self._files.find(node_id)
            self.problems |= self._files.problems
            if found and isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef):
                owner = found.around.node.name if found.around else ""
                self._tests[node_id] = TestSource(found.node, found.file, owner)
            else:
                self._tests[node_id] = None
        return self._tests[node_id]

    def spot(self, node_id: str) -> Spot | None:
        """Return where a test is defined, or ``None`` if its source cannot be found."""
        if node_id not in self._spots:
            source = self.test(node_id)
            self._spots[node_id] = Spot(source.path, source.line, source.end, source.doc) if source else None
        return self._spots[node_id]

    def release(self) -> None:
        """Release all syntax trees; a test that is needed afterwards is read again.

        The garbage collector would search a million nodes in each full collection: a thirtieth of the
        time of a build of NetworkX's reference.
        """
        for node_id in self._tests:
            self.spot(node_id)
        self._files = Files(self._folder)
        self._tests.clear()
