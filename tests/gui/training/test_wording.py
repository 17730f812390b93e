"""How runs are called."""

from datetime import datetime

import pytest

from spinegrader.gui.training.wording import as_readers_say, title_of_run
from spinegrader.model.events import StartedEvent, message
from spinegrader.model.run_facts import ComputeDevice, LearntGrades, LearntSlices
from spinegrader.services.resources import load_scheme
from spinegrader.services.run_words import learnt_text, message_text


def test_a_run_is_called_by_what_it_is_and_when_it_began():
    began = datetime.fromisoformat("2021-03-04T05:06:07+00:00").astimezone()
    title = title_of_run("finetune-20210304-050607")
    assert title.startswith(f"Fine-tuning, {began.day} ")
    assert title.endswith(f"2021, {began:%H:%M}")
    assert title_of_run("finetune-20210304-050607-2") == f"{title} (2)"
    assert title_of_run("imported-20210304-050607").startswith("Imported model, ")


@pytest.mark.parametrize("name", ["shipped", "best of all", "finetune-20211304-05"])
def test_another_name_is_taken_as_it_is(name):
    assert title_of_run(name) == name


def test_messages_call_gradings_and_runs_as_readers_do():
    shown = as_readers_say(load_scheme())
    said = message(
        "“{grading}” isn't learnt: {count} of its classes.", grading="narrowing", count=1
    )
    assert message_text(said, shown) == "“Disc narrowing” isn't learnt: 1 of its classes."
    said = message("As the network gives them: {gradings}.", gradings="“pfirrmann”, “gone”")
    assert message_text(said, shown) == "As the network gives them: “Pfirrmann”, “gone”."
    said = message("Built as that of “{run}”.", run="pretrain-20210304-050607")
    assert message_text(said, shown).startswith("Built as that of “Pre-training, ")


@pytest.mark.parametrize(
    ("learnt", "words"),
    [
        (LearntGrades(2, 40, 9, "pretrain-20210304-050607"), "Goes on from “Pre-training, "),
        (LearntSlices(50, 5, "shipped"), "Goes on from “the one that comes with SpineGrader”,"),
    ],
)
def test_where_a_run_began_is_said_in_words(learnt, words):
    started = StartedEvent("any", ComputeDevice("cpu"), 3, 10, learnt)
    assert learnt_text(started, as_readers_say(load_scheme())).startswith(words)
