"""No process of ours outlives the one that started it, however that one ended (on Linux).

Run as a script, it binds its life to its parent's and becomes the command that it was given. (A
function between fork and exec would do the same, but not safely where the parent has threads.)
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends. `parent`: the process id that it had."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended in the meantime
        os._exit(1)


def bound_command(command: Sequence[str]) -> list[str]:
    """The command, its life bound to the thread of this process that starts it."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  (our own programs)
