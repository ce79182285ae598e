"""A module beside."""

from assets import asset


@asset(deps=["spec"])
def beside() -> None:
    """What depends on a spec."""
