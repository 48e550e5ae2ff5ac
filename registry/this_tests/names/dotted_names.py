"""Resolves targets given as text: any public or defining path of a callable of the library."""

from ..source.name_lookup import exists
from .canonical_name import Resolution
from .index import normal
from .introspection import MISSING, has_slot, is_class, is_module
from .lazy_modules import declares
from .library import Library

__all__ = ["names_something", "resolve_string"]


def resolve_string(text: str, library: Library) -> Resolution | None:
    """Return the name for the dotted *text*, or None if the library does not have it."""
    if not library.index.is_ours(text) or not all(part.isidentifier() for part in text.split(".")):
        return None
    for container, attribute, raw in library.index.walk(text):
        return _of_object(text, container, attribute, raw, library)
    if text in library.index.modules or text in library.documented:
        return library.naming.of_path(text, "string")
    return (
        library.naming.of_path(library.sources.canonical(text), "string")
        if _may_exist(text, library)
        else None
    )


def _of_object(
    text: str, container: object, attribute: str, raw: object, library: Library
) -> Resolution | None:
    if is_module(raw):
        is_ours = any(raw is module for module in library.index.modules.values())
        return library.naming.of_path(text, "string") if is_ours else None
    key = normal(raw)
    if not (has_slot(key, "__call__") or has_slot(key, "__get__")):
        return None
    found = None
    if is_class(container):
        parent = text.rpartition(".")[0]
        found = library.naming.of_member(container, attribute, key, "string", parent)
    if found is None:
        # A private class may define a member that its subclasses offer.
        found = library.naming.of_object(key, "string", text)
    if text in library.documented:
        return library.naming.renamed(found, text)
    return library.naming.with_alias(found, text)


def names_something(text: str, library: Library) -> bool:
    """Return whether *text* names a callable or a module, of the library or not."""
    for _, _, raw in library.index.walk(text):
        return is_module(raw) or has_slot(normal(raw), "__call__") or has_slot(raw, "__get__")
    return _may_exist(text, library) if library.index.is_ours(text) else exists(text) is not False


def _may_exist(text: str, library: Library) -> bool:
    """Return whether *text*, which leads to no loaded object, may still name one."""
    known = exists(text)
    if known is not None:
        return known
    parent, _, last = text.rpartition(".")
    container: object = library.index.modules.get(parent, MISSING)
    if container is MISSING:
        # The names of a module that is not loaded are unknown; those of a loaded class are all known.
        return next(library.index.walk(parent), None) is None
    return is_module(container) and declares(container, last)
