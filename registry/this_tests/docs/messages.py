"""Texts on pages, in the language of the docs: the message catalogue ``this_tests``."""

import gettext
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "CATALOGUE",
    "all_tests",
    "counts",
    "direct",
    "explained",
    "in_file",
    "kind",
    "left_out",
    "members",
    "missing",
    "more_tests",
    "named_tests",
    "other_tests",
    "page_tested",
    "speak",
    "tested",
    "text",
    "title",
    "title_of",
]

CATALOGUE = "this_tests"
_LOCALES = Path(__file__).parent / "locales"


@dataclass
class _Spoken:
    translations: gettext.NullTranslations = field(default_factory=gettext.NullTranslations)


# One per process and no context variable, as a tool's own translations: pages may be written in threads,
# which begin with an empty context.
_spoken = _Spoken()


def speak(language: str | None) -> None:
    """Choose the language of all messages from now on: English, where there is no translation.

    Args:
        language: Its code, such as ``de`` or ``zh_CN``; ``None`` for the one of the environment.
    """
    languages = [language] if language else None
    _spoken.translations = gettext.translation(CATALOGUE, _LOCALES, languages, fallback=True)


def _(message: str) -> str:
    return _spoken.translations.gettext(message)


# Whole sentences, because no language builds them from parts in the same way.


def text(message: str) -> str:
    """Return the translation of a message that is written elsewhere."""
    return _(message)


def title(objtype: str) -> str:
    """Return the title of the section for an object of the type."""
    titles = {
        "function": _("Tests exercising this function"),
        "class": _("Tests exercising this class"),
        "exception": _("Tests exercising this exception"),
        "method": _("Tests exercising this method"),
        "classmethod": _("Tests exercising this class method"),
        "staticmethod": _("Tests exercising this static method"),
        "property": _("Tests exercising this property"),
        "attribute": _("Tests exercising this attribute"),
        "data": _("Tests exercising this object"),
        "decorator": _("Tests exercising this decorator"),
        "module": _("Tests exercising this module"),
    }
    return titles.get(objtype, _("Tests exercising this object"))


def title_of(name: str) -> str:
    """Return the title of the section for one of the objects that a description has."""
    return _("Tests exercising {name}").format(name=name)


def missing(objtype: str) -> str:
    """Return the sentence for an object of the type that has no tests; empty where none is needed."""
    sentences = {
        "function": _("No tests found for this function."),
        "class": _("No tests found for this class."),
        "method": _("No tests found for this method."),
        "classmethod": _("No tests found for this class method."),
        "staticmethod": _("No tests found for this static method."),
        "property": _("No tests found for this property."),
        "decorator": _("No tests found for this decorator."),
    }
    return sentences.get(objtype, "")


def counts(tests: int, files: int) -> str:
    """Return how many tests there are, and in how many files where there are several."""
    said = _plural("%s test", "%s tests", tests)
    where = _plural("%s file", "%s files", files)
    return f"{said} · {where}" if files > 1 else said


def members(tests: int) -> str:
    """Return how many tests exercise the members of a class."""
    return _plural("%s test exercises its members", "%s tests exercise its members", tests)


def all_tests(tests: int) -> str:
    """Return the text of the link to all tests."""
    return _plural("All %s test", "All %s tests", tests)


def named_tests(tests: int) -> str:
    """Return the text of the link to the tests that the registry lists."""
    return _plural("%s listed test", "%s listed tests", tests)


def other_tests(tests: int) -> str:
    """Return the heading of the tests that only the page with all tests lists."""
    return _plural("%s other test", "%s other tests", tests)


def more_tests(tests: int) -> str:
    """Return the last line of a list of tests in formats without a link to the others."""
    return _plural("and %s more test", "and %s more tests", tests)


def direct(tests: int) -> str:
    """Return how many tests call the object themselves."""
    return _plural("%s calls it directly", "%s call it directly", tests)


def in_file(tests: int) -> str:
    """Return how many tests are in a file."""
    return f"{tests:,}"


def left_out() -> str:
    """Return the note that the page of a test file does not list all tests and objects."""
    return _("Incomplete: of the tests that execute an object, only the most relevant are listed.")


def tested(number: int, total: int) -> str:
    """Return how many of all objects have tests."""
    return _("{number} of {total} with tests").format(number=f"{number:,}", total=f"{total:,}")


def page_tested(number: int, total: int, objtypes: Collection[str]) -> str:
    """Return how many of the objects on a page, which are of some types, have tests."""
    if set(objtypes) <= {"function"}:
        sentence = _("{number} of {total} functions have tests")
    elif set(objtypes) <= {"function", "method", "classmethod", "staticmethod"}:
        sentence = _("{number} of {total} functions and methods have tests")
    else:
        sentence = _("{number} of {total} objects have tests")
    return sentence.format(number=f"{number:,}", total=f"{total:,}")


def kind(standing: str) -> str:
    """Return the label for a kind of evidence; for ``proven``, which comes in addition to one."""
    match standing:
        case "declared":
            return _("declared")
        case "direct":
            return _("direct")
        case "indirect":
            return _("indirect")
        case "proven":
            return _("fails without it")
        case _:
            return _("inferred")


def explained(standing: str) -> str:
    """Return what the label means, in a sentence."""
    match standing:
        case "declared":
            return _("The test declares that it exercises this.")
        case "direct":
            return _("The test called this in an observed run.")
        case "indirect":
            return _("The test ran this through other code in an observed run.")
        case "proven":
            return _("The test fails if this does nothing.")
        case _:
            return _("Inferred from the source of the test, which was not run.")


def _plural(one: str, many: str, number: int) -> str:
    return _spoken.translations.ngettext(one, many, number) % f"{number:,}"
