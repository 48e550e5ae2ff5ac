"""The nodes of ours that HTML builders write by a template, in the place of many of docutils'."""

from docutils import nodes

__all__ = ["OverviewPlaceholder", "SectionPlaceholder", "overview_node", "section_node"]


class section_node(nodes.General, nodes.Element):  # noqa: N801  # docutils writes node classes so
    """A section on an HTML page: no text of its own, just the values for the template."""


class overview_node(nodes.General, nodes.Element):  # noqa: N801  # docutils writes node classes so
    """The overview on an HTML page."""


class SectionPlaceholder(nodes.General, nodes.Element):
    """Where an author wants the section of the object in its attribute ``name``."""


class OverviewPlaceholder(nodes.General, nodes.Element):
    """Where an author wants the overview."""
