"""How far `this-tests infer` agrees with a run: what it says, against what tests were seen to call.

    python benchmarks/infer_direct.py mylib=FOLDER otherlib=FOLDER

FOLDER holds a library's source with its tests, after a run with `pytest --this-tests-observe` there.
Nobody has to judge anything, so that it takes any library. What it cannot tell is whether a test is
about what it calls. Nor does the run see each call of a test's own: not what the library had called
before in the same test, what pytest.raises calls for it, and what a decorator did on import. Private
functions count. The tests are those that inference reads and that passed, or should fail and did.

Printed, without and with what the run saw:

- direct: the share of the inferred links that the test, its fixtures or its helpers were seen to call;
- ran: the share that ran in the test at all;
- tests: the share of the tests with such a direct link, of those that were seen to call any function.
"""

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path

from infer import tests_of

from this_tests.cli.infer import executed_functions
from this_tests.infer import LikelyLink, SourceTree, StaticCase, cases, likely
from this_tests.observations.file import load
from this_tests.observations.relation import DIRECT, Relation

Links = dict[str, set[str]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("libraries", nargs="+", metavar="LIBRARY=FOLDER")
    print("| Library | Technique | Links | Direct | Ran | Tests |\n| --- | --- | --- | --- | --- | --- |")
    for given in parser.parse_args().libraries:
        library, _, folder = given.partition("=")
        root = Path(folder).resolve()
        relation = load(root / "test_observations").combined()
        files = _cases(library, root, relation)
        read = {case.node_id for file in files for case in file}
        direct, ran = _links(relation, read, DIRECT), _links(relation, read, ~0)
        for technique, seen in (
            ("inference", None),
            ("inference and observation", executed_functions(relation)),
        ):
            links = [link for file in files for link in likely(file, seen)]
            print(f"| {library} | {technique} | {_row(links, direct, ran)} |")


def _cases(library: str, root: Path, relation: Relation) -> list[list[StaticCase]]:
    paths = sorted({root / test.partition("::")[0] for test in relation.tests})
    tree = SourceTree([root / "src", root, *sorted({path.parent for path in paths})])
    return [cases(tree, [library], path, root, tests_of(path, root)) for path in paths]


def _links(relation: Relation, tests: Collection[str], wanted: int) -> Links:
    """Return what each test executed in a way that is *wanted*, the cases of a parametrised one together."""
    found: Links = {}
    for case in relation.tests:
        test = case.partition("[")[0]
        if test in tests and relation.outcome(case) != "failed":
            names = {_name(name) for name, flags in relation.flags_of(case) if flags & wanted}
            found.setdefault(test, set()).update(names)
    return found


def _name(function: str) -> str:
    """Return the dotted name; that of the class for its constructor, for it may have none of its own."""
    return function.replace(":", ".").removesuffix(".__init__").removesuffix(".__new__")


def _row(links: Sequence[LikelyLink], direct: Links, ran: Links) -> str:
    pairs = {(link.node_id, _name(link.function.path)) for link in links if link.node_id in ran}
    called = {test for test, name in pairs if name in direct[test]}
    shares = (
        sum(name in direct[test] for test, name in pairs) / max(len(pairs), 1),
        sum(name in ran[test] for test, name in pairs) / max(len(pairs), 1),
        len(called) / max(sum(map(bool, direct.values())), 1),
    )
    return " | ".join((f"{len(pairs):,}", *(f"{100 * share:.1f}" for share in shares)))


if __name__ == "__main__":
    main()
