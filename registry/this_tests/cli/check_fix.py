"""The option ``check --fix``: shows the missing declarations that are unambiguous, and writes them."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..check.findings import Finding
from ..check.fixes import Fix, Fixes, LeftTest, find_fixes
from ..errors import ThisTestsError
from ..git import Repository
from ..observations.file import load
from ..settings import Project
from ..source.parsing import parsed
from ..suite.call_roles import CallRoles, defined_once, read_calls
from ..suite.import_order import Order
from ..suite.import_settings import read_order
from ..text import counted
from .check_run import CheckResult
from .console import note
from .file_changes import show_and_write
from .inputs import read_api

__all__ = ["apply_fixes"]

_LISTED = 10


def apply_fixes(  # noqa: PLR0913  # each is an option, or what came of it
    project: Project,
    result: CheckResult,
    findings: Iterable[Finding],
    *,
    changed: str | None = None,
    yes: bool = False,
    verbose: bool = False,
) -> bool:
    """Show and write the missing declarations; return whether none is left.

    Args:
        findings: Those that the baseline does not accept.
        changed: Only for tests that differ from those of this commit.
        yes: Write without asking.
        verbose: List all tests that are left, and not only the first.

    Raises:
        ThisTestsError: libcst is not installed, or a file cannot be written.
    """
    missing = [finding for finding in findings if finding.rule == "missing"]
    if changed is not None:
        missing = _only_changed(project.root, missing, changed)
    found = _fixes(project, result, missing)
    order = read_order(project.root)
    changes = {
        project.root / file: _declared(project.root / file, fixes, order)
        for file, fixes in _by_file(found.fixes).items()
    }
    summary = (
        f"{counted(len(missing), 'test')} without a declaration, {len(found.fixes):,} with an unambiguous fix"
    )
    written = show_and_write(changes, project.root, summary, yes=yes)
    _note_left(found.left, verbose=verbose)
    return not found.left and (written or not missing)


def _fixes(project: Project, result: CheckResult, missing: Sequence[Finding]) -> Fixes:
    relation = load(project.observations, notice=note).combined()
    files = {finding.file for finding in missing}
    calls: Mapping[str, Mapping[str, CallRoles]] = {
        file: read_calls((project.root / file).read_bytes()) for file in sorted(files)
    }
    return find_fixes(missing, result.suite, relation, read_api(project).callables, calls)


def _only_changed(root: Path, findings: Sequence[Finding], rev: str) -> list[Finding]:
    """Return the *findings* about tests whose source is another one than in a commit."""
    repository = Repository(root)
    files = {finding.file for finding in findings}
    before = {
        file: _sources(content or b"")
        for file, content in repository.contents(repository.commit(rev), sorted(files)).items()
    }
    now = {file: _sources((root / file).read_bytes()) for file in files}
    return [
        finding
        for finding in findings
        if before[finding.file].get(finding.subject) != now[finding.file].get(finding.subject, "")
    ]


def _sources(content: bytes) -> Mapping[str, str]:
    """Return the code of each test, without regard to its place, its comments and its format."""
    try:
        tree = parsed(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {name: ast.dump(node) for name, node in defined_once(tree).items()}


def _by_file(fixes: Iterable[Fix]) -> Mapping[str, list[Fix]]:
    found: dict[str, list[Fix]] = {}
    for fix in fixes:
        found.setdefault(fix.file, []).append(fix)
    return found


def _declared(path: Path, fixes: Iterable[Fix], order: Order) -> tuple[bytes, bytes]:
    try:
        from ..suite.codemod import declared_in
    except ImportError:
        raise ThisTestsError("--fix needs libcst: pip install 'this-tests[fix]'") from None
    old = path.read_bytes()
    return old, declared_in(old, {fix.test: (fix.target, *fix.aliases) for fix in fixes}, order)


def _note_left(left: Sequence[LeftTest], *, verbose: bool) -> None:
    """Print why each test has no unambiguous declaration; of many, only the first."""
    listed = left if verbose else left[:_LISTED]
    for test in listed:
        note(f"{test.file}:{test.line}: {test.test} is left: {test.reason}")
    if more := len(left) - len(listed):
        note(f"… and {counted(more, 'more test')} (-v lists all)")
