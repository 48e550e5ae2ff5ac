"""Docutils nodes: sections and the overview in HTML, and the placeholders of directives."""

from docutils import nodes

__all__ = ["OverviewPlaceholder", "SectionPlaceholder", "overview_node", "section_node"]


class section_node(nodes.General, nodes.Element):  # noqa: N801  # docutils writes node classes so
    """A section on an HTML page: the values for its template, without child nodes."""


class overview_node(nodes.General, nodes.Element):  # noqa: N801  # docutils writes node classes so
    """The overview on an HTML page."""


class SectionPlaceholder(nodes.General, nodes.Element):
    """The place of a directive for the section of the object in its attribute ``name``."""


class OverviewPlaceholder(nodes.General, nodes.Element):
    """The place of a directive for the overview."""
