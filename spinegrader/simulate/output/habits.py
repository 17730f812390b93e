"""How the scanners of four imaginary vendors write their files.

The standard leaves all of this open, and the scanners of real vendors differ in it: encoding,
character set, the order in which slices are counted, optional attributes, names. Which imaginary
vendor does what is set by us.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian


@dataclass(frozen=True)
class Habits:
    """The habits of one vendor.

    Args:
        transfer_syntax: Encoding of the files.
        character_set: SpecificCharacterSet.
        image_type: ImageType.
        runs_leftward: InstanceNumber counts from the patient's right to the left, else back.
        packages: Every slice belongs to one of so many AcquisitionNumbers, in turn.
        spacing_written: Whether SpacingBetweenSlices is there.
        location_sign: SliceLocation grows along the normal of the slices (1), against it (-1),
            or isn't there (0).
        patient_position: PatientPosition; positions are in patient coordinates in any case.
        sequence_name: SequenceName; ``{echoes}`` stands for the length of the echo train.
        study: StudyDescription.
        series: SeriesDescription by weighting.
        protocol: ProtocolName by weighting; empty where it isn't written.
        private_creator: Of the block of private elements; empty where there is none.
    """

    transfer_syntax: UID
    character_set: str
    image_type: tuple[str, ...]
    runs_leftward: bool
    packages: int
    spacing_written: bool
    location_sign: int
    patient_position: str
    sequence_name: str
    study: str
    series: Mapping[str, str]
    protocol: Mapping[str, str]
    private_creator: str


_NORTH = Habits(
    transfer_syntax=ExplicitVRLittleEndian,
    character_set="ISO_IR 100",
    image_type=("ORIGINAL", "PRIMARY", "M", "ND"),
    runs_leftward=True,
    packages=1,
    spacing_written=True,
    location_sign=1,
    patient_position="HFS",
    sequence_name="tse2d1_{echoes}",
    study="LWS nativ (simulated)",
    series={
        "T2": "t2_tse_sag (simulated)",
        "T1": "t1_tse_sag (simulated)",
        "STIR": "t2_tirm_sag STIR (simulated)",
    },
    protocol={"T2": "t2_tse_sag", "T1": "t1_tse_sag", "STIR": "t2_tirm_sag"},
    private_creator="SIMULATED NORTH HEADER",
)

_SOUTH = Habits(
    transfer_syntax=ExplicitVRLittleEndian,
    character_set="ISO_IR 192",
    image_type=("ORIGINAL", "PRIMARY", "M_SE", "M", "SE"),
    runs_leftward=True,
    packages=2,
    spacing_written=True,
    location_sign=0,
    patient_position="FFS",
    sequence_name="",
    study="Wirbelsäule (simulated)",
    series={
        "T2": "Wirbelsäule T2 sag (simulated)",
        "T1": "Wirbelsäule T1 sag (simulated)",
        "STIR": "Wirbelsäule STIR sag (simulated)",
    },
    protocol={"T2": "T2W_TSE SAG", "T1": "T1W_TSE SAG", "STIR": "STIR_TSE SAG"},
    private_creator="Simulated South MR 001",
)

_EAST = Habits(
    transfer_syntax=ExplicitVRLittleEndian,
    character_set="ISO_IR 100",
    image_type=("ORIGINAL", "PRIMARY", "OTHER"),
    runs_leftward=False,
    packages=1,
    spacing_written=True,
    location_sign=-1,
    patient_position="HFS",
    sequence_name="fse",
    study="MRI LUMBAR SPINE (simulated)",
    series={
        "T2": "SAG T2 FSE (simulated)",
        "T1": "SAG T1 FSE (simulated)",
        "STIR": "SAG STIR (simulated)",
    },
    protocol={"T2": "L-SPINE", "T1": "L-SPINE", "STIR": "L-SPINE"},
    private_creator="SIMULATED_EAST_01",
)

_WEST = Habits(
    transfer_syntax=ImplicitVRLittleEndian,
    character_set="ISO_IR 100",
    image_type=("ORIGINAL", "PRIMARY", "OTHER"),
    runs_leftward=False,
    packages=2,
    spacing_written=False,
    location_sign=1,
    patient_position="HFS",
    sequence_name="FSE_{echoes}",
    study="IRM rachis lombaire, séquences sagittales (simulated)",
    series={
        "T2": "RACHIS SAG T2 (simulated)",
        "T1": "RACHIS SAG T1 (simulated)",
        "STIR": "RACHIS SAG STIR (simulated)",
    },
    protocol={"T2": "", "T1": "", "STIR": ""},
    private_creator="",
)

HABITS: Mapping[str, Habits] = {"north": _NORTH, "south": _SOUTH, "east": _EAST, "west": _WEST}
"""By vendor of a scanner."""
