"""Replay of a project's history: which tests would have been selected, and was any missed?

Backwards: all tests are observed at a commit, then the library's part of the commit is taken back. The tests
that fail now and passed before must be selected. Forwards: all tests are observed at the parent, then the
commit's files are there. The tests whose outcome differs must be selected. One that is not has escaped.

The bound is what evidence by function can skip: the tests that executed no function whose body, signature or
decorators changed, and that passed when they were observed.
"""

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import fmean

from changed_functions import changed_functions
from history_states import OURS, Cache, Clone, Observed, Session, Setup, State, Truth, git

# Without the numbers, it is a problem for which all tests run.
HEADLINE = re.compile(r"^this-tests: (?:[\d,]+ of [\d,]+ tests?, )?(.*)$", re.MULTILINE)
DIRECTIONS = ("backwards", "forwards")
NAMED = 5


@dataclass(frozen=True)
class Verdict:
    """What came of one commit in one direction.

    Attributes:
        tests: The number of tests; those whose file cannot be imported any more count as selected.
        needed: The number of tests that evidence by function cannot rule out.
        must: The number of tests that had to be selected.
        headline: What the selection says of itself.
        reasons: How many tests were selected for which reason; the most frequent ones.
        left_out: Why the commit cannot be judged; empty where it can.
        bare, selecting, chosen: CPU seconds of all tests, of the selection alone, and of the selected tests
            while they are observed; zero if not measured.
    """

    direction: str
    commit: str
    subject: str
    tests: int = 0
    selected: int = 0
    needed: int = 0
    must: int = 0
    headline: str = ""
    reasons: Mapping[str, int] | None = None
    escapes: Sequence[str] = ()
    flaky: Sequence[str] = ()
    left_out: str = ""
    bare: float = 0.0
    selecting: float = 0.0
    chosen: float = 0.0

    @property
    def skipped(self) -> float:
        """The share of tests that were not selected."""
        return 1 - self.selected / self.tests

    @property
    def bound(self) -> float:
        """The share of tests that evidence by function can rule out."""
        return 1 - self.needed / self.tests

    @property
    def full(self) -> bool:
        """Whether everything was selected."""
        return self.selected == self.tests


@dataclass(frozen=True)
class Replay:
    """One commit in one direction.

    Attributes:
        observed_at: The commit at which the tests were observed, with which the selection compares.
        now: The state in which tests are selected.
    """

    direction: str
    observed_at: str
    now: State

    @property
    def commit(self) -> str:
        """The commit that is judged."""
        return self.now.commit


def replays(clone: Clone, commit: str, directions: Sequence[str]) -> Iterator[Replay]:
    """Yield what to do with *commit*."""
    parent = git(clone.folder, "rev-parse", f"{commit}^").strip()
    ways = {
        "backwards": Replay("backwards", commit, State(commit, without=parent)),
        "forwards": Replay("forwards", parent, State(commit)),
    }
    yield from (ways[direction] for direction in directions)


def judged(clone: Clone, replay: Replay, *, costs: bool) -> Verdict:
    """Select tests, and compare with the truth."""
    subject = git(clone.folder, "show", "-s", "--format=%s", replay.commit).strip()
    verdict = partial(Verdict, replay.direction, replay.commit, subject)
    before = clone.truth(State(replay.observed_at))
    after = clone.truth(replay.now, differs_from=before)
    for truth, what in ((before, "no test ran before the change"), (after, "no test ran after the change")):
        if truth.problem:
            return verdict(left_out=f"{what}: {truth.problem.splitlines()[-1:]}")
    observed = clone.observed(replay.observed_at)
    selection = selected(clone, replay, observed, warm=costs)
    flaky = {*before.flaky, *after.flaky}
    lost = before.outcomes.keys() - flaky if replay.direction == "backwards" else set()
    tests = selection.collected | lost
    must = must_be_selected(replay.direction, before, after) - flaky
    bare, chosen = cost(clone, replay, observed) if costs else (0.0, 0.0)
    headline = HEADLINE.search(selection.output)
    return verdict(
        tests=len(tests),
        selected=len(tests) - len(selection.deselected),
        needed=len(tests) - len(ruled_out(clone, replay, observed) & selection.collected),
        must=len(must),
        headline=headline[1] if headline else selection.output.strip()[-300:],
        reasons=dict(Counter(reasons(selection).values()).most_common(NAMED)),
        escapes=sorted(must & set(selection.deselected)),
        flaky=sorted(flaky),
        bare=bare,
        selecting=selection.cpu if costs else 0.0,
        chosen=chosen,
    )


def selected(clone: Clone, replay: Replay, observed: Observed, *, warm: bool) -> Session:
    """Return the session that selects tests, without running them."""
    clone.enter(replay.now)
    if warm:  # No bytecode may be missing in what is measured.
        clone.run("--collect-only")
    clone.bring(observed)
    changed = f"--this-tests-changed={replay.observed_at[:9]}"
    return clone.run(changed, "--this-tests-explain", "--collect-only", ours=True)


