"""What authors write into their pages: a section by hand, and the overview."""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .nodes import OverviewPlaceholder, SectionPlaceholder

__all__ = ["OverviewDirective", "SectionDirective"]


class SectionDirective(SphinxDirective):
    """``.. this-tests:: name`` places the section of an object here.

    Without a name it is that of the object whose description it stands in, and then the
    section stands here and not where it would by itself.
    """

    optional_arguments = 1
    final_argument_whitespace = False

    def run(self) -> list[nodes.Node]:
        """Return the place for the section."""
        node = SectionPlaceholder("", name=self.arguments[0] if self.arguments else "")
        self.set_source_info(node)
        return [node]


class OverviewDirective(SphinxDirective):
    """``.. this-tests-overview::`` places the overview here."""

    def run(self) -> list[nodes.Node]:
        """Return the place for the overview."""
        node = OverviewPlaceholder("")
        self.set_source_info(node)
        return [node]
