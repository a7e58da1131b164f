"""The tracks of a document: names, colours and switches, kept also while a track has no notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from mt3_desktop.core.instruments import instrument_name
from mt3_desktop.core.tracks import Track, counted, played_by
from mt3_desktop.core.values import Instrument, Note


class TrackBook:
    """What is known of every instrument that a song has or had, and who plays the notes still to come.

    Attributes:
        redirects: instruments whose notes of the model go to another one, also those it has yet to give.
    """

    def __init__(
        self, known: Iterable[Track] = (), redirects: Mapping[Instrument, Instrument] | None = None
    ) -> None:
        """Begin with the tracks of a session, or none."""
        self._known = {track.instrument: track for track in known}
        self.redirects = dict(redirects or {})

    def __getitem__(self, instrument: Instrument) -> Track:
        return self._known[instrument]

    @property
    def known(self) -> tuple[Track, ...]:
        """All tracks, also those that have no notes now."""
        return tuple(self._known.values())

    def name(self, instrument: Instrument) -> str:
        """What a track is called, or would be."""
        track = self._known.get(instrument)
        return track.name if track else instrument_name(instrument)

    def names(self, instruments: Iterable[Instrument]) -> str:
        """What the tracks among some instruments are called."""
        return ", ".join(self._known[one].name for one in instruments if one in self._known)

    def counted(self, counts: Counter[Instrument]) -> tuple[Track, ...]:
        """The tracks that have notes; a new one gets a name and a colour."""
        tracks = counted(counts, self._known.values())
        self._known.update((track.instrument, track) for track in tracks)
        return tracks

    def switch(
        self, instrument: Instrument, *, shown: bool | None, muted: bool | None, level: float | None
    ) -> None:
        """Turn the switches of a track; None leaves one as it is."""
        track = self._known[instrument]
        self._known[instrument] = replace(
            track,
            shown=track.shown if shown is None else shown,
            muted=track.muted if muted is None else muted,
            level=track.level if level is None else level,
        )

    def solo(self, instrument: Instrument, is_on: bool, *, additive: bool) -> None:
        """Hear only this track; with `additive`, the other soloed ones as well."""
        for other, track in self._known.items():
            keep = track.soloed if additive else False
            self._known[other] = replace(track, soloed=is_on if other == instrument else keep)

    def look(self, track: Track) -> None:
        """Give a track the name and the colour of this value; its switches stay."""
        before = self._known[track.instrument]
        self._known[track.instrument] = replace(before, name=track.name, colour=track.colour)

    def redirected(self, note: Note) -> Note:
        """A note of the model as who plays it now."""
        target = self.redirects.get(note.instrument) if self.redirects else None
        return note if target is None else played_by(note, target)

    def redirects_after(
        self, chosen: Collection[Instrument], target: Instrument
    ) -> dict[Instrument, Instrument]:
        """The redirects once the notes of `chosen` go to `target`."""
        after = {old: target if new in chosen else new for old, new in self.redirects.items()}
        for instrument in chosen:
            after.setdefault(instrument, target)
        return {old: new for old, new in after.items() if old != new}
