"""Computes what changes affect: functions, tests, test files, folders, or everything. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from ..source.fingerprint import parse
from ..source.import_time import Statement
from .changes import FileChange
from .inputs import Event
from .project_files import ProjectFiles
from .reach import Reach
from .shared_state import facts_of

__all__ = ["Impact", "impact", "is_by_product"]


@dataclass(frozen=True)
class Impact:
    """What changes affect.

    Attributes:
        everything: Why all tests are affected; empty where they are not.
        functions: The library's changed functions, as ``module:qualname``.
        reached: Its functions that may use a changed name, and which.
        files: Test files with all tests affected, and why.
        folders: Folders with all tests below affected, and why; ``""`` is the root.
        tests: Tests whose own function changed, as (file, qualified name).
        using: Tests that may use a changed name, as (file, qualified name), and which.
        documentation: Files of which only the doctests are affected, and why.
        imported: Modules whose import may fail now: one of their tests is affected.
        changed: What changed outside of functions: dotted names, or modules.
        cases: Tests that use a changed file as an input, by node id, and why.
        readers: The library's functions that ran when a changed input was read, and which: what they keep
            may be used by other tests.
        aside: Changed files that concern no test.
        paths: All changed files.
    """

    everything: str = ""
    functions: frozenset[str] = frozenset()
    reached: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    tests: frozenset[tuple[str, str]] = frozenset()
    using: Mapping[tuple[str, str], str] = field(default_factory=dict)
    documentation: Mapping[str, str] = field(default_factory=dict)
    imported: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    cases: Mapping[str, str] = field(default_factory=dict)
    readers: Mapping[str, str] = field(default_factory=dict)
    aside: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()

    def __or__(self, other: "Impact") -> "Impact":
        """Return the union of both impacts."""
        return Impact(
            self.everything or other.everything,
            self.functions | other.functions,
            {**self.reached, **other.reached},
            {**self.files, **other.files},
            {**self.folders, **other.folders},
            self.tests | other.tests,
            {**self.using, **other.using},
            {**self.documentation, **other.documentation},
            self.imported | other.imported,
            self.changed | other.changed,
            {**self.cases, **other.cases},
            {**self.readers, **other.readers},
            self.aside | other.aside,
            self.paths | other.paths,
        )


def is_by_product(path: str) -> bool:
    """Return whether Python, or coverage, writes the file at *path* beside what it runs."""
    return bool(_NO_CODE.search(path))


def impact(changes: Sequence[FileChange], project: ProjectFiles) -> Impact:
    """Return what *changes* affect together."""
    finder = _ImpactFinder(changes, project)
    found = Impact(paths=frozenset(change.path for change in changes if not change.textual))
    for change in changes:
        found |= finder.of_file(change)
    return found | finder.of_names()


# Read by pytest, by the build, or by the interpreter, in any folder. Not what lists distributions to be
# installed: those that are installed are compared themselves.
_CONFIGURATION = re.compile(
    r"(?:^|/)(?:pyproject\.toml|setup\.(?:py|cfg)|tox\.ini|\.?pytest\.(?:ini|toml)|\.env|\.python-version"
    r"|CMakeLists\.txt|meson\.build|Cargo\.(?:toml|lock)|flake\.lock|[^/]*environment[^/]*\.ya?ml"
    r"|[^/]+\.(?:pth|c|h|cc|cpp|cxx|hpp|cu|cuh|pyx|pxd|pxi|rs|f|f90|so|pyd|dll|dylib|cmake))$"
)
_NO_CODE = re.compile(r"(?:^|/)(?:__pycache__/.*|[^/]+\.py[cio]|\.coverage[^/]*)$")
_WORD = re.compile(r"\w+")
_DOC = re.compile(r"(?<!\w)(?:__doc__|getdoc)(?!\w)")
# They keep what they decorate as it is, except that it may be called by another one's name.
_TRANSPARENT = frozenset({"property", "staticmethod", "classmethod", "setter", "getter", "deleter"})
# What runs of them may run in other tests, too.
_OF_TESTS = frozenset(
    {"pytest", "mark", "mock", "patch", "unittest", "hypothesis", "given", "settings", "example"}
)


class _ImpactFinder:
    """The finder of the impact of one changed file, given all changes."""

    def __init__(self, changes: Sequence[FileChange], project: ProjectFiles) -> None:
        self._project = project
        self._changed = {change.path: change for change in changes}

    def of_file(self, change: FileChange) -> Impact:
        found = self._of_code(change) | self._of_input(change)
        if found == Impact() and not change.textual and not is_by_product(change.path):
            return Impact(aside=frozenset([change.path]))
        return found

    def _of_code(self, change: FileChange) -> Impact:
        path, project = change.path, self._project
        if is_by_product(path):
            return Impact()
        if PurePosixPath(path).name == "conftest.py":
            return self._of_conftest(change)
        module = project.module(path)
        if built := project.built_from(path):
            return self._of_compiled(change, built)
        # Where a decorator of the library hides a test, `test_files` has its file, which is the library's.
        if path in project.test_files and module not in project.modules_seen:
            return self._of_test_file(change)
        if module and (path.endswith(".py") or project.inputs is None or _configures(change)):
            return self._of_library(change)
        return self._of_other(change)

    # Tests.

    def _of_conftest(self, change: FileChange) -> Impact:
        if not change.code:
            return Impact()
        return self._below(change.path, f"{change.path} changed")

    def _below(self, conftest: str, reason: str) -> Impact:
        """Return an impact on all tests below a conftest file, and on those that import it."""
        folder = str(PurePosixPath(conftest).parent)
        return Impact(folders={"" if folder == "." else folder: reason}) | self._with_importers(
            conftest, reason
        )

    def _of_test_file(self, change: FileChange) -> Impact:
        path = change.path
        documentation = _docstrings(change)
        statements = list(filter(_runs_at_import, change.statements))
        named = {*change.functions, *(statement.names[0] for statement in statements if statement.names)}
        changed = frozenset((path, name) for name in named)
        only_tests = (
            all(map(_is_of_test, statements))
            and not any(self._is_shared(path, name) for name in named)
            and {test for test in changed if test[1] not in self._gone(change)}
            <= self._project.test_functions
        )
        if only_tests and not change.beyond:
            return Impact(tests=changed, documentation=documentation)
        reason = f"{path} {change.beyond or 'changed'}"
        return self._with_importers(path, reason) | Impact(documentation=documentation)

    @staticmethod
    def _gone(change: FileChange) -> frozenset[str]:
        return change.names - (change.now.bodies.keys() if change.now else frozenset())

    def _is_shared(self, path: str, function: str) -> bool:
        """Return whether a test's function may be used by another: whether its name is mentioned."""
        change = self._changed[path]
        name = function.rpartition(".")[2]
        inside = change.now is None or change.now.mentions(name, outside=[function])
        return inside or bool(self._project.mentioning(_word(name), self._importers(path)))

    def _with_importers(self, path: str, reason: str, *, itself: bool = True) -> Impact:
        reached, waiting = {path: reason} if itself else {}, [path]
        for file in waiting:
            new = sorted(self._importers(file) - reached.keys())
            if any(importer not in self._project.test_files for importer in new):
                return Impact(everything=f"{reason}, and is named in {new[0]}")
            reached |= dict.fromkeys(new, f"{reason}, and is named there")
            waiting += new
        return Impact(files=reached)

    def _importers(self, path: str) -> frozenset[str]:
        return self._project.naming(path) - {path}

    # The library.

    def of_names(self) -> Impact:
        """Return the impact of what runs at import, of all changed files of the library."""
        if "_reach" not in vars(self):
            return Impact()
        found = self._reach.result()
        return Impact(
            everything=found.everything,
            reached=found.units,
            files=found.files,
            folders=found.folders,
            using=found.tests,
            documentation=self._showing(found.names),
        )

    def _showing(self, names: frozenset[str]) -> Mapping[str, str]:
        """Return the files with doctests that show one of *names*."""
        words = {
            file: names & set(_WORD.findall(self._project.text(file))) for file in self._project.doctests
        }
        return {file: f"{file} shows {min(shown)}" for file, shown in words.items() if shown}

    @cached_property
    def _reach(self) -> Reach:
        gone = [
            path for path, change in self._changed.items() if self._project.module(path) and change.compared
        ]
        return Reach(self._project, self._project.places(gone))

    def _of_library(self, change: FileChange) -> Impact:
        path, module = change.path, self._project.module(change.path)
        if not change.compared or (change.beyond and not change.whole):
            return Impact(everything=f"{path} {change.beyond}")
        for name in change.functions:
            if reason := self._unobserved_use(path, module, name):
                return Impact(everything=f"{path} changed in {name}, which {reason}")
        if change.statements or change.whole or change.moved:
            self._reach.add_statements(change)
        if change.docstrings and self._project.mentioning(_DOC, self._project.sources):
            self._reach.add_docstrings(path)
        return Impact(
            functions=frozenset(f"{module}:{name}" for name in change.functions),
            documentation=_docstrings(change),
            imported=frozenset([module] if any(map(_runs_at_import, change.statements)) else []),
            changed=frozenset(_dotted(module, statement) for statement in change.statements),
        )

    def _of_compiled(self, change: FileChange, modules: frozenset[str]) -> Impact:
        """Return the impact on what may call into compiled *modules*, of whose code no run sees more."""
        if not change.code:
            return Impact()
        for module in modules:
            self._reach.add_compiled(module, self._project.compiled[module])
        return Impact(changed=modules, imported=modules)

    def _unobserved_use(self, path: str, module: str, name: str) -> str:
        """Return why tests may depend on a function that they were not observed to execute."""
        key = f"{module}:{name}"
        if module not in self._project.modules_seen:
            return "is in a module that was never observed"
        if self._project.may_run_at_import(key):
            self._reach.add_executed_at_import(path, name)
        if key in self._project.units_at_import:
            return ""
        if key not in self._project.units and self._is_transformed(path, name):
            return "was never seen to run, and is passed to something that may run it unseen"
        return ""

    def _is_transformed(self, path: str, function: str) -> bool:
        """Return whether decorators, or code outside of functions, may run a transformed function."""
        file = self._reach.places.files[path]
        owner, _, name = function.rpartition(".")
        decorators = {root.rpartition(".")[2] for root in file.decorators(function)}
        if decorators - _TRANSPARENT or (owner and file.decorators(owner)):
            return True
        if self._project.may_run_at_import(f"{self._project.module(path)}:{function}"):
            return False  # Those that name it outside of functions are followed as its callers.
        return any(
            name in place.names or name in place.attributes
            for place in file.places
            if place.statement and place.statement.kind not in ("annotations", "export", "main")
        )

    # Other files.

    def _of_other(self, change: FileChange) -> Impact:
        path, project = change.path, self._project
        if path.endswith(".py") and not change.code:
            return Impact()
        what = change.beyond or "changed"
        is_package = PurePosixPath(path).name == "__init__.py"
        if _configures(change) or path in project.loaded or is_package or project.holds_sources(path):
            return Impact(everything=f"{path} {what}")
        if path in project.collected:
            return Impact(files={path: f"{path} {what}"})
        if path.endswith(".py"):
            found = self._with_importers(path, f"{path} {what}", itself=False)
            if found == Impact() and project.is_beside_tests(path) and self._reach.add_loaded(path):
                return Impact(changed=frozenset([path]))
            return found
        return self._of_unobserved_input(path, what) if project.inputs is None else Impact()

    # Inputs.

    def _of_unobserved_input(self, path: str, what: str) -> Impact:
        mentioning = self._project.mentioning(_path_words(path), self._project.sources)
        return (
            Impact(everything=f"{path} {what}, and may be read by {min(mentioning)}")
            if mentioning
            else Impact()
        )

    def _of_input(self, change: FileChange) -> Impact:
        """Return the impact on what reads the file as data; of Python files, as text."""
        path, project = change.path, self._project
        built = bool(project.built_from(path))
        if project.inputs is None or (_configures(change) and not built) or is_by_product(path):
            return Impact()
        event: Event = change.beyond if change.whole else "changed"  # type: ignore[assignment]  # see `whole`
        others = [other.path for other in self._changed.values() if other.whole]
        what = f"{path} {event}"
        found = Impact(cases=project.inputs.tests(path, event, others))
        for file in project.inputs.files(path, event, others):
            found |= self._of_reader(file, f"{what}, and is read by {file}")
        readers = project.inputs.readers(path, event, others)
        for unit in readers:
            found |= self._of_reading_function(unit, path)
        seen = bool(readers) or found != Impact()
        if path.endswith(".py") or built:
            return found
        if not seen and project.module(path):
            return Impact(everything=f"{what}, and no test was seen to use it")
        if change.whole or not seen:
            # Who asks whether it exists, or opens it in C, was not seen.
            for file in project.mentioning(_quoted(path), project.sources):
                found |= self._of_naming(file, path, what)
        return found

    def _of_naming(self, file: str, path: str, what: str) -> Impact:
        """Return the impact where *file* names the changed file at *path*."""
        parsed_file = parse(self._project.text(file).encode())
        functions = {""} if parsed_file is None else parsed_file.naming(_quoted(path))
        tests = {(file, function) for function in functions}
        if tests <= self._project.test_functions:
            return Impact(using=dict.fromkeys(tests, path))
        units = {f"{self._project.module(file)}:{function}" for function in functions}
        if units <= self._project.units:
            return Impact(reached=dict.fromkeys(units, path))
        return self._of_reader(file, f"{what}, and is named in {file}")

    def _of_reader(self, file: str, reason: str) -> Impact:
        """Return the impact where code outside of tests in *file* reads what changed."""
        if PurePosixPath(file).name == "conftest.py":
            return self._below(file, reason)
        if file in self._project.test_files:
            return self._with_importers(file, reason)
        return Impact(everything=reason)

    def _of_reading_function(self, unit: str, path: str) -> Impact:
        where, _, name = unit.partition(":")
        if not where.endswith(".py"):
            return Impact(readers={unit: path})
        syntax = facts_of(self._project.text(where).encode()).units.get(name)
        keeps = syntax is not None and (syntax.cached or bool(syntax.writes))
        reason = f"{path} changed, and {where} keeps what {name} reads of it"
        return self._of_reader(where, reason) if keeps else Impact()


