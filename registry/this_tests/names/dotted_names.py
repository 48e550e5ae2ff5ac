"""Targets given as text: any public or defining path of something the library offers."""

from ..source.name_lookup import exists
from .index import normal
from .introspection import MISSING, has_slot, is_class, is_module
from .lazy_modules import promises
from .library import Library
from .naming import Resolution

__all__ = ["names_something", "resolve_string"]


def resolve_string(text: str, library: Library) -> Resolution | None:
    """Return the name that the dotted *text* stands for, or None where the library has no such thing."""
    if not library.index.is_ours(text) or not all(part.isidentifier() for part in text.split(".")):
        return None
    for container, attribute, raw in library.index.walk(text):
        return _of_object(text, container, attribute, raw, library)
    if text in library.index.modules or text in library.documented:
        return library.naming.of_path(text, "string")
    return library.naming.of_path(text, "string") if _may_exist(text, library) else None


def _of_object(
    text: str, container: object, attribute: str, raw: object, library: Library
) -> Resolution | None:
    if is_module(raw):
        is_ours = any(raw is each for each in library.index.modules.values())
        return library.naming.of_path(text, "string") if is_ours else None
    key = normal(raw)
    if not (has_slot(key, "__call__") or has_slot(key, "__get__")):
        return None
    found = None
    if is_class(container):
        parent = text.rpartition(".")[0]
        found = library.naming.of_member(container, attribute, key, "string", parent)
    if found is None:
        # A private class may define what its heirs offer.
        found = library.naming.of_object(key, "string", text)
    if text in library.documented:
        return library.naming.renamed(found, text)
    return library.naming.also(found, text)


def names_something(text: str, library: Library) -> bool:
    """Return whether *text* names a callable or a module, of the library or not."""
    for _, _, raw in library.index.walk(text):
        return is_module(raw) or has_slot(normal(raw), "__call__") or has_slot(raw, "__get__")
    return _may_exist(text, library) if library.index.is_ours(text) else exists(text) is not False


def _may_exist(text: str, library: Library) -> bool:
    """Return whether *text*, which leads to nothing loaded, may name something nevertheless."""
    told = exists(text)
    if told is not None:
        return told
    parent, _, last = text.rpartition(".")
    container: object = library.index.modules.get(parent, MISSING)
    if container is MISSING:
        # Nothing is known of what is not loaded; a class that is loaded is known in full.
        return next(library.index.walk(parent), None) is None
    return is_module(container) and promises(container, last)
