"""The public callables of a library as described objects, each on a page of its own."""

from collections.abc import Iterable

from ..docs.api_objects import ApiObject, ApiObjects
from ..docs.node_ids import SuiteIndex
from ..docs.render.addresses import Addresses
from ..docs.settings import PageSettings
from ..source.public_api import PublicCallable
from .page_files import ANCHOR, PageFiles

__all__ = ["described"]


def described(callables: Iterable[PublicCallable]) -> ApiObjects:
    """Return *callables* as described objects.

    An inventory may list anything; what is no dotted name in Python has no page.
    """
    found = {item.name: item for item in callables if all(map(str.isidentifier, item.name.split(".")))}
    page_of = _page_of(found)
    pages = {name: page_of.page_of_all(name) for name in found}
    return ApiObjects(
        pages={pages[name]: (_object(item),) for name, item in found.items()},
        others={name: tuple(other for other in item.names if other != name) for name, item in found.items()},
        primary={name: (page, ANCHOR) for name, page in pages.items()},
    )


def _page_of(names: Iterable[str]) -> Addresses:
    """Return addresses that know which names differ in case only, and so where each page is."""
    known = ApiObjects({}, {}, dict.fromkeys(names, ("", "")))
    return Addresses(PageFiles(), known, SuiteIndex(frozenset()), PageSettings())


def _object(item: PublicCallable) -> ApiObject:
    defined = item.definition.replace(":", ".")
    return ApiObject(
        item.name, item.role or "function", ANCHOR, defining=defined if defined != item.name else ""
    )
