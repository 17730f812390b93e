"""The tables of project.h5; docs/store.md tells readers of the file what they mean.

A text that isn't known is empty, a number that isn't known is NaN. Times are UTC in ISO 8601.
"""

from spinegrader.store.tables import Column, Kind, Table

_STAMP = (Column("changed_at"), Column("changed_session"), Column("changed_number", Kind.WHOLE))

PATIENTS = Table(
    "patients",
    "Patient records, under the PatientID of their images; links/patients tells which are one "
    "person.",
    (Column("id"), Column("name"), Column("sex"), Column("birth_date")),
)

STUDIES = Table(
    "studies",
    "Visits.",
    (Column("uid"), Column("patient_id"), Column("date"), Column("description")),
)

SERIES = Table(
    "series",
    "Slices of one contrast and plane; pixels/<pixels>.h5 holds the image. The affine takes "
    "(column, row, slice, 1) to LPS millimetres; the shape is slices, rows, columns. The slice "
    "hashes end with a comma each; one is empty for a blank slice.",
    (
        Column("uid"),
        Column("study_uid"),
        Column("pixels"),
        Column("affine", Kind.REAL, (4, 4)),
        Column("shape", Kind.WHOLE, (3,)),
        Column("plane", Kind.CHOICE),
        Column("weighting", Kind.CHOICE),
        Column("description"),
        Column("number", Kind.WHOLE),
        Column("body_part"),
        Column("manufacturer"),
        Column("field_strength_t", Kind.REAL),
        Column("repetition_time_ms", Kind.REAL),
        Column("echo_time_ms", Kind.REAL),
        Column("inversion_time_ms", Kind.REAL),
        Column("slice_thickness_mm", Kind.REAL),
        Column("window", Kind.REAL, (2,)),
        Column("slice_hashes"),
    ),
)

FURTHER_STACKS = Table(
    "further_stacks",
    "Stacks beyond the first of series whose slices are tilted differently, in order.",
    (
        Column("study_uid"),
        Column("series_uid"),
        Column("pixels"),
        Column("affine", Kind.REAL, (4, 4)),
        Column("shape", Kind.WHOLE, (3,)),
    ),
)

OVERLAYS = Table(
    "overlays/series",
    "Which series have vertebrae drawn on them; not drawn means that they were removed again. The "
    "basis is what the levels were counted from, the transition the kind of the lumbosacral "
    "junction. A doubtful count was proposed and not yet looked at: the doubted level could be "
    "another one, and those that are counted on follow from it.",
    (
        Column("series_uid"),
        Column("drawn", Kind.FLAG),
        Column("state"),
        Column("author"),
        Column("basis", Kind.CHOICE),
        Column("transition", Kind.CHOICE),
        Column("is_doubtful", Kind.FLAG),
        Column("doubted_level", Kind.CHOICE),
        Column("could_be", Kind.CHOICE),
        Column("counted_on", Kind.CHOICE),
        *_STAMP,
    ),
)

VERTEBRAE = Table(
    "overlays/vertebrae",
    "Vertebral bodies, from head to feet. Corners in LPS millimetres: anterior-superior, "
    "posterior-superior, posterior-inferior, anterior-inferior.",
    (
        Column("series_uid"),
        Column("level"),
        Column("corners_mm", Kind.REAL, (4, 3)),
        Column("confidence", Kind.REAL),
    ),
)

_DISC = (Column("series_uid"), Column("level"), Column("outline_mm", Kind.REAL, (-1, 3)))

DISCS = Table(
    "overlays/discs",
    "Discs that follow from the vertebrae; those with an outline of their own stand in "
    "overlays/edited_discs instead. The outline is a closed polygon in LPS millimetres; shorter "
    "ones end in NaN.",
    _DISC,
)

EDITED_DISCS = Table(
    "overlays/edited_discs",
    "Discs whose outline a reader drew, or the detector found in the image; otherwise like "
    "overlays/discs.",
    (*_DISC, Column("is_found", Kind.FLAG)),
)

MISSING_LEVELS = Table(
    "overlays/missing",
    "Levels that are not drawn, and why: the person doesn't have them, or the images don't show "
    "them.",
    (Column("series_uid"), Column("level"), Column("absence")),
)

_GRADE_KEY = (
    Column("study_uid"),
    Column("disc", Kind.CHOICE),
    Column("grading", Kind.CHOICE),
    Column("reader", Kind.CHOICE),
    Column("reading", Kind.WHOLE),
    Column("revision", Kind.WHOLE),
)

