"""Badges as SVG, and the addresses of such."""

from html import escape
from urllib.parse import quote

__all__ = ["badge", "badge_address"]

_LABEL = "API tested"

# The lowest share for each colour of the right half.
_COLOURS = ((0.9, "#2e7d32"), (0.7, "#7a8b00"), (0.5, "#b26a00"), (0.0, "#c62828"))

# The approximate width of a character; `textLength` fits the text to the width that is left.
_CHARACTER = 6.6
_MARGIN = 10


def badge(share: float, text: str, label: str = _LABEL) -> str:
    """Return the badge that says *text* of *label* as an SVG image, in the colour for *share*."""
    left, right = _width(label), _width(text)
    colour = _colour(share)
    label, value = escape(label), escape(text)
    size = f'width="{left + right}" height="20"'
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}: {value}">
  <title>{label}: {value}</title>
  <clipPath id="round"><rect {size} rx="3"/></clipPath>
  <g clip-path="url(#round)">
    <rect width="{left}" height="20" fill="#555"/>
    <rect x="{left}" width="{right}" height="20" fill="{colour}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="{left / 2:g}" y="14" textLength="{left - _MARGIN}">{label}</text>
    <text x="{left + right / 2:g}" y="14" textLength="{right - _MARGIN}">{value}</text>
  </g>
</svg>
"""


def badge_address(share: float, text: str, label: str = _LABEL) -> str:
    """Return the address of the same badge, for places that take no image but an address of one."""
    parts = (part.replace("-", "--").replace("_", "__") for part in (label, text))
    return f"https://img.shields.io/badge/{quote('-'.join(parts))}-{_colour(share)[1:]}"


def _colour(share: float) -> str:
    return next(colour for least, colour in _COLOURS if share >= least)


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER) + _MARGIN
