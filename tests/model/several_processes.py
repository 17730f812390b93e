"""What two training processes do together in the tests; each runs ``take_part`` of this file."""

import json
import os
import socket
import time
import traceback
from dataclasses import replace
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from pathlib import Path

import numpy as np
import torch
from torch import nn

from spinegrader.errors import SpineGraderError, TrainingError
from spinegrader.model.config import OptimiserConfig
from spinegrader.model.distributed import joined_processes, rank
from spinegrader.model.events import BatchEvent
from spinegrader.model.finetune import finetune
from spinegrader.model.pretrain import pretrain
from spinegrader.model.shared_batch_norm import share_batch_norm
from spinegrader.model.sharing import first_row, gather, sharing, sum_gradients
from spinegrader.model.splits import Part
from tests.model.model_samples import (
    discs,
    finetune_config,
    ignore,
    never,
    pretrain_config,
    vertebrae,
)

GENTLY = OptimiserConfig(kind="sgd", learning_rate=0.01, weight_decay=1e-3, schedule="constant")
SETTINGS = {"optimiser": GENTLY, "precision": "float32", "epochs": 2}
COMPARING_BATCHES = ("nt_xent", "vicreg")
"""Objectives for which the processes need each other's embeddings."""


def split_of(data):
    names = sorted(set(data.subjects))
    parts = dict.fromkeys(names, Part.TRAIN)
    return parts | dict.fromkeys(names[:2], Part.VALIDATION) | {names[2]: Part.TEST}


def pretrained(folder, stop=never, emit=ignore, **changes):
    # Five pairs a step are three for one process and two for the other.
    data = vertebrae(8)
    config = pretrain_config(**(SETTINGS | {"batch_pairs": 5} | changes))
    return pretrain(config, data, split_of(data), folder, emit, stop)


def finetuned(folder, **changes):
    # 33 training discs: of the last step there is only one, and a process without any.
    data = discs(11, each=4)
    config = finetune_config(**(SETTINGS | {"batch_size": 31} | changes))
    return finetune(config, data, split_of(data), folder, None, ignore, never)


# -- one layer, one batch ---------------------------------------------------------------------

SHARES = (3, 1)
"""Samples of each process."""


def sample_batch():
    return torch.from_numpy(np.random.default_rng(3).normal(2, 3, (4, 6, 2, 5, 5))).float()


def small_network():
    torch.manual_seed(5)
    return nn.Sequential(nn.Conv3d(6, 7, 1), nn.BatchNorm3d(7), nn.Tanh())


def gradients_of(network, batch, own):
    """Of a loss in which samples meet: each one's own terms, with those of all."""
    given = batch[own].clone().requires_grad_()
    embedded = network(given).mean(dim=(2, 3, 4))
    everybody = gather(embedded)
    distances = (embedded[:, None] - everybody[None]).square().sum(-1)
    loss = (distances.sin() * torch.arange(1, len(everybody) + 1)).sum()
    loss.backward()
    return loss, given.grad


def layers(place):
    network = small_network()
    share_batch_norm(network)
    own = slice(0, SHARES[0]) if rank() == 0 else slice(SHARES[0], sum(SHARES))
    with sharing():
        loss, given = gradients_of(network, sample_batch(), own)
        first = first_row(SHARES[rank()])
    sum_gradients(network.parameters())
    return {
        "loss": loss.item(),
        "given": given.tolist(),
        "first_row": first,
        "names": list(network.state_dict()),
        "gradients": {name: item.grad.tolist() for name, item in network.named_parameters()},
        "state": {name: item.tolist() for name, item in network.state_dict().items()},
    }


# -- trainings --------------------------------------------------------------------------------


def trainings(place):
    events = []
    result = pretrained(place / "pretrain", emit=events.append)
    pretrained(place / "parts", largest_part=1)
    for objective in COMPARING_BATCHES:
        pretrained(place / objective, objective=objective)
    finetuned(place / "finetune")
    return {"epochs": result.epochs_done, "heard": len(events)}


def begun_and_gone_on_with(place):
    pretrained(place / "resumed", epochs=1)
    pretrained(place / "resumed")


def stopped_by_the_second(place):
    asked, events = [], []

    def stop():
        asked.append(1)
        return rank() == 1 and len(asked) >= 4

    result = pretrained(place / "stopped", stop, events.append, epochs=50)
    batches = sum(isinstance(event, BatchEvent) for event in events)
    return {"stopped": result.stopped_early, "batches": batches}


def failing_in_the_second(place):
    asked = []

    def stop():
        asked.append(1)
        if rank() == 1 and len(asked) == 4:
            raise TrainingError("The second one fails.")
        return False

    pretrained(place / "failing", stop, epochs=50)


def with_volumes_that(fail, folder):
    """Trains with volumes that ``fail`` may refuse to give, by how many are asked for."""

    class Refusing(np.ndarray):
        def __getitem__(self, rows):
            fail(np.size(rows))
            return super().__getitem__(rows)

    data = vertebrae(8)
    data = replace(data, volumes=data.volumes.view(Refusing))
    config = pretrain_config(**(SETTINGS | {"batch_pairs": 5}))
    pretrain(config, data, split_of(data), folder, ignore, never)


def out_of_memory(place):
    def fail(count):
        if count in (4, 6):  # a share of two pairs, and of three
            raise torch.OutOfMemoryError("CUDA out of memory")

    with_volumes_that(fail, place / "memory")


def failing_in_the_midst(place):
    """Of a step, while the other waits for it within the network."""

    def fail(count):
        if rank() == 0 and count == 4:
            raise TrainingError("The first one fails.")

    with_volumes_that(fail, place / "midst")


def killed_in_the_second(place):
    asked = []

    def stop():
        asked.append(1)
        if rank() == 1 and len(asked) == 4:
            os._exit(9)
        return False

    pretrained(place / "killed", stop, epochs=50)


JOBS = (
    layers,
    trainings,
    begun_and_gone_on_with,
    stopped_by_the_second,
    out_of_memory,
    failing_in_the_second,
    killed_in_the_second,
)


def take_part(number, ports, jobs, place):
    os.environ |= {"RANK": str(number), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    torch.set_num_threads(1)
    for job, port in zip(jobs, ports, strict=True):
        os.environ["MASTER_PORT"] = str(port)
        try:
            with joined_processes():
                outcome = job(place)
        except SpineGraderError as error:
            outcome = {"error": error.message}
        except Exception:  # noqa: BLE001 - told by the test that looks for it
            outcome = {"unexpected": traceback.format_exc()}
        (place / f"{job.__name__}-{number}.json").write_text(json.dumps(outcome))


def run_both(place: Path, jobs=JOBS) -> None:
    """Runs jobs in two processes, which must have ended after a while."""
    ports = [_free_port() for _ in jobs]
    context = _context()
    both = [
        context.Process(target=take_part, args=(number, ports, jobs, place)) for number in (0, 1)
    ]
    for process in both:
        process.start()
    deadline = time.monotonic() + 90
    for process in both:
        process.join(max(0, deadline - time.monotonic()))
    hanging = [process for process in both if process.is_alive()]
    for process in hanging:
        process.kill()
        process.join()
    assert not hanging


def _context() -> BaseContext:
    """Where the system can, both are forked off a process that has torch: it loads slowly."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
