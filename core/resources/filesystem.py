"""`FilesystemIOManager`: pickles in a folder, with its settings as fields.

Importing this module imports pydantic.
"""

from __future__ import annotations

from pydantic import Field

from .definition import InitResourceContext
from .files import PickledObjectFilesystemIOManager
from .resource import ConfigurableIOManagerFactory


class FilesystemIOManager(ConfigurableIOManagerFactory[PickledObjectFilesystemIOManager]):
    """Keeps each value as a pickle in a folder: `pre/k` for the asset `["pre", "k"]`, `pre/k/a` for its partition `a`.

    To load a pickle is to run what is in it; see `PickledObjectFilesystemIOManager` for which
    files are loaded.

    Args:
        base_dir: The folder, or the address of one; default: the storage folder of the instance.
    """

    base_dir: str | None = Field(default=None, description="The folder; default: the instance's storage.")

    def create_io_manager(self, context: InitResourceContext) -> PickledObjectFilesystemIOManager:
        """What keeps the values."""
        return PickledObjectFilesystemIOManager(self.base_dir or context.instance.storage_directory())
