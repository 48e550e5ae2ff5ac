"""Time to merge 20 shards of 50,000 links each, compared with reading them."""

import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import alternating, tell

from this_tests import Entry, Link, Registry, load, merge
from this_tests.registry.store import encode

SHARDS, CALLABLES, TESTS = 20, 2_500, 20
MERGED, WRITTEN = 2.0, 4.0


def shard(number: int) -> Registry:
    """Return the registry of one shard: all shards have the same callables, with different tests."""
    return Registry(
        callables={
            f"library.module_{function % 50}.function_{function}": Entry(
                declared={
                    f"tests/test_{number}_{test}.py::TestIt::test_{function % 100}": Link()
                    for test in range(TESTS)
                }
            )
            for function in range(CALLABLES)
        }
    )


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that *work* takes, without garbage collection."""
    gc.collect()
    start = time.perf_counter()
    content = work()
    spent = time.perf_counter() - start
    del content
    return spent


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / f"{number}.json" for number in range(SHARDS)]
        for number, path in enumerate(paths):
            path.write_bytes(encode(shard(number)))

        def read() -> float:
            return seconds(lambda: [load(path) for path in paths])

        def merged() -> float:
            return seconds(lambda: merge(*map(load, paths)))

        def written() -> float:
            return seconds(lambda: encode(merge(*map(load, paths))))

        ratio = alternating(merged, read, rounds=9)
        whole = alternating(written, read, rounds=9)
    tell(
        "reading and merging 20 shards of 50,000 links / reading them",
        ratio,
        f"<= {MERGED}",
        good=ratio <= MERGED,
    )
    tell(
        "the same, and writing the text of the result / reading them",
        whole,
        f"<= {WRITTEN}",
        good=whole <= WRITTEN,
    )


if __name__ == "__main__":
    main()
