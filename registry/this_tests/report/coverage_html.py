"""API coverage as a self-contained HTML page, without scripts or external files."""

from collections.abc import Iterator
from html import escape

from ..registry.coverage import STATES, Coverage, State
from .coverage import PROVEN, TITLES, coverage_summary, percent

__all__ = ["coverage_html"]

_STYLE = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #8884; text-align: right; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
summary { cursor: pointer; margin: .4rem 0; }
.none { color: #c62828; }
@media (prefers-color-scheme: dark) { .none { color: #ff8a80; } }
"""


def coverage_html(coverage: Coverage, least: State, title: str) -> str:
    """Return the page: a table of modules, and the callables of each module."""
    return "\n".join(_lines(coverage, least, title)) + "\n"


def _lines(coverage: Coverage, least: State, title: str) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<style>\n{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>"
    yield f"<p>{escape(coverage_summary(coverage, least))}</p>"
    has_proofs = coverage.proven() > 0
    yield from _modules(coverage, least, has_proofs=has_proofs)
    for module, part in coverage.by_module():
        yield f'<details id="{escape(module)}"><summary>{escape(module)}</summary>'
        yield from _callables(part, has_proofs=has_proofs)
        yield "</details>"
    yield "</body>\n</html>"


def _modules(coverage: Coverage, least: State, *, has_proofs: bool) -> Iterator[str]:
    yield from _table_head("module", *([PROVEN] if has_proofs else []), *TITLES.values(), "tested")
    for module, part in coverage.by_module():
        counts = part.counts()
        link = f'<a href="#{escape(module)}">{escape(module)}</a>'
        numbers = [*([part.proven()] if has_proofs else []), *(counts[state] for state in STATES)]
        yield _row(link, *(f"{number:,}" for number in numbers), percent(part.share(least)))
    yield "</tbody>\n</table>"


def _callables(part: Coverage, *, has_proofs: bool) -> Iterator[str]:
    yield from _table_head("callable", "evidence", "tests", *([PROVEN] if has_proofs else []))
    for item in part.items:
        evidence = f'<span class="{item.state}">{TITLES[item.state]}</span>'
        numbers = [item.tests, *([item.proven] if has_proofs else [])]
        yield _row(f"<code>{escape(item.name)}</code>", evidence, *(f"{number:,}" for number in numbers))
    yield "</tbody>\n</table>"


def _table_head(*titles: str) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
