"""Sections that are whole where they are and need no other page, for tools without our plugin."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup

from this_tests.docs.api_objects import ApiObjects
from this_tests.docs.source_links import is_external

from .inputs import Inputs, read
from .notices import UNKNOWN_NAME, tell
from .options import PluginSettings, checked
from .output import Output
from .placeholders import Described, filled

__all__ = ["StandaloneSections", "sections_with"]

# No `div`: of one, Material's search leaves out what is up to the first that ends in it.
_FRAME = Markup("<aside data-search-exclude>{}</aside>")


@cache
def sections_with(chosen: str) -> "StandaloneSections":
    """Return the sections with options given as JSON: once for all pages, as registries are slow to read."""
    return StandaloneSections(json.loads(chosen))


@dataclass(frozen=True)
class StandaloneSections:
    """Makes sections as pages are rendered; what other pages describe is not known yet.

    Attributes:
        chosen: The values of options, as a project gives them.
    """

    chosen: Mapping[str, Any]
    _others: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _unknown: set[str] = field(default_factory=set, repr=False)

    @cached_property
    def inputs(self) -> Inputs | None:
        """The registry, and the sources below the working folder; ``None`` without a registry."""
        settings, problems = checked(self.chosen)
        unused = set(self.chosen) - set(PluginSettings.__dataclass_fields__)
        for problem in (*problems.values(), *(f"{name}: no such option" for name in sorted(unused))):
            tell(problem)
        if settings.how_to_url and not is_external(settings.how_to_url):
            tell(
                f"how_to_url: {settings.how_to_url!r}: pages are known to the MkDocs plugin only; give a URL"
            )
            settings = replace(settings, how_to_url="")
        return read(settings, Path.cwd(), tell)

    @cached_property
    def output(self) -> Output | None:
        """What makes the HTML; ``None`` without a registry."""
        names = ApiObjects({}, self._others, {})
        return Output.of(self.inputs, _NoPages(), names, wrap_code=True) if self.inputs else None

    def section(self, kind: str, name: str, defining: str, relation: str) -> str:
        """Return the HTML for an object that a page describes; a failure is told, and gives nothing."""
        try:
            return self._section(Described(kind, name, defining, relation))
        except Exception as error:  # noqa: BLE001  # it would end the build in a traceback
            tell(f"the section of {name} is missing, because of {error!r}")
            return ""

    def fill(self, page: str) -> str:
        """Return the HTML of a page with sections for its placeholders."""
        return filled(page, lambda described: self.section(*described))

    def _section(self, described: Described) -> str:
        if not self.inputs or not self.output:
            return ""
        if described.is_placed and not self.inputs.is_known(described.name):
            self._tell_unknown(described.name)
            return ""
        if described.defining != described.name:
            self._others[described.name] = (described.defining,)
        described = self.inputs.with_kind(described)._replace(relation="own")
        html = self.output.section(described, "")
        return _FRAME.format(Markup(html)) if html else ""  # noqa: S704  # is HTML

    def _tell_unknown(self, name: str) -> None:
        if name not in self._unknown:
            self._unknown.add(name)
            tell(UNKNOWN_NAME % name)


class _NoPages:
    """A site whose pages are not known."""

    has_own_pages = False

    def is_page(self, name: str) -> bool:  # noqa: ARG002  # of the protocol
        """Return whether these docs have a page of that name."""
        return False

    def target(self, page: str) -> str:
        """Return the address of a page from the root of these docs."""
        return page

    def relative(self, origin: str, page: str) -> str:  # noqa: ARG002  # of the protocol
        """Return the address of a page as the page *origin* links to it."""
        return page
