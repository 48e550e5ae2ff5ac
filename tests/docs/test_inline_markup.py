"""Inline markup of docstrings: what a page shows of it, in reStructuredText and in Markdown, however hostile."""

import random
from html.parser import HTMLParser

import pytest
from docutils.core import publish_doctree
from markupsafe import escape

from this_tests import this_tests
from this_tests.docs import inline_markup
from this_tests.docs.inline_markup import Inline, inline

MARKUP = [
    # Code, in both.
    ("Sorts ``a`` and `b`.", "Sorts <code>a</code> and <code>b</code>."),
    ("``a`b`` and `` `c` `` and ```d```", "<code>a`b</code> and <code>`c`</code> and <code>d</code>"),
    ("`foo`s and ``foo``\\ s", "<code>foo</code>s and <code>foo</code>s"),
    ("`a <b>` and ``List <int>``", "<code>a &lt;b&gt;</code> and <code>List &lt;int&gt;</code>"),
    ("`~pkg.mod.f` is `~` of", "<code>f</code> is <code>~</code> of"),
    (r"`\d+` and ``\*``", r"<code>\d+</code> and <code>\*</code>"),
    # Roles.
    (":func:`f` and :py:meth:`~pkg.A.m`", "<code>f()</code> and <code>m()</code>"),
    (":class:`!pkg.A` and :class:`.A`", "<code>pkg.A</code> and <code>A</code>"),
    (":func:`it <pkg.f>` and :func:`f()`", "<code>it</code> and <code>f()</code>"),
    ("`f`:func: and `x`: y", "<code>f()</code> and <code>x</code>: y"),
    ("{func}`f` and {py:class}`~pkg.A`", "<code>f()</code> and <code>A</code>"),
    (":doc:`the guide <guide>`, :ref:`label`, :term:`graph`", "the guide, label, graph"),
    (
        ":pep:`8#names`, :rfc:`2822`, :issue:`12`, :gh:`python/cpython#1`",
        "PEP 8, RFC 2822, #12, python/cpython#1",
    ),
    (":strong:`a`, :emphasis:`b`, :math:`x^2`", "<strong>a</strong>, <em>b</em>, <code>x^2</code>"),
    # Emphasis.
    ("**bold**, *em*, ***both***", "<strong>bold</strong>, <em>em</em>, <strong>both</strong>"),
    (
        "**`code`** and **a `b` c**",
        "<code>code</code> and <strong>a </strong><code>b</code><strong> c</strong>",
    ),
    # Links are texts.
    ('[a link](https://example.org/a_(b)) and ![picture](p.png "Of it")', "a link and picture"),
    ("[`f`](api.md#f), [`g`][pkg.g] and <https://x.org>", "<code>f</code>, <code>g</code> and https://x.org"),
    ("`text <https://x.org>`_, `text <t_>`__ and `a target`_", "text, text and a target"),
    ("_`target` and |subst| and |a link|_", "target and subst and a link"),
    ("Notes [1]_, [#name]_ and [*]_ and [^md].", "Notes, and and."),
    ("After [CIT2002]_.", "After [CIT2002]."),
    (r"\*args and \`x\` and C:\new", r"*args and `x` and C:\new"),
]
PYTHON = [
    "f(*args, **kwargs), *a and **b",
    "f(*a,*b) == {**c, **d}",
    "2 ** 3 * 4 * 5, a*b*c and 2**3**4",
    "*.py/*.txt and src/*/tests/* and **/x/**",
    "'*' and '*', (*) and \"*\", '**' and '**'",
    "a|b|c, int | None | str and |x| + |y|",
    "in_ and __init__ and _private_ and a__b__c",
    "a[0][1], f[0](x), [0](x) and x[i][j](k)",
    "a < b > c and a <b> c",
    "don't, don`t and can`t, a ` key",
    r"\d+\s and C:\foo",
    "at 10:30: f :x: y",
    "``unclosed and `unclosed and **unclosed and |unclosed",
]


@pytest.mark.parametrize(("markup", "html"), MARKUP)
def test_markup_becomes_text_and_safe_html(markup: str, html: str):
    this_tests(inline)
    assert str(escape(inline(markup))) == html


@pytest.mark.parametrize("text", PYTHON)
def test_signs_of_python_stay_as_they_are(text: str):
    this_tests(inline)
    assert str(inline(text)) == text
    assert {span.kind for span in inline(text).spans} == {"text"}


def test_its_text_is_that_of_its_html():
    this_tests("this_tests.docs.inline_markup.Inline.__str__")
    assert str(inline("**a** `b` &")) == "a b &"
    assert (bool(inline("")), bool(inline("a"))) == (False, True)
    assert not Inline()


def test_markup_begins_inside_of_what_is_none():
    this_tests(inline)
    assert inline("The ` key and `foo` work.").spans[1] == ("code", "foo")


def test_a_long_text_is_truncated_behind_its_markup():
    this_tests(inline)
    found = inline(f"`a` {'b' * 300} `c`", longest=10)

    assert str(found) == "a bbbbbbb…"
    assert str(inline("a`b`", longest=3)) == "a`…"
    assert str(inline("`ab` `cd`", longest=4)) == "ab …"


class Elements(HTMLParser):
    """Checks that HTML is well-formed, and has three elements only, without attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag in {"code", "em", "strong"}
        assert not attrs
        assert not self.open
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


PARTS = (
    "`", "``", "*", "**", "|", "[", "](", "](javascript:alert(1))", ")", "<", ">", "_", "__", "\\", ":", " ", "\n",
    ":func:", "{func}", "a", "b.c", "<script>", "</code>", "<!--", "&lt;", '"', "'", "\0", "\ud7ff", "\u202e", "[1]_",
    "<https://x", " <javascript:x>`_", "~", "!",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_no_text_makes_other_html(seed: int):
    this_tests("this_tests.docs.inline_markup.Inline.__html__", inline)
    chance = random.Random(seed)
    for _ in range(50):
        text = "".join(chance.choices(PARTS, k=chance.randrange(1, 40)))
        found = inline(text)
        parser = Elements()
        parser.feed(str(escape(found)))
        parser.close()

        assert not parser.open
        assert parser.text == str(found)
        assert len(str(found)) <= 200


@pytest.mark.parametrize("part", [*PARTS, "[`", "[a](", "*a ", "``a ", "`a", "[a](()", "(*", "\\`", "~a."])
def test_a_part_over_and_over_is_neither_slow_nor_recursive(part: str):
    this_tests(inline)
    # Without an upper limit on what is looked at, some of them would take hours.
    assert len(str(inline(part * 100_000))) <= 200


@pytest.mark.parametrize(
    "text",
    [
        "Sorts ``a`` by *b* and **c**.",
        "f(\\*args) and x*y, 2 ** 3, '*' and '*'.",
        "After `text <https://x.org>`__ and ``b``\\ s.",
    ],
)
def test_docutils_reads_the_same(text: str):
    this_tests(inline_markup.inline)
    document = publish_doctree(text, settings_overrides={"report_level": 5})
    assert str(inline(text)) == document.astext()
