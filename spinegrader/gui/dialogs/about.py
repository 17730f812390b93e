"""What the program is, and what it is not."""

from html import escape

from spinegrader import __version__
from spinegrader.services.model_words import said_of_shipped_models
from spinegrader.services.wording import RESEARCH_NOTICE
from spinegrader.texts import translate


def about_html() -> str:
    """The text of the box, in HTML."""
    purpose = translate("Reading, self-supervised training and review of sagittal lumbar MR.")
    method = translate(
        "The method follows Jamaludin, Kadir and Zisserman, “Self-supervised learning for spinal "
        "MRIs”, DLMIA 2017."
    )
    licence = translate("Apache License 2.0. Qt and PySide6 are used under the LGPL.")
    models = " ".join(map(escape, said_of_shipped_models()))
    return (
        f"<h3>SpineGrader {__version__}</h3><p>{purpose}</p>"
        f"<p><b>{translate(RESEARCH_NOTICE)}</b></p><p>{method}</p>"
        f"<p>{models}</p><p>{licence}</p>"
    )
