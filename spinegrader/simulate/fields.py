"""Arrays of samples, as the simulator's parts hand them to one another."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Field: TypeAlias = npt.NDArray[np.floating[Any]]
"""A value at each sample. Single precision throughout, for speed; NumPy's types can't say so."""

Labels: TypeAlias = npt.NDArray[np.uint8]
"""A structure at each sample."""
