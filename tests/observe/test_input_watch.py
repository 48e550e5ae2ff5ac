"""Which files and folders of the project tests are seen to use."""

import linecache
import subprocess
import sys

import pytest

from this_tests import this_tests
from this_tests.observations.file import load
from this_tests.observations.inputs import LISTED, MISSING, READ, WIDE
from this_tests.observe.audit_hook import listen, silence
from this_tests.observe.inputs import InputWatch

pytestmark = pytest.mark.slow

# Each is the body of a test that reads data/<name>.
READING = {
    "open": "open(path).read()",
    "pathlib": "path.read_bytes()",
    "bytes": "open(os.fsencode(path)).read()",
    "raw": "io.FileIO(path).read()",
    "descriptor": "os.read(os.open(path, os.O_RDONLY), 1)",
    "update": "open(path, 'r+').read()",
    "code": "io.open_code(str(path)).read()",
    "gzip": "gzip.open(path)",
    "zip": "zipfile.is_zipfile(path)",
    "mmap": "mapped(path)",
    "numpy": "np.fromfile(path)",
    "config": "refused(configparser.ConfigParser().read, path)",
    "xml": "refused(ElementTree.parse, path)",
    "linecache": "linecache.getlines(str(path))",
    "relative": "monkeypatch.chdir(HERE); open('data/relative').read()",
    "upwards": "open(HERE / 'more' / '..' / 'data' / 'upwards').read()",
    "resource": "pkgutil.get_data('data', 'resource')",
    "thread": "run_in_thread(open, path)",
    "library": "mylib.load(path)",
    "fixture": "assert text",
    "copied": "shutil.copy(path, tmp_path)",
    "example": "pytester.copy_example('tests/data/example')",
}
OTHERS = """
    def test_missing():
        with pytest.raises(OSError):
            open(HERE / "data" / "none")

    def test_list(): os.listdir(HERE / "data")
    def test_scan(): list(os.scandir("tests/data"))
    def test_glob(): list((HERE / "data").glob("*.none"))
    def test_root(monkeypatch):
        monkeypatch.chdir(HERE.parent)
        os.listdir()
    def test_source(): inspect.getsource(mylib.load)
    def test_source_again(): inspect.getsource(mylib.load)
    def test_run(): runpy.run_path(str(HERE / "data" / "script.py"))

    def test_written():
        Path("made.txt").write_text("1")
        Path("made.txt").read_text()
        Path("made.txt").unlink()
    def test_write_only(): open(HERE / "data" / "written", "w").close()
    def test_outside(tmp_path): open(__file__[:0] + os.devnull).read()
    def test_temporary(tmp_path):
        (tmp_path / "a").write_text("1")
        (tmp_path / "a").read_text()
    def test_import(): import late_module
    def test_traceback():
        try:
            mylib.load("/none")
        except OSError:
            traceback.format_exc()
    def test_warning(): warnings.warn("shown")
    def test_ignored(): open(HERE.parent / "ignored.txt").read()
    def test_nothing(): pass
"""


def _source():
    cases = "\n".join(
        f"def test_{name}(path{', text' if name == 'fixture' else ''}{', monkeypatch' if name == 'relative' else ''}"
        f"{', tmp_path' if name == 'copied' else ''}{', pytester' if name == 'example' else ''}): {body}"
        for name, body in READING.items()
    )
    return f"""
import configparser, contextlib, gzip, inspect, io, linecache, mmap, os, pkgutil, runpy, shutil, threading
import traceback, warnings, zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import mylib

pytest_plugins = ["pytester"]
HERE = Path(__file__).parent

def run_in_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join()

def refused(function, path):
    with contextlib.suppress(Exception):
        function(path)

def mapped(path):
    with open(path) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ):
        pass

@pytest.fixture
def path(request):
    return HERE / "data" / request.function.__name__.removeprefix("test_")

@pytest.fixture(scope="module")
def text():
    return (HERE / "data" / "fixture").read_text()

{cases}
""" + "\n".join(line[4:] for line in OTHERS.splitlines())


@pytest.fixture
def seen(project):
    """Return what the tests were seen to use, by name, and what they may have read for each other."""
    project.write(
        {
            "mylib/__init__.py": """
                from pathlib import Path
                TABLE = (Path(__file__).parent / "table.txt").read_text()
                def load(path):
                    with open(path) as file:
                        return file.read()
            """,
            "mylib/table.txt": "1",
            "tests/test_ways.py": _source(),
            "tests/late_module.py": "VALUE = 1",
            "tests/data/__init__.py": "",
            "tests/data/script.py": "VALUE = 1",
            "tests/data/written": "1",
            "tests/more/one": "1",
            "ignored.txt": "1",
            ".gitignore": "/ignored.txt\n__pycache__/\n",
            **{f"tests/data/{name}": "1" for name in READING},
        }
    )
    project.configure(
        'library = ["mylib"]\nobserve = true\nmissing = "ignore"',
        rest='pytester_example_dir = "."\npythonpath = [".", "tests"]\naddopts = "--strict-markers"',
    )
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=project.root, check=True)
    number = len(READING) + OTHERS.count("def test_")
    project.run_apart("-W", "ignore").assert_outcomes(passed=number)
    found = load(project.root / "test_observations")
    (relation,) = found.inputs.values()
    (snapshot,) = found.snapshots.values()
    used = {test.partition("::test_")[2]: dict(relation.flags_of(test)) for test in relation.rows}
    return used, snapshot.inputs


