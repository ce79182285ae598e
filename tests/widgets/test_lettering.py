"""Laws of the estimate of how broad a text is."""

from hypothesis import given
from hypothesis import strategies as st

from assets.widgets.lettering import clip, width


@given(st.text(max_size=60), st.floats(0, 400))
def test_a_clipped_text_fits_or_is_empty(text, room):
    """What is left of a text is never broader than the room, and is its beginning."""
    left = clip(text, room, 13)
    assert left in ("", text) or (left.endswith("…") and text.startswith(left[:-1]))
    assert not left or width(left, 13) <= room + 1e-6


def test_what_fits_is_left_alone():
    """No ellipsis where none is needed."""
    assert clip("daily_sales", 400, 13) == "daily_sales"


def test_bold_and_broad_letters_take_more():
    """The estimate knows fat fonts, and the letters of East Asia."""
    assert width("mmm", 13) > width("iii", 13)
    assert width("abc", 13, bold=True) > width("abc", 13)
    assert width("売上", 13) > 2 * 13
