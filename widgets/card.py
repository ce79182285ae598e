"""The measures of a node's card, the same for the layout, the live page and the picture."""

from __future__ import annotations

from .lettering import width

HEIGHT = 62.0
NARROWEST = 170.0
BROADEST = 280.0
STEP = 10.0
INSET = 13.0
"""From the card's left edge, the state's bar included, to its text."""
MARGIN = 10.0
"""From the text to the card's right edge."""

NAME_SIZE = 13.0
STATE_SIZE = 11.5
FOOT_SIZE = 10.5
CHIP_PADDING = 5.0
MOST_KINDS = 2
BADGE_SIZE = 10.5
SHIELD = 14.0
"""How broad and high the sign of the checks is."""


def chip_width(kind: str) -> float:
    """The breadth of a kind's chip."""
    return width(kind, FOOT_SIZE) + 2 * CHIP_PADDING


def badge_width(checks: int) -> float:
    """The breadth of the badge of so many checks, with the gap before it."""
    return 6 + SHIELD + 2 + width(f"{checks}/{checks}", BADGE_SIZE) if checks else 0.0


def card_width(label: str, home: str, kinds: list[str], parts: int, checks: int = 0) -> float:
    """How broad a card has to be. The state does not count: a change of it must not move a node."""
    name = width(label, NAME_SIZE, bold=True) + 16 + badge_width(checks)
    chips = sum(chip_width(kind) + 4 for kind in kinds[:MOST_KINDS])
    foot = width(home, FOOT_SIZE) + 8 + chips
    state = 22 + width(f"upstream {parts}/{parts}" if parts else "upstream", STATE_SIZE)
    need = INSET + max(name, foot, state) + MARGIN
    return min(max(-(-need // STEP) * STEP, NARROWEST), BROADEST)
