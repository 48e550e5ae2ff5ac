"""What is missing, stale or contradictory: read from sources and registry, without running a test."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..registry.coverage import Coverage
from ..registry.model import Registry, test_file
from ..suite.reader import Suite, SuiteFile, SuiteFunction
from .findings import Finding, Rule

__all__ = ["World", "check", "check_api", "restricted"]


_NEW_NAMES = 3


@dataclass(frozen=True)
class World:
    """What is told of things outside of the tests and the registry.

    Attributes:
        name_exists: Tells whether the library has a dotted name; None where it cannot be told.
        file_exists: Tells whether a file, named as in node ids, is there.
        new_names: Tells what a callable whose name is gone may be called now.
    """

    name_exists: Callable[[str], bool | None]
    file_exists: Callable[[str], bool]
    new_names: Callable[[str], Sequence[str]]


def check(
    suite: Suite,
    registry: Registry,
    registry_file: str,
    world: World,
    *,
    max_na: float = 1.0,
) -> tuple[Finding, ...]:
    """Return what is wrong with the tests of *suite* and with *registry*, sorted.

    Args:
        registry_file: The registry's path as findings name it.
        max_na: The greatest share of tests that may declare ``"na"``.
    """
    declaring = _declaring_names([*suite.tests, *suite.support])
    findings = [
        *(finding for file in suite.tests for finding in _about_file(file, declaring, suite.support)),
        *_unknown_names(suite.tests, registry, registry_file, world),
        *_stale(suite.tests, registry, registry_file, world),
        *_too_many_na(suite.tests, max_na),
    ]
    return tuple(sorted(findings))


def restricted(findings: Iterable[Finding], files: Container[str]) -> tuple[Finding, ...]:
    """Return those of *findings* that are about one of *files*."""
    return tuple(each for each in findings if each.about in files)


def check_api(
    now: Coverage, place: Callable[[str], tuple[str, int]], before: Callable[[str], bool | None] | None
) -> tuple[Finding, ...]:
    """Return the callables without a test that had one *before*, or were not there; sorted.

    Args:
        place: Tells the file and line of a callable.
        before: Tells whether a callable had a test then, None where there was no such callable.
            Without it, every callable without a test is found: what is new is for a baseline to tell.
    """
    untested = [each.name for each in now.items if each.state == "none"]
    return tuple(
        sorted(
            Finding(*place(name), rule, name, message)
            for name in untested
            for rule, message in _since(name, before)
        )
    )


def _since(name: str, before: Callable[[str], bool | None] | None) -> Iterator[tuple[Rule, str]]:
    if before is None:
        yield "untested", "no test exercises it; it is new, or lost its last test"
    elif (tested := before(name)) is None:
        yield "untested", "it is new, and no test exercises it"
    elif tested:
        yield "lost", "tests exercised it, and none does now"


def _about_file(
    file: SuiteFile, declaring: Mapping[str, frozenset[str]], support: Sequence[SuiteFile]
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


def _declares(function: SuiteFunction, reach: frozenset[str]) -> bool:
    return function.declares or not reach.isdisjoint(function.uses)


def _declaring_names(files: Iterable[SuiteFile]) -> dict[str, frozenset[str]]:
    """Return, by file, the helpers and fixtures that declare, themselves or through others."""
    return {file.path: _closure(file.functions, frozenset()) for file in files}


def _closure(functions: Iterable[SuiteFunction], known: frozenset[str]) -> frozenset[str]:
    others = [each for each in functions if not each.is_test]
    while True:
        more = known | {each.short_name for each in others if _declares(each, known)}
        if more == known:
            return known
        known = more


def _in_reach(
    file: SuiteFile, declaring: Mapping[str, frozenset[str]], support: Sequence[SuiteFile]
) -> frozenset[str]:
    """Return the declaring names that *file* can use: of its conftests, its imports and its own."""
    fixtures = {name for each in support if _applies(each, file) for name in declaring[each.path]}
    imported = file.imported & frozenset().union(*declaring.values())
    return _closure(file.functions, frozenset(fixtures | imported))


def _automatic_scopes(file: SuiteFile, reach: frozenset[str], support: Sequence[SuiteFile]) -> frozenset[str]:
    """Return where autouse fixtures and setup methods declare for each test: classes, or "" for all."""
    nearby = [file, *(each for each in support if _applies(each, file))]
    return frozenset(
        _scope(each)
        for source in nearby
        for each in source.functions
        if each.autouse and _declares(each, reach) and (source is file or not _scope(each))
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
    world: World,
) -> Iterator[Finding]:
    for file in files:
        for each in file.strings:
            if world.name_exists(each.name) is False:
                message = f"the library has no such name{_moved(world.new_names(each.name))}"
                yield Finding(file.path, each.line, "unknown-name", each.name, message)
    for name in registry.callables:
        if world.name_exists(name) is False:
            moved = _moved(world.new_names(name))
            message = f"the library no longer has it{moved}; correct its tests and run them"
            yield Finding(registry_file, 0, "unknown-name", name, message)


def _moved(names: Sequence[str]) -> str:
    return f", but has {' and '.join(names[:_NEW_NAMES])}" if names else ""


def _too_many_na(files: Sequence[SuiteFile], max_na: float) -> Iterator[Finding]:
    tests = [each for file in files for each in file.functions if each.is_test]
    na = sum(each.na for each in tests)
    if na > max_na * len(tests):
        message = f"{na:,} of {len(tests):,} tests say that; at most {max_na:.0%} may"
        yield Finding("pyproject.toml", 0, "too-many-na", "na", message)


def _stale(
    files: Sequence[SuiteFile],
    registry: Registry,
    registry_file: str,
    world: World,
) -> Iterator[Finding]:
    known = {file.path: file for file in files}
    for node_id in sorted(registry.linked_tests()):
        file, _, name = node_id.partition("::")
        if not world.file_exists(file):
            yield Finding(registry_file, 0, "stale", node_id, f"there is no {file}; run pytest once")
        # A dot is no test function's: doctests are named after what they document.
        elif file in known and "." not in name and not known[test_file(node_id)].may_hold(name):
            yield Finding(
                registry_file, 0, "stale", node_id, f"{file} has no such test; run pytest on it once"
            )
