"""What `check` found, as SARIF 2.1.0: for code scanning, and for editors that show its results."""

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
        "results": [_result(each) for each in findings],
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


def _result(each: Finding) -> Mapping[str, object]:
    return {
        "ruleId": each.rule,
        "ruleIndex": list(RULES).index(each.rule),
        "level": _level(each.rule),
        "message": {"text": f"{each.subject}: {each.message}"},
        "locations": [{"physicalLocation": _location(each)}],
        # Without the line, so that a finding stays the same one when lines are added above it.
        "partialFingerprints": {"thisTests/v1": _fingerprint(each)},
    }


def _location(each: Finding) -> Mapping[str, object]:
    artifact = {"uri": quote(each.file), "uriBaseId": "%SRCROOT%"}
    region = {"region": {"startLine": each.line}} if each.line else {}
    return {"artifactLocation": artifact, **region}


def _fingerprint(each: Finding) -> str:
    text = f"{each.rule}\0{each.file}\0{each.subject}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
