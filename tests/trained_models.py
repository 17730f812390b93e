"""Tiny networks, really trained on a project, and what tests do with their files."""

import json
import zipfile
from pathlib import Path

from spinegrader.model.config import BackboneConfig, FinetuneConfig, PretrainConfig
from spinegrader.model.runs import new_run_folder
from spinegrader.services.training import finetune_plan, pretrain_plan

TINY = BackboneConfig(width=0.04, hidden=16, embedding=16, pooled_grid=(2, 2), dropout=0.0)


def ignore(event):
    del event


def never():
    return False


def finetuned(session, *, start_from=None, seed=0, gradings=("pfirrmann",)) -> Path:
    """The folder of a fine-tuning of two epochs."""
    config = FinetuneConfig.laptop().model_copy(
        update={
            "volume_shape": (3, 16, 24),
            "backbone": TINY,
            "epochs": 2,
            "gradings": gradings,
            "seed": seed,
        }
    )
    folder = new_run_folder(session.store.runs_folder, "finetune")
    finetune_plan(session, config, start_from).run(folder, ignore, never)
    return folder


def pretrained(session) -> Path:
    """The folder of a pre-training of one epoch."""
    config = PretrainConfig.laptop().model_copy(
        update={"volume_shape": (3, 24, 24), "backbone": TINY, "epochs": 1}
    )
    folder = new_run_folder(session.store.runs_folder, "pretrain")
    pretrain_plan(session, config).run(folder, ignore, never)
    return folder


def rewritten(source: Path, target: Path, *, without=(), packed=False, **replaced: bytes) -> Path:
    """A copy of a model's file with other members; of names a dot is written as ``__``."""
    new = {name.replace("__", "."): content for name, content in replaced.items()}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as copy:
        for name in [*old.namelist(), *(name for name in new if name not in old.namelist())]:
            if name not in without:
                content = new.get(name)
                copy.writestr(
                    name,
                    old.read(name) if content is None else content,
                    zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED,
                )
    return target


def member(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def changed_json(path: Path, name: str, **changes: object) -> bytes:
    return json.dumps(json.loads(member(path, name)) | changes).encode()
