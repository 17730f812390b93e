"""The tables of docs/simulated-cohort.md that hold real and simulated people side by side."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchmarks.simulated_comparison import Material, distances
from benchmarks.simulated_figures import Group
from benchmarks.simulated_page import middle, spread, table
from benchmarks.simulated_shapes import SHOWN_BODIES, SHOWN_DISCS
from benchmarks.simulated_spectra import EDGES_PER_MM
from spinegrader.domain.geometry import FloatArray


def nucleus_ratios(group: Group, grade: int) -> list[float]:
    """Signals of nuclei of one grade over the marrow beside them."""
    return [item.disc / item.marrow for item in group.discs if item.pfirrmann == grade]


def _nucleus_to_fluid(group: Group, grade: int) -> list[float]:
    return [item.disc / item.fluid for item in group.discs if item.pfirrmann == grade]


def sizes_table(material: Material) -> list[str]:
    """Millimetres by level."""
    real, ours = material.shapes.sizes, material.simulated["T2"].sizes
    wanted = [
        *((f"{name} height", f"Disc {name}, height, mm", 1) for name in SHOWN_DISCS),
        *((f"{name} wedge", f"Disc {name}, front less back, mm", 1) for name in SHOWN_DISCS),
        *((f"{name} depth", f"Body {name}, depth, mm", 1) for name in SHOWN_BODIES),
        *((f"{name} height/depth", f"Body {name}, height over depth", 2) for name in SHOWN_BODIES),
        *((f"{name} canal", f"Canal behind {name}, depth, mm", 1) for name in SHOWN_BODIES),
        ("lordosis", "Lordosis L1 to S1, degrees", 0),
    ]
    rows = [(title, spread(real[key], n), spread(ours[key], n)) for key, title, n in wanted]
    return table(("Mean ± SD", "Real", "Simulated"), rows)


def signals_table(material: Material) -> list[str]:
    """Ratios by grade."""
    real, ours = material.quads, material.simulated["T2"]
    rows = [
        (f"Nucleus / marrow, T2, Pfirrmann {grade}",
         middle(nucleus_ratios(real, grade)), middle(nucleus_ratios(ours, grade)))
        for grade in range(1, 6)
    ]  # fmt: skip
    rows += [
        (f"Nucleus / fluid, T2, Pfirrmann {grade}",
         middle(_nucleus_to_fluid(material.masked["T2"], grade)),
         middle(_nucleus_to_fluid(ours, grade)))
        for grade in range(1, 6)
    ]  # fmt: skip
    rows += [
        (f"Nucleus / marrow, T1, Pfirrmann {grade}",
         middle(nucleus_ratios(material.masked["T1"], grade)),
         middle(nucleus_ratios(material.simulated["T1"], grade)))
        for grade in range(1, 6)
    ]  # fmt: skip
    for name in ("T2", "T1"):
        pair = material.masked[name].discs, material.simulated[name].discs
        one, other = ([item.canal / item.marrow for item in discs] for discs in pair)
        rows.append((f"Canal / marrow, {name}", middle(one), middle(other)))
        one, other = ([item.fluid / item.marrow for item in discs] for discs in pair)
        rows.append((f"Brightest tenth of the canal / marrow, {name}", middle(one), middle(other)))
    return table(("Median (10th–90th percentile), discs", "Real", "Simulated"), rows)


_BODY_FIGURES = {
    "texture": "Marrow, SD about a smooth trend / median",
    "trend": "SD of that trend / median",
    "neighbours": "Correlation with itself 1 mm further",
    "backward": "Back quarter of a body / front quarter (coil)",
    "rim": "Edge (0.3 to 0.9 mm inside) / marrow",
}


def grain_table(material: Material) -> list[str]:
    """How marrow varies; three kinds of real images, as scanners differ much in this."""
    masked = {item.subject for item in material.masked["T2"].bodies}
    others = [item for item in material.quads.bodies if item.subject not in masked]
    rows = []
    for key, title in _BODY_FIGURES.items():
        sources = (
            material.masked["T2"].bodies,
            [] if key == "rim" else others,
            material.simulated["T2"].bodies,
            material.masked["T1"].bodies,
            material.simulated["T1"].bodies,
        )
        rows.append((title, *(middle([getattr(body, key) for body in item]) for item in sources)))
    titles = ("T2 real, Avanto", "T2 real, others", "T2 simulated", "T1 real, Avanto",
              "T1 simulated")  # fmt: skip
    return table(("Median (10th–90th percentile), bodies", *titles), rows)


def distances_table(material: Material) -> list[str]:
    """Distances beside their yardstick."""
    rows = [
        (name, f"{found.simulated:.3f}", f"{found.real:.3f}", f"{found.highest_real:.3f}",
         f"{found.ratio:.1f}")
        for name, found in distances(material).items()
    ]  # fmt: skip
    titles = ("Distance", "Simulated to real", "Real to real", "95th percentile of that", "Ratio")
    return table(titles, rows)


def spectra_table(material: Material) -> list[str]:
    """Mean log10 spectra by band."""
    rows = []
    for name in ("vertebra crops", "disc crops"):
        sources = {
            f"T2 {name}, real": material.quads.spectra[name],
            f"T2 {name}, simulated": material.simulated_quads.spectra[name],
            f"T1 {name}, real, Avanto": material.masked["T1"].spectra[name],
            f"T1 {name}, simulated": material.simulated["T1"].spectra[name],
        }
        rows += [(title, *_bands(spectra)) for title, spectra in sources.items()]
    for name in ("T2", "T1"):
        rows.append((f"{name} whole slices, real", *_bands(material.whole[name].spectra)))
        ours = material.simulated_whole[name].spectra
        rows.append((f"{name} whole slices, simulated", *_bands(ours)))
    edges = [f"{low:g}–{high:g}" for low, high in pairwise(EDGES_PER_MM)]
    return table(("log10 power, periods/mm", *edges), rows)


def _bands(spectra: Sequence[FloatArray]) -> list[str]:
    columns = np.asarray(spectra).T
    known = [column[np.isfinite(column)] for column in columns]
    return [f"{np.mean(column):.2f}" if len(column) else "–" for column in known]
