"""Reads how a project sorts its imports, from the settings of Ruff and isort."""

import configparser
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..files import read_bounded
from .import_order import Order

__all__ = ["read_order"]

_INI_FILES = (".isort.cfg", "setup.cfg", "tox.ini")
# The profiles of isort that sort both forms of imports together.
_MIXED_PROFILES = frozenset({"google", "plone"})


def read_order(root: Path) -> Order:
    """Return the order of imports in a project at *root*; settings that cannot be read count as unset."""

    def is_first_party(module: str) -> bool:
        return any(
            (folder / module).is_dir() or (folder / f"{module}.py").is_file()
            for folder in (root, root / "src")
        )

    tables = list(_tables(root))
    mixed = next((found for found in map(_mixed, tables) if found is not None), None)
    return Order(is_first_party, mixed, any(map(_is_apart, tables)))


def _mixed(table: Mapping[str, Any]) -> bool | None:
    for key in ("force-sort-within-sections", "force_sort_within_sections"):
        if key in table:
            return str(table[key]).lower() in ("true", "1", "yes", "on")
    return True if table.get("profile") in _MIXED_PROFILES else None


def _is_apart(table: Mapping[str, Any]) -> bool:
    keys = ("lines-between-types", "lines_between_types")
    return any(str(table.get(key, 0)) != "0" for key in keys)


def _tables(root: Path) -> Iterator[Mapping[str, Any]]:
    for name in ("ruff.toml", ".ruff.toml"):
        yield from _ruff_tables(_toml(root / name))
    tool = _table(_toml(root / "pyproject.toml"), "tool")
    yield from _ruff_tables(_table(tool, "ruff"))
    yield _table(tool, "isort")
    for name in _INI_FILES:
        yield from _ini_tables(root / name)


def _ruff_tables(ruff: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield _table(_table(ruff, "lint"), "isort")
    yield _table(ruff, "isort")


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(read_bounded(path).decode("utf-8"))
    except (OSError, ValueError):
        return {}


def _ini_tables(path: Path) -> Iterator[Mapping[str, Any]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_bounded(path).decode("utf-8"))
    except (OSError, ValueError, configparser.Error):
        return
    for section in ("settings", "isort", "tool:isort"):
        if parser.has_section(section):
            yield dict(parser[section])
