"""The format of the registry file: its published JSON Schema."""

import json
from pathlib import Path

import jsonschema
import pytest

from this_tests import Entry, Link, Registry, Test, this_tests
from this_tests.registry.file_format import json_schema
from this_tests.registry.model import Observed
from this_tests.registry.store import encode

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "_static" / "test_registry.schema.json"


def test_the_published_schema_is_that_of_the_code():
    """`make schema` renews it."""
    this_tests(json_schema)
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize(
    "content",
    [
        (ROOT / "test_registry.json").read_bytes(),
        encode(Registry()),
        encode(
            Registry(
                callables={
                    "pkg.f": Entry(
                        declared={"t.py::a": Link(via="receiver", receiver="pkg.C")},
                        observed=Observed(9, 1, {"t.py::b": Link(direct=True, callables_executed=8)}),
                        inferred={"t.py::c": Link()},
                    )
                },
                tests={"t.py::a": Test(markers=("slow",))},
            )
        ),
    ],
    ids=["our own", "empty", "exported"],
)
def test_what_is_written_follows_the_schema(content):
    this_tests(encode, json_schema)
    jsonschema.validate(json.loads(content), json_schema())


@pytest.mark.parametrize(
    "content",
    [
        {"format": 2},
        {"format": 1, "callables": {"pkg.f": {"tests": 3}}},
        {"format": 1, "callables": {"pkg.f": {"declared": {"t.py::a": {"via": "guess"}}}}},
        {"format": 1, "tests": {"t.py::a": {"outcome": "failed"}}},
    ],
    ids=["format", "number", "via", "outcome"],
)
def test_what_is_refused_does_not_follow_the_schema(content):
    this_tests(json_schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, json_schema())
