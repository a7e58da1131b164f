"""Tables of figures, and how they compare with the last ones that were committed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

FIGURES = Path(__file__).parent / "figures"

Row = Mapping[str, float]


def last(name: str) -> dict[str, dict[str, float]]:
    """The committed figures of a benchmark: case → figures; nothing if there are none."""
    path = FIGURES / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def save(path: Path, rows: Mapping[str, Row]) -> None:
    """Write figures as JSON, merged into those of other cases in the file."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rounded = {case: {key: round(value, 3) for key, value in row.items()} for case, row in rows.items()}
    path.write_text(json.dumps(known | rounded, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def print_table(rows: Mapping[str, Row], before: Mapping[str, Row], *, compared: Sequence[str]) -> None:
    """Print cases as rows, and the ratio to the last figures under those that are compared.

    Args:
        rows: case → figure → value.
        before: the same, from before; may lack cases.
        compared: figures to compare.
    """
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    width = max(map(len, rows)) + 2
    print(" " * width + "".join(f"{name:>13}" for name in columns))
    for case, row in rows.items():
        print(f"{case:<{width}}" + "".join(f"{row.get(name, 0.0):>13,.2f}" for name in columns))
        old = before.get(case, {})
        ratios = {name: row[name] / old[name] for name in compared if old.get(name) and name in row}
        if ratios:
            cells = (f"{ratios[name]:>12.2f}x" if name in ratios else " " * 13 for name in columns)
            print(f"{'  against the last':<{width}}" + "".join(cells))
