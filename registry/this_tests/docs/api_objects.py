"""Documented objects: the Python names that pages describe, as plain data."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

__all__ = ["ApiObject", "ApiObjects"]


@dataclass(frozen=True)
class ApiObject:
    """A Python object that a page describes.

    Attributes:
        name: The full name that the page gives it.
        objtype: The kind of description: ``function``, ``method``, …, or ``module``.
        node_id: Its anchor; empty if it is described with ``:no-index:``.
        defining: The name under which the object is defined, according to autodoc, if it differs.
        off: Whether its description has ``:meta no-tests:``.
        live: Whether autodoc imported the object, so that no other names need to be looked up.
        owner: For a member that autodoc imported, the qualified name of its class, if `name` has
            another: ``pkg.Base`` for a member of ``Other``, where ``Other = Base``.
    """

    name: str
    objtype: str
    node_id: str = ""
    defining: str = ""
    off: bool = False
    live: bool = False
    owner: str = ""


@dataclass(frozen=True)
class ApiObjects:
    """The documented objects of all pages.

    Attributes:
        pages: The objects on each page, in the page's order.
        others: Further names of an object, by its documented name: first those given by
            ``:canonical:``, then the one under which it is defined, according to autodoc.
        primary: Where each indexed name is described: page and anchor.
        live: The names of the objects that autodoc imported.
        owners: The qualified name of a class, by another name that its members are documented under.
    """

    pages: Mapping[str, tuple[ApiObject, ...]]
    others: Mapping[str, tuple[str, ...]]
    primary: Mapping[str, tuple[str, str]]
    live: AbstractSet[str] = frozenset()
    owners: Mapping[str, str] = field(default_factory=dict)
