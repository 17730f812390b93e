import numpy as np
import pytest

from spinegrader.errors import TrainingError
from spinegrader.model.config import PretrainConfig
from spinegrader.model.data import PretrainData
from spinegrader.model.events import EpochEvent, MessageEvent
from spinegrader.model.pretrain import pretrain
from spinegrader.model.runs import list_runs, new_run_folder, read_card
from spinegrader.model.splits import Part, split_subjects
from tests.model.model_samples import DAYS, SHAPE, STILL, ignore, never, pretrain_config, vertebrae


def train(data, folder, events=None, **changes):
    emit = (ignore) if events is None else events.append
    split = split_subjects(data.subjects)
    return pretrain(pretrain_config(**changes), data, split, folder, emit, never)


def test_people_are_recognised_and_levels_named_after_a_few_epochs(tmp_path):
    data = vertebrae(60)
    split = dict.fromkeys(sorted(set(data.subjects)), Part.TRAIN)
    names = list(split)
    split |= dict.fromkeys(names[:10], Part.VALIDATION) | dict.fromkeys(names[10:20], Part.TEST)
    events = []
    config = pretrain_config(epochs=11)
    result = pretrain(config, data, split, tmp_path / "run", events.append, never)
    first = next(event for event in events if isinstance(event, EpochEvent))
    assert result.metrics["verification_auc"] > first.validation["verification_auc"] + 0.05
    assert result.metrics["verification_auc"] > 0.75
    assert result.metrics["test_verification_auc"] > 0.75
    assert result.metrics["level_accuracy"] > 0.9  # of three levels
    assert result.metrics["embedding_spread"] > 0.1


def test_a_tiny_set_is_learnt_by_heart(tmp_path):
    data = vertebrae(4, levels=(1, 5))
    events = []
    split = dict.fromkeys(data.subjects, Part.TRAIN)
    config = pretrain_config(epochs=40, augment=STILL)
    pretrain(config, data, split, tmp_path / "run", events.append, never)
    last = [event for event in events if isinstance(event, EpochEvent)][-1]
    assert last.train["contrastive_loss"] < 0.05  # 0.25 is what equal distances give
    assert last.train["level_accuracy"] == 1


def test_the_card_says_what_the_run_was_made_of(tmp_path):
    data = vertebrae(8, follow_up=lambda subject: subject != 3)
    folder = new_run_folder(tmp_path / "runs", "pretrain")
    result = train(data, folder, epochs=1)
    (card,) = list_runs(tmp_path / "runs")
    assert card == read_card(folder)
    assert (card.kind, card.name, card.state) == ("pretrain", result.run, "finished")
    assert card.counts["volumes"] == len(data.volumes)
    everybody = [name for names in card.subjects.values() for name in names]
    assert sorted(everybody) == sorted(set(data.subjects))
    assert card.figures == result.metrics
    assert PretrainConfig.model_validate(card.settings).epochs == 1
    assert "research use" in card.note


def test_without_held_out_pairs_figures_are_none_and_it_is_said(tmp_path):
    events = []
    result = train(vertebrae(4), tmp_path / "run", events, epochs=1)
    assert result.metrics["verification_auc"] is None
    assert result.metrics["level_accuracy"] is not None
    assert any(
        isinstance(event, MessageEvent) and "no verification" in event.text for event in events
    )


def test_data_that_do_not_fit_are_told(tmp_path):
    data = vertebrae(6)
    with pytest.raises(TrainingError, match="3 x 24 x 24"):
        train(data, tmp_path / "run", volume_shape=(3, 32, 32))
    with pytest.raises(TrainingError, match="split all subjects"):
        pretrain(pretrain_config(), data, {}, tmp_path, ignore, never)
    broken = data.volumes.copy()
    broken[3, 0, 0, 0] = np.nan
    wrong = PretrainData(broken, data.subjects, data.days, data.studies, data.levels)
    with pytest.raises(TrainingError, match="outside 0 to 1"):
        train(wrong, tmp_path / "run")
    with pytest.raises(TrainingError, match="needs a volume"):
        PretrainData(np.zeros((2, *SHAPE), np.float32), ("a",), (1,), ("s",), np.zeros(1, int))
    with pytest.raises(TrainingError, match="T12 to S1"):
        PretrainData(np.zeros((1, *SHAPE), np.float32), ("a",), (1,), ("s",), np.array([7]))


def test_volumes_may_lie_on_disk(tmp_path):
    data = vertebrae(6)
    path = tmp_path / "volumes.npy"
    np.save(path, data.volumes)
    mapped = np.load(path, mmap_mode="r")
    on_disk = PretrainData(mapped, data.subjects, data.days, data.studies, data.levels)
    assert on_disk.fingerprint() == data.fingerprint()
    assert train(on_disk, tmp_path / "run", epochs=1).epochs_done == 1


def test_run_folders_never_collide_and_damaged_ones_are_left_out(tmp_path):
    folders = [new_run_folder(tmp_path, "finetune") for _ in range(3)]
    assert len(set(folders)) == 3
    (folders[0] / "card.json").write_text("{")
    assert list_runs(tmp_path) == []


@pytest.mark.parametrize("objective", ["nt_xent", "vicreg"])
def test_other_objectives_recognise_people_too(tmp_path, objective):
    data = vertebrae(60)
    events = []
    changes = {"objective": objective, "batch_pairs": 48, "epochs": 12, "temperature": 0.2}
    result = train(data, tmp_path / "run", events, **changes)
    assert result.metrics["verification_auc"] > 0.75
    epochs = [event.train[f"{objective}_loss"] for event in events if isinstance(event, EpochEvent)]
    assert epochs[-1] < epochs[0]


def test_figures_of_two_series_are_called_a_proxy(tmp_path):
    data = vertebrae(20)
    # The second day becomes a second series of the first one.
    studies = tuple(f"{subject}-0" for subject in data.subjects)
    days = (DAYS[0],) * len(data.subjects)
    weightings = tuple("T2" if day == DAYS[0] else "T1" for day in data.days)
    beside = PretrainData(
        data.volumes, data.subjects, days, studies, data.levels, data.studies, (), weightings
    )
    events = []
    result = train(beside, tmp_path / "run", events, pairs="same-study", epochs=1)
    assert result.metrics["proxy_auc"] is not None
    assert not any("verification" in name for name in result.metrics)
    said = [event.text for event in events if isinstance(event, MessageEvent)]
    assert any("proxy" in text for text in said)
