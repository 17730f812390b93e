"""Whether another process of this computer is still there."""

import contextlib
import os
import sys


def is_running(process: int) -> bool:
    """Whether there is a process of that number, whoever owns it."""
    if process == os.getpid():
        return True
    if sys.platform == "win32":
        import ctypes

        # PROCESS_QUERY_LIMITED_INFORMATION; there, os.kill would end the process.
        handle = ctypes.windll.kernel32.OpenProcess(0x1000, 0, process)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    with contextlib.suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True
