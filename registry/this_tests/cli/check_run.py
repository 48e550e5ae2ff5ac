"""Run of the check: gathers the tests, the registry and the API, and applies the rules."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..check.devices import check_device_numbers
from ..check.findings import DEVICE_RULES, MIRROR_RULES, Finding, Rule
from ..check.layout import check_mirror
from ..check.rules import Lookups, check, check_api, restricted
from ..check.suggestions import suggest
from ..git import Repository
from ..registry.coverage import cover
from ..registry.history import public_then, registry_then, tested_then
from ..registry.model import Registry
from ..settings import Project
from ..source.name_lookup import exists
from ..suite.conventions import read_conventions
from ..suite.reader import Suite
from .check_proven import Proven
from .inputs import Api, read_api, read_suite, test_files
from .project import load_if_there, registry_path

__all__ = ["CheckRequest", "CheckResult", "run_check"]


@dataclass(frozen=True)
class CheckRequest:
    """What to check.

    Attributes:
        paths: Test files or folders; by default, all.
        changed: Check only files that differ from this commit.
        since: Also check for callables whose tests are gone, or missing, since this commit.
        api: Also check for all callables without tests.
        missing: Check for tests without a declaration.
        mirror: Also check for modules and test folders that do not mirror each other.
        devices: Also check for hard-coded device numbers.
    """

    paths: Sequence[Path] = ()
    changed: str | None = None
    since: str | None = None
    api: bool = False
    missing: bool = True
    mirror: bool = False
    devices: bool = False


@dataclass(frozen=True)
class CheckResult:
    """Findings, and what was checked.

    Attributes:
        findings: Sorted.
        suggestions: Findings that never fail the check.
        whole: Whether the whole suite was checked, and not only some files.
        api: Whether the check covered untested callables without comparing them to a commit.
        unchecked: The rules that were not asked for.
        is_over: Returns whether it is proven that a callable which no test noticed is noticed now.
    """

    suite: Suite
    findings: tuple[Finding, ...]
    suggestions: tuple[Finding, ...]
    whole: bool
    api: bool
    unchecked: frozenset[Rule]
    is_over: Callable[[str], bool]

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(file.path for file in self.suite.tests)

    def covers(self, rule: Rule, file: str, subject: str) -> bool:
        """Return whether a finding that was accepted earlier would be among these, if it were still there."""
        if rule in self.unchecked:
            return False
        if rule == "untested":
            return self.whole and self.api
        if rule == "unnoticed":
            # What is not proven for the present code may still be so.
            return self.whole and self.api and self.is_over(subject)
        return self.whole or file in self._files


def run_check(project: Project, registry: Path | None, request: CheckRequest) -> CheckResult:
    """Return the findings on the tests, the registry and the API.

    Raises:
        RepositoryError: git does not know the requested commit.
    """
    inputs = _Inputs(project, registry_path(project, registry))
    files = None if request.changed is None else inputs.changed_files(request.changed)
    suite = read_suite(project, _within(test_files(project, request.paths), project.root, files))
    found = [
        *(found for found in inputs.about_tests(suite) if request.missing or found.rule != "missing"),
        *(inputs.about_api(request.since) if request.api or request.since else ()),
        *inputs.about_proofs(request.since),
        *(inputs.about_mirror(suite) if request.mirror else ()),
        *(_device_findings(project, suite) if request.devices else ()),
    ]
    return CheckResult(
        suite=suite,
        findings=tuple(sorted(found if files is None else restricted(found, files))),
        suggestions=suggest(suite, inputs.registry, inputs.observable),
        whole=not request.paths and files is None,
        api=request.api and request.since is None,
        unchecked=_unchecked(request),
        is_over=inputs.proven.is_over,
    )


def _unchecked(request: CheckRequest) -> frozenset[Rule]:
    rules: dict[frozenset[Rule], bool] = {
        frozenset({"missing"}): request.missing,
        MIRROR_RULES: request.mirror,
        DEVICE_RULES: request.devices,
    }
    return frozenset(rule for group, checked in rules.items() if not checked for rule in group)


def _within(paths: Sequence[Path], root: Path, files: Container[str] | None) -> list[Path]:
    return [path for path in paths if files is None or path.relative_to(root).as_posix() in files]


class _Inputs:
    """The project's registry, API and repository, read on demand."""

    def __init__(self, project: Project, path: Path) -> None:
        self._project = project
        self._path = path
        self.registry: Registry = load_if_there(path)
        self.proven = Proven(project, lambda: self._api)

    @cached_property
    def _api(self) -> Api:
        return read_api(self._project)

    @cached_property
    def _repository(self) -> Repository:
        return Repository(self._project.root)

    def changed_files(self, rev: str) -> frozenset[str]:
        return frozenset(self._repository.changed_since(self._repository.commit(rev)))

    def about_tests(self, suite: Suite) -> tuple[Finding, ...]:
        return check(
            suite,
            self.registry,
            self._path.name,
            Lookups(exists, self._project.has_test_file, self._new_names),
            max_na=self._project.settings.max_na,
        )

    def about_api(self, since: str | None) -> tuple[Finding, ...]:
        before = self._before(since) if since is not None else None
        return check_api(cover(self._api.callables, self.registry), self._place, before)

    def about_proofs(self, since: str | None) -> tuple[Finding, ...]:
        return self.proven.findings(self._place, since, lambda: self._repository)

    def about_mirror(self, suite: Suite) -> tuple[Finding, ...]:
        return _mirror_findings(self._project, suite, self._api.places)

    def _new_names(self, name: str) -> Sequence[str]:
        return self._api.same_last_name(name)

    def observable(self, name: str) -> bool:
        found = self._api.by_name.get(name)
        return found is not None and found.plain

    def _before(self, rev: str) -> Callable[[str], bool | None]:
        commit, root = self._repository.commit(rev), self._project.root
        registry = registry_then(self._repository, commit, root, self._path)
        then = public_then(self._repository, commit, root, self._api.places)
        return tested_then(self._api.callables, then, registry)

    def _place(self, name: str) -> tuple[str, int]:
        found = self._api.by_name[name]
        if found.file is not None and found.file.is_relative_to(self._project.root):
            return found.file.relative_to(self._project.root).as_posix(), found.line
        return self._path.name, 0


def _mirror_findings(project: Project, suite: Suite, places: Mapping[str, Path]) -> tuple[Finding, ...]:
    """Return the differences between the layout of the tests and the library at *places*."""
    root = project.root
    modules = [
        module
        for top, place in places.items()
        for module in _modules(top, place)
        if place.is_relative_to(root)
    ]
    files = [(name, file.relative_to(root).as_posix()) for name, file in modules]
    testpaths = read_conventions(root).testpaths or ("tests",)
    return check_mirror(
        files,
        [file.path for file in suite.tests],
        testpaths,
        packages=project.settings.mirror == "packages",
    )


def _device_findings(project: Project, suite: Suite) -> Iterator[Finding]:
    """Yield the hard-coded device numbers in test files and the files that they share."""
    for file in (*suite.tests, *suite.support):
        yield from check_device_numbers(file.path, (project.root / file.path).read_bytes())


def _modules(top: str, place: Path) -> Iterator[tuple[str, Path]]:
    if place.is_file() and place.name != "__init__.py":
        yield top, place
        return
    folder = place if place.is_dir() else place.parent
    for file in sorted(folder.rglob("*.py")):
        yield ".".join([top, *file.relative_to(folder).with_suffix("").parts]), file
