"""A session that is interrupted at any step leaves a valid file, and no results are lost."""

import errno
import itertools
import multiprocessing
import os
import shlex
import signal
import subprocess
import sys
import time
from threading import Thread

import pytest
from compatibility import files_in
from filelock import FileLock
from full_run import FULL_RUN
from timeouts import PROCESS_TIMEOUT

from this_tests import Entry, Link, Registry, RegistryError, load, merge, this_tests
from this_tests.registry.store import encode, rewrite

STEPS = (
    "before the end", "before mkstemp", "after mkstemp", "half of write", "before fsync", "after fsync",
    "before chmod", "before replace", "after replace", "before unlink", "after unlink", "after the end",
)  # fmt: skip
WAYS = ("SIGKILL", "SIGTERM", "SIGINT", "exit")
FEW = [
    ("half of write", "SIGKILL"),
    ("before replace", "exit"),
    ("after replace", "SIGKILL"),
    ("before fsync", "SIGINT"),
]
DISKS = ("ENOSPC", "EROFS", "EIO")

PYTEST = [sys.executable, "-m", "pytest", "-p", "this_tests"]
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target="this_tests.pytest_plugin")]


@pytest.fixture
def suite(project):
    """Return a project with a registry of an older version of its tests."""
    project.write(files_in("fault.txt"))
    project.tests("def test_one(): this_tests(mylib.add)")
    project.tests("def test_far(): this_tests(mylib.sub.deep)", "tests/test_other.py")
    assert project.run().ret == 0
    project.tests("def test_one(): this_tests(mylib.add)\ndef test_new(): this_tests(mylib.subtract)")
    return project


def session(project, *args, **env):
    """Run pytest in a subprocess, without other plugins that could cause a fault."""
    command = [*PYTEST, "-p", "fault", *args]
    environment = {**os.environ, **ALONE, "PYTHONPATH": str(project.root), **env}
    return subprocess.run(
        command,
        cwd=project.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROCESS_TIMEOUT,
    )


NEW = {"mylib.add": ["test_one"], "mylib.sub.deep": ["test_far"], "mylib.subtract": ["test_new"]}


def test_a_session_struck_at_any_step_of_its_end_loses_nothing(suite, record_property):
    """The next session, which runs another file, writes what its tests declared."""
    old = suite.path.read_bytes()
    struck = [(step, way) for step in STEPS for way in WAYS] if FULL_RUN else FEW
    for step, way in struck:
        suite.path.write_bytes(old)
        session(suite, FAULT_STEP=step, FAULT_WAY=way)
        assert set(suite.links) in ({"mylib.add", "mylib.sub.deep"}, set(NEW)), (step, way)
        assert session(suite, "tests/test_other.py").returncode == 0
        assert suite.links == NEW, (step, way)
        left = [path.name for path in suite.root.iterdir() if path.name.startswith(".test_registry")]
        assert left == [], (step, way)
        assert list(suite.root.glob(".pytest_cache/d/this-tests/journal-*")) == [], (step, way)
    record_property("figure", f"{len(struck)} strikes")


def test_a_disk_that_fails_at_any_step_leaves_the_old_file_and_the_exit_code(suite, record_property):
    old = suite.path.read_bytes()
    steps = [step for step in STEPS if "unlink" not in step and "end" not in step and step != "after replace"]
    struck = [(step, way) for step in steps for way in DISKS] if FULL_RUN else [("half of write", "ENOSPC")]
    for step, way in struck:
        suite.path.write_bytes(old)
        done = session(suite, FAULT_STEP=step, FAULT_WAY=way)
        reason = os.strerror(getattr(errno, way))
        assert done.returncode == 0, (step, way)
        assert f"this-tests: {suite.path}: cannot be written: {reason}" in done.stdout, (
            step,
            way,
            done.stdout,
        )
        assert suite.path.read_bytes() == old, (step, way)
        assert session(suite, "tests/test_other.py").returncode == 0
        assert suite.links == NEW, (step, way)
    record_property("figure", f"{len(struck)} failures")


DEATHS = {
    "os._exit": "import os; os._exit(0)",
    "SIGKILL": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "SIGTERM": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "SIGSEGV": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "Ctrl-C": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "pytest.exit": "pytest.exit('enough')",
    "SystemExit": "raise SystemExit(5)",
    "-x": "assert False",
    "--maxfail=1": "assert False",
    "timeout": "import time; time.sleep(60)",
}
# pytest-timeout's thread ends the process immediately.
TIMEOUT = ("-p", "timeout", "--timeout=2", "--timeout-method=thread")


