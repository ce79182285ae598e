"""What users are warned of: names that are going, each with what to write instead.

The lowest floor, beside `errors`. The texts begin as those of the reference, so that filters which
a project has for it still work.
"""

from __future__ import annotations

import warnings


class BetaWarning(Warning):
    """That a name may still change. For the filters of existing projects: this package gives none."""


class PreviewWarning(Warning):
    """That a name is a try. For the filters of existing projects: this package gives none."""


class SupersessionWarning(FutureWarning):
    """That there is something better. For the filters of existing projects: this package gives none."""


def deprecated(what: str, instead: str, depth: int = 2) -> None:
    """Warn that a name still works and is going.

    Args:
        what: The name, as in "Class `SourceAsset`".
        instead: What to do, as a sentence of its own.
        depth: How many frames lie between the caller of this and the user's line, that one included.
    """
    message = f"{what} is deprecated and will be removed in 2.0.0. {instead}"
    warnings.warn(message, DeprecationWarning, stacklevel=depth + 1)
