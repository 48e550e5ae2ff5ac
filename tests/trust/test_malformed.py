"""A malformed registry is reported in one line with its place, and the file is unchanged."""

import io
import json
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from full_run import FULL_RUN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from malformed import SPOILS, spoiled
from sphinx.testing.util import SphinxTestApp

from this_tests import Registry, RegistryError, load, this_tests
from this_tests.cli import main
from this_tests.registry.store import decode, rewrite

FILES = 2_000 if FULL_RUN else 130


@pytest.fixture
def show(tmp_path, monkeypatch):
    """Return a function that runs `this-tests show`; it returns exit code, stdout and stderr."""
    (tmp_path / "pyproject.toml").write_text('[tool.this-tests]\nlibrary = ["mylib"]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["this-tests", "show", "mylib.add"])

    def run():
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, out.getvalue(), err.getvalue()

    return run


def is_one_plain_line(text):
    return text.endswith("\n") and text[:-1].isprintable() and len(text) < 600


@pytest.mark.slow
def test_the_command_reports_each_file_in_one_line_and_leaves_it_unchanged(show, tmp_path, record_property):
    this_tests("this_tests.cli.main", load)
    path = tmp_path / "test_registry.json"
    reported = 0
    for name, data in spoiled(-(-FILES // len(SPOILS))):
        path.write_bytes(data)
        code, out, err = show()
        assert (code, out, path.read_bytes() == data) == (2, "", True), (name, data[:2000])
        assert is_one_plain_line(err), (name, err)
        assert err.startswith(f"this-tests: {path}: "), (name, err)
        reported += 1
    record_property("figure", f"{reported} files")


@pytest.mark.parametrize("name", SPOILS)
def test_what_is_wrong_has_a_place(name):
    """Only errors about the whole file have none."""
    this_tests(decode, RegistryError)
    whole = r"format .* is not known|nested too deeply|truncated"
    for case, data in spoiled(8):
        if case == name:
            with pytest.raises(RegistryError) as caught:
                decode(data, Path("r.json"))
            placed = re.match(r"line \d+, column \d+$|\$", caught.value.place)
            assert placed or re.search(whole, str(caught.value)), str(caught.value)


def test_the_place_in_a_tree_has_its_keys():
    this_tests(decode, RegistryError)
    data = b'{"callables": {"a.b": {"declared": {}}, "a.c": {"declared": {"t.py::x": {}, "t.py::y": {"via": 1}}}}}'
    with pytest.raises(RegistryError) as caught:
        decode(data, Path("r.json"))
    assert caught.value.place == "$.callables['a.c'].declared['t.py::y'].via"


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["format", "callables", "tests", "declared", "examples", "inferred", "via", "markers", "x"]
            ),
            inner,
            max_size=4,
        ),
    ),
)


@pytest.mark.slow
@settings(
    max_examples=2_000 if FULL_RUN else 200, suppress_health_check=[HealthCheck.too_slow], deadline=None
)
@given(st.one_of(st.binary(max_size=200), json_values.map(lambda value: json.dumps(value).encode())))
def test_anything_at_all_is_a_registry_or_one_line(data):
    this_tests(decode, RegistryError)
    try:
        found = decode(data, Path("r.json"))
    except RegistryError as error:
        found = f"{error}\n"
    assert isinstance(found, Registry) or is_one_plain_line(found)


@pytest.mark.parametrize("name", SPOILS)
def test_a_session_would_leave_the_file(tmp_path, name):
    this_tests(rewrite, RegistryError)
    path = tmp_path / "test_registry.json"
    data = next(data for case, data in spoiled(1) if case == name)
    path.write_bytes(data)
    with pytest.raises(RegistryError):
        rewrite(path, lambda _: Registry())
    assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_a_gigabyte_is_refused_before_it_is_read(tmp_path):
    this_tests(load, RegistryError)
    path = tmp_path / "test_registry.json"
    with path.open("wb") as file:
        file.write(b"[" * 4096)
        file.truncate(2**30)
    with pytest.raises(RegistryError, match="larger than 256 MiB, which no registry is"):
        load(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_link_to_a_device_without_end_is_refused(tmp_path):
    this_tests(load, RegistryError)
    (tmp_path / "test_registry.json").symlink_to("/dev/zero")
    with pytest.raises(RegistryError, match="larger than 256 MiB"):
        load(tmp_path / "test_registry.json")


@pytest.mark.slow
def test_megabytes_of_nesting_are_refused(tmp_path):
    this_tests(load, RegistryError)
    for head in (b"", b'{"callables": ', b'{"x": '):
        (tmp_path / "r.json").write_bytes(head + b"[" * (100_000_000 if FULL_RUN else 10_000_000))
        with pytest.raises(RegistryError, match=r"r\.json: .*(?:Expected `object`|unknown field)"):
            load(tmp_path / "r.json")


BUILDS = list(SPOILS) if FULL_RUN else ["conflict", "hostile key", "deep"]


@pytest.mark.slow
def test_the_docs_build_warns_in_one_line(tmp_path, record_property):
    this_tests("sphinx_this_tests.setup", RegistryError)
    (tmp_path / "conf.py").write_text('extensions = ["sphinx_this_tests"]\n')
    (tmp_path / "index.rst").write_text("Title\n=====\n")
    path = tmp_path / "test_registry.json"
    for name in BUILDS:
        path.write_bytes(data := next(data for case, data in spoiled(1) if case == name))
        warnings = io.StringIO()
        app = SphinxTestApp(
            "dummy", tmp_path, confoverrides={"this_tests_registry": str(path)}, warning=warnings
        )
        try:
            app.build()
        finally:
            app.cleanup()
        lines = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in warnings.getvalue().splitlines()]
        assert len(lines) == 1, (name, lines)
        assert lines[0].startswith(f"WARNING: no tests are shown: {path}: "), (name, lines)
        assert path.read_bytes() == data
    record_property("figure", f"{len(BUILDS)} builds")
