"""Plays a recording and notes through the real player and the real sound card; run as a process.

    python -m tests.helpers.play_song RECORDING SOUNDFONT SCENE

The recording goes to the left and the notes to the right. Prints one JSON line: what the player said.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEventLoop, QTimer

from mt3_desktop.app.player import Player
from mt3_desktop.core.tracks import tracks_of
from mt3_desktop.core.values import Note

ONSETS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)


def wait(seconds: float) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def say(line: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Play one scene."""
    recording, soundfont, scene = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    application = QCoreApplication([])
    player = Player(soundfont, parent=application)
    messages: list[str] = []
    player.failed.connect(lambda message: messages.append(message.title))
    loop = QEventLoop()
    player.original_changed.connect(loop.quit)
    notes = [Note(at, at + 0.1, 69, 127, 0) for at in ONSETS]
    player.set_tracks(tracks_of(notes), notes)
    player.set_split(True)
    player.set_original(recording)
    loop.exec()
    drift = 0.0
    if scene == "vanish":
        player.play()
        wait(1.0)
        say("playing")
        sys.stdin.readline()  # the test unplugs the device now
        wait(2.5)
    else:
        player.set_speed(0.5 if scene == "slow" else 1.0)
        player.play()
        timer = QElapsedTimer()
        timer.start()
        start = None
        for _ in range(12):
            wait(0.25)
            position, elapsed = player.position, timer.elapsed() / 1000
            if position > 0.2:
                start = start if start is not None else elapsed - position
                drift = max(drift, abs(elapsed - position - start))
        wait(0.5)
    said = {"device": player.device, "messages": messages, "is_playing": player.is_playing, "drift": drift}
    said["position"] = player.position
    player.close()
    say(json.dumps(said))


if __name__ == "__main__":
    main()
