"""Messages: complete catalogues, and English without them."""

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from catalogues import LOCALES, messages_in_the_sources

from this_tests import this_tests
from this_tests.docs import messages

LANGUAGES = sorted(path.name for path in LOCALES.iterdir() if path.is_dir())


def strings(catalogue: Catalog) -> dict[object, tuple[str, ...]]:
    """Return the translations by message, singular and plural."""
    return {plain(message.id): plain(message.string) for message in catalogue if message.id}


def plain(text: object) -> object:
    return text if isinstance(text, str) else tuple(text)


def test_the_catalogue_has_every_message():
    this_tests(messages.speak)
    with (LOCALES / "this_tests.pot").open("rb") as file:
        assert {message.id for message in read_po(file) if message.id} == messages_in_the_sources()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_compiled(language: str):
    this_tests(messages.speak)
    folder = LOCALES / language / "LC_MESSAGES"
    with (folder / "this_tests.po").open("rb") as file:
        source = strings(read_po(file))
    with (folder / "this_tests.mo").open("rb") as file:
        compiled = strings(read_mo(file))

    assert set(source) == messages_in_the_sources()
    assert source == compiled
    assert all("{name}" in string for id_, string in source.items() if "{name}" in id_)


def test_without_a_translation_messages_are_english():
    this_tests(messages.all_tests, messages.members, messages.explained, messages.text, messages.speak)
    messages.speak("en")
    assert messages.all_tests(4187) == "All 4,187 tests"
    assert messages.members(1) == "1 test exercises its members"
    assert messages.counts(2, 1) == "2 tests"
    assert messages.counts(2, 2) == "2 tests · 2 files"
    assert messages.text("How to add one") == "How to add one"


def test_the_language_can_be_chosen_again():
    this_tests(messages.speak)
    messages.speak("de")
    german = messages.title("function")
    messages.speak("de_AT")
    austrian = messages.title("function")
    messages.speak("en")
    assert [german, austrian] == ["Tests dieser Funktion"] * 2
    assert messages.title("function") == "Tests exercising this function"


@pytest.mark.parametrize("standing", ["declared", "direct", "indirect", "inferred"])
def test_each_kind_of_evidence_has_a_label_and_a_sentence(standing: str):
    this_tests(messages.kind, messages.explained)
    assert messages.kind(standing)
    assert messages.explained(standing).endswith(".")
