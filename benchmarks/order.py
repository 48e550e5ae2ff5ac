"""How often a page first shows a test that a reader would choose, for callables of six libraries.

    python benchmarks/order.py click=CHECKOUT attrs=CHECKOUT …
    python benchmarks/order.py --draw click=CHECKOUT=objects.inv …

CHECKOUT holds a library's source with its tests, after a run with `pytest --this-tests-observe` there.
`data/first.json` names 100 documented callables, drawn at random with `--draw` from those that at least five
tests execute, and for each the best three of its tests, in order, and why. They were chosen by reading
the sources of its tests, before looking at what a page shows. The commits are named there, too. The names of
structlog are those of its `docs/api.rst`, because its documentation was not built.

Printed by library:

- callables: how many there are;
- best three: for how many the first shown test is among the best three;
- best: for how many it is the best one;
- listed: for how many one of the best three is among the tests that the registry lists, of all tests that
  executed the callable: more cannot be reached by sorting;
- errors: the share of the shown tests that only check an error, where other tests were listed;
- one error: for how many sections at most one of the shown tests does, or all listed tests do.

`--list` prints the callables whose first test is none of the best three, `--every` sorts all tests
that executed a callable instead of those that the registry lists.
"""

import argparse
import json
import random
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from this_tests import Registry
from this_tests.docs.api_objects import ApiObject, ApiObjects
from this_tests.docs.content.evidence import Join
from this_tests.docs.content.section import Sections
from this_tests.docs.settings import PageSettings
from this_tests.docs.snippets.folder import Folder
from this_tests.docs.snippets.snippet import Sources
from this_tests.observations import file
from this_tests.observations.evidence import load, with_observed

DATA = Path(__file__).parent / "data" / "first.json"
SEED = 20261130
# How many callables of each library are drawn; of toolz, all that qualify.
QUOTAS = {"attrs": 18, "click": 18, "marshmallow": 18, "more-itertools": 18, "structlog": 17, "toolz": 11}
FEWEST = 5
KINDS = {"function", "method", "class", "exception", "property", "classmethod", "staticmethod"}


@dataclass(frozen=True)
class Label:
    """A callable, and the best of its tests.

    Attributes:
        kind: Its object type in Sphinx.
        best: Node ids, the best first.
    """

    site: str
    callable: str
    kind: str
    best: Sequence[str]
    why: str


@dataclass(frozen=True)
class Result:
    """What a section shows.

    Attributes:
        shown: The node ids, in order; `listed` those that it chooses from.
        errors: How many of those shown only check an error, and `all_errors` of those listed.
    """

    label: Label
    shown: Sequence[str]
    listed: Sequence[str]
    errors: int
    all_errors: int

    @property
    def is_among(self) -> bool:
        """Whether the first is among the best."""
        return bool(self.shown) and self.shown[0] in self.label.best


