"""Finds who sees which names a module or a class has, or in which order, whatever the names are. Pure."""

from collections.abc import Iterator

from .places import Places
from .source_files import Place, SourceFile

__all__ = ["listings", "walkers"]

# They see each name of a module, or each module of a package.
_WALKERS = frozenset({"getmembers", "getmembers_static", "iter_modules", "walk_packages"})
_OF_MODULE = frozenset({"globals()", "vars()", "dir()", "locals()"})
_OF_ANYTHING = frozenset({"__dict__", "vars", "dir"})
_OF_SELF = frozenset({"__dict__", "vars(self)", "dir(self)"})
_OF_CLASS = _OF_ANYTHING | _OF_SELF | {"__subclasses__"}


def walkers(places: Places) -> Iterator[Place]:
    """Yield the places that walk through all members of something, or all modules of a package."""
    for place in places.every():
        if not _WALKERS.isdisjoint(place.names | place.attributes | place.imported_names):
            yield place


def listings(places: Places, file: SourceFile, names: frozenset[str]) -> Iterator[Place]:
    """Yield the places that list the names of a module or of its classes, of which some changed.

    Args:
        file: The module.
        names: What is new, gone or moved in it, as qualified names.
    """
    owners = {name.rpartition(".")[0] for name in names}
    classes = owners & file.classes.keys()
    for place in places.every():
        if (
            (place.file == file.path and not _OF_MODULE.isdisjoint(place.called))
            or (_finds_subclasses(place) and any(name in file.classes for name in names))
            or (_lists(place) and (classes or ("" in owners and places.speaks_of(place, file.names[0]))))
        ):
            yield place
    for owner in classes:
        for place in places.classes.family_units(file, owner):
            if not _OF_CLASS.isdisjoint(place.called | place.attributes | place.own):
                yield place


def _finds_subclasses(place: Place) -> bool:
    return "__subclasses__" in place.names | place.attributes | place.imported_names


def _lists(place: Place) -> bool:
    """Return whether a place lists the names of an object that may be any."""
    if not _OF_ANYTHING.isdisjoint(place.called | place.attributes | place.imported_names):
        return True
    # In a function of a module, `cls` is any class.
    return not place.owner and not _OF_SELF.isdisjoint(place.called | place.own)
