"""`In`, `Out` and their kin: what an op or a graph says of one input or output (`spec/api.md` §2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import check_type
from ..keys import AssetKey, CoercibleToAssetKey
from ..record import Record, put
from .dagster_type import DagsterType
from .names import check_mapping
from .types import ANYTHING, UNSET, Typing, valid_type

DEFAULT_IO_MANAGER = "io_manager"


class In(Record):
    """What an op says of one of its inputs.

    Args:
        dagster_type: The type of the value, instead of the annotation; `Nothing` only orders.
        description: What it is.
        default_value: What is passed where nothing is connected.
        metadata: Anything to be known about it; the IO manager that loads it sees it.
        asset_key: The asset that it reads.
        asset_partitions: The partitions of that asset.
        input_manager_key: The resource that loads it.
    """

    __slots__ = (
        "asset_key", "asset_partitions", "dagster_type", "default_value", "description", "input_manager_key", "metadata",
    )  # fmt: skip

    dagster_type: Any
    description: str | None
    default_value: Any
    metadata: Mapping[str, Any] | None
    asset_key: AssetKey | None
    asset_partitions: Any
    input_manager_key: str | None

    def __init__(
        self,
        dagster_type: Any = UNSET,
        description: str | None = None,
        default_value: Any = UNSET,
        metadata: Mapping[str, Any] | None = None,
        asset_key: CoercibleToAssetKey | None = None,
        asset_partitions: Any = None,
        input_manager_key: str | None = None,
    ) -> None:
        put(self, "dagster_type", UNSET if dagster_type is UNSET else valid_type(dagster_type))
        put(self, "description", check_type(description, str, "description"))
        put(self, "default_value", default_value)
        put(self, "metadata", None if metadata is None else dict(check_mapping(metadata, "metadata")))
        put(self, "asset_key", None if asset_key is None else AssetKey.from_coercible(asset_key))
        put(self, "asset_partitions", asset_partitions)
        put(self, "input_manager_key", check_type(input_manager_key, str, "input_manager_key"))

    __hash__ = None  # type: ignore[assignment]  # a dict may be inside

    @property
    def has_default_value(self) -> bool:
        """Whether there is a value for where nothing is connected."""
        return self.default_value is not UNSET


class Out(Record):
    """What an op says of one of its outputs.

    Args:
        dagster_type: The type of the value, instead of the annotation.
        description: What it is.
        is_required: Whether the op must give it.
        io_manager_key: The resource that stores it.
        metadata: Anything to be known about it; the IO manager that stores it sees it.
        code_version: The version of the code that makes it.
    """

    __slots__ = ("code_version", "dagster_type", "description", "io_manager_key", "is_required", "metadata")

    dagster_type: Any
    description: str | None
    is_required: bool
    io_manager_key: str
    metadata: Mapping[str, Any] | None
    code_version: str | None

    def __init__(
        self,
        dagster_type: Any = UNSET,
        description: str | None = None,
        is_required: bool = True,
        io_manager_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        code_version: str | None = None,
    ) -> None:
        put(self, "dagster_type", UNSET if dagster_type is UNSET else valid_type(dagster_type))
        put(self, "description", check_type(description, str, "description"))
        put(self, "is_required", check_type(is_required, bool, "is_required", optional=False))
        put(self, "io_manager_key", check_type(io_manager_key, str, "io_manager_key") or DEFAULT_IO_MANAGER)
        put(self, "metadata", None if metadata is None else dict(check_mapping(metadata, "metadata")))
        put(self, "code_version", check_type(code_version, str, "code_version"))

    __hash__ = None  # type: ignore[assignment]  # a dict may be inside

    @property
    def is_dynamic(self) -> bool:
        """Whether it gives any number of values, each under a key."""
        return False


class DynamicOut(Out):
    """An output that gives any number of values, each under a mapping key: see `DynamicOutput`."""

    __slots__ = ()

    @property
    def is_dynamic(self) -> bool:
        """Whether it gives any number of values, each under a key."""
        return True


class GraphIn(Record):
    """What a graph says of one of its inputs."""

    __slots__ = ("description",)

    description: str | None

    def __init__(self, description: str | None = None) -> None:
        put(self, "description", check_type(description, str, "description"))


class GraphOut(Record):
    """What a graph says of one of its outputs."""

    __slots__ = ("description",)

    description: str | None

    def __init__(self, description: str | None = None) -> None:
        put(self, "description", check_type(description, str, "description"))


class Slot(Record):
    """One input of an op as it is run: the declaration and its annotation, put together."""

    __slots__ = ("default", "given", "name", "typing")

    name: str
    typing: Typing
    default: Any
    given: In

    def __init__(
        self, name: str, typing: Typing = ANYTHING, default: Any = UNSET, given: In | None = None
    ) -> None:
        put(self, "name", name)
        put(self, "typing", typing)
        put(self, "default", default)
        put(self, "given", given or In())

    __hash__ = None  # type: ignore[assignment]  # a default may be anything

    @property
    def dagster_type(self) -> DagsterType:
        """What it takes."""
        return self.typing.dagster_type

    @property
    def description(self) -> str | None:
        """What it is for, in words."""
        return self.given.description

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Anything to be known about it."""
        return self.given.metadata or {}


class Vent(Record):
    """One output of an op as it is run: the declaration and its annotation, put together."""

    __slots__ = ("given", "name", "typing")

    name: str
    typing: Typing
    given: Out

    def __init__(self, name: str, typing: Typing = ANYTHING, given: Out | None = None) -> None:
        put(self, "name", name)
        put(self, "typing", typing)
        put(self, "given", given or Out())

    __hash__ = None  # type: ignore[assignment]  # a dict may be inside

    @property
    def dagster_type(self) -> DagsterType:
        """What it gives."""
        return self.typing.dagster_type

    @property
    def description(self) -> str | None:
        """What it is, in words."""
        return self.given.description

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Anything to be known about it."""
        return self.given.metadata or {}

    @property
    def required(self) -> bool:
        """Whether the op must give it."""
        return self.given.is_required

    @property
    def io_manager_key(self) -> str:
        """The resource that stores it."""
        return self.given.io_manager_key

    @property
    def code_version(self) -> str | None:
        """The version of the code that makes it."""
        return self.given.code_version
