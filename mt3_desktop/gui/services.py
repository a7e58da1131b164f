"""What the window is a face of."""

from __future__ import annotations

from dataclasses import dataclass

from mt3_desktop.app.downloads import ModelLibrary
from mt3_desktop.app.errands import Errands
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.messages import Messages
from mt3_desktop.app.outbox import Outbox
from mt3_desktop.app.player import Player
from mt3_desktop.app.settings import SettingsStore
from mt3_desktop.app.waveforms import Waveforms
from mt3_desktop.core.store.locations import Locations


@dataclass(frozen=True, slots=True)
class Services:
    """The services, built by `gui.main` and closed by it.

    Attributes:
        queue: the songs, and the thread that transcribes them.
        library: the models, and the thread that gets them.
        player: what is heard.
        waveforms: outlines of recordings.
        settings: the preferences.
        messages: where anything speaks to the user.
        outbox: files for drags and the clipboard.
        files: looks through folders, reads and writes sessions.
        sounds: writes WAV files.
        locations: where things are kept.
    """

    queue: JobQueue
    library: ModelLibrary
    player: Player
    waveforms: Waveforms
    settings: SettingsStore
    messages: Messages
    outbox: Outbox
    files: Errands
    sounds: Errands
    locations: Locations
