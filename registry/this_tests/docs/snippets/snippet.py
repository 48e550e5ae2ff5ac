"""Snippets: the source of tests, read with `ast` and shortened. No test is imported."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from ...source.docstrings import summary
from ...source.parsing import is_dunder
from .assertions import checks_value
from .bindings import Scope, parameters
from .definitions import Definition, Files, Found, SourceFile
from .doctests import Doctest, doctest
from .folder import Folder
from .helpers import Helpers
from .matching import Known, Wanted
from .mentions import Mention, mentions_in, operations_in
from .refusals import MARKS, refusing
from .resolution import Resolution
from .shorten import cut
from .usage import first_line, leading_to
from .values import Class, Instance, Value

__all__ = ["Snippet", "Sources", "Spot", "TestSource"]

_KNOWN = Known()
# The rows of a section ask for the same few tests several times.
_KEPT_WHOLE = 64


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
        helpers: The helpers in the project's test files.
        owner: The class that it is in, if any.
        cls: The class that it is collected from, if that inherits it.
        doctest: The doctest that it is, if it is one: then the definition is made of its examples.
        read_whole: Returns a test of a file with its complete body.
    """

    # pytest collects classes whose names begin with Test.
    __test__ = False

    definition: Definition
    file: SourceFile = field(repr=False)
    helpers: Helpers = field(repr=False)
    owner: Found | None = field(default=None, repr=False)
    cls: Found | None = field(default=None, repr=False)
    doctest: Doctest | None = field(default=None, repr=False)
    read_whole: Callable[[SourceFile, Definition], Definition] = field(
        default=lambda file, test: file.whole(test), repr=False
    )

    @property
    def path(self) -> str:
        """The path of the file that defines it, from the root."""
        return self.file.path

    @property
    def class_name(self) -> str:
        """The name of the class that defines it; empty if none does."""
        return self.owner.node.name if self.owner else ""

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
        """The first sentence of its docstring; a doctest has none of its own."""
        return "" if self.doctest else summary(self.definition)

    def uses(self, *names: str, known: Known = _KNOWN) -> list[int]:
        """Return the lines in which the test uses a callable by one of its *names*, sorted.

        Calls are uses; if there are none, all mentions are, because a property is not called.
        The arguments of ``this_tests(...)`` are a declaration, not uses.

        Args:
            known: What the evidence tells where the source does not.
        """
        key = (names, known)
        if key not in self._used:
            self._used[key] = self._lines_using(Wanted(names, known))
        return list(self._used[key])

    @cached_property
    def _used(self) -> dict[tuple[tuple[str, ...], Known], list[int]]:
        # Ranked by its uses, a test is asked again for what to show.
        return {}

    def _lines_using(self, wanted: Wanted) -> list[int]:
        if not self._may_use(wanted):
            return []
        wanted = self._without_explained(wanted)
        found = self._meant(self._mentions, wanted)
        if any(map(is_dunder, wanted.lasts)):
            found += self._meant(self._operations, wanted)
        calls = {mention.line for mention in found if mention.is_call}
        return sorted(calls or {mention.line for mention in found})

    def refused(self, *names: str, known: Known = _KNOWN) -> bool:
        """Return whether all uses of a callable in the test are where it expects an error or a warning."""
        is_marked = self.definition.decorator_list or any(word in self._text for word in MARKS)
        uses = self.uses(*names, known=known) if is_marked else []
        return bool(uses) and all(any(line in lines for lines in self._expecting) for line in uses)

    @cached_property
    def checks_values(self) -> bool:
        """Whether the test asserts something with a value written out, such as a number or a list."""
        if self.doctest:
            return self.doctest.is_checked
        return "assert" in self._text and any(map(checks_value, self._whole.body))

    def is_given(self, *names: str, known: Known = _KNOWN) -> bool:
        """Return whether a decorator gives a callable to the test, as a parametrised test may have it."""
        return bool(self._given(Wanted(names, known), ()))

    def calls(self, *functions: str) -> bool:
        """Return whether the test calls something by one of these last names."""
        return any(word in self._text for word in functions) and any(
            mention.is_call for name in functions for mention in self._mentions.get(name, ())
        )

    def snippet(self, *names: str, limit: int = 14, helped: bool = True, known: Known = _KNOWN) -> Snippet:
        """Return the test's lines, at most *limit*, with those marked that use the callable.

        Args:
            helped: Whether calls of helpers that use it count as uses.
            known: What the evidence tells where the source does not.
        """
        wanted = Wanted(names, known)
        uses = self.uses(*names, known=known)
        shown = sorted({*uses, *self._given(wanted, uses)}) or (self._by_helpers(wanted) if helped else [])
        if self.doctest:
            examples, marked = self.doctest.shown(shown, limit)
            return Snippet("\n".join(examples), tuple(marked))
        is_short = self.end - first_line(self.definition) < limit
        text, calls = cut(self.definition if is_short else self._whole, self.file.lines, shown, limit)
        return Snippet("\n".join(text), tuple(calls))

    def _given(self, wanted: Wanted, uses: Sequence[int]) -> set[int]:
        """Return the lines of the decorators that call a callable, or give it to a parametrised test."""
        if not self.definition.decorator_list or not any(last in self._decorators for last in wanted.lasts):
            return set()
        found = self._meant(self._mentions_above, wanted)
        # The test calls what it is given by the parameter's name.
        is_named = any(last in self.file.lines[line - 1] for line in uses for last in wanted.lasts)
        return {mention.line for mention in found if mention.is_call or not is_named}

    def _by_helpers(self, wanted: Wanted) -> list[int]:
        """Return the lines that call a helper in a test file that uses the callable, even indirectly."""
        if not (leading_to(wanted.lasts, self.file.calls_of_helpers) or self._borrows):
            return []  # As in most files; the test's syntax need not be walked.
        leading: dict[Value, bool] = {}
        lines = set()
        for mention in self._mentions.get("", ()):
            if mention.is_call and mention.meaning not in leading:
                leading[mention.meaning] = self.helpers.lead_to(wanted, mention.meaning)
            if mention.is_call and leading[mention.meaning]:
                lines.add(mention.line)
        return sorted(lines)

    def _without_explained(self, wanted: Wanted) -> Wanted:
        """Return *wanted* without the rivals that known receivers in the test call."""
        known = wanted.known
        if not known.rivals:
            return wanted
        rivals = (
            rival
            for rival in known.rivals
            # Of what is unknown, a rival explains nothing.
            if not self._meant(self._mentions, Wanted((rival,), replace(known, member=None, direct=False)))
        )
        return Wanted(wanted.names, replace(known, rivals=frozenset(rivals)))

    def _meant(self, mentions: Mapping[str, Sequence[Mention]], wanted: Wanted) -> list[Mention]:
        resolution = self.helpers.resolution
        return [
            mention
            for last in sorted({*wanted.lasts, ""})
            for mention in mentions.get(last, ())
            if wanted.is_meant(mention.meaning, resolution)
        ]

    @property
    def _whole(self) -> Definition:
        # Not kept for each test: it is the larger part of a file's syntax.
        return self.read_whole(self.file, self.definition)

    @cached_property
    def _expecting(self) -> list[range]:
        return list(refusing(self._whole))

    def _may_use(self, wanted: Wanted) -> bool:
        # Most tests that run a callable indirectly never name it, and searching the text costs far less
        # than walking the syntax.
        return " as " in self._text or any(map(self._may_mean, wanted.lasts))

    def _may_mean(self, last: str) -> bool:
        """Return whether a name in the test may stand for something called *last*."""
        text = self._text
        return (
            is_dunder(last)
            or last in text
            or any(name in text for name in self.file.names_leading_to(last))
            or any(
                original in file.names_leading_to(last)
                for name, (original, file) in self.helpers.resolution.borrowed(self.file).items()
                if name in text
            )
        )

    @property
    def _borrows(self) -> bool:
        """Whether the test may call a helper that is imported from another test file."""
        return any(name in self._text for name in self.helpers.resolution.borrowed(self.file))

    @cached_property
    def _text(self) -> str:
        return "\n".join((self._decorators, *self.file.lines[self.line - 1 : self.end]))

    @cached_property
    def _decorators(self) -> str:
        return "\n".join(self.file.lines[first_line(self.definition) - 1 : self.line - 1])

    @cached_property
    def _around(self) -> Scope:
        """The scope that the test is in."""
        return self._scope_in(self.owner, self.file)

    def _scope_in(self, owner: Found | None, file: SourceFile) -> Scope:
        classes: list[ast.ClassDef] = []
        current = owner
        while current:
            if isinstance(current.node, ast.ClassDef):
                classes.insert(0, current.node)
            current = current.around
        scope = self.helpers.resolution.module(file)
        for node in classes:
            scope = scope.scope_of(node)
        return scope

    def _scope(self, whole: Definition) -> Scope:
        # Not kept by the scope around it, so that the test's syntax can go.
        scope = Scope(whole, self.path, self._around)
        if self.cls and self.owner and (arguments := parameters(whole)):
            receiver = Instance(Class(self._scope_in(self.cls, self.cls.file)))
            scope.known[arguments[0].arg] = (receiver,)
        return scope

    @cached_property
    def _mentions(self) -> Mapping[str, Sequence[Mention]]:
        whole = self._whole
        return _by_name(mentions_in(whole.body, self._scope(whole), self.helpers.resolution))

    @cached_property
    def _mentions_above(self) -> Mapping[str, Sequence[Mention]]:
        resolution = self.helpers.resolution
        return _by_name(mentions_in(self.definition.decorator_list, self._around, resolution))

    @cached_property
    def _operations(self) -> Mapping[str, Sequence[Mention]]:
        whole = self._whole
        return _by_name(operations_in(whole.body, self._scope(whole), self.helpers.resolution))


def _by_name(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    found: dict[str, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.name, []).append(mention)
    return found


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
        self._helpers = Helpers(Resolution(self._files))
        self._whole = lru_cache(_KEPT_WHOLE)(lambda file, test: file.whole(test))
        self._tests: dict[str, TestSource | None] = {}
        self._spots: dict[str, Spot | None] = {}
        # The files that cannot be read, with the reasons.
        self.problems: dict[str, str] = {}

    def test(self, node_id: str) -> TestSource | None:
        """Return the source of a test, or ``None`` if it cannot be found."""
        if node_id not in self._tests:
            example = doctest(self._files, node_id)
            found = None if example else self._files.find(node_id)
            self.problems |= self._files.problems
            if example:
                self._tests[node_id] = TestSource(
                    example.definition,
                    example.file,
                    self._helpers,
                    doctest=example,
                    read_whole=self._whole,
                )
            elif found and isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef):
                cls = self._files.find(node_id.rpartition("::")[0]) if found.around else None
                self._tests[node_id] = TestSource(
                    found.node, found.file, self._helpers, found.around, cls, read_whole=self._whole
                )
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
        self._helpers = Helpers(Resolution(self._files))
        self._whole.cache_clear()
        self._tests.clear()
