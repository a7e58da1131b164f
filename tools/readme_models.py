"""Write the README's table of models from the catalogue: `python tools/readme_models.py`."""

from __future__ import annotations

import sys
from pathlib import Path

from mt3_desktop.core import families
from mt3_desktop.core.specs import ModelSpec

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- models: written by tools/readme_models.py -->", "<!-- end of models -->"
HEADING = (
    "| id | model | what it is good for | drums | singing | velocities | download | licence of the weights |"
)


def row(spec: ModelSpec) -> str:
    """One model as a line of the table."""
    can = ("yes" if ability else "no" for ability in _abilities(spec))
    size = (
        "none: part of the program"
        if spec.checkpoint is None
        else f"{spec.checkpoint.size_bytes / 1e6:.0f} MB"
    )
    return f"| `{spec.id}` | {spec.title} | {spec.summary} | {' | '.join(can)} | {size} | {spec.licence} |"


def table() -> str:
    """The whole table in Markdown: the models that come with the program, not those of other packages."""
    own = [
        spec
        for spec in families.specs()
        if families.family_of(spec).build.__module__.startswith("mt3_desktop.")
    ]
    return "\n".join([HEADING, "|" + " --- |" * (HEADING.count("|") - 1), *map(row, own)])


def with_table(text: str) -> str:
    """A README with the table between its two marks brought up to date."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def main() -> int:
    """Bring README.md up to date."""
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _abilities(spec: ModelSpec) -> tuple[bool, bool, bool]:
    return spec.abilities.drums, spec.abilities.singing, spec.abilities.velocities


if __name__ == "__main__":
    sys.exit(main())
