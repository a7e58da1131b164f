"""`mt3-desktop transcribe`: recordings in, MIDI, CSV or JSON out."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from mt3_desktop.app.wording import counted
from mt3_desktop.cli_arguments import option
from mt3_desktop.cli_arguments import time as time_argument
from mt3_desktop.cli_outcome import DONE, FAILED, MODEL_ERRORS, STOPPED, UsageError
from mt3_desktop.cli_progress import JsonLines, ProgressView, view_for
from mt3_desktop.core import audio, export, pipeline
from mt3_desktop.core.batch import Task, transcribe_files
from mt3_desktop.core.catalogue import assumptions
from mt3_desktop.core.errors import DamagedAudio, DeviceUnavailable, MT3Error, SilentAudio
from mt3_desktop.core.export import Format
from mt3_desktop.core.instruments import instrument_name
from mt3_desktop.core.progress import Cancelled, CancelToken, clock
from mt3_desktop.core.span import Span
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.values import SegmentNotes, Transcription, sort_key

FATAL_ERRORS = (*MODEL_ERRORS, DeviceUnavailable)
"""With these no other file would fare better."""

_OVERRIDES: dict[type[MT3Error], str] = {
    DamagedAudio: "To do so, add --accept-damaged.",
    SilentAudio: "To try anyway, add --accept-silent.",
}
"""What the window offers as a button."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of one recording.

    Attributes:
        source: the recording.
        outputs: files to write, with their formats.
    """

    source: Path
    outputs: tuple[tuple[Path, Format], ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments to argparse."""
    parser.description = "Write down the notes of recordings as MIDI, CSV or JSON."
    parser.epilog = (
        "Exit status: 0 done, 1 some input failed, 2 wrong usage, 3 no model, 130 stopped by Ctrl-C."
    )
    parser.add_argument("inputs", nargs="+", metavar="IN", help="audio or video files, folders, or patterns")
    parser.add_argument(
        "-m", "--model", default="lite", help="a model's id, or the path of a checkpoint (default: lite)"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT|DIR",
        help="file for one recording, or folder; without it, files are written beside the recordings",
    )  # fmt: skip
    parser.add_argument(
        "--format", type=_formats, metavar="KIND,…",
        help="midi, csv, json, or several separated by commas (default: by the ending of -o, else midi)",
    )  # fmt: skip
    parser.add_argument(
        "--from", type=time_argument, default=0.0, metavar="TIME", dest="start",
        help="hear the recordings from here on only, such as 1:20 or 80; notes keep their times",
    )  # fmt: skip
    parser.add_argument("--to", type=time_argument, metavar="TIME", dest="stop", help="hear them up to here")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    parser.add_argument(
        "--option", action="append", default=[], type=option, metavar="NAME=VALUE",
        help="set an option of the model; may be repeated",
    )  # fmt: skip
    parser.add_argument("--tracks", action="store_true", help="one MIDI file per instrument")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files of a folder instead of numbering new ones"
    )
    parser.add_argument(
        "--accept-damaged", action="store_true", help="take what can be read of a file that breaks off"
    )
    parser.add_argument("--accept-silent", action="store_true", help="listen to silent recordings too")
    parser.add_argument("--no-download", action="store_true", help="fail rather than fetch a missing model")
    parser.add_argument(
        "--json", "--json-progress", action="store_true", dest="json_lines",
        help="report progress and results as JSON lines on the standard output",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it, several recordings side by side where the model can; the failure of one does not stop the rest.

    Returns:
        The exit status.

    Raises:
        UsageError: if the arguments contradict each other.
        MT3Error: if the model is not there.
    """
    span = _span(arguments)
    found = audio.find_audio(arguments.inputs)
    plans = plan(found.files, arguments)
    locations = Locations.default(arguments.home)
    store = CheckpointStore(locations)
    # A wrong name is said before anything is read.
    spec = pipeline.resolve(arguments.model, dict(arguments.option), store=store).spec
    for name, sentence in zip(spec.assumed, assumptions(spec), strict=True):
        _say(f"{sentence} If that is wrong, add --option {name}=NUMBER")
    recordings = _Recordings(arguments, store, locations.root / "rescued", span)
    for path in found.barren:
        recordings.fail(path, UnknownInput(path))
    with _stopped_by_ctrl_c() as cancel:
        try:
            recordings.transcribe(plans, cancel)
        except Cancelled:
            return STOPPED
        finally:
            recordings.close()
    return recordings.status(len(plans) + len(found.barren))


class UnknownInput(MT3Error, FileNotFoundError):
    """A folder or pattern without recordings."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f'There is no recording in "{path}".', hint="Nothing in it is named like audio or video."
        )


