"""``this-tests init``: from a project without this-tests to one whose next pytest run writes the registry."""

import os
import select
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from this_tests import load

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target=["this_tests.cli", "this_tests.scaffold"])]

LIBRARY = "def add(a, b):\n    return a + b\n"
TEST = "import pkg\n\n\ndef test_add():\n    assert pkg.add(1, 2) == 3\n"
DECLARED = """
    import pkg
    from this_tests import this_tests


    def test_declared():
        this_tests(pkg.add)
        assert pkg.add(1, 2) == 3
"""
SOURCE = {"src/pkg/__init__.py": LIBRARY, "tests/test_add.py": TEST, "tests/test_declared.py": DECLARED}
FLAT = {"pkg/__init__.py": LIBRARY, "tests/test_add.py": TEST, "tests/test_declared.py": DECLARED}
BUILD = (
    '[build-system]\nrequires = ["{0}"]\nbuild-backend = "{0}"\n\n[project]\nname = "{1}"\nversion = "1"\n'
)
CORE = """
    #include <Python.h>

    static PyObject *core_add(PyObject *self, PyObject *args) {
        long a, b;
        if (!PyArg_ParseTuple(args, "ll", &a, &b)) return NULL;
        return PyLong_FromLong(a + b);
    }
    static PyMethodDef methods[] = {{"add", core_add, METH_VARARGS, ""}, {NULL, NULL, 0, NULL}};
    static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_core", NULL, -1, methods};
    PyMODINIT_FUNC PyInit__core(void) { return PyModule_Create(&module); }
"""


@dataclass(frozen=True)
class Shape:
    """A shape of projects.

    Attributes:
        files: Its files.
        table: The setting `library` that it needs.
        paths: Where its packages lie; an installed project has them on the path.
        tests: The tests of its function `add`, the declared ones first.
        others: Other functions of its that have tests.
    """

    files: dict[str, str]
    library: str = ""
    paths: tuple[str, ...] = (".",)
    tests: tuple[str, ...] = ("tests/test_declared.py::test_declared", "tests/test_add.py::test_add")
    others: tuple[str, ...] = ()


