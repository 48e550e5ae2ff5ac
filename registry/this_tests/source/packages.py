"""Finds the packages of a library without importing them, and recognises tests inside of them."""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISLNK

__all__ = [
    "INSTALLED",
    "find_places",
    "import_places",
    "is_hidden_module",
    "is_test_module",
    "may_be_file_of",
]

# The folders that installers put packages into.
INSTALLED = frozenset({"site-packages", "dist-packages"})

# `pkg.test` and `pkg.testing` are for users: those of Django, Werkzeug and NumPy are.
_TESTS = frozenset({"conftest", "tests"})


def is_test_module(name: str) -> bool:
    """Return whether a module of a library is one of the tests that the library ships.

    These are the modules that pytest collects by default (``test_*``, ``*_test``), ``conftest``, and all
    modules in a package ``tests``. All others with a public name are part of the API, also ``pkg.test``.

    Args:
        name: The module's dotted name. Its top-level package may be called ``test_…`` itself.
    """
    top, *parts = name.split(".")
    return top in _TESTS or any(
        part in _TESTS or part.startswith("test_") or part.endswith("_test") for part in parts
    )


def is_hidden_module(name: str) -> bool:
    """Return whether a module is private, by its name or that of a package, or one of the library's tests."""
    return name.startswith("_") or "._" in name or is_test_module(name)


def may_be_file_of(path: str, module: str) -> bool:
    """Return whether the file at *path* may be that of *module*; what its folder is for is not known."""
    place = module.replace(".", "/")
    return f"/{path}".endswith((f"/{place}.py", f"/{place}/__init__.py"))


def find_places(tops: Iterable[str], roots: Sequence[Path]) -> dict[str, Path]:
    """Return the places of the packages *tops*: in one of *roots*, or else where Python finds them."""
    found = {top: _place_below(top, roots) or _place_found(top) for top in tops}
    return {top: place for top, place in found.items() if place is not None}


def _place_below(top: str, roots: Sequence[Path]) -> Path | None:
    for root in roots:
        if (root / top / "__init__.py").is_file():
            return root / top
        if (root / f"{top}.py").is_file():
            return root / f"{top}.py"
    return None


def _place_found(top: str) -> Path | None:
    try:
        spec = PathFinder.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or ())
    return Path(folders[0]) if folders else Path(spec.origin) if spec.origin else None


def import_places(tops: Iterable[str]) -> dict[str, tuple[Path, ...]]:
    """Return by name where modules of the packages *tops* are imported from in this process.

    These are folders, or single files, with symbolic links resolved. A loaded module that lies elsewhere
    than its package, by a link or an import hook, has a name of its own: ``pkg.module``.
    """
    found = {top: list(dict.fromkeys(map(Path.resolve, _spec_places(top)))) for top in tops}
    places = {name: {_as_folder(place.as_posix()) for place in paths} for name, paths in found.items()}
    resolved = _resolver()
    for name, file in sorted(_loaded_files(frozenset(found))):
        path = resolved(file)
        if not _is_covered(name, _as_folder(path), places):
            folder, _, last = path.rpartition("/")
            place = folder if last.startswith("__init__.") else path
            found.setdefault(name, []).append(Path(place))
            places.setdefault(name, set()).add(_as_folder(place))
    return {name: tuple(paths) for name, paths in found.items() if paths}


def _resolver() -> Callable[[str], str]:
    """Return a function that resolves links in the path of a file: that of its folder once."""
    folder_of = cache(lambda folder: Path(folder).resolve().as_posix())

    def resolved(file: str) -> str:
        with suppress(OSError):  # An archive has no links.
            if S_ISLNK(os.lstat(file).st_mode):
                return Path(file).resolve().as_posix()
        folder, _, last = file.replace("\\", "/").rpartition("/")
        return f"{folder_of(folder)}/{last}"

    return resolved


def _spec_places(top: str) -> Iterator[Path]:
    try:
        spec = find_spec(top)
    except Exception:  # noqa: BLE001  # import hooks raise anything
        return
    if spec is None:
        return
    folders = [folder for folder in map(Path, spec.submodule_search_locations or ()) if folder.is_dir()]
    origin = Path(spec.origin or "")
    if origin.name.startswith("__init__."):
        # An import hook may name a folder to search that is not there.
        folders.append(origin.parent)
    yield from folders or ([origin] if origin.is_file() else [])


def _loaded_files(tops: frozenset[str]) -> Iterator[tuple[str, str]]:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in tops:
            try:
                # `getattr` would load a lazy module.
                file = object.__getattribute__(module, "__dict__").get("__file__")
            except AttributeError:
                continue
            if isinstance(file, str) and not file.endswith(".pyc"):
                yield name, file


def _is_covered(name: str, path: str, places: Mapping[str, Collection[str]]) -> bool:
    """Return whether the module *name* with the file *path* lies where its package's place says."""
    package, below = name, ""
    while package:
        if path.removesuffix(below) in places.get(package, ()) and path.endswith(below):
            return True
        package, _, last = package.rpartition(".")
        below = f"/{last}{below}"
    return False


def _as_folder(path: str) -> str:
    """Return the path of a module's file, as that of a folder with its name is."""
    folder, _, last = path.rpartition("/")
    if last.startswith("__init__."):
        return folder
    stem, _, suffix = last.partition(".")
    return f"{folder}/{stem}" if suffix.endswith(("py", "so", "pyd")) else path