def plan(files: Sequence[Path], arguments: argparse.Namespace) -> list[Plan]:
    """Decide what is written where, before any work is done.

    Two recordings of the same name never share an output: the second is numbered.

    Raises:
        UsageError: if several recordings are to go into one file, or the ending of -o is unknown.
    """
    output = Path(arguments.output).expanduser() if arguments.output else None
    is_folder = output is None or _means_a_folder(arguments.output, output)
    if output is not None and not is_folder:
        if len(files) > 1:
            raise UsageError(
                f'-o "{output}" is one file, but there are {len(files)} recordings: name a folder'
            )
        return [Plan(file, _outputs_of_file(output, arguments.format)) for file in files]
    formats = arguments.format or (Format.MIDI,)
    taken: list[Path] = []
    plans = []
    for file in files:
        folder = output if output is not None else file.parent
        outputs = []
        for kind in formats:
            wanted = folder / f"{file.stem}{kind.suffix}"
            target = export.unused(wanted, taken=taken, also_on_disk=not arguments.overwrite)
            taken.append(target)
            outputs.append((target, kind))
        plans.append(Plan(file, tuple(outputs)))
    return plans


def _means_a_folder(text: str, output: Path) -> bool:
    """Whether `-o` names a folder: one that exists, or a new name without an ending."""
    try:
        return output.is_dir() or text.endswith(("/", "\\")) or not (output.suffix or output.exists())
    except OSError:  # a name that no disk takes; whoever writes there says so
        return not output.suffix


def _outputs_of_file(output: Path, formats: Sequence[Format] | None) -> tuple[tuple[Path, Format], ...]:
    """What `-o song.mid` means, with or without `--format`."""
    if formats is not None and len(formats) > 1:
        return tuple((output.with_suffix(kind.suffix), kind) for kind in formats)
    kind = formats[0] if formats else export.format_of(output)
    if kind is None:
        raise UsageError(f'-o "{output.name}" must end with .mid, .csv or .json, or be a folder')
    return ((output, kind),)


@dataclass(slots=True, eq=False)
class _Heard:
    """A recording on its way.

    Attributes:
        item: what becomes of it.
        parts: what was heard so far.
        began: when, by the monotonic clock.
    """

    item: Plan
    parts: list[SegmentNotes] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)


