"""Computes what changes affect: functions, tests, test files, folders, or everything. Pure."""

import builtins
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from .changes import FileChange
from .shared_state import Facts, facts_of

__all__ = ["Impact", "ProjectFiles", "impact", "unit"]


@dataclass(frozen=True)
class ProjectFiles:
    """The files and modules of a project that tests may depend on.

    Paths are relative to the project's root, with ``/``.

    Attributes:
        library: Folders, or single files, of the library under test, by import name.
        test_files: The files that contain tests.
        test_functions: The functions that are tests, as (file, qualified name).
        executed: The functions of the library that any test was observed to execute.
        at_import: The functions of the library that ran outside of tests.
        imported: The modules that are imported before any test runs.
        loaded: Other imported files of the project: conftest files, helpers of tests.
        text: Returns the text of a file, empty if it does not exist.
    """

    library: Mapping[str, Sequence[str]]
    library_files: Collection[str]
    test_files: frozenset[str]
    test_functions: frozenset[tuple[str, str]]
    executed: frozenset[str]
    at_import: frozenset[str]
    imported: frozenset[str]
    loaded: frozenset[str]
    text: Callable[[str], str]

    def module(self, path: str) -> str:
        """Return the name of the library's module at *path*, or ``""`` if there is none."""
        for name, places in self.library.items():
            for place in places:
                if path == place:  # A library of one file.
                    return name
                if path.startswith(f"{place}/"):
                    parts = PurePosixPath(path[len(place) + 1 :]).with_suffix("").parts
                    return ".".join((name, *(part for part in parts if part != "__init__")))
        return ""

    def mentioning(self, pattern: re.Pattern[str], files: Iterable[str]) -> frozenset[str]:
        """Return those of *files* whose text *pattern* matches."""
        return frozenset(file for file in files if pattern.search(self.text(file)))

    @property
    def sources(self) -> tuple[str, ...]:
        """All files whose code tests may run."""
        return tuple({*self.library_files, *self.test_files, *self.loaded})

    @cached_property
    def units(self) -> frozenset[str]:
        """The outermost functions around the executed functions."""
        return frozenset(map(unit, self.executed))

    @cached_property
    def units_at_import(self) -> frozenset[str]:
        """The outermost functions around those that ran outside of tests."""
        return frozenset(map(unit, self.at_import))

    @cached_property
    def modules_seen(self) -> frozenset[str]:
        """The library's modules with any observed function."""
        return frozenset(function.partition(":")[0] for function in self.executed | self.at_import)

    @property
    def late(self) -> frozenset[str]:
        """The library's modules that only tests import."""
        return self.modules_seen - self.imported

    def works_apart(self, file: str) -> bool:
        """Return whether a test file, or a conftest that applies to it, mentions other processes."""
        folders = {f"{folder}/conftest.py" for folder in map(str, PurePosixPath(file).parents)}
        near = [file, *(helper for helper in self.loaded if helper == "conftest.py" or helper in folders)]
        return bool(self.mentioning(_PROCESSES, near))

    def facts(self) -> Mapping[str, Facts]:
        """Return what is read from the syntax of the library's observed modules, by module."""
        modules = ((self.module(path), path) for path in sorted(self.library_files))
        seen = ((module, path) for module, path in modules if module in self.modules_seen)
        return {module: facts_of(self.text(path).encode()) for module, path in seen}


def unit(function: str) -> str:
    """Return the outermost function around *function*: the smallest part in which changes are detected."""
    return function.partition(".<locals>")[0]


@dataclass(frozen=True)
class Impact:
    """What changes affect.

    Attributes:
        everything: Why all tests are affected; empty where they are not.
        functions: The library's changed functions, as ``module:qualname``.
        files: Test files with all tests affected, and why.
        folders: Folders with all tests below affected, and why; ``""`` is the root.
        tests: Tests whose own function changed, as (file, qualified name).
        documentation: Files whose docstrings changed: only their doctests are affected.
    """

    everything: str = ""
    functions: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    tests: frozenset[tuple[str, str]] = frozenset()
    documentation: frozenset[str] = frozenset()

    def __or__(self, other: "Impact") -> "Impact":
        """Return the union of both impacts."""
        return Impact(
            self.everything or other.everything,
            self.functions | other.functions,
            {**self.files, **other.files},
            {**self.folders, **other.folders},
            self.tests | other.tests,
            self.documentation | other.documentation,
        )


