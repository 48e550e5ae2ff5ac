"""Differences between two registries as text, JSON and a pull request comment."""

from collections.abc import Iterator, Mapping, Sequence

from ..registry.api_diff import ApiDifference
from ..registry.coverage import Covered
from ..registry.diff import Change, Difference
from ..text import counted, printable
from .badge import badge_address
from .coverage import percent
from .escaping import code
from .styles import styled

__all__ = [
    "api_difference_data",
    "api_difference_lines",
    "difference_data",
    "difference_lines",
    "difference_markdown",
]

# A comment on GitHub has at most 65,536 characters.
_ROWS = 100


def difference_lines(found: Difference) -> Iterator[str]:
    """Yield a line, with styles, for each callable and one for each test."""
    for title, changes in _groups(found):
        yield styled(title, "bold")
        for change in changes:
            yield f"  {printable(change.name)}  {styled(_numbers(change), 'dim')}"
            yield from (f"    {styled(f'+ {test}', 'green')}" for test in change.new)
            yield from (f"    {styled(f'- {test}', 'red')}" for test in change.gone)
    yield from _others(found)
    for title, names in _proofs(found):
        yield styled(title, "bold")
        yield from (f"  {printable(name)}" for name in names)
    yield _summary(found)


def _proofs(found: Difference) -> Iterator[tuple[str, Sequence[str]]]:
    groups = (("no longer proven", found.unproven), ("newly proven", found.proven))
    yield from ((title, names) for title, names in groups if names)


def _others(found: Difference) -> Iterator[str]:
    if found.other:
        yield styled("other outcomes, markers or numbers", "bold")
        yield from (f"  {printable(name)}" for name in found.other)


def _groups(found: Difference) -> Iterator[tuple[str, Sequence[Change]]]:
    groups = (
        ("lost their last test", found.lost),
        ("have their first tests", found.gained),
        ("changed tests", found.changed),
    )
    yield from ((title, group) for title, group in groups if group)


def _numbers(change: Change) -> str:
    return f"{change.before:,} → {counted(change.now, 'test')}"


def _summary(found: Difference) -> str:
    if not found:
        return "The same tests exercise the same callables."
    groups = [_headline(title, changes) for title, changes in _groups(found)]
    groups += [f"{counted(len(found.other), 'other difference')}"] if found.other else []
    groups += [f"{counted(len(names), 'callable')} {title}" for title, names in _proofs(found)]
    return f"{', '.join(groups)}."


def _headline(title: str, changes: Sequence[Change]) -> str:
    one = title.replace("have", "has", 1).replace("their", "its", 1)
    return f"{counted(len(changes), 'callable')} {one if len(changes) == 1 else title}"


def difference_markdown(found: Difference, api: ApiDifference | None = None) -> Iterator[str]:
    """Yield the lines of a comment: a summary, tables, and a collapsed list of tests."""
    yield "### Tests of the API"
    yield ""
    if api is not None:
        yield from _api_markdown(api)
    yield _summary(found)
    for title, changes in _groups(found):
        yield from ("", f"| {_headline(title, changes)} | before | now |")
        yield "| --- | ---: | ---: |"
        yield from (
            f"| {code(change.name)} | {change.before:,} | {change.now:,} |" for change in changes[:_ROWS]
        )
        if len(changes) > _ROWS:
            yield f"| … and {len(changes) - _ROWS:,} more | | |"
    for title, names in _proofs(found):
        more = [f"… and {len(names) - _ROWS:,} more"] if len(names) > _ROWS else []
        yield from ("", f"{title.capitalize()}: {', '.join([*map(code, names[:_ROWS]), *more])}.")
    yield from _tests_in_markdown([*found.lost, *found.gained, *found.changed])


def _tests_in_markdown(changes: Sequence[Change]) -> Iterator[str]:
    lines = [
        printable(f"{sign} {change.name}  {test}") for change in changes for sign, test in _signed(change)
    ]
    if lines:
        yield from ("", f"<details><summary>{counted(len(lines), 'link')}</summary>", "", "```diff")
        yield from lines[:_ROWS]
        if len(lines) > _ROWS:
            yield f"… and {len(lines) - _ROWS:,} more"
        yield from ("```", "", "</details>")


def _signed(change: Change) -> Iterator[tuple[str, str]]:
    yield from (("+", test) for test in change.new)
    yield from (("-", test) for test in change.gone)


def difference_data(found: Difference) -> Mapping[str, object]:
    """Return all differences as data for JSON."""
    return {
        "lost": [_data(change) for change in found.lost],
        "gained": [_data(change) for change in found.gained],
        "changed": [_data(change) for change in found.changed],
        "other": found.other,
        **dict(_proofs(found)),
    }


def _data(change: Change) -> Mapping[str, object]:
    return {
        "name": change.name,
        "before": change.before,
        "now": change.now,
        "new": change.new,
        "gone": change.gone,
    }


# The API.


def api_difference_lines(found: ApiDifference | None) -> Iterator[str]:
    """Yield a line, with styles, for each callable that is new or gone, and the share that has tests."""
    if found is None:
        return
    if found.new:
        yield styled("new", "bold")
        yield from (f"  {printable(item.name)}  {styled(_tests(item), 'dim')}" for item in found.new)
    if found.gone:
        yield styled("gone", "bold")
        yield from (f"  {printable(name)}" for name in found.gone)
    yield f"{_share(found)}."


def _tests(item: Covered) -> str:
    return counted(item.tests, "test") if item.state != "none" else "no test"


def _share(found: ApiDifference) -> str:
    now = percent(found.now.share())
    before = now if found.before is None else percent(found.before.share())
    was = "" if now == before else f", before {before}"
    return f"{now} of {counted(len(found.now.items), 'public callable')} with tests{was}"


def _api_markdown(found: ApiDifference) -> Iterator[str]:
    share = found.now.share()
    yield f"![API tested: {percent(share)}]({badge_address(share, percent(share))})"
    yield ""
    yield f"{_share(found)}."
    yield ""
    if found.new:
        yield f"| {counted(len(found.new), 'new callable')} | tests |"
        yield "| --- | ---: |"
        # Those without tests first: they are what a reviewer looks for.
        rows = sorted(found.new, key=lambda item: (item.state != "none", item.name))
        for item in rows[:_ROWS]:
            yield f"| {code(item.name)} | {'**none**' if item.state == 'none' else f'{item.tests:,}'} |"
        if len(rows) > _ROWS:
            yield f"| … and {len(rows) - _ROWS:,} more | |"
        yield ""
    if found.gone:
        more = [f"… and {len(found.gone) - _ROWS:,} more"] if len(found.gone) > _ROWS else []
        names = ", ".join([*map(code, found.gone[:_ROWS]), *more])
        yield f"{counted(len(found.gone), 'callable')} gone: {names}."
        yield ""


def api_difference_data(found: ApiDifference | None) -> Mapping[str, object]:
    """Return what is new and gone as data for JSON; nothing if the API was not compared."""
    if found is None:
        return {}
    return {
        "api": {
            "new": {item.name: {"state": item.state, "tests": item.tests} for item in found.new},
            "gone": found.gone,
            "share": round(found.now.share(), 4),
            "share before": None if found.before is None else round(found.before.share(), 4),
        }
    }
