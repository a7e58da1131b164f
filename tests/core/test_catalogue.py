"""Taking in files: known by their content, else by their tensors and a trial."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from safetensors.numpy import save_file

from mt3_desktop.core import families, pipeline
from mt3_desktop.core.catalogue import Catalogue, Options, assumptions
from mt3_desktop.core.errors import DamagedCheckpoint, InvalidOption, UnknownCheckpoint, UnknownModel
from mt3_desktop.core.progress import Cancelled, CancelToken, Progress, Stage
from mt3_desktop.core.specs import Checkpoint, OptionValue
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from tests.helpers import fake_family as fakes

PUBLISHED = b"the published weights" * 1000
PUBLISHED_SHA256 = hashlib.sha256(PUBLISHED).hexdigest()


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> fakes.Scene:
    """The families: fakes, one built in, two published entries with the same file."""
    scene = fakes.Scene()
    file = Checkpoint(PUBLISHED_SHA256, len(PUBLISHED), "mt3.pth", (), "none stated")
    fakes.install(
        monkeypatch,
        fakes.fake_family(
            scene,
            fakes.fake_spec("built-in"),
            fakes.fake_spec("original", checkpoint=file),
            fakes.fake_spec("same", checkpoint=file),
        ),
    )
    return scene


@pytest.fixture
def store(locations: Locations) -> CheckpointStore:
    def discard(path: Path) -> None:
        path.rename(locations.root / "bin")

    return CheckpointStore(locations, discard=discard)


@pytest.fixture
def catalogue(store: CheckpointStore, scene: fakes.Scene) -> Catalogue:
    return Catalogue(store)


def write_weights(path: Path, name: str = "fake.weight", value: float = 1.0) -> Path:
    """A small safetensors file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: np.full((2, 3), value, np.float32)}, path)
    return path


def test_a_published_file_is_known_by_its_content_and_not_by_its_name(
    catalogue: Catalogue, store: CheckpointStore, scene: fakes.Scene, tmp_path: Path
) -> None:
    file = tmp_path / "download (1).tmp"
    file.write_bytes(PUBLISHED)

    found = catalogue.import_path(file)

    assert [spec.id for spec in found] == ["original", "same"]
    assert store.used_bytes() < 2 * len(PUBLISHED), "one copy for both"
    assert catalogue.imported() == ()
    assert scene.built == [], "what is known needs no trial"


def test_a_folder_in_the_published_layout_is_taken_in(
    catalogue: Catalogue, store: CheckpointStore, tmp_path: Path
) -> None:
    folder = tmp_path / ".mt3_checkpoints" / "mt3_pytorch"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "mt3.pth").write_bytes(PUBLISHED)

    found = catalogue.import_path(tmp_path / ".mt3_checkpoints")

    assert [spec.id for spec in found] == ["original", "same"]
    assert all(spec.checkpoint and store.has(spec.checkpoint) for spec in found)


def test_an_unknown_file_is_recognised_tried_and_kept(
    catalogue: Catalogue, store: CheckpointStore, scene: fakes.Scene, tmp_path: Path
) -> None:
    file = write_weights(tmp_path / "My fine-tune.safetensors")
    (tmp_path / "config.json").write_text('{"d_model": 3}')
    seen: list[Progress] = []

    (spec,) = catalogue.import_path(file, options={"memory_length": 64}, report=seen.append)

    assert (spec.id, spec.title, spec.licence) == ("my-fine-tune", "My fine-tune", "yours")
    assert spec.options["memory_length"] == 64
    assert [clip.duration for clip in scene.clips] == [1.0]
    assert scene.closed == 1
    assert {progress.stage for progress in seen} == {Stage.VERIFY, Stage.LOAD}
    assert Catalogue(store).spec("my-fine-tune") == spec, "it survives a restart"
    file.unlink()
    resolved = pipeline.resolve("my-fine-tune", store=store)
    weights = pipeline.weights_of(resolved, store, auto_download=False)
    assert weights.name == "My fine-tune.safetensors"
    assert json.loads(weights.with_name("config.json").read_text()) == {"d_model": 3}


