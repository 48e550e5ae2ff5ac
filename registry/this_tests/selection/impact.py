"""How far changes reach: which functions, test files, folders, or everything. Pure."""

import builtins
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from .changes import FileChange
from .shared_state import Facts, facts_of

__all__ = ["Impact", "ProjectFiles", "impact"]


@dataclass(frozen=True)
class ProjectFiles:
    """What a project is made of, as far as changes can reach. Paths are relative to its root, with ``/``.

    Attributes:
        library: Folders, or single files, of the library under test, by import name.
        test_files: The files that hold tests.
        test_functions: The functions that are tests, as (file, qualified name).
        executed: The functions of the library that any test was seen to execute.
        at_import: The functions of the library that ran outside of tests.
        imported: The modules that are imported before any test runs.
        loaded: The project's other files that are imported: conftest files, helpers of tests.
        text: Returns the text of a file, empty if it is gone.
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
        """Return the name of the library's module at *path*, or ``""`` if it is not the library's."""
        for name, places in self.library.items():
            for place in places:
                if path == place or path.startswith(f"{place}/"):
                    parts = PurePosixPath(path[len(place) + 1 :]).with_suffix("").parts
                    return ".".join((name, *(each for each in parts if each != "__init__")))
        return ""

    def speakers(self, pattern: re.Pattern[str], files: Iterable[str]) -> frozenset[str]:
        """Return those of *files* whose text *pattern* is found in."""
        return frozenset(file for file in files if pattern.search(self.text(file)))

    @property
    def sources(self) -> tuple[str, ...]:
        """All files whose code takes part in tests."""
        return tuple({*self.library_files, *self.test_files, *self.loaded})

    @cached_property
    def units(self) -> frozenset[str]:
        """The outermost functions around all that was executed."""
        return frozenset(map(unit, self.executed))

    @cached_property
    def units_at_import(self) -> frozenset[str]:
        """The outermost functions around all that ran outside of tests."""
        return frozenset(map(unit, self.at_import))

    @cached_property
    def modules_seen(self) -> frozenset[str]:
        """The library's modules of which anything was seen."""
        return frozenset(each.partition(":")[0] for each in self.executed | self.at_import)

    @property
    def late(self) -> frozenset[str]:
        """The library's modules that only tests import."""
        return self.modules_seen - self.imported

    def works_apart(self, file: str) -> bool:
        """Tell whether a file of tests, or a conftest that holds for it, speaks of other processes."""
        folders = {f"{folder}/conftest.py" for folder in map(str, PurePosixPath(file).parents)}
        near = [file, *(each for each in self.loaded if each == "conftest.py" or each in folders)]
        return bool(self.speakers(_PROCESSES, near))

    def facts(self) -> Mapping[str, Facts]:
        """Return what the syntax of the library's observed modules tells, by module."""
        modules = ((self.module(path), path) for path in sorted(self.library_files))
        seen = ((module, path) for module, path in modules if module in self.modules_seen)
        return {module: facts_of(self.text(path).encode()) for module, path in seen}


def unit(function: str) -> str:
    """Return the outermost function around *function*: a change cannot be told apart inside of it."""
    return function.partition(".<locals>")[0]


@dataclass(frozen=True)
class Impact:
    """What changes concern.

    Attributes:
        everything: Why all tests are concerned; empty where they are not.
        functions: The library's changed functions, as ``module:qualname``.
        files: Test files all of whose tests are concerned, and why.
        folders: Folders all tests below which are concerned, and why; ``""`` is the root.
        tests: Tests whose own function changed, as (file, qualified name).
        documentation: Files whose docstrings changed: only their doctests are concerned.
    """

    everything: str = ""
    functions: frozenset[str] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    tests: frozenset[tuple[str, str]] = frozenset()
    documentation: frozenset[str] = frozenset()

    def __or__(self, other: "Impact") -> "Impact":
        """Return what both concern."""
        return Impact(
            self.everything or other.everything,
            self.functions | other.functions,
            {**self.files, **other.files},
            {**self.folders, **other.folders},
            self.tests | other.tests,
            self.documentation | other.documentation,
        )


def impact(changes: Sequence[FileChange], terrain: ProjectFiles) -> Impact:
    """Return what *changes* concern, all of them together."""
    survey = _Survey(changes, terrain)
    found = Impact()
    for change in changes:
        found |= survey.of_file(change)
    return found