def cost(clone: Clone, replay: Replay, observed: Observed) -> tuple[float, float]:
    """Return the CPU seconds of all tests, bare, and of the selected ones, observed again."""
    bare = clone.run().cpu
    clone.bring(observed)
    changed = f"--this-tests-changed={replay.observed_at[:9]}"
    return bare, clone.run(changed, "--this-tests-observe", ours=True).cpu


def must_be_selected(direction: str, before: Truth, after: Truth) -> set[str]:
    """Return the tests whose outcome the change affects; backwards, those that fail for it."""
    then, now = before.outcomes, after.outcomes
    if direction == "forwards":
        return {test for test, outcome in now.items() if then.get(test) != outcome}
    return {test for test, outcome in now.items() if outcome == "failed" and then.get(test) != "failed"}


def reasons(selection: Session) -> dict[str, str]:
    """Return the reason of each selected test, as far as the selection tells."""
    tests, found = set(selection.selected), {}
    for line in selection.output.splitlines():
        # Both parts may have a colon.
        for colon in re.finditer(": ", line):
            if line.startswith("  ") and line[2 : colon.start()] in tests:
                found[line[2 : colon.start()]] = line[colon.end() :]
                break
    return found


def ruled_out(clone: Clone, replay: Replay, observed: Observed) -> set[str]:
    """Return the tests that passed, and executed no function that changed; nor did they change themselves."""
    then, now = replay.observed_at, replay.now.without or replay.now.commit
    files = clone.changed(then, now)
    changed = {
        f"{module(clone, path)}:{name}" for path in files for name in difference(clone, path, then, now)
    }
    found = {
        test
        for test, functions in observed.good.items()
        if changed.isdisjoint(function.partition(".<locals>")[0] for function in functions)
    }
    return found - (changed_tests(clone, then, now, found) if replay.direction == "forwards" else set())


def changed_tests(clone: Clone, then: str, now: str, tests: set[str]) -> set[str]:
    """Return those of *tests* whose own function differs."""
    by_file: dict[str, list[str]] = {}
    for test in tests:
        by_file.setdefault(test.partition("::")[0], []).append(test)
    listed = git(clone.folder, "diff", "--name-only", "--no-renames", "-z", then, now).split("\0")
    return {
        test
        for path in by_file.keys() & set(listed)
        for names in [difference(clone, path, then, now)]
        for test in by_file[path]
        if test.partition("[")[0].partition("::")[2].replace("::", ".") in names
    }


def difference(clone: Clone, path: str, then: str, now: str) -> frozenset[str]:
    """Return the functions of the file at *path* that differ between two commits, where it can be parsed."""
    try:
        return changed_functions(content(clone, then, path), content(clone, now, path))
    except (SyntaxError, ValueError):  # Of another Python, or no Python.
        return frozenset()


def content(clone: Clone, commit: str, path: str) -> str:
    """Return the file's text in *commit*; empty if it has none."""
    if not git(clone.folder, "ls-tree", commit, "--", path):
        return ""
    return git(clone.folder, "show", f"{commit}:{path}")


def module(clone: Clone, path: str) -> str:
    """Return the name of the library's module at *path*."""
    roots = (Path(place).parent for place in clone.library)
    root = next(root for root in roots if Path(path).is_relative_to(root))
    parts = Path(path).relative_to(root).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


# The commits.


def commits(setup: Setup, number: int, only: Sequence[str]) -> list[str]:
    """Return the commits to judge, the newest first: the last ones that change the library's Python files."""
    if only:
        return [git(setup.checkout, "rev-parse", f"{rev}^{{commit}}").strip() for rev in only]
    places = [f"{path}/*.py" if not path.endswith(".py") else path for path in setup.library]
    excluded = [f":(exclude,glob){path}/**/tests/**" for path in setup.library]
    # A first commit has no parent to compare with.
    options = ("--no-merges", "--min-parents=1", "--format=%H", f"--max-count={number}")
    return git(setup.checkout, "log", *options, "--", *places, *excluded).split()


def library_of(checkout: Path) -> list[str]:
    """Return the library's folders or files, as the project's own files tell."""
    from this_tests.settings import read_project

    names = read_project(checkout).library
    places = (
        f"{folder}{name}{suffix}" for name in names for folder in ("src/", "") for suffix in ("", ".py")
    )
    found = [place for place in places if (checkout / place).exists()]
    return found or sys.exit(f"no library is found in {checkout}; name its folder with --library")


def replayed(
    setup: Setup, cache: Cache, commit: str, *, directions: Sequence[str], costs: bool
) -> list[Verdict]:
    """Judge one commit in a clone of its own."""
    with tempfile.TemporaryDirectory() as name:
        clone = Clone(setup, cache, Path(name))
        found = []
        for replay in replays(clone, commit, directions):
            found.append(judged(clone, replay, costs=costs))
            print(f"{replay.direction} {line(found[-1])}", file=sys.stderr, flush=True)
        return found


# What is printed.


