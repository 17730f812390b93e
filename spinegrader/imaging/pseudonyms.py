"""Keyed pseudonyms: who and when, told so that only the holder of the key can tell it again."""

import base64
import datetime as dt
import hashlib
import hmac
from dataclasses import replace

from spinegrader.domain.study import Patient, Series, Study
from spinegrader.imaging.vocabulary import SCANNER_WORDS, SEQUENCE_WORDS, known_words

KEY_BYTES = 32

_SEXES = frozenset({"M", "F", "O"})
# One to ten years back: never in the future, and no anniversary stays on its day.
_LEAST_SHIFT_DAYS = 366
_SHIFTS = 3286


class Pseudonymiser:
    """Replaces what tells a person by HMAC-SHA256 of it (RFC 2104).

    The same key gives the same pseudonyms and shifts, so that follow-ups of one person stay
    together and a study that comes twice is recognised. Without the key neither can be computed.

    Args:
        key: 32 secret random bytes.

    Raises:
        ValueError: If the key has another length.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"A key has {KEY_BYTES} bytes, not {len(key)}.")
        self._key = key

    @property
    def fingerprint(self) -> str:
        """Tells keys apart without telling the key."""
        return self._digest("fingerprint", "")[:8].hex()

    def patient_id(self, patient_id: str) -> str:
        """The pseudonym of a PatientID, such as ``SG-K5QXW4ZAB2MN`` (60 bits of the hash)."""
        code = base64.b32encode(self._digest("patient", patient_id)).decode()
        return f"SG-{code[:12]}"

    def uid(self, uid: str) -> str:
        """The pseudonym of a UID: 128 bits in the form of a UUID (DICOM PS3.5, B.2)."""
        bits = int.from_bytes(self._digest("uid", uid)[:16])
        # Version 8 and variant of RFC 9562: a UUID whose other bits its maker chose.
        bits = bits & ~(0xF << 76) | 0x8 << 76
        bits = bits & ~(0x3 << 62) | 0x2 << 62
        return f"2.25.{bits}"

    def token(self, text: str) -> str:
        """Tells two texts apart without telling either; 10 letters and digits."""
        return "X" + base64.b32encode(self._digest("token", text)).decode()[:9]

    def date(self, date: dt.date | None, patient_id: str) -> dt.date | None:
        """A date moved by the patient's own number of whole days; None if there is none.

        All dates of a patient, that of birth included, move alike: ages and intervals stay true.
        """
        if date is None:
            return None
        number = int.from_bytes(self._digest("days", patient_id)[:8])
        try:
            return date - dt.timedelta(days=_LEAST_SHIFT_DAYS + number % _SHIFTS)
        except OverflowError:
            return None

    def patient(self, patient: Patient) -> Patient:
        """A person without name, under a pseudonym."""
        return Patient(
            id=self.patient_id(patient.id),
            sex=patient.sex if patient.sex in _SEXES else "",
            birth_date=self.date(patient.birth_date, patient.id),
        )

    def study(self, study: Study, patient: Patient) -> Study:
        """A visit, its date moved.

        Args:
            study: As it came.
            patient: Whose it is, as it came.
        """
        return Study(
            uid=self.uid(study.uid),
            patient_id=self.patient_id(patient.id),
            date=self.date(study.date, patient.id),
            description=known_words(study.description, SEQUENCE_WORDS),
        )

    def series(self, series: Series, series_instance_uid: str = "") -> Series:
        """A series; its pixels, geometry and timing stay.

        Args:
            series: As it came.
            series_instance_uid: SeriesInstanceUID as the files tell it. Where it is given, a
                part of a divided series keeps its ending ``.1``, ``.2`` …
        """
        return replace(
            series,
            uid=self._series_uid(series.uid, series_instance_uid),
            study_uid=self.uid(series.study_uid),
            description=known_words(series.description, SEQUENCE_WORDS),
            body_part=known_words(series.body_part, SEQUENCE_WORDS),
            manufacturer=known_words(series.manufacturer, SCANNER_WORDS),
        )

    def _series_uid(self, uid: str, series_instance_uid: str) -> str:
        ending = uid.removeprefix(series_instance_uid) if series_instance_uid else ""
        if ending != uid and ending.startswith(".") and ending[1:].isdecimal():
            return self.uid(series_instance_uid) + ending
        return self.uid(uid)

    def _digest(self, purpose: str, text: str) -> bytes:
        message = f"{purpose}\0{text}".encode(errors="surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).digest()
