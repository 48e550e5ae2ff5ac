"""What a test's child processes execute belongs to the test, or else it is known that it may execute more."""

import sys
import sysconfig
import textwrap
import venv
from pathlib import Path

import pytest
from timeouts import PROCESS_TIMEOUT

from this_tests.observations.file import load
from this_tests.observations.inputs import PROCESS

PTH = Path(__file__).parents[2] / "registry" / "this_tests_children.pth"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(target=["this_tests.observe.children", "this_tests.pytest_plugin.observation"]),
    pytest.mark.skipif(sys.platform == "win32", reason="starts processes as POSIX does"),
]

HEAD = """
    import os, signal, subprocess, sys, time
    import multiprocessing as mp
    from concurrent.futures import ProcessPoolExecutor

    def worker(*_):
        return mylib.add(1, 2)

"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Return a Python that has what this one has, and the file by which a child begins to report."""
    folder = tmp_path_factory.mktemp("python")
    venv.create(folder, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    site.joinpath("all_else.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    )
    site.joinpath(PTH.name).write_bytes(PTH.read_bytes())
    return folder / "bin" / "python"


class Children:
    """An observed project whose tests start processes."""

    def __init__(self, observing, pytester, python):
        self.observing = observing
        self._pytester, self.python = pytester, python
        self.root = observing.project.root

    def run(self, source, *args, **outcomes):
        """Run the tests in *source* in a process of their own."""
        self.observing.project.tests(textwrap.dedent(HEAD) + textwrap.dedent(source))
        done = self.again(*args)
        done.assert_outcomes(**(outcomes or {"passed": 1}))
        return self

    def again(self, *args):
        """Run what is there."""
        options = ("-p", "no:randomly", "-p", "no:cacheprovider", *args)
        return self._pytester.run(self.python, "-m", "pytest", *options, timeout=PROCESS_TIMEOUT)

    def of(self, test):
        """What *test* executed."""
        return self.observing.of(test)

    @property
    def blind(self):
        """The tests that may have executed more."""
        (inputs,) = load(self.root / "test_observations").inputs.values()
        return {test.partition("::")[2] for test in inputs.tests_of(PROCESS)}


@pytest.fixture
def children(observing, pytester, python):
    return Children(observing, pytester, python)


BLIND = [
    "subprocess.run(['sh', '-c', 'echo; echo'], check=True)",
    "subprocess.run([sys.executable, 'mylib/command.py'], check=True)",
    "subprocess.run([sys.executable, '-S', '-c', 'pass'], check=True)",
    "subprocess.run([sys.executable, '-c', 'pass'], env={}, check=True)",
    "subprocess.run('./echo', cwd='/bin', check=True)",
    "os.system('true; true')",
    "os.waitpid(os.posix_spawn(sys.executable, ['python', '-S', '-c', ''], {}), 0)",
    "subprocess.run([sys.executable, '-S', '-c', 'pass'], env={}, close_fds=False, check=True)",
    "__import__('helper').start()",
]


def test_a_test_is_blind_if_a_process_reports_nothing(children):
    children.observing.project.write({"mylib/command.py": ""})
    children.root.joinpath("helper.py").write_text(
        "import subprocess\ndef start(): subprocess.run(['sh', '-c', 'exit; exit'], check=True)\n"
    )
    tests = (
        f"def test_{number}(): {way}\ndef test_{number}_after(): pass\n" for number, way in enumerate(BLIND)
    )
    children.run("".join(tests), passed=2 * len(BLIND))
    assert children.blind == {f"test_{number}" for number in range(len(BLIND))}


HARMLESS = [
    "subprocess.run(['echo', 'text'], check=True)",
    "subprocess.run(['git', '--version'], check=True)",
    "subprocess.run(['/bin/cat'], input=b'text', check=True)",
    "subprocess.run(['echo'], close_fds=False, check=True)",
    "subprocess.run('echo text', shell=True, check=True)",
    "os.system('echo text')",
    "pytest.raises(FileNotFoundError, subprocess.run, ['no-such-program'])",
    "pytest.raises(FileNotFoundError, subprocess.run, ['/no/such/program'])",
]


def test_a_program_that_runs_no_python_makes_nobody_blind(children):
    tests = (f"def test_{number}(): {statement}\n" for number, statement in enumerate(HARMLESS))
    children.run("".join(tests), passed=len(HARMLESS))
    assert children.blind == set()


def test_a_script_with_the_name_of_a_program_makes_blind(children):
    script = children.root / "bin" / "git"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o700)
    children.run("def test_it(): subprocess.run(['git'], env={'PATH': 'bin'}, check=True)\n")
    assert children.blind == {"test_it"}


def test_who_lives_on_makes_each_test_blind_until_it_ends(children):
    children.run(
        """
        started = []
        def test_before(): pass
        def test_starts(): started.append(subprocess.Popen(["sh", "-c", "cat; true"], stdin=subprocess.PIPE))
        def test_during(): pass
        def test_ends(): started[0].communicate()
        def test_after(): pass
        """,
        passed=5,
    )
    assert children.blind == {"test_starts", "test_during", "test_ends"}


def test_a_fixture_makes_all_blind_that_use_it(children):
    children.run(
        """
        @pytest.fixture(scope="session")
        def made(): subprocess.run(["sh", "-c", "true; true"], check=True)
        def test_a(made): pass
        def test_b(): pass
        def test_c(made): pass
        """,
        passed=3,
    )
    assert children.blind == {"test_a", "test_c"}


def test_a_process_that_is_started_before_the_tests_makes_them_blind_while_it_lives(children):
    children.run(
        "server = subprocess.Popen(['sh', '-c', 'cat; true'], stdin=subprocess.PIPE)\n"
        "def test_a(): pass\ndef test_b(): server.communicate()\ndef test_c(): pass\n",
        passed=3,
    )
    assert children.blind == {"test_a", "test_b"}


FORKS = {
    "fork": """
        def test_it():
            process = os.fork()
            if not process:
                worker()
                os._exit(0)
            os.waitpid(process, 0)
    """,
    "killed": """
        def test_it():
            process = os.fork()
            if not process:
                worker()
                os.kill(os.getpid(), signal.SIGKILL)
            os.waitpid(process, 0)
    """,
    "a thread": """
        def test_it():
            process = os.fork()
            if not process:
                import threading
                threading.Thread(target=worker).start()
                signal.pause()
            os.read(ready, 1)
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        ready, write = os.pipe()
        def worker():
            mylib.add(1, 2)
            os.write(write, b"1")
    """,
    "process": """
        def test_it():
            process = mp.get_context("fork").Process(target=worker)
            process.start()
            process.join()
            assert process.exitcode == 0
    """,
    "pool": """
        def test_it():
            with mp.get_context("fork").Pool(2) as pool:
                pool.map(worker, [1, 2])
                pool.close()
                pool.join()
    """,
    "executor": """
        def test_it():
            with ProcessPoolExecutor(2, mp.get_context("fork")) as executor:
                executor.submit(worker).result()
    """,
    "a fork of a fork": """
        def test_it():
            process = os.fork()
            if not process:
                inner = os.fork()
                if not inner:
                    worker()
                    os._exit(0)
                os.waitpid(inner, 0)
                os._exit(0)
            os.waitpid(process, 0)
    """,
}
AFTER = """
def test_after(): pass
"""


@pytest.mark.parametrize("way", FORKS)
def test_what_a_forked_child_executes_belongs_to_its_test(children, way):
    children.run(textwrap.dedent(FORKS[way]) + AFTER, passed=2)
    assert children.of("test_it") == {"add": "call", "_helper": "call"}
    assert children.of("test_after") == {}
    assert children.blind == set()


def test_a_fork_that_becomes_a_program_that_reports_nothing_is_blind(children):
    children.run(
        """
        def become(*command):
            process = os.fork()
            if not process:
                os.execvp(command[0], command)
            os.waitpid(process, 0)
        def test_python(): become(sys.executable, "-S", "-c", "")
        def test_echo(): become("echo")
        """,
        passed=2,
    )
    assert children.blind == {"test_python"}


def test_a_pool_that_outlives_its_test_makes_blind_until_it_ends(children):
    children.run(
        """
        pools = []
        def test_starts():
            pools.append(ProcessPoolExecutor(1, mp.get_context("fork")))
            pools[0].submit(os.getpid).result()
        def test_uses(): pools[0].submit(worker).result()
        def test_ends(): pools[0].shutdown()
        def test_after(): pass
        """,
        passed=4,
    )
    assert children.of("test_uses") == {"add": "call", "_helper": "call"}
    assert children.blind == {"test_starts", "test_uses", "test_ends"}


def test_what_a_child_executes_for_a_fixture_belongs_to_all_that_use_it(children):
    children.run(
        """
        @pytest.fixture(scope="session")
        def made():
            with mp.get_context("fork").Pool(1) as pool:
                pool.apply(worker)
                pool.close()
                pool.join()
        def test_a(made): pass
        def test_b(): pass
        def test_c(made): pass
        """,
        passed=3,
    )
    assert children.of("test_a") == children.of("test_c") == {"add": "setup", "_helper": "setup"}
    assert children.of("test_b") == {}
    assert children.blind == set()


def test_a_function_that_runs_before_a_command_is_no_process(children):
    children.run("def test_it(): subprocess.run(['echo'], preexec_fn=os.getpid, check=True)\n")
    assert children.blind == set()


STARTS = {
    "-m": "subprocess.run([sys.executable, '-m', 'mylib'], check=True)",
    "-m of a module": "subprocess.run([sys.executable, '-m', 'mylib.command'], check=True)",
    "-c": "subprocess.run([sys.executable, '-c', CODE], check=True)",
    "-I": "subprocess.run([sys.executable, '-I', '-c', 'import sys; sys.path.append(str());' + CODE], check=True)",
    "a script": "subprocess.run(['./script'], check=True)",
    "a shell": "subprocess.run(f'{sys.executable} -m mylib', shell=True, check=True)",
    "posix_spawn by Popen": "subprocess.run([sys.executable, '-c', CODE], close_fds=False, check=True)",
    "posix_spawn": "os.waitpid(os.posix_spawn(sys.executable, [sys.executable, '-c', CODE], os.environ), 0)",
    "system": "assert os.system(f'{sys.executable} -m mylib') == 0",
    "spawnv": "assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, '-c', CODE]) == 0",
    "killed": "subprocess.run([sys.executable, '-c', CODE + '; import os; os.kill(os.getpid(), 9)'])",
    "asyncio": "asyncio.run(started())",
    "spawn": "join(mp.get_context('spawn').Process(target=worker))",
    "forkserver": "join(mp.get_context('forkserver').Process(target=worker))",
    "spawned executor": "executed(mp.get_context('spawn'))",
    "forkserver's executor": "executed(mp.get_context('forkserver'))",
    "a child of a child": "subprocess.run([sys.executable, '-c', CHILD], check=True)",
    "a fork of a child": "subprocess.run([sys.executable, '-c', FORK], check=True)",
    "a helper": "__import__('helper').start()",
}
WAYS = """
import asyncio

CODE = "import mylib; mylib.add(1, 2)"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CODE!r}], check=True)"
FORK = f"import os; process = os.fork() or ({CODE.split('; ')[0]!r} and exec({CODE!r})) or os._exit(0); os.waitpid(process, 0)"

async def started():
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", CODE)
    await process.wait()

def join(process):
    process.start()
    process.join()
    assert process.exitcode == 0

def executed(context):
    with ProcessPoolExecutor(1, context) as executor:
        executor.submit(worker).result()
"""
COMMAND = {
    "mylib/__main__.py": "from . import add\nadd(1, 2)\n",
    "mylib/command.py": "from . import add\ndef main(): add(1, 2)\nif __name__ == '__main__': main()\n",
    "helper.py": "import subprocess, sys\ndef start(): subprocess.run([sys.executable, '-m', 'mylib'], check=True)\n",
}


# Those that leave a process which the next test would see.
SERVERS = ["forkserver", "forkserver's executor"]


@pytest.mark.parametrize("ways", [[way for way in STARTS if way not in SERVERS], *([way] for way in SERVERS)])
def test_what_a_started_child_executes_belongs_to_its_test(children, ways):
    children.observing.project.write(COMMAND)
    script = children.root / "script"
    script.write_text(
        f"#!{children.python}\nimport sys\nsys.path.insert(0, '.')\nimport mylib\nmylib.add(1, 2)\n"
    )
    script.chmod(0o700)
    head = "import mylib.command, mylib.__main__\n"  # So that there is cached code.
    tests = (f"def test_{number}(): {STARTS[way]}\n" for number, way in enumerate(ways))
    children.run(f"{head}{WAYS}\n{''.join(tests)}\n{AFTER}", passed=len(ways) + 1)
    for number, way in enumerate(ways):
        found = children.of(f"test_{number}")
        assert (found.pop("mylib.command:main", None) is not None) == (way == "-m of a module"), way
        # In the child, the library is imported by the test.
        assert {"add", "_helper"} <= found.keys() <= {"add", "_helper", "logged", "outer"}, way
        assert set(found.values()) == {"call"}, way
    assert children.of("test_after") == {}
    assert children.blind == set()


def test_a_server_of_a_fixture_makes_blind_while_it_lives(children):
    children.run(
        """
        CODE = "import mylib, sys; mylib.add(1, 2); print(flush=True); sys.stdin.read()"
        @pytest.fixture(scope="module")
        def server():
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            with subprocess.Popen([sys.executable, "-c", CODE], **pipes) as process:
                process.stdout.readline()
                yield
        def test_a(server): pass
        def test_b(): pass
        def test_c(server): pass
        """,
        passed=3,
    )
    assert children.of("test_a")["add"] == children.of("test_c")["add"] == "setup"
    assert "add" not in children.of("test_b")
    assert children.blind == {"test_a", "test_b", "test_c"}


def test_a_child_prints_nothing_and_has_the_modules_that_it_has_without_us(children):
    children.observing.project.tests(
        """
        import subprocess, sys
        CODE = "import sys, mylib; print(sorted(sys.modules), len(__import__('os').environ))"
        def test_it():
            done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
            print("\\nFOUND", done.stdout, done.stderr)
        """
    )
    bare, observed = (
        [line for line in children.again("-s", option).outlines if line.startswith("FOUND")]
        for option in ("--no-this-tests-observe", "--this-tests-observe")
    )
    modules, _, variables = bare[0].rpartition(" ")
    assert observed == [f"{modules} {int(variables) + 1}"]


def test_no_child_outside_of_tests_has_the_variable(children):
    children.run(
        """
        CODE = "import os; assert 'THIS_TESTS_CHILDREN' not in os.environ"
        subprocess.run([sys.executable, "-c", CODE], check=True)
        def test_it(): assert os.environ.pop("THIS_TESTS_CHILDREN")
        def test_other(monkeypatch): monkeypatch.setattr(os, "environ", {})
        def test_again(): assert os.environ["THIS_TESTS_CHILDREN"]
        """,
        passed=3,
    )
    assert children.blind == set()


def test_a_module_that_only_a_child_loads_is_observed_from_the_second_time_on(children):
    """On 3.11, a child reads code that the session has prepared, or else the test is blind."""
    children.observing.project.write(COMMAND)
    children.run("def test_it(): subprocess.run([sys.executable, '-m', 'mylib.command'], check=True)")
    if sys.version_info < (3, 12):
        assert children.blind == {"test_it"}
        children.again()
    assert children.of("test_it")["mylib.command:main"] == "call"
    assert children.blind == set()


INNER = """
import mylib, os, subprocess, sys
def test_inner(): mylib.add(1, 2)
def test_child(): subprocess.run([sys.executable, "-c", "import mylib; mylib.cached()"], check=True)
"""


@pytest.mark.parametrize("observe", ["--no-this-tests-observe", "--this-tests-observe"])
@pytest.mark.parametrize("run", ["runpytest_inprocess", "runpytest_subprocess"])
def test_a_session_inside_of_a_test_reports_to_the_test(children, run, observe):
    children.observing.project.write({"conftest.py": 'pytest_plugins = "pytester"'})
    children.run(
        f"""
        def test_it(pytester, monkeypatch):
            monkeypatch.setenv("PYTHONPATH", {str(children.root)!r}, prepend=os.pathsep)
            pytester.makepyprojecttoml("[tool.this-tests]\\nlibrary = ['mylib']\\nmissing = 'ignore'")
            pytester.makepyfile(test_inner={INNER!r})
            pytester.{run}("-p", "no:randomly", {observe!r}).assert_outcomes(passed=2)
        def test_after(): mylib.add(1, 2)
        """,
        passed=2,
    )
    assert set(children.of("test_after")) == {"add", "_helper"}
    if sys.version_info < (3, 12) and run == "runpytest_subprocess" and observe == "--this-tests-observe":
        # Two observers of one library in one child: the inner one takes the flags.
        assert children.blind == {"test_it"}
    else:
        assert {"add", "cached"} <= children.of("test_it").keys()
        assert children.blind == set()
