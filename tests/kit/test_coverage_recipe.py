"""``make coverage``: one command reports in the terminal, in XML and in HTML."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from this_tests import this_tests

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_the_recipe_writes_all_three(project, monkeypatch):
    this_tests("na")
    binaries = Path(sys.executable).parent
    # Newer than what it depends on, so that nothing is installed. (A makefile that is older is made even by `-n`.)
    stamp = project.root / "installed"
    stamp.touch()
    command = ["make", "-n", "coverage", f"BIN={binaries}", f"STAMP={stamp}"]
    recipe = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pytest_line = next(line for line in recipe.splitlines() if " -m pytest " in line)
    assert "-m webbrowser" in recipe
    with (project.root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('\n[tool.coverage.run]\nsource_pkgs = ["mylib"]\ndata_file = "coverage/.coverage"\n')
    project.tests("def test_it(): assert mylib.add(1, 2) == 3")
    monkeypatch.setenv("PYTHONPATH", str(project.root))
    result = subprocess.run(
        [*shlex.split(pytest_line), "-p", "no:randomly"],
        cwd=project.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout
    assert "TOTAL" in result.stdout
    folder = project.root / "coverage"
    assert "mylib" in (folder / "coverage.xml").read_text(encoding="utf-8")
    assert (folder / "html" / "index.html").is_file()
