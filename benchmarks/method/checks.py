"""How well vertebrae tell whose study it is and which levels they are, on people kept aside.

    python -m benchmarks.method.checks simulated COHORT RUN [--page]
    python -m benchmarks.method.checks real RUN [--page]

RUN is the folder of a pre-training on that material: on follow-ups of the simulated cohort (a
curve's ``pretrainings/both-seed0``), or on proxy pairs of SPIDER. Real figures of persons are of
two series of one visit: a proxy, and called so.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import BenchmarkError
from benchmarks.method.misfiled_teachers import misfiled_rows
from benchmarks.method.pages import PAGES, publish
from benchmarks.method.real_data import DISC_SHAPE, VERTEBRA_SHAPE, real_pairs, real_split
from benchmarks.method.spider import real_arrays
from spinegrader.model.data import PretrainData, rows_of
from spinegrader.model.embedding import BodyEmbeddings, load_body_embedder
from spinegrader.model.error_rates import ErrorRates
from spinegrader.model.identity_check import check_identity, fit_identity
from spinegrader.model.level_chains import Chains, chains_of
from spinegrader.model.level_check import check_levels, fit_levels
from spinegrader.model.metrics import level_accuracy
from spinegrader.model.splits import Part, subjects_in
from spinegrader.model.study_bodies import StudyBodies, by_study, level_distances, robust_mean
from spinegrader.services.simulated_arrays import SimulatedArrays

_COLOURS = ("#0072B2", "#D55E00", "#009E73")


def main() -> None:
    """Embeds everybody kept aside, prints the table and draws the curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("material", choices=("simulated", "real"))
    parser.add_argument("places", nargs="+", type=Path, help="[COHORT] RUN")
    parser.add_argument("--page", action="store_true", help="write docs/experiments too")
    chosen = parser.parse_args()
    is_real = chosen.material == "real"
    if len(chosen.places) != (1 if is_real else 2):
        parser.error("name the run, and before it the cohort where people are simulated")
    data, split = _real() if is_real else _simulated(chosen.places[0])
    embedded = _embedded(data, split, chosen.places[-1])
    held_out, bodies, chains = embedded
    validation, test = (
        frozenset(subjects_in(split, part)) for part in (Part.VALIDATION, Part.TEST)
    )
    identity = fit_identity(bodies.of(validation))
    levels = fit_levels(chains.of(validation))
    if identity is None or levels is None:
        raise BenchmarkError("too few people are kept aside")
    checked = check_identity(identity, bodies.of(test))
    named = check_levels(levels, chains.of(test))
    if checked is None or named is None:
        raise BenchmarkError("too few people are kept aside")
    person = "same visit, another series (proxy)" if is_real else "follow-up of the person"
    rates: dict[str, ErrorRates] = {f"Another person instead of: {person}": checked.rates}
    if checked.same_scanner is not None:
        rates["The same, strangers from one scanner"] = checked.same_scanner
    rates |= {"All names shifted by a level": named.shifted, "One body misnamed": named.misnamed}
    tested = rows_of(held_out.subjects, test)
    accuracy = level_accuracy(held_out.logits[tested], held_out.levels[tested])
    said = f"Level of a single body right: {100 * (accuracy or 0):.1f} % of {len(tested)}."
    lines = [*table(rates), "", said]
    print("\n".join(lines))
    misfiled = [] if is_real else misfiled_rows(bodies.of(validation), bodies.of(test))
    print("\n".join(misfiled))
    if chosen.page:
        picture = f"checks-{chosen.material}.png"
        _draw(PAGES / "pictures" / picture, bodies.of(test), is_real=is_real)
        publish("checks", chosen.material, [f"![ROC curves](pictures/{picture})", "", *lines])
        if misfiled:
            publish("checks", "misfiled", misfiled)


