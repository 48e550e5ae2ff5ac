"""One docs build, from reading to writing: reuses the results of the last build if nothing changed."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.application import Sphinx

from this_tests import Evidence
from this_tests.docs.api_objects import ApiObject
from this_tests.docs.node_ids import Place
from this_tests.support import collector_paused

from . import build_warnings, incremental
from .doctree import collector
from .doctree.domain import SuiteDomain
from .incremental import BuildResults, Listed, Store
from .inputs import Inputs

if TYPE_CHECKING:
    from this_tests.docs.content.evidence import Amend

    from .render.generated_pages import GeneratedPages
    from .render.output import Output

__all__ = ["EVIDENCE", "Build"]

EVIDENCE = "this-tests-evidence"


class Build:
    """One build of an application.

    While a site is being written, most builds change no section. So everything that is not needed to
    find this out is read, imported and made on first use.
    """

    def __init__(self, app: Sphinx, inputs: Inputs) -> None:
        self._app = app
        self._inputs = inputs

    @cached_property
    def before(self) -> Store:
        """What the last build saved."""
        return incremental.load(self.store) if self.writes_pages else Store()

    @cached_property
    def now(self) -> Store:
        """What this build will save."""
        if self.before.fingerprint and self.before.fingerprint == self._fingerprint(self.before.results):
            return self.before
        if self.own is None:
            return Store()
        output = self.own.output
        pages = output.digests() if self.writes_pages else {}
        build_warnings.source(output.sources.problems)
        problems = [*output.sources.problems, *self._inputs.unread]
        results = self._results(self.own)
        output.sources.release()
        # After problems, the next build must check again, and report them again.
        return Store(pages, "" if problems else self._fingerprint(results), results=results)

    @property
    def is_unchanged(self) -> bool:
        """Whether all pages show what the last build showed."""
        return self.now is self.before

    @property
    def is_new(self) -> bool:
        """Whether something is known to have changed, if only in the general index."""
        return bool(self.before.fingerprint and self.now.fingerprint) and not self.is_unchanged

    @cached_property
    def own(self) -> "GeneratedPages | None":
        """The generated pages, and the output of the build; ``None`` if there is no registry."""
        # A build with nothing to do needs neither these modules nor the registry.
        from .render.generated_pages import GeneratedPages
        from .render.output import Output

        with collector_paused():
            registry = self._inputs.registry
            if registry is None:
                return None
            names = collector.api_objects(self._app.env)
            hand = self.domain.by_hand
            output = Output.of(self._inputs, self._app.builder, names, registry, hand, self._amend)
            return GeneratedPages(output)

    @property
    def output(self) -> "Output | None":
        """What pages show; ``None`` if the builder writes no pages, or there is no registry."""
        return self.own.output if self.own and self.writes_pages else None

    @property
    def domain(self) -> SuiteDomain:
        """The domain of tests."""
        domain = self._app.env.get_domain(SuiteDomain.name)
        assert isinstance(domain, SuiteDomain)
        return domain

    @property
    def writes_pages(self) -> bool:
        """Whether the builder writes pages."""
        # Builders without a format (gettext, linkcheck, dummy, …) write none.
        return bool(self._app.builder.format)

    @property
    def store(self) -> Path:
        """The path of the file with what the last build saved."""
        app = self._app
        return incremental.store(Path(app.doctreedir), app.builder.name, Path(app.outdir))

    def warn(self) -> None:
        """Warn of tested names that are not documented, and of documented objects that no page shows."""
        results = self.now.results
        build_warnings.unknown_name(results.undocumented, self._inputs.paths.registries)
        build_warnings.unplaced(results.unplaced)
        build_warnings.first(results.unpinned)

    # For the domain.

    @property
    def listed(self) -> tuple[Listed, ...]:
        """The tests that other projects can refer to, sorted."""
        return self.now.results.listed

    def find(self, target: str) -> list[Place]:
        """Return the places that a reference matches."""
        return self.own.find(target) if self.own else []

    def page(self, place: Place) -> str:
        """Return the name of the page that shows a place; empty if there is none."""
        return self.own.page(place) if self.own else ""

    def source(self, place: Place) -> str:
        """Return the URL of the source of a place; empty if there is none."""
        return self.own.source(place) if self.own else ""

    def _results(self, own: "GeneratedPages") -> BuildResults:
        output, index = own.output, own.index()
        half = (len(index) + 1) // 2
        undocumented = tuple(output.join.undocumented())
        unplaced = tuple(output.unplaced(collector.objects_in(self._app.env)))
        return BuildResults(
            files=tuple(sorted({*output.suite.files, *self._inputs.folder.seen})),
            # Complete once all names have been looked up.
            sources=tuple(self._inputs.library.seen),
            undocumented=undocumented,
            unplaced=unplaced,
            unpinned=tuple(sorted({*self._inputs.settings.first} - output.join.tests)),
            listed=tuple(own.listed()),
            index=tuple("</li>\n<li>".join(column) for column in (index[:half], index[half:]) if column),
            indexed=len(index),
        )

    def _fingerprint(self, results: BuildResults) -> str:
        """Return a digest of all inputs; far cheaper than to make the sections.

        It is empty if another extension handles the event, because it may change any evidence.
        """
        if self._amend or not self.writes_pages:
            return ""
        inputs, builder = self._inputs, self._app.builder
        suffixes = [getattr(builder, name, "") for name in ("out_suffix", "link_suffix")]
        # No absolute paths: a build may be restored in another folder.
        packages = [(package.prefix, package.library) for package in inputs.paths.packages]
        chosen = (inputs.settings, inputs.paths.private, packages, inputs.options)
        shown = (*chosen, inputs.look, builder.config.language, suffixes, inputs.digest)
        names = collector.all_in(self._app.env)
        reach = list(map(inputs.links.reach, results.files))
        files = (inputs.folder.fingerprint(results.files), reach)
        sources = (inputs.roots, inputs.library.fingerprint(results.sources)) if results.sources else ()
        return incremental.digest((*shown, self.domain.by_hand, *names, files, sources))

    @cached_property
    def _amend(self) -> "Amend | None":
        app = self._app

        def amend(described: ApiObject, evidence: list[Evidence]) -> None:
            app.emit(EVIDENCE, described.name, described.objtype, evidence)

        return amend if app.events.listeners.get(EVIDENCE) else None
