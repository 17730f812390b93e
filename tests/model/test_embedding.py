import json
import shutil

import numpy as np
import pytest
import torch

from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.check_records import EMBEDDINGS, KnownBodies
from spinegrader.model.config import BackboneConfig
from spinegrader.model.embedding import load_body_embedder, load_disc_embedder
from spinegrader.model.finetune import finetune
from spinegrader.model.origins import open_run
from spinegrader.model.predict import load_grader
from spinegrader.model.pretrain import pretrain
from spinegrader.model.runs import new_run_folder
from spinegrader.model.siamese import SiameseNetwork
from spinegrader.model.splits import split_subjects
from tests.model.model_samples import (
    BACKBONE,
    discs,
    finetune_config,
    ignore,
    never,
    pretrain_config,
    vertebrae,
)


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    data = vertebrae(12)
    folder = new_run_folder(tmp_path_factory.mktemp("runs"), "pretrain")
    config = pretrain_config(epochs=1)
    pretrain(config, data, split_subjects(data.subjects), folder, ignore, never)
    return folder, data


@pytest.fixture(scope="module")
def finetuned(tmp_path_factory):
    data = discs(10)
    folder = new_run_folder(tmp_path_factory.mktemp("runs"), "finetune")
    config = finetune_config(epochs=1)
    finetune(config, data, split_subjects(data.subjects), folder, None, ignore, never)
    return folder, data


def test_bodies_are_embedded_in_their_order_whatever_the_batches(pretrained):
    folder, data = pretrained
    done = []
    told = load_body_embedder(folder, "cpu").embed(
        data.volumes, progress=lambda now, total: done.append((now, total))
    )
    network = SiameseNetwork(BACKBONE, unit_embedding=True)
    network.load_state_dict(open_run(folder).weights)
    network.eval()
    with torch.inference_mode():
        embedded, _, levels = network(torch.from_numpy(data.volumes).float())
    np.testing.assert_allclose(told.embeddings, embedded.numpy(), atol=1e-5)
    np.testing.assert_allclose(told.level_logits, levels.numpy(), atol=1e-4)
    assert told.embeddings.dtype == told.level_logits.dtype == np.float32
    assert done[-1] == (72, 72)
    assert len(done) == 5


def test_networks_of_other_objectives_and_sorts_embed_too(tmp_path):
    data = vertebrae(12)
    backbone = BackboneConfig(kind="resnet_34_3d", width=0.125)
    config = pretrain_config(epochs=1, objective="nt_xent", backbone=backbone)
    folder = new_run_folder(tmp_path, "pretrain")
    pretrain(config, data, split_subjects(data.subjects), folder, ignore, never)
    told = load_body_embedder(folder, "cpu").embed(data.volumes[:4])
    assert told.level_logits.shape == (4, 7)
    np.testing.assert_allclose(np.linalg.norm(told.embeddings, axis=1), 1, atol=1e-5)


def test_discs_come_with_the_grades_that_prediction_gives(finetuned):
    folder, data = finetuned
    told = load_disc_embedder(folder, "cpu").embed(data.volumes)
    grades = load_grader(folder, "cpu").predict(data.volumes)
    assert told.embeddings.shape == (40, 16)
    assert set(told.probabilities) == set(grades)
    for name, values in grades.items():  # prediction may compute in fewer bits
        np.testing.assert_allclose(told.probabilities[name], values, atol=0.01)


def test_no_volumes_give_no_embeddings(pretrained, finetuned):
    (bodies, data), (disc_run, disc_data) = pretrained, finetuned
    told = load_body_embedder(bodies, "cpu").embed(data.volumes[:0])
    assert (told.embeddings.shape, told.level_logits.shape) == ((0, 16), (0, 7))
    graded = load_disc_embedder(disc_run, "cpu").embed(disc_data.volumes[:0])
    assert graded.probabilities["pfirrmann"].shape == (0, 4)


def test_wrong_runs_and_volumes_are_refused(pretrained, finetuned, tmp_path):
    of_discs = tmp_path / "discs"
    shutil.copytree(pretrained[0], of_discs)
    card = json.loads((of_discs / "card.json").read_text())
    card["settings"]["structure"] = "disc"
    (of_discs / "card.json").write_text(json.dumps(card))
    with pytest.raises(TrainingError, match="from discs, not from vertebrae"):
        load_body_embedder(of_discs, "cpu")
    with pytest.raises(TrainingError, match="is no pre-training"):
        load_body_embedder(finetuned[0], "cpu")
    with pytest.raises(TrainingError, match="can't grade"):
        load_disc_embedder(pretrained[0], "cpu")
    with pytest.raises(TrainingError, match="cut them again"):
        load_body_embedder(pretrained[0], "cpu").embed(np.zeros((1, 3, 8, 8), np.float32))


def test_it_can_be_stopped(pretrained):
    folder, data = pretrained
    with pytest.raises(CancelledError):
        load_body_embedder(folder, "cpu").embed(data.volumes, stop_requested=lambda: True)


def test_what_is_known_is_not_computed_again(pretrained):
    folder, data = pretrained
    embedder = load_body_embedder(folder, "cpu")
    book = KnownBodies(folder, "a" * 64)
    first = book.embed(embedder, data.volumes[:30], never)
    book.keep()
    again = KnownBodies(folder, "a" * 64)
    # A stop is asked for only where there is something to compute.
    mixed = np.arange(29, -1, -1)
    second = again.embed(embedder, data.volumes[mixed], lambda: True)
    np.testing.assert_array_equal(second.embeddings, first.embeddings[mixed])
    np.testing.assert_array_equal(second.level_logits, first.level_logits[mixed])
    with pytest.raises(CancelledError):
        again.embed(embedder, data.volumes[:31], lambda: True)
    with pytest.raises(CancelledError):
        KnownBodies(folder, "b" * 64).embed(embedder, data.volumes[:1], lambda: True)
    # What isn't asked for any more, as after vertebrae were moved, is dropped.
    later = KnownBodies(folder, "a" * 64)
    later.embed(embedder, data.volumes[20:40], never)
    later.keep()
    with np.load(folder / EMBEDDINGS) as kept:
        assert len(kept["keys"]) == 20
    for broken in (b"PK\x03\x04 broken", b"broken", (folder / EMBEDDINGS).read_bytes()[:-900]):
        (folder / EMBEDDINGS).write_bytes(broken)
        with pytest.raises(CancelledError):
            KnownBodies(folder, "a" * 64).embed(embedder, data.volumes[:1], lambda: True)
