"""The traversal finds the same nodes as docutils' ``findall``."""

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from sphinx import addnodes

from sphinx_this_tests.doctree.traversal import everywhere, outside_text
from this_tests import this_tests

PAGE = """
Title
=====

A *paragraph* with :sub:`text` in it and a `link <https://example.org>`_.

- An item

  .. _place:

  #. Another, with *more*

Second
------

=====  =====
one    two
*red*  green
=====  =====
"""


@pytest.fixture
def page() -> nodes.document:
    document = publish_doctree(PAGE)
    inner = addnodes.desc("", addnodes.desc_signature(), addnodes.desc_content())
    document[-1] += addnodes.desc("", addnodes.desc_signature(), addnodes.desc_content("", inner))
    return document


@pytest.mark.parametrize(
    "kinds", [(nodes.Element,), (nodes.emphasis, nodes.reference), (nodes.section, addnodes.desc)]
)
def test_all_of_a_kind_are_found_in_the_pages_order(
    page: nodes.document, kinds: tuple[type[nodes.Element], ...]
):
    this_tests(everywhere)
    found = everywhere(page, *kinds)
    assert len(found) > 1
    assert [id(node) for node in found] == [id(node) for node in page.findall() if isinstance(node, kinds)]


def test_what_stands_in_text_can_be_left_out(page: nodes.document):
    this_tests(outside_text)
    assert outside_text(page, nodes.emphasis, nodes.reference) == []
    kinds = (addnodes.desc, nodes.section, nodes.target)
    block_level = [
        node
        for node in page.findall()
        if isinstance(node, kinds) and not isinstance(node.parent, nodes.TextElement)
    ]
    assert len(block_level) == 4
    assert [id(node) for node in outside_text(page, *kinds)] == [id(node) for node in block_level]
