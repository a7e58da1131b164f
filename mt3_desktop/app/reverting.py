"""Back to what the model said: which of its notes the user's were made of, and which were taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from mt3_desktop.app.heard import Identity
from mt3_desktop.app.layers import LayerEdit, NoteLayers
from mt3_desktop.core.values import Note

REACH_SECONDS = 10.0
"""A note that is alike but further away is another one."""

_ALIKE: tuple[Callable[[Note], Hashable], ...] = (
    lambda note: (note.onset, note.offset, note.pitch, note.instrument),  # made louder or softer
    lambda note: (note.onset, note.pitch, note.instrument),  # made longer or shorter
    lambda note: (note.onset, note.offset, note.pitch, note.is_drum),  # given to another track
    lambda note: (note.onset, note.offset, note.instrument),  # transposed
    lambda note: (note.offset, note.pitch, note.instrument),  # made to begin elsewhere
    lambda note: (round(note.duration, 6), note.pitch, note.instrument, note.confidence),  # moved in time
    lambda note: (round(note.duration, 6), note.instrument, note.velocity, note.confidence),  # both ways
)
"""What two notes have in common if one was made of the other; the surest first."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of time, and of keys.

    Attributes:
        start: in seconds.
        end: in seconds, not included.
        keys: for pitches (False) and drums (True) the lowest and the highest; None: all of both.
    """

    start: float
    end: float
    keys: Mapping[bool, tuple[int, int]] | None = None

    @classmethod
    def around(cls, notes: Iterable[Note]) -> Passage:
        """What some notes span, at least one: a box around the pitches, another one around the drums."""
        notes = tuple(notes)
        keys = {}
        for is_drum in {note.is_drum for note in notes}:
            used = [note.pitch for note in notes if note.is_drum == is_drum]
            keys[is_drum] = (min(used), max(used))
        return cls(min(note.onset for note in notes), max(note.offset for note in notes), keys)

    def has(self, note: Note) -> bool:
        """Whether a note begins here."""
        if not self.start <= note.onset < self.end:
            return False
        if self.keys is None:
            return True
        low, high = self.keys.get(note.is_drum, (1, 0))
        return low <= note.pitch <= high


@dataclass(frozen=True, slots=True)
class _Taken:
    """A note of the model that is not to be seen: the user took it away or made another one of it."""

    identity: Identity
    note: Note


def reverted(layers: NoteLayers, notes: Iterable[Note], passage: Passage) -> LayerEdit:
    """What it means for the layers to undo by hand what was done to some notes, whenever that was.

    The user's notes among them go, and what each was made of comes back; so does what was deleted in the
    passage. How a note came to be is not written down, and needs not be: it is recognised by what it has in
    common with what was taken away. One that was drawn by hand just goes.

    Args:
        layers: as they are.
        notes: the notes to revert; those of the model are passed over.
        passage: where deleted notes come back.
    """
    taken = list(_taken(layers))
    origins = _origins(layers.own, taken)
    left = Counter(notes)
    chosen = []
    for index, note in enumerate(layers.own):
        if left[note] > 0:
            left[note] -= 1
            chosen.append(index)
    wanted = {origins[index] for index in chosen if index in origins}
    made_of = set(origins.values())
    returned = [
        one.identity
        for index, one in enumerate(taken)
        if index in wanted or (index not in made_of and passage.has(one.note))
    ]
    removed = {*chosen, *(index for index, origin in origins.items() if origin in wanted)}
    return LayerEdit(returned=tuple(returned), removed=tuple(layers.own[index] for index in sorted(removed)))


def _taken(layers: NoteLayers) -> Iterator[_Taken]:
    """What of the model's notes, and of what it thought possible, is not to be seen."""
    gone = Counter(layers.taken)
    onsets = {identity[0] for identity in gone}
    heard, sensitivity = layers.heard, layers.sensitivity
    for note in chain(heard.at(sensitivity), heard.beyond(sensitivity)) if gone else ():
        if note.onset in onsets and gone[identity := heard.identity(note)] > 0:
            gone[identity] -= 1
            yield _Taken(identity, layers.redirected(note))


def _origins(own: list[Note], taken: list[_Taken]) -> dict[int, int]:
    """Index of a user's note → index of the taken note that it was made of, where there is one."""
    origins: dict[int, int] = {}
    free = dict(enumerate(taken))
    for alike in _ALIKE:
        waiting: dict[Hashable, list[int]] = {}
        for index, one in free.items():
            waiting.setdefault(alike(one.note), []).append(index)
        for index, note in enumerate(own) if waiting else ():
            near = None if index in origins else waiting.get(alike(note))
            if near:
                best = min(near, key=lambda other: abs(taken[other].note.onset - note.onset))
                if abs(taken[best].note.onset - note.onset) <= REACH_SECONDS:
                    near.remove(best)
                    del free[best]
                    origins[index] = best
    return origins | _parts(own, taken, origins)


def _parts(own: list[Note], taken: list[_Taken], origins: Mapping[int, int]) -> dict[int, int]:
    """The same for what lies within a taken note: the other half of one that was split."""
    whole: dict[Hashable, list[int]] = {}
    for index, one in enumerate(taken):
        whole.setdefault((one.note.pitch, one.note.instrument), []).append(index)
    parts = {}
    for index, note in enumerate(own):
        if index in origins or note.is_drum:
            continue
        for other in whole.get((note.pitch, note.instrument), ()):
            if taken[other].note.onset <= note.onset < taken[other].note.offset:
                parts[index] = other
    return parts