def line(verdict: Verdict) -> str:
    """Return the row of one commit."""
    head = f"{verdict.commit[:9]} {verdict.subject[:44]:44}"
    if verdict.left_out:
        return f"{head} left out: {verdict.left_out}"
    why = verdict.headline if verdict.full else ""
    figures = f"{verdict.tests:6} {verdict.selected:8} {verdict.skipped:8.1%} {verdict.bound:7.1%}"
    return f"{head} {figures} {verdict.must:5} {len(verdict.escapes):7}  {why}".rstrip()


def tell(direction: str, verdicts: Sequence[Verdict]) -> None:
    """Print the table of one direction, and what it adds up to."""
    columns = f"{'tests':>6} {'selected':>8} {'skipped':>8} {'bound':>7} {'must':>5} {'escaped':>7}"
    print(f"\n{direction:54} {columns}  why everything")
    for verdict in verdicts:
        print(line(verdict))
    for verdict in verdicts:
        for test in verdict.escapes:
            print(f"  escaped: {verdict.commit[:9]} {test}")
        # The cases of a test may be named by what changes.
        for test, number in Counter(test.partition("[")[0] for test in verdict.flaky).items():
            print(f"  flaky: {verdict.commit[:9]} {test} ({number})")
    print("\n".join(totals([verdict for verdict in verdicts if not verdict.left_out], len(verdicts))))


def totals(verdicts: Sequence[Verdict], number: int) -> Iterator[str]:
    """Yield what the verdicts add up to."""
    yield f"commits: {len(verdicts)} ({number - len(verdicts)} left out)"
    if not verdicts:
        return
    skipped, bound = (
        fmean(verdict.skipped for verdict in verdicts),
        fmean(verdict.bound for verdict in verdicts),
    )
    ratio = f"{skipped / bound:.2f}" if bound else "-"
    yield f"mean skipped: {skipped:.1%}, mean bound: {bound:.1%}, ratio {ratio}"
    yield f"full runs: {sum(verdict.full for verdict in verdicts)}"
    affected, escaping = ([verdict for verdict in verdicts if found(verdict)] for found in (_must, _escaping))
    yield (
        f"escapes: {sum(len(verdict.escapes) for verdict in verdicts)} tests in {len(escaping)} commits; "
        f"{len(affected)} commits have tests that must be selected, {sum(map(_must, verdicts))} in all"
    )
    if bare := sum(verdict.bare for verdict in verdicts):
        chosen = sum(verdict.chosen for verdict in verdicts)
        selecting = fmean(verdict.selecting for verdict in verdicts)
        yield (
            f"CPU: {selecting:.2f} s to collect and select; selected and observed {chosen:.1f} s, "
            f"all bare {bare:.1f} s: {1 - chosen / bare:.1%} saved"
        )


def _must(verdict: Verdict) -> int:
    return verdict.must


def _escaping(verdict: Verdict) -> int:
    return len(verdict.escapes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="the project's git repository, which is only read")
    parser.add_argument("-n", "--commits", type=int, default=10, help="the last ones that change the library")
    parser.add_argument("--only", action="append", default=[], metavar="HASH", help="only this commit")
    parser.add_argument("--direction", choices=(*DIRECTIONS, "both"), default="both")
    parser.add_argument("--library", action="append", metavar="PATH", help="the library's folder, as src/pkg")
    parser.add_argument(
        "--python", type=_absolute, default=sys.executable, help="has pytest and what the project needs"
    )
    parser.add_argument("--pytest-args", default="", help="further arguments of pytest, as one string")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep outcomes and observations here")
    parser.add_argument("--reobserve", action="store_true", help="observe again, whatever the cache has")
    parser.add_argument("--costs", action="store_true", help="also measure what the selection saves")
    parser.add_argument("--jobs", type=int, default=1, help="the number of commits at a time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts here, too")
    return parser.parse_args()


def _absolute(text: str) -> Path:
    """Return a path that is the same in each clone; a link stays one, as that of an environment has to."""
    return Path(text).absolute()


def main() -> None:
    """Print the tables, and fail if a test escaped."""
    given = _arguments()
    sys.path.insert(0, str(OURS))
    library = given.library or library_of(given.checkout)
    setup = Setup(given.checkout, library, str(given.python), given.pytest_args, given.reobserve)
    directions = DIRECTIONS if given.direction == "both" else (given.direction,)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(given.jobs) as pool:
        cache = Cache(setup, given.cache or Path(name))
        judge = partial(replayed, setup, cache, directions=directions, costs=given.costs)
        found = list(pool.map(judge, commits(setup, given.commits, given.only)))
    verdicts = [verdict for pair in found for verdict in pair]
    for direction in directions:
        tell(direction, [verdict for verdict in verdicts if verdict.direction == direction])
    if given.json:
        given.json.write_text(json.dumps([asdict(verdict) for verdict in verdicts], indent=1))
    sys.exit(any(verdict.escapes for verdict in verdicts))


if __name__ == "__main__":
    main()
