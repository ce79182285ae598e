"""How much room a text takes, without a browser: estimated from the widths of letters.

The estimate leans to the wide side, since fonts differ from machine to machine: a card that
is a little too broad looks better than a name that runs over its edge.
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import combining, east_asian_width

ELLIPSIS = "…"
_BOLD = 1.15
_OTHER = 0.66
_EMOJI = 0x1F000
_CLASSES = {
    0.31: "ijl'",
    0.34: "| .,:;I/\\",
    0.40: "![]()-f",
    0.43: "rt",
    0.50: '`*"_',
    0.53: "szJ",
    0.56: "cL",
    0.62: "aeovxykFT?",
    0.64: "bdghnpqu0123456789$EPSY{}",
    0.70: "ABCKRVXZ",
    0.79: "DGHNOQU&",
    0.84: "w#^+=<>~",
    0.99: "mMW%@",
    1.0: ELLIPSIS,
}
"""Of the broader fonts: DejaVu Sans and Verdana; their bold letters are up to a seventh broader."""
_WIDTHS = {letter: width for width, letters in _CLASSES.items() for letter in letters}


@lru_cache(maxsize=8192)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """The room that a text takes in a common sans-serif font, in pixels."""
    total = sum(_WIDTHS.get(letter) or _width_of(letter) for letter in text)
    return total * size * (_BOLD if bold else 1.0)


def clip(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text, or as much of its beginning as the room holds, with an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    room -= width(ELLIPSIS, size, bold=bold)
    scale = size * (_BOLD if bold else 1.0)
    for end, letter in enumerate(text):
        room -= (_WIDTHS.get(letter) or _width_of(letter)) * scale
        if room < 0:
            return text[:end].rstrip() + ELLIPSIS if end else ""
    return text


def _width_of(letter: str) -> float:
    if combining(letter):
        return 0.0
    return 1.05 if east_asian_width(letter) in "WF" or ord(letter) >= _EMOJI else _OTHER
