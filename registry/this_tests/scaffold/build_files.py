"""Reads what pyproject.toml, setup.cfg and setup.py say about a project's packages, without running them."""

import ast
import configparser
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import read_bounded
from ..source.parsing import last_name, parsed

__all__ = ["BUILD_FILES", "BuildFiles", "read_build_files", "read_toml"]

BUILD_FILES = ("pyproject.toml", "setup.cfg", "setup.py")


@dataclass(frozen=True)
class BuildFiles:
    """What the build files say, as far as it can be read from them.

    Attributes:
        names: Names of the project.
        packages: Import packages and modules that they list.
        folders: Folders that packages lie in, relative to the root.
        members: Patterns of the folders of a workspace's projects.
        extras: Optional dependencies that are for tests.
        groups: Dependency groups that are for tests.
    """

    names: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass
class _Found:
    names: list[object] = field(default_factory=list)
    packages: list[object] = field(default_factory=list)
    folders: list[object] = field(default_factory=list)


_FOR_TESTS = ("test", "tests", "testing", "dev")


def read_build_files(root: Path) -> BuildFiles:
    """Return what the build files at *root* say; a file that cannot be read says nothing."""
    content, found = read_toml(root / "pyproject.toml"), _Found()
    _read_pyproject(content, found)
    _read_cfg(root / "setup.cfg", found)
    _read_setup(root / "setup.py", found)
    return BuildFiles(
        names=_strings(found.names),
        packages=tuple(dict.fromkeys(name.partition(".")[0] for name in _strings(found.packages))),
        folders=_strings(found.folders),
        members=_strings(_get(content, "tool", "uv", "workspace", "members") or []),
        extras=_for_tests(_get(content, "project", "optional-dependencies")),
        groups=_for_tests(_get(content, "dependency-groups")),
    )


def _strings(values: object) -> tuple[str, ...]:
    texts = (
        (value for value in values if isinstance(value, str) and value) if isinstance(values, list) else ()
    )
    return tuple(dict.fromkeys(texts))


def _for_tests(table: object) -> tuple[str, ...]:
    return tuple(name for name in _FOR_TESTS if name in table)[:1] if isinstance(table, Mapping) else ()


def _get(content: object, *keys: str) -> Any:
    for key in keys:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content


def read_toml(path: Path) -> Mapping[str, Any]:
    """Return the content of a TOML file; empty if it cannot be read."""
    with suppress(OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return tomllib.loads(read_bounded(path).decode("utf-8"))
    return {}


def _read_pyproject(content: Mapping[str, Any], found: _Found) -> None:
    tool = content.get("tool")
    found.names += [_get(content, "project", "name"), _get(tool, "poetry", "name")]
    found.packages += _listed(_get(tool, "setuptools", "py-modules"))
    found.packages.append(_get(tool, "maturin", "module-name"))
    found.folders += _listed(_get(tool, "setuptools", "packages", "find", "where"))
    found.folders += [
        _get(tool, "setuptools", "package-dir", ""),
        _get(tool, "maturin", "python-source"),
        _get(tool, "pdm", "build", "package-dir"),
        _get(tool, "uv", "build-backend", "module-root"),
    ]
    found.folders += [_get(package, "from") for package in _listed(_get(tool, "poetry", "packages"))]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _read_cfg(path: Path, found: _Found) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    with suppress(OSError, UnicodeDecodeError, configparser.Error):
        parser.read_string(read_bounded(path).decode("utf-8"))
    found.names.append(parser.get("metadata", "name", fallback=""))
    for key in ("packages", "py_modules"):
        words = parser.get("options", key, fallback="").replace(",", " ").split()
        found.packages += [word for word in words if not word.startswith("find")]
    found.folders.append(parser.get("options.packages.find", "where", fallback=""))
    for line in parser.get("options", "package_dir", fallback="").splitlines():
        package, _, folder = line.partition("=")
        found.folders += [] if package.strip() else [folder.strip()]


def _read_setup(path: Path, found: _Found) -> None:
    for keyword in _setup_keywords(path):
        value = _literal(keyword.value)
        if keyword.arg == "name":
            found.names.append(value)
        elif keyword.arg in ("packages", "py_modules"):
            found.packages += _listed(value)
            found.folders += _where(keyword.value)
        elif keyword.arg == "package_dir":
            found.folders.append(_get(value, ""))


def _setup_keywords(path: Path) -> Iterator[ast.keyword]:
    with suppress(OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        for node in ast.walk(parsed(read_bounded(path))):
            if isinstance(node, ast.Call) and last_name(node.func) == "setup":
                yield from node.keywords


def _where(call: ast.expr) -> list[object]:
    """Return the folder that ``find_packages("src")`` or ``find_packages(where="src")`` looks in."""
    if not isinstance(call, ast.Call):
        return []
    named = [keyword.value for keyword in call.keywords if keyword.arg == "where"]
    return [_literal(value) for value in (*call.args[:1], *named)]


def _literal(node: ast.expr) -> object:
    with suppress(ValueError, TypeError, RecursionError, MemoryError):
        value: object = ast.literal_eval(node)
        return value
    return None
