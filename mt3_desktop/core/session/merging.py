"""Sessions about the same recording become one: a song is one row of the library, whoever listened to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from mt3_desktop.core.session.values import AudioReference, Session, Take


@dataclass(frozen=True, slots=True)
class Merged:
    """A song.

    Attributes:
        session: all that is known of it.
        absorbed: ids of the sessions that are in it now, and no longer needed once it is on disk.
    """

    session: Session
    absorbed: tuple[str, ...] = ()


def merged(sessions: Iterable[Session]) -> tuple[Merged, ...]:
    """Sessions with those of the same recording put together.

    Up to version 1 every result was a session of its own. A result that is in two sessions, as after a crash
    between writing the new and deleting the old, is taken once.

    Args:
        sessions: the one changed last in front: its view, its current result and its id are kept.

    Returns:
        The songs, in the order of their first sessions.
    """
    groups: list[list[Session]] = []
    for session in sessions:
        group = next((one for one in groups if _is_same(one[0].audio, session.audio)), None)
        if group is None:
            groups.append([session])
        else:
            group.append(session)
    return tuple(Merged(_united(group), tuple(one.id for one in group[1:])) for group in groups)


def _is_same(one: AudioReference, other: AudioReference) -> bool:
    """Whether two references mean one recording: by content, or by place where one was never read."""
    if one.sha256 and other.sha256:
        return one.sha256 == other.sha256
    return one.path == other.path


def _united(group: Sequence[Session]) -> Session:
    first = group[0]
    if len(group) == 1:
        return first
    known = [session.audio for session in group if session.audio.sha256] or [first.audio]
    audio = next((audio for audio in known if audio.path.exists()), known[0])
    views = [session.view for session in reversed(group)]
    return replace(
        first,
        audio=audio,
        takes=_distinct(session.takes for session in group),
        view=MappingProxyType({key: value for view in views for key, value in view.items()}),
    )


def _distinct(groups: Iterable[tuple[Take, ...]]) -> tuple[Take, ...]:
    """All takes but those that an earlier session has already, equal in everything."""
    kept: list[Take] = []
    for takes in groups:
        earlier = tuple(kept)
        kept += [take for take in takes if take not in earlier]
    return tuple(kept)
