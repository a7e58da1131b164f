"""A real output device for machines without one (Linux): PortAudio → ALSA → PulseAudio → a file.

A private PulseAudio with a null sink records what is played to it, in real time. It works as root and as a
plain user, and touches neither the system's nor anybody's configuration. Debian packages: libportaudio2
libasound2-plugins pulseaudio pulseaudio-utils.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import soundfile

RATE = 44_100
_WAIT_SECONDS = 10.0


def missing() -> str:
    """What this machine lacks for it, or ""."""
    if not list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        return "libasound2-plugins"
    return next((program for program in ("pulseaudio", "parec") if shutil.which(program) is None), "")


class VirtualSoundCard:
    """Starts the sound server and the recording; `environment` is for the process that plays."""

    def __init__(self) -> None:
        # A socket's path may have 107 bytes, so not below pytest's long folders.
        self._folder = Path(tempfile.mkdtemp(prefix="snd"))
        self._folder.chmod(0o700)
        self._socket = self._folder / "s"
        self._recording = self._folder / "out.wav"
        configuration = self._folder / "asound.conf"
        configuration.write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
        self.environment = {
            **os.environ,
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._folder),
            "PULSE_SERVER": f"unix:{self._socket}",
            "ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{configuration}",
        }
        self._log = (self._folder / "log").open("w")
        self._server: subprocess.Popen[bytes] | None = None
        self._recorder: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> VirtualSoundCard:
        self._server = subprocess.Popen(
            [
                "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
                "--disable-shm=yes", "--realtime=no", "--high-priority=no",
                "-L", f"module-null-sink sink_name=test rate={RATE} channels=2",
                "-L", f"module-native-protocol-unix socket={self._socket} auth-anonymous=1",
            ],
            env=self.environment, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self._until(self._socket.exists)
        self._recorder = subprocess.Popen(
            ["parec", "-d", "test.monitor", "--file-format=wav", "--latency-msec=20", str(self._recording)],
            env=self.environment,
            stderr=self._log,
        )
        self._until(lambda: self._recording.exists() and self._recording.stat().st_size > 44)
        return self

    def unplug(self) -> None:
        """Let the sound server die, as a device that is pulled out."""
        assert self._server is not None
        self._server.send_signal(signal.SIGKILL)
        self._server.wait(_WAIT_SECONDS)

    def recorded(self) -> npt.NDArray[np.float32]:
        """End the recording: (n, 2) float32 at `RATE`."""
        assert self._recorder is not None
        if self._recorder.poll() is None:
            self._recorder.terminate()
            self._recorder.wait(_WAIT_SECONDS)
        samples: npt.NDArray[np.float32] = soundfile.read(self._recording, dtype="float32", always_2d=True)[0]
        return samples

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (self._recorder, self._server):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(_WAIT_SECONDS)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _until(self, is_ready: object) -> None:
        """Wait for the server or the recorder; they tell nothing, so this looks again and again."""
        assert callable(is_ready)
        deadline = time.monotonic() + _WAIT_SECONDS
        while not is_ready():
            assert self._server is not None
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.02)
