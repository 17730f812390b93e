"""The points of a learning curve as a tidy table."""

import csv
import io
from dataclasses import asdict

from spinegrader.model.learning_curve_report import CurveReport

_INTERVALS = ("accuracy_interval", "kappa_interval", "gain_interval")


def curve_csv(report: CurveReport) -> str:
    """One line for each row and size, intervals as two columns, what isn't defined left empty.

    Returns:
        CSV; its column ``simulated`` says for each line whether people are simulated.
    """
    text = io.StringIO(newline="")
    lines = [_line(asdict(point)) for point in report.points]
    names = list(lines[0]) if lines else []
    table = csv.DictWriter(text, [*names, "simulated"])
    table.writeheader()
    for line in lines:
        table.writerow(line | {"simulated": int(report.card.is_simulated)})
    return text.getvalue()


def _line(point: dict[str, object]) -> dict[str, object]:
    line: dict[str, object] = {}
    for name, value in point.items():
        if name not in _INTERVALS:
            line[name] = value
            continue
        low, high = value if isinstance(value, tuple) else (None, None)
        line |= {name.replace("interval", "low"): low, name.replace("interval", "high"): high}
    return line
