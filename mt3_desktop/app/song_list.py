"""The order of the library: songs, each with its results, one of which is on show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import Job
from mt3_desktop.app.song import Song
from mt3_desktop.core.pipeline import Request


@dataclass(slots=True)
class Result:
    """What a model made of a song, or is to make of it: a job with its document."""

    job: Job
    document: TranscriptionDocument

    @property
    def request(self) -> Request:
        """What the worker is to do for it, from where it stands."""
        job = self.job
        return Request(
            path=job.path,
            model=job.model_id,
            device=job.device,
            span=self.document.span,
            accept_damaged=job.accepts_damaged,
            accept_silent=job.accepts_silent,
            auto_download=False,  # the network is used after a click that says so, in `ModelLibrary`
            resume=self.document.progress,
        )


@dataclass(slots=True, eq=False)
class ListedSong:
    """A song in its place.

    Attributes:
        song: the recording.
        results: at least one, in the order in which they were asked for.
        current: the one that is shown, heard and exported.
    """

    song: Song
    results: list[Result]
    current: Result


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a result was: for `SongList.put_back`."""

    song: int
    result: int
    was_current: bool


@dataclass(slots=True)
class SongList:
    """Songs in the order of the library. A song is here as long as it has a result."""

    _songs: list[ListedSong] = field(default_factory=list)
    _places: dict[int, _Place] = field(default_factory=dict)

    @property
    def songs(self) -> tuple[ListedSong, ...]:
        """The songs, in order."""
        return tuple(self._songs)

    def __iter__(self) -> Iterator[Result]:
        """All results, song by song."""
        return (result for listed in self._songs for result in listed.results)

    def result(self, job_id: int) -> Result:
        """A result by its job.

        Raises:
            KeyError: if it is not here.
        """
        for result in self:
            if result.job.id == job_id:
                return result
        raise KeyError(job_id)

    def of(self, job_id: int) -> ListedSong:
        """The song that a job is about.

        Raises:
            KeyError: if it is not here.
        """
        return self.listed(self.result(job_id).document.song)

    def listed(self, song: Song) -> ListedSong:
        """A song with its results.

        Raises:
            KeyError: if it is not here.
        """
        found = self._find(song)
        if found is None:
            raise KeyError(song.name)
        return found

    def at(self, path: Path) -> ListedSong | None:
        """The song whose recording lies there, or None."""
        return next((listed for listed in self._songs if listed.song.path == path), None)

    def add(self, result: Result) -> None:
        """Put a result behind the others of its song, a new song at the end; it becomes the current one."""
        listed = self._find(result.document.song)
        if listed is None:
            self._songs.append(ListedSong(result.document.song, [result], result))
        else:
            listed.results.append(result)
            listed.current = result

    def take_away(self, job_id: int) -> Result:
        """Remove a result, and its song with the last one; `put_back` knows the place.

        Raises:
            KeyError: if it is not here.
        """
        result, listed = self.result(job_id), self.of(job_id)
        place = listed.results.index(result)
        was_current = listed.current is result
        self._places[job_id] = _Place(self._songs.index(listed), place, was_current)
        del listed.results[place]
        if not listed.results:
            self._songs.remove(listed)
        elif was_current:
            listed.current = listed.results[max(0, place - 1)]
        return result

    def put_back(self, result: Result) -> None:
        """Bring a result back to where it was."""
        place = self._places.pop(result.job.id)
        listed = self._find(result.document.song)
        if listed is None:
            self._songs.insert(place.song, ListedSong(result.document.song, [result], result))
        else:
            listed.results.insert(place.result, result)
            if place.was_current:
                listed.current = result

    def move(self, job_id: int, steps: int) -> bool:
        """Move a song up (negative) or down.

        Returns:
            Whether it has another place now.
        """
        listed = self.of(job_id)
        place = self._songs.index(listed)
        target = max(0, min(len(self._songs) - 1, place + steps))
        self._songs.insert(target, self._songs.pop(place))
        return target != place

    def _find(self, song: Song) -> ListedSong | None:
        return next((listed for listed in self._songs if listed.song is song), None)