def test_importing_twice_keeps_one_entry_with_the_newer_options(catalogue: Catalogue, tmp_path: Path) -> None:
    file = write_weights(tmp_path / "fine-tune.safetensors")

    catalogue.import_path(file, options={"memory_length": 32})
    catalogue.import_path(file, options={"memory_length": 64})

    (spec,) = catalogue.imported()
    assert (spec.id, spec.options["memory_length"]) == ("fine-tune", 64)


def test_a_name_that_says_nothing_gives_way_to_the_folders(catalogue: Catalogue, tmp_path: Path) -> None:
    first = write_weights(tmp_path / "Jazz trio" / "model.safetensors", value=1.0)
    second = write_weights(tmp_path / "other" / "Jazz trio" / "last.safetensors", value=2.0)

    ids = [catalogue.import_path(file)[0].id for file in (first, second)]

    assert ids == ["jazz-trio", "jazz-trio-2"]


def test_a_file_of_no_family_is_not_added(
    catalogue: Catalogue, store: CheckpointStore, tmp_path: Path
) -> None:
    file = write_weights(tmp_path / "picture.safetensors", name="conv1.weight")

    with pytest.raises(UnknownCheckpoint, match="isn't an MT3-family model") as caught:
        catalogue.import_path(file)

    assert caught.value.hint.endswith("It was not added.")
    assert store.used_bytes() == 0


def test_a_file_that_is_not_weights_is_not_added(
    catalogue: Catalogue, store: CheckpointStore, tmp_path: Path
) -> None:
    file = tmp_path / "holiday.pth"
    file.write_bytes(b"\xff\xd8\xff\xe0 a picture")

    with pytest.raises(DamagedCheckpoint):
        catalogue.import_path(file)

    assert store.used_bytes() == 0


def test_a_model_that_does_not_run_is_not_added(
    catalogue: Catalogue, store: CheckpointStore, scene: fakes.Scene, tmp_path: Path
) -> None:
    scene.errors[0] = DamagedCheckpoint("It gives nonsense.")
    file = write_weights(tmp_path / "broken.safetensors")

    with pytest.raises(DamagedCheckpoint, match="nonsense"):
        catalogue.import_path(file)

    assert scene.closed == 1
    assert catalogue.imported() == ()
    assert store.used_bytes() == 0


def test_of_a_folder_what_can_be_taken_is_taken(catalogue: Catalogue, tmp_path: Path) -> None:
    write_weights(tmp_path / "a" / "unknown.safetensors", name="conv1.weight")
    write_weights(tmp_path / "b" / "good.safetensors")

    assert [spec.id for spec in catalogue.import_path(tmp_path)] == ["good"]


