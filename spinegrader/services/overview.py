"""What a project holds, in plain data and in words."""

from typing import Any

from spinegrader.services.session import Session


def describe(session: Session) -> dict[str, Any]:
    """Patients with their studies and series, and counts of what was added to them."""
    from spinegrader.model.runs import list_runs

    state = session.state
    patients: list[dict[str, Any]] = [
        {
            "id": patient_id,
            "records": list(state.records_of(patient_id)),
            "studies": [
                {
                    "uid": study.uid,
                    "date": str(study.date or ""),
                    "description": study.description,
                    "duplicates": list(state.duplicates_of(study.uid)),
                    "series": [
                        {
                            "uid": series.uid,
                            "description": series.description,
                            "plane": str(series.plane),
                            "weighting": str(series.weighting),
                            "shape": [series.slice_count, *series.geometry.shape[1:]],
                            "stacks": len(series.stacks),
                            "vertebrae": _vertebrae(session, series.uid),
                        }
                        for series in state.series_of(study.uid)
                    ],
                    "grades": sum(1 for _ in state.grades_of_study(study.uid)),
                }
                for study in state.studies_of(patient_id)
            ],
        }
        for patient_id in state.people()
    ]
    return {
        "project": str(session.store.folder),
        "patients": patients,
        "grades": sum(1 for uid in state.studies for _ in state.grades_of_study(uid)),
        "predictions": len(state.predictions),
        "runs": [
            {"name": card.name, "kind": card.kind, "state": card.state, "epochs": card.epochs_done}
            for card in list_runs(session.store.runs_folder)
        ],
    }


def _vertebrae(session: Session, series_uid: str) -> list[str]:
    overlay = session.state.overlay(series_uid)
    return [] if overlay is None else [str(item.level) for item in overlay.vertebrae]


def in_words(document: dict[str, Any]) -> str:
    """The same for a person."""
    lines = []
    for patient in document["patients"]:
        lines.append(" = ".join(patient["records"]))
        for study in patient["studies"]:
            lines.append(f"  {study['date'] or 'no date'}  {study['description']}".rstrip())
            for series in study["series"]:
                shape = " x ".join(map(str, series["shape"]))
                drawn = f", {len(series['vertebrae'])} vertebrae" if series["vertebrae"] else ""
                lines.append(f"    {series['plane']} {series['weighting']}, {shape}{drawn}")
    lines.append(
        f"{len(document['patients'])} patients, {document['grades']} grades, "
        f"{document['predictions']} predictions, {len(document['runs'])} runs."
    )
    return "\n".join(lines)