GRADES = Table(
    "grades",
    "Every answer that a reader ever gave, and why it replaced the one before. The highest "
    "revision of the same study, disc, grading, reader and reading is the one in force. Reading 0 "
    "holds adjudicated answers, whose reason says whose answers they settle. Value -1 means none.",
    (
        *_GRADE_KEY,
        Column("answer", Kind.CHOICE),
        Column("value", Kind.WHOLE),
        Column("graded_at"),
        Column("seconds", Kind.REAL),
        Column("mode", Kind.CHOICE),
        Column("prediction_visible", Kind.FLAG),
        Column("accepted_prediction"),
        Column("reason", Kind.CHOICE),
        Column("program_version", Kind.CHOICE),
    ),
)

COMMENTS = Table(
    "comments",
    "What readers wrote beside their answers.",
    (*_GRADE_KEY, Column("text")),
)

PREDICTIONS = Table(
    "predictions",
    "Grades of models. Probabilities are those of the grades 0 to 9, NaN where the grading has no "
    "such grade; value and confidence are those of the most probable one. Settings are JSON.",
    (
        Column("id"),
        Column("study_uid"),
        Column("series_uid"),
        Column("disc", Kind.CHOICE),
        Column("grading", Kind.CHOICE),
        Column("value", Kind.WHOLE),
        Column("confidence", Kind.REAL),
        Column("probabilities", Kind.REAL, (10,)),
        Column("run", Kind.CHOICE),
        Column("model_hash", Kind.CHOICE),
        Column("settings", Kind.CHOICE),
        Column("predicted_at"),
    ),
)

FLAGS = Table(
    "readings/flags",
    "Studies that somebody should look at; not raised means that the flag was lowered again.",
    (Column("study_uid"), Column("raised", Kind.FLAG), Column("by"), Column("text"), *_STAMP),
)

ASKED_READINGS = Table(
    "readings/asked",
    "Which reading of a study is asked of a reader, where it was ever another than the first.",
    (Column("study_uid"), Column("reader"), Column("reading", Kind.WHOLE), *_STAMP),
)

UNBLINDED_READINGS = Table(
    "readings/unblinded",
    "Readings that are not blinded any more, and since when: a model's or another reader's grades "
    "were on screen.",
    (
        Column("study_uid"),
        Column("reader", Kind.CHOICE),
        Column("reading", Kind.WHOLE),
        Column("since"),
    ),
)

SCHEME_GRADINGS = Table(
    "scheme/gradings",
    "The gradings of the project's scheme.",
    (Column("id"), Column("name"), Column("scale")),
)

SCHEME_CLASSES = Table(
    "scheme/classes",
    "What each grade of each grading means.",
    (Column("grading"), Column("value", Kind.WHOLE), Column("label"), Column("meaning")),
)

AUDIT = Table(
    "audit",
    "Every change but grades and predictions, whose own tables are their trail: who changed what "
    "when, and the checksum of the line in the journal that tells from what to what.",
    (
        Column("at"),
        Column("session", Kind.CHOICE),
        Column("number", Kind.WHOLE),
        Column("by", Kind.CHOICE),
        Column("kind", Kind.CHOICE),
        Column("record"),
        Column("title", Kind.CHOICE),
        Column("checksum"),
    ),
)

SETTINGS = Table(
    "settings",
    "Settings of the project as JSON text; not set means that it was taken back.",
    (Column("name"), Column("is_set", Kind.FLAG), Column("value"), *_STAMP),
)

PATIENT_LINKS = Table(
    "links/patients",
    "With which patient record another stands as one person; empty where it is on its own again.",
    (Column("patient_id"), Column("stands_with"), *_STAMP),
)

STUDY_LINKS = Table(
    "links/studies",
    "Which study another is a duplicate of; empty where it is one of its own again. It counts "
    "only while both are of one person.",
    (Column("study_uid"), Column("duplicate_of"), *_STAMP),
)

APART = Table(
    "links/apart",
    "Pairs of patients or studies that a reader has looked at: apart means not the same.",
    (Column("kind"), Column("first"), Column("second"), Column("apart", Kind.FLAG), *_STAMP),
)

ONCE_LINKED = Table(
    "links/once",
    "Pairs of patient records that were ever linked, those split again included.",
    (Column("first"), Column("second")),
)

JOURNALS = Table(
    "journals",
    "How much of each journal is in this file. The changes of lines that could not be read when "
    "they should have come in are left out: numbers and ranges, or ? where that isn't known.",
    (
        Column("session"),
        Column("last_number", Kind.WHOLE),
        Column("last_checksum"),
        Column("offset_bytes", Kind.WHOLE),
        Column("size_bytes", Kind.WHOLE),
        Column("last_at"),
        Column("left_out"),
    ),
)