class _Recordings:
    """The recordings of one command: the model in between, and what has happened so far."""

    def __init__(
        self, arguments: argparse.Namespace, store: CheckpointStore, rescue_folder: Path, span: Span
    ) -> None:
        self._arguments = arguments
        self._span = span
        self._rescue_folder = rescue_folder
        self._store = store
        self._pool = pipeline.ModelPool()
        self._lines = JsonLines(sys.stdout) if arguments.json_lines else None
        self._view: ProgressView = self._lines or view_for(sys.stderr)
        self._n_failed = 0

    def transcribe(self, plans: Sequence[Plan], cancel: CancelToken) -> None:
        """Do the recordings, and say how each went.

        Raises:
            Cancelled: after Ctrl-C; what was found is saved beside.
            MT3Error: if the model is to blame, so that no other recording would fare better.
        """
        under_way: dict[Task, _Heard] = {}
        stopped: list[_Heard] = []
        tasks = self._tasks(plans, under_way, cancel)
        with closing(transcribe_files(tasks, store=self._store, pool=self._pool)) as outcomes:
            for outcome in outcomes:
                heard = under_way.pop(outcome.task)
                self._view.finish(str(heard.item.source))
                self._settle(heard, outcome.result)
                if isinstance(outcome.result, Cancelled):
                    stopped.append(heard)
        if stopped and not any(heard.parts for heard in stopped):
            _say("Stopped. Nothing was written.")
        if stopped:
            raise Cancelled

    def _tasks(
        self, plans: Sequence[Plan], under_way: dict[Task, _Heard], cancel: CancelToken
    ) -> Iterator[Task]:
        """A task for each recording whose outputs can be written, when it is its turn."""
        for item in plans:
            cancel.check()
            report = self._view.start(str(item.source))
            try:
                for path, _ in item.outputs:
                    export.require_writable(path)
            except MT3Error as error:
                self._view.finish(str(item.source))
                self.fail(item.source, error)
                continue
            heard = _Heard(item)
            task = Task(self._request(item.source), report, heard.parts.append, cancel)
            under_way[task] = heard
            yield task

    def _settle(self, heard: _Heard, result: Transcription | Exception) -> None:
        """Say how a recording went, and keep what there is of it."""
        item = heard.item
        if isinstance(result, Transcription):
            try:
                written = self._write(item, result)
            except MT3Error as error:
                self.fail(item.source, error)
                self._rescue(item, result)
            else:
                self._succeed(item.source, result, written, time.monotonic() - heard.began)
        elif isinstance(result, Cancelled):
            self._keep(heard, "Stopped")
        elif isinstance(result, MT3Error) and not isinstance(result, FATAL_ERRORS):
            self.fail(item.source, result)
            self._keep(heard, "Broken off")
        else:
            raise result

    def fail(self, source: Path, error: MT3Error) -> None:
        """Say that a recording could not be done."""
        self._n_failed += 1
        self._view.clear()
        if self._lines is not None:
            kind = type(error).__name__
            self._lines.write("failed", file=str(source), error=kind, message=error.message, hint=error.hint)
        _say(f"{error} {_OVERRIDES.get(type(error), '')}".rstrip())

    def status(self, n_all: int) -> int:
        """The exit status, and a last line if there was more than one recording."""
        if self._n_failed and n_all > 1:
            _say(f"{n_all - self._n_failed} of {n_all} done, {self._n_failed} failed.")
        return FAILED if self._n_failed else DONE

    def close(self) -> None:
        """Give the model back, and the line of the bar."""
        self._view.clear()
        self._pool.close()

    def _request(self, source: Path) -> pipeline.Request:
        arguments = self._arguments
        return pipeline.Request(
            path=source,
            model=arguments.model,
            device=arguments.device,
            options=dict(arguments.option),
            span=self._span,
            accept_damaged=arguments.accept_damaged,
            accept_silent=arguments.accept_silent,
            auto_download=not arguments.no_download,
        )

    def _write(self, item: Plan, result: Transcription) -> list[Path]:
        written: list[Path] = []
        for path, kind in item.outputs:
            if self._arguments.tracks and kind is Format.MIDI:
                written += export.write_each_track(result, path)
            else:
                written.append(export.write(result, path, kind=kind))
        return written

    def _succeed(self, source: Path, result: Transcription, written: Sequence[Path], seconds: float) -> None:
        self._view.clear()
        names = [instrument_name(instrument) for instrument in result.instruments]
        if self._lines is not None:
            self._lines.write(
                "done",
                file=str(source),
                outputs=[str(path) for path in written],
                notes=len(result.notes),
                instruments=names,
                duration=round(result.duration, 3),
                seconds=round(seconds, 3),
            )
            return
        heard = f"{counted(len(result.notes), 'note')} ({', '.join(names)})" if names else "no notes found"
        print(f"{source.name}: {heard}, saved as {', '.join(map(str, written))}")

    def _keep(self, heard: _Heard, what: str) -> None:
        """Save what was found before the end, under a name that says so; the planned file stays as it was."""
        self._view.clear()
        item, parts = heard.item, heard.parts
        if not parts:
            return
        until = parts[-1].end
        notes = [note for part in parts for note in part.notes] + list(parts[-1].sounding)
        so_far = Transcription(
            tuple(sorted(notes, key=sort_key)), until, self._arguments.model, item.source.name
        )
        target = export.fitting(item.outputs[0][0].with_suffix(".mid"), ".incomplete")
        self._save(so_far, item, target, f"{what} at {clock(until)}.")

    def _rescue(self, item: Plan, result: Transcription) -> None:
        """Keep a result that cannot be written where it should be: it may have taken hours."""
        folder = self._rescue_folder
        target = export.unused(folder / f"{item.source.stem}.mid", also_on_disk=True)
        self._save(result, item, target, "")

    def _save(self, result: Transcription, item: Plan, target: Path, what: str) -> None:
        """Write a MIDI file in place of the planned one, and say where it is, or that there is none."""
        try:
            export.require_writable(target)
            export.write(result, target)
        except MT3Error as error:
            _say(f"{what} {error}".strip())
            return
        if self._lines is not None:
            self._lines.write(
                "incomplete", file=str(item.source), outputs=[str(target)], until=round(result.duration, 3)
            )
        _say(f"{what} The notes are in {target}".strip())


def _span(arguments: argparse.Namespace) -> Span:
    """The passage that is to be heard.

    Raises:
        UsageError: if there is none.
    """
    try:
        return Span(arguments.start, arguments.stop)
    except ValueError as error:
        raise UsageError(f"--from and --to: {error}") from None


def _say(sentence: str) -> None:
    print(f"mt3-desktop: {sentence}", file=sys.stderr)


@contextmanager
def _stopped_by_ctrl_c() -> Iterator[CancelToken]:
    """A token that the first Ctrl-C cancels; the second ends the program at once."""
    cancel = CancelToken()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        cancel.cancel()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


def _formats(text: str) -> tuple[Format, ...]:
    """The formats of `--format midi,csv`, each once."""
    try:
        return tuple(dict.fromkeys(Format(part.strip().lower()) for part in text.split(",")))
    except ValueError:
        kinds = ", ".join(kind.value for kind in Format)
        raise argparse.ArgumentTypeError(f'"{text}" is not a list of formats ({kinds})') from None
