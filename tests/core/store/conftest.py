"""A store of each kind, and a key that is not the user's."""

from __future__ import annotations

import pytest

from assets.core.store import memory_store, open_store


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    path = tmp_path / "keys" / "key"
    monkeypatch.setenv("ASSETS_KEY", str(path))
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def disk(folder):
    with_files = open_store(folder)
    yield with_files
    with_files.close()


@pytest.fixture(params=["disk", "memory"])
def store(request):
    return request.getfixturevalue("disk") if request.param == "disk" else memory_store()
