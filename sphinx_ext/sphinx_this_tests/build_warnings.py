"""Warnings: one function for each subtype, so that users can suppress each separately."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from this_tests.support import abbreviated, printable

__all__ = [
    "ambiguous",
    "commit",
    "directive",
    "first",
    "observations",
    "registry",
    "settings",
    "source",
    "unknown_name",
    "unplaced",
]

logger = logging.getLogger(__name__)


def registry(error: Exception, *, several: bool = False) -> None:
    """Warn that a registry cannot be read, so that no page shows tests, or of several, those of a package."""
    _warn(
        "registry",
        f"no tests of its package are shown: {error}" if several else f"no tests are shown: {error}",
    )


def observations(problems: Sequence[str]) -> None:
    """Warn in one line of files of observations that cannot be read, so that pages show less."""
    if problems:
        _warn("observations", "; ".join(problems))


def settings(problem: str) -> None:
    """Warn of an invalid setting, which is ignored."""
    _warn("settings", problem)


def commit(reason: str) -> None:
    """Warn that the commit for links to sources is unknown, so that there are none."""
    _warn(
        "commit",
        "tests have no links to their source, because the commit for {commit} in this_tests_source_url is "
        f"unknown: {reason}; build the docs in a checkout, or set this_tests_commit",
    )


def unknown_name(names: Collection[str], paths: Sequence[Path]) -> None:
    """Warn in one line of callables in the registry that these docs do not describe."""
    if names:
        files = " or ".join(dict.fromkeys(path.name for path in paths))
        is_are = "name is" if len(names) == 1 else "names are"
        _warn(
            "unknown_name",
            f"{len(names)} {is_are} in {files} but not in these docs: {abbreviated(sorted(names))} "
            '(add "this_tests.unknown_name" to suppress_warnings if this is intended)',
        )


def unplaced(names: Collection[str]) -> None:
    """Warn in one line of documented objects with tests whose section is on no page."""
    if names:
        objects = "object has tests" if len(names) == 1 else "objects have tests"
        _warn(
            "unplaced",
            f"{len(names)} documented {objects} that no page shows, because no page has a description "
            f"of them that Sphinx knows: {abbreviated(sorted(names))} "
            '(add a section with the directive ".. this-tests:: name")',
        )


def ambiguous(target: str, names: Collection[str], node: nodes.Node) -> None:
    """Warn that a reference matches several tests."""
    _warn(
        "ambiguous",
        f":test:`{target}` matches several tests: {abbreviated(sorted(names))}; the first is used",
        node,
    )


def directive(problem: str, node: nodes.Node) -> None:
    """Warn of a directive that adds no section."""
    _warn("directive", problem, node)


def first(tests: Collection[str]) -> None:
    """Warn in one line of tests in the setting ``this_tests_first`` that no page shows."""
    if tests:
        _warn(
            "first",
            f"this_tests_first: {', '.join(map(repr, sorted(tests)))} "
            f"{'is no test' if len(tests) == 1 else 'are no tests'} known to exercise anything; "
            "give whole node ids, as in the registry, from pytest's rootdir",
        )


def source(problems: Mapping[str, str]) -> None:
    """Warn in one line of test files that cannot be read, with the reasons."""
    if problems:
        files = "test file" if len(problems) == 1 else "test files"
        reasons = [f"{file} ({problem})" for file, problem in sorted(problems.items())]
        _warn("source", f"{len(problems)} {files} cannot be read: {abbreviated(reasons)}")


def _warn(subtype: str, message: str, node: nodes.Node | None = None) -> None:
    logger.warning("%s", printable(message), type="this_tests", subtype=subtype, location=node)
