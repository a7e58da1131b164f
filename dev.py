#!/usr/bin/env python3
"""Set up, run and test MT3 Desktop with nothing but a Python 3.10+ interpreter.

    python3 dev.py run                         open the window
    python3 dev.py run transcribe song.wav     any command line of the program
    python3 dev.py test [pytest arguments]     all checks; with arguments only these tests
    python3 dev.py setup                       only prepare .venv

The first call makes .venv and installs what pyproject.toml asks for; later calls start at once
unless pyproject.toml or the interpreter changed. On Debian and Ubuntu the shared libraries that Qt
and PortAudio need are installed with apt-get when this runs as root; otherwise the one command is
printed. Only the standard library is used here.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / ".dev-stamp"
OLDEST = (3, 10)

# soname → Debian package. Qt's own message names the wrong package, so look for each library.
WINDOW_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
SOUND_LIBRARIES = {"libportaudio.so.2": "libportaudio2"}
# program → Debian package: a virtual screen, a hand to move its pointer, a virtual sound card.
TEST_PROGRAMS = {
    "Xvfb": "xvfb",
    "xauth": "xauth",
    "xdotool": "xdotool",
    "pulseaudio": "pulseaudio",
    "parec": "pulseaudio-utils",
}
TEST_PACKAGES = ["libasound2-plugins"]  # the way from PortAudio's ALSA to the virtual sound card

CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def say(*words: str) -> None:
    """Tell the user what happens, apart from the program's own output."""
    print("dev.py:", *words, file=sys.stderr, flush=True)


def missing_libraries(packages: Mapping[str, str]) -> list[str]:
    """Packages of the shared libraries that cannot be loaded."""
    missing = []
    for soname, package in packages.items():
        try:
            ctypes.CDLL(soname)
        except OSError:
            missing.append(package)
    return missing


def apt_install(packages: Sequence[str], reason: str) -> bool:
    """Install Debian packages, or print the command that does."""
    if not packages:
        return True
    if shutil.which("apt-get") is None:
        say(f"{reason}. Look for these packages of your system: {' '.join(packages)}")
        return False
    if os.geteuid() != 0:
        say(f"{reason}. This installs what is missing:\n    sudo apt-get install -y {' '.join(packages)}")
        return False
    say("installing", *packages)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run([*apt, "update"], env=environment, stdout=subprocess.DEVNULL, check=False)
    # --no-upgrade: naming an installed library would otherwise upgrade it and much around it.
    install = [*apt, "install", "-y", "--no-install-recommends", "--no-upgrade", *packages]
    return subprocess.run(install, env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0


def install_system_packages(*, for_tests: bool) -> None:
    """What Qt, PortAudio and the tests need from Debian; one line where it cannot be had."""
    if not sys.platform.startswith("linux"):
        return
    wanted = [
        (missing_libraries(WINDOW_LIBRARIES), "Qt cannot open a window"),
        (missing_libraries(SOUND_LIBRARIES), "there will be no sound"),
    ]
    if for_tests:
        programs = [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
        extra = TEST_PACKAGES if programs else []
        wanted.append((programs + extra, "tests on a virtual screen or sound card will be skipped"))
    packages = [package for missing, _ in wanted for package in missing]
    apt_install(packages, "; ".join(reason for missing, reason in wanted if missing))


def make_venv() -> None:
    """Create .venv, with Debian's missing half of the venv module if need be."""
    try:
        import ensurepip  # noqa: F401 - Debian splits it off into python3-venv
    except ImportError:
        if not apt_install(["python3-venv"], "Python's venv module is not complete here"):
            sys.exit(1)
    say("making .venv")
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def stamp(*, for_tests: bool) -> str:
    """What .venv was made from: changes when pyproject.toml or Python's minor version does."""
    content = (ROOT / "pyproject.toml").read_bytes() + repr(sys.version_info[:2]).encode()
    return f"{hashlib.sha256(content).hexdigest()} {'test' if for_tests else 'run'}"


def set_up(*, for_tests: bool) -> None:
    """Make .venv ready; at once where it is already."""
    have = STAMP.read_text() if STAMP.exists() else ""
    want = stamp(for_tests=for_tests)
    is_ready = PYTHON.exists() and have in {want, stamp(for_tests=True)}
    if is_ready:
        return
    install_system_packages(for_tests=for_tests)
    if not PYTHON.exists():
        make_venv()
    say("installing Python packages (about 1.4 GB on disk the first time)")
    start = time.monotonic()
    target = f"{ROOT}[test]" if for_tests else str(ROOT)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-q", "-e", target]
    if subprocess.run(pip, check=False).returncode:
        sys.exit("dev.py: the packages could not be installed; the lines above say why")
    STAMP.write_text(want)
    say(f"ready in {time.monotonic() - start:.0f} s")


def run(arguments: Sequence[str]) -> int:
    """Start the program."""
    set_up(for_tests=False)
    return subprocess.call([str(PYTHON), "-m", "mt3_desktop", *arguments])


def pytest(*arguments: str, platform: str = "offscreen") -> int:
    """One run of pytest on a Qt platform; xcb runs on a virtual screen of its own."""
    environment = {**os.environ, "QT_QPA_PLATFORM": platform, "PYTHONFAULTHANDLER": "1"}
    command = [str(PYTHON), "-m", "pytest", *arguments]
    if platform == "xcb":
        screen = ["xvfb-run", "-a", "-s", "-screen 0 1440x900x24 -nolisten tcp"]
        command = [*screen, *command]
    return subprocess.call(command, cwd=ROOT, env=environment)


def test(arguments: Sequence[str]) -> int:
    """All checks, or only the given tests."""
    set_up(for_tests=True)
    if arguments:
        return pytest(*arguments)
    failed = [check[0] for check in CHECKS if subprocess.call([str(BIN / check[0]), *check[1:]], cwd=ROOT)]
    # The virtual screen first, so that the last line printed is that of the whole suite.
    if sys.platform.startswith("linux") and shutil.which("xvfb-run"):
        if pytest("-m", "x11", "-q", platform="xcb"):
            failed.append("pytest on a virtual screen")
    else:
        say("no Xvfb here: the tests with real clicks and drops are left out")
    if pytest():
        failed.append("pytest")
    if failed:
        say("failed:", ", ".join(failed))
    return 1 if failed else 0


def main(arguments: Sequence[str]) -> int:
    """Read the command line."""
    if sys.version_info < OLDEST:
        sys.exit("dev.py: Python 3.10 or newer is needed")
    if not arguments or arguments[0] not in {"run", "test", "setup"}:
        sys.exit(__doc__)
    command, *rest = arguments
    if command == "run":
        return run(rest)
    if command == "test":
        return test(rest)
    set_up(for_tests=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
