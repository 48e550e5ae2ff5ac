"""Fuzzes with atheris what reads untrusted files: the decoder of the registry, and the readers of test files.

``python fuzz.py decoder|source SECONDS``: ends with a traceback where anything but our own errors
comes out.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import atheris
from report import ROOT

with atheris.instrument_imports(include=["this_tests", "sphinx_this_tests"]):
    from this_tests.check.devices import check_device_numbers
    from this_tests.docs.snippets.folder import Folder
    from this_tests.docs.snippets.snippet import Sources
    from this_tests.errors import RegistryError
    from this_tests.registry.store import decode, encode
    from this_tests.selection.shared_state import facts_of
    from this_tests.source.fingerprint import parse
    from this_tests.suite.conventions import Conventions
    from this_tests.suite.excerpts import Excerpts
    from this_tests.suite.reader import SourceError, SuiteFile, read_source

_LONGEST = 4096
_SEEDS = {
    "decoder": b"""{"format": 1, "callables": {"a.b": {"declared":
        {"t.py::x": {"via": "string"}}}}, "tests": {}}""",
    "source": b"""import pytest
from this_tests import this_tests as t

@pytest.mark.this_tests(target='a')
class TestA(B):
    def test_x(self, f):  # this-tests: off (why)
        t(f.g, 'a.b')
""",
}


def _decoder(data: bytes) -> None:
    try:
        registry = decode(data, Path("r.json"))
    except RegistryError as error:
        if not str(error).isprintable():
            raise AssertionError(str(error)) from None
    else:
        again = decode(encode(registry), Path("r.json"))
        if again.linked_tests() != registry.linked_tests():
            raise AssertionError(data)


class _Source:
    """One file, as each command, session and build would read it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "test_it.py"

    def __call__(self, data: bytes) -> None:
        self._path.write_bytes(data)
        parse(data)
        facts_of(data)
        try:
            found = read_source(self._path, self._folder, Conventions())
        except SourceError as error:
            if "\n" in str(error):
                raise AssertionError(str(error)) from None
        else:
            self._shown(found, data)

    def _shown(self, found: SuiteFile, data: bytes) -> None:
        check_device_numbers("test_it.py", data)
        sources, excerpts = Sources(Folder(self._folder)), Excerpts(self._folder)
        for function in found.functions[:3]:
            node_id = f"test_it.py::{function.name}"
            excerpts.of(node_id)
            if test := sources.test(node_id):
                test.snippet(next(iter(function.uses), "x"))


def _seeds(name: str) -> Iterator[bytes]:
    """Yield what the inputs are bred from: our own test files, and registries that are nearly right."""
    yield _SEEDS[name]
    if name == "source":
        yield from (path.read_bytes() for path in sorted((ROOT / "tests").rglob("*.py")))
    else:
        sys.path.insert(0, str(ROOT / "tests" / "trust"))
        from malformed import spoiled  # the path is set one line above

        yield from (data for _, data in spoiled(1))


def main() -> None:
    """Fuzz one of the two."""
    name, seconds = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(_seeds(name)):
            if len(seed) <= _LONGEST:
                (corpus / f"seed-{number}").write_bytes(seed)
        target = _decoder if name == "decoder" else _Source(Path(folder))
        options = [
            f"-max_total_time={seconds}",
            "-timeout=20",
            "-rss_limit_mb=2048",
            f"-max_len={_LONGEST}",
            "-verbosity=0",
            f"-artifact_prefix={folder}/",
        ]
        atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", str(corpus)], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
