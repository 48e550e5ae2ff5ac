"""Inline markup of docstrings, in reStructuredText and in Markdown, as text or as safe HTML.

A docstring may be in either, and nothing tells in which; what they share means the same in both. It is not
parsed by docutils, which would warn of each role and reference that it does not know.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Literal, NamedTuple

__all__ = ["Inline", "Kind", "Span", "inline"]

Kind = Literal["text", "code", "emphasis", "strong"]

# A sentence fills a line or two of a page; malicious ones may be longer. No more than five times as much of
# the source is looked at, whatever part of it is markup.
_LONGEST = 200
_MARKUP = 5

_ELEMENTS = {"code": "code", "emphasis": "em", "strong": "strong"}
# A text without any of them is only text.
_SPECIAL = re.compile(r"[`*|\[\\<]")
_ROLE = r"[A-Za-z][\w+.-]*(?::[A-Za-z][\w+.-]*)*"
# Where docutils lets markup begin and end; Python has stars in other places.
_BEGINS = r"(?<![^\s'\"(\[{</:-])"
_ENDS = r"(?![^\s'\")\]}>/:.,;!?\\-])"
# What it contains: `*.py` and `/*/` are no emphasis.
_FIRST, _LAST = r"(?=[\w\"'`(\[{<])", r"(?<=[\w\"'`)\]}>.,:!?])"
_TOKEN = re.compile(
    rf"""
    \\(?P<escaped>[`*_|\[\]<>\\]) | (?P<joint>(?<=\S)\\\ )
    | (?: (?<![\w:`]) :(?P<role>{_ROLE}): (?=`[^`])
        | (?<![\w`]) \{{(?P<myst>{_ROLE})\}} (?=`)
        | (?P<target>(?<!\w)_(?=`[^`]))
        | (?<![\w`]) | (?=``) )
      (?<!`) (?P<ticks>`+) (?!`) (?P<code>.+?) (?<!`) (?P=ticks) (?!`)
      (?P<after>__?(?!\w) | :{_ROLE}:)?
    | {_BEGINS} \*{{3}} {_FIRST} (?P<both>[^*]+?) {_LAST} \*{{3}} {_ENDS}
    | {_BEGINS} \*\* {_FIRST} (?P<strong>(?:[^*]|\*(?!\*))+?) {_LAST} \*\* {_ENDS}
    | {_BEGINS} \* {_FIRST} (?P<emphasis>[^*]+?) {_LAST} \* {_ENDS}
    | (?P<footnote>\s?\[(?:\d+|\#[\w.-]*|\*)\]_(?!\w) | \s?\[\^[\w.-]+\](?![(\[:]))
    | (?P<citation>\[[A-Za-z][\w.-]*\])_(?!\w)
    | (?<![\w\])]) !? \[(?P<link>(?:[^\[\]`]|`[^`]*`)+)\]
      (?: \((?P<url>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+"[^"]*")?\) | \[(?P<label>[^\[\]]*)\] )
    | (?<![\w|]) \|(?P<name>[A-Za-z][\w\ .-]*\w)\| (?:__?)? (?![\w|])
    | <(?P<address>https?://[^\s<>]+)>
    """,
    re.VERBOSE | re.DOTALL,
)
_TITLED = re.compile(r"(?P<title>.*?)\s*<(?P<of>[^<>]+)>", re.DOTALL)
_SHORTENED = re.compile(r"~[\w.]+\w")
_ESCAPE = re.compile(r"\\(?:\s|(.))", re.DOTALL)
_CALLED = frozenset({"func", "meth", "function", "method"})
_CODE = _CALLED | {
    "any", "attr", "attribute", "class", "code", "command", "const", "data", "dec", "deco", "envvar", "exc",
    "exception", "file", "kbd", "keyword", "literal", "makevar", "math", "mod", "module", "obj", "option",
    "program", "property", "regexp", "samp", "test", "token", "type",
}  # fmt: skip
# Those that show the last part of a name after `~`.
_REFERRING = _CALLED | {"attr", "class", "const", "data", "exc", "mod", "obj", "any", "deco"}
_NUMBERED = {"pep": "PEP ", "rfc": "RFC ", "cve": "CVE-", "cwe": "CWE-"}
_ISSUES = frozenset({"issue", "issues", "pr", "pull", "gh", "bug", "bpo", "ticket"})
_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">", "'": "'", '"': '"'}


class Span(NamedTuple):
    """A part of a text, with what it is."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Inline:
    """A text with what its inline markup meant; templates show it as HTML, and `str` is plain text."""

    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is any text."""
        return bool(self.spans)

    def __str__(self) -> str:
        """Return the text alone."""
        return "".join(span.text for span in self.spans)

    def __html__(self) -> str:
        """Return it as HTML, where only its code, emphasis and strong text have elements of their own."""
        return "".join(map(_html, self.spans))


@lru_cache(maxsize=1024)  # A test has a row for each callable that it exercises.
def inline(text: str, longest: int = _LONGEST) -> Inline:
    """Return *text* without its inline markup, truncated to *longest* characters.

    Links are their texts, because what is returned may be inside of a link, or be what a click expands.
    What is no markup stays as it is.
    """
    spans = list(_joined(_spans(text[: longest * _MARKUP])))
    return Inline(tuple(_truncated(spans, longest)))


def _html(span: Span) -> str:
    element = _ELEMENTS.get(span.kind)
    text = escape(span.text)
    return f"<{element}>{text}</{element}>" if element else text


def _spans(source: str) -> Iterator[Span]:
    if not _SPECIAL.search(source):
        yield Span("text", source)
        return
    end = start = 0
    while match := _TOKEN.search(source, start):
        found = None if _is_quoted(match) else _meaning(match)
        if found is None:
            # Markup may begin inside of what is none.
            start = match.start() + 1
            continue
        yield Span("text", source[end : match.start()])
        yield from found
        end = start = match.end()
    yield Span("text", source[end:])


def _is_quoted(match: re.Match[str]) -> bool:
    """Return whether the sign that would begin markup is itself quoted, as in ``'*'`` and ``(*)``."""
    whole, start = match.string, match.start()
    if not start or not (match["strong"] or match["emphasis"]):
        return False
    return whole[match.start("strong" if match["strong"] else "emphasis")] == _CLOSING.get(whole[start - 1])


def _meaning(match: re.Match[str]) -> list[Span] | None:
    """Return what a match stands for; ``None`` if it is no markup."""
    if match["code"] is not None:
        return _of_code(match)
    if match["emphasis"]:
        return _as_kind("emphasis", match["emphasis"])
    if strong := match["strong"] or match["both"]:
        return _as_kind("strong", strong)
    if match["link"]:
        return list(_spans(match["link"])) if _is_link(match) else None
    # Nothing is left of a footnote's number, and of what joins a word to the markup before it.
    text = match["escaped"] or match["citation"] or match["name"] or match["address"] or ""
    return [Span("text", text)]


def _of_code(match: re.Match[str]) -> list[Span] | None:
    content, after = match["code"], match["after"] or ""
    role = match["role"] or match["myst"] or (after.strip(":") if after.startswith(":") else "")
    rest = after if (match["role"] or match["myst"]) and after else ""
    if len(match["ticks"]) > 1 and not role:
        inner = content.strip()
        # What follows is no part of it.
        return [Span("code", inner), Span("text", after)] if inner else None
    if content != content.strip() and not match["myst"]:
        return None
    if match["target"]:
        return [Span("text", content), Span("text", after)]
    if after.startswith("_") and not role:
        return [Span("text", _title_of(content)[0])]
    if not role:
        return [Span("code", content.rpartition(".")[2].lstrip("~") if _is_short(content) else content)]
    return [_of_role(role.rpartition(":")[2], content.strip()), Span("text", rest)]


def _of_role(role: str, content: str) -> Span:
    title, is_titled = _title_of(content)
    if role in {"emphasis", "strong"}:
        return Span("emphasis" if role == "emphasis" else "strong", title)
    if role in _NUMBERED and not is_titled:
        return Span("text", _NUMBERED[role] + title.partition("#")[0])
    if role in _ISSUES and not is_titled:
        return Span("text", f"#{title}" if title.isdecimal() else title)
    if role not in _CODE:
        return Span("text", title)
    if role in _REFERRING and not is_titled:
        title = title.lstrip("!.")
        title = title.rpartition(".")[2].lstrip("~") if title.startswith("~") else title
        if role in _CALLED and not title.endswith(")"):
            title += "()"
    return Span("code", title)


def _title_of(content: str) -> tuple[str, bool]:
    """Return the text of a reference, and whether that is given before a target in angle brackets."""
    titled = _TITLED.fullmatch(content)
    text = (titled["title"] or titled["of"]) if titled else content
    return _ESCAPE.sub(r"\1", text), bool(titled and titled["title"])


def _is_short(content: str) -> bool:
    return bool(_SHORTENED.fullmatch(content))


def _is_link(match: re.Match[str]) -> bool:
    """Return whether something in brackets is a link of Markdown, and no index."""
    if match["url"] is not None:
        return any(sign in match["url"] for sign in "/.#:")
    return "`" in match["link"] or " " in match["link"].strip()


def _as_kind(kind: Kind, content: str) -> list[Span]:
    # Markdown has code inside of strong text. Of the same signs there are none inside.
    return [Span(kind if span.kind == "text" else span.kind, span.text) for span in _spans(content)]


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    """Yield *spans* with those of a kind together that follow each other, and none of them empty."""
    before: Span | None = None
    for span in spans:
        if not span.text:
            continue
        if before and before.kind == span.kind:
            before = Span(span.kind, before.text + span.text)
            continue
        if before:
            yield before
        before = span
    if before:
        yield before


def _truncated(spans: Sequence[Span], longest: int) -> Iterator[Span]:
    if sum(len(span.text) for span in spans) <= longest:
        yield from spans
        return
    room = longest - 1
    for kind, content in spans:
        if len(content) >= room:
            yield Span(kind, f"{content[:room]}…")
            return
        yield Span(kind, content)
        room -= len(content)
