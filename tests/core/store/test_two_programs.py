"""Real processes: killed in the middle, and two at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mt3_desktop.core.specs import HttpMirror
from mt3_desktop.core.store.checkpoints import CheckpointStore
from tests.helpers.checkpoints import CONTENT, SHA256, checkpoint_at
from tests.helpers.mirror_server import MirrorServer, Stall

PROGRAM = """
import sys
from pathlib import Path
from mt3_desktop.core.progress import Progress
from mt3_desktop.core.specs import Checkpoint, HttpMirror
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations

def report(progress: Progress) -> None:
    print(progress.stage.value, progress.note, flush=True)

home, url, sha256, size_bytes = sys.argv[1:]
checkpoint = Checkpoint(sha256, int(size_bytes), "mt3.pth", (HttpMirror(url),), "none stated")
print("done", CheckpointStore(Locations(Path(home))).ensure(checkpoint, report=report), flush=True)
"""


@contextmanager
def program(home: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    """A program that fetches the checkpoint and prints its progress."""
    words = [sys.executable, "-c", PROGRAM, str(home), url, SHA256, str(len(CONTENT))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    """Read on to the first line that contains `words`."""
    assert process.stdout is not None
    return next(line for line in process.stdout if words in line)


def test_killed_in_the_middle_the_download_goes_on_later(
    store: CheckpointStore, home: Path, server: MirrorServer
) -> None:
    server.script(Stall(200_000))
    checkpoint = checkpoint_at(HttpMirror(server.url))
    with program(home, server.url) as process:
        line_with(process, "fetch")
        process.kill()
        process.wait()
    server.release()

    assert not store.has(checkpoint)
    kept = store.kept_bytes(checkpoint)
    assert 0 < kept <= 200_000
    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert server.gets[-1].range == f"bytes={kept}-"


def test_two_programs_fetch_one_file_once(store: CheckpointStore, home: Path, server: MirrorServer) -> None:
    server.script(Stall(200_000))
    with program(home, server.url) as first:
        line_with(first, "fetch")
        with program(home, server.url) as second:
            line_with(second, "another download of the same file is running")
            server.release()

            assert SHA256 in line_with(second, "done")
            assert SHA256 in line_with(first, "done")

    assert len(server.gets) == 1
