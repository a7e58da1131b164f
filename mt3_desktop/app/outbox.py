"""Files that leave the window by drag or clipboard: written when asked for, kept until the program ends."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from mt3_desktop.app.exporting import song_name
from mt3_desktop.core import export
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Transcription


class Outbox:
    """A private temporary folder; other programs often read a dropped file late, so it stays until quit."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._n_written = 0

    def write(
        self,
        transcription: Transcription,
        tracks: Iterable[Track],
        name: str,
        *,
        tempo: Tempo | None = None,
    ) -> Path:
        """Write notes as a MIDI file.

        Args:
            transcription: the notes.
            tracks: names of the instruments.
            name: what the file is called, without ending.
            tempo: the bars that the file is to follow, or None for real time.

        Returns:
            The file; its name is `name`, in a folder of its own.

        Raises:
            NotWritable: if it cannot be written.
            DiskFull: if there is no room.
        """
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="mt3-desktop-", ignore_cleanup_errors=True)
        self._n_written += 1
        folder = Path(self._folder.name) / str(self._n_written)
        folder.mkdir()
        path = folder / f"{song_name('{song}', name, '')}.mid"
        return export.write(transcription, path, tracks=tracks, kind=export.Format.MIDI, tempo=tempo)

    def close(self) -> None:
        """Delete what was written."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