def test_a_folder_without_weights_says_so(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(UnknownCheckpoint, match="contains no weights"):
        catalogue.import_path(tmp_path)


def test_a_path_that_is_not_there_says_so(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match=r'Can\'t find "nothing\.pth"'):
        catalogue.import_path(tmp_path / "nothing.pth")


def test_cancelled_nothing_is_added(catalogue: Catalogue, store: CheckpointStore, tmp_path: Path) -> None:
    file = write_weights(tmp_path / "fine-tune.safetensors")
    cancel = CancelToken()

    def stop_at_the_trial(progress: Progress) -> None:
        if progress.stage is Stage.LOAD:
            cancel.cancel()

    with pytest.raises(Cancelled):
        catalogue.import_path(file, report=stop_at_the_trial, cancel=cancel)

    assert catalogue.imported() == ()
    assert store.used_bytes() == 0


def test_an_imported_model_is_removed_whole(
    catalogue: Catalogue, store: CheckpointStore, locations: Locations, tmp_path: Path
) -> None:
    (spec,) = catalogue.import_path(write_weights(tmp_path / "fine-tune.safetensors"))
    assert spec.checkpoint is not None

    store.remove(spec.checkpoint)

    assert catalogue.imported() == ()
    assert (locations.root / "bin" / "fine-tune.safetensors").exists()
    with pytest.raises(UnknownModel):
        catalogue.spec("fine-tune")


def test_an_imported_model_that_was_damaged_is_not_loaded(
    catalogue: Catalogue, store: CheckpointStore, tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("is not what it was")
    (spec,) = catalogue.import_path(write_weights(tmp_path / "fine-tune.safetensors"))
    assert spec.checkpoint is not None
    path = store.path(spec.checkpoint)
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(b"?" * path.stat().st_size)

    assert not store.verify(spec.checkpoint)

    assert store.is_damaged(spec.checkpoint)
    assert not store.has(spec.checkpoint)
    store.remove(spec.checkpoint)
    assert catalogue.imported() == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [("id", 7), ("checkpoint", {"filename": "../../evil", "size_bytes": 1}), ("abilities", {"flies": True})],
)
def test_an_entry_that_was_tampered_with_is_left_out(
    catalogue: Catalogue,
    store: CheckpointStore,
    tmp_path: Path,
    expect_log: Callable[[str], None],
    key: str,
    value: object,
) -> None:
    expect_log("is left out")
    catalogue.import_path(write_weights(tmp_path / "fine-tune.safetensors"))
    (entry,) = store.imported_folder.glob("*/model.json")
    entry.write_text(json.dumps(json.loads(entry.read_text()) | {key: value}))

    assert catalogue.imported() == ()


def test_what_a_file_does_not_tell_is_assumed_and_said(
    catalogue: Catalogue, scene: fakes.Scene, tmp_path: Path
) -> None:
    scene.file_options = {"memory_length": 64}
    file = write_weights(tmp_path / "fine-tune.safetensors")
    (spec,) = catalogue.import_path(file)
    assert assumptions(spec) == ("The file does not tell its memory length: 64 was taken.",)
    (spec,) = catalogue.import_path(file, options={"memory_length": 32})
    assert (spec.options["memory_length"], assumptions(spec)) == (32, ())


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"memory_length": 2000}, "Choose 0 to 1024."),
        ({"memory_length": "many"}, "Choose 0 to 1024."),
        ({"mode": "quick"}, "There are: calm, wild."),
        ({"speed": 2}, "Its options: memory_length, mode."),
    ],
)
def test_an_option_takes_only_its_values(
    catalogue: Catalogue, store: CheckpointStore, tmp_path: Path, options: Options, hint: str
) -> None:
    file = write_weights(tmp_path / "fine-tune.safetensors")
    with pytest.raises(InvalidOption) as caught:
        catalogue.import_path(file, options=options)
    assert caught.value.hint == hint
    with pytest.raises(InvalidOption):
        catalogue.set_options("original", options)
    with pytest.raises(InvalidOption):
        pipeline.resolve("original", options, store=store)
    assert catalogue.imported() == ()


def test_options_of_a_published_model_are_kept_and_travel_with_the_folder(
    scene: fakes.Scene, store: CheckpointStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    options = MappingProxyType[str, OptionValue]({"mode": "calm", "memory_length": 64})
    spec = replace(fakes.fake_spec("published"), options=options)
    fakes.install(monkeypatch, fakes.fake_family(scene, spec))
    catalogue = Catalogue(store)
    catalogue.set_options("published", {"mode": "wild"})
    assert catalogue.spec("published").options == {"mode": "wild", "memory_length": 64}
    assert [known.options["mode"] for known in Catalogue(store).specs()] == ["wild"]
    assert pipeline.resolve("published", store=store).spec.options["mode"] == "wild"
    assert pipeline.resolve("published", {"mode": "calm"}, store=store).spec.options["mode"] == "calm"
    store.move(tmp_path / "elsewhere")
    assert Catalogue(store).spec("published").options["mode"] == "wild"


def test_unreadable_options_are_those_of_the_family(
    catalogue: Catalogue, store: CheckpointStore, expect_log: Callable[[str], None]
) -> None:
    expect_log("options-original.json are unreadable")
    folder = store.folder / "records"
    folder.mkdir(parents=True)
    (folder / "options-original.json").write_text("[1")
    assert catalogue.spec("original") == families.spec("original")


def test_a_flipped_byte_of_a_users_file_is_noticed(
    catalogue: Catalogue, store: CheckpointStore, tmp_path: Path
) -> None:
    import torch

    file = tmp_path / "fine-tune.pth"
    torch.save({"fake.weight": torch.ones(50, 50)}, file)
    content = bytearray(file.read_bytes())
    content[content.index(b"\x00\x00\x80\x3f" * 9)] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedCheckpoint, match=r'"fine-tune.pth" is damaged'):
        catalogue.import_path(file)
    assert catalogue.imported() == ()
    with pytest.raises(DamagedCheckpoint, match=r'"fine-tune.pth" is damaged'):
        pipeline.weights_of(pipeline.resolve(str(file), store=store), store)