XDIST = ("-p", "xdist", "-n", "2", "--maxprocesses=2", "--max-worker-restart=0")
BY = [(death, workers) for death in DEATHS for workers in ((), XDIST)]
FEW_DEATHS = [("os._exit", ()), ("Ctrl-C", ()), ("SIGKILL", XDIST)]


@pytest.mark.parametrize(
    ("death", "workers"),
    BY if FULL_RUN else FEW_DEATHS,
    ids=lambda value: value if isinstance(value, str) else "xdist" if value else "alone",
)
def test_completed_tests_count_however_the_session_dies(suite, death, workers):
    if death == "timeout":
        pytest.importorskip("pytest_timeout")
    suite.tests(f"def test_new(): this_tests(mylib.subtract)\ndef test_z_death():\n    {DEATHS[death]}")
    session(
        suite,
        "-p",
        "no:faulthandler",
        "tests/test_it.py",
        *workers,
        *([death] if death.startswith("-") else TIMEOUT if death == "timeout" else []),
    )
    load(suite.path)
    suite.tests("def test_new(): this_tests(mylib.subtract)\ndef test_z_death(): pass")
    assert session(suite, "tests/test_other.py").returncode == 0
    assert suite.links["mylib.subtract"] == ["test_new"]


def test_a_session_killed_from_outside_loses_no_completed_test(suite):
    suite.tests(
        "import pathlib, time\ndef test_new(): this_tests(mylib.subtract)\n"
        "def test_z_long():\n    pathlib.Path('there').touch()\n    time.sleep(60)"
    )
    with subprocess.Popen(
        [*PYTEST, "tests/test_it.py"], cwd=suite.root, env=os.environ | ALONE, stdout=subprocess.DEVNULL
    ) as process:
        limit = time.monotonic() + PROCESS_TIMEOUT
        while not (suite.root / "there").exists() and time.monotonic() < limit:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    done = session(suite, "tests/test_other.py")
    assert suite.links["mylib.subtract"] == ["test_new"]
    assert "Recovered from an interrupted session: 1 test." in done.stdout


def test_a_session_under_way_keeps_its_journal(suite):
    suite.tests(
        "import subprocess, sys\ndef test_new(): this_tests(mylib.subtract)\n"
        "def test_z_inner():\n    command = [sys.executable, '-m', 'pytest', '-p', 'this_tests', 'tests/test_other.py']\n"
        "    done = subprocess.run(command, capture_output=True, text=True)\n"
        "    assert 'Recovered' not in done.stdout\n"
        "    import os; os._exit(0)"
    )
    session(suite, "tests/test_it.py")
    assert "mylib.subtract" not in suite.links
    session(suite, "tests/test_other.py")
    assert suite.links["mylib.subtract"] == ["test_new"]


def test_a_failing_case_of_a_dead_session_spoils_the_good_ones(suite):
    suite.tests(
        "@pytest.mark.parametrize('a', [1, 0, 2])\ndef test_new(a):\n    this_tests(mylib.subtract)\n    assert a\n"
        "def test_z_death(): import os; os._exit(0)"
    )
    session(suite, "tests/test_it.py")
    session(suite, "tests/test_other.py")
    assert "mylib.subtract" not in suite.links


def test_a_check_neither_keeps_nor_takes_in_a_journal(suite):
    suite.tests("def test_new(): this_tests(mylib.subtract)\ndef test_z_death(): import os; os._exit(0)")
    session(suite, "tests/test_it.py", "--this-tests-check")
    session(suite, "tests/test_other.py")
    assert "mylib.subtract" not in suite.links


def mounted(suite, mount, *args):
    """Run pytest after *mount*, in a mount namespace of its own."""
    pytest_command = shlex.join([*PYTEST, "-p", "no:cacheprovider", *args])
    script = f'mount() {{ command mount "$@" || exit 77; }}\n{mount}\n{pytest_command}'
    command = ["unshare", "--mount", "sh", "-c", script]
    done = subprocess.run(
        command,
        cwd=suite.root,
        env=os.environ | ALONE,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROCESS_TIMEOUT,
    )
    if done.returncode == 77 or "unshare:" in done.stderr:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    return done


