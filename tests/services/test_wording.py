import pytest

from spinegrader.services.wording import counted, duration_text


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 people"), (1, "1 person"), (2, "2 people"), (11, "11 people")]
)
def test_a_number_goes_with_its_noun(number, words):
    assert counted(number, "person", "people") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (22.4, "22 s"),
        (89, "89 s"),
        (90, "2 min"),
        (400, "7 min"),
        (5000, "83 min"),
        (5700, "1 h 35 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_a_duration_has_the_units_that_matter(seconds, words):
    assert duration_text(seconds) == words
