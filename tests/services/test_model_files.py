"""A model goes out as one file and comes in as a run; what isn't sound stays outside."""

import hashlib
import json
import pickle
import re
import shutil
import zipfile
import zlib

import numpy as np
import pytest

from spinegrader.errors import CancelledError, InputError, TrainingError
from spinegrader.model.predict import load_grader
from spinegrader.model.runs import list_runs, read_card, write_card
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.graders import grading_model
from spinegrader.services.model_files import SUFFIX, export_model
from spinegrader.services.model_intake import import_model
from spinegrader.services.model_notes import keep_note, note_in
from spinegrader.services.model_words import about_model, said_of
from spinegrader.services.session import Session
from tests.gui.cohort_project import _made_project
from tests.trained_models import changed_json, finetuned, member, rewritten


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a real fine-tuning with a note, its project closed."""
    base = tmp_path_factory.getbasetemp()
    session = Session.open(_made_project(base), SIMULATED_READER)
    folder = finetuned(session)
    keep_note(folder, "Seed 0, for the talk.")
    session.store.close(wait=True)
    target = base / "trained" / folder.name
    target.parent.mkdir()
    return folder.rename(target)


@pytest.fixture
def file(trained, tmp_path):
    return export_model(trained, tmp_path / "narrow")


@pytest.fixture
def runs(tmp_path):
    """The runs of another project."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


def refused(runs, file, *, words):
    with pytest.raises(InputError, match=words) as told:
        import_model(runs, file)
    assert list(runs.iterdir()) == []
    assert told.value.message.startswith(f"“{file.name}” was not imported: ")
    return told.value.message


def resealed(file, target, **replaced):
    """Other members, and a manifest that agrees with them."""
    manifest = json.loads(member(file, "manifest.json"))
    for name, content in replaced.items():
        digest = hashlib.sha256(content).hexdigest()
        manifest["files"][name.replace("__", ".")] = {"sha256": digest, "bytes": len(content)}
    return rewritten(file, target, manifest__json=json.dumps(manifest).encode(), **replaced)


def test_a_model_comes_in_as_it_went_out(trained, file, runs):
    assert file.name == f"narrow{SUFFIX}"
    imported = import_model(runs, file)
    assert re.fullmatch(r"imported-\d{8}-\d{6}", imported.folder.name)
    assert read_card(imported.folder) == imported.card
    assert imported.card.imported.name == trained.name
    assert note_in(imported.folder) == "Seed 0, for the talk."
    volumes = np.random.default_rng(0).random((3, 3, 16, 24), dtype=np.float32)
    one, other = (load_grader(folder, "cpu") for folder in (trained, imported.folder))
    assert np.array_equal(one.predict(volumes)["pfirrmann"], other.predict(volumes)["pfirrmann"])
    assert one.weights_sha256 == other.weights_sha256


def test_the_file_names_nobody_and_says_what_it_is_for(trained, file):
    card = read_card(trained)
    people = {name for names in card.subjects.values() for name in names}
    assert people
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        texts = "".join(
            archive.read(name).decode() for name in names if name != "model.safetensors"
        )
        assert archive.testzip() is None
    assert set(names) == {
        "manifest.json",
        "card.json",
        "note.txt",
        "NOTICE.txt",
        "model.safetensors",
    }
    assert not [name for name in people if name in texts]
    assert "Not a medical device" in member(file, "NOTICE.txt").decode()
    told = json.loads(member(file, "card.json"))
    assert told["subjects"] == {}
    for part, its in card.subjects.items():
        assert told["counts"][f"{part}_subjects"] == len(its)


def test_an_imported_model_goes_on_to_a_third_project(file, runs, tmp_path):
    first = import_model(runs, file)
    onward = export_model(first.folder, tmp_path / "onward")
    third = import_model(tmp_path / "third", onward)
    assert third.card.counts == first.card.counts
    assert third.card.imported.name == first.folder.name


def test_its_predictions_say_trained_elsewhere(file, session):
    imported = import_model(session.store.runs_folder, file)
    name = imported.folder.name
    model = grading_model(session, name)
    assert "whether it has seen people of this project" in about_model(model, session.scheme)[0]
    assert f"Model {name} (01234567), trained elsewhere." in said_of(name, "0123456789", None)


