import copy
import pickle

import pytest

from assets.core.errors import DagsterInvalidConfigError
from assets.core.schema.env import EnvVar, lookup


def test_a_mark_shows_its_name_only(monkeypatch):
    """No representation of a mark holds the variable's value."""
    monkeypatch.setenv("TOKEN", "s3cret")
    assert repr(EnvVar("TOKEN")) == "EnvVar('TOKEN')"
    assert repr([EnvVar.int("TOKEN")]) == "[EnvVar.int('TOKEN')]"


@pytest.mark.parametrize("use", [str, "{}".format, lambda mark: f"{mark}"])
@pytest.mark.parametrize("mark", [EnvVar("TOKEN"), EnvVar.int("TOKEN")], ids=["text", "number"])
def test_a_mark_is_not_its_text(mark, use):
    """To use a mark as if it were the value is an error that names the way to it."""
    with pytest.raises(RuntimeError, match=r"get_value\(\)"):
        use(mark)


def test_a_number_mark_is_no_number():
    """The mark of a number cannot be computed with as if it were one."""
    with pytest.raises(RuntimeError):
        int(EnvVar.int("N"))


def test_get_value(monkeypatch):
    """The value is read when it is asked for."""
    monkeypatch.setenv("N", "5")
    monkeypatch.delenv("MISSING", raising=False)
    assert EnvVar("N").get_value() == "5"
    assert EnvVar.int("N").get_value() == 5
    assert EnvVar("MISSING").get_value() is None
    assert EnvVar("MISSING").get_value("x") == "x"
    assert EnvVar.int("MISSING").get_value(3) == 3


def test_lookup_says_what_is_missing(monkeypatch):
    """A variable that is not set, or holds no number, is an error without any value in it."""
    monkeypatch.setenv("N", "s3cret")
    monkeypatch.delenv("MISSING", raising=False)
    with pytest.raises(DagsterInvalidConfigError, match="'MISSING', for a test, is not set"):
        lookup(EnvVar("MISSING"), "a test")
    with pytest.raises(DagsterInvalidConfigError, match="whole number") as caught:
        lookup(EnvVar.int("N"), "a test")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("mark", [EnvVar("A"), EnvVar.int("A")], ids=["text", "number"])
def test_marks_are_values(mark):
    """Marks of one name are equal, and survive a copy."""
    assert pickle.loads(pickle.dumps(mark)) == copy.deepcopy(mark) == mark
    assert type(copy.deepcopy(mark)) is type(mark)
    assert len({EnvVar("A"), EnvVar("A"), EnvVar("B"), EnvVar.int("A")}) == 3