# Read by pytest, by the build, or by the interpreter, wherever they lie.
_CONFIGURATION = re.compile(
    r"(?:^|/)(?:pyproject\.toml|setup\.(?:py|cfg)|tox\.ini|\.?pytest\.(?:ini|toml)|\.env|\.python-version"
    r"|Pipfile|CMakeLists\.txt|meson\.build|Cargo\.toml"
    r"|[^/]*(?:requirements|constraints|environment)[^/]*\.(?:txt|in|ya?ml)"
    r"|[^/]+\.(?:lock|pth|c|h|cc|cpp|cxx|hpp|cu|cuh|pyx|pxd|pxi|rs|f|f90|so|pyd|dll|dylib|cmake))$"
)
_NO_CODE = re.compile(r"(?:^|/)(?:__pycache__/.*|[^/]+\.py[cio]|\.coverage[^/]*)$")
# A function that looks around sees new names.
_LOOKS_AROUND = re.compile(r"(?<!\w)(?:getmembers|iter_modules|walk_packages)(?!\w)")
_LOOKS_AROUND_HERE = ("globals", "vars", "dir", "getmembers", "__dict__")
_DECORATED = re.compile(r"decorator_list=\[(?!\])")
_PROCESSES = re.compile(
    r"(?<!\w)(?:subprocess|multiprocessing|Popen|ProcessPoolExecutor|fork|posix_spawn|system|execv\w*"
    r"|create_subprocess_\w+|pytester|testdir|runpytest\w*)(?!\w)"
)
_TRANSPARENT = re.compile(r"id='(?:property|staticmethod|classmethod)'|attr='(?:setter|getter|deleter)'")
_BUILT_IN_METHODS = frozenset(
    name for each in vars(builtins).values() if isinstance(each, type) for name in dir(each)
)


