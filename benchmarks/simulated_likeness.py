"""How like real people the simulated ones are: sizes, signals, histograms, spectra, by number.

``python -m benchmarks.simulated_likeness`` writes all of it into docs/simulated-cohort.md;
``python -m benchmarks simulated_likeness`` keeps the few figures that matter most.
"""

from collections.abc import Mapping

import numpy as np

from benchmarks.measuring import Row
from benchmarks.simulated_comparison import Material, distances, gathered
from benchmarks.simulated_one_number import graded_by_one_number
from benchmarks.simulated_page import PAGE, rewrite_section
from benchmarks.simulated_shapes import SHOWN_DISCS
from benchmarks.simulated_tables import (
    distances_table,
    grain_table,
    nucleus_ratios,
    signals_table,
    sizes_table,
    spectra_table,
)

_YARDSTICK = "halves of the real patients"


def measure() -> list[Row]:
    """The few figures that matter most; the peer is always the real images."""
    material = gathered()
    rows = []
    for name in SHOWN_DISCS:
        key = f"{name} height"
        rows.append(
            Row(f"Height of simulated discs {name}, mean",
                float(np.mean(material.simulated["T2"].sizes[key])), "mm",
                float(np.mean(material.shapes.sizes[key])), "SPIDER")
        )  # fmt: skip
    for grade in range(1, 6):
        ours = nucleus_ratios(material.simulated["T2"], grade)
        real = nucleus_ratios(material.quads["T2"], grade)
        rows.append(
            Row(f"Nucleus over marrow in T2, Pfirrmann {grade}, median of {len(ours)} discs",
                float(np.median(ours)) if ours else float("nan"), "", float(np.median(real)),
                f"SPIDER, {len(real)} discs")
        )  # fmt: skip
    rows += _by_one_number(material)
    for name, found in distances(material).items():
        is_spectrum = name.endswith("spectrum")
        factor, unit = (1, "log10") if is_spectrum else (1000, "thousandths")
        figures = factor * found.simulated, unit, factor * found.real
        rows.append(Row(f"Distance of {name}", *figures, _YARDSTICK))
    rows += [
        Row(f"Real and simulated {name} told apart by these figures, AUC", area, "")
        for name, area in material.told.items()
    ]
    return rows


def _by_one_number(material: Material) -> list[Row]:
    """How far the grade is that one number: harder in simulated people than in real ones?"""
    ours, real = (
        graded_by_one_number(group["T2"].discs) for group in (material.simulated, material.quads)
    )
    return [
        Row("Pfirrmann of simulated discs by nucleus over marrow alone, mean class accuracy",
            100 * ours[0], "%", 100 * real[0], "SPIDER, likewise"),
        Row("The same, kappa with quadratic weights", ours[1], "kappa", real[1],
            "SPIDER, likewise"),
    ]  # fmt: skip


def _told(areas: Mapping[str, float]) -> str:
    words = ", ".join(f"{area:.2f} in {name}" for name, area in areas.items())
    return (
        f"Told apart by these figures (logistic regression, five folds): AUC {words}, where 0.5 "
        "would be no difference."
    )


def main() -> None:
    """Writes the tables into the page."""
    material = gathered()
    sections = {
        "sizes": sizes_table(material),
        "signals": signals_table(material),
        "grain": grain_table(material),
        "distances": [
            *distances_table(material), "", _told(material.told)
        ],
        "spectra": spectra_table(material),
    }  # fmt: skip
    for name, lines in sections.items():
        print("\n".join([f"## {name}", *lines, ""]), flush=True)
        rewrite_section(PAGE, name, lines)


if __name__ == "__main__":
    main()
