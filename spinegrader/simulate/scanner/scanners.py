"""The scanners that the simulated hospitals have: nine of four made-up makers.

No real product is meant. Makers differ as real ones do in how they scale, filter and correct
images; the numbers are our choice. Noise is relative to that of an ideal scanner: the signal to
noise ratio grows with the field (Edelstein et al., Magn Reson Med 3:604, 1986), which
``reception`` reckons with.
"""

from dataclasses import dataclass

FloatRange = tuple[float, float]
"""Lowest and highest of an even distribution."""


@dataclass(frozen=True)
class Coil:
    """The receiving coil below the back: round elements in a row.

    Args:
        elements: In use.
        distance_mm: From one to the next.
        radius_mm: Of each: how deep it sees.
        even: Share of sensitivity that doesn't depend on the place (coils around the belly).
    """

    elements: int
    distance_mm: float
    radius_mm: float
    even: float


@dataclass(frozen=True)
class Scaling:
    """How signal becomes whole numbers.

    Args:
        bits_stored: 12 or 16.
        signed: Whether pixels are signed.
        bright: Stored value of the brightest parts of the back; drawn for every series.
        slope: Of the rescaling to other units; None where the maker writes none.
        adapts: Whether the brightest parts are found in each series; otherwise the gain is fixed
            by the scanner and they come out as they may.
    """

    bits_stored: int
    signed: bool
    bright: FloatRange
    slope: FloatRange | None
    adapts: bool


@dataclass(frozen=True)
class Scanner:
    """One model, with the habits of its maker and of the people who run it.

    Args:
        vendor: Key of the maker: ``north``, ``south``, ``east`` or ``west``.
        manufacturer: Name of the maker.
        model: Name of the model.
        field_strength_t: Field strength.
        share: How common it is.
        coil: For the spine.
        noise: Relative to an ideal scanner of this field.
        matrices: Reconstructed rows (and columns) in use.
        acquired: Share of the matrix that is acquired along the frequency axis.
        bandwidth_hz: Of an acquired pixel.
        averages: Signals averaged, fewest and most.
        sharpening: Strength of the edge enhancement.
        evening: Share of the coil's shading that is corrected, 0 to 1.
        cuts_corners: Whether the correction of distortion leaves curved black borders.
        scaling: To whole numbers.
    """

    vendor: str
    manufacturer: str
    model: str
    field_strength_t: float
    share: float
    coil: Coil
    noise: float
    matrices: tuple[int, ...]
    acquired: FloatRange
    bandwidth_hz: FloatRange
    averages: tuple[int, int]
    sharpening: float
    evening: float
    cuts_corners: bool
    scaling: Scaling


_NORTH_SCALING = Scaling(12, False, (500, 1100), None, adapts=False)
_SOUTH_SCALING = Scaling(12, False, (2200, 3600), (0.2, 1.6), adapts=True)
_EAST_SCALING = Scaling(16, True, (1800, 6000), None, adapts=False)
_WEST_SCALING = Scaling(12, False, (350, 800), None, adapts=True)


def _north(
    model: str,
    field_t: float,
    share: float,
    coil: Coil,
    evening: float,
    filters: tuple[float, float],
) -> Scanner:
    noise, sharpening = filters
    return Scanner(
        vendor="north",
        manufacturer="Simulated North",
        model=model,
        field_strength_t=field_t,
        share=share,
        coil=coil,
        noise=noise,
        matrices=(320, 384, 384, 448),
        acquired=(0.85, 1.0),
        bandwidth_hz=(180, 260) if field_t < 2 else (220, 320),
        averages=(1, 2),
        sharpening=sharpening,
        evening=evening,
        cuts_corners=True,
        scaling=_NORTH_SCALING,
    )


def _south(model: str, field_t: float, share: float, coil: Coil, noise: float) -> Scanner:
    return Scanner(
        vendor="south",
        manufacturer="Simulated South",
        model=model,
        field_strength_t=field_t,
        share=share,
        coil=coil,
        noise=noise,
        matrices=(384, 448, 512),
        acquired=(0.6, 0.75),
        bandwidth_hz=(180, 250) if field_t < 2 else (240, 460),
        averages=(1, 2) if field_t > 1.2 else (2, 3),
        sharpening=0.0,
        evening=0.65,
        cuts_corners=False,
        scaling=_SOUTH_SCALING,
    )


def _east(model: str, field_t: float, share: float, coil: Coil, evening: float) -> Scanner:
    return Scanner(
        vendor="east",
        manufacturer="Simulated East",
        model=model,
        field_strength_t=field_t,
        share=share,
        coil=coil,
        noise=1.1,
        matrices=(512,) if field_t > 2 else (384, 512),
        acquired=(0.55, 0.8),
        bandwidth_hz=(160, 260) if field_t < 2 else (240, 400),
        averages=(1, 2) if field_t > 2 else (2, 3),
        sharpening=0.15,
        evening=evening,
        cuts_corners=True,
        scaling=_EAST_SCALING,
    )


SCANNERS: tuple[Scanner, ...] = (
    _north("N 1.5T", 1.5, 0.28, Coil(4, 95, 65, 0.01), 0.0, (2.1, 0.1)),
    _north("N 1.5T b", 1.5, 0.10, Coil(3, 115, 85, 0.03), 0.5, (1.0, 0.25)),
    _north("N 3T", 3.0, 0.10, Coil(5, 85, 70, 0.02), 0.5, (1.2, 0.1)),
    _south("S 1.5T", 1.5, 0.14, Coil(4, 105, 85, 0.06), 1.0),
    _south("S 3T", 3.0, 0.10, Coil(6, 75, 75, 0.05), 1.1),
    _south("S Open 1T", 1.0, 0.05, Coil(2, 150, 120, 0.25), 1.0),
    _east("E 1.5T", 1.5, 0.12, Coil(3, 110, 75, 0.02), 0.35),
    _east("E 3T", 3.0, 0.05, Coil(6, 80, 75, 0.03), 0.6),
    Scanner(
        vendor="west",
        manufacturer="Simulated West",
        model="W Open 0.3T",
        field_strength_t=0.3,
        share=0.06,
        coil=Coil(1, 100, 170, 0.5),
        noise=1.8,
        matrices=(256, 320),
        acquired=(0.7, 0.9),
        bandwidth_hz=(60, 110),
        averages=(3, 5),
        sharpening=0.3,
        evening=0.3,
        cuts_corners=False,
        scaling=_WEST_SCALING,
    ),
)
"""All scanners; their shares add up to 1."""
