"""The sign of life of a process: `host:pid:start time`.

Runs, pins and temporary files name the process that owns them. The next one to open the
store asks here which of them are dead, and takes back what these held.
"""

from __future__ import annotations

import functools
import os
import socket
from pathlib import Path


def _started(pid: int) -> str:
    """When a process started, as the system counts it; `""` if that cannot be known."""
    try:
        # the command in field 2 may hold blanks and brackets: count from the last bracket
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return "" if fields[0] in {b"Z", b"X"} else fields[19].decode()
    except (OSError, IndexError):
        pass
    if os.name != "posix" or Path("/proc/self/stat").exists():
        return ""
    import subprocess  # where there is no /proc

    try:
        asked = subprocess.run(  # noqa: S603 # a fixed command and a number
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return "".join(letter for letter in asked.stdout if letter.isalnum())


@functools.cache
def _me(pid: int) -> str:
    return f"{socket.gethostname().replace(':', '_')}:{pid}:{_started(pid)}"


def me() -> str:
    """The owner that this process is; another one after a fork."""
    return _me(os.getpid())


def dead(owner: str) -> bool:
    """Whether the process is known to be gone; `False` where that cannot be known.

    A process of another machine is never known to be gone.
    """
    mine = me()
    try:
        host, pid_text, started = owner.split(":")
        pid = int(pid_text)
    except ValueError:
        return False
    if owner == mine or host != mine.split(":", 1)[0]:
        return False
    if os.name == "posix":
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        except (PermissionError, OverflowError):
            pass
    now = _started(pid)
    return now != started if started else False


def abroad(owner: str) -> bool:
    """Whether the process is one of another machine, which cannot be asked."""
    return owner.split(":", 1)[0] != me().split(":", 1)[0]
