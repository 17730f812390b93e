"""What a sandbox's child process may take of the computer."""

import os
import sys
import threading
import time

TOO_MUCH_MEMORY = 86
"""Exit status of a process that needed more memory than is allowed."""

_CHECK_S = 0.02


def limit_process(memory_bytes: int) -> None:
    """Limits this process's memory for good, and lets it leave nothing behind when it crashes.

    Linux refuses memory beyond the limit: a MemoryError, or whatever native code makes of it.
    There all address space counts, so that resident memory stays below. macOS and Windows have
    no such limit: there a thread looks fifty times a second and ends the process. Native code
    that takes memory without giving Python a turn is noticed when it returns, or ended by the
    time limit.
    """
    if sys.platform == "win32":
        import ctypes

        # A crash ends the process at once instead of asking the user in a window:
        # SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX.
        ctypes.windll.kernel32.SetErrorMode(0x0001 | 0x0002)
    else:
        import resource

        # A core dump would hold a patient's images.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    else:
        watch_memory(memory_bytes)


def watch_memory(memory_bytes: int) -> None:
    """Starts the thread that ends this process when it has taken too much."""

    def watch() -> None:
        while peak_bytes() <= memory_bytes:
            time.sleep(_CHECK_S)
        os._exit(TOO_MUCH_MEMORY)

    threading.Thread(target=watch, name="memory watch", daemon=True).start()


def peak_bytes() -> int:
    """The most memory that this process ever took; on Linux at least what its parent had."""
    if sys.platform == "win32":
        import ctypes

        # PROCESS_MEMORY_COUNTERS on 64-bit Windows is nine words: the last, PeakPagefileUsage.
        words = (ctypes.c_size_t * 9)()
        ctypes.windll.kernel32.K32GetProcessMemoryInfo(
            ctypes.c_void_p(-1), ctypes.byref(words), ctypes.sizeof(words)
        )
        peak = int(words[8])
    else:
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        peak = unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak
