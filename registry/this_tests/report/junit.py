"""Findings of `this-tests check` as JUnit XML, for the test pages of CI services."""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from ..check.findings import SUGGESTIONS, Finding
from ..suite.reader import Suite
from ..text import printable

__all__ = ["junit_text"]


def junit_text(findings: Sequence[Finding], suite: Suite) -> str:
    """Return *findings* as a test suite: a failed case for each, and a passed one for each clean file.

    Suggestions, which never fail the check, are skipped cases.
    """
    cases = list(_cases(findings, suite))
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": 0,
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    root = ET.Element("testsuites")
    inner = ET.SubElement(root, "testsuite", {"name": "this-tests", **{k: str(v) for k, v in counts.items()}})
    inner.extend(cases)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False)


def _cases(findings: Sequence[Finding], suite: Suite) -> Iterator[ET.Element]:
    for finding in findings:
        case = _case(finding.file, f"{finding.rule}: {finding.subject}")
        if finding.line:
            case.set("line", str(finding.line))
        kind = "skipped" if finding.rule in SUGGESTIONS else "failure"
        result = ET.SubElement(case, kind, {"message": printable(finding.message), "type": finding.rule})
        result.text = printable(f"{finding.file}:{finding.line}: {finding.subject}: {finding.message}")
        yield case
    found = {finding.file for finding in findings}
    yield from (_case(file.path, "check") for file in suite.tests if file.path not in found)


def _case(file: str, name: str) -> ET.Element:
    # XML cannot represent most control characters.
    return ET.Element(
        "testcase", {"classname": printable(file), "name": printable(name), "file": printable(file)}
    )
