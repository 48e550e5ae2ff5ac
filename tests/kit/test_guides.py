"""The page about the two guides: each of its commands runs in a small project, and each of its examples."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from timeouts import PROCESS_TIMEOUT

from this_tests import this_tests

pytestmark = [pytest.mark.slow, pytest.mark.torch]
PAGE = (Path(__file__).parents[2] / "docs" / "guides.md").read_text(encoding="utf-8")
ROWS = [
    line.split(" | ") for line in PAGE.partition("| --- | --- | --- |\n")[2].partition("\n\n")[0].splitlines()
]
COMMANDS = [command for row in ROWS for command in re.findall(r"`([^`]+)`", row[2])]
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

SUITE = """
    import hashlib, math, os, tempfile
    from pathlib import Path
    from this_tests.kit import CaptureStd, CaptureStderr, CaptureStdout, apply_print_resets, guarded

    def test_add():
        this_tests(mylib.add, mylib.add, "mylib.add")
        assert mylib.add(1, 2) == 3

    @pytest.mark.slow
    def test_add_slow():
        this_tests(mylib.add)

    @pytest.mark.integration
    @pytest.mark.cpp
    def test_subtract():
        this_tests(mylib.subtract)

    @pytest.mark.cuda
    def test_cuda(): this_tests("na")

    # Most commands need not wait for the import of torch.
    needs_torch = pytest.mark.skipif("TORCH" not in os.environ, reason="without torch")

    @needs_torch
    def test_on_device(torch_device):
        this_tests("na")
        import torch
        assert torch.ones(1).to(torch_device).sum() == 1

    def test_repeats(reproducible):
        this_tests("na")
        import random
        first = random.random()
        reproducible()
        assert first == random.random()

    def test_captured():
        this_tests("na")
        with CaptureStd() as cs:
            print("10 %\\r100 %")
        assert cs.out == apply_print_resets("10 %\\r100 %\\n") == "100 %\\n"
        with CaptureStderr() as cs:
            print("out")
        assert cs.err == ""

    @needs_torch
    def test_memory(memory):
        this_tests("na")
        kept = bytearray(b"x") * 2**25
        memory.expect(used=32, peak=32, tolerance=8, context=str(len(kept)))

    def test_model(model_installer):
        this_tests("na")
        weights = b"weights"
        sha = hashlib.sha256(weights).hexdigest()
        assert model_installer.fetch("w.bin", "http://127.0.0.1:9/w", sha, reason="small").read_bytes() == weights

    @pytest.fixture(scope="module")
    def shared():
        return guarded({"weights": [1, 2]})

    def test_shared(shared):
        this_tests("na")
        assert shared["weights"]

    @pytest.mark.parametrize("number", [1, 2])
    def test_temporary(temp_folder, number):
        this_tests("na")
        Path("log").write_text(str(number))
        assert tempfile.gettempdir() == str(temp_folder)
"""


@pytest.fixture
def guides(kit):
    """Return a project in git, with tests of each kind, docs and a notebook."""
    rest = 'addopts = ["-p", "this_tests.kit", "--strict-markers"]\nthis_tests_models = "models"'
    kit.configure(table='library = ["mylib"]\nmirror = "packages"', rest=rest)
    kit.tests(SUITE, "tests/test_mylib.py")
    kit.write(
        {
            "models/w.bin": "weights",
            "docs/conf.py": "extensions = ['sphinx.ext.autodoc', 'sphinx_this_tests']\n",
            "docs/index.rst": "mylib\n=====\n\n.. autofunction:: mylib.add\n",
            "test_registry.json": '{"format": 1}\n',
        }
    )
    cell = nbformat.v4.new_code_cell("import mylib\nassert mylib.add(1, 2) == 3")
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}}
    nbformat.write(
        nbformat.v4.new_notebook(cells=[cell], metadata=metadata), kit.root / "docs" / "book.ipynb"
    )
    subprocess.run(["git", "init", "-q"], cwd=kit.root, check=True)
    kit.path.unlink()
    kit.run("-q", "-m", "")
    return kit


def test_each_row_of_the_table_has_a_command():
    this_tests("na")
    assert all(len(row) == 3 and "`" in row[2] for row in ROWS)
    assert len(ROWS) >= 20


def test_each_command_of_the_table_runs(guides):
    """In one project, as a reader would try them: after each, the registry is as before."""
    this_tests("this_tests.kit.plugin", "this_tests.cli")
    before = guides.path.read_bytes()
    programs = {
        "pytest": ["-m", "pytest", "-p", "no:randomly", "-p", "no:pytest-lsp"],
        "this-tests": ["-m", "this_tests"],
        "python": [],
    }
    failed = []
    for command in COMMANDS:
        words = shlex.split(command)
        variables = dict(word.split("=") for word in words if re.match("[A-Z_]+=", word))
        program, *arguments = words[len(variables) :]
        if re.search("device|memory", command, re.IGNORECASE):
            variables["TORCH"] = "1"
        done = subprocess.run(
            [sys.executable, *programs[program], *arguments],
            cwd=guides.root, env={**os.environ, **variables, "PYTHONPATH": str(guides.root)},
            capture_output=True, text=True, check=False, timeout=PROCESS_TIMEOUT,
        )  # fmt: skip
        if done.returncode or guides.path.read_bytes() != before:
            failed.append(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
            guides.path.write_bytes(before)
    assert not failed, "\n\n".join(failed)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_of_the_page_runs(example, tmp_path, monkeypatch):
    this_tests("this_tests.kit")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "guides.md", "exec"), {})
