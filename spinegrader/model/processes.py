"""Which of several training processes this one is, as torchrun says in its environment.

Without torch, so that a command knows at once whether the project is its to write.
"""

import logging
import os
import sys
from dataclasses import dataclass
from typing import NoReturn

_NEEDED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Launch:
    """This process among all.

    Args:
        rank: Its number; the process 0 is the one that writes and speaks.
        world_size: How many there are.
        local_rank: Its number on this computer.
        local_world_size: How many there are on this computer.
    """

    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    local_world_size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether it is the one that writes and speaks."""
        return self.rank == 0


def leave_at_once(code: int) -> NoReturn:
    """Ends one of several processes without taking the interpreter apart.

    Now and then torch aborts there, in threads of a process group that has ended long before;
    torchrun would then call a training failed that is done.

    Args:
        code: Exit code.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def launch() -> Launch:
    """How this process was started; the only one unless torchrun says otherwise."""
    if not all(os.environ.get(name) for name in _NEEDED):
        return Launch()
    rank, world_size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    return Launch(
        rank=rank,
        world_size=world_size,
        local_rank=int(os.environ.get("LOCAL_RANK", rank)),
        local_world_size=int(os.environ.get("LOCAL_WORLD_SIZE", world_size)),
    )
