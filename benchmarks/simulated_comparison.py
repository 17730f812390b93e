"""Real and simulated people, measured alike, and how far they lie apart."""

from dataclasses import dataclass

from benchmarks.simulated_figures import Group, group_by_quads, group_of
from benchmarks.simulated_people import simulated_people
from benchmarks.simulated_pointed import pointed_slices
from benchmarks.simulated_spider import real_folder, space_slices, tse_slices
from benchmarks.simulated_statistics import Apart, apart, spectral, wasserstein
from benchmarks.simulated_told_apart import told_apart
from benchmarks.simulated_whole_slices import WholeSlices, real_slices, simulated_slices
from spinegrader.simulate.scanner.config import AcquisitionConfig

_PEOPLE = 60
_CONFIG = AcquisitionConfig(slices=3)


@dataclass(frozen=True)
class Material:
    """Everything that is compared.

    Args:
        shapes: Real T2-SPACE with masks: sizes only, as it is another sequence.
        masked: Real TSE with masks moved onto it, by weighting.
        quads: Real T2 TSE of many scanners with quads only.
        simulated: By weighting.
        simulated_quads: T2 with quads only.
        whole: Real whole mid-slices by weighting.
        simulated_whole: Likewise.
        told: How well real and simulated T2 are told apart by these figures, 0.5 to 1.
    """

    shapes: Group
    masked: dict[str, Group]
    quads: Group
    simulated: dict[str, Group]
    simulated_quads: Group
    whole: dict[str, WholeSlices]
    simulated_whole: dict[str, WholeSlices]
    told: float


def gathered(people: int = _PEOPLE) -> Material:
    """Reads and simulates all of it: some two minutes.

    Raises:
        BenchmarkError: If the real images are not here.
    """
    folder = real_folder()
    made = [person.slices for person in simulated_people(people, _CONFIG)]
    simulated = {name: [slices[name] for slices in made] for name in ("T2", "T1")}
    masked = tse_slices(folder)
    pointed = pointed_slices(folder)
    quads = group_by_quads([*masked["T2"], *pointed])
    simulated_quads = group_by_quads(simulated["T2"])
    return Material(
        shapes=group_of(space_slices(folder)),
        masked={name: group_of(slices) for name, slices in masked.items()},
        quads=quads,
        simulated={name: group_of(slices) for name, slices in simulated.items()},
        simulated_quads=simulated_quads,
        whole={name: real_slices(folder, name.lower()) for name in ("T2", "T1")},
        simulated_whole={name: simulated_slices(slices) for name, slices in simulated.items()},
        told=told_apart(quads, simulated_quads),
    )


def distances(material: Material) -> dict[str, Apart]:
    """Histograms and spectra apart, by what is compared."""
    found: dict[str, Apart] = {}
    real, ours = material.quads, material.simulated_quads
    for name in ("body", "disc", "worn disc"):
        found[f"T2 {name}, histogram"] = _histograms(real, ours, name)
    found["T2 canal, histogram"] = _histograms(
        material.masked["T2"], material.simulated["T2"], "canal"
    )
    for name in ("body", "disc", "worn disc", "canal"):
        found[f"T1 {name}, histogram"] = _histograms(
            material.masked["T1"], material.simulated["T1"], name
        )
    for name in ("vertebra crops", "disc crops"):
        found[f"T2 {name}, spectrum"] = apart(real.spectra[name], ours.spectra[name], spectral)
        found[f"T1 {name}, spectrum"] = apart(
            material.masked["T1"].spectra[name], material.simulated["T1"].spectra[name], spectral
        )
    for name in ("T2", "T1"):
        whole, other = material.whole[name], material.simulated_whole[name]
        found[f"{name} whole slices, histogram"] = apart(
            whole.histograms, other.histograms, wasserstein
        )
        found[f"{name} whole slices, spectrum"] = apart(whole.spectra, other.spectra, spectral)
    return found


def _histograms(real: Group, ours: Group, name: str) -> Apart:
    return apart(real.histograms[name], ours.histograms[name], wasserstein)
