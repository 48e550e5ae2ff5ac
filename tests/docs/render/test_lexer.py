"""The lexer of snippets, compared with Pygments' own."""

from pathlib import Path

import pytest
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Operator, String, Token

from this_tests import this_tests
from this_tests.docs.render.lexer import SnippetLexer

FILES = sorted(Path(__file__).parents[1].rglob("test_*.py"))[:12]
KINDS = (Comment, String, Keyword)


def coloured(lexer: object, text: str) -> list[object]:
    """Return the kind of each character, as far as a reader sees it."""
    found: list[object] = []
    for _, token, value in lexer.get_tokens_unprocessed(text):
        # Words are keywords here, whether they are operators or not.
        kind = Keyword if token is Operator.Word else next((kind for kind in KINDS if token in kind), None)
        found += [kind] * len(value)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_real_tests_look_as_pygments_colours_them(path: Path):
    this_tests(SnippetLexer)
    text = path.read_text(encoding="utf-8")
    ours, theirs = coloured(SnippetLexer(), text), coloured(PythonLexer(), text)
    assert len(ours) == len(theirs) == len(text)
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    # An f-string is one string here; Pygments colours the expressions in it.
    assert same / len(text) > 0.95


@pytest.mark.parametrize(
    "text", ["", "'", '"""', "def", "class ", "@", "'\\", "1__", "\x00\n", "é = 'ü'", '"""a\n"b', "f'{x'"]
)
def test_any_text_comes_out_as_it_went_in(text: str):
    this_tests(SnippetLexer)
    assert "".join(value for _, _, value in SnippetLexer().get_tokens_unprocessed(text)) == text


def test_what_is_defined_stands_out():
    this_tests(SnippetLexer)
    tokens = [
        (value, token)
        for _, token, value in SnippetLexer().get_tokens_unprocessed("@mark\ndef f(x):\n    return x")
    ]
    assert ("f", Token.Name.Function) in tokens
    assert ("@mark", Token.Name.Decorator) in tokens
    assert ("return", Token.Keyword) in tokens
