"""Findings of `this-tests check` as SARIF 2.1.0, for code scanning and editors."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from urllib.parse import quote

from ..check.findings import RULES, SUGGESTIONS, Finding

__all__ = ["sarif_data"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_data(findings: Sequence[Finding], version: str) -> Mapping[str, object]:
    """Return *findings* as a SARIF log.

    Args:
        version: The version of this-tests.
    """
    rules = [_rule(rule, text) for rule, text in RULES.items()]
    driver = {"name": "this-tests", "version": version, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _level(rule: str) -> str:
    return "note" if rule in SUGGESTIONS else "error"


def _rule(rule: str, text: str) -> Mapping[str, object]:
    return {
        "id": rule,
        "shortDescription": {"text": text},
        "defaultConfiguration": {"level": _level(rule)},
    }


def _result(finding: Finding) -> Mapping[str, object]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": _level(finding.rule),
        "message": {"text": f"{finding.subject}: {finding.message}"},
        "locations": [{"physicalLocation": _location(finding)}],
        # Without the line, so that a finding keeps its identity when lines are added above it.
        "partialFingerprints": {"thisTests/v1": _fingerprint(finding)},
    }


def _location(finding: Finding) -> Mapping[str, object]:
    artifact = {"uri": quote(finding.file), "uriBaseId": "%SRCROOT%"}
    region = {"region": {"startLine": finding.line}} if finding.line else {}
    return {"artifactLocation": artifact, **region}


def _fingerprint(finding: Finding) -> str:
    text = f"{finding.rule}\0{finding.file}\0{finding.subject}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
