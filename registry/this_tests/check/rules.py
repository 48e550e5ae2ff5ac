"""Rules of the check: missing, stale, unknown and contradictory declarations, found without running tests."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..registry.coverage import Coverage
from ..registry.model import Registry, test_file
from ..suite.reader import Suite, SuiteFile, SuiteFunction
from .findings import Finding, Rule

__all__ = ["Lookups", "check", "check_api", "restricted"]


_NEW_NAMES = 3


@dataclass(frozen=True)
class Lookups:
    """Lookups in the library and the file system, which the rules do not read themselves.

    Attributes:
        name_exists: Returns whether the library has a dotted name; None if that cannot be determined.
        file_exists: Returns whether a file, named as in node ids, exists.
        new_names: Returns the possible current names of a callable whose name is gone.
    """

    name_exists: Callable[[str], bool | None]
    file_exists: Callable[[str], bool]
    new_names: Callable[[str], Sequence[str]]


def check(
    suite: Suite,
    registry: Registry,
    registry_file: str,
    lookups: Lookups,
    *,
    max_na: float = 1.0,
) -> tuple[Finding, ...]:
    """Return what is wrong with the tests of *suite* and with *registry*, sorted.

    Args:
        registry_file: The registry's path as reported in findings.
        max_na: The largest share of tests that may declare ``"na"``.
    """
    declaring = _declaring_names([*suite.tests, *suite.support])
    findings = [
        *(finding for file in suite.tests for finding in _about_file(file, declaring, suite.support)),
        *_unknown_names(suite.tests, registry, registry_file, lookups),
        *_stale(suite.tests, registry, registry_file, lookups),
        *_too_many_na(suite.tests, max_na),
    ]
    return tuple(sorted(findings))


def restricted(findings: Iterable[Finding], files: Container[str]) -> tuple[Finding, ...]:
    """Return the *findings* that are about one of *files*."""
    return tuple(finding for finding in findings if finding.about in files)


def check_api(
    now: Coverage, place: Callable[[str], tuple[str, int]], before: Callable[[str], bool | None] | None
) -> tuple[Finding, ...]:
    """Return the callables without a test that had one *before*, or did not exist; sorted.

    Args:
        place: Returns the file and line of a callable.
        before: Returns whether a callable had a test then; None if it did not exist. Without it,
            every callable without a test is found, and a baseline decides which ones are new.
    """
    untested = [item.name for item in now.items if item.state == "none"]
    return tuple(
        sorted(
            Finding(*place(name), rule, name, message)
            for name in untested
            for rule, message in _since(name, before)
        )
    )


def _since(name: str, before: Callable[[str], bool | None] | None) -> Iterator[tuple[Rule, str]]:
    if before is None:
        yield "untested", "no test exercises it; it is new or lost its last test"
    elif (tested := before(name)) is None:
        yield "untested", "it is new, and no test exercises it"
    elif tested:
        yield "lost", "tests exercised it before, but none does now"


def _about_file(
    file: SuiteFile, declaring: Mapping[str, frozenset[str]], support: Sequence[SuiteFile]
) -> Iterator[Finding]:
    reach = _in_reach(file, declaring, support)
    automatic = _automatic_scopes(file, reach, support)
    for function in file.functions:
        if function.suppression is not None and not function.suppression.reason:
            message = "give a reason: # this-tests: off (reason)"
            yield Finding(file.path, function.suppression.line, "no-reason", function.name, message)
        elif function.is_test and not (
            function.suppression or _declares(function, reach) or automatic & {"", _scope(function)}
        ):
            message = "add this_tests(<what it exercises>), or this_tests('na') if it exercises nothing"
            yield Finding(file.path, function.line, "missing", function.name, message)
    for line in file.bare_markers:
        yield Finding(file.path, line, "bare-marker", "this_tests", "write pytest.mark.this_tests(target=…)")


def _declares(function: SuiteFunction, reach: frozenset[str]) -> bool:
    return function.declares or not reach.isdisjoint(function.uses)


def _declaring_names(files: Iterable[SuiteFile]) -> dict[str, frozenset[str]]:
    """Return, by file, the helpers and fixtures that declare directly or through others."""
    return {file.path: _closure(file.functions, frozenset()) for file in files}


def _closure(functions: Iterable[SuiteFunction], known: frozenset[str]) -> frozenset[str]:
    others = [function for function in functions if not function.is_test]
    while True:
        more = known | {function.short_name for function in others if _declares(function, known)}
        if more == known:
            return known
        known = more


def _in_reach(
    file: SuiteFile, declaring: Mapping[str, frozenset[str]], support: Sequence[SuiteFile]
) -> frozenset[str]:
    """Return the declaring names that *file* can use: from its conftests, its imports and itself."""
    fixtures = {name for conftest in support if _applies(conftest, file) for name in declaring[conftest.path]}
    imported = file.imported & frozenset().union(*declaring.values())
    return _closure(file.functions, frozenset(fixtures | imported))


def _automatic_scopes(file: SuiteFile, reach: frozenset[str], support: Sequence[SuiteFile]) -> frozenset[str]:
    """Return the classes whose autouse fixtures or setup methods declare; "" means all tests."""
    nearby = [file, *(conftest for conftest in support if _applies(conftest, file))]
    return frozenset(
        _scope(function)
        for source in nearby
        for function in source.functions
        if function.autouse and _declares(function, reach) and (source is file or not _scope(function))
    )


def _scope(function: SuiteFunction) -> str:
    return function.name.rpartition("::")[0]


def _applies(conftest: SuiteFile, file: SuiteFile) -> bool:
    folder, slash, _ = conftest.path.rpartition("/")
    return file.path.startswith(folder + slash)


def _unknown_names(
    files: Sequence[SuiteFile],
    registry: Registry,
    registry_file: str,
    lookups: Lookups,
) -> Iterator[Finding]:
    for file in files:
        for string in file.strings:
            if lookups.name_exists(string.name) is False:
                message = f"the library has no such name{_moved(lookups.new_names(string.name))}"
                yield Finding(file.path, string.line, "unknown-name", string.name, message)
    for name in registry.callables:
        if lookups.name_exists(name) is False:
            moved = _moved(lookups.new_names(name))
            message = f"the library no longer has it{moved}; update its tests and run them"
            yield Finding(registry_file, 0, "unknown-name", name, message)


def _moved(names: Sequence[str]) -> str:
    return f", but has {' and '.join(names[:_NEW_NAMES])}" if names else ""


def _too_many_na(files: Sequence[SuiteFile], max_na: float) -> Iterator[Finding]:
    tests = [function for file in files for function in file.functions if function.is_test]
    na = sum(test.na for test in tests)
    if na > max_na * len(tests):
        message = f"{na:,} of {len(tests):,} tests declare it; at most {max_na:.0%} may"
        yield Finding("pyproject.toml", 0, "too-many-na", "na", message)


def _stale(
    files: Sequence[SuiteFile],
    registry: Registry,
    registry_file: str,
    lookups: Lookups,
) -> Iterator[Finding]:
    known = {file.path: file for file in files}
    for node_id in sorted(registry.linked_tests()):
        file, _, name = node_id.partition("::")
        if not lookups.file_exists(file):
            yield Finding(registry_file, 0, "stale", node_id, f"there is no {file}; run pytest once")
        # A name with a dot is a doctest's, named after what it documents, not a test function's.
        elif file in known and "." not in name and not known[test_file(node_id)].may_hold(name):
            yield Finding(
                registry_file, 0, "stale", node_id, f"{file} has no such test; run pytest on it once"
            )
