"""``this-tests prove``, as a user runs it."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from timeouts import PROCESS_TIMEOUT

from this_tests import this_tests
from this_tests.observations.file import load_proofs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.cli.prove", "this_tests.cli.prove_run"]),
]

# By callable: its code, its test, and what no test notices; or in one line why there is no verdict.
KNOWN = {
    "add": ("def add(a, b): return a + b", "assert mylib.add(1, 2) == 3", []),
    "ignored": ("def ignored(a): return a * 3", "mylib.ignored(3)", ["returns None", "returns 0"]),
    "truthy": ("def truthy(a): return a > 1", "assert mylib.truthy(2)", []),
    "falsy": ("def falsy(a): return a > 1", "assert not mylib.falsy(1)", ["returns None"]),
    "not_none": ("def not_none(a): return [a]", "assert mylib.not_none(1) is not None", ["returns []"]),
    "shown": ("def shown(a): print(a)", "mylib.shown(1); assert capsys.readouterr().out", []),
    "unseen": ("def unseen(a): print(a)", "mylib.unseen(1)", ["returns None"]),
    "written": ("def written(a): a.append(1)", "a = []; mylib.written(a); assert a", []),
    "identity": ("def identity(a): return a", "a = object(); assert mylib.identity(a) is a", []),
    "fluent": ("def fluent(a): a.append(object()); return a", "assert mylib.fluent([]) is not None", ["[]"]),
    "raising": ("def raising(a): raise KeyError(a)", "pytest.raises(KeyError, mylib.raising, 1)", []),
    "recursive": (
        "def recursive(n): return 1 if n == 0 else n * recursive(n - 1)",
        "assert mylib.recursive(3) == 6",
        [],
    ),
    "generated": ("def generated():\n    yield 1", "assert list(mylib.generated()) == [1]", []),
    "unread": ("def unread():\n    yield 1", "list(mylib.unread())", ["yields nothing"]),
    "empty": ("def empty():\n    yield from ()", "list(mylib.empty())", "it does nothing as it is"),
    "Box.__iter__": ("", "assert next(iter(mylib.Box(1))) == 1", []),
    "sometimes": (
        "def sometimes(a):\n    for b in a: yield b",
        "list(mylib.sometimes([]))\ndef test_more(): assert list(mylib.sometimes([1]))",
        [],
    ),
    "overloaded": (
        "@typing.overload\ndef overloaded(a: int) -> int: ...\n@typing.overload\n"
        "def overloaded(a: str) -> str: ...\ndef overloaded(a): return a * 2",
        "assert mylib.overloaded(2) == 4",
        [],
    ),
    "managed": (
        "@contextlib.contextmanager\ndef managed(a):\n    a.append(1)\n    yield",
        "a = []\n    with mylib.managed(a): assert a",
        [],
    ),
    "entered": (
        "@contextlib.contextmanager\ndef entered(a):\n    a.append(1)\n    yield",
        "with mylib.entered([]): pass",
        ["only enters and leaves"],
    ),
    "awaited": ("async def awaited(): return 4", "assert asyncio.run(mylib.awaited()) == 4", []),
    "decorated": (
        "@functools.wraps(add)\ndef wrapped(*a): return 1\ndef deco(f):\n    @functools.wraps(f)\n"
        "    def inner(*a): return f(*a)\n    return inner\n@deco\ndef decorated(a): return a * 2",
        "assert mylib.decorated(2) == 4",
        [],
    ),
    "cached": ("@functools.lru_cache\ndef cached(a): return a * 2", "assert mylib.cached(2) == 4", []),
    "Box.put": ("", "assert mylib.Box(1).put(2).a == 2", []),
    "Box.size": ("", "assert mylib.Box(5).size == 5", []),
    "Box.make": ("", "assert mylib.Box.make().a == 7", []),
    "Box.count": ("", "mylib.Box.count([1])", ["returns None", "returns 0"]),
    "Box.__len__": ("", "assert len(mylib.Box(3)) == 3", []),
    "hook": ("def hook(a): ...", "mylib.hook(1)", "it does nothing as it is"),
    "saved": ("def saved(path): open(path, 'w').close()", "mylib.saved('here.txt')", "writes to here.txt"),
    "started": (
        "def started(): subprocess.run([sys.executable, '-c', ''])",
        "mylib.started()",
        "starts a program",
    ),
}
BOX = """
class Box:
    def __init__(self, a): self.a = a
    def put(self, a): self.a = a; return self
    @property
    def size(self): return self.a
    @classmethod
    def make(cls): return cls(7)
    @staticmethod
    def count(a): return len(a)
    def __len__(self): return self.a
    def __iter__(self): return self
    def __next__(self): return self.a
