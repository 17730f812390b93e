"""What the program is, and what it is not."""

from spinegrader import __version__

ABOUT_HTML = f"""
<h3>SpineGrader {__version__}</h3>
<p>Reading, self-supervised training and review of sagittal lumbar MR.</p>
<p><b>Research use. Not a medical device.</b></p>
<p>The method follows Jamaludin, Kadir and Zisserman,
“Self-supervised learning for spinal MRIs”, DLMIA 2017.</p>
<p>Apache License 2.0. Qt and PySide6 are used under the LGPL.</p>
"""