class _Survey:
    """Judges one file after the other, with all of the changes in view."""

    def __init__(self, changes: Sequence[FileChange], terrain: ProjectFiles) -> None:
        self._terrain = terrain
        self._changed = {change.path: change for change in changes}

    def of_file(self, change: FileChange) -> Impact:
        path, terrain = change.path, self._terrain
        if _NO_CODE.search(path):
            return Impact()
        if PurePosixPath(path).name == "conftest.py":
            return self._of_conftest(change)
        module = terrain.module(path)
        # A decorator of the library may stand where a test's own function should: it is the library's.
        if path in terrain.test_files and module not in terrain.modules_seen:
            return self._of_test_file(change)
        if module:
            return self._of_library(change)
        return self._of_other(change)

    # Tests.

    def _of_conftest(self, change: FileChange) -> Impact:
        if not change.code:
            return Impact()
        folder, reason = str(PurePosixPath(change.path).parent), f"{change.path} changed"
        importers = self._importers(change.path) & self._terrain.test_files
        return Impact(
            folders={"" if folder == "." else folder: reason}, files=dict.fromkeys(importers, reason)
        )

    def _of_test_file(self, change: FileChange) -> Impact:
        path = change.path
        documentation = frozenset([path] if change.docstrings else [])
        named = (*change.functions, *change.added)
        own = frozenset((path, name) for name in named)
        alone = own <= self._terrain.test_functions and not any(self._is_shared(path, each) for each in named)
        if alone and not change.beyond:
            return Impact(tests=own, documentation=documentation)
        reason = f"{path} {change.beyond or 'changed'}"
        return self._with_importers(path, reason) | Impact(documentation=documentation)

    def _is_shared(self, path: str, function: str) -> bool:
        """Tell whether a test's function may be used by another: by its name."""
        change = self._changed[path]
        name = function.rpartition(".")[2]
        inside = change.now is None or change.now.mentions(name, outside=[function])
        return inside or bool(self._terrain.speakers(_word(name), self._importers(path)))

    def _with_importers(self, path: str, reason: str) -> Impact:
        reached, waiting = {path: reason}, [path]
        for each in waiting:
            new = sorted(self._importers(each) - reached.keys())
            if any(file not in self._terrain.test_files for file in new):
                return Impact(everything=f"{reason}, and is named in {new[0]}")
            reached |= dict.fromkeys(new, f"{reason}, and is named there")
            waiting += new
        return Impact(files=reached)

    def _importers(self, path: str) -> frozenset[str]:
        """Return the files that may import the one at *path*: those that speak of it."""
        stem = PurePosixPath(path).stem
        return self._terrain.speakers(_word(stem), self._terrain.sources) - {path}

    # The library.

    def _of_library(self, change: FileChange) -> Impact:
        path, module = change.path, self._terrain.module(change.path)
        if change.beyond:
            return Impact(everything=f"{path} {change.beyond}")
        for name in change.added:
            if self._may_be_called(change, name):
                return Impact(everything=f"{path} has a new {name}, which may take the place of another")
        for name in change.functions:
            if reason := self._escapes(change, module, name):
                return Impact(everything=f"{path} changed in {name}, which {reason}")
        return Impact(
            functions=frozenset(f"{module}:{name}" for name in change.functions),
            documentation=frozenset([path] if change.docstrings else []),
        )

    def _escapes(self, change: FileChange, module: str, name: str) -> str:
        """Return why tests may depend on a function without having been seen to execute it."""
        key = f"{module}:{name}"
        if module not in self._terrain.modules_seen:
            return "is in a module that was never observed"
        if key in self._terrain.units_at_import:
            return "ran at import"
        if key not in self._terrain.units and _is_transformed(change, name):
            return "was never seen to run, and is passed to something that may run it unseen"
        return ""

    def _may_be_called(self, change: FileChange, function: str) -> bool:
        """Tell whether a new function may be called by code that did not change."""
        owner, _, name = function.rpartition(".")
        if (name.startswith("__") and name.endswith("__")) or hasattr(builtins, name):
            return True
        if owner and name in _BUILT_IN_METHODS:
            return True
        if any(_mentions(change, each) for each in _LOOKS_AROUND_HERE):
            return True
        unchanged = [file for file in self._terrain.sources if file not in self._changed]
        spoken = self._terrain.speakers(_word(name), unchanged) or self._terrain.speakers(
            _LOOKS_AROUND, self._terrain.sources
        )
        return bool(spoken) or any(_mentions(each, name) for each in self._changed.values())

    # The rest.

    def _of_other(self, change: FileChange) -> Impact:
        path, terrain = change.path, self._terrain
        if path.endswith(".py") and not change.code:
            return Impact()
        if _CONFIGURATION.search(path) or path in terrain.loaded or PurePosixPath(path).name == "__init__.py":
            return Impact(everything=f"{path} {change.beyond or 'changed'}")
        pattern = _path_words(path)
        if speakers := terrain.speakers(pattern, terrain.sources):
            return Impact(
                everything=f"{path} {change.beyond or 'changed'}, and may be read by {min(speakers)}"
            )
        return Impact()


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _path_words(path: str) -> re.Pattern[str]:
    """Return a pattern for what a program must write to find the file: its name, or a folder of its path.

    Python files are imported by their stem; any other name stands in a string.
    """
    pure = PurePosixPath(path)
    names = "|".join(re.escape(each) for each in (pure.name, *pure.parts[:-1]) if each != "..")
    quoted = rf"(?<=[\"'/\\])(?:{names})(?=[\"'/\\])"
    module = rf"|(?<!\w){re.escape(pure.stem)}(?!\w)" if pure.suffix == ".py" else ""
    return re.compile(quoted + module)


def _mentions(change: FileChange, name: str) -> bool:
    return change.now is not None and change.now.mentions(name, outside=(*change.functions, *change.added))


def _is_transformed(change: FileChange, function: str) -> bool:
    """Tell whether decorators, or code around, may run the function's code in another form."""
    assert change.now is not None
    name = function.rpartition(".")[2]
    used = re.compile(rf"(?:id|attr)='{re.escape(name)}'")
    heads = [text for text in change.now.frame if text.startswith(f"def {function} ")]
    around = [text for text in change.now.frame if not text.startswith("def ")]
    owner = f"ClassDef(name='{function.rpartition('.')[0].rpartition('.')[2]}'"
    heads += [text for text in around if text.startswith(owner)]
    decorated = any(_DECORATED.search(head) and not _TRANSPARENT.search(head) for head in heads)
    return decorated or any(map(used.search, around))