def main() -> None:
    """Print the table, or the names drawn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sites", nargs="+", metavar="SITE=CHECKOUT")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--draw", action="store_true")
    options = parser.parse_args()
    if options.draw:
        for site, name, kind in draw([given.split("=") for given in options.sites]):
            print(site, name, kind)
        return
    labels = [Label(**label) for label in json.loads(DATA.read_text(encoding="utf-8"))["callables"]]
    results: list[Result] = []
    for given in options.sites:
        site, _, checkout = given.partition("=")
        chosen = [label for label in labels if label.site == site]
        results += measured(Path(checkout), chosen, every=options.every)
    print(table(results))
    for result in results if options.list else ():
        print(*listing(result), sep="\n")


def measured(checkout: Path, labels: Sequence[Label], *, every: bool) -> Iterator[Result]:
    """Yield what the sections of the callables show."""
    found = load(checkout / "test_registry.json")
    # Made anew of what each test executed: the one in the file is of the version that observed.
    summary = file.load(checkout / "test_observations").summary(every=every)
    registry = with_observed(Registry(), summary)
    join = Join(Registry(registry.callables, registry.tests, found.origins), ApiObjects({}, {}, {}))
    sections = Sections(join, Sources(Folder(checkout)), PageSettings())
    for label in labels:
        documented = ApiObject(label.callable, label.kind)
        section = sections.of(documented)
        assert section, label
        listed = join.evidence_for(documented).evidence
        kinds = {item.test: _only_error(sections, item.test, item.name, label.callable) for item in listed}
        shown = [row.test for row in section.rows]
        yield Result(label, shown, list(kinds), sum(kinds[test] for test in shown), sum(kinds.values()))


def _only_error(sections: Sections, test: str, *names: str) -> bool:
    source = sections.sources.test(test)
    return bool(source and source.refused(*names, *sections.join.registry.origins(names[0])))


def table(results: Sequence[Result]) -> str:
    """Return the table of all libraries, and of all together."""
    lines = ["| Library | Callables | Best three | Best | Listed | Errors | One error |", f"|{' --- |' * 7}"]
    for site in [*dict.fromkeys(result.label.site for result in results), "all"]:
        some = [result for result in results if site in (result.label.site, "all")]
        mixed = [result for result in some if result.all_errors < len(result.listed)]
        errors, shown = sum(each.errors for each in mixed), sum(len(each.shown) for each in mixed)
        cells = [
            site,
            len(some),
            sum(each.is_among for each in some),
            sum(each.shown[:1] == each.label.best[:1] for each in some),
            sum(not set(each.listed).isdisjoint(each.label.best) for each in some),
            f"{errors / max(shown, 1):.0%}",
            sum(each.errors <= 1 or each.all_errors == len(each.listed) for each in some),
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def listing(result: Result) -> Iterator[str]:
    """Yield what is shown first, and what should be, unless it is among the best."""
    if result.is_among:
        return
    yield f"{result.label.site} {result.label.callable}"
    yield from (f"    shown {test}" for test in result.shown)
    for test in result.label.best:
        yield f"    best  {test}{'' if test in result.listed else ' (not listed)'}"


def draw(sites: Sequence[Sequence[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield the callables drawn: library, name, object type."""
    generator = random.Random(SEED)
    for site, checkout, documented in sorted(map(tuple, sites)):
        registry = load(Path(checkout) / "test_registry.json", every=True)
        join = Join(registry, ApiObjects({}, {}, {}))
        seen: dict[str, tuple[str, str]] = {}
        for name, kind in sorted(_documented(Path(documented)).items()):
            joined = join.evidence_for(ApiObject(name, kind))
            if len(joined.evidence) >= FEWEST:
                # A callable with several documented names counts once.
                seen.setdefault(joined.evidence[0].name, (name, kind))
        names = sorted(seen.values())
        for name, kind in sorted(generator.sample(names, min(QUOTAS[site], len(names)))):
            yield site, name, kind


def _documented(path: Path) -> Mapping[str, str]:
    """Return the documented callables of an inventory, or of a file of autodoc directives, by object type."""
    if path.suffix == ".rst":
        return dict(_directives(path.read_text(encoding="utf-8")))
    data: Any = zlib.decompress(path.read_bytes().split(b"\n", 4)[4])
    lines = (line.split() for line in data.decode().splitlines())
    return {name: kind.removeprefix("py:") for name, kind, *_ in lines if kind.removeprefix("py:") in KINDS}


def _directives(text: str) -> Iterator[tuple[str, str]]:
    module = name = ""
    for line in text.splitlines():
        if found := re.match(r"\.\. (?:auto)?module:: (\S+)", line):
            module = found[1]
        elif found := re.match(r"\.\. auto(function|class|exception):: ([\w.]+)", line):
            name = f"{module}.{found[2]}"
            yield name, found[1]
        elif found := re.match(r"\s+:members:(.*)", line):
            for member in filter(None, map(str.strip, found[1].split(","))):
                yield f"{name}.{member}", "method"


if __name__ == "__main__":
    main()