mounts = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux's namespaces")


@mounts
def test_a_read_only_folder_is_reported_and_changes_no_exit_code(suite):
    old = suite.path.read_bytes()
    done = mounted(suite, 'mount --bind "$PWD" "$PWD"; mount -o remount,ro,bind "$PWD"; cd "$PWD"')
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"this-tests: {suite.path}: cannot be locked: Read-only file system" in done.stdout
    assert suite.path.read_bytes() == old


@mounts
def test_a_disk_that_is_really_full_is_reported_and_changes_no_exit_code(suite):
    (suite.root / "small").mkdir()
    full = "mount -t tmpfs -o size=64k none small; cp test_registry.json small/r.json; head -c 1M /dev/zero > small/rest"
    done = mounted(
        suite,
        f"trap 'cmp test_registry.json small/r.json && ls -A small' EXIT\n{full}",
        "--this-tests-registry",
        "small/r.json",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "cannot be written: No space left on device" in done.stdout
    assert done.stdout.splitlines()[-2:] == ["r.json", "rest"]


def one(name):
    return Registry(callables={name: Entry(declared={"t.py::test": Link()})})


def replaced(path, data):
    other = path.with_name("other")
    other.write_bytes(data)
    other.replace(path)


def test_a_file_replaced_while_we_wait_for_the_lock_is_merged(tmp_path):
    this_tests(rewrite)
    path = tmp_path / "r.json"
    path.write_bytes(encode(one("old")))
    with FileLock(tmp_path / ".r.json.lock"):
        writer = Thread(target=rewrite, args=(path, lambda found: merge(found, one("mine"))), daemon=True)
        writer.start()
        time.sleep(0.2)
        replaced(path, encode(one("theirs")))
    writer.join(PROCESS_TIMEOUT)
    assert sorted(load(path).callables) == ["mine", "theirs"]


@pytest.mark.parametrize("there", [True, False], ids=["another", "the first"])
def test_a_file_replaced_while_we_merge_is_merged_in_its_turn(tmp_path, there):
    """As by a `git checkout`, which ignores the lock."""
    this_tests(rewrite)
    path, found = tmp_path / "r.json", []
    if there:
        path.write_bytes(encode(one("old")))

    def change(registry):
        found.append(sorted(registry.callables))
        if len(found) == 1:
            replaced(path, encode(one("theirs")))
        return merge(registry, one("mine"))

    rewrite(path, change)
    assert found == [["old"] if there else [], ["theirs"]]
    assert sorted(load(path).callables) == ["mine", "theirs"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_conflict_that_appears_during_a_merge_is_reported_and_left_unchanged(tmp_path):
    this_tests(rewrite, RegistryError)
    path = tmp_path / "r.json"
    path.write_bytes(encode(one("old")))

    def change(registry):
        replaced(path, b"<<<<<<< HEAD\n")
        return merge(registry, one("mine"))

    with pytest.raises(RegistryError, match="line 1"):
        rewrite(path, change)
    assert path.read_bytes() == b"<<<<<<< HEAD\n"


def test_a_file_that_is_replaced_endlessly_is_reported_and_left_unchanged(tmp_path):
    this_tests(rewrite, RegistryError)
    path, numbers = tmp_path / "r.json", itertools.count()

    def change(registry):
        replaced(path, encode(one(f"theirs{next(numbers)}")))
        return merge(registry, one("mine"))

    with pytest.raises(RegistryError, match="another program keeps replacing it"):
        rewrite(path, change)
    assert "mine" not in load(path).callables
    assert list(tmp_path.iterdir()) == [path]


def add(path, gate, number):
    gate.wait(PROCESS_TIMEOUT)
    rewrite(path, lambda registry: merge(registry, one(f"name{number:04}")))


def test_eight_sessions_that_write_at_once_lose_nothing(tmp_path, record_property):
    this_tests(rewrite)
    path, rounds = tmp_path / "r.json", 50 if FULL_RUN else 5
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    gate = context.Barrier(8)
    for start in range(rounds):
        writers = [
            context.Process(target=add, args=(path, gate, start * 8 + number), daemon=True)
            for number in range(8)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    assert sorted(load(path).callables) == [f"name{number:04}" for number in range(8 * rounds)]
    assert [file.name for file in tmp_path.iterdir()] == ["r.json"]
    record_property("figure", f"{rounds} rounds")
