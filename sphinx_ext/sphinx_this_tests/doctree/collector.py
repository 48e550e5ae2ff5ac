"""Collects the documented objects of each page in Sphinx's environment."""

import inspect
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python import ObjectEntry
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector

from this_tests.docs.api_objects import ApiObject, ApiObjects

from .traversal import outside_text

__all__ = [
    "ApiObjectCollector",
    "all_in",
    "api_objects",
    "described",
    "describes",
    "objects_in",
    "record_defining_name",
    "record_meta",
    "signatures",
]

_DEFINING = "this_tests_defining_names"
_OFF = "this-tests-off"
# The prefix of the anchors of modules.
_MODULE = "module"
# The kinds of members of classes, in autodoc's terms.
_MEMBERS = frozenset({"attribute", "method", "property"})


class ApiObjectCollector(EnvironmentCollector):
    """Collects the documented objects of each page in the environment."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:  # noqa: ARG002  # Sphinx's signature
        """Remove a page that is read again, or gone."""
        _recorded(env).pop(docname, None)

    def merge_other(
        self,
        app: Sphinx,  # noqa: ARG002  # Sphinx's signature
        env: BuildEnvironment,
        docnames: Iterable[str],
        other: BuildEnvironment,
    ) -> None:
        """Merge what a parallel reader recorded."""
        theirs = _recorded(other)
        _recorded(env).update({name: theirs[name] for name in docnames if name in theirs})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Record the objects of the page that was just read."""
        env = app.env
        learned: Mapping[str, tuple[str, str]] = env.temp_data.get(_DEFINING) or {}
        objects = [
            _with_learned(documented, learned)
            for _, objects in described(doctree, env)
            for documented in objects
        ]
        if objects:
            _recorded(env)[env.docname] = json.dumps(
                [[*vars(documented).values()] for documented in dict.fromkeys(objects)]
            )


def record_defining_name(app: Sphinx, what: str, name: str, obj: Any, *_others: object) -> None:
    """Record, from autodoc, under which name the object documented as *name* is defined."""
    # sphinx-autoapi emits the event without an object.
    if obj is not None:
        learned: dict[str, tuple[str, str]] = app.env.temp_data.setdefault(_DEFINING, {})  # type: ignore[assignment]  # typed for Sphinx's own keys
        defining = _defining_name(obj)
        owner = name.rpartition(".")[0]
        itself = _defining_name(_loaded_class(owner)) if what in _MEMBERS else ""
        learned[name] = defining if defining != name else "", itself if itself != owner else ""


def _with_learned(documented: ApiObject, learned: Mapping[str, tuple[str, str]]) -> ApiObject:
    defining, owner = learned.get(documented.name, ("", ""))
    return replace(documented, defining=defining, live=documented.name in learned, owner=owner)


def _loaded_class(path: str) -> type | None:
    """Return the class at *path*, if it is imported; no lazy attribute is evaluated."""
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        value: Any = sys.modules.get(".".join(parts[:length]))
        if value is not None:
            for part in parts[length:]:
                value = inspect.getattr_static(value, part, None)
            return value if issubclass(type(value), type) else None
    return None


def record_meta(_: Sphinx, domain: str, _objtype: str, content: nodes.Element) -> None:
    """Record that a description has ``:meta no-tests:``, before Sphinx removes the field."""
    fields = (field for part in content if isinstance(part, nodes.field_list) for field in part)
    names = {" ".join(field[0].astext().split()) for field in fields if isinstance(field, nodes.field)}
    if domain == "py" and "meta no-tests" in names and content.parent is not None:
        content.parent[_OFF] = True


def described(doctree: nodes.Node, env: BuildEnvironment) -> Iterator[tuple[nodes.Element, list[ApiObject]]]:
    """Yield each node of the current page that describes Python objects, with these objects.

    If a builder assembles pages into one, the current page is the first of them.
    """
    waiting: dict[tuple[str, str], str] | None = None
    for node in outside_text(doctree, addnodes.desc, nodes.target, nodes.section):
        if isinstance(node, addnodes.desc):
            if node.get("domain") == "py":
                yield node, signatures(node)
        elif anchors := [anchor for anchor in _anchors(node) if anchor.startswith(_MODULE)]:
            # There may be thousands of modules, and most pages describe none.
            waiting = _modules_in(env) if waiting is None else waiting
            places = [(_page_of(node, env.docname), anchor) for anchor in anchors]
            if found := [(place[1], waiting.pop(place)) for place in places if place in waiting]:
                yield node, [ApiObject(name, "module", anchor) for anchor, name in found]


