"""Fixes: declarations that are missing and unambiguous."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..observations.relation import BODY, MAKERS, Relation
from ..source.public_api import PublicCallable
from ..suite.call_roles import CallRoles
from ..suite.reader import Suite
from ..text import words
from .findings import Finding

__all__ = ["Fix", "Fixes", "LeftTest", "find_fixes"]

# In a file with fewer tests that call a callable, it is not taken for setup.
_FEWEST_SETUPS = 3
# What tests of more files call is rather a means to something else than their subject.
_MOST_FILES = 2


@dataclass(frozen=True, order=True)
class Fix:
    """A declaration to add to a test.

    Attributes:
        test: The test's name in its file, qualified by its classes with ``::``.
        target: The public name of the callable that it exercises.
        aliases: Its other names, by which the file may import it.
    """

    file: str
    test: str
    target: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class LeftTest:
    """A test without an unambiguous declaration.

    Attributes:
        reason: What is in doubt; it continues a sentence that begins with the test.
    """

    file: str
    line: int
    test: str
    reason: str


@dataclass(frozen=True)
class Fixes:
    """The unambiguous declarations, and the tests that are left; both sorted."""

    fixes: tuple[Fix, ...] = ()
    left: tuple[LeftTest, ...] = ()


class _InDoubtError(Exception):
    """No declaration is unambiguous; the text is the reason."""


def find_fixes(
    findings: Iterable[Finding],
    suite: Suite,
    relation: Relation,
    api: Sequence[PublicCallable],
    calls: Mapping[str, Mapping[str, CallRoles]],
) -> Fixes:
    """Return the unambiguous declarations for the tests that *findings* report as ``missing``.

    A declaration is unambiguous if every observed case of the test passed, all library functions that
    its body was observed to call are public, and

    - its name begins with the name of exactly one of them, with or without the class, and its
      class's name speaks for no other; or
    - they are a single one, which the name of its class or file, or its docstring, mentions; or
    - they are a single plain function, all of whose results it checks, and which is called neither
      by most tests of the file nor in several other files, as setup is.

    What only makes arguments of other calls is never meant.

    Args:
        calls: The calls in the tests' present sources, by file and test.
    """
    subjects = _Subjects(suite, relation, api)
    fixes, left = [], []
    for finding in sorted(finding for finding in findings if finding.rule == "missing"):
        file, test = finding.file, finding.subject
        try:
            found = subjects.of(file, test, calls.get(file, {}).get(test))
        except _InDoubtError as doubt:
            left.append(LeftTest(file, finding.line, test, str(doubt)))
        else:
            fixes.append(Fix(file, test, found.name, found.names[1:]))
    return Fixes(tuple(sorted(fixes)), tuple(left))


class _Subjects:
    """The callables that tests are about, as far as they are certain."""

    def __init__(self, suite: Suite, relation: Relation, api: Sequence[PublicCallable]) -> None:
        self._relation = relation
        # Of two documented names the shorter one, as in the list of the API.
        self._by_definition = {
            entry.definition: entry
            for entry in sorted(api, key=lambda entry: (entry.name.count("."), entry.name), reverse=True)
        }
        self._api = api
        self._tops = {entry.name.partition(".")[0] for entry in api}
        self._cases: dict[str, list[str]] = {}
        for case in relation.rows:
            self._cases.setdefault(case.partition("[")[0], []).append(case)
        self._helpers = {
            file.path: [function.short_name for function in file.functions if not function.is_test]
            for file in suite.tests
        }

    def of(self, file: str, test: str, calls: CallRoles | None) -> PublicCallable:
        """Return what a test is about.

        Raises:
            _InDoubtError: It is not certain.
        """
        called = self._public(f"{file}::{test}")
        if calls is None:
            raise _InDoubtError("is defined more than once, or inside an if")
        name = _TestName(file, test)
        subject = self._by_test_name(name, called)
        if subject is None:
            subject = self._single(name, called, calls)
        roles = calls.roles.get(_last(subject.name), frozenset())
        if not roles:
            raise _InDoubtError(
                f"has no call of {subject.name} in its source; was it observed before a change?"
            )
        if roles == {"argument"}:
            raise _InDoubtError(f"calls {subject.name} only for an argument of another call")
        return subject

    def _public(self, test: str) -> Mapping[str, PublicCallable]:
        """Return the public callables that the test's body called, by name."""
        cases = self._cases.get(test, ())
        if not cases:
            raise _InDoubtError("was not observed")
        for case in cases:
            if self._relation.outcome(case) not in ("passed", "xfailed"):
                number = f" {case[len(test) :]}" if len(cases) > 1 else ""
                raise _InDoubtError(f"failed when it was observed{number}")
        functions = self._called(test)
        if not functions:
            raise _InDoubtError("calls nothing of the library in its own body")
        if unknown := sorted(functions - self._by_definition.keys()):
            raise _InDoubtError(f"calls something that is not public: {unknown[0].replace(':', '.')}")
        found = (self._by_definition[definition] for definition in functions)
        return {entry.name: entry for entry in found}

    def _called(self, test: str) -> frozenset[str]:
        """Return the library's functions that the test's body called, a class for its ``__init__``."""
        functions = {
            name
            for case in self._cases.get(test, ())
            for name, flags in self._relation.flags_of(case)
            if flags & BODY
        }
        return frozenset(
            _made(name) for name in functions if name.partition(":")[0].partition(".")[0] in self._tops
        )

    def _by_test_name(self, name: "_TestName", called: Mapping[str, PublicCallable]) -> PublicCallable | None:
        """Return the callable with whose name the test's name begins, if there is one."""
        fits = {known: name.begins_with(known) for known in called}
        longest = max(fits.values())
        self._refuse_other_name(name, called, longest)
        best = [known for known, length in fits.items() if length == longest > 0]
        if not best:
            return None
        if len(best) > 1:
            raise _InDoubtError(f"has a name that fits {' and '.join(sorted(best)[:2])}")
        matched = name.test[:longest]
        for other in called:
            if other != best[0] and _contains(words(_last(other)), matched):
                raise _InDoubtError(f"has a name that may mean {best[0]} or {other}")
        meant = [known for known in called if name.class_is(known)]
        if meant and not any(f"{best[0]}.".startswith(f"{known}.") for known in meant):
            raise _InDoubtError(f"is named after {best[0]}, and its class after {meant[0]}")
        return called[best[0]]

    def _refuse_other_name(
        self, name: "_TestName", called: Mapping[str, PublicCallable], longest: int
    ) -> None:
        """Raise `_InDoubtError` if the test is rather named after something that it did not call."""
        if not longest and any(name.scope_is(known) for known in called):
            return
        for entry in self._api:
            is_other = entry.name not in called and _last(entry.name) not in map(_last, called)
            if is_other and name.begins_with(entry.name) > longest:
                raise _InDoubtError(f"is named after {entry.name}, which it does not call")

    def _single(
        self, name: "_TestName", called: Mapping[str, PublicCallable], calls: CallRoles
    ) -> PublicCallable:
        """Return the only callable that the test calls, if all else speaks for it, too."""
        if len(called) > 1:
            raise _InDoubtError(f"calls {len(called)} public callables, its name fits none")
        ((known, entry),) = called.items()
        if any(name.begins_with(helper) for helper in self._helpers[name.file]):
            raise _InDoubtError("is named after a helper of its file")
        if name.scope_is(known):
            return entry
        if self._is_setup(name.file, entry.definition):
            raise _InDoubtError(f"calls only {known}, as most tests of its file do")
        if _mentions(calls.docstring, _last(known)):
            return entry
        if not entry.plain or "." in entry.definition.partition(":")[2]:
            raise _InDoubtError(f"calls only {known}, which is no plain function, and its name does not fit")
        if self._files_calling(entry.definition) > _MOST_FILES:
            raise _InDoubtError(f"calls only {known}, as tests of many files do")
        if calls.roles.get(_last(known), {"checked"}) != {"checked"}:
            raise _InDoubtError(f"calls only {known}, does not check each result, and its name does not fit")
        return entry

    def _is_setup(self, file: str, definition: str) -> bool:
        counts = self._counts[file]
        return counts[definition] >= _FEWEST_SETUPS and counts[definition] * 2 > counts[""]

    def _files_calling(self, definition: str) -> int:
        return sum(definition in counts for counts in self._counts.values())

    @cached_property
    def _counts(self) -> Mapping[str, Counter[str]]:
        """The number of tests by file and callable that they call; with "" of all that call any."""
        found: dict[str, Counter[str]] = {}
        for test in self._cases:
            called = self._called(test)
            if called:
                found.setdefault(test.partition("::")[0], Counter()).update(["", *called])
        return found


