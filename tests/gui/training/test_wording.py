"""How runs are called."""

from datetime import datetime

import pytest

from spinegrader.gui.training.wording import title_of_run


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
