"""Surveys the files and modules of the project under test, in this process and on disk."""

import os
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path, PurePosixPath
from types import ModuleType

from ..files import read_bounded
from ..observations.inputs import SharedInputs
from ..observations.relation import Relation
from ..settings import Project
from ..source.packages import INSTALLED
from ..suite.conventions import cache_folder
from .compiled import is_native
from .imports_of_files import ImportsOfFiles
from .inputs import Inputs
from .project_files import ProjectFiles
from .surroundings import CollectedTest, Surroundings, relative
from .syntax_cache import SyntaxCache
from .tests_to_run import KnownEvidence

__all__ = ["locate", "survey", "text_of"]

# The longest first: `.abi3.so` is no part of a name.
_SUFFIXES = (*sorted(EXTENSION_SUFFIXES, key=len, reverse=True), ".py")


def survey(  # noqa: PLR0913  # what it surveys, each once
    project: Project,
    cases: Sequence[CollectedTest],
    evidence: KnownEvidence,
    around: Surroundings,
    *,
    blobs: Mapping[str, str],
    at_import: frozenset[str],
    inputs: tuple[Relation, SharedInputs] | None = None,
    imports: ImportsOfFiles | None = None,
) -> ProjectFiles:
    """Return the files and modules that tests may depend on, after the collection.

    Args:
        cases: The collected tests.
        around: What is imported.
        blobs: The files that repositories list, as in `Snapshot.files`.
        at_import: The library's functions that ran outside of tests.
        inputs: The inputs of the tests, and those that one test may have read for others; None if they are
            not known.
        imports: Where functions ran outside of tests; None if that is not known.
    """
    root, text = project.root, cache(lambda path: text_of(project.root / path))
    places = {name: [relative(path, root) for path in paths] for name, paths in around.library.items()}
    found = dict(_modules(root, places))
    modules = {file: name for file, name in found.items() if file.endswith(".py")}
    compiled = {name: around.names_in(name) for file, name in found.items() if file not in modules}
    library_files = frozenset(modules)
    files = {file for case in cases for file in (case.file, case.source) if file.endswith(".py")}
    return ProjectFiles(
        library={
            name: (*paths, *(source for path in paths for source in _sources(name, path, modules, blobs)))
            for name, paths in places.items()
        },
        library_files=library_files,
        test_files=frozenset(files),
        collected=frozenset(case.file for case in cases),
        doctests=frozenset(case.file for case in cases if case.doctest),
        test_functions=frozenset((case.source, case.function) for case in cases),
        executed=evidence.relation.functions,
        at_import=at_import,
        imported=around.modules,
        loaded=around.files - library_files,
        text=text,
        imports=imports,
        syntax=SyntaxCache(cache_folder(root), text, blobs),
        inputs=None if inputs is None else Inputs(*inputs, lambda folder: _entries(root / folder)),
        modules=modules,
        compiled=compiled,
        native=frozenset(filter(is_native, blobs)) if compiled else (),
    )


def locate(name: str) -> Collection[str]:
    """Return where the object called *name* is defined: ``module:qualname``, or ``module`` for a module.

    Only modules that are already imported are used.
    """
    module, rest = _longest_module(name)
    if module is None:
        return ()
    if not rest:
        return (module.__name__,)
    found: object = module
    for part in rest.split("."):
        found = getattr(found, part, None)
    return tuple(sorted({f"{home[0]}:{home[1]}" for home in _homes(found)}))


def _longest_module(name: str) -> tuple[ModuleType | None, str]:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        module = sys.modules.get(".".join(parts[:length]))
        if module is not None:
            return module, ".".join(parts[length:])
    return None, ""


def _homes(found: object) -> Iterator[tuple[str, str]]:
    """Yield module and qualified name of an object, and of what it wraps."""
    inner = (getattr(found, name, None) for name in ("fget", "func", "__func__", "__wrapped__"))
    for value in (found, *inner):
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if isinstance(module, str) and isinstance(name, str):
            yield module, name


def _modules(root: Path, places: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield the library's files that Python loads, with links resolved, and the names of their modules."""
    # A longer name is that of a module which lies elsewhere than its package says.
    for name in sorted(places, key=lambda name: name.count(".")):
        for place in places[name]:
            path = root.resolve() / place
            if path.name.endswith(_SUFFIXES):
                yield place, name
            for folder, _, files in os.walk(path):
                parts = (name, *Path(folder).relative_to(path).parts)
                where = relative(Path(folder), root)
                for file in files:
                    if file.endswith(_SUFFIXES):
                        stem = next(file.removesuffix(end) for end in _SUFFIXES if file.endswith(end))
                        module = parts if stem == "__init__" else (*parts, stem)
                        is_link = os.path.islink(f"{folder}/{file}")  # noqa: PTH114  # of thousands of files
                        found = relative(Path(folder, file), root) if is_link else f"{where}/{file}"
                        yield found, ".".join(module)


def _sources(name: str, place: str, modules: Mapping[str, str], listed: Collection[str]) -> Iterator[str]:
    """Yield the folder, or the file, that the copy of the package *name* at *place* was made from.

    Of all with its name that repositories list, it is the one with the most of its modules.
    """
    inside = partial(_is_inside, place=place)
    installed = bool(INSTALLED.intersection(PurePosixPath(place).parts))
    if not listed or "." in name or (not installed and any(map(inside, listed))):
        return
    end = PurePosixPath(place).name
    tails = {module.removeprefix(name).replace(".", "/") for module in modules.values()}
    common: Counter[str] = Counter()
    for path in listed:
        if path.endswith(".py") and not inside(path):
            folder, found, tail = f"/{path}/".rpartition(f"/{end}/")
            if found:
                file = f"/{tail}".removesuffix(".py/").removesuffix("/__init__").rstrip("/")
                common[f"{folder}/{end}"[1:]] += file in tails
    best = max(common, key=lambda folder: (common[folder], -len(folder)), default="")
    if common[best]:
        yield best


def _is_inside(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def _entries(folder: Path) -> Collection[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return ()


def text_of(path: Path) -> str:
    """Return the text of a file, empty if it cannot be read."""
    try:
        return read_bounded(path).decode("utf-8", errors="replace")
    except OSError:
        return ""
