"""Every model there is: those of the installed families, and those that the user imported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mt3_desktop.core import families
from mt3_desktop.core.errors import (
    DamagedCheckpoint,
    InvalidOption,
    MT3Error,
    UnknownCheckpoint,
    UnknownModel,
)
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, ignore
from mt3_desktop.core.specs import Checkpoint, HttpMirror, ModelSpec, OptionFacts
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.disk import disk_errors, hash_file
from mt3_desktop.core.store.imported import config_beside, imported_specs, keep_entry, weights_in
from mt3_desktop.core.values import AudioClip

Options = Mapping[str, int | float | str]
TryOut = Callable[[ModelSpec, Path], None]

NO_OPTIONS: Options = MappingProxyType({})
USERS_LICENCE = "yours"

# Names that say nothing: then the folder's name says more.
_ANONYMOUS = frozenset(
    {"mt3", "model", "last", "best", "checkpoint", "weights", "pytorch_model", "pytorch-model"}
)


class Catalogue:
    """Looks models up by id, and takes in new ones from files."""

    def __init__(self, store: CheckpointStore, *, try_out: TryOut | None = None) -> None:
        """A catalogue over a store.

        Args:
            store: keeps the files.
            try_out: raises an `MT3Error` if a model of unknown origin does not run; `hear_one_second` where
                None.
        """
        self._store = store
        self._try_out = try_out or hear_one_second

    def specs(self) -> tuple[ModelSpec, ...]:
        """All models: built-in ones first, then published, then imported ones."""
        return (*map(self._as_set, families.specs()), *self.imported())

    def imported(self) -> tuple[ModelSpec, ...]:
        """The models that the user brought."""
        return imported_specs(self._store.imported_folder)

    def spec(self, model_id: str) -> ModelSpec:
        """The entry of a model.

        Raises:
            UnknownModel: if there is none; the hint names similar ids, or all.
        """
        for spec in self.imported():
            if spec.id == model_id:
                return spec
        return self._as_set(families.spec(model_id))

    def import_path(
        self,
        path: Path,
        *,
        options: Options = NO_OPTIONS,
        report: Report = ignore,
        cancel: CancelToken | None = None,
    ) -> tuple[ModelSpec, ...]:
        """Take in a file of weights, or all that a folder holds.

        A file is recognised by the hash of its content. One that nobody published is recognised by its
        tensors, tried on one second of sound, and only then copied. Nothing in it is ever executed.

        Args:
            path: a file, or a folder in a published layout, such as `.mt3_checkpoints`.
            options: for files that nobody published: what they do not say, for example the memory length.
            report: gets `Stage.VERIFY` in bytes, then `Stage.LOAD` for a trial.
            cancel: checked per block and between files.

        Returns:
            The models that are ready now, each once. What their files do not tell is in their `assumed`.

        Raises:
            UnknownModel: if there is no such path.
            UnknownCheckpoint: if nothing in it belongs to a known family.
            InvalidOption: if an option has no such value.
            DamagedCheckpoint: if a file cannot be read, or does not run.
            DiskFull, NotWritable: if it cannot be copied.
            Cancelled: after `cancel.cancel()`.
        """
        cancel = cancel or CancelToken()
        try:
            files = weights_in(path)
        except OSError as error:
            raise UnknownModel(
                f'Can\'t find "{path.name}".', hint="It may have been moved or renamed.", detail=str(error)
            ) from error
        if not files:
            raise UnknownCheckpoint(
                f'The folder "{path.name}" contains no weights.', hint="Choose another one."
            )
        taken: dict[str, ModelSpec] = {}
        failures: list[MT3Error] = []
        for file in files:
            try:
                found = self._import_file(file, options, report, cancel)
            except (UnknownCheckpoint, DamagedCheckpoint) as error:  # other files of the folder may do
                failures.append(error)
            else:
                taken.update((spec.id, spec) for spec in found)
        if not taken:
            raise failures[0]
        return tuple(taken.values())

    def set_options(self, model_id: str, options: Options) -> None:
        """Change a model's options, for example what an imported file does not say: its memory length.

        Raises:
            UnknownModel: if there is no such model.
            InvalidOption: if a value is none of those that there are.
            NotWritable: if it cannot be kept.
        """
        spec = with_options(self.spec(model_id), options)
        with disk_errors(self._store.folder, title=spec.title):
            if any(known.id == model_id for known in families.specs()):
                self._store.keep_options(model_id, options)
            else:
                keep_entry(self._store.imported_folder, spec, config=None)

    def _as_set(self, spec: ModelSpec) -> ModelSpec:
        """A published model with the options that the user set."""
        options = {
            name: value for name, value in self._store.options(spec.id).items() if name in spec.options
        }
        return replace(spec, options=MappingProxyType({**spec.options, **options})) if options else spec

    def _import_file(
        self, file: Path, options: Options, report: Report, cancel: CancelToken
    ) -> tuple[ModelSpec, ...]:
        """Take in one file."""
        try:
            sha256 = hash_file(file, report=report, cancel=cancel)
        except OSError as error:
            raise DamagedCheckpoint(
                f'"{file.name}" can\'t be read.', hint="Get it again.", detail=str(error)
            ) from error
        known = tuple(spec for spec in families.specs() if self._is_file_of(spec, sha256))
        if known:
            for spec in known:
                self._take(file, spec, is_own=False, report=report, cancel=cancel)
            return known
        spec = self._named(recognise(file, sha256=sha256), file, sha256, options)
        require_intact(file, cancel)
        report(Progress(Stage.LOAD, note=spec.title))
        self._try_out(spec, file)
        cancel.check()
        self._take(file, spec, is_own=True, report=report, cancel=cancel)
        with disk_errors(self._store.folder, title=spec.title):
            keep_entry(self._store.imported_folder, spec, config=config_beside(file))
        return (spec,)

    def _take(
        self, file: Path, spec: ModelSpec, *, is_own: bool, report: Report, cancel: CancelToken
    ) -> None:
        """Copy a file into the store, unless its content is there."""
        checkpoint = spec.checkpoint
        if checkpoint is None or self._store.has_own_copy(checkpoint):
            return
        self._store.adopt(file, checkpoint, is_own=is_own, report=report, cancel=cancel)

    def _is_file_of(self, spec: ModelSpec, sha256: str) -> bool:
        """Whether the content with this hash is the checkpoint of a published model."""
        return spec.checkpoint is not None and self._store.sha256(spec.checkpoint) == sha256

    def _named(self, spec: ModelSpec, file: Path, sha256: str, options: Options) -> ModelSpec:
        """The entry of a user's file: the family's spec under a name of its own."""
        name = file.stem if file.stem.lower() not in _ANONYMOUS else file.resolve().parent.name or file.stem
        same = next((known for known in self.imported() if _sha256(known) == sha256), None)
        return replace(
            with_options(spec, options),
            id=same.id if same else _unused_id(name, (known.id for known in self.specs())),
            title=name,
            summary=f"Imported; works like {spec.title}",
            licence=USERS_LICENCE,
            checkpoint=Checkpoint(sha256, file.stat().st_size, file.name, (), USERS_LICENCE),
        )


def recognise(path: Path, *, sha256: str = "") -> ModelSpec:
    """The spec for a file of weights that may be anybody's; the weights themselves are not read.

    Args:
        path: the file, or a folder that holds one file of weights.
        sha256: hash of its content, where known.

    Raises:
        UnknownModel: if there is no such path.
        DamagedCheckpoint: if it cannot be read as weights.
        UnknownCheckpoint: if it can, but no family knows it.
    """
    if not path.exists():
        raise UnknownModel(f'Can\'t find "{path.name}".', hint="It may have been moved or renamed.")
    from mt3_desktop.core.nn.weights import read_facts  # imports torch

    facts = replace(read_facts(path), sha256=sha256)
    for family in families.families():
        spec = family.recognises(facts)
        if spec is not None:
            return spec
    names = [spec.title for spec in families.specs() if not spec.is_built_in]
    known = " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    raise UnknownCheckpoint(
        f'"{path.name}" isn\'t an MT3-family model.',
        hint=f"The file was read, but its parts don't match {known}. It was not added.",
    )


def require_intact(path: Path, cancel: CancelToken) -> None:
    """See that a file of the user's is as it was saved, as far as it tells; nobody published its hash.

    Raises:
        DamagedCheckpoint: if it is not.
        Cancelled: after `cancel.cancel()`.
    """
    from mt3_desktop.core.nn.weights import check_intact  # imports torch

    check_intact(path, cancel)


def with_options(spec: ModelSpec, options: Options) -> ModelSpec:
    """A spec with other values for its options.

    Raises:
        InvalidOption: if the model has no such option, or a value is none of those that there are.
    """
    known = families.family_of(spec).options
    for name, value in options.items():
        if name not in known and name not in spec.options:
            names = ", ".join(sorted({*known, *spec.options}))
            raise InvalidOption(
                f'{spec.title} has no option "{name}".',
                hint=f"Its options: {names}." if names else "It has none at all.",
            )
        if name in known and not known[name].accepts(value):
            raise InvalidOption(f'"{value}" is no value for the option {name}.', hint=known[name].range_text)
    return replace(
        spec,
        options=MappingProxyType({**spec.options, **options}),
        assumed=tuple(name for name in spec.assumed if name not in options),
    )


def changeable(spec: ModelSpec, *, is_imported: bool) -> Mapping[str, OptionFacts]:
    """The options of a model that a user may set; none if the package that brought its family is gone."""
    try:
        known = families.family_of(spec).options
    except UnknownModel:
        return MappingProxyType({})
    wanted = {name: facts for name, facts in known.items() if is_imported or not facts.is_of_file}
    return MappingProxyType({name: facts for name, facts in wanted.items() if name in spec.options})


def assumptions(spec: ModelSpec) -> tuple[str, ...]:
    """What was assumed because a file of weights does not tell it: a sentence for each option."""
    known = families.family_of(spec).options
    return tuple(
        f"The file does not tell its {known[name].title.lower() if name in known else name}: "
        f"{spec.options[name]} was taken."
        for name in spec.assumed
    )


def hear_one_second(spec: ModelSpec, weights: Path) -> None:
    """Load a model and let it hear one second of a chord: what runs here will run.

    Raises:
        MT3Error: if it does not load, or does not run.
    """
    times = np.arange(spec.sample_rate, dtype=np.float32) / spec.sample_rate
    chord = sum(np.sin(2 * np.pi * hertz * times) for hertz in (220.0, 277.18, 329.63))
    samples = (0.2 * np.asarray(chord)).astype(np.float32)
    samples.setflags(write=False)
    clip = AudioClip(samples, spec.sample_rate, "one second of a chord")
    model = families.family_of(spec).build(spec, weights, "cpu")
    try:
        for _part in model.stream(clip, cancel=CancelToken()):
            pass
    finally:
        model.close()


def _sha256(spec: ModelSpec) -> str:
    return spec.checkpoint.sha256 if spec.checkpoint else ""


def _unused_id(name: str, taken: Iterable[str]) -> str:
    """An id that users can type, made from a name: "My fine-tune" → "my-fine-tune"."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "imported"
    used = set(taken)
    candidates = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(used) + 2))
    return next(candidate for candidate in candidates if candidate not in used)


def link_text(spec: ModelSpec) -> str:
    """Where a computer with internet can get a model's file, and how to see that it is the right one.

    Raises:
        UnknownModel: if nobody publishes the file: it is built in, or the user's own.
    """
    checkpoint = spec.checkpoint
    if checkpoint is None or not checkpoint.mirrors:
        raise UnknownModel(f"{spec.title} is not downloaded from anywhere.", hint="Copy its file instead.")
    addresses = [
        mirror.url if isinstance(mirror, HttpMirror) else f"{mirror.repository} (Git LFS)"
        for mirror in checkpoint.mirrors
    ]
    lines = [
        f"{spec.title}: {checkpoint.filename}",
        *addresses,
        f"size: {checkpoint.size_bytes} bytes",
        f"sha256: {checkpoint.sha256 or 'not published'}",
        f"then: mt3-desktop models import {checkpoint.filename}",
    ]
    return "\n".join(lines)
