"""The directives ``this-tests`` and ``this-tests-overview``."""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .nodes import OverviewPlaceholder, SectionPlaceholder

__all__ = ["OverviewDirective", "SectionDirective"]


class SectionDirective(SphinxDirective):
    """``.. this-tests:: name`` places the section of an object here.

    Without a name it is the section of the object whose description the directive is in, and it
    replaces the one that would be added at the default place.
    """

    optional_arguments = 1
    final_argument_whitespace = False

    def run(self) -> list[nodes.Node]:
        """Return the placeholder of the section."""
        node = SectionPlaceholder("", name=self.arguments[0] if self.arguments else "")
        self.set_source_info(node)
        return [node]


class OverviewDirective(SphinxDirective):
    """``.. this-tests-overview::`` places the overview here."""

    def run(self) -> list[nodes.Node]:
        """Return the placeholder of the overview."""
        node = OverviewPlaceholder("")
        self.set_source_info(node)
        return [node]