def _anchors(node: nodes.Element) -> list[str]:
    # Sphinx moves a module's anchor to the section that begins with it, docutils to the node that
    # follows; then the target refers to it.
    return [*node["ids"], *([node["refid"]] if node.get("ismod") and "refid" in node else [])]


def _modules_in(env: BuildEnvironment) -> dict[tuple[str, str], str]:
    """Return the names of the modules that have a description, by page and anchor."""
    modules = env.get_domain("py").data["modules"]
    return {(module.docname, module.node_id): name for name, module in modules.items()}


def api_objects(env: BuildEnvironment) -> ApiObjects:
    """Return the objects in the environment, once all pages are read."""
    pages = {
        page: tuple(ApiObject(*values) for values in json.loads(noted))
        for page, noted in _recorded(env).items()
    }
    canonical = _canonical_names(env)
    primary: dict[str, tuple[str, str]] = {}
    others: dict[str, tuple[str, ...]] = {}
    for page, objects in sorted(pages.items()):
        for documented in objects:
            if documented.node_id:
                primary.setdefault(documented.name, (page, documented.node_id))
            known = (
                *canonical.get((page, documented.node_id), ()),
                *others.get(documented.name, ()),
                documented.defining,
            )
            others[documented.name] = tuple(
                dict.fromkeys(name for name in known if name and name != documented.name)
            )
    live = {documented.name for objects in pages.values() for documented in objects if documented.live}
    members = (documented for objects in pages.values() for documented in objects if documented.owner)
    owners = {member.name.rpartition(".")[0]: member.owner for member in members}
    return ApiObjects(pages, others, primary, live, owners)


def objects_in(env: BuildEnvironment) -> list[ApiObject]:
    """Return all objects of the Python domain, whichever extension added them."""
    objects: dict[str, ObjectEntry] = env.get_domain("py").data["objects"]
    return [
        ApiObject(name, entry.objtype, entry.node_id)
        for name, entry in sorted(objects.items())
        if not entry.aliased
    ]


def _page_of(node: nodes.Node, page: str) -> str:
    while (parent := node.parent) is not None:
        if isinstance(parent, addnodes.start_of_file):
            return str(parent["docname"])
        node = parent
    return page


def signatures(desc: addnodes.desc) -> list[ApiObject]:
    """Return the objects that *desc* describes; overloads are one object."""
    found: dict[str, ApiObject] = {}
    for signature in desc.children:
        if isinstance(signature, addnodes.desc_signature) and (fullname := signature.get("fullname")):
            module = signature.get("module")
            name = f"{module}.{fullname}" if module else fullname
            node_id = name if name in signature["ids"] else next(iter(signature["ids"]), "")
            if name not in found or not found[name].node_id:
                found[name] = ApiObject(name, desc["objtype"], node_id, off=desc.get(_OFF, False))
    return list(found.values())


def all_in(env: BuildEnvironment) -> Iterator[object]:
    """Yield the data that `ApiObjects` is made from, in a fixed order; for digests, as it is much faster."""
    yield from sorted(_recorded(env).items())
    yield from sorted(env.get_domain("py").data["objects"])
    yield from _canonical_names(env).items()


def describes(env: BuildEnvironment, page: str) -> bool:
    """Return whether a page describes any Python object."""
    return page in _recorded(env)


def _recorded(env: BuildEnvironment) -> dict[str, str]:
    # Attributes of the environment are pickled, and loaded in each build: strings cost next to nothing.
    noted: dict[str, str] = vars(env).setdefault("this_tests_documented", {})
    return noted


def _canonical_names(env: BuildEnvironment) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for name, entry in sorted(env.get_domain("py").data["objects"].items()):
        if entry.aliased:
            place = (entry.docname, entry.node_id)
            found[place] = (*found.get(place, ()), name)
    return found


def _defining_name(obj: Any) -> str:
    """Return the module and qualified name of *obj*; empty if it has none, or raises an error."""
    if isinstance(obj, ModuleType):
        return ""
    try:
        obj = getattr(obj, "fget", None) or getattr(obj, "func", None) or obj
        owner = getattr(obj, "__objclass__", None)
        module = getattr(owner or obj, "__module__", None)
        qualname = getattr(obj, "__qualname__", None)
    except Exception:  # noqa: BLE001  # attributes of a documented object may raise anything; the build goes on
        return ""
    if not (isinstance(module, str) and isinstance(qualname, str)) or "<locals>" in qualname:
        return ""
    return f"{module}.{qualname}"
