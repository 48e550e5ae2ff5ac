"""The files and modules of a project that tests may depend on. Pure."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import PurePosixPath

from ..observations.relation import unit
from ..source.fingerprint import parse
from ..source.imported_names import named_modules
from .compiled import CompiledModules, is_native
from .imports_of_files import ImportsOfFiles
from .inputs import Inputs
from .places import Places
from .shared_state import Facts, facts_of
from .source_files import SourceFile, read_source
from .syntax_cache import SyntaxCache

__all__ = ["ProjectFiles"]

_RUNPY = re.compile(r"(?<!\w)(?:runpy|run_module|run_path)(?!\w)")
# Where pytest reads its settings.
_SETTINGS = (
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)
_USED = re.compile(r"^[ \t]*usefixtures[ \t]*=(.*(?:\n[^=\n\[]*$)*)", re.MULTILINE)

_PROCESSES = re.compile(
    r"(?<!\w)(?:subprocess|multiprocessing|Popen|ProcessPoolExecutor|fork|posix_spawn|system|execv\w*"
    r"|create_subprocess_\w+|pytester|testdir|runpytest\w*)(?!\w)"
)


@dataclass(frozen=True)
class ProjectFiles:
    """The files and modules of a project that tests may depend on.

    Paths are relative to the project's root, with ``/``.

    Attributes:
        library: Folders, or single files, of the library under test, by import name; of an installed copy
            those of its sources, too.
        test_files: The files that contain tests.
        doctests: The files whose docstrings or text contain collected doctests.
        test_functions: The functions that are tests, as (file, qualified name).
        executed: The functions of the library that any test was observed to execute.
        at_import: The functions of the library that ran outside of tests, and as ``module:`` the modules of
            which that is not known.
        imported: The modules that are imported before any test runs.
        loaded: Other imported files of the project: conftest files, helpers of tests.
        text: Returns the text of a file, empty if it does not exist.
        collected: The files that tests were collected from, of any kind.
        inputs: What tests were observed to read; None if that is not known.
        modules: The names of the library's modules by file, where they are known.
        compiled: Its modules that Python loads from machine code, with the names that each holds; None where
            they are not known.
        native: The files that repositories list in the languages that such modules are built from.
        imports: Where functions ran outside of tests; None if that is not known.
        syntax: Reads what the syntax of files contains; None reads it from their texts.
    """

    library: Mapping[str, Sequence[str]]
    library_files: Collection[str]
    test_files: frozenset[str]
    doctests: frozenset[str]
    test_functions: frozenset[tuple[str, str]]
    executed: frozenset[str]
    at_import: frozenset[str]
    imported: frozenset[str]
    loaded: frozenset[str]
    text: Callable[[str], str]
    collected: frozenset[str] = frozenset()
    inputs: Inputs | None = None
    modules: Mapping[str, str] = field(default_factory=dict)
    compiled: Mapping[str, Collection[str] | None] = field(default_factory=dict)
    native: Collection[str] = ()
    imports: ImportsOfFiles | None = None
    syntax: SyntaxCache | None = None

    def module(self, path: str) -> str:
        """Return the name of the library's module at *path*, or ``""`` if there is none."""
        if path in self.modules:
            return self.modules[path]
        for place, name in self._places:
            if path == place:  # A library of one file.
                return name
            if path.startswith(f"{place}/"):
                parts = PurePosixPath(path[len(place) + 1 :]).with_suffix("").parts
                return ".".join((name, *(part for part in parts if part != "__init__")))
        return ""

    @cached_property
    def _places(self) -> Sequence[tuple[str, str]]:
        """The places of the library with their names, the innermost first."""
        places = ((place, name) for name, found in self.library.items() for place in found)
        return sorted(places, key=lambda place: -len(place[0]))

    def built_from(self, path: str) -> frozenset[str]:
        """Return the compiled modules that the file at *path* is built into; none where that is not known."""
        may_be = self.compiled and (is_native(path) or self.module(path) in self.compiled)
        return self._built.built_from(path) if may_be else frozenset()

    @cached_property
    def _built(self) -> CompiledModules:
        return CompiledModules(self.compiled, self.module, self.native, self.text)

    def mentioning(self, pattern: re.Pattern[str], files: Iterable[str]) -> frozenset[str]:
        """Return those of *files* whose text *pattern* matches."""
        return frozenset(file for file in files if pattern.search(self.text(file)))

    def holds_sources(self, path: str) -> bool:
        """Return whether tests run code below *path*: a submodule that is not compared by file."""
        below = f"{path.rstrip('/')}/"
        return any(source.startswith(below) for source in self.sources)

    def naming(self, path: str) -> frozenset[str]:
        """Return the files that may import or run the Python file at *path*: those that name it."""
        pure = PurePosixPath(path)
        stem = pure.parent.name if pure.name == "__init__.py" else pure.stem
        word = re.compile(rf"(?<!\w){re.escape(stem)}(?!\w)")
        return frozenset(
            file for file in self.mentioning(word, self.sources) if stem in named_modules(self.text(file))
        )

    @property
    def test_sources(self) -> frozenset[str]:
        """The files of the tests, with their helpers."""
        return (self.test_files | self.loaded) - frozenset(self.library_files)

    @property
    def sources(self) -> tuple[str, ...]:
        """All files whose code tests may run."""
        return tuple({*self.library_files, *self.test_files, *self.loaded})

    def running(self, path: str) -> Mapping[str, frozenset[str]]:
        """Return the files that may run the Python file at *path*, and the functions in them that name it.

        ``""`` is the code around the functions.
        """
        module = self.module(path)
        package = module.removesuffix(".__main__")
        stem = re.escape(package.rpartition(".")[2] or PurePosixPath(path).stem)
        full = "|".join(re.escape(name) for name in (path, module, package) if re.search(r"[./]", name))
        short, long = re.compile(_in_string(f"{full}|{stem}")), re.compile(_in_string(full))
        starting = self.mentioning(_PROCESSES, self.sources) | self.mentioning(_RUNPY, self.sources)
        if not starting:
            return {}
        found = {}
        for file in self.mentioning(re.compile(rf"(?<!\w)(?:{full}|{stem})(?!\w)"), self.sources):
            parsed = parse(self.text(file).encode())
            functions = parsed.naming(short if file in starting else long) if parsed else frozenset([""])
            if functions:
                found[file] = functions
        return found

    def is_beside_tests(self, path: str) -> bool:
        """Return whether a file lies in a folder with tests, or below."""
        folders = {str(folder) for folder in PurePosixPath(path).parents}
        return any(str(PurePosixPath(file).parent) in folders for file in self.test_files)

    @cached_property
    def fixtures_of_all(self) -> frozenset[str]:
        """The fixtures that the settings of pytest use for all tests."""
        found = (text for path in _SETTINGS for text in _USED.findall(self.text(path)))
        return frozenset(word for text in found for word in re.findall(r"\w+", text))

    @cached_property
    def units(self) -> frozenset[str]:
        """The outermost functions around the executed functions."""
        return frozenset(map(unit, self.executed))

    @cached_property
    def units_at_import(self) -> frozenset[str]:
        """The outermost functions around those that were seen to run outside of tests."""
        return frozenset(unit(function) for function in self.at_import if not function.endswith(":"))

    def may_run_at_import(self, unit: str) -> bool:
        """Return whether an outermost function ran outside of tests, or may have before observing began."""
        return unit in self.units_at_import or f"{unit.partition(':')[0]}:" in self.at_import

    def may_have_run_in(self, unit: str, path: str) -> bool:
        """Return whether an outermost function may have run when the file at *path* was imported."""
        if self.imports is None or f"{unit.partition(':')[0]}:" in self.at_import:
            return True
        return self.imports.may_have_run(unit, path)

    @cached_property
    def modules_seen(self) -> frozenset[str]:
        """The library's modules with any observed function."""
        return frozenset(function.partition(":")[0] for function in self.executed | self.units_at_import)

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
        if self.syntax is not None:
            return {module: self.syntax.facts(path) for module, path in seen}
        return {module: facts_of(self.text(path).encode()) for module, path in seen}

    def places(self, others: Iterable[str]) -> Places:
        """Return the places in all files whose code tests may run.

        Args:
            others: Further files, such as deleted ones.
        """
        paths = sorted({*self.sources, *others})
        return Places(self._read_source(path) for path in paths if path.endswith(".py"))

    @cached_property
    def _read_source(self) -> Callable[[str], SourceFile]:
        syntax = self.syntax
        if syntax is not None:
            return cache(lambda path: syntax.source_file(path, self._module_names(path)))
        return cache(lambda path: read_source(path, self._module_names(path), self.text(path).encode()))

    def _module_names(self, path: str) -> tuple[str, ...]:
        """Return the names that the module at *path* may be imported by, the longest first."""
        if module := self.module(path):
            return (module,)
        parts = [part for part in PurePosixPath(path).with_suffix("").parts if part not in ("..", "__init__")]
        return tuple(".".join(parts[start:]) for start in range(len(parts))) or ("__init__",)


def _in_string(name: str) -> str:
    """Return a pattern for a name in a string, in the syntax of a function."""
    return rf"value=(?:'[^']*|\"[^\"]*)(?<!\w)(?:{name})(?!\w)"
