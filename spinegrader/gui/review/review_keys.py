"""The keys of the page Review, and what they do in words."""

from spinegrader.texts import for_translation

REVIEW_KEYS = (
    ("A", for_translation("Accept the model's grade")),
    ("0 … 9", for_translation("Overrule with this grade")),
    ("X", for_translation("Leave your answer as it is and go on")),
    ("U", for_translation("Unsure")),
    ("C", for_translation("Comment on your answer")),
    ("E", for_translation("Where the model's grade came from, or not")),
    ("S", for_translation("Only the study that is open in Read, or all studies again")),
    (for_translation("Enter, J"), for_translation("Go to the disc in Read")),
    (for_translation("Space"), for_translation("The plain image, or the overlays again")),
    (for_translation("Up, Down"), for_translation("Row before, next row")),
)
"""For the sheet of keys."""
