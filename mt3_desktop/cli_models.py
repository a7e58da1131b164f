"""`mt3-desktop models`: what is here, getting it, checking it, moving it, deleting it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from mt3_desktop.cli_arguments import option
from mt3_desktop.cli_outcome import DONE, FAILED, UsageError, status_of
from mt3_desktop.cli_progress import view_for
from mt3_desktop.core.catalogue import Catalogue, assumptions, link_text
from mt3_desktop.core.errors import ModelMissing, MT3Error
from mt3_desktop.core.progress import Report
from mt3_desktop.core.specs import Checkpoint, ModelSpec
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.disk import size_text
from mt3_desktop.core.store.locations import Locations


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments to argparse."""
    parser.description = "List, get, check, import, move and delete models."
    parser.epilog = (
        "Exit status: 0 done, 1 something failed, 2 wrong usage, 3 no model, 130 stopped by Ctrl-C."
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, action in _ACTIONS.items():
        command = actions.add_parser(name, help=action.help)
        action.configure(command)
        command.set_defaults(run=_Runner(action.act))


class _Models:
    """What all actions need: the store, the catalogue, and where to write."""

    def __init__(self, home: Path | None) -> None:
        self.store = CheckpointStore(Locations.default(home))
        self.catalogue = Catalogue(self.store)
        self.view = view_for(sys.stderr)
        self._shown = ""

    def report_for(self, title: str) -> Report:
        """A progress report under a title."""
        self.view.finish(self._shown)
        self._shown = title
        return self.view.start(title)

    def say(self, text: str) -> None:
        """Print a line of the result."""
        self.view.clear()
        print(text)

    def complain(self, error: MT3Error, *, with_detail: bool) -> None:
        """Print an error that does not end the command."""
        self.view.clear()
        print(f"mt3-desktop: {error}", file=sys.stderr)
        if error.detail and with_detail:
            print(error.detail, file=sys.stderr)


_Act = Callable[[_Models, argparse.Namespace], int]


class _Runner:
    """Calls an action with the models of the chosen home."""

    def __init__(self, act: _Act) -> None:
        self._act = act

    def __call__(self, arguments: argparse.Namespace) -> int:
        models = _Models(arguments.home)
        try:
            return self._act(models, arguments)
        finally:
            models.view.clear()


# --- list ---


def _configure_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON array on the standard output")


def _list(models: _Models, arguments: argparse.Namespace) -> int:
    """Print every model and how it stands."""
    imported = {spec.id for spec in models.catalogue.imported()}
    entries = [_entry(models, spec, is_imported=spec.id in imported) for spec in models.catalogue.specs()]
    if arguments.json:
        models.say(json.dumps(entries, indent=1, ensure_ascii=False))
        return DONE
    head = ("Id", "State", "Size", "Licence", "Model")
    rows = [
        (
            str(entry["id"]),
            str(entry["state"]),
            size_text(entry["size_bytes"]) if isinstance(entry["size_bytes"], int) else "–",
            str(entry["licence"]),
            f"{entry['title']}: {entry['summary']}",
        )
        for entry in entries
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
    for row in (head, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        models.say("  ".join([*cells, row[-1]]))
    return DONE


def _entry(models: _Models, spec: ModelSpec, *, is_imported: bool) -> dict[str, object]:
    """What is told about one model."""
    checkpoint = spec.checkpoint
    path = models.store.find(checkpoint, report=models.report_for(spec.title)) if checkpoint else None
    return {
        "id": spec.id,
        "title": spec.title,
        "summary": spec.summary,
        "family": spec.family,
        "state": _state(models.store, spec, path, is_imported=is_imported),
        "size_bytes": checkpoint.size_bytes if checkpoint else None,
        "licence": spec.licence,
        "sha256": models.store.sha256(checkpoint) if checkpoint else "",
        "is_hash_inferred": bool(checkpoint and checkpoint.is_hash_inferred and path is None),
        "path": str(path) if path else None,
        "abilities": asdict(spec.abilities),
        "options": dict(spec.options),
    }


def _state(store: CheckpointStore, spec: ModelSpec, path: Path | None, *, is_imported: bool) -> str:
    """How a model stands, in a word or two."""
    checkpoint = spec.checkpoint
    if checkpoint is None:
        return "built in"
    if path is not None:
        return "imported" if is_imported else "ready"
    if store.is_damaged(checkpoint):
        return "damaged"
    kept = store.kept_bytes(checkpoint)
    return f"{100 * kept // checkpoint.size_bytes} % here" if kept and checkpoint.size_bytes else "not here"


# --- get, verify, remove ---


def _configure_get(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", nargs="*", metavar="MODEL", help="ids, as `models list` names them")
    parser.add_argument("--all", action="store_true", help="every model that is not here")


def _get(models: _Models, arguments: argparse.Namespace) -> int:
    """Fetch models; one that is here already costs nothing."""

    def fetch(spec: ModelSpec) -> None:
        if spec.checkpoint is None:
            models.say(f"{spec.title} comes with the program.")
            return
        report = models.report_for(spec.title)
        path = models.store.ensure(spec.checkpoint, title=spec.title, report=report)
        models.say(f"{spec.title} is here: {path}")

    chosen = models.catalogue.specs() if arguments.all else _chosen(models, arguments.models)
    if not chosen:
        raise UsageError("name the models to get, or --all")
    return _each(models, chosen, fetch, arguments)


def _configure_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", nargs="*", metavar="MODEL", help="ids (default: every model that is here)")


def _verify(models: _Models, arguments: argparse.Namespace) -> int:
    """Compare whole files with their hashes."""
    n_damaged = 0

    def verify(spec: ModelSpec) -> None:
        nonlocal n_damaged
        if spec.checkpoint is None:
            models.say(f"{spec.title} comes with the program.")
            return
        if not models.store.has(spec.checkpoint) and not models.store.is_damaged(spec.checkpoint):
            raise _missing(spec)
        is_sound = models.store.verify(spec.checkpoint, report=models.report_for(spec.title))
        n_damaged += not is_sound
        models.say(
            f"{spec.title} is intact."
            if is_sound
            else f"{spec.title} is damaged: its file differs from the published one. "
            f"Get it again with: mt3-desktop models get {spec.id}"
        )

    here = tuple(spec for spec in models.catalogue.specs() if _is_here(models.store, spec.checkpoint))
    chosen = _chosen(models, arguments.models) if arguments.models else here
    if all(spec.checkpoint is None for spec in chosen) and not arguments.models:
        models.say("No model was downloaded or imported, so there is no file to check.")
    status = _each(models, chosen, verify, arguments)
    return status or (FAILED if n_damaged else DONE)


def _configure_remove(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("models", nargs="+", metavar="MODEL", help="ids, as `models list` names them")


def _remove(models: _Models, arguments: argparse.Namespace) -> int:
    """Put models into the recycle bin."""

    def remove(spec: ModelSpec) -> None:
        if spec.checkpoint is None:
            raise MT3Error(f"{spec.title} comes with the program and can't be deleted.")
        if not _is_here(models.store, spec.checkpoint) and not models.store.kept_bytes(spec.checkpoint):
            raise _missing(spec)
        sharers = [
            other.title
            for other in models.catalogue.specs()
            if other.checkpoint and other.id != spec.id and other.checkpoint.sha256 == spec.checkpoint.sha256
        ]
        models.store.remove(spec.checkpoint)
        also = f" So is {', '.join(sharers)}, which is the same file." if sharers else ""
        models.say(f"{spec.title} is in the recycle bin.{also}")

    return _each(models, _chosen(models, arguments.models), remove, arguments)


# --- import, where, move, leftovers, link ---


def _configure_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files of weights, or folders")
    parser.add_argument(
        "--option", action="append", default=[], type=option, metavar="NAME=VALUE",
        help="what an unknown file does not say, for example memory_length=64; may be repeated",
    )  # fmt: skip


def _import(models: _Models, arguments: argparse.Namespace) -> int:
    """Take in files of weights."""
    status = DONE
    for path in arguments.paths:
        try:
            report = models.report_for(path.name)
            found = models.catalogue.import_path(path, options=dict(arguments.option), report=report)
        except MT3Error as error:
            models.complain(error, with_detail=arguments.debug)
            status = status or status_of(error)
        else:
            for spec in found:
                models.say(f"{spec.title} is ready: mt3-desktop transcribe song.wav -m {spec.id}")
                for name, sentence in zip(spec.assumed, assumptions(spec), strict=True):
                    models.say(f"{sentence} If that is wrong, import it again with --option {name}=NUMBER")
    return status


def _configure_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="an id; without it, the folder of all models"
    )


def _where(models: _Models, arguments: argparse.Namespace) -> int:
    """Print where models lie."""
    if arguments.model is None:
        models.say(str(models.store.folder))
        return DONE
    spec = models.catalogue.spec(arguments.model)
    if spec.checkpoint is None:
        models.say(f"{spec.title} comes with the program.")
        return DONE
    path = models.store.find(spec.checkpoint, report=models.report_for(spec.title))
    if path is None:
        raise _missing(spec)
    models.say(str(path))
    return DONE


def _configure_move(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the models shall be from now on")


def _move(models: _Models, arguments: argparse.Namespace) -> int:
    """Move the folder of all models."""
    models.store.move(arguments.folder, report=models.report_for("models"))
    models.say(f"The models are in {models.store.folder}")
    return DONE


def _configure_leftovers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--delete", action="store_true", help="delete them")


def _leftovers(models: _Models, arguments: argparse.Namespace) -> int:
    """List, or delete, what no model uses."""
    found = models.store.leftovers()
    for leftover in found:
        models.say(f"{size_text(leftover.size_bytes)}  {leftover.path}")
    if not found:
        models.say("There are no left-over downloads.")
    elif arguments.delete:
        models.say(f"{size_text(models.store.delete_leftovers(found))} deleted.")
    return DONE


def _configure_link(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="an id, as `models list` names it")


def _link(models: _Models, arguments: argparse.Namespace) -> int:
    """Print where another computer can get a model."""
    models.say(link_text(models.catalogue.spec(arguments.model)))
    return DONE


class _Action:
    """One action: its help, its arguments, what it does."""

    def __init__(self, summary: str, configure: Callable[[argparse.ArgumentParser], None], act: _Act) -> None:
        self.help = summary
        self.configure = configure
        self.act = act


_ACTIONS: dict[str, _Action] = {
    "list": _Action("what there is, and how it stands", _configure_list, _list),
    "get": _Action("download models", _configure_get, _get),
    "verify": _Action("compare files with their published hashes", _configure_verify, _verify),
    "remove": _Action("put models into the recycle bin", _configure_remove, _remove),
    "import": _Action("take in files that are at hand", _configure_import, _import),
    "where": _Action("print where models lie", _configure_where, _where),
    "move": _Action("move the folder of all models", _configure_move, _move),
    "leftovers": _Action("list or delete unfinished downloads", _configure_leftovers, _leftovers),
    "link": _Action("print where another computer can get a model", _configure_link, _link),
}


def _each(
    models: _Models,
    specs: Iterable[ModelSpec],
    act: Callable[[ModelSpec], None],
    arguments: argparse.Namespace,
) -> int:
    """Do something with each model; a failure does not stop the rest, and the first decides the status."""
    status = DONE
    for spec in specs:
        try:
            act(spec)
        except MT3Error as error:
            models.complain(error, with_detail=arguments.debug)
            status = status or status_of(error)
    return status


def _chosen(models: _Models, ids: Sequence[str]) -> tuple[ModelSpec, ...]:
    """The entries of ids; a wrong one is said before anything is done."""
    return tuple(models.catalogue.spec(model_id) for model_id in ids)


def _is_here(store: CheckpointStore, checkpoint: Checkpoint | None) -> bool:
    return checkpoint is not None and (store.has(checkpoint) or store.is_damaged(checkpoint))


def _missing(spec: ModelSpec) -> ModelMissing:
    return ModelMissing(
        f"{spec.title} is not on this computer.", hint=f"Get it with: mt3-desktop models get {spec.id}"
    )
