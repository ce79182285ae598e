"""A package below."""

from assets import asset

from .. import _private


@asset
def below(_private: int) -> int:
    """What depends on the package above."""
    return _private


both = [below, _private]
