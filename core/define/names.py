"""Which names may be given: assets, inputs, groups, tags, kinds, owners, pools.

Rules: `spec/api.md` §2.1 and §2.9, `spec/semantics.md` §1. Each function returns what it
was given, or raises with what is wrong and what would be right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from keyword import kwlist
from typing import Any

from ..errors import (
    CheckError,
    DagsterInvalidDefinitionError,
    ElementCheckError,
    ParameterCheckError,
    check_type,
)
from ..keys import AssetKey

KIND = "dagster/kind/"
"""What the tag of a kind begins with; its value is empty."""

DEFAULT_GROUP = "default"

RESERVED = frozenset(
    (
        *("context", "conf", "config", "meta", "input", "output", "int", "str", "float", "bool", "dict"),
        *("arg_dict", "input_arg_dict", "output_arg_dict"),
        *kwlist,
    )
)

_FREE = frozenset({"dagster/reporting_user"})
"""The tags whose value may be any text: who reported an event."""

_name = re.compile(r"[A-Za-z0-9_]+").fullmatch
_group = re.compile(r"[A-Za-z0-9_]+(?:/[A-Za-z0-9_]+)*").fullmatch
_tag = re.compile(r"(?:[A-Za-z0-9_.-]{1,63}/)?[A-Za-z0-9_.-]{1,63}").fullmatch
_kind = re.compile(r"[A-Za-z0-9_.-]{1,63}").fullmatch
_value = re.compile(r"[A-Za-z0-9_.-]{0,63}").fullmatch
_email = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}").fullmatch
_pool = re.compile(r"\S+").fullmatch

_MOST_KINDS = 10


def valid_name(name: str, what: str = "name") -> str:
    """The name, if it may be that of a step or of an input.

    Raises:
        DagsterInvalidDefinitionError: if it has other characters than letters, digits and `_`, or is reserved.
    """
    if name in RESERVED:
        message = f"The {what} {name!r} is reserved by Python or by this package; choose another one."
        raise DagsterInvalidDefinitionError(message)
    if _name(name) is None:
        message = f"The {what} {name!r} is not valid: it must match ^[A-Za-z0-9_]+$; use letters, digits and underscores."
        raise DagsterInvalidDefinitionError(message)
    return name


def valid_input_text(name: str, key: AssetKey) -> str:
    """The name of an input that is only depended on, if its characters are right."""
    if _name(name) is None:
        message = (
            f"The dependency on {list(key.parts)} cannot be an input: its name {name!r} must match ^[A-Za-z0-9_]+$; "
            "a key of several parts is written as a list, AssetKey([...])."
        )
        raise DagsterInvalidDefinitionError(message)
    return name


def valid_mapping_key(key: str) -> str:
    """The key of one value of a dynamic output, if it may be one.

    Raises:
        DagsterInvalidDefinitionError: if it has other characters than letters, digits and `_`.
    """
    check_type(key, str, "mapping_key", optional=False)
    if not key or not all(letter.isascii() and (letter.isalnum() or letter == "_") for letter in key):
        message = f"The mapping_key {key!r} is not valid: it must match ^[A-Za-z0-9_]+$; use letters, digits and underscores."
        raise DagsterInvalidDefinitionError(message)
    return key


def valid_group(name: str | None) -> str | None:
    """The name of a group, if it may be one; `None` stays `None`."""
    if name is None:
        return None
    check_type(name, str, "group_name")
    if _group(name) is None:
        told = f"{name!r} is not a valid asset group name" if name else "The group name is empty"
        message = (
            f"{told}: it must be one or more segments of letters, digits and underscores, separated by '/'; "
            "leave it out for the default group."
        )
        raise DagsterInvalidDefinitionError(message)
    return name


def valid_pool(pool: str | None) -> str | None:
    """The name of a pool, if it may be one."""
    check_type(pool, str, "pool")
    if pool and _pool(pool) is None:
        message = f"The pool {pool!r} is not valid: it holds white space; write it as one word."
        raise DagsterInvalidDefinitionError(message)
    return pool


def valid_owners(owners: Sequence[str] | None, about: AssetKey | str) -> list[str]:
    """The owners, each an e-mail address or `team:` and a name."""
    if not owners and owners is None:
        return []
    if isinstance(owners, str) or not isinstance(owners, Sequence):
        message = f"Parameter 'owners' must be a list of strings, not {type(owners).__name__}: {owners!r:.80}"
        raise ParameterCheckError(message)
    for owner in owners:
        if not isinstance(owner, str):
            message = f"Each of 'owners' must be a string, not {type(owner).__name__}: {owner!r:.80}"
            raise ElementCheckError(message)
        if _email(owner) is None and not (owner.startswith("team:") and len(owner) > len("team:")):
            message = (
                f"Invalid owner {owner!r} of asset {_text(about)!r}: it is neither an e-mail address nor a team; "
                "write name@example.org or team:name."
            )
            raise DagsterInvalidDefinitionError(message)
    return list(owners)


def valid_tags(tags: Mapping[str, str] | None, *, name: str = "tags") -> dict[str, str]:
    """The tags of an asset, a materialization or a result, as a dict of their own."""
    if tags is None:
        return {}
    for key, value in check_mapping(tags, name).items():
        if not (_tag(key) or (key.startswith(KIND) and _kind(key[len(KIND) :]))):
            message = (
                f"The tag key {key!r} is not valid: it must be 1 to 63 of the characters A-Z a-z 0-9 _ . - "
                "after an optional namespace of the same and one '/'."
            )
            raise DagsterInvalidDefinitionError(message)
        if not isinstance(value, str):
            message = f"The value of the tag {key!r} must be a string, not {type(value).__name__}: {value!r:.80}; quote it."
            raise DagsterInvalidDefinitionError(message)
        if _value(value) is None and key not in _FREE:
            message = (
                f"The value {value!r:.80} of the tag {key!r} is not valid: it must be at most 63 of the characters "
                "A-Z a-z 0-9 _ . -; put longer texts into metadata."
            )
            raise DagsterInvalidDefinitionError(message)
    return dict(tags)


def tags_with_kinds(tags: Mapping[str, str] | None, kinds: Iterable[str] | None) -> dict[str, str]:
    """Tags and kinds in one dict, a kind being the tag `dagster/kind/<kind>`."""
    found = valid_tags(tags)
    if kinds:
        found.update(valid_tags({f"{KIND}{kind}": "" for kind in kinds}, name="kinds"))
    if len(found) > _MOST_KINDS and (count := len(kinds_of(found))) > _MOST_KINDS:
        message = f"An asset has at most ten kinds, not {count}; leave some out, or use tags."
        raise DagsterInvalidDefinitionError(message)
    return found


def tags_in_text(tags: Mapping[str, Any] | None, name: str) -> dict[str, str]:
    """The tags of an op, a job or a run; a value that is no string is written as JSON.

    Args:
        tags: The tags as they were given.
        name: The parameter's name, for messages.

    Raises:
        DagsterInvalidDefinitionError: for a value that JSON does not give back as it was.
    """
    if tags is None:
        return {}
    found: dict[str, str] = {}
    for key, value in check_mapping(tags, name).items():
        if isinstance(value, str):
            found[key] = value
            continue
        try:
            found[key] = json.dumps(value)
            same = json.loads(found[key]) == value
        except (TypeError, ValueError):
            same = False
        if not same:
            message = f"Invalid value for tag {key!r} in {name}: {value!r:.80} cannot be written as JSON and read back; make it a string."
            raise DagsterInvalidDefinitionError(message)
    return found


def kinds_of(tags: Mapping[str, str]) -> set[str]:
    """The kinds that are among the tags."""
    return {tag[len(KIND) :] for tag in tags if tag.startswith(KIND)}


def check_mapping(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The mapping, if it is one and has strings as keys."""
    if not isinstance(value, Mapping):
        message = f"Parameter {name!r} must be a mapping, not {type(value).__name__}: {value!r:.80}"
        raise ParameterCheckError(message)
    for key in value:
        if not isinstance(key, str):
            message = f"The keys of {name!r} must be strings, not {type(key).__name__}: {key!r:.80}"
            raise ElementCheckError(message)
    return value


