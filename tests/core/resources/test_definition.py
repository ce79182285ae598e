from typing import Annotated

import pytest

from assets.core.errors import CheckError, DagsterInvariantViolationError, DagsterUnknownResourceError
from assets.core.resources.definition import (
    InitResourceContext,
    ResourceDefinition,
    ResourceParam,
    Resources,
    is_resource_annotation,
    make_values_resource,
    resource,
)
from assets.core.schema.scalars import INT


def test_namespace_gives_what_was_declared():
    """A function reaches the resources it declared, and no others the run may have."""
    space = Resources({"db": 1, "mail": 2}, {"db"})
    assert space.db == 1
    assert dir(space) == list(space) == ["db"]
    assert "mail" not in space
    assert repr(space) == "Resources(db)"
    with pytest.raises(DagsterUnknownResourceError, match="declared: db"):
        space.mail
    with pytest.raises(AttributeError, match="did you mean 'db'"):
        space.dbs


def test_annotations_that_mark_a_resource():
    """`ResourceParam` marks any type; other annotations mark nothing."""

    class Marked:
        is_resource_class = True

    assert is_resource_annotation(ResourceParam[int])
    assert is_resource_annotation(ResourceParam[list[str]])
    assert is_resource_annotation(Marked)
    for plain in (int, list[int], int | None, Annotated[int, "note"], None, "text"):
        assert not is_resource_annotation(plain)


def test_decorator_bare_and_called():
    """Bare or called, the decorator makes a definition of the function."""

    @resource
    def one(_context):
        """The one."""
        return 1

    @resource(config_schema=int, required_resource_keys={"x"}, version="3")
    def two():
        return 2

    assert isinstance(one, ResourceDefinition)
    assert one.description == "The one."
    assert one.make(InitResourceContext()) == 1
    assert (two.config_schema.config_type, two.required_resource_keys, two.version) == (INT, {"x"}, "3")
    assert two.make(InitResourceContext()) == 2
    with pytest.raises(CheckError):
        ResourceDefinition(3)


def test_ready_made_definitions():
    """Constants, nothing, mocks, texts and values of the config."""
    context = InitResourceContext(config="text")
    assert ResourceDefinition.hardcoded_resource(5).make(context) == 5
    assert ResourceDefinition.none_resource().make(context) is None
    assert ResourceDefinition.string_resource().make(context) == "text"
    assert make_values_resource(a=int).make(context) == "text"
    assert ResourceDefinition.mock_resource().make(context).anything(1) is not None


def test_context_outside_a_run():
    """Without an instance, asking for it is an error; a logger is always there."""
    context = InitResourceContext(resources={"x": 1})
    assert context.resources.x == 1
    assert context.run_id is None
    assert context.log.name == "assets"
    with pytest.raises(DagsterInvariantViolationError):
        context.instance