def test_the_same_model_does_not_come_in_twice(file, runs):
    first = import_model(runs, file)
    with pytest.raises(InputError, match=f"in this project already, as “{first.folder.name}”"):
        import_model(runs, file)
    assert [card.name for card in list_runs(runs)] == [first.folder.name]


def test_every_damaged_byte_is_found_or_does_no_harm(file, runs, tmp_path):
    whole = file.read_bytes()
    damaged = tmp_path / "damaged.spinegrader-model"
    generator = np.random.default_rng(7)
    for place in [*generator.integers(0, len(whole), 40), len(whole) - 5, 0, 30]:
        content = bytearray(whole)
        content[place] ^= 0xFF
        damaged.write_bytes(content)
        try:
            imported = import_model(runs, damaged)
        except InputError:
            assert list(runs.iterdir()) == []
            continue
        # Dates and such in the zip's own tables: what was exported came in all the same.
        assert (imported.folder / "model.safetensors").read_bytes() == member(
            file, "model.safetensors"
        )
        shutil.rmtree(imported.folder)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.999])
def test_a_part_of_a_file_is_refused(file, runs, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    refused(runs, file, words="can't be read, or is no model")


def test_what_is_no_model_is_refused(runs, tmp_path):
    text = tmp_path / "text.spinegrader-model"
    text.write_text("Hello")
    refused(runs, text, words="is no model that SpineGrader exported")
    refused(runs, tmp_path / "nowhere.spinegrader-model", words="can't be read")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("IM0001", b"DICM")
    refused(runs, other, words="files that belong to no model")


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil", "runs/../../evil", "C:\\evil", "card.json/../x", "a.pkl"]
)
def test_members_with_other_names_are_refused(file, runs, tmp_path, name):
    evil = tmp_path / "evil.spinegrader-model"
    rewritten(file, evil)
    with zipfile.ZipFile(evil, "a") as archive:
        archive.writestr(name, b"gotcha")
    refused(runs, evil, words="files that belong to no model")
    assert not list(tmp_path.rglob("evil.txt"))


def test_a_member_that_comes_twice_is_refused(file, runs, tmp_path):
    twice = rewritten(file, tmp_path / "twice.spinegrader-model")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("card.json", b"{}")
    refused(runs, twice, words="holds a file twice")


def test_a_bomb_is_refused_before_it_unfolds(file, runs, tmp_path):
    zeros = bytes(64 << 20)
    bomb = tmp_path / "bomb.spinegrader-model"
    rewritten(file, bomb, packed=True, model__safetensors=zeros)
    assert bomb.stat().st_size < 1 << 20
    refused(runs, bomb, words="“model.safetensors” unfolds to more than a model's can")
    rewritten(file, bomb, packed=True, card__json=b" " * (5 << 20))
    refused(runs, bomb, words="“card.json” unfolds to more")


