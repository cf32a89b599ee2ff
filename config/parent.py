"""Ties a process to its parent: it ends when the parent does, also when the parent is killed. Linux only."""

import ctypes
import multiprocessing
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
# Found before any process is started: between fork and exec nothing should be loaded.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with(parent: int, ending: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send `ending` to this process once `parent`, a process id, has ended.

    The kernel watches the thread that started this process, so that must be one that lives as long as its process.
    Does nothing on other systems than Linux.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, ending, 0, 0, 0)
    # It may have ended before the kernel was asked, and then nothing would ever come.
    if os.getppid() != parent:
        os.kill(os.getpid(), ending)


def end_with_parent() -> None:
    """Called by what a web server loads in each of its workers; does nothing in a process that is no worker."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        end_with(parent.pid)
