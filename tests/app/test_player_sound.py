"""What really leaves the sound card: recorded from a private sound server, in real time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.helpers.play_song import ONSETS
from tests.helpers.sound_card import RATE, VirtualSoundCard, missing
from tests.helpers.tiny_soundfont import one_tone

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=f"needs a virtual sound card: {missing()} is not installed"),
]
ROOT = Path(__file__).parent.parent.parent
LOST_SECONDS = 0.05
"""A busy machine may lose a moment of sound; what follows is late then, on both sides alike."""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A recording with a short tone at each onset, and a SoundFont with the same tone."""
    sound = np.zeros(4 * RATE, dtype=np.float32)
    tone = 0.35 * np.sin(2 * np.pi * 441 * np.arange(RATE // 10) / RATE)
    for onset in ONSETS:
        sound[round(onset * RATE) :][: len(tone)] += tone.astype(np.float32)
    soundfile.write(tmp_path / "song.wav", sound, RATE)
    return str(tmp_path / "song.wav"), str(one_tone(tmp_path / "tone.sf2"))


def start(card: VirtualSoundCard, files: tuple[str, str], scene: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.play_song", *files, scene],
        cwd=ROOT, env=card.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def attacks(sound, starts):
    """Seconds at which tones that begin near some times reach half their level.

    Stretching smears the faint first part of an attack over some hundredths of a second, so a low threshold
    would measure the smear and not the time.
    """
    level = np.convolve(np.abs(sound), np.ones(200) / 200, "same")
    found = []
    for start in starts:
        first = max(0, round((start - 0.1) * RATE))
        near = level[first : first + round(0.2 * RATE)]
        found.append((first + int(np.argmax(near > 0.5 * near.max()))) / RATE)
    return np.array(found)


def onsets(sound):
    """Seconds at which a tone begins after a tenth of silence."""
    loud = np.flatnonzero(np.abs(sound) > 0.02)
    return loud[np.diff(loud, prepend=-RATE) > RATE // 10] / RATE


def test_original_and_notes_leave_the_card_together(files):
    with VirtualSoundCard() as card:
        output, _ = start(card, files, "plain").communicate(timeout=60)
        sound = card.recorded()
    said = json.loads(output.splitlines()[-1])
    assert said["messages"] == []
    left, right = onsets(sound[:, 0]), onsets(sound[:, 1])
    assert len(left) == len(right) >= 5
    assert np.abs(left - right).max() < 0.010
    assert np.median(np.diff(left)) == pytest.approx(0.5, abs=LOST_SECONDS)


def test_at_half_speed_both_stay_together_at_their_pitch(files):
    with VirtualSoundCard() as card:
        start(card, files, "slow").communicate(timeout=60)
        sound = card.recorded()
    right = onsets(sound[:, 1])
    assert len(right) >= 2
    apart = attacks(sound[:, 0], right) - attacks(sound[:, 1], right)
    assert abs(np.median(apart)) < 0.010
    assert np.median(np.diff(right)) == pytest.approx(1.0, abs=LOST_SECONDS)
    for channel in (0, 1):
        first = round(right[0] * RATE) + 1500
        spectrum = np.abs(np.fft.rfft(sound[first : first + 6000, channel] * np.hanning(6000), 1 << 17))
        assert np.argmax(spectrum) * RATE / (1 << 17) == pytest.approx(441, abs=6)


def test_a_sound_server_that_dies_is_noticed_and_the_song_goes_on(files):
    with VirtualSoundCard() as card:
        process = start(card, files, "vanish")
        assert process.stdout is not None
        assert process.stdout.readline() == "playing\n"
        card.unplug()
        output, _ = process.communicate("unplugged\n", timeout=60)
    said = json.loads(output.splitlines()[-1])
    assert process.returncode == 0
    assert said["device"] == ""
    assert any("was disconnected" in title for title in said["messages"])
    assert said["position"] > 1.5
