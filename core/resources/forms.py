"""What a front end shows of a config before a run: a form in the language of JSON schemas, and what is wrong with an answer.

One function for all that takes config: an asset, a check, an op, a resource, an IO manager. The form describes
what a run's config holds under `config`; what is sent back is read by the same terms as a run's config.
"""

from __future__ import annotations

from typing import Any

from ..record import UNSET
from ..schema.form import json_schema
from ..schema.reading import ROOT, ConfigProblem, Reading
from ..schema.terms import Field
from .mapping import ANY_CONFIG
from .run_config import config_field, resource_field


def config_form(thing: Any) -> dict[str, Any] | None:
    """The JSON schema of what a definition or a resource takes as its config; `None` if it takes none.

    Args:
        thing: A definition of assets, checks or an op, a graph with a config mapping; a resource, its definition, or any object.
    """
    field = field_of_thing(thing)
    return None if field is ANY_CONFIG else json_schema(field)


def config_problems(thing: Any, given: Any = UNSET, path: str = ROOT) -> list[ConfigProblem]:
    """What is wrong with a config, before any run; nothing is raised.

    Args:
        thing: As `config_form` takes it.
        given: The config; `UNSET` for none.
        path: Where it stands, for messages.
    """
    field = field_of_thing(thing)
    reading = Reading(to_model=True)
    if given is not UNSET or field.default_provided:
        field.read(given, path, reading)
    elif field.is_required:
        reading.missing(path, {"config": field.config_type.example()})
    return reading.problems


def field_of_thing(thing: Any) -> Field:
    """What a definition or a resource takes as its config."""
    mapping = getattr(thing, "config_mapping", None)
    if mapping is not None:
        field: Field = mapping.config_field
        return field
    parameters = getattr(thing, "config_param", None)
    if parameters is None:
        return resource_field(thing)
    return config_field(thing.config_schema, parameters)
