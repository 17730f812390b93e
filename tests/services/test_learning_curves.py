"""Pictures of learning curves."""

import re
from dataclasses import replace

import pytest

from spinegrader.model.learning_curve_rows import ROW_NAMES, USUAL_ROWS
from spinegrader.services.learning_curve_plot import curve_pictures
from tests.model.learning_curves import made_up_curve


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return made_up_curve(tmp_path_factory.mktemp("made") / "curve")


def test_pictures_name_all_rows_and_the_labels_that_are_saved(report):
    svg = curve_pictures(report, "Pfirrmann grade")["svg"].decode()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    for name in map(ROW_NAMES.get, USUAL_ROWS):
        assert name in texts
    assert "Pfirrmann grade: accuracy by annotated studies — simulated people" in texts
    (both,) = (item for item in report.needed if item.row == "both")
    assert any(f"Both losses: {both.studies:.0f} studies" in text for text in texts)
    for size in report.card.config.sizes:
        assert str(size) in texts


def test_the_same_figures_give_the_same_picture(report):
    assert curve_pictures(report, "Pfirrmann") == curve_pictures(report, "Pfirrmann")


def test_sentences_say_what_is_saved_and_that_people_are_simulated(report):
    sentences = report.sentences()
    assert all("imulated" in sentence for sentence in sentences)
    (both,) = (item for item in report.needed if item.row == "both")
    saved = next(item for item in sentences if item.startswith(f"Both losses: {both.studies:.0f} "))
    assert f"{100 * (1 - both.studies / 976):.0f} % fewer labels" in saved
    assert "that scratch has with 976" in saved
    real = replace(report, card=report.card.model_copy(update={"is_simulated": False}))
    assert not any("imulated" in sentence for sentence in real.sentences())
    assert "imulated" not in real.as_markdown()
    assert b"imulated" not in curve_pictures(real, "Pfirrmann")["svg"]


def test_sizes_far_apart_stand_in_equal_steps_of_their_logarithm(tmp_path):
    wide = made_up_curve(tmp_path / "curve", sizes=(10, 100, 1000))
    svg = curve_pictures(wide, "Pfirrmann")["svg"].decode()
    found = re.findall(r'<text[^>]*x="([\d.]+)"[^>]*>(10|100|1000)</text>', svg)
    first, second, third = (float(x) for x, _ in found)
    assert second - first == pytest.approx(third - second, rel=0.01)
    assert any("3 seeds;" in text for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg))
