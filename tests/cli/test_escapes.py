"""Untrusted text in a registry or test file is escaped in terminals, logs and comments."""

import json
import os
import unicodedata

import pytest

from this_tests import load, show, this_tests
from this_tests.cli import main
from this_tests.text import printable

# A window title, a cleared screen, reversed text, and a line with a workflow command of GitHub.
EVIL = "\x1b]0;owned\x07\x1b[2J\u202e\r\n::error::x"
REGISTRY = {
    "format": 1,
    "callables": {
        "mylib.add": {
            "declared": {
                f"tests/test_a.py::test_{EVIL}": {},
                "tests/test_a.py::`|@team <img src=x> :bug: [red]": {},
            }
        },
        "mylib.gone": {"declared": {"tests/test_a.py::test_it": {"receiver": EVIL}}},
        f"mylib.{EVIL}": {"declared": {f"tests/test_{EVIL}.py::test_it": {}}},
        "mylib.``|@team": {"declared": {"tests/test_a.py::test_it": {}}},
    },
    "tests": {"tests/test_a.py::test_it": {"markers": [EVIL]}},
}
FORMATS = ["text", "github", "json", "junit", "sarif"]
COMMANDS = [
    ("show", "mylib.add"),
    ("show", "mylib.gone"),
    ("show", "mylib"),
    ("show", f"mylib.{EVIL}y"),
    *(("check", "--suggest", "--format", output) for output in FORMATS),
    ("coverage",),
    ("coverage", "--format", "markdown"),
    ("diff", "empty.json", "test_registry.json"),
    ("diff", "test_registry.json", "empty.json", "--format", "markdown"),
    ("infer",),
]


def obeyed(text):
    """Return control sequences of a terminal or a log; in JSON and SARIF, U+202E is only text."""
    commands = [line for line in text.splitlines() if line.startswith("::error::x")]
    return [
        *commands,
        *(
            character
            for character in text
            if unicodedata.category(character) == "Cc" and character not in "\n\t"
        ),
    ]


@pytest.fixture
def evil(project):
    project.write({"test_registry.json": json.dumps(REGISTRY), "empty.json": '{"format": 1}'})
    project.write(
        {
            "tests/test_a.py": "from this_tests import this_tests\n"
            f"def test_it():\n    this_tests({f'mylib.{EVIL}'!r})\n"
            "def test_b(): pass  # this-tests: off ()\n"
            # Python shows this line in a warning.
            "def test_c(): return 1if 2 else 3  # \x1b]0;owned\x07\n"
        }
    )
    if os.name == "posix":
        project.write({f"tests/test_{EVIL}.py": "def test_d(): pass\n"})
    return project


@pytest.mark.slow
@pytest.mark.parametrize("args", COMMANDS, ids=lambda args: " ".join(map(printable, args)))
def test_no_command_prints_control_sequences(evil, command, args):
    this_tests(main)
    done = command(*args)
    assert done.returncode in (0, 1), done.stderr
    assert obeyed(done.stdout + done.stderr) == []


def test_the_error_for_an_unreadable_registry_has_no_control_sequences(project, command):
    this_tests(main)
    project.write({"test_registry.json": json.dumps({"format": 1, EVIL: 1})})
    assert obeyed(command("show", "mylib.add").stderr) == []


def test_text_is_shown_letter_for_letter(evil, command):
    """No emoji, no colours: text that looks like markup for them is part of a name."""
    this_tests("this_tests.report.evidence.answer_lines")
    assert (
        "  declared  tests/test_a.py::`|@team <img src=x> :bug: [red]\n"
        in command("show", "mylib.add").stdout
    )


def test_a_name_in_a_comment_is_code(evil, command):
    this_tests("this_tests.report.diff.difference_markdown")
    text = command("diff", "test_registry.json", "empty.json", "--format", "markdown").stdout
    assert r"| ``` mylib.``\|@team ``` | 1 | 0 |" in text


def test_what_is_shown_in_a_session_is_harmless(evil, monkeypatch):
    this_tests(show)
    monkeypatch.chdir(evil.root)
    for name in load(evil.path).callables:
        assert obeyed(str(show(name))) == []


@pytest.mark.parametrize(
    "args", [("--this-tests-check",), ("--this-tests-for=mylib", "--this-tests-explain")]
)
def test_the_summary_of_a_session_has_no_control_sequences(project, args):
    """Messages of pytest itself about a file with such a name are not covered."""
    this_tests("this_tests.pytest_plugin")
    project.write({"test_registry.json": json.dumps(REGISTRY), "tests/test_a.py": "def test_it(): pass\n"})
    done = project.run("--color=no", *args)
    assert any("\\u202e" in line for line in done.outlines) == ("--this-tests-check" in args)
    assert obeyed("\n".join(done.outlines)) == []


@pytest.mark.parametrize(
    "text", ["größe", "名前", "a\u3000b", "a\xa0b", "👩‍🔬".replace("\u200d", ""), "a\tb"]
)
def test_what_is_harmless_stays(text):
    this_tests("this_tests.text.printable")
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\nb", r"a\nb"), ("\x1b[2J", r"\x1b[2J"), ("\u202e", r"\u202e"), ("\ud800", r"\ud800"), ("\u2028", r"\u2028"), ("\x9b", r"\x9b")],
)  # fmt: skip
def test_what_is_not_is_spelled(text, expected):
    this_tests("this_tests.text.printable")
    assert printable(text) == expected