def check_set(value: Any, member: type | str, name: str) -> frozenset[Any]:
    """The members of a set, each of a class (its name stands for one that lives on a higher floor)."""
    if value is None:
        return frozenset()
    if not isinstance(value, (set, frozenset)):
        message = f"Parameter {name!r} must be a set, not {type(value).__name__}: {value!r:.80}; write it with braces."
        raise ParameterCheckError(message)
    for each in value:
        if not (isinstance(each, member) if isinstance(member, type) else is_a(each, member)):
            wanted = member if isinstance(member, str) else member.__name__
            message = f"Each of {name!r} must be {wanted}, not {type(each).__name__}: {each!r:.80}"
            raise ElementCheckError(message)
    return frozenset(value)


def is_a(value: object, class_name: str) -> bool:
    """Whether the value's class or one of its bases has this name; for classes this floor cannot import."""
    return any(base.__name__ == class_name for base in type(value).__mro__)


def check_named(value: Any, class_name: str, name: str) -> Any:
    """As `check_type`, for a class that this floor cannot import."""
    if value is not None and not is_a(value, class_name):
        message = (
            f"Parameter {name!r} must be {class_name} or None, not {type(value).__name__}: {value!r:.80}"
        )
        raise ParameterCheckError(message)
    return value


def valid_loggers(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The loggers by their keys.

    Raises:
        CheckError: for a key that is no text, or a value that is no `LoggerDefinition`.
    """
    loggers = {} if given is None else dict(check_mapping(given, "loggers"))
    for key, value in loggers.items():
        if value is None or not is_a(value, "LoggerDefinition"):
            message = f"The logger {key!r} must be a LoggerDefinition, not {type(value).__name__}: {value!r:.80}; make one with @logger."
            raise ParameterCheckError(message)
    return loggers


def key_prefix_of(prefix: Any) -> tuple[str, ...]:
    """The parts of a key prefix that was given as one string or as a sequence."""
    if prefix is None:
        return ()
    if isinstance(prefix, str):
        return (prefix,)
    if isinstance(prefix, (list, tuple)) and all(isinstance(part, str) for part in prefix):
        return tuple(prefix)
    message = (
        f"A key_prefix must be a string or a sequence of strings, not {type(prefix).__name__}: {prefix!r:.80}"
    )
    raise CheckError(message)


def _text(about: AssetKey | str) -> str:
    return about if isinstance(about, str) else about.to_user_string()
