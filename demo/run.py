"""Show this-tests at work on einops: run its tests, build its docs, print its figures.

The wheel of einops ships its tests. It is unpacked into ``.demo/``, so that the environment
around stays as it is, and nothing in it is edited.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from this_tests import load

HERE = Path(__file__).parent
EINOPS = "einops==0.8.2"


def main() -> None:
    """Run the demonstration step by step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=HERE.parent / ".demo", help="the folder to work in")
    parser.add_argument("--torch", action="store_true", help="run the tests that need torch, too")
    arguments = parser.parse_args()
    root = arguments.into.absolute() / "library"
    install(root)
    run_tests(root, "numpy,torch" if arguments.torch else "numpy")
    prove(root)
    site = build_docs(root)
    print_figures(root, site)


def install(root: Path) -> None:
    """Unpack einops into *root* and set it up as a project of its own."""
    say(f"Unpacking {EINOPS}")
    shutil.rmtree(root, ignore_errors=True)
    python("-m", "pip", "install", "--quiet", "--no-deps", "--target", str(root), EINOPS)
    shutil.copy(HERE / "pyproject.toml", root)


def run_tests(root: Path, backends: str) -> None:
    """Run einops's own tests in *root*, as they are: they declare nothing and are observed."""
    say(f"Running einops's tests with {backends}")
    os.environ |= {"EINOPS_TEST_BACKENDS": backends, "PYTHONPATH": str(root)}
    python("-m", "pytest", "-q", "--this-tests-observe", cwd=root)


def prove(root: Path) -> None:
    """Let each callable do nothing, and see which tests fail then."""
    say("Trying what the tests notice")
    # The exit code 1 says that some callable can do something else, and no test fails.
    python("-m", "this_tests", "prove", cwd=root, accepted=(0, 1))


def build_docs(root: Path) -> Path:
    """Build the site of einops's API, and return its page of operations."""
    say("Building the docs")
    site = root.parent / "site"
    python("-m", "sphinx", "-q", "-E", "-b", "html", str(HERE / "docs"), str(site))
    return site / "operations.html"


def print_figures(root: Path, page: Path) -> None:
    """Print what the registry and the pages hold."""
    registry = load(root / "test_registry.json")
    sections = [kinds for file in page.parent.glob("*.html") for kinds in sections_of(file)]
    say("Done")
    print(f"callables documented  {len(sections)}")
    print(f"with tests            {sum(has_tests for has_tests, _ in sections)}")
    print(f"fail without it       {sum(is_proven for _, is_proven in sections)}")
    print(f"executed by tests     {sum(bool(entry.observed) for entry in registry.callables.values())}")
    print(f"links                 {sum(entry.observed.tests for entry in registry.callables.values())}")
    print(f"page                  {page}")


def sections_of(page: Path) -> Iterator[tuple[bool, bool]]:
    """Yield for each section of *page* whether it shows a test, and one that fails without the callable."""
    from bs4 import BeautifulSoup

    for section in BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select(".this-tests"):
        yield bool(section.select(".this-tests-test")), bool(section.select(".this-tests-proven"))


def say(step: str) -> None:
    """Print the heading of a step."""
    print(f"\n== {step}", flush=True)


def python(*arguments: str, cwd: Path | None = None, accepted: Sequence[int] = (0,)) -> None:
    """Run Python with *arguments*, and end with its exit code if that is not *accepted*."""
    result = subprocess.run([sys.executable, *arguments], cwd=cwd, check=False)
    if result.returncode not in accepted:
        sys.exit(result.returncode)


if __name__ == "__main__":
    main()
