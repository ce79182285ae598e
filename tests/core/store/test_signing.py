"""Laws of the key: made once, for its owner alone; and of what it signs."""

from __future__ import annotations

import os
import stat

import pytest

from assets.core.errors import StoreError
from assets.core.store.signing import Signer, key_path


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


def test_signatures(key):
    """A signature fits what it was made for and nothing else, for every holder of the key."""
    one, other = Signer(key), Signer(key)
    signature = one.sign("pickle", "d" * 64, 12)

    assert other.check(signature, "pickle", "d" * 64, 12) == "ours"
    assert other.check(signature, "json", "d" * 64, 12) == "forged"
    assert other.check(signature, "pickle", "e" * 64, 12) == "forged"
    assert other.check(signature, "pickle", "d" * 64, 13) == "forged"
    assert other.check("", "pickle", "d" * 64, 12) == "foreign"
    assert Signer(None).check(signature, "pickle", "d" * 64, 12) == "foreign"


def test_where_the_key_is(key, monkeypatch, tmp_path):
    """`ASSETS_KEY` says where the key is; else the user's data folder."""
    assert key_path() == key
    monkeypatch.delenv("ASSETS_KEY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert key_path() == tmp_path / "assets" / "key"


@pytest.mark.skipif(os.name != "posix", reason="needs file modes")
def test_a_key_that_others_may_read(key):
    """It is made for its owner alone, and refused once others may read it."""
    Signer(key).sign("json", "", 0)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert listing(key.parent) == ["key"]
    key.chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"):
        Signer(key).sign("json", "", 0)


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "ab" * 31])
def test_no_key(key, text):
    """A file that holds no key is refused with what to do, and left as it is."""
    key.parent.mkdir()
    key.write_text(text)
    key.chmod(0o600)
    with pytest.raises(StoreError, match="holds no key"):
        Signer(key).sign("json", "", 0)
    assert key.read_text() == text
