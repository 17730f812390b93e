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

WEIGHTINGS = ("T2", "T1")

_PEOPLE = 60
_CONFIG = AcquisitionConfig(slices=3)


@dataclass(frozen=True)
class Material:
    """Everything that is compared; where it says by weighting, ``T2`` and ``T1``.

    Args:
        shapes: Real T2-SPACE with masks: sizes only, as it is another sequence.
        masked: Real TSE of one scanner with masks moved onto it, by weighting.
        quads: Real TSE of many scanners, these included, with quads only, by weighting.
        simulated: By weighting.
        simulated_quads: With quads only, by weighting.
        whole: Real whole mid-slices by weighting.
        simulated_whole: Likewise.
        told: How well real and simulated people are told apart by these figures, 0.5 to 1, by
            weighting.
    """

    shapes: Group
    masked: dict[str, Group]
    quads: dict[str, Group]
    simulated: dict[str, Group]
    simulated_quads: dict[str, Group]
    whole: dict[str, WholeSlices]
    simulated_whole: dict[str, WholeSlices]
    told: dict[str, float]


def gathered(people: int = _PEOPLE) -> Material:
    """Reads and simulates all of it: about a minute.

    Raises:
        BenchmarkError: If the real images are not here.
    """
    folder = real_folder()
    made = [person.slices for person in simulated_people(people, _CONFIG)]
    simulated = {name: [slices[name] for slices in made] for name in WEIGHTINGS}
    masked = tse_slices(folder)
    quads = {
        name: group_by_quads([*slices, *pointed_slices(folder, name)])
        for name, slices in masked.items()
    }
    simulated_quads = {name: group_by_quads(slices) for name, slices in simulated.items()}
    return Material(
        shapes=group_of(space_slices(folder)),
        masked={name: group_of(slices) for name, slices in masked.items()},
        quads=quads,
        simulated={name: group_of(slices) for name, slices in simulated.items()},
        simulated_quads=simulated_quads,
        whole={name: real_slices(folder, name.lower()) for name in WEIGHTINGS},
        simulated_whole={name: simulated_slices(slices) for name, slices in simulated.items()},
        told={name: told_apart(quads[name], simulated_quads[name]) for name in WEIGHTINGS},
    )


def distances(material: Material) -> dict[str, Apart]:
    """Histograms and spectra apart, by what is compared."""
    found: dict[str, Apart] = {}
    for weighting in WEIGHTINGS:
        real, ours = material.quads[weighting], material.simulated_quads[weighting]
        for name in ("body", "disc", "worn disc"):
            found[f"{weighting} {name}, histogram"] = _histograms(real, ours, name)
        found[f"{weighting} canal, histogram"] = _histograms(
            material.masked[weighting], material.simulated[weighting], "canal"
        )
        for name in ("vertebra crops", "disc crops"):
            found[f"{weighting} {name}, spectrum"] = apart(
                real.spectra[name], ours.spectra[name], spectral
            )
        whole, other = material.whole[weighting], material.simulated_whole[weighting]
        found[f"{weighting} whole slices, histogram"] = apart(
            whole.histograms, other.histograms, wasserstein
        )
        found[f"{weighting} whole slices, spectrum"] = apart(whole.spectra, other.spectra, spectral)
    return found


def _histograms(real: Group, ours: Group, name: str) -> Apart:
    return apart(real.histograms[name], ours.histograms[name], wasserstein)