SHAPES = {
    "src layout": Shape({**SOURCE, "pyproject.toml": BUILD.format("setuptools", "pkg")}, paths=("src",)),
    "src layout, another name": Shape(
        {**SOURCE, "pyproject.toml": BUILD.format("setuptools", "dist-of-pkg")}, 'library = ["pkg"]', ("src",)
    ),
    "flat layout": Shape({**FLAT, "pyproject.toml": BUILD.format("setuptools", "pkg")}),
    "poetry": Shape(
        {
            **FLAT,
            "pyproject.toml": '[tool.poetry]\nname = "other"\npackages = [{ include = "pkg" }]\n\n'
            '[tool.poetry.dependencies]\npython = "^3.11"\n',
        }
    ),
    "hatch": Shape(
        {
            **SOURCE,
            "pyproject.toml": BUILD.format("hatchling", "other")
            + '\n[tool.hatch.build.targets.wheel]\npackages = ["src/pkg"]\n',
        },
        paths=("src",),
    ),
    "uv": Shape(
        {
            **SOURCE,
            "pyproject.toml": BUILD.format("uv_build", "other")
            + '\n[tool.uv.build-backend]\nmodule-name = "pkg"\n\n[dependency-groups]\ndev = ["pytest"]\n',
            "uv.lock": "",
        },
        paths=("src",),
    ),
    "pdm": Shape(
        {
            **SOURCE,
            "pyproject.toml": BUILD.format("pdm-backend", "other") + "\n[tool.pdm]\ndistribution = true",
        },
        'library = ["pkg"]',
        ("src",),
    ),
    "flit": Shape(
        {
            **FLAT,
            "pyproject.toml": BUILD.format("flit_core", "other") + '\n[tool.flit.module]\nname = "pkg"\n',
        }
    ),
    "setup.cfg only": Shape(
        {
            **SOURCE,
            "setup.cfg": "[metadata]\nname = other\n\n[options]\npackage_dir =\n    = src\npackages = find:\n\n"
            "[options.packages.find]\nwhere = src\n\n[tool:pytest]\ntestpaths = tests\n",
        },
        'library = ["pkg"]',
        ("src",),
    ),
    "setup.py only": Shape(
        {**FLAT, "setup.py": "from setuptools import setup\nsetup(name='other', packages=['pkg'])\n"},
        'library = ["pkg"]',
    ),
    "a module": Shape(
        {
            "pkg.py": LIBRARY,
            "test_add.py": TEST,
            "test_declared.py": DECLARED,
            "pyproject.toml": BUILD.format("flit_core", "pkg"),
        },
        tests=("test_declared.py::test_declared", "test_add.py::test_add"),
    ),
    "tests inside of the package": Shape(
        {
            "src/pkg/__init__.py": LIBRARY,
            "src/pkg/tests/__init__.py": "",
            "src/pkg/tests/test_add.py": TEST,
            "src/pkg/tests/test_declared.py": DECLARED,
            "pyproject.toml": BUILD.format("setuptools", "pkg"),
        },
        paths=("src",),
        tests=("src/pkg/tests/test_declared.py::test_declared", "src/pkg/tests/test_add.py::test_add"),
    ),
    "a monorepo": Shape(
        {
            "packages/one/src/pkg/__init__.py": LIBRARY,
            "packages/one/tests/test_add.py": TEST,
            "packages/one/tests/test_declared.py": DECLARED,
            "packages/one/pyproject.toml": BUILD.format("setuptools", "one"),
            "packages/two/two/__init__.py": LIBRARY,
            "packages/two/tests/test_two.py": "import two\n\n\ndef test_two():\n    assert two.add(1, 2) == 3\n",
            "packages/two/pyproject.toml": BUILD.format("setuptools", "two"),
            "pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
        },
        'library = ["pkg", "two"]',
        ("packages/one/src", "packages/two"),
        ("packages/one/tests/test_declared.py::test_declared", "packages/one/tests/test_add.py::test_add"),
        ("two.add",),
    ),
    "a C extension": Shape(
        {
            **FLAT,
            "pkg/__init__.py": "from . import _core\n\n\ndef add(a, b):\n    return _core.add(a, b)\n",
            "pkg/_core.c": CORE,
            "setup.py": "from setuptools import Extension, setup\n"
            "setup(name='pkg', packages=['pkg'], ext_modules=[Extension('pkg._core', ['pkg/_core.c'])])\n",
        },
        'library = ["pkg"]',
    ),
}


