"""Time of a ``this_tests(f)`` call, compared with fastai v1's algorithm, on a test file of 2,000 lines.

fastai's looks at the frame of its caller, reads the whole test file to find the ``def`` around the
line, and appends to a dict of lists. It is rewritten here from its description.
"""

import inspect
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import alternating, per_call, tell

from this_tests.recorder import Declarations, Recorder, activated
from this_tests.settings import Project, Settings

LINES, GOAL = 2_000, 200

TEST = """
def test_the_function_number_{number}_adds():
    numbers = [1, 2, 3, {number}]
    assert library.f(numbers[0], numbers[1]) == 3
    assert library.f(numbers, []) == numbers
"""

registry: dict[str, list[dict[str, object]]] = {}


def ancestor(*targets: Any) -> None:
    """Do what fastai v1's ``this_tests`` did."""
    frame = inspect.getframeinfo(sys._getframe(1))
    lines = Path(frame.filename).read_text().splitlines()
    line = next(
        number
        for number in range(frame.lineno, 0, -1)
        if re.match(r"\s*(async )?def test_", lines[number - 1])
    )
    entry = {"file": frame.filename, "test": frame.function, "line": line}
    for target in targets:
        if target == "na":
            continue
        name = f"{target.__module__}.{target.__qualname__}"
        if not re.match(r"library\.", name):
            raise AssertionError(f"'{name}' is not in the library API")
        entries = registry.setdefault(name, [])
        if entry not in entries:
            entries.append(entry)


def write(folder: Path) -> None:
    """Write the library and a test file whose last test makes the call."""
    (folder / "library.py").write_text("def f(a, b): ...\n")
    body = "".join(TEST.format(number=number) for number in range(LINES // TEST.count("\n") - 1))
    (folder / "test_it.py").write_text(
        f"import library\n{body}def test_last(declare):\n    declare(library.f)\n"
    )


def main() -> None:
    """Print the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        sys.path.insert(0, name)
        import test_it  # type: ignore[import-not-found]  # it was written a line above

        from this_tests import this_tests

        recorder = Recorder(Project(folder, Settings(library=("library",))))
        with activated(recorder), recorder.recording_to(Declarations()):
            test_it.test_last(this_tests)
            ratio = alternating(
                lambda: per_call(lambda: test_it.test_last(ancestor)),
                lambda: per_call(lambda: test_it.test_last(this_tests)),
                rounds=9,
            )
    tell("the ancestor's call / ours, in a test file of 2,000 lines", ratio, f">= {GOAL}", good=ratio >= GOAL)


if __name__ == "__main__":
    main()
