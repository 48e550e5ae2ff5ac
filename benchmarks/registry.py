"""Time to read a registry of 1,000,000 links, compared with ``json.load`` on the same file."""

import gc
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import alternating, tell

from this_tests import Entry, Link, Registry, load
from this_tests.registry.store import encode

CALLABLES, TESTS = 10_000, 100


def large() -> Registry:
    """Return a registry of a million links."""
    return Registry(
        callables={
            f"library.module_{number % 100}.function_{number}": Entry(
                declared={
                    f"tests/test_{number % 100}.py::TestIt::test_{test}": Link() for test in range(TESTS)
                }
            )
            for number in range(CALLABLES)
        }
    )


def seconds(read: Callable[[], object]) -> float:
    """Return the seconds that *read* takes, without garbage collection."""
    gc.collect()
    start = time.perf_counter()
    content = read()
    spent = time.perf_counter() - start
    del content
    return spent


def main() -> None:
    """Print the ratio."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "test_registry.json"
        path.write_bytes(encode(large()))

        def plainly() -> object:
            with path.open(encoding="utf-8") as file:
                return json.load(file)

        ratio = alternating(lambda: seconds(lambda: load(path)), lambda: seconds(plainly), rounds=9)
    tell("reading 1,000,000 links, checked and typed / json.load", ratio, "<= 1.0", good=ratio <= 1.0)


if __name__ == "__main__":
    main()