class _TestName:
    """The words in the names of a test, of its classes and of its file, without ``test``."""

    def __init__(self, file: str, test: str) -> None:
        *classes, short = test.split("::")
        self.file = file
        self.test = words(short)[1:]
        self._classes = [_joined(_without_test(name)) for name in classes]
        self._stem = _joined(_without_test(file.rpartition("/")[2].removesuffix(".py")))

    def begins_with(self, name: str) -> int:
        """Return how many words at the start match a callable's whole name, with or without its class."""
        parts = name.split(".")
        candidates = (words("_".join(parts[-number:])) for number in (1, 2))
        return max(len(part) if self.test[: len(part)] == part else 0 for part in candidates)

    def class_is(self, name: str) -> bool:
        """Return whether a class is named after a callable: ``TestAsDict`` after ``asdict``."""
        return _joined(words(_last(name))) in self._classes

    def scope_is(self, name: str) -> bool:
        """Return whether a class or the file is named after a callable."""
        return self.class_is(name) or _joined(words(_last(name))) == self._stem


def _made(function: str) -> str:
    """Return the class for its ``__init__`` or ``__new__``, else *function* itself."""
    return next((function.removesuffix(maker) for maker in MAKERS if function.endswith(maker)), function)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _joined(parts: Iterable[str]) -> str:
    return "".join(parts)


def _without_test(name: str) -> list[str]:
    return [word for word in words(name) if word not in ("test", "tests")]


def _contains(longer: Sequence[str], part: Sequence[str]) -> bool:
    return any(
        tuple(longer[start : start + len(part)]) == tuple(part)
        for start in range(len(longer) - len(part) + 1)
    )


def _mentions(text: str, name: str) -> bool:
    """Return whether *text* has *name* as code, and not as a word that it may be in English, too."""
    is_code = "_" in name.strip("_") or not (name.islower() or name.istitle())
    word = rf"(?<!\w){re.escape(name)}"
    return re.search(rf"{word}\b" if is_code else rf"`{re.escape(name)}`|{word}\(", text) is not None
