"""Reads pytest's conventions for test files from its ini files, without running pytest."""

import configparser
import os
import re
import shlex
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from fnmatch import fnmatch, translate
from functools import cache
from os.path import normcase
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..files import read_bounded

__all__ = ["Conventions", "cache_folder", "configured_options", "read_conventions"]


@dataclass(frozen=True)
class Conventions:
    """pytest's ini keys that define what a test is, with pytest's defaults."""

    testpaths: tuple[str, ...] = ()
    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    norecursedirs: tuple[str, ...] = (
        "*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}",
    )  # fmt: skip

    def is_test_class(self, name: str) -> bool:
        """Return whether a class of this name contains tests; a TestCase does under any name."""
        return _matches(name, self.python_classes)

    def is_test_function(self, name: str) -> bool:
        """Return whether a function or method of this name is a test."""
        return _matches(name, self.python_functions)

    def test_files(self, root: Path, paths: Iterable[Path] = ()) -> Iterator[Path]:
        """Yield the test files below *paths*, by default ``testpaths`` below *root*, sorted.

        Raises:
            SettingsError: One of ``testpaths`` leads out of *root*.
        """
        starts = list(paths) or [_inside(root, path) for path in self.testpaths] or [root]
        yield from sorted({file for start in starts for file in self._below(start)})

    def holds(self, path: str) -> bool:
        """Return whether pytest would look for tests in the file at *path*, relative to the root."""
        *folders, name = path.split("/")
        starts = [start.removeprefix("./").strip("/") for start in self.testpaths]
        is_below = not starts or any(f"{path}/".startswith(f"{start}/") or start == "." for start in starts)
        is_skipped = any(_fits(folder, self.norecursedirs) for folder in folders)
        return _fits(name, self.python_files) and is_below and not is_skipped

    def _below(self, start: Path) -> Iterator[Path]:
        if start.is_file():
            yield start  # Asked for by name, as with pytest.
            return
        for name, folders, files in os.walk(start):  # Path.walk came with Python 3.12.
            folder = Path(name)
            folders[:] = [inner for inner in folders if not self._skips(folder / inner)]
            yield from (folder / file for file in files if _fits(file, self.python_files))

    def _skips(self, folder: Path) -> bool:
        return _fits(folder.name, self.norecursedirs) or (folder / "pyvenv.cfg").is_file()


def _inside(root: Path, path: str) -> Path:
    # It is walked as a whole; one that leads to `/` would be walked for hours.
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise SettingsError("testpaths", f"{path!r} leads out of the project")
    return root / path


def read_conventions(root: Path) -> Conventions:
    """Return the conventions that the first of pytest's ini files at *root* sets.

    Raises:
        SettingsError: An ini file cannot be read.
    """
    table = _first_table(root)
    known = {field.name for field in fields(Conventions)}
    return Conventions(**{key: _words(value) for key, value in table.items() if key in known})


def cache_folder(root: Path) -> Path:
    """Return the folder of pytest's cache, as the first of pytest's ini files at *root* sets it."""
    try:
        name = os.path.expandvars(str(_first_table(root).get("cache_dir", ".pytest_cache")))
    except SettingsError:
        name = ".pytest_cache"
    return root / name


def configured_options(root: Path) -> tuple[str, ...]:
    """Return the options that the first of pytest's ini files at *root* adds to each command: ``addopts``.

    They are empty if it cannot be read. An option and its value are one item: ``--doctest-glob=*.md``.
    """
    try:
        value = _first_table(root).get("addopts", "")
        options = [str(item) for item in value] if isinstance(value, list) else shlex.split(str(value))
    except (SettingsError, ValueError):
        return ()
    found: list[str] = []
    for option in options:
        if found and found[-1].startswith("--") and "=" not in found[-1] and not option.startswith("-"):
            found[-1] += f"={option}"
        else:
            found.append(option)
    return tuple(found)


def _first_table(root: Path) -> dict[str, Any]:
    return next((table for file in _INI_FILES if (table := _table(root / file)) is not None), {})


# In pytest's order of precedence.
_INI_FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")


def _table(path: Path) -> dict[str, Any] | None:
    try:
        text = read_bounded(path).decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), f"cannot be read: {error}") from error
    try:
        return _toml_table(text) if path.suffix == ".toml" else _ini_table(text, path)
    except (tomllib.TOMLDecodeError, configparser.Error) as error:
        raise SettingsError(str(path), f"cannot be read: {error}") from error


def _toml_table(text: str) -> dict[str, Any] | None:
    tool = tomllib.loads(text).get("tool", {}).get("pytest", {})
    # pytest 9 reads [tool.pytest] itself; before, and still, its table was ini_options.
    found: dict[str, Any] | None = tool.get("ini_options") or tool or None
    return found


def _ini_table(text: str, path: Path) -> dict[str, Any] | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    section = "tool:pytest" if path.name == "setup.cfg" else "pytest"
    return dict(parser[section]) if parser.has_section(section) else None


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else tuple(str(value).split())


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(
        name.startswith(pattern) or (set(pattern) & set("*?[") and fnmatch(name, pattern))
        for pattern in patterns
    )


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return _matcher(patterns)(normcase(name)) is not None


@cache
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    return re.compile("|".join(translate(normcase(pattern)) for pattern in patterns) or "(?!)").match
