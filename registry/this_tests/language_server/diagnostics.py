"""Diagnostics: what `this-tests check` finds in a file, in the text that the editor has."""

import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from ..check.api import Api, read_api
from ..check.baseline import Baseline, read_baseline
from ..check.findings import Finding, Rule
from ..check.rules import Lookups, check, check_api
from ..errors import ThisTestsError
from ..registry.coverage import cover
from ..registry.model import Entry, Link, Registry, test_file
from ..source.name_lookup import exists
from ..suite.files import support_files
from ..suite.reader import UNREADABLE, SourceError, Suite, SuiteFile, read_source, source_file
from .project import Document, EditedProject
from .syntax import Definition

__all__ = ["Diagnostic", "Gate"]


@dataclass(frozen=True)
class Diagnostic:
    """A finding, with its place in the text.

    Attributes:
        definition: The definition whose name is marked; None for the whole of *line*.
        line: Starts at 0.
        error: Whether pytest or the check fails because of it.
    """

    rule: Rule
    message: str
    subject: str
    line: int
    definition: Definition | None = None
    error: bool = True


class Gate:
    """The check of a project's files, one at a time.

    Args:
        notice: Called with a message for each file that cannot be read.
    """

    def __init__(self, project: EditedProject, notice: Callable[[str], object]) -> None:
        self._project = project
        self._notice = notice
        self._lock = threading.Lock()
        self._support: Sequence[SuiteFile] | None = None
        self._api: Api | None = None

    def forget(self, path: Path) -> None:
        """Read again what findings depend on and a changed file is part of: the API, or what tests share."""
        role = self._project.role(path)
        with self._lock:
            if role == "library":
                self._api = None
            elif not role:
                self._support = None

    def diagnostics(self, document: Document) -> list[Diagnostic] | None:
        """Return the findings of a file that the baseline does not accept; None if it cannot be parsed."""
        if not document.outline.valid:
            return None
        found = self.findings(document)
        return None if found is None else [self._placed(document, finding) for finding in found]

    def findings(self, document: Document) -> list[Finding] | None:
        """Return the findings about a file; None if it cannot be parsed."""
        if document.role == "tests":
            suite = self.suite(document)
            return None if suite is None else self._new(self._about_tests(document, suite))
        if document.role == "library" and document.file and self._baseline() is not None:
            return self._new(self._about_library(document))
        return []

    def suite(self, document: Document) -> Suite | None:
        """Return a test file and the files that it may use; None if it cannot be parsed."""
        text = document.outline.text.encode("utf-8", "surrogatepass")
        try:
            file = source_file(text, document.file, self._project.conventions)
        except UNREADABLE:
            return None
        return Suite([file], self._shared())

    @property
    def api(self) -> Api:
        """The library's public callables, which take seconds to find in a large one."""
        with self._lock:
            if self._api is None:
                self._api = read_api(self._project.project, self._notice)
            return self._api

    def _shared(self) -> Sequence[SuiteFile]:
        with self._lock:
            if self._support is None:
                self._support = list(self._read_support())
            return self._support

    def _read_support(self) -> Iterable[SuiteFile]:
        root, conventions = self._project.project.root, self._project.conventions
        for path in support_files(self._project.project, conventions):
            try:
                yield read_source(path, root, conventions)
            except SourceError as error:
                self._notice(str(error))

    def _about_tests(self, document: Document, suite: Suite) -> Iterable[Finding]:
        project = self._project.project
        for folder in project.roots:
            if str(folder) not in sys.path:
                sys.path.append(str(folder))
        registry = _only_file(self._project.evidence.registry, document.file)
        lookups = Lookups(exists, self._project.has_test, self._new_names)
        ignored: frozenset[Rule] = frozenset({"missing"} if project.settings.missing == "ignore" else ())
        for finding in check(suite, registry, project.registry.name, lookups):
            if finding.about == document.file and finding.rule not in ignored:
                yield finding

    def _new_names(self, name: str) -> Sequence[str]:
        return self.api.same_last_name(name)

    def _about_library(self, document: Document) -> Iterable[Finding]:
        api, registry = self.api, self._project.evidence.registry

        def place(name: str) -> tuple[str, int]:
            found = api.by_name[name]
            is_here = found.file is not None and found.file.resolve() == document.path
            return (document.file if is_here else ""), found.line

        for finding in check_api(cover(api.callables, registry), place, None):
            if finding.file == document.file:
                yield finding

    def _new(self, findings: Iterable[Finding]) -> list[Finding]:
        return list((self._baseline() or Baseline({})).new(findings))

    def _baseline(self) -> Baseline | None:
        project = self._project.project
        try:
            return read_baseline(project.root / project.settings.baseline, requested=False)
        except ThisTestsError as error:
            self._notice(str(error))
            return None

    def _placed(self, document: Document, finding: Finding) -> Diagnostic:
        definition = self._definition(document, finding)
        line = definition.line if definition else max(finding.line - 1, 0)
        message = f"{finding.subject}: {finding.message}"
        if finding.rule == "missing":
            message += "; or suppress it: # this-tests: off (reason)"
        is_error = finding.rule != "missing" or self._project.project.settings.missing == "error"
        return Diagnostic(finding.rule, message, finding.subject, line, definition, is_error)

    def _definition(self, document: Document, finding: Finding) -> Definition | None:
        by_name = document.outline.by_name
        if finding.rule == "missing":
            return by_name.get(finding.subject.replace("::", "."))
        if finding.rule in ("untested", "lost"):
            definition = self.api.by_name[finding.subject].definition
            return by_name.get(definition.partition(":")[2])
        return None


def _only_file(registry: Registry, file: str) -> Registry:
    """Return the part of a registry that links tests of *file*."""

    def kept(links: Mapping[str, Link]) -> dict[str, Link]:
        return {test: link for test, link in links.items() if test_file(test) == file}

    entries = {
        name: Entry(declared=kept({**entry.observed.examples, **entry.inferred, **entry.declared}))
        for name, entry in registry.callables.items()
    }
    return replace(registry, callables={name: entry for name, entry in entries.items() if entry})
