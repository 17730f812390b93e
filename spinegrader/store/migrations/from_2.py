"""Layout 2 to 3: grades have a mode and a reason; the rows of a study or series stand together.

Comments have a table of their own, a prediction's probabilities and a disc's outline stand in
its own row, and there is an audit trail.
"""

from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from spinegrader.store.migrations.plain import columns_of, rewrite, write_columns

_NOT_RECORDED = "not recorded"
_KEY = ("study_uid", "disc", "grading", "reader", "reading", "revision")
_DIGITS = 10


def migrated_edit(edit: dict[str, Any]) -> dict[str, Any]:
    """Grades get a mode and a reason; whatever else was changed stays as it is."""
    if edit["kind"] == "group":
        return edit | {"edits": [migrated_edit(single) for single in edit["edits"]]}
    if edit["kind"] != "grade":
        return edit
    before = edit["before"]
    return edit | {
        "before": None if before is None else _migrated_grade(before),
        "after": _migrated_grade(edit["after"]),
    }


def _migrated_grade(grade: dict[str, Any]) -> dict[str, Any]:
    # What is there already stays: a journal whose first line is damaged may be a newer one.
    return {
        "mode": "assisted" if grade["prediction_visible"] else "blinded",
        "reason": "" if grade["revision"] == 1 else _NOT_RECORDED,
    } | grade


def migrate_tables(file: h5py.File) -> None:
    """Rewrites what is laid out otherwise; the audit trail begins empty."""
    _migrate_grades(file)
    _migrate_predictions(file)
    _migrate_discs(file)
    _group_by_study(file)
    journals = columns_of(file["journals"][()])
    unknown = ["?"] * len(journals["session"])
    rewrite(file, "journals", journals | {"left_out": unknown})
    write_columns(
        file,
        "audit",
        {name: [] for name in ("at", "session", "by", "kind", "record", "title", "checksum")}
        | {"number": np.zeros(0, "<i8")},
    )


def _migrate_grades(file: h5py.File) -> None:
    rows = _grouped(file["grades"][()], "study_uid")
    columns = columns_of(rows)
    comments = columns.pop("comment")
    columns["mode"] = ["assisted" if seen else "blinded" for seen in rows["prediction_visible"]]
    columns["reason"] = ["" if number == 1 else _NOT_RECORDED for number in rows["revision"]]
    rewrite(file, "grades", columns)
    commented = [index for index, text in enumerate(comments) if text]
    chosen = {name: columns_of(rows[commented])[name] for name in _KEY}
    write_columns(file, "comments", chosen | {"text": [comments[index] for index in commented]})


def _migrate_predictions(file: h5py.File) -> None:
    classes = file["prediction_classes"][()]
    rows = _grouped(file["predictions"][()], "study_uid")
    probabilities = np.full((len(rows), _DIGITS), np.nan)
    for index, row in enumerate(rows):
        own = classes[row["first_class"] : row["first_class"] + row["classes"]]
        probabilities[index, own["value"]] = own["probability"]
    columns = columns_of(rows)
    del columns["first_class"], columns["classes"], file["prediction_classes"]
    settings = [""] * len(rows)
    rewrite(file, "predictions", columns | {"probabilities": probabilities, "settings": settings})


def _migrate_discs(file: h5py.File) -> None:
    points = file["overlays/disc_points_mm"][()]
    discs = file["overlays/discs"][()]
    most = int(discs["points"].max(initial=0))
    outlines = np.full((len(discs), most, 3), np.nan)
    for outline, row in zip(outlines, discs, strict=True):
        outline[: row["points"]] = points[row["first_point"] :][: row["points"]]
    columns = columns_of(discs)
    del columns["first_point"], columns["points"], file["overlays/disc_points_mm"]
    rewrite(file, "overlays/discs", columns | {"outline_mm": outlines})


def _group_by_study(file: h5py.File) -> None:
    series = _grouped(file["series"][()], "study_uid")
    rewrite(file, "series", columns_of(series))
    study_of = dict(zip(series["uid"].tolist(), series["study_uid"].tolist(), strict=True))
    stacks = columns_of(file["further_stacks"][()])
    stacks["study_uid"] = [study_of[uid.encode()].decode() for uid in stacks["series_uid"]]
    rewrite(file, "further_stacks", stacks)


def _grouped(rows: npt.NDArray[Any], column: str) -> npt.NDArray[Any]:
    """The rows with those of one group together, else in their order."""
    groups = rows[column].astype("S")
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    return rows[np.argsort(first[group], kind="stable")]
