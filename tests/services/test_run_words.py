"""What runs tell of themselves, in words."""

import pytest

from spinegrader.model.events import StartedEvent, message
from spinegrader.model.run_facts import ComputeDevice, LearntGrades, LearntPairs, LearntSlices
from spinegrader.services.run_words import device_text, learnt_text, message_text
from tests.catalogues import write_catalogue


@pytest.mark.parametrize(
    ("device", "words"),
    [
        (ComputeDevice("cpu", threads=1), "CPU (1 thread)"),
        (ComputeDevice("cpu", threads=3, processes=2), "2 processes, each on: CPU (3 threads)"),
        (ComputeDevice("cuda", "NVIDIA H100"), "NVIDIA H100"),
        (ComputeDevice("mps"), "Apple GPU"),
        ("CPU (4 threads)", "CPU (4 threads)"),  # of an earlier version
    ],
)
def test_devices(device, words):
    assert device_text(device) == words


@pytest.mark.parametrize(
    ("learnt", "words"),
    [
        (
            LearntPairs("vertebra", "follow-up", 1, 1, 0),
            (
                "Learns whether two vertebrae are the same person's, and their level, from "
                "1 person, 1 of them with follow-up scans."
            ),
        ),
        (
            LearntPairs("disc", "both", 7, 4, 6),
            (
                "Learns whether two discs are the same person's, and their level, from 7 people, "
                "4 of them with follow-up scans, 6 of them with two series of one study."
            ),
        ),
        (
            LearntGrades(2, 40, 9, "pretrain-1"),
            "Goes on from “pretrain-1” and learns 2 gradings with 40 graded discs of 9 people.",
        ),
        (
            LearntGrades(1, 1, 1, ""),
            "Learns 1 grading from scratch, with 1 graded disc of 1 person.",
        ),
        (
            LearntSlices(50, 5, "shipped"),
            "Goes on from “shipped”, learns to find vertebrae with 50 slices of 5 people.",
        ),
    ],
)
def test_what_is_learnt(learnt, words):
    started = StartedEvent("any", ComputeDevice("mps"), 3, 10, learnt)
    assert learnt_text(started) == words


def test_what_earlier_versions_said_is_shown_as_it_is():
    assert learnt_text(StartedEvent("pretrain", "CPU", 3, 10, description="Learns.")) == "Learns."


def test_messages_are_in_the_readers_language(tmp_path, english_afterwards):
    from spinegrader.texts import use_languages

    event = message("All {count} epochs were made.", count=3)
    assert message_text(event) == "All 3 epochs were made."
    write_catalogue(tmp_path, "xx", {"All {count} epochs were made.": "{count} fertig."})
    use_languages(["xx"], tmp_path)
    assert message_text(event) == "3 fertig."
