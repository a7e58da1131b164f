"""What recorded throats do: spectra of speakers, taken from speech synthesisers that keep their recordings.

A bank of speakers is one file: how a voice sounds every 5 ms, and where its consonants and vowels lie. The
speech is of our own making (`nonsense`); WORLD (Morise, 2016) takes pitch, spectrum and breath apart.

Needs festival and flite with their voices (Debian packages, see `SPEAKERS`) and pyworld.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import resample_poly

from training import RATE
from training.throats import FRAME_SECONDS, SPECTRUM_HZ

Floats = npt.NDArray[np.float64]

SPEAKERS: dict[str, str] = {
    "kal_diphone": "festvox-kallpc16k",
    "ked_diphone": "festvox-kdlpc16k",
    "cmu_us_slt_arctic_hts": "festvox-us-slt-hts",
    "upc_ca_ona_hts": "festvox-ca-ona-hts",
    "suo_fi_lj_diphone": "festvox-suopuhe-lj",
    "hy_fi_mv_diphone": "festvox-suopuhe-mv",
    "flite awb": "flite",
    "flite rms": "flite",
}
"""Voice and the Debian package that holds it; free licences, Festival's own or the LGPL."""
SENTENCES = 20
SYLLABLES = (8, 14)
CONSONANTS = ("b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "nd", "")
ENGLISH_VOWELS = frozenset(
    ["aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"]
)
SAY = """
(voice_{voice})
(let ((u (utt.synth (Utterance Text "{text}"))) (f (fopen "{path}.phones" "w")))
  (utt.save.wave u "{path}.wav" 'riff)
  (mapcar (lambda (s) (format f "%f %s %s\\n" (item.feat s "end") (item.feat s "ph_vc") (item.name s)))
          (utt.relation.items u 'Segment))
  (fclose f))
"""


class Phone(NamedTuple):
    """A sound of speech: when it ends, in seconds, and whether it is "vowel", "consonant" or "silence"."""

    end: float
    kind: str


def nonsense(rng: np.random.Generator) -> str:
    """A sentence of no language, which every voice can say."""
    words, left = [], int(rng.integers(*SYLLABLES))
    while left > 0:
        n = min(left, int(rng.integers(1, 4)))
        words.append("".join(str(rng.choice(CONSONANTS)) + str(rng.choice(list("aeiou"))) for _ in range(n)))
        left -= n
    return " ".join(words) + "."


def write_speakers(path: Path, seed: int) -> None:
    """Let every speaker say the same sentences and write their spectra to a .npz file.

    Raises:
        RuntimeError: if a speaker is not installed.
    """
    spectra, breaths, hertz, phones, first = [], [], [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        for number, voice in enumerate(SPEAKERS):
            rng = np.random.default_rng(seed)
            for _ in range(SENTENCES):
                try:
                    samples, said = _say(voice, nonsense(rng), Path(folder))
                except (OSError, subprocess.CalledProcessError) as error:
                    package = SPEAKERS[voice]
                    raise RuntimeError(f"{voice} does not speak; Debian has it in {package}.") from error
                spectrum, breath, hz = _analyse(samples)
                start = 0
                for end, kind in said:
                    last = min(round(end / FRAME_SECONDS), len(hz))
                    if kind != "silence":
                        phones.append((number, first + start, first + last, kind == "vowel"))
                    start = last
                spectra.append(spectrum)
                breaths.append(breath)
                hertz.append(hz)
                first += len(hz)
    np.savez_compressed(
        path,
        spectrum=np.concatenate(spectra).astype(np.float16),
        breath=np.concatenate(breaths).astype(np.float16),
        hz=np.concatenate(hertz).astype(np.float32),
        phones=np.array(phones, np.int64),
        names=np.array(list(SPEAKERS)),
    )


def _say(voice: str, text: str, folder: Path) -> tuple[Floats, list[Phone]]:
    """Samples at `RATE` and what was said when."""
    path = folder / "speech"
    if voice.startswith("flite "):
        name = voice.removeprefix("flite ")
        wav = f"{path}.wav"
        told = subprocess.run(
            ["flite", "-voice", name, "-t", text, "-o", wav, "-psdur"],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        pairs = [part.split(":") for part in told.split()]
        said = [Phone(float(end), _kind(name, "+" if name in ENGLISH_VOWELS else "-")) for name, end in pairs]
    else:
        script = folder / "say.scm"
        script.write_text(SAY.format(voice=voice, text=text, path=path))
        subprocess.run(["festival", "-b", str(script)], check=True, capture_output=True)
        rows = [line.split() for line in Path(f"{path}.phones").read_text().splitlines()]
        said = [Phone(float(end), _kind(name, vowel)) for end, vowel, name in rows]
    samples, rate = soundfile.read(f"{path}.wav")
    return np.asarray(resample_poly(samples, RATE, rate), np.float64), said


def _kind(name: str, vowel: str) -> str:
    """What a phone is by its name and by Festival's sign of a vowel."""
    if name in ("pau", "#"):
        return "silence"
    return "vowel" if vowel == "+" else "consonant"


def _analyse(samples: Floats) -> tuple[Floats, Floats, Floats]:
    """(frames, points) log amplitude, (frames, points) share of noise, (frames,) Hz or 0."""
    import pyworld  # needed for nothing else

    world: Any = pyworld
    hz, times = world.harvest(samples, RATE, frame_period=1000 * FRAME_SECONDS)
    hz = world.stonemask(samples, hz, times, RATE)
    power = world.cheaptrick(samples, hz, times, RATE)
    noise = world.d4c(samples, hz, times, RATE)
    bins = np.linspace(0, RATE / 2, power.shape[1])
    spectrum = np.array([np.interp(SPECTRUM_HZ, bins, 0.5 * np.log(row + 1e-12)) for row in power])
    breath = np.array([np.interp(SPECTRUM_HZ, bins, row) for row in noise])
    return spectrum, breath, hz
