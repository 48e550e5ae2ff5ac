"""A session of 2,000 empty tests with the plugin and one declaration each, against the bare session."""

import os
import tempfile
from pathlib import Path

from measure import alternating, child_seconds, tell

TESTS, FILES, GOAL = 2_000, 20, 1.05


def write(folder: Path, body: str) -> Path:
    """Write a library and its tests, each with *body*."""
    folder.mkdir()
    (folder / "library.py").write_text("def f(): ...\n")
    (folder / "pyproject.toml").write_text("[tool.this-tests]\nlibrary = ['library']\n")
    for number in range(FILES):
        tests = "".join(f"def test_{each}():\n    {body}\n\n" for each in range(TESTS // FILES))
        head = "import library\nfrom this_tests import this_tests\n\n"
        (folder / f"test_{number}.py").write_text(head + tests)
    return folder


def main() -> None:
    """Print the ratio."""
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    with tempfile.TemporaryDirectory() as name:
        bare = write(Path(name) / "bare", "pass")
        ours = write(Path(name) / "ours", "this_tests(library.f)")
        command = ["-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
        ratio = alternating(
            lambda: child_seconds(command, ours),
            lambda: child_seconds([*command, "-p", "no:this_tests"], bare),
            rounds=15,
        )
    tell("2,000 tests with the plugin and a declaration each / bare", ratio, f"<= {GOAL}", good=ratio <= GOAL)


if __name__ == "__main__":
    main()
