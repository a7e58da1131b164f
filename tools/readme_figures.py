"""Write the README's tables of quality and speed from the figures: `python -m tools.readme_figures`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import last

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- figures: written by tools/readme_figures.py -->", "<!-- end of figures -->"
SETS = {"real": "recordings", "synth": "renders"}
QUALITY = ("onset", "with offset", "right family", "drums")


def tables() -> str:
    """Both tables in Markdown."""
    quality = ["| model | heard | " + " | ".join(QUALITY) + " |", "|" + " --- |" * (2 + len(QUALITY))]
    speed = ["| model | sound | × real time | memory at most |", "|" + " --- |" * 4]
    ratios = ["| the same weights in mt3-infer 0.2.0 | times the processor seconds |", "| --- | --- |"]
    return "\n".join([*quality, *_quality(), "", *speed, *_speed(), "", *ratios, *_ratios()])


def with_tables(text: str) -> str:
    """A README with the tables between their two marks brought up to date."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n{tables()}\n{END}{after}"


def main() -> int:
    """Bring README.md up to date."""
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _quality() -> Iterator[str]:
    for case, row in last("quality").items():
        model, name = case.split(", ")
        heard = f"{row['clips']:.0f} {SETS.get(name, name)}, {row['seconds']:.0f} s"
        yield f"| `{model}` | {heard} | " + " | ".join(f"{row[name]:.1f}" for name in QUALITY) + " |"


def _speed() -> Iterator[str]:
    for case, row in last("transcribe").items():
        model, seconds, *rest = case.removesuffix(", cpu").split(", ")
        sound = f"{seconds}, {row['tokens']:.0f} tokens a segment" if rest else seconds
        times = float(seconds.removesuffix(" s")) / row["cpu s"]
        yield f"| `{model}` | {sound} | {times:.1f} | {row['peak MB']:.0f} MB |"


def _ratios() -> Iterator[str]:
    for case, row in last("peer").items():
        model, rest = case.split(", ", 1)
        yield f"| `{model}`, {rest} a segment | {row['ratio']:.1f} |"


if __name__ == "__main__":
    sys.exit(main())
