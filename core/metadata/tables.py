"""What one may say about tables: columns, constraints, records, and where a column comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import ElementCheckError, ParameterCheckError, check_type
from ..keys import AssetKey, CoercibleToAssetKey
from ..record import Record, put

Scalar: TypeAlias = str | int | float | bool | None

_SCALARS = (str, int, float, bool, type(None))


class TableRecord(Record):
    """One row of a table: a scalar for each column."""

    __slots__ = ("data",)

    data: Mapping[str, Scalar]

    def __init__(self, data: Mapping[str, Scalar]) -> None:
        check_type(data, Mapping, "data", optional=False)
        for name, value in data.items():
            _check_member(name, (str,), "data")
            _check_member(value, _SCALARS, "data")
        put(self, "data", dict(data))

    __hash__ = None  # type: ignore[assignment]  # a dict is inside


class TableConstraints(Record):
    """What holds for a table as a whole, in words."""

    __slots__ = ("other",)

    other: Sequence[str]

    def __init__(self, other: Sequence[str]) -> None:
        put(self, "other", _list_of(other, str, "other"))

    __hash__ = None  # type: ignore[assignment]  # a list is inside


class TableColumnConstraints(Record):
    """What holds for one column."""

    __slots__ = ("nullable", "other", "unique")

    nullable: bool
    unique: bool
    other: Sequence[str]

    def __init__(
        self, nullable: bool = True, unique: bool = False, other: Sequence[str] | None = None
    ) -> None:
        put(self, "nullable", check_type(nullable, bool, "nullable", optional=False))
        put(self, "unique", check_type(unique, bool, "unique", optional=False))
        put(self, "other", _list_of(() if other is None else other, str, "other"))

    __hash__ = None  # type: ignore[assignment]  # a list is inside


class TableColumn(Record):
    """One column: its name, the name of its type, and what is known about it."""

    __slots__ = ("constraints", "description", "name", "tags", "type")

    name: str
    type: str
    description: str | None
    constraints: TableColumnConstraints
    tags: Mapping[str, str]

    def __init__(
        self,
        name: str,
        type: str = "string",  # noqa: A002  the reference's name
        description: str | None = None,
        constraints: TableColumnConstraints | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        put(self, "name", check_type(name, str, "name", optional=False))
        put(self, "type", check_type(type, str, "type", optional=False))
        put(self, "description", check_type(description, str, "description"))
        check_type(constraints, TableColumnConstraints, "constraints")
        put(self, "constraints", TableColumnConstraints() if constraints is None else constraints)
        put(self, "tags", dict(check_type(tags, Mapping, "tags") or {}))

    __hash__ = None  # type: ignore[assignment]  # a dict is inside


class TableSchema(Record):
    """The columns of a table, in their order."""

    __slots__ = ("columns", "constraints")

    columns: Sequence[TableColumn]
    constraints: TableConstraints

    def __init__(self, columns: Sequence[TableColumn], constraints: TableConstraints | None = None) -> None:
        put(self, "columns", _list_of(columns, TableColumn, "columns"))
        check_type(constraints, TableConstraints, "constraints")
        put(self, "constraints", TableConstraints(other=[]) if constraints is None else constraints)

    __hash__ = None  # type: ignore[assignment]  # a list is inside

    @staticmethod
    def from_name_type_dict(name_type_dict: Mapping[str, str]) -> TableSchema:
        """The schema with these columns, given as name and type."""
        check_type(name_type_dict, Mapping, "name_type_dict", optional=False)
        return TableSchema([TableColumn(name, type_name) for name, type_name in name_type_dict.items()])


class TableColumnDep(Record):
    """A column of another asset that a column is made from."""

    __slots__ = ("asset_key", "column_name")

    asset_key: AssetKey
    column_name: str

    def __init__(self, asset_key: CoercibleToAssetKey, column_name: str) -> None:
        put(self, "asset_key", AssetKey.from_coercible(asset_key))
        put(self, "column_name", check_type(column_name, str, "column_name", optional=False))


class TableColumnLineage(Record):
    """For each column, the columns that it is made from."""

    __slots__ = ("deps_by_column",)

    deps_by_column: Mapping[str, Sequence[TableColumnDep]]

    def __init__(self, deps_by_column: Mapping[str, Sequence[TableColumnDep]]) -> None:
        check_type(deps_by_column, Mapping, "deps_by_column", optional=False)
        kept: dict[str, list[TableColumnDep]] = {}
        for column, deps in deps_by_column.items():
            _check_member(column, (str,), "deps_by_column")
            kept[column] = list(dict.fromkeys(_list_of(deps, TableColumnDep, "deps_by_column")))
        put(self, "deps_by_column", kept)

    __hash__ = None  # type: ignore[assignment]  # a dict is inside


def infer_schema(records: Sequence[TableRecord]) -> TableSchema:
    """The schema that records have, by the type of each value of the first one."""
    names = {bool: "bool", int: "int", float: "float"}
    return TableSchema(
        [TableColumn(name, names.get(type(value), "string")) for name, value in records[0].data.items()]
    )


def _list_of(value: Sequence[Any], member: type, name: str) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        message = f"Parameter {name!r} must be a sequence of {member.__name__}, not {type(value).__name__}: {value!r:.80}"
        raise ParameterCheckError(message)
    for each in value:
        _check_member(each, (member,), name)
    return list(value)


def _check_member(value: object, expected: tuple[type, ...], name: str) -> None:
    if not isinstance(value, expected):
        wanted = " or ".join(t.__name__ for t in expected)
        message = f"Each of {name!r} must be {wanted}, not {type(value).__name__}: {value!r:.80}"
        raise ElementCheckError(message)