"""


def callables(result):
    """Return what came of each callable, by its name in the library."""
    return {entry["name"].partition(".")[2]: entry for entry in json.loads(result.stdout)["callables"]}


def unnoticed(entry):
    return [replaced["instead"] for replaced in entry["replaced"] if not replaced["noticed_by"]]


def test_what_is_known_of_each_kind_of_callable(suite, command):
    library = "\n".join([*(code for code, _, _ in KNOWN.values()), BOX])
    tests = "\n".join(
        f"def test_{name.replace('.', '_')}(capsys):\n    {test}" for name, (_, test, _) in KNOWN.items()
    )
    project = suite(library, tests)
    result = command("prove", "--format", "json")
    found = callables(result)
    assert found.keys() >= KNOWN.keys()
    wrong = {}
    for name, (_, _, expected) in KNOWN.items():
        entry = found[name]
        if isinstance(expected, str):
            if expected not in entry["problem"]:
                wrong[name] = entry
        elif (
            len(unnoticed(entry)) != len(expected)
            or entry["problem"]
            or not all(label.endswith(end) for label, end in zip(unnoticed(entry), expected, strict=True))
        ):
            wrong[name] = entry
    assert not wrong
    assert result.returncode == 1
    assert not (project.root / "here.txt").exists()


DELETING = """
def folder(): return "/nowhere"
def clean(path):
    shutil.rmtree(path / (name() or "."))
def name(): return "below"
"""


def test_a_caller_cannot_delete_a_wrong_folder(suite, command, tmp_path):
    precious = tmp_path / "precious"
    (precious / "below").mkdir(parents=True)
    (precious / "file").touch()
    project = suite(
        DELETING,
        f"""
from pathlib import Path
def test_clean():
    path = Path({str(precious)!r})
    (path / "below").mkdir(exist_ok=True)
    mylib.clean(path)
""",
    )
    result = command("prove")
    assert (precious / "file").exists()
    assert f"writes to {precious}" in result.stdout
    assert project.root.exists()


def test_a_hang_and_a_crash_are_told(suite, command):
    suite(
        """
import os
state = []
def step(): state.append(1); return len(state)
def wait():
    while step() < 3: pass
    return 1
def safe(): return 1
def used():
    if not safe(): os._exit(3)
""",
        """
