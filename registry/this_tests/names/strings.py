"""Targets given as text: any public or defining path of something the library offers."""

from .index import normal
from .library import Library
from .naming import Resolution
from .peek import MISSING, has_slot, is_class, is_module
from .static import exists

__all__ = ["resolve_string"]


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
        return library.naming.of_path(text, "string")
    key = normal(raw)
    if not (has_slot(key, "__call__") or has_slot(key, "__get__")):
        return None
    if is_class(container):
        parent = text.rpartition(".")[0]
        found = library.naming.of_member(container, attribute, key, "string", parent)
    else:
        found = library.naming.of_object(key, "string", text)
    if text in library.documented:
        return library.naming.renamed(found, text)
    return found


def _may_exist(text: str, library: Library) -> bool:
    """Return whether *text*, which leads to nothing loaded, may name something nevertheless."""
    told = exists(text)
    if told is not None:
        return told
    # A loaded module that makes no names on demand is known in full, and so is a class.
    parent = text.rpartition(".")[0]
    container: object = library.index.modules.get(parent, MISSING)
    if container is MISSING:
        container = next((raw for _, _, raw in library.index.walk(parent)), MISSING)
        return container is MISSING
    return library.index.member(container, "__getattr__") is not MISSING
