"""Output formats of ``this-tests check`` for other programs."""

import json
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from this_tests.check.findings import RULES, Finding
from this_tests.report.findings import github_lines
from this_tests.report.junit import junit_text
from this_tests.report.sarif import sarif_data
from this_tests.suite.reader import Suite

pytestmark = pytest.mark.this_tests(target=["this_tests.cli", "this_tests.report"])

BAD = """
    def test_missing(): pass
    def test_bad(): this_tests("mylib.none")
    class TestIt:
        def test_missing(self): pass
"""

HOSTILE = Finding("tests/a,b:c d%é.py", 3, "unknown-name", "a\x00b\n::error::c", "1% & <b>\r\nnext")

# A schema of the properties of SARIF 2.1.0 (OASIS, section 3) that are used here, without additional
# properties: one that is misplaced or misspelt is found. The standard's own schema, which lists all
# of its properties, agrees.
TEXT = {"type": "string"}
MESSAGE = {
    "type": "object",
    "properties": {"text": TEXT},
    "required": ["text"],
    "additionalProperties": False,
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "uri": {"type": "string", "pattern": r"^[!#-;=?-Z_a-z~]+$"},
                        "uriBaseId": TEXT,
                    },
                },
                "region": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                },
            },
        }
    },
}
RULE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {
        "id": TEXT,
        "shortDescription": MESSAGE,
        "defaultConfiguration": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"level": LEVEL},
        },
    },
}
RESULT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["message"],
    "properties": {
        "ruleId": TEXT,
        "ruleIndex": {"type": "integer", "minimum": -1},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {"type": "array", "items": LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": TEXT},
    },
}
SARIF = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["name"],
                                "properties": {
                                    "name": TEXT,
                                    "version": TEXT,
                                    "rules": {"type": "array", "uniqueItems": True, "items": RULE},
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": RESULT},
                },
            },
        },
    },
}


@pytest.fixture
def bad(project):
    """Return a project with three findings."""
    project.tests(BAD)
    return project


def test_github_annotates_the_lines(bad, command):
    result = command("check", "--format", "github")
    assert result.returncode == 1
    assert result.stdout.splitlines()[1] == (
        "::error file=tests/test_it.py,line=7,title=this-tests%3A unknown-name::"
        "mylib.none: the library has no such name (A declared name does not exist in the library.)"
    )
    assert len(result.stdout.splitlines()) == 3


def test_github_commands_cannot_be_forged():
    (line,) = github_lines([HOSTILE])
    assert "\n" not in line
    assert line.startswith(
        "::error file=tests/a%2Cb%3Ac d%25é.py,line=3,title=this-tests%3A unknown-name::a\\x00b\\n"
    )


def test_a_suggestion_is_a_notice_a_note_and_a_skipped_case():
    hint = Finding("tests/test_it.py", 1, "undeclared", "mylib.add", "does it?")
    assert next(github_lines([hint])).startswith("::notice ")
    assert sarif_data([hint], "1")["runs"][0]["results"][0]["level"] == "note"
    assert "<skipped " in junit_text([hint], Suite(()))


def test_sarif_follows_the_standard(bad, command):
    result = command("check", "--format", "sarif")
    assert result.returncode == 1
    log = json.loads(result.stdout)
    jsonschema.validate(log, SARIF, format_checker=jsonschema.FormatChecker())
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == list(RULES)
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]
    assert len({json.dumps(result["partialFingerprints"]) for result in run["results"]}) == 3


def test_sarif_takes_any_name_and_a_finding_without_a_line():
    stale = Finding("test_registry.json", 0, "stale", "tests/test_it.py::test_it", "gone")
    log = json.loads(json.dumps(sarif_data([HOSTILE, stale], "1")))
    jsonschema.validate(log, SARIF)
    places = [result["locations"][0]["physicalLocation"] for result in log["runs"][0]["results"]]
    assert places[0]["artifactLocation"]["uri"] == "tests/a%2Cb%3Ac%20d%25%C3%A9.py"
    assert "region" not in places[1]


@pytest.mark.slow
def test_a_fingerprint_outlives_lines_that_are_added_above(bad, command):
    def fingerprints():
        log = json.loads(command("check", "--format", "sarif").stdout)
        return [result["partialFingerprints"] for result in log["runs"][0]["results"]]

    before = fingerprints()
    bad.tests("\n\n\n" + BAD)
    assert fingerprints() == before


def test_junit_has_a_failed_case_for_each_finding_and_a_good_one_for_each_clean_file(bad, command):
    bad.tests("def test_good(): this_tests(mylib.add)\n", "tests/test_good.py")
    result = command("check", "--format", "junit")
    assert result.returncode == 1
    suite = ET.fromstring(result.stdout)[0]
    assert suite.attrib == {
        "name": "this-tests",
        "tests": "4",
        "failures": "3",
        "errors": "0",
        "skipped": "0",
    }
    assert [case.get("name") for case in suite] == [
        "missing: test_missing",
        "unknown-name: mylib.none",
        "missing: TestIt::test_missing",
        "check",
    ]


def test_junit_takes_what_xml_cannot_say():
    case = ET.fromstring(junit_text([HOSTILE], Suite(())))[0][0]
    assert case.get("classname") == HOSTILE.file
    assert case.find("failure").text.startswith("tests/a,b:c d%é.py:3: a\\x00b\\n::error::c")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "sarif", "junit", "github"])
def test_what_is_said_to_people_goes_elsewhere(bad, command, form):
    command("check", "--write-baseline")
    bad.tests("def test_missing(): pass\n")
    result = command("check", "--format", form)
    assert (result.returncode, "accepted findings gone" in result.stderr) == (0, True)
    assert "gone" not in result.stdout
