"""Translations: pages in the docs' language."""

from sites import Site

from this_tests import this_tests
from this_tests.docs import messages


def test_a_page_speaks_the_language_of_the_docs(site: Site):
    this_tests(messages.title, messages.counts, messages.missing, messages.kind)
    site.add("pages.txt")
    site.declare(degree="tests/test_graphs.py::test_degree")

    built = site.build(language="de")

    section = built.section("sample.degree", "degree.html")
    assert " ".join(section.summary.text.split()) == "Tests dieser Funktion 1 Test"
    assert section.select_one(".this-tests-label").text == "erklärt"
    missing = built.section("sample.density", "density.html").text
    assert missing.strip() == "Keine Tests angegeben."
