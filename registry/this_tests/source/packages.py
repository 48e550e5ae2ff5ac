"""Where the packages of a library lie, without importing them."""

from collections.abc import Iterable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

__all__ = ["find_places"]


def find_places(tops: Iterable[str], roots: Sequence[Path]) -> dict[str, Path]:
    """Return where the packages *tops* lie: in one of the folders *roots*, else where Python finds them."""
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
