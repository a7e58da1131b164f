"""Which commands make sense now: a pure function of what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mt3_desktop.app.job import Job, JobState

if TYPE_CHECKING:
    from mt3_desktop.app.document import TranscriptionDocument

_STOPPABLE = frozenset({JobState.RUNNING, JobState.QUEUED, JobState.WAITING})
_RESUMABLE = frozenset({JobState.CANCELLED, JobState.FAILED})


def has_notes(document: TranscriptionDocument | None) -> bool:
    """Whether there is anything to export."""
    return document is not None and bool(document.n_notes or document.sounding)


def possible(
    job: Job | None,
    document: TranscriptionDocument | None,
    jobs: Sequence[Job],
    chosen: Sequence[Job] = (),
) -> dict[str, bool]:
    """Whether each command that depends on the song makes sense, by its id.

    Args:
        job: the song on show, or None.
        document: its document.
        jobs: the results of all songs.
        chosen: the songs that are selected, if several are.
    """
    chosen = chosen or ([] if job is None else [job])
    is_song = job is not None
    can_export = has_notes(document)
    has_results = job is not None and sum(one.path == job.path for one in jobs) > 1
    has_bars = document is not None and document.tempo is not None
    return {
        "export": can_export,
        "export_again": can_export,
        "copy_midi": can_export,
        "save_session": is_song,
        "save_session_as": is_song,
        "transcribe": any(one.can_start for one in chosen),
        "resume": any(one.state in _RESUMABLE for one in chosen),
        "stop": any(one.state in _STOPPABLE for one in chosen),
        "next_result": has_results,
        "compare": has_results,
        "remove": is_song,
        "move_up": is_song,
        "move_down": is_song,
        "show_source": is_song,
        "locate": is_song,
        "play": is_song,
        "to_start": is_song,
        "to_end": is_song,
        "tap_tempo": is_song,
        "bar_one": is_song,
        "half_tempo": has_bars,
        "double_tempo": has_bars,
        "no_bars": has_bars,
        "undo": document is not None and document.undo_stack.canUndo(),
        "redo": document is not None and document.undo_stack.canRedo(),
        "transcribe_all": any(one.state is JobState.READY for one in jobs),
        "clear_done": any(one.state is JobState.DONE for one in jobs),
    }