def impact(changes: Sequence[FileChange], project: ProjectFiles) -> Impact:
    """Return what *changes* affect together."""
    finder = _ImpactFinder(changes, project)
    found = Impact()
    for change in changes:
        found |= finder.of_file(change)
    return found


# Read by pytest, by the build, or by the interpreter, in any folder.
_CONFIGURATION = re.compile(
    r"(?:^|/)(?:pyproject\.toml|setup\.(?:py|cfg)|tox\.ini|\.?pytest\.(?:ini|toml)|\.env|\.python-version"
    r"|Pipfile|CMakeLists\.txt|meson\.build|Cargo\.toml"
    r"|[^/]*(?:requirements|constraints|environment)[^/]*\.(?:txt|in|ya?ml)"
    r"|[^/]+\.(?:lock|pth|c|h|cc|cpp|cxx|hpp|cu|cuh|pyx|pxd|pxi|rs|f|f90|so|pyd|dll|dylib|cmake))$"
)
_NO_CODE = re.compile(r"(?:^|/)(?:__pycache__/.*|[^/]+\.py[cio]|\.coverage[^/]*)$")
# Introspection sees new names.
_INTROSPECTION = re.compile(r"(?<!\w)(?:getmembers|iter_modules|walk_packages)(?!\w)")
_INTROSPECTION_HERE = ("globals", "vars", "dir", "getmembers", "__dict__")
_DECORATED = re.compile(r"decorator_list=\[(?!\])")
_PROCESSES = re.compile(
    r"(?<!\w)(?:subprocess|multiprocessing|Popen|ProcessPoolExecutor|fork|posix_spawn|system|execv\w*"
    r"|create_subprocess_\w+|pytester|testdir|runpytest\w*)(?!\w)"
)
_TRANSPARENT = re.compile(r"id='(?:property|staticmethod|classmethod)'|attr='(?:setter|getter|deleter)'")
_BUILT_IN_METHODS = frozenset(
    name for cls in vars(builtins).values() if isinstance(cls, type) for name in dir(cls)
)


