"""Laws of the estimate of how broad a text is."""

from hypothesis import given
from hypothesis import strategies as st

from assets.widgets.lettering import clip, width

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-"
_PLAIN = """
613 635 550 635 615 352 635 634 278 278 579 278 974 634 612 635 635 411 521 392 634 592
818 592 592 525 684 686 698 770 632 575 775 752 295 295 656 557 863 748 787 603 787 695
635 611 732 684 989 685 611 685 636 636 636 636 636 636 636 636 636 636 500 318 337 361
"""
_BOLD = """
675 716 593 716 678 435 716 712 343 343 665 343 1042 712 687 716 716 493 595 478 712 652
924 645 652 582 774 762 734 830 683 683 821 837 372 372 775 637 995 837 850 733 850 770
720 682 812 774 1103 771 724 725 696 696 696 696 696 696 696 696 696 696 500 380 365 415
"""
BROAD = [dict(zip(LETTERS, map(int, each.split()), strict=True)) for each in (_PLAIN, _BOLD)]
"""How broad the letters are in DejaVu Sans, plain and bold, in thousandths of the font's size."""


@given(st.text(max_size=60), st.floats(0, 400))
def test_a_clipped_text_fits_or_is_empty(text, room):
    """What is left of a text is never broader than the room, and is its beginning."""
    left = clip(text, room, 13)
    assert left in ("", text) or (left.endswith("…") and text.startswith(left[:-1]))
    assert not left or width(left, 13) <= room + 1e-6


@given(st.text(LETTERS, max_size=90), st.booleans())
def test_the_estimate_holds_in_a_broad_font(text, bold):
    """A text that is said to fit does not run over the edge of its card."""
    letters = BROAD[bold]
    assert sum(letters[letter] for letter in text) / 1000 <= width(text, 1.0, bold=bold) + 1e-6


def test_what_fits_is_left_alone():
    """No ellipsis where none is needed."""
    assert clip("daily_sales", 400, 13) == "daily_sales"


def test_bold_and_broad_letters_take_more():
    """The estimate knows fat fonts, and the letters of East Asia."""
    assert width("mmm", 13) > width("iii", 13)
    assert width("abc", 13, bold=True) > width("abc", 13)
    assert width("売上", 13) > 2 * 13
