"""What every family promises; a new file in the folder is tested by existing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mt3_desktop.core import families
from mt3_desktop.core.errors import MT3Error
from mt3_desktop.core.model import CheckpointFacts, ModelFamily
from mt3_desktop.core.specs import ModelSpec

FAMILIES = families.discover()
SPECS = [spec for family in FAMILIES for spec in family.specs]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_family_stands_by_its_specs(family: ModelFamily) -> None:
    assert family.specs
    assert {spec.family for spec in family.specs} == {family.name}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_spec_is_complete(spec: ModelSpec) -> None:
    assert spec.id == spec.id.lower().strip()
    assert " " not in spec.id
    assert spec.title
    assert spec.summary
    assert spec.licence
    assert 8000 <= spec.sample_rate <= 48000
    assert 0.1 <= spec.segment_samples / spec.sample_rate <= 60


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.checkpoint], ids=lambda spec: spec.id)
def test_checkpoint_can_be_fetched_and_checked(spec: ModelSpec) -> None:
    checkpoint = spec.checkpoint
    assert checkpoint is not None
    assert checkpoint.size_bytes > 0
    assert checkpoint.mirrors
    assert all(mirror.label.count(".") for mirror in checkpoint.mirrors)
    assert len(checkpoint.sha256) in (0, 64)
    assert not checkpoint.sha256 or set(checkpoint.sha256) <= set("0123456789abcdef")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_strange_weights_are_not_recognised(family: ModelFamily) -> None:
    for facts in (CheckpointFacts({}), CheckpointFacts({"layer.weight": (3, 4)}, filename="other.pth")):
        assert family.recognises(facts) is None


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.checkpoint], ids=lambda spec: spec.id)
@pytest.mark.parametrize(
    "content", [None, b"", b"not weights at all" * 100], ids=["missing", "empty", "rubbish"]
)
def test_broken_weights_are_a_sentence(spec: ModelSpec, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MT3Error) as caught:
        families.family_of(spec).build(spec, path, "cpu")
    assert caught.value.message.endswith(".")


def test_catalogue_needs_no_torch() -> None:
    code = (
        "import sys; from mt3_desktop.core import families; families.specs(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
