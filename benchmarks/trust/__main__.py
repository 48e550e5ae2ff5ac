"""All trust checks: other plugins, faults, bad input, real suites, supply chain. Prints its figures.

    python benchmarks/trust [--only compatibility,faults,…] [--fuzz SECONDS]

Everything is installed in .venv-trust. Each run of "compatibility" rewrites the table of docs/trust.md.
"""

import argparse
import json
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path

from environment import Environment, pythons
from report import ROOT, Figure, call, table
from suites import compared
from supply import supply

PAGE = ROOT / "docs" / "trust.md"
BEGIN, END = "<!-- made by make trust -->\n", "<!-- until here -->\n"
_SAME = "the same"
_PARTS = ("compatibility", "faults", "pages", "sphinx", "suites", "fuzz", "supply")
_LONG = 900  # seconds for what takes minutes


def compatibility(environments: Sequence[Environment]) -> list[Figure]:
    """Run the reference suite with each setup on each Python, and write the table."""
    rows = {environment.version: _visits(environment) for environment in environments}
    _write(rows)
    return [_compatibility_figure(version, problems) for version, problems in rows.items()]


def _visits(environment: Environment) -> dict[str, str | None]:
    done = call([environment.python, "benchmarks/trust/visits.py", str(environment.pytests)], limit=_LONG)
    if done.returncode:
        raise SystemExit(done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {visit["name"]: visit["problem"] for visit in lines}


def _compatibility_figure(version: str, problems: dict[str, str | None]) -> Figure:
    bad = {name: problem for name, problem in problems.items() if problem}
    for name, problem in bad.items():
        print(f"  {version}, {name}: {problem}")
    received = sum(problem is not None for problem in problems.values())
    return Figure(
        f"Python {version}: the same registry with other plugins",
        f"{received - len(bad)} of {received}",
        not bad,
    )


def _write(rows: dict[str, dict[str, str | None]]) -> None:
    names = next(iter(rows.values()))
    lines = [
        f"| Runs with | {' | '.join(f'Python {version}' for version in rows)} |\n",
        f"| --- |{' --- |' * len(rows)}\n",
        *(f"| {name} | {' | '.join(_cell(row[name], name) for row in rows.values())} |\n" for name in names),
    ]
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{''.join(lines)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def _cell(problem: str | None, name: str) -> str:
    if problem is None:
        return "not installed"
    good = "nothing written" if name == "`-p no:this_tests`" else _SAME
    return f"**{problem.partition(':')[0]}**" if problem else good


def faults(environments: Sequence[Environment]) -> list[Figure]:
    """Run all cases of tests/trust, each fact a figure."""
    return _facts(_cases(environments[0].alone(), ["tests/trust"]))


def pages(environments: Sequence[Environment]) -> list[Figure]:
    """Build docs of a hostile registry and of hostile tests, and look at them in a browser."""
    return _facts(_cases(environments[0].alone(), ["tests/sphinx_this_tests/test_hostile.py"]))


def sphinx(environments: Sequence[Environment]) -> list[Figure]:
    """Build docs with the oldest Sphinx that we state, and with others up to the newest."""
    first, last = (environments[number].alone() for number in (0, -1))
    versions = first.prepare_sphinxes()
    figures = [_built(first, *version) for version in versions.items()]
    if (newest := last.has("Sphinx")) not in versions:
        figures.append(_built(last, newest, None))
    return figures


def _built(environment: Environment, version: str, folder: Path | None) -> Figure:
    files = ("test_cases", "render/test_insertion", "test_builders", "test_incremental")
    # myst-parser is there for few versions of Sphinx at once.
    found = _cases(
        environment, ["-k", "not myst", *(f"tests/sphinx_this_tests/{file}.py" for file in files)], folder
    )
    what = f"Python {environment.version}, Sphinx {version}: what pages show"
    return _figure(what, found)


def _cases(environment: Environment, tests: Sequence[str], path: Path | None = None) -> list[ET.Element]:
    """Run *tests*, with what *path* holds in place of what is installed; return each case."""
    with tempfile.TemporaryDirectory() as name:
        report = Path(name) / "report.xml"
        registry = ("--this-tests-registry", str(Path(name) / "registry.json"))
        # Only this kind of report has the properties that a test records.
        reporting = ("-o", "junit_family=xunit1", f"--junitxml={report}")
        done = call(
            [environment.python, "-m", "pytest", *tests, *registry, *reporting],
            limit=_LONG,
            THIS_TESTS_TRUST="1",
            **({"PYTHONPATH": str(path)} if path else {}),
        )
        if done.returncode:
            print(done.stdout[-6000:], done.stderr[-3000:])
        cases = list(ET.parse(report).iter("testcase")) if report.exists() else []
        return cases or [ET.fromstring('<testcase name="test_the_run"><error/></testcase>')]


def _facts(cases: Sequence[ET.Element]) -> list[Figure]:
    facts = dict.fromkeys(map(_fact, cases))
    return [_figure(fact, [case for case in cases if _fact(case) == fact]) for fact in facts]


def _fact(case: ET.Element) -> str:
    return str(case.get("name")).partition("[")[0].removeprefix("test_").replace("_", " ")


def _figure(what: str, cases: Sequence[ET.Element]) -> Figure:
    tags = [{element.tag for element in case} for case in cases]
    bad = sum(bool({"failure", "error"} & kinds) for kinds in tags)
    skipped = sum("skipped" in kinds for kinds in tags)
    stated = [
        str(entry.get("value"))
        for case in cases
        for entry in case.iter("property")
        if entry.get("name") == "figure"
    ]
    value = ", ".join(
        [
            *(stated or [f"{len(cases) - skipped} cases"]),
            *([f"{bad} of {len(cases)} failed"] if bad else []),
            *([f"{skipped} skipped"] if skipped else []),
        ]
    )
    return Figure(what, value, None if skipped == len(cases) else not bad)


def suites(environments: Sequence[Environment]) -> list[Figure]:
    """Run shipped suites with and without us."""
    environments[0].prepare_suites()
    return compared(environments[0].python)


def fuzz(environments: Sequence[Environment], seconds: int) -> list[Figure]:
    """Fuzz the decoder and the reader of test files, half of the time each."""
    return [_fuzzed(environments[0].python, name, seconds // 2) for name in ("decoder", "source")]


def _fuzzed(python: str, name: str, seconds: int) -> Figure:
    what = f"atheris on the {name}, {seconds} s"
    # There are wheels for few versions of Python, so that it is no requirement.
    if call([python, "-m", "pip", "install", "--quiet", "--only-binary=:all:", "atheris"]).returncode:
        return Figure(what, "atheris does not install here", None)
    done = call([python, "benchmarks/trust/fuzz.py", name, str(seconds)], limit=seconds + 120)
    if done.returncode:
        print(done.stderr[-3000:])
    units = next(
        (line.split()[1] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "0"
    )
    return Figure(
        what, f"{int(units):,} inputs, {'a crash' if done.returncode else 'no crash'}", done.returncode == 0
    )


def main() -> int:
    """Run the parts that are asked for, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", default="compatibility,faults,pages,sphinx,suites,fuzz,supply", help="the parts to run"
    )
    parser.add_argument("--fuzz", type=int, default=240, metavar="SECONDS", help="how long to fuzz, in total")
    asked = parser.parse_args()
    parts: dict[str, Callable[[Sequence[Environment]], list[Figure]]] = {
        "compatibility": compatibility,
        "faults": faults,
        "pages": pages,
        "sphinx": sphinx,
        "suites": suites,
        "fuzz": lambda environments: fuzz(environments, asked.fuzz),
        "supply": lambda environments: supply(environments[0].python),
    }
    begun = time.monotonic()
    environments = [Environment(python) for python in pythons()]
    for environment in environments:
        environment.prepare()
    figures: list[Figure] = []
    for name in asked.only.split(","):
        found = parts[name](environments)
        print(table(found), flush=True)
        figures += found
    missed = [figure for figure in figures if figure.good is False]
    print(f"{len(figures)} figures, {len(missed)} missed, {(time.monotonic() - begun) / 60:.0f} minutes")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
