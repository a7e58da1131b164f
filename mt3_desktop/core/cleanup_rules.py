"""What a clean-up is to do, as a value that is kept with a song."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from mt3_desktop.core.instruments import FAMILY_NAMES


@dataclass(frozen=True, slots=True)
class Rules:
    """What to clean up; the defaults change nothing.

    Drums are only touched by `min_confidence`, `quantise` and leakage.

    Attributes:
        min_seconds: hide shorter notes.
        join_seconds: join notes of one pitch and instrument with a gap of at most this between them; 0 joins
            none.
        hide_doubles: of notes of one pitch that begin together on several instruments, or twice on one, keep
            that of the instrument with the most notes, then the longest.
        lowest: hide lower pitches.
        highest: hide higher pitches.
        collapsed_families: General MIDI families (0-15) whose notes all go to the family's most used program.
        merge_strays: give the notes of stray instruments to the nearest one.
        min_confidence: hide notes of which the model was less sure; those without a figure stay.
        drum_leakage_filter: undo drums that were heard as pitched notes, by the shares of the song.
        quantise: 0-1, how far the starts of all notes are moved to the grid of the bars; lengths stay, and
            without bars nothing moves.
    """

    min_seconds: float = 0.0
    join_seconds: float = 0.0
    hide_doubles: bool = False
    lowest: int = 0
    highest: int = 127
    collapsed_families: tuple[int, ...] = ()
    merge_strays: bool = False
    min_confidence: float = 0.0
    drum_leakage_filter: bool = False
    quantise: float = 0.0

    def __post_init__(self) -> None:
        if not all(0 <= family < len(FAMILY_NAMES) for family in self.collapsed_families):
            raise ValueError(f"families are 0-15, not {self.collapsed_families}")

    def to_plain(self) -> dict[str, int | float | bool | str | None]:
        """The rules in words that JSON knows; `from_plain` takes them back."""
        plain: dict[str, int | float | bool | str | None] = {
            field.name: getattr(self, field.name) for field in fields(self) if field.name != _FAMILIES
        }
        return plain | {_FAMILIES: ",".join(map(str, self.collapsed_families))}

    @classmethod
    def from_plain(cls, plain: Mapping[str, object]) -> Rules:
        """The rules that `to_plain` gave; names that this version does not know are passed over.

        Raises:
            ValueError: if a value is not what it should be.
        """
        known = {field.name: field.default for field in fields(cls)}
        values: dict[str, object] = {}
        for name, value in plain.items():
            if name == _FAMILIES:
                values[name] = tuple(int(part) for part in str(value).split(",") if part)
            elif name in known:
                values[name] = _like(known[name], value)
        return cls(**values)  # type: ignore[arg-type]  # each was compared with its default


_FAMILIES = "collapsed_families"


def _like(default: object, value: object) -> object:
    """The value, if it is of the kind of the default."""
    if isinstance(default, float) and type(value) in (int, float):
        return float(value)  # type: ignore[arg-type]  # compared in the line above
    if type(value) is not type(default):
        raise ValueError(f"{value!r} is not like {default!r}")
    return value
