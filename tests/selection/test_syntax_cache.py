"""What is kept of the syntax of files is what would be read anew."""

from pathlib import Path

import pytest

import this_tests as face
from this_tests import this_tests
from this_tests.observations.snapshots import blob_of
from this_tests.selection.shared_state import facts_of
from this_tests.selection.source_files import read_source
from this_tests.selection.syntax_cache import SyntaxCache

SOURCES = sorted((Path(face.__file__).parent / "selection").glob("*.py"))
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in SOURCES}
BLOBS = {name: blob_of(text.encode()) for name, text in TEXTS.items()}


@pytest.fixture
def folder(tmp_path):
    """Return the folder of pytest's cache."""
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def never(path):
    raise AssertionError(f"{path} was read again")


def data_of(file):
    """Return a `SourceFile` as data: its places are compared by identity."""
    return {**vars(file), "places": [vars(place) for place in file.places]}


@pytest.mark.parametrize("name", TEXTS)
def test_it_returns_what_would_be_read(folder, name):
    this_tests(SyntaxCache.facts, SyntaxCache.source_file)
    data, modules = TEXTS[name].encode(), (f"lib.{name[:-3]}",)
    first = SyntaxCache(folder, TEXTS.get, {})
    first.facts(name)
    first.source_file(name, modules)
    first.save()
    later = SyntaxCache(folder, never, BLOBS)
    assert later.facts(name) == facts_of(data)
    assert data_of(later.source_file(name, modules)) == data_of(read_source(name, modules, data))


def test_other_content_is_read_anew(folder):
    this_tests(SyntaxCache)
    texts = {"a.py": "def f(): pass\n"}
    first = SyntaxCache(folder, texts.get, {})
    assert set(first.facts("a.py").units) == {"", "f"}
    first.save()
    texts["a.py"] = "def g(): pass\n"
    assert set(SyntaxCache(folder, texts.get, {}).facts("a.py").units) == {"", "g"}


@pytest.mark.parametrize("broken", [b"", b"nonsense", "half"])
@pytest.mark.parametrize("file", ["facts", "sources"])
def test_a_broken_file_is_not_used(folder, broken, file):
    this_tests(SyntaxCache)
    texts = {"a.py": "def f(): pass\n"}
    first = SyntaxCache(folder, texts.get, {})
    first.facts("a.py")
    first.source_file("a.py", ("a",))
    first.save()
    path = folder / "d/this-tests" / file
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 5] if broken == "half" else broken)
    again = SyntaxCache(folder, texts.get, {})
    assert set(again.facts("a.py").units) == {"", "f"}
    assert [place.unit for place in again.source_file("a.py", ("a",)).places if place.unit] == ["f"]
    again.save()
    later = SyntaxCache(folder, never, {"a.py": blob_of(b"def f(): pass\n")})
    assert set(later.facts("a.py").units) == {"", "f"}
    assert later.source_file("a.py", ("a",)).bound == {"f"}


def test_nothing_is_written_where_pytest_keeps_no_cache(tmp_path):
    this_tests(SyntaxCache.save)
    cache = SyntaxCache(tmp_path / "cache", {"a.py": "A = 1\n"}.get, {})
    cache.facts("a.py")
    cache.save()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_no_error(folder, monkeypatch):
    this_tests(SyntaxCache.save)
    cache = SyntaxCache(folder, {"a.py": "A = 1\n"}.get, {})
    cache.facts("a.py")

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("this_tests.selection.syntax_cache.atomic_write", full)
    cache.save()
    assert set(cache.facts("a.py").units) == {""}
