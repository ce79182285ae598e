"""What every static picture is made of: colours, signs, the frame, and the way into HTML.

Light and dark come from a media query inside the SVG, which works in an `<img>` too. The
colours and signs are those of `frontend/src/css/theme.css` and `frontend/src/states.ts`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from html import escape

FONT = "'Inter','Segoe UI',Roboto,'Helvetica Neue',Arial,'Liberation Sans',sans-serif"
LIGHT = {
    "page": "#f7f8f9",
    "card": "#ffffff",
    "text": "#1f2328",
    "soft": "#656d76",
    "rim": "#d8dee4",
    "line": "#a3abb5",
    "chip": "#eceef1",
    "running": "#2673d8",
    "queued": "#74a8e8",
    "failed": "#b8213f",
    "missing": "#97a0aa",
    "stale": "#d9731a",
    "upstream": "#c9a227",
    "fresh": "#1b8a6b",
    "external": "#7a6bb0",
    "ghost": "#97a0aa",
}
DARK = {
    "page": "#15181c",
    "card": "#1f242a",
    "text": "#e6e9ed",
    "soft": "#9aa4af",
    "rim": "#39414a",
    "line": "#7b8591",
    "chip": "#2e353c",
    "running": "#5aa2f5",
    "queued": "#9cc4f5",
    "failed": "#f2637c",
    "missing": "#7d8792",
    "stale": "#f0913d",
    "upstream": "#dfc156",
    "fresh": "#3dba93",
    "external": "#a99adf",
    "ghost": "#8b949e",
}

_FORBIDDEN = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ud800-\udfff\ufffe\uffff]")

GLYPHS = {
    "running": ("M3 1.5 L10.5 6 L3 10.5 Z", False),
    "queued": ("M6 1 A5 5 0 1 1 5.99 1 M6 3.4 V6 L8 7.4", True),
    "failed": ("M2.4 2.4 L9.6 9.6 M9.6 2.4 L2.4 9.6", True),
    "missing": ("M6 1.6 A4.4 4.4 0 1 1 5.99 1.6", True),
    "stale": ("M6 1 L11.4 10.6 L0.6 10.6 Z", False),
    "upstream": ("M6 10.8 V2 M2.4 5.4 L6 1.6 L9.6 5.4", True),
    "fresh": ("M1.8 6.4 L4.8 9.4 L10.2 2.8", True),
    "external": ("M6 0.8 L11.2 6 L6 11.2 L0.8 6 Z", True),
    "ghost": ("M3.4 4.2 C3.4 0.6 8.8 0.8 8.6 4.2 C8.4 6.2 6 6 6 8 M6 10 V10.8", True),
}
"""The state's sign in a box of 12 by 12, and whether it is drawn as a line."""


_ALONE = (
    ".jp-OutputArea-child:has(img.assets-picture)+.jp-OutputArea-child:not(:has(.jp-OutputArea-output>*))"
    "{display:none}"
)
"""Where a notebook is opened without its kernel, a line says in the widget's place that there is no model: the
picture stands for it, so an output after it that holds nothing but text is not shown."""

SHIELD = "M8 1.5 L13.2 3.4 V7.6 C13.2 11 11 13.3 8 14.5 C5 13.3 2.8 11 2.8 7.6 V3.4 Z"
CHECKS = {
    "failed": ("failed", "M6 6 L10 10 M10 6 L6 10"),
    "warning": ("stale", "M8 4.9 V8.6 M8 10.9 V11"),
    "pending": ("missing", "M5.8 8 H10.2"),
    "passed": ("fresh", "M5.5 8.1 L7.3 9.9 L10.6 6.3"),
}
"""Of each outcome of a check the state whose colour it has, and its sign inside the shield, in a box of 16 by 16."""


def document(broad: float, high: float, title: str, body: Sequence[str], states: Sequence[str]) -> str:
    """A whole SVG: its size, its name, its styles, and what is in it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{short(broad)}" height="{short(high)}" '
        f'viewBox="0 0 {short(broad)} {short(high)}" role="img" font-family="{escape(FONT)}">'
        f"<title>{data(title)}</title><style>{_style(states)}</style>"
        f'<rect class="page" x="0.5" y="0.5" width="{short(broad - 1)}" height="{short(high - 1)}" rx="8"/>'
        f"{''.join(body)}</svg>\n"
    )


def as_img(svg: str, alt: str = "") -> str:
    """The picture as HTML that survives the sanitizer of an untrusted notebook."""
    packed = base64.b64encode(svg.encode()).decode()
    return f'<img class="assets-picture" alt="{data(alt)}" src="data:image/svg+xml;base64,{packed}"><style>{_ALONE}</style>'


def data(text: str) -> str:
    """A text of the user's as text of the SVG: escaped, and without what XML cannot hold."""
    return escape(_FORBIDDEN.sub("", text))


def glyph(state: str, x: float, y: float, size: float = 11.0) -> str:
    """The state's sign with its left top corner at a point."""
    path, is_line = GLYPHS[state]
    kind = f"{state}-line" if is_line else state
    ends = ' stroke-linecap="round" stroke-linejoin="round"' if is_line else ""
    return f'<path class="{kind}" transform="translate({short(x)} {short(y)}) scale({size / 12:.3f})" d="{path}"{ends}/>'


def shield(outcome: str, x: float, y: float, size: float) -> str:
    """The sign of a check that came out like this, with its left top corner at a point."""
    state, sign = CHECKS[outcome]
    return (
        f'<path class="{state}-line" transform="translate({short(x)} {short(y)}) scale({size / 16:.3f})" '
        f'd="{SHIELD}{sign}" stroke-linecap="round" stroke-linejoin="round"/>'
    )


def short(value: float) -> str:
    """A number with one digit behind the point, or none where it is a zero."""
    return f"{value:.1f}".removesuffix(".0")


def _style(states: Sequence[str]) -> str:
    return f"{_rules(LIGHT, states)}.open{{stroke-dasharray:5 3}}@media(prefers-color-scheme:dark){{{_rules(DARK, states)}}}"


def _rules(colours: Mapping[str, str], states: Sequence[str]) -> str:
    base = (
        f".page{{fill:{colours['page']};stroke:{colours['rim']}}}"
        f".card{{fill:{colours['card']};stroke:{colours['rim']}}}"
        f".loose{{fill:{colours['page']};stroke:{colours['ghost']}}}"
        f".text{{fill:{colours['text']}}}.soft{{fill:{colours['soft']}}}.chip{{fill:{colours['chip']}}}"
        f".line{{fill:none;stroke:{colours['line']};stroke-width:1.4}}.head{{fill:{colours['line']}}}"
    )
    return base + "".join(
        f".{state}{{fill:{colours[state]}}}.{state}-line{{fill:none;stroke:{colours[state]};stroke-width:1.8}}"
        for state in states
    )
