"""The warnings: one function for each subtype, so that a user can silence exactly one."""

from collections.abc import Collection, Mapping
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from this_tests.support import printable

__all__ = ["ambiguous", "directive", "registry", "settings", "source", "unknown_name", "unplaced"]

logger = logging.getLogger(__name__)

_NAMED = 6


def registry(error: Exception) -> None:
    """Tell that the registry cannot be read, so that no page shows tests."""
    _warn("registry", f"no tests are shown: {error}")


def settings(problem: str) -> None:
    """Tell that a setting is wrong, and left aside."""
    _warn("settings", problem)


def unknown_name(names: Collection[str], path: Path) -> None:
    """Tell in one line which of the registry's callables these docs do not describe."""
    if names:
        is_are = "name is" if len(names) == 1 else "names are"
        _warn(
            "unknown_name",
            f"{len(names)} {is_are} in {path.name} but not in these docs: {some(sorted(names))} "
            '(add "this_tests.unknown_name" to suppress_warnings if that is as it should be)',
        )


def unplaced(names: Collection[str]) -> None:
    """Tell in one line which documented objects have tests, but no place on a page to show them."""
    if names:
        objects = "object has tests" if len(names) == 1 else "objects have tests"
        _warn(
            "unplaced",
            f"{len(names)} documented {objects} that no page shows, because nothing on it describes "
            f'them: {some(sorted(names))} (the directive ".. this-tests:: name" places a section by hand)',
        )


def ambiguous(target: str, names: Collection[str], node: nodes.Node) -> None:
    """Tell that a reference may mean several tests."""
    _warn("ambiguous", f":test:`{target}` may mean {some(sorted(names))}; the first is taken", node)


def directive(problem: str, node: nodes.Node) -> None:
    """Tell that a directive places nothing."""
    _warn("directive", problem, node)


def source(problems: Mapping[str, str]) -> None:
    """Tell in one line which test files cannot be shown, and why."""
    if problems:
        files = "test file" if len(problems) == 1 else "test files"
        reasons = [f"{file} ({problem})" for file, problem in sorted(problems.items())]
        _warn("source", f"{len(problems)} {files} cannot be read: {some(reasons)}")


def some(items: Collection[str]) -> str:
    """Return the first few *items* as text, with an ellipsis for the others."""
    shown = ", ".join(list(items)[:_NAMED])
    return f"{shown}, …" if len(items) > _NAMED else shown


def _warn(subtype: str, message: str, node: nodes.Node | None = None) -> None:
    logger.warning("%s", printable(message), type="this_tests", subtype=subtype, location=node)
