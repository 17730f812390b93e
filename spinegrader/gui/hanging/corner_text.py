"""What stands in the upper corners of an image."""

from spinegrader.domain.study import Series
from spinegrader.services.session import Session
from spinegrader.services.wording import series_title
from spinegrader.texts import translate


def corner_lines(session: Session, series: Series, *, identity_hidden: bool) -> tuple[str, ...]:
    """Patient, date, series and timing; no identity while it is hidden."""
    state = session.state
    study = state.studies[series.study_uid]
    patient = state.patient_of(series.study_uid)
    who = (
        translate("identity hidden") if identity_hidden else f"{patient.id}  {patient.name}".strip()
    )
    date = "" if identity_hidden or study.date is None else study.date.isoformat()
    timing = (
        f"{name} {value:.0f} ms"
        for name, value in (
            ("TR", series.repetition_time_ms),
            ("TE", series.echo_time_ms),
            ("TI", series.inversion_time_ms),
        )
        if value is not None
    )
    lines = (who, date, series_title(series), "  ".join(timing))
    return tuple(line for line in lines if line)
