"""Finds the packages of a library without importing them, and recognises tests inside of them."""

from collections.abc import Iterable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

__all__ = ["find_places", "is_hidden_module", "is_test_module"]

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
