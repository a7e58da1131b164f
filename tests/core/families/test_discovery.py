"""Families are found: ours by their files, others' by an entry point of their package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mt3_desktop.core import families
from mt3_desktop.core.errors import UnknownModel
from mt3_desktop.core.model import ModelFamily
from tests.helpers.fake_family import Scene, fake_family, fake_spec, install

STRANGER = '''
"""A model family in a package of its own."""
from mt3_desktop.core.model import ModelFamily
from mt3_desktop.core.specs import Abilities, ModelSpec
from mt3_desktop.core.values import Note, SegmentNotes

SPEC = ModelSpec(
    id="{id}", family="{family}", title="One note", summary="Always hears middle C", checkpoint=None,
    sample_rate=22050, segment_samples=22050,
    abilities=Abilities(drums=False, singing=False, instruments=False, velocities=False), licence="CC0-1.0",
)

class OneNote:
    spec = SPEC

    def stream(self, clip, *, cancel, first_segment=0):
        assert clip.sample_rate == 22050
        yield SegmentNotes(0, 1, 0.0, clip.duration, (Note(0.0, clip.duration, 60, 90, 0),))

    def close(self):
        pass

FAMILY = ModelFamily("{family}", (SPEC,), lambda spec, weights, device: OneNote(), lambda facts: None)
'''

Package = Callable[..., None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Installs a package that brings a family: a module, and the metadata that pip would write."""

    def make(name: str, source: str, target: str = "FAMILY") -> None:
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        metadata = tmp_path / f"{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8"
        )
        entry = f"[mt3_desktop.families]\n{name} = {name}:{target}\n"
        (metadata / "entry_points.txt").write_text(entry, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)

    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    families.families.cache_clear()
    monkeypatch.setattr(families, "families", families.discover)
    return make


def test_every_file_of_the_folder_is_a_family() -> None:
    folder = Path(families.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    own = {family.name for family in families.discover()}
    assert files <= own


def test_built_in_models_come_first() -> None:
    built_in = [spec.is_built_in for spec in families.specs()]
    assert built_in == sorted(built_in, reverse=True)


def test_model_ids_are_unique() -> None:
    ids = [spec.id for spec in families.specs()]
    assert len(ids) == len(set(ids))


def test_file_without_a_family_is_our_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "unfinished.py").write_text("X = 1", encoding="utf-8")
    monkeypatch.setattr(families, "__path__", [str(tmp_path)])
    with pytest.raises(TypeError, match="unfinished does not end with FAMILY"):
        families.discover()


def test_other_package_brings_a_model(package: Package, tmp_path: Path) -> None:
    package("one_note", STRANGER.format(id="one-note", family="one_note"))
    import numpy as np

    from mt3_desktop import list_models, load_model

    assert list_models()[-1].id == "one-note"
    with load_model("one-note") as model:
        result = model.transcribe(np.ones(44100), sr=44100)
    assert [note.pitch for note in result.notes] == [60]
    assert result.save(tmp_path / "out.mid").exists()


@pytest.mark.parametrize(
    ("source", "target", "complaint"),
    [
        ("raise RuntimeError('no GPU')", "FAMILY", "can't be loaded: RuntimeError('no GPU')"),
        ("import no_such_module", "FAMILY", "can't be loaded: ModuleNotFoundError"),
        ("X = 1", "FAMILY", "can't be loaded: AttributeError"),
        ("FAMILY = 'a string'", "FAMILY", "is not a ModelFamily"),
        ("syntax error", "FAMILY", "can't be loaded: SyntaxError"),
    ],
)
def test_broken_package_is_a_warning(
    package: Package, expect_log: Callable[[str], None], source: str, target: str, complaint: str
) -> None:
    expect_log(complaint)
    package("broken_family", source, target)
    assert "broken_family" not in {family.name for family in families.discover()}


def test_taken_id_is_left_out(package: Package, expect_log: Callable[[str], None]) -> None:
    taken = families.specs()[0].id
    expect_log(f"{taken} is taken")
    package("impostor", STRANGER.format(id=taken, family="impostor"))
    assert "impostor" not in {family.name for family in families.discover()}


def test_family_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(UnknownModel, match='No installed package brings models of the kind "fakes"'):
        families.family_of(fake_spec())


def test_family_of_a_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    family: ModelFamily = fake_family(Scene())
    install(monkeypatch, family)
    assert families.family_of(families.spec("fake")) is family
