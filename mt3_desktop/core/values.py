"""The values that travel through the program: notes, recordings, segments, results.

All are frozen; times are seconds as floats, never ticks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from pretty_midi import PrettyMIDI

    from mt3_desktop.core.candidates import Candidates

FloatArray: TypeAlias = "npt.NDArray[np.float32]"


class Instrument(NamedTuple):
    """What plays a note: a General MIDI program (0-127), or the drum kit."""

    program: int
    is_drum: bool = False


_PITCHED = tuple(Instrument(program) for program in range(128))
_DRUMS = Instrument(0, is_drum=True)
"""Made once: the notes of a song ask for theirs some hundred thousand times."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One note of a transcription.

    Attributes:
        onset: start in seconds.
        offset: end in seconds, later than `onset`.
        pitch: MIDI pitch 0-127; for drums the General MIDI percussion key.
        velocity: 1-127.
        program: General MIDI program 0-127; 0 for drums.
        is_drum: whether `pitch` names a drum.
        confidence: 0-1, or None where the model gives none.
    """

    onset: float
    offset: float
    pitch: int
    velocity: int
    program: int
    is_drum: bool = False
    confidence: float | None = None

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.offset - self.onset

    @property
    def instrument(self) -> Instrument:
        """What plays the note; all drums are one instrument."""
        return _DRUMS if self.is_drum else _PITCHED[self.program]


def sort_key(note: Note) -> tuple[float, bool, int, int, float]:
    """The order of notes in a `Transcription`: onset, then drums last, program, pitch, offset."""
    return (note.onset, note.is_drum, note.program, note.pitch, note.offset)


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """Mono sound.

    Attributes:
        samples: (n,) float32 in about [-1, 1], read-only; may be a memory map of a temporary file.
        sample_rate: samples per second.
        name: what to call it in messages, usually the file's name.
    """

    samples: FloatArray
    sample_rate: int
    name: str

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class SegmentNotes:
    """What became known with one more segment of the recording.

    The `notes` of all segments of a run, sorted by `sort_key`, are the notes of the transcription.

    Attributes:
        index: segment number from 0, in time order.
        count: segments in the whole recording.
        start: start of the segment in seconds.
        end: end of the segment in seconds: the recording is heard up to here.
        notes: final notes that are new; never taken back.
        sounding: notes still open at `end`, replaced by those of the next segment.
        invalid_events: events of this segment that broke a rule of the vocabulary.
        dropped_events: events of this segment that lay beyond its end.
        candidates: all that might be notes, those in `notes` among them; None from models that don't say.
            Joined over the run, their notes at `candidates.USUAL` are the notes of the transcription.
    """

    index: int
    count: int
    start: float
    end: float
    notes: tuple[Note, ...]
    sounding: tuple[Note, ...] = ()
    invalid_events: int = 0
    dropped_events: int = 0
    candidates: Candidates | None = None


@dataclass(frozen=True, slots=True)
class Transcription:
    """The notes found in one recording.

    Attributes:
        notes: in the order of `sort_key`.
        duration: length of the recording in seconds.
        model_id: id of the model that heard it.
        source: name of the recording.
        invalid_events: events of the model that broke a rule of its vocabulary.
        dropped_events: events that lay beyond their segment.
    """

    notes: tuple[Note, ...]
    duration: float
    model_id: str
    source: str
    invalid_events: int = 0
    dropped_events: int = 0

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Every instrument with a note, in the order of first appearance."""
        return tuple(dict.fromkeys(note.instrument for note in self.notes))

    def save(self, path: str | Path) -> Path:
        """Write the notes as a MIDI file (or .csv, .json by the name's ending).

        Returns:
            The path written.

        Raises:
            NotWritable: if the folder or file cannot be written.
            DiskFull: if there is no space.
        """
        from mt3_desktop.core import export

        return export.write(self, Path(path))

    def to_pretty_midi(self) -> PrettyMIDI:
        """The notes as a `pretty_midi.PrettyMIDI` object, one instrument per program."""
        from mt3_desktop.core import export

        return export.to_pretty_midi(self)
