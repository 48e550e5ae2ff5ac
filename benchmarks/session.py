"""Overhead of the plugin on a session of 2,000 empty tests with one declaration each.

Compared with the same files without the declarations, but with their import, and with files without
either.
"""

import os
import tempfile
from functools import partial
from pathlib import Path

from measure import alternating, child_seconds, tell

TESTS, FILES, GOAL = 2_000, 20, 1.05


IMPORTS = "import library\nfrom this_tests import this_tests\n\n"


def write(folder: Path, body: str, head: str = IMPORTS) -> Path:
    """Write a library and its tests, each with *body*."""
    folder.mkdir()
    (folder / "library.py").write_text("def f(): ...\n")
    (folder / "pyproject.toml").write_text("[tool.this-tests]\nlibrary = ['library']\n")
    for number in range(FILES):
        tests = "".join(f"def test_{test}():\n    {body}\n\n" for test in range(TESTS // FILES))
        (folder / f"test_{number}.py").write_text(head + tests)
    return folder


def main() -> None:
    """Print the ratios."""
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    with tempfile.TemporaryDirectory() as name:
        ours = write(Path(name) / "ours", "this_tests(library.f)")
        plain = write(Path(name) / "plain", "pass")
        strange = write(Path(name) / "strange", "pass", head="")
        command = ["-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
        for bare, files in ((plain, "the same files"), (strange, "files without our import")):
            ratio = alternating(
                lambda: child_seconds(command, ours),
                partial(child_seconds, [*command, "-p", "no:this_tests"], bare),
                rounds=15,
            )
            what = f"2,000 tests with the plugin and a declaration each / bare, {files}"
            tell(what, ratio, f"<= {GOAL}", good=ratio <= GOAL)


if __name__ == "__main__":
    main()
