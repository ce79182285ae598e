"""`AutomationConditionSensorDefinition`: which assets' conditions are looked at, how often, and under which name.

Declared only: looking is done elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from ..errors import ParameterCheckError, check_type
from ..language.condition import AutomationCondition
from ..language.selection import AssetSelection, CoercibleToAssetSelection
from ..metadata.coerce import coerce_all
from ..metadata.values import MetadataValue
from .names import tags_in_text, valid_name, valid_tags

_SECONDS = 30


class DefaultSensorStatus(Enum):
    """Whether a sensor runs without being switched on."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


class AutomationConditionSensorDefinition:
    """A name under which the automation conditions of some assets are looked at again and again.

    Args:
        name: The name.
        target: Which assets: anything that is a selection.
        tags: For filtering.
        run_tags: The tags of the runs that it asks for.
        default_status: Whether it runs without being switched on.
        minimum_interval_seconds: How long to wait between two looks; 30 where absent.
        description: What it is for, in words.
        metadata: Anything to be known about it.
        emit_backfills: Whether many partitions are asked for as one backfill.
        use_user_code_server: Whether conditions of one's own classes are looked at as well.
        default_condition: The condition of assets that have none; needs `use_user_code_server`.

    Raises:
        DagsterInvalidDefinitionError: for a name or a tag that cannot be one.
        CheckError: for an argument of the wrong type.
    """

    def __init__(
        self,
        name: str,
        *,
        target: CoercibleToAssetSelection,
        tags: Mapping[str, str] | None = None,
        run_tags: Mapping[str, Any] | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        minimum_interval_seconds: int | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        emit_backfills: bool = True,
        use_user_code_server: bool = False,
        default_condition: AutomationCondition | None = None,
    ) -> None:
        self.name: str = valid_name(check_type(name, str, "name", optional=False), "sensor name")
        self.asset_selection = AssetSelection.from_coercible(target)
        self.tags: Mapping[str, str] = valid_tags(tags)
        self.run_tags: Mapping[str, str] = {} if run_tags is None else tags_in_text(run_tags, "run_tags")
        self.default_status: DefaultSensorStatus = check_type(
            default_status, DefaultSensorStatus, "default_status", optional=False
        )
        check_type(minimum_interval_seconds, int, "minimum_interval_seconds")
        self.minimum_interval_seconds: int = (
            _SECONDS if minimum_interval_seconds is None else minimum_interval_seconds
        )
        self.description: str | None = check_type(description, str, "description")
        self.emit_backfills: bool = check_type(emit_backfills, bool, "emit_backfills", optional=False)
        self.metadata: Mapping[str, MetadataValue] = coerce_all(metadata)
        self.use_user_code_server: bool = check_type(
            use_user_code_server, bool, "use_user_code_server", optional=False
        )
        self.default_condition: AutomationCondition | None = check_type(
            default_condition, AutomationCondition, "default_condition"
        )
        if default_condition is not None and not use_user_code_server:
            message = (
                "A default_condition for a non-user-code sensor is not possible; give use_user_code_server=True as well, "
                "or set the condition on the assets."
            )
            raise ParameterCheckError(message)

    def with_attributes(self, metadata: Mapping[str, Any]) -> AutomationConditionSensorDefinition:
        """A copy with this metadata instead of its own."""
        new = object.__new__(AutomationConditionSensorDefinition)
        new.__dict__.update(self.__dict__, metadata=coerce_all(metadata))
        return new

    def __repr__(self) -> str:
        return f"<AutomationConditionSensorDefinition {self.name}: {self.asset_selection}>"
