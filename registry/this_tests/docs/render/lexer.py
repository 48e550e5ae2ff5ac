"""A Pygments lexer for Python snippets, at a tenth of the cost of Pygments' own.

Pygments' own lexer would take most of the time of a section. This one knows keywords, strings,
comments and definitions, enough for thousands of snippets of a dozen lines. All else is plain text, and all
keywords are alike, which makes pages smaller. The formatter, and so the theme's colours, are Pygments'.
"""

import keyword
import re
from collections.abc import Iterator
from typing import Any

from pygments.lexer import Lexer
from pygments.token import Comment, Keyword, Name, String, Text, _TokenType

__all__ = ["SnippetLexer"]

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
    | (?P<string>(?i:\b(?:[bru]|[bf]r|r[bf]|f))?
        (?: \"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z) | '''(?:[^\\]|\\.)*?(?:'''|\Z)
          | "(?:[^"\\\n]|\\.)*"? | '(?:[^'\\\n]|\\.)*'? ))
    | (?P<decorator>^[ \t]*@[\w.]+)
    | (?P<word>[^\W\d]\w*)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_TYPES: dict[str, _TokenType] = {
    "comment": Comment.Single,
    "string": String,
    "decorator": Name.Decorator,
}
_WORDS: dict[str, _TokenType] = dict.fromkeys(keyword.kwlist, Keyword)
_DEFINED: dict[str, _TokenType] = {"def": Name.Function, "class": Name.Class}


class SnippetLexer(Lexer):
    """Lexer of Python snippets; accepts any text, truncated anywhere."""

    name = "Snippet of Python"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, stripnl=False)

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield the tokens: where each begins, its type and its text."""
        end, before = 0, ""
        for match in _TOKEN.finditer(text):
            start, lexeme, kind = match.start(), match.group(), match.lastgroup or ""
            if kind == "word":
                found, before = _DEFINED.get(before) or _WORDS.get(lexeme), lexeme
            else:
                found, before = _TYPES[kind], ""
            if found is not None:
                if start > end:
                    yield end, Text, text[end:start]
                yield start, found, lexeme
                end = match.end()
        if end < len(text):
            yield end, Text, text[end:]