def test_ways_to_use_files(seen):
    this_tests(InputWatch, "this_tests.observations.inputs.foreign")
    used, shared = seen
    assert {name: found for name, found in used.items() if name in READING} == {
        name: {f"tests/data/{name}": READ} for name in READING
    }
    assert {name: found for name, found in used.items() if name not in READING} == {
        "missing": {"tests/data/none": MISSING},
        "list": {"tests/data/": LISTED},
        "scan": {"tests/data/": LISTED},
        "glob": {"tests/data/": LISTED},
        "root": {"./": LISTED},
        "source": {"mylib/__init__.py": READ},
        "source_again": {"mylib/__init__.py": READ},
        "run": {"tests/data/script.py": READ},
        **{
            name: {}
            for name in (
                "written",
                "write_only",
                "outside",
                "temporary",
                "import",
                "traceback",
                "warning",
                "ignored",
            )
        },
        "nothing": {},
    }
    assert shared.at_import == {"mylib/__init__.py": ("mylib/table.txt",)}
    assert shared.readers["tests/data/library"] == ("mylib:load",)


def test_what_a_plugin_reads_counts_for_the_file(project):
    this_tests(InputWatch.use)
    project.write(
        {
            "site/site-packages/snaps.py": """
        from pathlib import Path
        import pytest

        @pytest.fixture
        def snap(request):
            return (request.path.parent / "snaps" / "all.txt").read_text()
    """,
            "tests/snaps/all.txt": "1",
            "tests/test_it.py": """
        def test_one(snap): pass
        def test_two(): pass
    """,
        }
    )
    project.configure(
        'library = ["mylib"]\nobserve = true\nmissing = "ignore"',
        rest='pythonpath = ["site/site-packages", "."]\naddopts = "-p snaps"',
    )
    project.run_apart().assert_outcomes(passed=2)
    (relation,) = load(project.root / "test_observations").inputs.values()
    assert dict(relation.flags_of("tests/test_it.py::test_one")) == {"tests/snaps/all.txt": READ | WIDE}


def test_workers_send_what_they_saw(project):
    this_tests(InputWatch)
    project.write(
        {
            "data/one": "1",
            "tests/test_it.py": """
        from pathlib import Path
        ONE = Path("data/one")
        TEXT = ONE.read_text()
        def test_one(): ONE.read_text()
        def test_two(): pass
    """,
        }
    )
    project.run_apart("-n2", "--this-tests-observe").assert_outcomes(passed=2)
    (relation,) = load(project.root / "test_observations").inputs.values()
    assert dict(relation.flags_of("tests/test_it.py::test_one")) == {"data/one": READ}
    assert dict(relation.flags_of("tests/test_it.py::test_two")) == {}


def test_what_another_test_wrote_and_what_is_named_like_what_is_left_out(project):
    this_tests(InputWatch.begin)
    project.write(
        {
            "data.txt": "1",
            "test_registry.json.txt": "1",
            "tests/test_it.py": """
                import sqlite3
                from pathlib import Path
                def test_write(): Path("data.txt").write_text("2")
                def test_read(): Path("data.txt").read_text()
                def test_named(): Path("test_registry.json.txt").read_text()
                def test_memory(): sqlite3.connect(":memory:").close()
            """,
        }
    )
    project.run_apart("--this-tests-observe").assert_outcomes(passed=4)
    (relation,) = load(project.root / "test_observations").inputs.values()
    used = {test.partition("::test_")[2]: dict(relation.flags_of(test)) for test in relation.rows}
    assert used == {
        "write": {},
        "read": {"data.txt": READ},
        "named": {"test_registry.json.txt": READ},
        "memory": {},
    }


def test_nothing_is_left_after_the_session(project):
    this_tests(InputWatch.close)
    plain = linecache.getlines
    project.tests("from pathlib import Path\ndef test_one(): Path(__file__).read_text()")
    project.run("--this-tests-observe").assert_outcomes(passed=1)
    assert linecache.getlines is plain


def test_listeners_are_called_until_they_are_silenced():
    this_tests(listen, silence)
    found = []

    def note(arguments):
        found.append(arguments)
        raise RuntimeError("it is dropped")

    listeners = {"this_tests.example": note}
    assert listen(listeners)
    assert listen(listeners)
    sys.audit("this_tests.example", 1)
    silence(listeners)
    sys.audit("this_tests.example", 2)
    silence(listeners)
    sys.audit("this_tests.example", 3)
    assert found == [(1,), (1,), (2,)]


def test_a_hook_that_refuses_others_is_told(project):
    this_tests("this_tests.pytest_plugin.observation.ObservationPlugin")
    project.write(
        {
            "refusing.py": """
        import sys
        def hook(event, arguments):
            if event == "sys.addaudithook":
                raise RuntimeError("none besides me")
        sys.addaudithook(hook)
    """
        }
    )
    project.tests("from pathlib import Path\ndef test_one(): Path(__file__).read_text()")
    project.configure(rest='pythonpath = ["."]')
    result = project.run_apart("-p", "refusing", "--this-tests-observe")
    result.stdout.fnmatch_lines(
        ["*the files that tests read were not observed: another audit hook prevents it"]
    )
    result.assert_outcomes(passed=1)
    (snapshot,) = load(project.root / "test_observations").snapshots.values() or (None,)
    assert snapshot is None or snapshot.inputs is None