def _dotted(module: str, statement: Statement) -> str:
    """Return the name of what *statement* binds or defines; that of the module where it is none."""
    name = statement.names[0] if statement.names and statement.kind != "star" else ""
    scope = "" if statement.kind in ("def", "class", "decorators", "annotations") else statement.scope
    return ".".join(filter(None, (module, scope, name)))


def _configures(change: FileChange) -> bool:
    return bool(_CONFIGURATION.search(change.path)) and not change.inert


def _docstrings(change: FileChange) -> Mapping[str, str]:
    return {change.path: f"{change.path} changed its docstrings"} if change.docstrings else {}


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _quoted(path: str) -> re.Pattern[str]:
    """Return a pattern for the name of a file at the end of a string."""
    return re.compile(rf"(?<=[\"'/\\]){re.escape(PurePosixPath(path).name)}(?=[\"'])")


def _path_words(path: str) -> re.Pattern[str]:
    """Return a pattern for a file in strings: for its name, or a folder of its path."""
    pure = PurePosixPath(path)
    names = "|".join(re.escape(part) for part in (pure.name, *pure.parts[:-1]) if part != "..")
    return re.compile(rf"(?<=[\"'/\\])(?:{names})(?=[\"'/\\])")


def _runs_at_import(statement: Statement) -> bool:
    return statement.kind != "main"


def _is_of_test(statement: Statement) -> bool:
    """Return whether a statement of a test file is a part of one function, which nothing else keeps."""
    if statement.kind != "decorators":
        return statement.kind in ("def", "annotations")
    return all(root.partition(".")[0] in _OF_TESTS for root in statement.names[1:])
