"""Updates the message catalogues; run ``python tests/docs/catalogues.py`` after a message changed.

Messages are extracted into the template, new messages are added to each language's
catalogue, removed ones are deleted, and all are compiled. Untranslated messages are printed.
"""

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import sphinx_this_tests
import this_tests.docs
from this_tests.docs.messages import CATALOGUE

PACKAGES = [Path(str(package.__file__)).parent for package in (this_tests.docs, sphinx_this_tests)]
LOCALES = PACKAGES[0] / "locales"
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""


def messages_in_the_sources() -> set[object]:
    """Return the messages, those with a plural as a pair."""
    return {
        message
        for package in PACKAGES
        for _, _, message, *_ in extract_from_dir(
            package,
            method_map=[("**.py", "python"), ("**.html", "jinja2")],
            options_map={},
            keywords={"_": None, "text": None, "_plural": (1, 2)},
        )
    }


def template() -> Catalog:
    """Return the catalogue without translations."""
    made = Catalog()
    for message in sorted(messages_in_the_sources(), key=str):
        made.add(message)
    return made


def update(po: Path, messages: Catalog) -> None:
    """Update one catalogue to *messages*, and compile it."""
    with po.open("rb") as file:
        catalogue = read_po(file, locale=po.parts[-3])
    catalogue.update(messages, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    # A current date would change the file in each run.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    with po.open("wb") as file:
        file.write(HEADER.format(language=catalogue.locale, plural=catalogue.plural_forms).encode())
        write_po(file, catalogue, omit_header=True, sort_output=True, width=100)
    with po.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)
    for message in catalogue:
        if message.id and not all(message.string if message.pluralizable else [message.string]):
            print(f"{po.parts[-3]}: {message.id!r}")  # noqa: T201  # what is left to do


if __name__ == "__main__":
    messages = template()
    with (LOCALES / f"{CATALOGUE}.pot").open("wb") as pot:
        write_po(pot, messages, omit_header=True, sort_output=True, width=100)
    for path in sorted(LOCALES.glob(f"*/LC_MESSAGES/{CATALOGUE}.po")):
        update(path, messages)
