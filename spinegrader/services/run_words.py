"""What runs tell of themselves, in the reader's words: device, what is learnt, messages."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from spinegrader.model.events import MessageEvent, StartedEvent
from spinegrader.model.run_facts import (
    ComputeDevice,
    Learnt,
    LearntGrades,
    LearntPairs,
    LearntSlices,
)
from spinegrader.services.wording import counted
from spinegrader.texts import translate, translate_count

ValueWords = Callable[[str, str], str]
"""What a reader calls a value of a message, by the value's name and itself."""


def device_text(device: ComputeDevice | str) -> str:
    """What computes, such as “CPU (3 threads)”; what earlier versions wrote, as it is."""
    if isinstance(device, str):
        return device
    one = _one_device(device)
    if device.processes == 1:
        return one
    return translate("{count} processes, each on: {device}").format(
        count=device.processes, device=one
    )


def _one_device(device: ComputeDevice) -> str:
    if device.kind == "cpu":
        return translate_count(
            "CPU ({count} thread)", "CPU ({count} threads)", device.threads
        ).format(count=device.threads)
    if device.kind == "mps":
        return translate("Apple GPU")
    return device.name or translate("NVIDIA GPU")


def as_it_is(name: str, value: str) -> str:
    """A value of a message unchanged: runs by their folders, gradings by their ids."""
    del name
    return value


def message_text(event: MessageEvent, shown: ValueWords = as_it_is) -> str:
    """A message in the reader's language.

    Args:
        event: The message.
        shown: What a reader calls its values.
    """
    values = {
        name: shown(name, value) if isinstance(value, str) else value
        for name, value in event.values.items()
    }
    return replace(event, values=values).filled(translate(event.template))


def learnt_text(started: StartedEvent, shown: ValueWords = as_it_is) -> str:
    """What is learnt from how much, in a sentence; what earlier versions wrote, as it is.

    Args:
        started: What a run told when it began.
        shown: As for a message.
    """
    learnt = started.learnt
    return started.description if learnt is None else _learnt_words(learnt, shown)


def _learnt_words(learnt: Learnt, shown: ValueWords) -> str:
    people = counted(learnt.people, "person", "people")
    if isinstance(learnt, LearntPairs):
        return _pairs_words(learnt, people)
    if isinstance(learnt, LearntGrades):
        values = {
            "gradings": counted(learnt.gradings, "grading", "gradings"),
            "discs": counted(learnt.discs, "graded disc", "graded discs"),
            "people": people,
            "run": shown("run", learnt.start_from),
        }
        words = (
            translate("Goes on from “{run}” and learns {gradings} with {discs} of {people}.")
            if learnt.start_from
            else translate("Learns {gradings} from scratch, with {discs} of {people}.")
        )
        return words.format(**values)
    if isinstance(learnt, LearntSlices):
        values = {
            "slices": counted(learnt.slices, "slice", "slices"),
            "people": people,
            "run": shown("run", learnt.start_from),
        }
        words = (
            translate("Goes on from “{run}”, learns to find vertebrae with {slices} of {people}.")
            if learnt.start_from
            else translate("Learns to find vertebrae from scratch, with {slices} of {people}.")
        )
        return words.format(**values)
    assert_never(learnt)


def _pairs_words(learnt: LearntPairs, people: str) -> str:
    what = (
        translate("Learns whether two vertebrae are the same person's, and their level")
        if learnt.structure == "vertebra"
        else translate("Learns whether two discs are the same person's, and their level")
    )
    follow_up = translate("{count} of them with follow-up scans").format(
        count=learnt.with_follow_up
    )
    two_series = translate("{count} of them with two series of one study").format(
        count=learnt.with_two_series
    )
    paired = {
        "follow-up": follow_up,
        "same-study": two_series,
        "both": f"{follow_up}, {two_series}",
    }[learnt.pairs]
    return translate("{what}, from {people}, {paired}.").format(
        what=what, people=people, paired=paired
    )
