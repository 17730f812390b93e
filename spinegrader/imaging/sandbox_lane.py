"""Threads of a sandbox, each with a child that works off batches of items."""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spinegrader.errors import SpineGraderError
from spinegrader.imaging.sandbox_child import SandboxChild, could_not_start

_STARTS_AGAIN = 1


@dataclass(eq=False)
class Batch:
    """Items for one child, and in the end their results in the same order, or an error."""

    task: str
    items: Sequence[object]
    results: list[object] = field(default_factory=list)
    error: BaseException | None = None
    is_stopped: bool = False
    done: threading.Event = field(default_factory=threading.Event)


class Lane:
    """A thread with a child of its own that works off batches until it finds None.

    Args:
        batches: Shared with the other lanes.
        start: Starts a child; raises SpineGraderError if it can't.
    """

    def __init__(
        self, batches: "queue.SimpleQueue[Batch | None]", start: Callable[[], SandboxChild]
    ) -> None:
        self._batches = batches
        self._start = start
        self._batch: Batch | None = None
        self._child: SandboxChild | None = None
        self._is_stopped = False
        # A daemon: a child that can't be ended must not keep the program from ending.
        self._thread = threading.Thread(target=self._serve, name="sandbox lane", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a batch."""
        return self._batch is None

    def kill_if_overdue(self) -> None:
        """Ends the child if its item takes too long; another one goes on with the rest."""
        if (child := self._child) is not None:
            child.kill_if_overdue()

    def kill_if_stopped(self) -> None:
        """Ends the child if nobody wants the batch any more that it works off."""
        # Should the lane have come to the next batch meanwhile, that one survives it: an item
        # isn't blamed for a child that was killed from here.
        batch, child = self._batch, self._child
        if batch is not None and batch.is_stopped and child is not None:
            child.kill()

    def stop(self) -> None:
        """Ends the child and starts no other; what waits is passed over."""
        self._is_stopped = True
        if (child := self._child) is not None:
            child.kill()

    def join(self, timeout_s: float) -> None:
        """Waits until it has come to its end."""
        self._thread.join(timeout_s)

    def _serve(self) -> None:
        try:
            self._child = self._start()
        except SpineGraderError:
            self._child = None  # The first batch tries again and says what is wrong.
        while (batch := self._batches.get()) is not None:
            self._batch = batch
            try:
                batch.results = self._worked_off(batch)
            except Exception as error:  # noqa: BLE001 - raised again where results are waited for
                batch.error = error
            self._batch = None
            batch.done.set()
        self._end_child()

    def _worked_off(self, batch: Batch) -> list[object]:
        results: dict[int, object] = {}
        suspect: int | None = None
        failed_starts = 0
        while len(results) < len(batch.items):
            open_places = [place for place in range(len(batch.items)) if place not in results]
            asked = open_places if suspect is None else [suspect]
            suspect = None
            if self._child is None and not self._is_to_stop(batch):
                self._child = self._start()
            # Asked again, since whoever wants to stop kills only a child that is there.
            if self._child is None or self._is_to_stop(batch):
                break
            answers, ending = self._child.ask(batch.task, [batch.items[place] for place in asked])
            results.update(zip(asked, answers, strict=False))
            if ending is None:
                continue
            self._end_child()
            failed_starts += ending.could_not_start
            if failed_starts > _STARTS_AGAIN:
                raise could_not_start(ending.details)
            if ending.at is not None and ending.is_certain:
                results[asked[ending.at]] = ending.error
            elif ending.at is not None:
                suspect = asked[ending.at]
        return [results[place] for place in sorted(results)]

    def _is_to_stop(self, batch: Batch) -> bool:
        return batch.is_stopped or self._is_stopped

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None
