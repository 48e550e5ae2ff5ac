"""Translations: pages in the docs' language, and complete catalogues."""

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from catalogues import LOCALES, messages_in_the_sources
from sites import Site

from sphinx_this_tests import messages
from this_tests import this_tests

LANGUAGES = sorted(path.name for path in LOCALES.iterdir() if path.is_dir())


def strings(catalogue: Catalog) -> dict[object, tuple[str, ...]]:
    """Return the translations by message, singular and plural."""
    return {plain(message.id): plain(message.string) for message in catalogue if message.id}


def plain(text: object) -> object:
    return text if isinstance(text, str) else tuple(text)


def test_the_catalogue_has_every_message():
    this_tests(messages.register)
    with (LOCALES / "sphinx_this_tests.pot").open("rb") as file:
        assert {message.id for message in read_po(file) if message.id} == messages_in_the_sources()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_compiled(language: str):
    this_tests(messages.register)
    folder = LOCALES / language / "LC_MESSAGES"
    with (folder / "sphinx_this_tests.po").open("rb") as file:
        source = strings(read_po(file))
    with (folder / "sphinx_this_tests.mo").open("rb") as file:
        compiled = strings(read_mo(file))

    assert set(source) == messages_in_the_sources()
    assert source == compiled
    assert all("{name}" in string for id_, string in source.items() if "{name}" in id_)


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


def test_without_a_translation_messages_are_english():
    this_tests(messages.all_tests, messages.members, messages.explained, messages.text)
    assert messages.all_tests(4187) == "All 4,187 tests"
    assert messages.members(1) == "1 test exercises its members"
    assert messages.counts(2, 1) == "2 tests"
    assert messages.counts(2, 2) == "2 tests · 2 files"
    assert messages.text("How to add one") == "How to add one"


@pytest.mark.parametrize("standing", ["declared", "direct", "indirect", "inferred"])
def test_each_kind_of_evidence_has_a_label_and_a_sentence(standing: str):
    this_tests(messages.kind, messages.explained)
    assert messages.kind(standing)
    assert messages.explained(standing).endswith(".")