def unfolded(path):
    """What a member says; None where its checksum tells damage."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read("card.json")
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return None


def test_damage_in_a_packed_copy_is_told_as_damage(file, runs, tmp_path):
    packed = rewritten(file, tmp_path / f"packed{SUFFIX}", packed=True)
    content = packed.read_bytes()
    with zipfile.ZipFile(packed) as archive:
        card = archive.getinfo("card.json")
    start = card.header_offset + 30 + len(card.filename)
    for place in range(start, start + card.compress_size, 7):
        damaged = bytearray(content)
        damaged[place] ^= 0x55
        packed.write_bytes(damaged)
        if unfolded(packed) == unfolded(file):
            continue  # bits behind the end of the packed text mean nothing
        with pytest.raises(InputError, match="was not imported"):
            import_model(runs, packed)
        assert list(runs.iterdir()) == []
    packed.write_bytes(content)
    assert import_model(runs, packed).card.imported is not None


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_packed_in_another_way_is_refused_unread(file, runs, tmp_path, method):
    other = tmp_path / f"other{SUFFIX}"
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(other, "w", method) as copy:
        for name in whole.namelist():
            copy.writestr(name, whole.read(name))
    refused(runs, other, words="is packed as SpineGrader never does")


def test_pickles_are_never_opened(file, runs, tmp_path):
    class Trap:
        def __reduce__(self):
            return (print, ("the trap went off",))

    weights = pickle.dumps(Trap()) + bytes(64)
    card = changed_json(file, "card.json", weights_sha256=hashlib.sha256(weights).hexdigest())
    trap = resealed(
        file, tmp_path / "trap.spinegrader-model", model__safetensors=weights, card__json=card
    )
    refused(runs, trap, words="Python pickle, which could run a program")


def test_what_a_newer_program_wrote_is_refused(file, runs, tmp_path):
    newer = rewritten(
        file,
        tmp_path / "newer.spinegrader-model",
        manifest__json=json.dumps({"kind": "spinegrader-model", "format": 2, "new": []}).encode(),
    )
    refused(runs, newer, words="a newer SpineGrader wrote it")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "detector"}, "it is a detector"),
        ({"kind": "banana"}, "its card is damaged"),
        ({"state": "running"}, "tells of no finished network"),
        ({"gradings": {}}, "tells of no finished network"),
        ({"settings": {"volume_shape": "wide"}}, "its settings are damaged"),
        ({"weights_sha256": "0" * 64}, "is not what was exported"),
        ({"unheard": 1}, "of another version"),
        ({"note": "x" * 5000}, "longer texts than any model's"),
        ({"versions": {"x" * 5000: "1"}}, "longer texts than any model's"),
    ],
)
def test_a_card_that_is_not_right_is_refused(file, runs, tmp_path, changes, words):
    card = changed_json(file, "card.json", **changes)
    other = resealed(file, tmp_path / "other.spinegrader-model", card__json=card)
    refused(runs, other, words=words)


def test_a_card_that_asks_for_a_giant_network_costs_no_memory(file, runs, tmp_path):
    settings = json.loads(member(file, "card.json"))["settings"]
    settings["backbone"] |= {"width": 4, "members": 16, "hidden": 60_000, "embedding": 60_000}
    card = changed_json(file, "card.json", settings=settings)
    giant = resealed(file, tmp_path / "giant.spinegrader-model", card__json=card)
    refused(runs, giant, words="not those of the network that its card describes")


def test_tokens_in_a_crafted_card_do_not_come_in(file, runs, tmp_path):
    card = changed_json(file, "card.json", subjects={"train": ["0123456789abcdef"]})
    crafted = resealed(file, tmp_path / "crafted.spinegrader-model", card__json=card)
    assert import_model(runs, crafted).card.subjects == {}


def test_only_finished_networks_with_sound_weights_go_out(trained, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "copy")
    card = read_card(folder)
    for changes, words in (
        ({"state": "running"}, "is not finished yet"),
        ({"kind": "detector"}, "no detectors"),
        ({"weights_sha256": "0" * 64}, "the file is damaged"),
    ):
        write_card(folder, card.model_copy(update=changes))
        with pytest.raises(TrainingError, match=words):
            export_model(folder, tmp_path / "out")
    assert not list(tmp_path.glob("out*"))


def test_stopping_leaves_nothing(trained, file, runs, tmp_path):
    with pytest.raises(CancelledError):
        export_model(trained, tmp_path / "stopped", lambda: True)
    assert not list(tmp_path.glob("*stopped*"))
    with pytest.raises(CancelledError):
        import_model(runs, file, lambda: True)
    assert list(runs.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(trained, tmp_path):
    with pytest.raises(InputError, match=r"“x\.spinegrader-model” can't be written"):
        export_model(trained, tmp_path / "nowhere" / "x")


def test_a_full_disk_is_told_and_leaves_nothing(trained, file, runs, tmp_path):
    resource = pytest.importorskip("resource", reason="Only POSIX limits a file's size.")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        refused(runs, file, words="the disk is full")
        with pytest.raises(InputError, match="check the disk's free space"):
            export_model(trained, tmp_path / "second")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.glob("*second*"))
