"""Documents ↔ takes: what a session says about a song, and what the window shows of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType

from mt3_desktop.app.job import JobState
from mt3_desktop.app.kept_document import KeptDocument
from mt3_desktop.core.cleanup import Rules
from mt3_desktop.core.pipeline import Resume
from mt3_desktop.core.session import Plain, Take
from mt3_desktop.core.tempo import Tempo

log = logging.getLogger(__name__)

_BARS = frozenset(field.name for field in fields(Tempo))


def state_of(take: Take) -> JobState:
    """Where a song stands that comes back."""
    if take.is_complete:
        return JobState.DONE
    return JobState.CANCELLED if take.next_segment else JobState.READY


def take_of(model_id: str, kept: KeptDocument) -> Take:
    """A document as a take; its view belongs to the session."""
    return Take(
        model_id=model_id,
        raw=kept.progress.notes,
        sounding=kept.progress.sounding,
        edited=kept.notes,
        tracks=kept.tracks,
        redirects=MappingProxyType(kept.redirects),
        cleanup=MappingProxyType(kept.rules.to_plain()),
        next_segment=kept.progress.first_segment,
        duration=kept.duration,
        heard_until=kept.heard_until,
        is_complete=kept.is_complete,
        invalid_events=kept.progress.invalid_events,
        dropped_events=kept.progress.dropped_events,
    )


def view_of(kept: KeptDocument) -> Mapping[str, Plain]:
    """How a song is looked at, as a session keeps it: zoom and the like, and the bars laid over it."""
    bars = {} if kept.tempo is None else kept.tempo.to_plain()
    return MappingProxyType({**kept.view, **bars})


def kept_of(take: Take, view: Mapping[str, Plain]) -> KeptDocument:
    """What a document becomes from a take.

    Args:
        take: what a model heard.
        view: the view of the session.
    """
    progress = Resume(
        first_segment=take.next_segment,
        notes=take.raw,
        sounding=take.sounding,
        invalid_events=take.invalid_events,
        dropped_events=take.dropped_events,
    )
    return KeptDocument(
        notes=take.raw if take.edited is None else take.edited,
        tracks=take.tracks,
        redirects=dict(take.redirects),
        progress=progress,
        duration=take.duration,
        heard_until=take.heard_until,
        is_complete=take.is_complete,
        rules=_rules_of(take),
        tempo=_tempo_of(view),
        view={name: value for name, value in view.items() if name not in _BARS},
    )


def _rules_of(take: Take) -> Rules:
    """The clean-up of a take; it is no reason to lose the song if it can't be read."""
    try:
        return Rules.from_plain(take.cleanup)
    except ValueError as error:
        log.info("the clean-up of a session is passed over: %s", error)
        return Rules()


def _tempo_of(view: Mapping[str, Plain]) -> Tempo | None:
    """The bars in a view; as with the clean-up."""
    try:
        return Tempo.from_plain(view)
    except ValueError as error:
        log.info("the bars of a session are passed over: %s", error)
        return None
