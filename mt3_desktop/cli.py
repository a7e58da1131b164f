"""The command line: `mt3-desktop transcribe | models | gui`; without a command it opens the window.

Nothing heavy is imported before it is known what is wanted: `--help` takes a few hundredths of a second.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from mt3_desktop import __version__
from mt3_desktop.cli_outcome import FAILED, STOPPED, USAGE, UsageError, status_of
from mt3_desktop.core.errors import MT3Error
from mt3_desktop.core.progress import Cancelled

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        argv: the arguments without the program's name; those of the process where None.

    Returns:
        The exit status: 0 done, 1 some input failed, 2 wrong usage, 3 no model, 130 stopped by Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        _accept_any_name(stream)
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(words)
    arguments = parser.parse_args(words)
    _log_to_stderr(debug=arguments.debug)
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
        return int(status)
    except UsageError as error:
        print(f"mt3-desktop: {error}", file=sys.stderr)
        return USAGE
    except MT3Error as error:
        log.debug("failed", exc_info=error)
        _say(str(error), error.detail if arguments.debug else "")
        return status_of(error)
    except (Cancelled, KeyboardInterrupt):
        _say("Stopped.")
        return STOPPED
    except BrokenPipeError:
        _silence(sys.stdout)  # whoever read our output has gone: nobody is left to tell
        return FAILED
    except Exception as error:  # the outermost boundary: a traceback helps no musician
        if arguments.debug:
            raise
        _say(f"Something unexpected went wrong: {error!r}. Run it again with --debug for the details.")
        return FAILED


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; a command's own arguments are added only if its name occurs in `words`."""
    parser = argparse.ArgumentParser(
        prog="mt3-desktop",
        description="Notes from a recording, instrument by instrument, on your own computer.",
        epilog="Without a command the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"mt3-desktop {__version__}")
    parser.add_argument(
        "--home", type=Path, metavar="DIR", help="keep settings, models, sessions and logs in this folder"
    )
    parser.add_argument("--debug", action="store_true", help="log everything, and show tracebacks")
    parser.set_defaults(run=_open_window, smoke=False, files=[])
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, (summary, configure) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if name in words:
            configure(command)
    return parser


def _configure_transcribe(parser: argparse.ArgumentParser) -> None:
    from mt3_desktop import cli_transcribe

    cli_transcribe.configure(parser)


def _configure_models(parser: argparse.ArgumentParser) -> None:
    from mt3_desktop import cli_models

    cli_models.configure(parser)


def _configure_gui(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="recordings to open")
    parser.add_argument("--smoke", action="store_true", help='open the window, print "ready", and end')


_COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "transcribe": ("write down the notes of recordings", _configure_transcribe),
    "models": ("list, get, verify, remove and import models", _configure_models),
    "gui": ("open the window", _configure_gui),
}


def _open_window(arguments: argparse.Namespace) -> int:
    """Open the window; a library of the system that Qt lacks is a sentence, not a traceback."""
    from mt3_desktop.core.store.locations import Locations

    try:
        from mt3_desktop.gui.main import run
    except ImportError as error:
        is_qt = (error.name or "").startswith("PySide6") or ".so" in str(error)
        if not is_qt:
            raise
        _say(f"The window can't open, because a library that it needs is missing: {error}.")
        return FAILED
    return run(Locations.default(arguments.home), smoke=arguments.smoke, files=arguments.files)


def _log_to_stderr(*, debug: bool) -> None:
    """Show warnings, or everything; the window logs the rest into its own file."""
    level = logging.DEBUG if debug else logging.WARNING
    handler = logging.StreamHandler()
    handler.setLevel(level)
    if not debug:
        handler.addFilter(logging.Filter("mt3_desktop"))  # what other packages have to say is for developers
    form = "%(levelname)s %(name)s: %(message)s" if debug else "mt3-desktop: %(message)s"
    logging.basicConfig(level=level, format=form, handlers=[handler])


def _say(sentence: str, detail: str = "") -> None:
    print(f"mt3-desktop: {sentence}", file=sys.stderr)
    if detail:
        print(detail, file=sys.stderr)


def _accept_any_name(stream: TextIO | None) -> None:
    """Let a terminal that lacks a letter show "?" for it: a file's name must never end the program."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


def _silence(stream: TextIO) -> None:
    """Keep the interpreter from flushing into a closed pipe once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