class Sandbox:
    """A folder with a project, in which commands run as a user runs them."""

    def __init__(self, root):
        self.root = root

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(textwrap.dedent(text).lstrip("\n").encode())

    def text(self, name):
        return (self.root / name).read_bytes().decode()

    def contents(self):
        paths = (path for path in self.root.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}

    def environment(self, *paths, **env):
        folders = [str(self.root / path) for path in paths]
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
        path = os.pathsep.join([*folders, *filter(None, [os.environ.get("PYTHONPATH")])])
        return {**inherited, "PYTHONPATH": path, **env}

    def run(self, module, *args, paths=(), **env):
        return subprocess.run(
            [sys.executable, "-m", module, *args],
            cwd=self.root,
            env=self.environment(*paths, **env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def init(self, *args, **env):
        return self.run("this_tests", "init", *args, **env)

    def compile(self):
        """Compile the C file, as building the project does."""
        compiler = shutil.which("cc")
        include = sysconfig.get_paths()["include"]
        if compiler is None or not Path(include, "Python.h").exists():
            pytest.skip("needs a C compiler, and Python's headers")
        target = f"pkg/_core{sysconfig.get_config_var('EXT_SUFFIX')}"
        command = [compiler, "-shared", "-fPIC", f"-I{include}", "pkg/_core.c", "-o", target]
        subprocess.run(command, cwd=self.root, check=True)


@pytest.fixture
def sandbox(tmp_path):
    return Sandbox(tmp_path)


@pytest.fixture
def on_github(sandbox):
    """Return a project with all that the command looks for."""
    sandbox.write({**FLAT, "docs/conf.py": 'extensions = ["sphinx.ext.autodoc"]\n', "docs/index.rst": ""})
    sandbox.write({"pyproject.toml": BUILD.format("setuptools", "pkg") + "optional-dependencies.test = []\n"})
    sandbox.write({".git/config": '[remote "origin"]\n\turl = git@github.com:a/b.git\n', ".git/HEAD": ""})
    return sandbox


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_first_run_of_pytest_afterwards_writes_the_registry(sandbox, shape):
    sandbox.write(shape.files)
    done = sandbox.init("--yes")
    assert (done.returncode, done.stderr) == (0, "")
    table = sandbox.text("pyproject.toml").partition("[tool.this-tests]\n")[2]
    assert [line for line in table.splitlines() if line.startswith("library")] == [shape.library][
        : "library" in table
    ]
    assert "observe = true\n" in table

    if "pkg/_core.c" in shape.files:
        sandbox.compile()
    done = sandbox.run("pytest", "-q", "-p", "no:cacheprovider", paths=shape.paths)
    assert done.returncode == 0, done.stdout + done.stderr
    declared = load(sandbox.root / "test_registry.json").callables["pkg.add"].declared
    assert list(declared) == [shape.tests[0]]
    for name in shape.others:
        assert sandbox.run("this_tests", "show", name, paths=shape.paths).returncode == 0
    shown = sandbox.run("this_tests", "show", "pkg.add", paths=shape.paths).stdout
    assert [line.split()[:2] for line in shown.splitlines()[1:3]] == [
        ["declared", shape.tests[0]],
        ["direct", shape.tests[1]],
    ]

    before = sandbox.contents()
    again = sandbox.init("--yes")
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == "this-tests: nothing to do: the project is set up\n"
    assert sandbox.contents() == before


def test_all_that_a_project_has_is_set_up(on_github):
    before = on_github.contents()
    done = on_github.init("--yes")
    assert done.returncode == 0
    after = on_github.contents()
    changed = {name for name, content in after.items() if before.get(name) != content}
    assert changed == {"pyproject.toml", ".gitattributes", "docs/conf.py", ".github/workflows/this-tests.yml"}
    assert on_github.text(".gitattributes") == "test_registry.json merge=this-tests\n"
    assert on_github.text("docs/conf.py") == 'extensions = ["sphinx.ext.autodoc", "sphinx_this_tests"]\n'
    assert "pip install --editable .[test] pytest this-tests\n" in on_github.text(
        ".github/workflows/this-tests.yml"
    )
    assert done.stdout.endswith(
        """\
Install this-tests[sphinx] where the docs are built, too.

Next:
  $ pytest                                  # run the tests, and note what they execute
  $ this-tests show pkg                     # list the tests of each function
  $ this-tests coverage                     # count the functions with tests, and without
  $ python -m sphinx docs docs/_build/html  # build the docs, with sphinx_this_tests
  $ this-tests merge-driver --install       # once in each clone: let git merge the registry
"""
    )


def test_without_consent_the_changes_are_shown_and_nothing_is_written(on_github):
    before = on_github.contents()
    done = on_github.init()
    assert (done.returncode, on_github.contents()) == (1, before)
    assert "+[tool.this-tests]\n" in done.stdout
    assert (
        "--- /dev/null\n+++ b/.gitattributes\n@@ -0,0 +1 @@\n+test_registry.json merge=this-tests\n"
        in done.stdout
    )
    assert "\x1b" not in done.stdout
    assert done.stderr == "this-tests: 4 changes not written; add --yes to write\n"


def on_a_terminal(sandbox, answers, **env):
    """Run the command on a terminal, and return its exit code and what the terminal showed."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = sandbox.environment(TERM="xterm", **env)
    environment.pop("NO_COLOR", None) if "NO_COLOR" not in env else None
    process = subprocess.Popen(
        [sys.executable, "-m", "this_tests", "init"],
        cwd=sandbox.root,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, answers.encode())
    shown = b""
    while select.select([ours], [], [], 30)[0]:
        try:
            data = os.read(ours, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
    os.close(ours)
    return process.wait(), shown.decode()


def test_a_terminal_asks_for_each_change(on_github):
    status, shown = on_a_terminal(on_github, "y\nn\ny\nn\n")
    assert status == 1
    for name in ("pyproject.toml", ".gitattributes", "docs/conf.py", ".github/workflows/this-tests.yml"):
        assert f"Write {name}? [y/N]" in shown
    assert "\x1b[32m+[tool.this-tests]\x1b[0m" in shown
    assert "$ this-tests show pkg" in shown
    assert shown.endswith("2 changes not written\r\n")
    assert "observe = true" in on_github.text("pyproject.toml")
    assert "sphinx_this_tests" in on_github.text("docs/conf.py")
    assert not (on_github.root / ".gitattributes").exists()
    assert not (on_github.root / ".github").exists()


def test_no_color_is_respected(on_github):
    status, shown = on_a_terminal(on_github, "n\n" * 4, NO_COLOR="1")
    assert status == 1
    assert "+[tool.this-tests]\r\n" in shown
    assert "\x1b[3" not in shown


def test_an_interrupt_ends_it_without_a_traceback(on_github):
    status, shown = on_a_terminal(on_github, "y\n\x04")
    assert status == 1
    assert "Aborted." in shown
    assert "Traceback" not in shown
    assert "observe = true" in on_github.text("pyproject.toml")
    assert not (on_github.root / ".gitattributes").exists()


def test_ci_that_runs_tests_is_left_and_gets_advice(on_github):
    on_github.write({".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: pytest\n"})
    before = on_github.text(".github/workflows/ci.yml")
    done = on_github.init("--yes")
    assert (
        "For the job that runs the tests, in ci.yml:\n        - run: pytest --this-tests-check" in done.stdout
    )
    assert [path.name for path in (on_github.root / ".github/workflows").iterdir()] == ["ci.yml"]
    assert on_github.text(".github/workflows/ci.yml") == before
    on_github.init("--yes", "--github")
    assert (on_github.root / ".github/workflows/this-tests.yml").is_file()
    assert on_github.init("--github").returncode == 0


def test_a_project_on_gitlab_gets_advice(sandbox):
    sandbox.write({**FLAT, "pyproject.toml": BUILD.format("setuptools", "pkg"), ".gitlab-ci.yml": "a: {}\n"})
    shown = sandbox.init("--yes").stdout
    assert "For .gitlab-ci.yml:\n  this-tests:\n    image: python:3.13\n" in shown
    assert "pip install --editable . pytest this-tests\n" in shown
    assert not (sandbox.root / ".github").exists()


def test_a_project_with_mkdocs_is_told_that_there_is_no_extension(sandbox):
    sandbox.write({**FLAT, "mkdocs.yml": "site_name: a\n"})
    assert "mkdocs.yml: there is no extension for it yet" in sandbox.init("--yes").stdout


def test_a_build_by_setup_py_gets_a_hint(sandbox):
    sandbox.write({**FLAT, "setup.py": "from setuptools import setup\nsetup(name='pkg')\n"})
    assert "pip builds in an environment of its own" in sandbox.init("--yes").stdout


def test_a_file_that_cannot_be_edited_stays_and_what_to_add_is_printed(on_github):
    on_github.write({"pyproject.toml": "[project\n", "docs/conf.py": "extensions = [\n"})
    before = on_github.contents()
    done = on_github.init("--yes")
    assert done.returncode == 1
    for name in ("pyproject.toml", "docs/conf.py"):
        assert on_github.contents()[name] == before[name]
    assert "pyproject.toml: not edited, it is not valid: " in done.stdout
    assert (
        '\n  [tool.this-tests]\n  # What is imported from the library under test.\n  library = ["pkg"]\n'
        in done.stdout
    )
    assert (
        "docs/conf.py: not edited, line 1: cannot be parsed: '[' was never closed. Add by hand:\n"
        in done.stdout
    )
    assert '\n  extensions = [*extensions, "sphinx_this_tests"]\n' in done.stdout
    assert "test_registry.json merge=this-tests" in on_github.text(".gitattributes")


def test_a_file_that_is_not_utf_8_stays(on_github):
    (on_github.root / "docs/conf.py").write_bytes(b"# \xe4\nextensions = []\n")
    done = on_github.init("--yes")
    assert done.returncode == 1
    assert "docs/conf.py: not edited, it is not UTF-8. Add by hand:\n" in done.stdout


def test_a_table_that_is_there_is_extended_and_its_settings_stay(sandbox):
    sandbox.write({**FLAT, "pyproject.toml": '[tool.this-tests]\nlibrary = ["pkg"]\n'})
    sandbox.init("--yes")
    assert sandbox.text("pyproject.toml") == (
        "[tool.this-tests]\n# Each run of pytest notes which functions each test executes.\n"
        'observe = true\nlibrary = ["pkg"]\n'
    )


def test_a_setting_that_is_wrong_is_an_error(sandbox):
    sandbox.write({**FLAT, "pyproject.toml": "[tool.this-tests]\nlibary = []\n"})
    done = sandbox.init("--yes")
    assert done.returncode == 2
    assert "unknown setting" in done.stderr


def test_tests_that_declare_nothing_are_not_asked_to(sandbox):
    sandbox.write({"pkg/__init__.py": LIBRARY, "tests/test_add.py": TEST})
    sandbox.init("--yes")
    assert 'missing = "ignore"\n' in sandbox.text("pyproject.toml")
    sandbox.write({"pyproject.toml": "", "tests/test_declared.py": DECLARED})
    sandbox.init("--yes")
    assert "missing" not in sandbox.text("pyproject.toml")


@pytest.mark.parametrize("content", ["", "[project]\nname = 'a'\n"])
def test_without_a_library_it_is_an_error(sandbox, content):
    sandbox.write({"pyproject.toml": content, "README.md": ""})
    before = sandbox.contents()
    done = sandbox.init("--yes")
    assert (done.returncode, sandbox.contents()) == (2, before)
    assert "no import package was found; run it in the folder of a project" in done.stderr


def test_nothing_is_run_or_imported(sandbox):
    dies = "raise SystemExit(9)\n"
    sandbox.write({"pkg/__init__.py": dies, "setup.py": dies, "conftest.py": dies, "docs/conf.py": dies})
    sandbox.write({"docs/index.rst": ""})
    assert sandbox.init("--yes").returncode == 0
    assert not list(sandbox.root.rglob("__pycache__"))


def test_each_project_of_a_monorepo_can_be_set_up_too(sandbox):
    sandbox.write(SHAPES["a monorepo"].files)
    shown = sandbox.init("--yes").stdout
    assert "For runs in one project alone, run it there, too: packages/one, packages/two\n" in shown
    done = subprocess.run(
        [sys.executable, "-m", "this_tests", "init", "--yes"],
        cwd=sandbox.root / "packages/one",
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'library = ["pkg"]\n' in done.stdout
    assert "observe = true" in sandbox.text("packages/one/pyproject.toml")


def test_the_only_project_of_a_repository_is_found(sandbox):
    sandbox.write({f"backend/{name}": text for name, text in FLAT.items()})
    sandbox.write(
        {"backend/pyproject.toml": BUILD.format("setuptools", "pkg"), ".git/HEAD": "", "app/a.js": ""}
    )
    assert sandbox.init("--yes").returncode == 0
    assert "observe = true" in sandbox.text("backend/pyproject.toml")
    assert not (sandbox.root / "pyproject.toml").exists()


def test_a_folder_below_the_root_will_do(sandbox):
    sandbox.write({**FLAT, "pyproject.toml": BUILD.format("setuptools", "pkg")})
    subprocess.run(
        [sys.executable, "-m", "this_tests", "init", "--yes"],
        cwd=sandbox.root / "tests",
        check=True,
        capture_output=True,
    )
    assert "observe = true" in sandbox.text("pyproject.toml")


def test_agents_get_a_section_and_a_second_run_changes_nothing(sandbox):
    sandbox.write({**FLAT, "CLAUDE.md": "# Rules\n"})
    done = sandbox.init("--yes", "--agents")
    assert "+- `this-tests affected`: " in done.stdout
    assert sandbox.text("CLAUDE.md").startswith("# Rules\n\n<!-- this-tests: begin -->\n")
    assert not (sandbox.root / "AGENTS.md").exists()
    before = sandbox.contents()
    assert sandbox.init("--yes", "--agents").returncode == 0
    assert sandbox.contents() == before


def test_the_merge_driver_is_configured_on_request(project, git, command):
    assert command("init", "--yes").returncode == 0
    assert (project.root / ".gitattributes").read_text() == "test_registry.json merge=this-tests\n"
    assert "merge.this-tests" not in git("config", "--list")
    done = command("init", "--yes", "--merge-driver")
    assert (done.returncode, done.stderr.splitlines()) == (
        0,
        [
            "this-tests: git merges test_registry.json by this-tests in this clone",
            "this-tests: nothing to do: the project is set up",
        ],
    )
    assert git("config", "merge.this-tests.driver") == "this-tests merge-driver %O %A %B\n"