def test_wait(): assert mylib.wait()
def test_used(): mylib.used()
""",
    )
    result = command("prove", "mylib.step", "mylib.safe")
    assert result.returncode == 0
    assert "returns 0: tests/test_it.py::test_wait hung" in result.stdout
    assert "returns 0: tests/test_it.py::test_used crashed" in result.stdout


ONE = "def add(a, b): return a + b\ndef other(a): return a * 2\n"
TESTS = "def test_add(): assert mylib.add(1, 2) == 3\ndef test_other(): assert mylib.other(1) == 2\n"


def test_what_is_proven_is_shown_until_the_code_changes(suite, command):
    project = suite(ONE, TESTS)
    assert command("prove").returncode == 0
    assert "proven    tests/test_it.py::test_add" in command("show", "mylib.add").stdout
    assert json.loads(command("show", "mylib.add", "--format", "json").stdout)["proven"] == {
        "mylib.add": {"tests/test_it.py::test_add": ["returns None", "returns 0"]}
    }
    source = project.root / "mylib/__init__.py"
    source.write_text(source.read_text().replace("a + b", "b + a"))
    assert "direct    tests/test_it.py::test_add" in command("show", "mylib.add").stdout
    assert "proven    tests/test_it.py::test_other" in command("show", "mylib.other").stdout
    tests = project.root / "tests/test_it.py"
    tests.write_text(tests.read_text().replace("== 2", "== 2 != 3"))
    assert "direct    tests/test_it.py::test_other" in command("show", "mylib.other").stdout


def test_only_what_changed(suite, command):
    project = suite(ONE, TESTS)
    assert "nothing to prove: no body" in command("prove", "--since", "HEAD").stderr
    source = project.root / "mylib/__init__.py"
    source.write_text(source.read_text().replace("a * 2", "2 * a"))
    result = command("prove", "--since", "HEAD", "--format", "json")
    assert callables(result).keys() == {"other"}


def test_what_is_new_changed(suite, command):
    project = suite(ONE, TESTS)
    source = project.root / "mylib/__init__.py"
    source.write_text(source.read_text() + "def fresh(): return 1\nfrom .sub import deep\n")
    project.write({"mylib/sub.py": "def deep(): return 1\n"})
    project.tests(
        "import mylib\ndef test_new(): assert mylib.fresh() == mylib.deep() == 1\n", "tests/test_new.py"
    )
    assert project.run_apart("--this-tests-observe", "-q").ret == 0
    result = command("prove", "--since", "HEAD", "--format", "json")
    assert callables(result).keys() == {"fresh", "deep"}


def test_names_choose(suite, command):
    suite(ONE + BOX, TESTS + "def test_box(): assert mylib.Box(1).put(2).size == 2\n")
    assert callables(command("prove", "mylib.Box.put", "--format", "json")).keys() == {"Box.put"}
    of_class = callables(command("prove", "mylib.Box", "--format", "json")).keys()
    assert of_class == {"Box.put", "Box.size"}
    assert callables(command("prove", "mylib.Box.__init__", "--format", "json")).keys() == {"Box"}
    result = command("prove", "mylib.nothing")
    assert (result.returncode, result.stdout) == (2, "")
    assert "mylib.nothing: no test was observed to execute a Python function of that name" in result.stderr


def test_all_tests_of_a_callable(suite, command):
    suite(ONE, TESTS + "def test_more(): assert mylib.add(2, 2) == 4\ndef test_blind(): mylib.add(1, 1)\n")
    entry = callables(command("prove", "mylib.add", "--all-tests", "--format", "json"))["add"]
    assert [len(replaced["noticed_by"]) for replaced in entry["replaced"]] == [2, 2]
    assert entry["unaware"] == ["tests/test_it.py::test_blind"]


def test_tests_of_classes_with_fixtures_and_cases(suite, command):
    suite(
        ONE,
        """
@pytest.fixture(scope="module")
def two(tmp_path_factory): return mylib.other(1) + len(list(tmp_path_factory.mktemp("a").iterdir()))
class TestAll:
    @pytest.mark.parametrize("a", [1, 2])
    def test_add(self, two, a, tmp_path):
        (tmp_path / "a").write_text("a")
        assert mylib.add(two, a) == 2 + a
""",
    )
    found = callables(command("prove", "--format", "json"))
    assert [unnoticed(found[name]) for name in ("add", "other")] == [[], []]


def test_the_time_can_be_limited(suite, command):
    slow = "".join(f"def f{n}(): time.sleep(0.3); return 1\n" for n in range(30))
    suite(slow, "".join(f"def test_f{n}(): assert mylib.f{n}() == 1\n" for n in range(30)))
    result = command("prove", "--time", "2s", "-n", "1")
    assert re.search(r"^\d+ were not reached\.$", result.stdout, re.MULTILINE)
    assert command("prove", "--time", "soon").returncode == 2


def test_an_interrupt_keeps_what_is_proven(suite, tmp_path_factory):
    """One is judged at once, and the other one not before a minute has passed."""
    project = suite(
        "def a(): return 1\ndef b(): time.sleep(LONG); return 1\nLONG = 0\n",
        "import os\ndef test_a(): assert mylib.a() == 1\n"
        "def test_b():\n    mylib.LONG = int(os.environ.get('LONG', '0'))\n    assert mylib.b() == 1\n",
    )
    temporary = tmp_path_factory.mktemp("temporary")
    process = subprocess.Popen(
        [sys.executable, "-m", "this_tests", "prove", "-n", "1"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        env={**os.environ, "LONG": "60", "TMPDIR": str(temporary)},
    )
    end = time.monotonic() + PROCESS_TIMEOUT
    while not any(temporary.glob("*/verdicts.jsonl")) and time.monotonic() < end:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PROCESS_TIMEOUT)
    assert process.returncode == 130
    assert "interrupted; what was proven until then is kept" in err
    assert "1 were not reached" in out
    assert load_proofs(project.root / "test_observations")


def test_without_observations_it_says_what_to_do(project, command):
    this_tests("this_tests.cli.prove")
    project.configure()
    result = command("prove")
    assert result.returncode == 2
    assert "run pytest --this-tests-observe" in result.stderr
