"""The digest of a value: equal only for values that no consumer can tell apart.

The front of the digests: `digest` for a value, `register` to teach a type. Code inside of
the value counts by its fingerprint.
"""

from __future__ import annotations

from typing import Any

import xxhash

from .fingerprint import Memo
from .reach import strict_value
from .registry import register
from .states import Undigestable

__all__ = ["Undigestable", "digest", "register"]


def digest(value: Any) -> str:
    """32 hexadecimal digits for the content of a value.

    Args:
        value: Anything; nothing of it is changed, consumed or compared.

    Raises:
        Undigestable: if it, or something in it, has no content: a lock, a file, a generator.
    """
    node = strict_value(value)
    if not node.edges:
        return xxhash.xxh3_128_hexdigest(node.own)
    memo, root = Memo(), object()
    memo.put(root, node)
    return memo.digest(root).hex()