def table(rates: Mapping[str, ErrorRates]) -> list[str]:
    """One line for each question, with 95 % intervals over people."""
    lines = [
        (
            "| What is wrong | Right / wrong | AUC | Equal error | Missed at 1 % false alarms | "
            "At the threshold: alarms | missed |"
        ),
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for what, found in rates.items():
        shares = [
            f"{100 * item.value:.1f} % ({100 * item.low:.1f} to {100 * item.high:.1f})"
            for item in (
                found.equal_error,
                found.miss_at_1_percent,
                found.false_alarms,
                found.misses,
            )
        ]
        auc = f"{found.auc.value:.3f} ({found.auc.low:.3f} to {found.auc.high:.3f})"
        cells = [what, f"{found.right} / {found.wrong}", auc, *shares]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


class _HeldOut:
    """Bodies of people kept aside, with the network's word on their levels."""

    def __init__(
        self, data: PretrainData, rows: npt.NDArray[np.int64], found: BodyEmbeddings
    ) -> None:
        self.subjects = tuple(data.subjects[row] for row in rows)
        self.levels = data.levels[rows]
        self.logits = found.level_logits


def _embedded(
    data: PretrainData, split: Mapping[str, Part], run: Path
) -> tuple[_HeldOut, StudyBodies, Chains]:
    aside = {*subjects_in(split, Part.VALIDATION), *subjects_in(split, Part.TEST)}
    rows = rows_of(data.subjects, aside)
    found = load_body_embedder(run, "cpu").embed(data.volumes[rows])
    held_out = _HeldOut(data, rows, found)
    # Of two series of a visit each stands for a study of its own.
    series = [(data.series or data.studies)[row] for row in rows]
    places = {name: place for place, name in enumerate(dict.fromkeys(series), start=1)}
    is_undated = not any(data.days)
    days = [
        places[name] if is_undated else data.days[row]
        for name, row in zip(series, rows, strict=True)
    ]
    scanners = [data.scanners[row] for row in rows] if data.scanners else []
    bodies = by_study(found.embeddings, held_out.levels, series, held_out.subjects, days, scanners)
    chains = chains_of(found.level_logits, held_out.levels, series, series, held_out.subjects)
    return held_out, bodies, chains


def _simulated(cohort: Path) -> tuple[PretrainData, dict[str, Part]]:
    arrays = SimulatedArrays.open(cohort / "arrays")
    return arrays.pretrain_data(), arrays.split


def _real() -> tuple[PretrainData, dict[str, Part]]:
    arrays = real_arrays(Path("build/method"), VERTEBRA_SHAPE, DISC_SHAPE)
    return real_pairs(arrays), real_split(arrays)


def _draw(path: Path, bodies: StudyBodies, *, is_real: bool) -> None:
    """ROC curves of “another person”, from one body and from all of a study."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from sklearn.metrics import roc_auc_score, roc_curve

    from spinegrader.model.study_bodies import study_pairs

    pairs, same = study_pairs(bodies)
    distances = level_distances(bodies, pairs)
    single = distances[:, 3]  # L3, in the middle
    curves = {"One body, L3": single, "All bodies of a study": robust_mean(distances)}
    figure = Figure(figsize=(5.2, 4.6), layout="constrained")
    axes = figure.subplots()
    for (name, values), colour in zip(curves.items(), _COLOURS, strict=False):
        known = ~np.isnan(values)
        false, hits, _ = roc_curve(~same[known], values[known])
        area = roc_auc_score(~same[known], values[known])
        axes.plot(false, hits, color=colour, label=f"{name}: AUC {area:.3f}")
    axes.plot([0, 1], [0, 1], color="#8A8A8A", linewidth=1, linestyle=":")
    axes.set_xlabel("False alarms (share of true pairs)")
    axes.set_ylabel("Found (share of pairs of two people)")
    people = (
        "Real people, two series of a visit (proxy)" if is_real else "Simulated people, follow-ups"
    )
    axes.set_title(people, fontsize=11)
    axes.set_aspect("equal")
    axes.legend(loc="lower right", frameon=False)
    FigureCanvasAgg(figure).print_png(path)


if __name__ == "__main__":
    main()
