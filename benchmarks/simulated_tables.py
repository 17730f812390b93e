"""The tables of docs/simulated-cohort.md that hold real and simulated people side by side."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchmarks.simulated_comparison import WEIGHTINGS, Material, distances
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
    rows = []
    for name in WEIGHTINGS:
        real, ours = material.quads[name], material.simulated[name]
        for grade in range(1, 6):
            pair = (middle(nucleus_ratios(group, grade)) for group in (real, ours))
            rows.append((f"Nucleus / marrow, {name}, Pfirrmann {grade}", *pair))
    for name in WEIGHTINGS:
        real, ours = material.masked[name], material.simulated[name]
        if name == "T2":
            for grade in range(1, 6):
                pair = (middle(_nucleus_to_fluid(group, grade)) for group in (real, ours))
                rows.append((f"Nucleus / fluid, {name}, Pfirrmann {grade}", *pair))
        pair = (
            middle([disc.canal / disc.marrow for disc in group.discs]) for group in (real, ours)
        )
        rows.append((f"Canal / marrow, {name}", *pair))
        pair = (
            middle([disc.fluid / disc.marrow for disc in group.discs]) for group in (real, ours)
        )
        rows.append((f"Brightest tenth of the canal / marrow, {name}", *pair))
    return table(("Median (10th–90th percentile), discs", "Real", "Simulated"), rows)


_BODY_FIGURES = {
    "texture": "Marrow, SD about a smooth trend / median",
    "trend": "SD of that trend / median",
    "neighbours": "Correlation with itself 1 mm further",
    "backward": "Back quarter of a body / front quarter (coil)",
    "rim": "Edge (0.3 to 0.9 mm inside) / marrow",
}


def grain_table(material: Material) -> list[str]:
    """How marrow varies; two kinds of real images, as scanners differ much in this."""
    masked = {item.subject for item in material.masked["T2"].bodies}
    rows = []
    for key, title in _BODY_FIGURES.items():
        cells = []
        for name in WEIGHTINGS:
            others = [item for item in material.quads[name].bodies if item.subject not in masked]
            sources = (
                material.masked[name].bodies,
                [] if key == "rim" else others,  # a quad is no edge
                material.simulated[name].bodies,
            )
            cells += [middle([getattr(body, key) for body in item]) for item in sources]
        rows.append((title, *cells))
    kinds = ("real, Avanto", "real, others", "simulated")
    titles = [f"{name} {kind}" for name in WEIGHTINGS for kind in kinds]
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
    for weighting in WEIGHTINGS:
        real, ours = material.quads[weighting], material.simulated_quads[weighting]
        for name in ("vertebra crops", "disc crops"):
            rows.append((f"{weighting} {name}, real", *_bands(real.spectra[name])))
            rows.append((f"{weighting} {name}, simulated", *_bands(ours.spectra[name])))
        whole, other = material.whole[weighting], material.simulated_whole[weighting]
        rows.append((f"{weighting} whole slices, real", *_bands(whole.spectra)))
        rows.append((f"{weighting} whole slices, simulated", *_bands(other.spectra)))
    edges = [f"{low:g}–{high:g}" for low, high in pairwise(EDGES_PER_MM)]
    return table(("log10 power, periods/mm", *edges), rows)


def _bands(spectra: Sequence[FloatArray]) -> list[str]:
    columns = np.asarray(spectra).T
    known = [column[np.isfinite(column)] for column in columns]
    return [f"{np.mean(column):.2f}" if len(column) else "–" for column in known]