class _ImpactFinder:
    """The finder of the impact of one changed file, given all changes."""

    def __init__(self, changes: Sequence[FileChange], project: ProjectFiles) -> None:
        self._project = project
        self._changed = {change.path: change for change in changes}

    def of_file(self, change: FileChange) -> Impact:
        path, project = change.path, self._project
        if _NO_CODE.search(path):
            return Impact()
        if PurePosixPath(path).name == "conftest.py":
            return self._of_conftest(change)
        module = project.module(path)
        # Where a decorator of the library hides a test, `test_files` has its file, which is the library's.
        if path in project.test_files and module not in project.modules_seen:
            return self._of_test_file(change)
        if module:
            return self._of_library(change)
        return self._of_other(change)

    # Tests.

    def _of_conftest(self, change: FileChange) -> Impact:
        if not change.code:
            return Impact()
        folder, reason = str(PurePosixPath(change.path).parent), f"{change.path} changed"
        importers = self._importers(change.path) & self._project.test_files
        return Impact(
            folders={"" if folder == "." else folder: reason}, files=dict.fromkeys(importers, reason)
        )

    def _of_test_file(self, change: FileChange) -> Impact:
        path = change.path
        documentation = frozenset([path] if change.docstrings else [])
        named = (*change.functions, *change.added)
        changed = frozenset((path, name) for name in named)
        only_tests = changed <= self._project.test_functions and not any(
            self._is_shared(path, name) for name in named
        )
        if only_tests and not change.beyond:
            return Impact(tests=changed, documentation=documentation)
        reason = f"{path} {change.beyond or 'changed'}"
        return self._with_importers(path, reason) | Impact(documentation=documentation)

    def _is_shared(self, path: str, function: str) -> bool:
        """Return whether a test's function may be used by another: whether its name is mentioned."""
        change = self._changed[path]
        name = function.rpartition(".")[2]
        inside = change.now is None or change.now.mentions(name, outside=[function])
        return inside or bool(self._project.mentioning(_word(name), self._importers(path)))

    def _with_importers(self, path: str, reason: str) -> Impact:
        reached, waiting = {path: reason}, [path]
        for file in waiting:
            new = sorted(self._importers(file) - reached.keys())
            if any(importer not in self._project.test_files for importer in new):
                return Impact(everything=f"{reason}, and is named in {new[0]}")
            reached |= dict.fromkeys(new, f"{reason}, and is named there")
            waiting += new
        return Impact(files=reached)

    def _importers(self, path: str) -> frozenset[str]:
        """Return the files that may import the one at *path*: those that mention it."""
        stem = PurePosixPath(path).stem
        return self._project.mentioning(_word(stem), self._project.sources) - {path}

    # The library.

    def _of_library(self, change: FileChange) -> Impact:
        path, module = change.path, self._project.module(change.path)
        if change.beyond:
            return Impact(everything=f"{path} {change.beyond}")
        for name in change.added:
            if self._may_be_called(change, name):
                return Impact(everything=f"{path} has a new {name}, which may take the place of another")
        for name in change.functions:
            if reason := self._unobserved_use(change, module, name):
                return Impact(everything=f"{path} changed in {name}, which {reason}")
        return Impact(
            functions=frozenset(f"{module}:{name}" for name in change.functions),
            documentation=frozenset([path] if change.docstrings else []),
        )

    def _unobserved_use(self, change: FileChange, module: str, name: str) -> str:
        """Return why tests may depend on a function that they were not observed to execute."""
        key = f"{module}:{name}"
        if module not in self._project.modules_seen:
            return "is in a module that was never observed"
        if key in self._project.units_at_import:
            return "ran at import"
        if key not in self._project.units and _is_transformed(change, name):
            return "was never seen to run, and is passed to something that may run it unseen"
        return ""

    def _may_be_called(self, change: FileChange, function: str) -> bool:
        """Return whether a new function may be called by code that did not change."""
        owner, _, name = function.rpartition(".")
        if (name.startswith("__") and name.endswith("__")) or hasattr(builtins, name):
            return True
        if owner and name in _BUILT_IN_METHODS:
            return True
        if any(_mentions(change, word) for word in _INTROSPECTION_HERE):
            return True
        unchanged = [file for file in self._project.sources if file not in self._changed]
        mentioned = self._project.mentioning(_word(name), unchanged) or self._project.mentioning(
            _INTROSPECTION, self._project.sources
        )
        return bool(mentioned) or any(_mentions(other, name) for other in self._changed.values())

    # Other files.

    def _of_other(self, change: FileChange) -> Impact:
        path, project = change.path, self._project
        if path.endswith(".py") and not change.code:
            return Impact()
        if _CONFIGURATION.search(path) or path in project.loaded or PurePosixPath(path).name == "__init__.py":
            return Impact(everything=f"{path} {change.beyond or 'changed'}")
        pattern = _path_words(path)
        if mentioning := project.mentioning(pattern, project.sources):
            return Impact(
                everything=f"{path} {change.beyond or 'changed'}, and may be read by {min(mentioning)}"
            )
        return Impact()


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _path_words(path: str) -> re.Pattern[str]:
    """Return a pattern for the ways to refer to a file: by its name, or by a folder of its path.

    Python files are imported by their stem; other names are in a string.
    """
    pure = PurePosixPath(path)
    names = "|".join(re.escape(part) for part in (pure.name, *pure.parts[:-1]) if part != "..")
    quoted = rf"(?<=[\"'/\\])(?:{names})(?=[\"'/\\])"
    module = rf"|(?<!\w){re.escape(pure.stem)}(?!\w)" if pure.suffix == ".py" else ""
    return re.compile(quoted + module)


def _mentions(change: FileChange, name: str) -> bool:
    return change.now is not None and change.now.mentions(name, outside=(*change.functions, *change.added))


def _is_transformed(change: FileChange, function: str) -> bool:
    """Return whether decorators, or code outside of functions, may run a transformed function."""
    assert change.now is not None
    name = function.rpartition(".")[2]
    used = re.compile(rf"(?:id|attr)='{re.escape(name)}'")
    heads = [text for text in change.now.frame if text.startswith(f"def {function} ")]
    around = [text for text in change.now.frame if not text.startswith("def ")]
    owner = f"ClassDef(name='{function.rpartition('.')[0].rpartition('.')[2]}'"
    heads += [text for text in around if text.startswith(owner)]
    decorated = any(_DECORATED.search(head) and not _TRANSPARENT.search(head) for head in heads)
    return decorated or any(map(used.search, around))
