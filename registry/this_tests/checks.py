"""What is missing, stale or contradictory: read from sources and registry, without running a test."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from .model import Registry, test_file
from .source import Function, SourceFile

__all__ = ["RULES", "Finding", "Rule", "Suite", "check"]

Rule = Literal["missing", "bare-marker", "no-reason", "unknown-name", "stale"]

RULES: Mapping[Rule, str] = {
    "missing": "A test neither calls this_tests nor is marked with it.",
    "bare-marker": "The marker is called with one bare callable, which pytest takes for the test to mark.",
    "no-reason": "An excuse gives no reason.",
    "unknown-name": "A name that is declared does not exist in the library.",
    "stale": "The registry has an entry for a test that no longer exists.",
}


@dataclass(frozen=True, order=True)
class Finding:
    """Something that `check` found.

    Attributes:
        file: Relative to the root, with ``/``.
        line: Counted from 1; 0 where the whole file is meant.
        subject: The test or the callable it is about.
    """

    file: str
    line: int
    rule: Rule
    subject: str
    message: str


@dataclass(frozen=True)
class Suite:
    """The sources to check.

    Attributes:
        tests: The test files.
        support: Other files whose fixtures and helpers the tests may use: conftest files.
    """

    tests: Sequence[SourceFile]
    support: Sequence[SourceFile] = ()


def check(
    suite: Suite,
    registry: Registry,
    registry_file: str,
    *,
    name_exists: Callable[[str], bool | None],
    file_exists: Callable[[str], bool],
) -> tuple[Finding, ...]:
    """Return what is wrong with the tests of *suite* and with *registry*, sorted.

    Args:
        registry_file: The registry's path as findings name it.
        name_exists: Tells whether the library has a dotted name; None where it cannot be told.
        file_exists: Tells whether a file, named as in node ids, is there.
    """
    declaring = _declaring_names([*suite.tests, *suite.support])
    findings = [
        *(finding for file in suite.tests for finding in _about_file(file, declaring, suite.support)),
        *_unknown_names(suite.tests, registry, registry_file, name_exists),
        *_stale(suite.tests, registry, registry_file, file_exists),
    ]
    return tuple(sorted(findings))


def _about_file(
    file: SourceFile, declaring: Mapping[str, frozenset[str]], support: Sequence[SourceFile]
) -> Iterator[Finding]:
    reach = _in_reach(file, declaring, support)
    automatic = _automatic_scopes(file, reach, support)
    for each in file.functions:
        if each.excuse is not None and not each.excuse.reason:
            message = "say why: # this-tests: off (reason)"
            yield Finding(file.path, each.excuse.line, "no-reason", each.name, message)
        elif each.is_test and not (each.excuse or _declares(each, reach) or automatic & {"", _scope(each)}):
            message = "add this_tests(<what it exercises>), or this_tests('na') where there is nothing"
            yield Finding(file.path, each.line, "missing", each.name, message)
    for line in file.bare_markers:
        yield Finding(file.path, line, "bare-marker", "this_tests", "write pytest.mark.this_tests(target=…)")


def _declares(function: Function, reach: frozenset[str]) -> bool:
    return function.declares or not reach.isdisjoint(function.uses)


def _declaring_names(files: Iterable[SourceFile]) -> dict[str, frozenset[str]]:
    """Return, by file, the helpers and fixtures that declare, themselves or through others."""
    return {file.path: _closure(file.functions, frozenset()) for file in files}


def _closure(functions: Iterable[Function], known: frozenset[str]) -> frozenset[str]:
    others = [each for each in functions if not each.is_test]
    while True:
        more = known | {each.short_name for each in others if _declares(each, known)}
        if more == known:
            return known
        known = more


def _in_reach(
    file: SourceFile, declaring: Mapping[str, frozenset[str]], support: Sequence[SourceFile]
) -> frozenset[str]:
    """Return the declaring names that *file* can use: of its conftests, its imports and its own."""
    fixtures = {name for each in support if _applies(each, file) for name in declaring[each.path]}
    imported = file.imported & frozenset().union(*declaring.values())
    return _closure(file.functions, frozenset(fixtures | imported))


def _automatic_scopes(
    file: SourceFile, reach: frozenset[str], support: Sequence[SourceFile]
) -> frozenset[str]:
    """Return where autouse fixtures and setup methods declare for each test: classes, or "" for all."""
    nearby = [file, *(each for each in support if _applies(each, file))]
    return frozenset(
        _scope(each)
        for source in nearby
        for each in source.functions
        if each.autouse and _declares(each, reach) and (source is file or not _scope(each))
    )


def _scope(function: Function) -> str:
    return function.name.rpartition("::")[0]


def _applies(conftest: SourceFile, file: SourceFile) -> bool:
    return PurePosixPath(file.path).is_relative_to(PurePosixPath(conftest.path).parent)


def _unknown_names(
    files: Sequence[SourceFile],
    registry: Registry,
    registry_file: str,
    name_exists: Callable[[str], bool | None],
) -> Iterator[Finding]:
    for file in files:
        for each in file.strings:
            if name_exists(each.name) is False:
                yield Finding(file.path, each.line, "unknown-name", each.name, "the library has no such name")
    for name in registry.callables:
        if name_exists(name) is False:
            message = "the library no longer has it; correct its tests and run them"
            yield Finding(registry_file, 0, "unknown-name", name, message)


def _stale(
    files: Sequence[SourceFile],
    registry: Registry,
    registry_file: str,
    file_exists: Callable[[str], bool],
) -> Iterator[Finding]:
    known = {file.path: file for file in files}
    for node_id in sorted(registry.linked_tests()):
        file, _, name = node_id.partition("::")
        if not file_exists(file):
            yield Finding(registry_file, 0, "stale", node_id, f"there is no {file}; run pytest once")
        # A dot is no test function's: doctests are named after what they document.
        elif file in known and "." not in name and not known[test_file(node_id)].may_hold(name):
            yield Finding(
                registry_file, 0, "stale", node_id, f"{file} has no such test; run pytest on it once"
            )
