"""Every error of the package, each with the builtin a caller would already catch.

The lowest floor: it imports nothing of ours. Class names and bases are those of the
reference (`spec/api.md` §12). `nearest` words the hint for an unknown name.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any


class DagsterError(Exception):
    """The base of every error that the package raises on purpose."""

    is_user_code_error = False


class DagsterInvalidDefinitionError(DagsterError):
    """A definition is not valid: a bad name, tag, owner or key, or wiring that cannot work."""


class CircularDependencyError(DagsterInvalidDefinitionError, ValueError):
    """The declared assets depend on each other in a circle."""


class DagsterInvalidInvocationError(DagsterError):
    """Something was called in a way that it cannot be called."""


class DagsterInvalidConfigError(DagsterError):
    """A config value does not fit its schema."""

    def __init__(self, message: str, errors: Iterable[Any] = (), config_value: Any = None) -> None:
        super().__init__(message)
        self.errors = list(errors)
        self.config_value = config_value


class DagsterInvalidConfigDefinitionError(DagsterError):
    """A config schema is not one."""


class DagsterInvalidPythonicConfigDefinitionError(DagsterError):
    """A config or resource class has an annotation that means nothing."""


class DagsterInvariantViolationError(DagsterError):
    """Something that must hold does not: a wrong output, an unavailable property, an unknown name."""


class DagsterInvalidSubsetError(DagsterError):
    """A selection names what is not there."""


class DagsterInvalidAssetSelectionError(DagsterError):
    """The text of a selection cannot be read."""


class DagsterInvalidMetadata(DagsterError):
    """A metadata value cannot be kept."""


class DagsterInvalidPropertyError(DagsterError):
    """A property is not available where it was asked for."""


class DagsterInvalidAssetKey(DagsterError):
    """A key is not one."""


class DagsterInvalidObservationError(DagsterError):
    """An observe function gave something that is no observation."""


class DagsterUnknownPartitionError(DagsterError):
    """A partition key is not in its partitions definition."""


class DagsterUnknownResourceError(DagsterError, AttributeError):
    """A resource was asked for that the function did not declare."""


class DagsterHomeNotSetError(DagsterError):
    """There is no store: neither a workspace nor `ASSETS_HOME`."""


class DagsterRunNotFoundError(DagsterError):
    """No run has that id."""


class DagsterUserCodeExecutionError(DagsterError):
    """The user's code raised; `user_exception` is what it raised."""

    is_user_code_error = True

    def __init__(self, message: str = "", user_exception: BaseException | None = None) -> None:
        super().__init__(message)
        self.user_exception = user_exception


class DagsterExecutionStepExecutionError(DagsterUserCodeExecutionError):
    """The body of a step raised."""


class DagsterExecutionLoadInputError(DagsterUserCodeExecutionError):
    """An IO manager raised while it loaded an input."""


class DagsterExecutionHandleOutputError(DagsterUserCodeExecutionError):
    """An IO manager raised while it stored an output."""


class DagsterResourceFunctionError(DagsterUserCodeExecutionError):
    """A resource could not be made."""


WITHIN = "_assets_within"


def raised_within(error: BaseException, cls: type[DagsterUserCodeExecutionError]) -> None:
    """Note whose code raised an error, unless that is known: the first who says so is nearest.

    Args:
        error: What a type's check or an IO manager raised.
        cls: The class under which it is recorded.
    """
    if not hasattr(error, WITHIN):
        with suppress(AttributeError, TypeError):  # the user's class may refuse
            setattr(error, WITHIN, cls.__name__)


class DagsterTypeCheckError(DagsterUserCodeExecutionError):
    """The function that checks a type raised."""


class DagsterConfigMappingFunctionError(DagsterUserCodeExecutionError):
    """The function of a config mapping raised."""


class HookExecutionError(DagsterUserCodeExecutionError):
    """A hook raised."""


class DagsterTypeCheckDidNotPass(DagsterError):
    """A value is not of the type that was declared for it."""

    def __init__(self, description: str = "", metadata: Any = None, dagster_type: Any = None) -> None:
        super().__init__(description)
        self.description = description
        self.metadata = metadata
        self.dagster_type = dagster_type


class DagsterStepOutputNotFoundError(DagsterError):
    """A step ended without an output that it had to give."""

    def __init__(self, message: str = "", *, step_key: str = "", output_name: str = "") -> None:
        super().__init__(message)
        self.step_key = step_key
        self.output_name = output_name


class DagsterAssetCheckFailedError(DagsterError):
    """A blocking check failed."""


class CheckError(Exception):
    """An argument has the wrong type or value."""


class ParameterCheckError(CheckError):
    """A parameter has the wrong type."""


class ElementCheckError(CheckError):
    """A member of a collection has the wrong type."""


class NotImplementedCheckError(CheckError):
    """A case that exists in the reference and has no meaning here."""


class StoreError(DagsterError, OSError):
    """The store cannot be used as it is: damaged, foreign, newer, or not writable."""


class ValueMissingError(DagsterError, KeyError):
    """A stored value was asked for that is not there, or not what was recorded."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class UnknownAssetError(DagsterInvalidSubsetError, KeyError):
    """An asset key is not among those that are defined."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class RunFailedError(DagsterError):
    """A run ended with failed assets; the first user error is its `__cause__`."""


class RunCancelledError(DagsterError):
    """A run was cancelled before it was done."""


def near(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The known names that are most like an unknown one, the most like first.

    Args:
        name: What was asked for.
        known: The names that exist.
        most: How many at the most.
    """
    import difflib  # only an error pays for it

    by_fold = {k.casefold(): k for k in known}
    return [by_fold[h] for h in difflib.get_close_matches(name.casefold(), by_fold, n=most, cutoff=0.6)]


def nearest(name: str, known: Iterable[str], most: int = 3) -> str:
    """The hint `; did you mean 'a' or 'b'?` for an unknown name, or an empty text.

    Args:
        name: What was asked for.
        known: The names that exist.
        most: How many names to offer at the most.
    """
    quoted = [repr(hit) for hit in near(name, known, most)]
    if not quoted:
        return ""
    return (
        "; did you mean "
        + (" or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0])
        + "?"
    )


def check_type(value: Any, expected: type | tuple[type, ...], name: str, *, optional: bool = True) -> Any:
    """The value itself, if it has the type that its parameter asks for.

    Args:
        value: What was given.
        expected: The type or types that are right.
        name: The parameter, for the message.
        optional: Whether `None` is right too.

    Raises:
        ParameterCheckError: for any other type.
    """
    if (optional and value is None) or isinstance(value, expected):
        return value
    wanted = expected.__name__ if isinstance(expected, type) else " or ".join(t.__name__ for t in expected)
    message = f"Parameter {name!r} must be {wanted}{' or None' if optional else ''}, not {type(value).__name__}: {value!r:.80}"
    raise ParameterCheckError(message)
