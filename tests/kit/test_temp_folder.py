"""Temporary files: parallel tests that use the same names do not collide."""

import os
import tempfile
from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.kit.temp_folder import temporary_files_in

pytestmark = pytest.mark.slow

SUITE = """
    import os, subprocess, sys, tempfile, time
    from pathlib import Path

    @pytest.mark.parametrize("number", range(8))
    def test_it({fixture}number):
        child = f"import pathlib, tempfile; pathlib.Path(tempfile.gettempdir(), 'collides.child').write_text('{{number}}')"
        paths = [Path(tempfile.gettempdir(), "collides.model"), Path("collides.log")]
        for path in paths:
            path.write_text(str(number))
        subprocess.run([sys.executable, "-c", child], check=True)
        # Each worker has written its first files before any reads them.
        (rendezvous := Path(__file__).parent / "workers").mkdir(exist_ok=True)
        (rendezvous / os.environ["PYTEST_XDIST_WORKER"]).touch()
        while len(list(rendezvous.iterdir())) < 4:
            time.sleep(0.01)
        paths.append(Path(tempfile.gettempdir(), "collides.child"))
        assert [path.read_text() for path in paths] == [str(number)] * 3
"""


def test_four_workers_with_one_name_do_not_collide(kit, monkeypatch, tmp_path):
    this_tests("this_tests.kit.plugin", temporary_files_in)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    kit.tests(SUITE.format(fixture="temp_folder, "))
    kit.run_apart("-n", "4").assert_outcomes(passed=8)
    assert not (kit.root / "collides.log").exists()
    assert not list(tmp_path.glob("collides.*"))


def test_without_the_fixture_they_would(kit, monkeypatch, tmp_path):
    this_tests("this_tests.kit.plugin")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    kit.tests(SUITE.format(fixture=""))
    assert kit.run_apart("-n", "4").ret == 1


def test_all_is_put_back(tmp_path, monkeypatch):
    this_tests(temporary_files_in)
    monkeypatch.delenv("TEMP", raising=False)
    before = Path.cwd(), tempfile.gettempdir(), dict(os.environ)
    with temporary_files_in(tmp_path):
        assert tempfile.gettempdir() == str(tmp_path)
        (tmp_path / "inner").mkdir()
        os.chdir("inner")
    assert (Path.cwd(), tempfile.gettempdir(), dict(os.environ)) == before
