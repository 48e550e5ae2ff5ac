"""The domain of tests: the role ``:test:``, and the entries of ``objects.inv``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from docutils import nodes
from sphinx import addnodes
from sphinx.builders import Builder
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole
from sphinx.util.nodes import make_refnode

from this_tests.docs.node_ids import Place

from .. import build_warnings
from ..incremental import Listed
from .nodes import OverviewPlaceholder, SectionPlaceholder
from .traversal import everywhere

__all__ = ["ByHand", "PlaceFinder", "SuiteDomain", "SuiteRole"]


class PlaceFinder(Protocol):
    """Finds the pages and sources of tests, for references."""

    @property
    def listed(self) -> Iterable[Listed]:
        """The tests that other projects can refer to, sorted."""

    def find(self, target: str) -> list[Place]:
        """Return the places that a reference matches."""

    def page(self, place: Place) -> str:
        """Return the name of the page that shows a place; empty if there is none."""

    def source(self, place: Place) -> str:
        """Return the URL of the source of a place; empty if there is none."""


@dataclass(frozen=True)
class ByHand:
    """The directives and roles in pages.

    Attributes:
        targets: The references to tests on each page.
        placed: The objects whose sections each page shows by a directive with a name.
        overviews: The pages with the directive ``this-tests-overview``, sorted.
    """

    targets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    placed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    overviews: tuple[str, ...] = ()


class SuiteRole(XRefRole):
    """A reference to a test, a class of tests or a test file, by its node id or the end of one."""

    def __init__(self) -> None:
        super().__init__(warn_dangling=True)

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the reference; ``:test:`` is short for ``:test:test:``."""
        if ":" not in self.name:
            self.name = "test:test"
        return super().run()

    def process_link(
        self,
        env: BuildEnvironment,  # noqa: ARG002  # Sphinx's signature
        refnode: nodes.Element,  # noqa: ARG002  # Sphinx's signature
        has_explicit_title: bool,  # noqa: FBT001  # Sphinx's signature
        title: str,
        target: str,
    ) -> tuple[str, str]:
        """Shorten the text to the last name if the target begins with ``~``."""
        if not has_explicit_title and target.startswith("~"):
            target = target[1:]
            title = target.rpartition("::")[2].rpartition("/")[2]
        return title, target


class SuiteDomain(Domain):
    """Test files, classes of tests, and tests.

    The tests are in the registry, so the environment does not keep them; it keeps which pages refer to
    tests, and which have the directives.
    """

    name = "test"
    label = "Tests"
    object_types = {  # noqa: RUF012  # as Sphinx declares it
        "file": ObjType("test file", "file", "test"),
        "class": ObjType("test class", "class", "test"),
        "test": ObjType("test", "test"),
    }
    roles = {"file": SuiteRole(), "class": SuiteRole(), "test": SuiteRole()}  # noqa: RUF012  # as Sphinx declares it
    initial_data = {"targets": {}, "placed": {}, "overviews": {}}  # noqa: RUF012  # as Sphinx declares it
    dangling_warnings = {"test": "unknown test: %(target)s"}  # noqa: RUF012  # as Sphinx declares it
    data_version = 1

    places: PlaceFinder | None = None

    @property
    def by_hand(self) -> ByHand:
        """The directives and roles in pages."""
        data = self.data
        return ByHand(data["targets"], data["placed"], tuple(sorted(data["overviews"])))

    def process_doc(self, env: BuildEnvironment, docname: str, document: nodes.document) -> None:  # noqa: ARG002  # Sphinx's signature
        """Record the references to tests, and the directives, of the page that was just read."""
        targets, placed, overviews = set(), [], []
        for node in everywhere(document, addnodes.pending_xref, SectionPlaceholder, OverviewPlaceholder):
            if isinstance(node, OverviewPlaceholder):
                overviews.append(True)
            elif isinstance(node, addnodes.pending_xref):
                if node.get("refdomain") == self.name:
                    targets.add(node["reftarget"])
            elif node["name"]:
                placed.append(node["name"])
        for key, found in {"targets": sorted(targets), "placed": placed, "overviews": overviews}.items():
            if found:
                self.data[key][docname] = tuple(found)

    def clear_doc(self, docname: str) -> None:
        """Remove a page that is read again, or gone."""
        for key in self.initial_data:
            self.data[key].pop(docname, None)

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        """Merge what a parallel reader recorded."""
        for key in self.initial_data:
            theirs = otherdata[key]
            self.data[key].update({name: theirs[name] for name in docnames if name in theirs})

    def resolve_xref(  # noqa: PLR0913, PLR0917  # Sphinx's signature
        self,
        env: BuildEnvironment,  # noqa: ARG002  # Sphinx's signature
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: addnodes.pending_xref,
        contnode: nodes.Element,
    ) -> nodes.reference | None:
        """Return a link to the test that *target* matches; only its text if it has no page."""
        objtypes = self.objtypes_for_role(typ) or []
        found = [place for place in self._find(target) if place.kind in objtypes]
        if not found:
            return None
        if len(found) > 1:
            build_warnings.ambiguous(target, [place.name for place in found], node)
        return self._link(builder, fromdocname, found[0], contnode)

    def resolve_any_xref(  # noqa: PLR0913, PLR0917  # Sphinx's signature
        self,
        env: BuildEnvironment,  # noqa: ARG002  # Sphinx's signature
        fromdocname: str,
        builder: Builder,
        target: str,
        node: addnodes.pending_xref,  # noqa: ARG002  # Sphinx's signature
        contnode: nodes.Element,
    ) -> list[tuple[str, nodes.reference]]:
        """Return a link to the test with the node id *target*; the end of one would match too much here."""
        found = [place for place in self._find(target) if place.name == target]
        return [(f"test:{place.kind}", self._link(builder, fromdocname, place, contnode)) for place in found]

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Yield the tests that other projects can refer to."""
        for name, kind, page, anchor in self.places.listed if self.places else ():
            yield name, name, kind, page, anchor, -1

    def _find(self, target: str) -> list[Place]:
        return self.places.find(target) if self.places else []

    def _link(self, builder: Builder, origin: str, place: Place, content: nodes.Element) -> nodes.reference:
        assert self.places is not None
        if page := self.places.page(place):
            return make_refnode(builder, origin, page, place.anchor, content, place.name)
        if url := self.places.source(place):
            return nodes.reference("", "", content, refuri=url, internal=False)
        return content  # type: ignore[return-value]  # only the text; Sphinx accepts any node
