import json

import numpy as np
import pytest

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.errors import InputError
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.learning_curve_config import LearningCurveConfig
from spinegrader.model.splits import Part
from spinegrader.services.learning_curves import run_learning_curve, write_curve_report
from spinegrader.services.resources import load_scheme
from spinegrader.services.simulated_arrays import SimulatedArrays, shapes_of
from spinegrader.simulate.cohort import ARRAYS_FOLDER, simulate_cohort
from spinegrader.simulate.output.arrays import ArrayShapes
from spinegrader.simulate.scanner.config import AcquisitionConfig
from tests.model.model_samples import finetune_config, ignore, never, pretrain_config

SHAPES = ArrayShapes(vertebra=(3, 16, 16), disc=(3, 8, 16))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six people, each of whom comes twice."""
    folder = tmp_path_factory.mktemp("cohort")
    config = AcquisitionConfig(
        slices=3, rows=64, columns=64, samples_per_slice=1, sequences=("T2",)
    )
    simulate_cohort(folder, 6, 6, seed=3, config=config, arrays=SHAPES)
    return folder / ARRAYS_FOLDER


@pytest.fixture(scope="module")
def arrays(folder):
    return SimulatedArrays.open(folder)


def test_vertebrae_come_as_pretraining_takes_them(arrays):
    data = arrays.pretrain_data()
    assert data.volumes.shape[1:] == SHAPES.vertebra
    assert isinstance(data.volumes, np.memmap)
    assert data.fingerprint() == data.fingerprint()
    assert len(set(data.subjects)) == 6
    assert len(set(data.studies)) == 12
    assert data.series == data.studies
    makes = [json.dumps(study["scanner"], sort_keys=True) for study in arrays.studies]
    assert len(set(data.scanners)) == len(set(makes)) > 1
    assert not any(study["scanner"]["model"] in data.scanners[0] for study in arrays.studies)
    of_one = [i for i, study in enumerate(data.studies) if study == data.studies[0]]
    levels = [TRAINING_LEVELS[data.levels[i]] for i in of_one]
    assert levels == sorted(levels, key=lambda level: level.position)
    assert len(levels) >= 6
    years = {max(data.days) - min(data.days) > 8 * 365}
    assert years == {True}


def test_discs_come_with_the_truth_or_with_what_a_reader_said(arrays):
    true = arrays.grading_data(load_scheme())
    assert true.volumes.shape[1:] == SHAPES.disc
    assert set(true.labels) == {grading.id for grading in load_scheme().gradings}
    first = arrays.disc_rows[0]
    value = true.class_values["pfirrmann"][true.labels["pfirrmann"][0]]
    assert value == first["grades"]["pfirrmann"]
    assert not true.ordinal["herniation"]
    read = arrays.grading_data(load_scheme(), ["pfirrmann"], reader=2)
    assert set(read.labels) == {"pfirrmann"}
    agree = np.mean(read.labels["pfirrmann"] == true.labels["pfirrmann"])
    assert 0.5 < agree < 1
    with pytest.raises(InputError, match="no simulated reader 9"):
        arrays.grading_data(load_scheme(), reader=9)


def test_everybody_is_in_one_part(arrays):
    assert arrays.split.keys() == set(arrays.pretrain_data().subjects)
    assert set(arrays.split.values()) <= set(Part)


def test_folders_without_arrays_are_refused(folder, tmp_path):
    with pytest.raises(InputError, match="no complete arrays"):
        SimulatedArrays.open(tmp_path)


def test_the_shapes_are_those_of_the_networks():
    assert shapes_of("paper") == ArrayShapes()
    laptop = shapes_of("laptop")
    assert laptop.vertebra == PretrainConfig.laptop().volume_shape
    assert laptop.disc == FinetuneConfig.laptop().volume_shape


def test_simulated_arrays_have_a_curve_that_says_simulated(arrays, tmp_path):
    names = sorted(set(arrays.split))
    parts = [Part.TEST] * 2 + [Part.VALIDATION] * 2 + [Part.TRAIN] * 2
    config = LearningCurveConfig(
        grading="pfirrmann",
        sizes=(4,),
        rows=("scratch", "both", "discs-trained"),
        seeds=1,
        pretrain=pretrain_config(volume_shape=SHAPES.vertebra, epochs=1),
        finetune=finetune_config(volume_shape=SHAPES.disc, epochs=1, freeze="conv"),
        least_steps=1,
    )
    discs = arrays.grading_data(load_scheme(), ["pfirrmann"], reader=1)
    paired = {name: arrays.pretrain_data(name) for name in config.structures}
    result = run_learning_curve(
        config,
        (paired, discs, dict(zip(names, parts, strict=True))),
        tmp_path / "curve",
        "Pfirrmann",
        ignore,
        never,
        is_simulated=True,
    )
    assert result["networks"] == 3
    assert result["sentences"][0].startswith("Simulated people.")
    again = write_curve_report(tmp_path / "curve", "Pfirrmann")
    assert again["rows"] == result["rows"]
    for name in ("results.csv", "results.json", "curve.md", "curve.csv", "curve.png", "curve.svg"):
        assert (tmp_path / "curve" / name).is_file()
    cells = json.loads((tmp_path / "curve" / "results.json").read_text())["cells"]
    assert {(cell["row"], cell["size"], cell["subjects"]) for cell in cells} == {
        ("scratch", 4, 2),
        ("both", 4, 2),
        ("discs-trained", 4, 2),
    }
