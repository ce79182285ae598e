"""An instance of each kind."""

from __future__ import annotations

import pytest

from assets import DagsterInstance


@pytest.fixture(params=["on disk", "in memory"])
def instance(request, tmp_path, monkeypatch):
    monkeypatch.setenv("ASSETS_KEY", str(tmp_path / "key"))
    made = (
        DagsterInstance.local_temp(str(tmp_path / "home"))
        if request.param == "on disk"
        else DagsterInstance.ephemeral()
    )
    yield made
    made.dispose()
