"""Weights come in through one door, and nothing else does."""

from __future__ import annotations

import json
import os
import pickle
import pickletools
import struct
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from mt3_desktop.core.errors import DamagedCheckpoint, ModelMissing
from mt3_desktop.core.nn import pickles
from mt3_desktop.core.nn.pickles import BadPickle, Foreign, plain, read_pickle
from mt3_desktop.core.nn.weights import check_finite, check_intact, check_layout, load_tensors, read_facts
from mt3_desktop.core.progress import Cancelled, CancelToken

GOLDEN = Path(__file__).parents[2] / "golden" / "yourmt3"

STORAGE_OF_FOUR = (
    b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"
)


def write_archive(path: Path, pickled: bytes, *, storage: bytes = bytes(16), compression: int = 0) -> Path:
    """An archive as torch writes it, around any pickle."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/data/0", storage)
        archive.writestr("archive/version", "3\n")
    return path


def tensor_pickle(
    *, first: bytes = b"K\x00", shape: bytes = b"K\x02K\x02\x86", strides: bytes = b"K\x02K\x01\x86"
) -> bytes:
    """{"w": a 2×2 tensor}, with the parts of the tensor to be replaced."""
    return (
        b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n("
        + STORAGE_OF_FOUR + first + shape + strides + b"\x89}tRs."
    )  # fmt: skip


def int_pickle(value: int) -> bytes:
    return pickle.dumps(value, protocol=2)[2:-1]


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that a payload makes when it runs."""
    return tmp_path / "ran"


class TestFiles:
    def test_plain_torch_file(self, tmp_path: Path) -> None:
        expected = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7), "c": torch.ones(3).half()}
        torch.save(expected, tmp_path / "x.pth")
        loaded = load_tensors(tmp_path / "x.pth")
        assert loaded.tensors.keys() == expected.keys()
        for name, tensor in expected.items():
            torch.testing.assert_close(loaded.tensors[name], tensor, rtol=0, atol=0)

    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_every_pickle_protocol(self, tmp_path: Path, protocol: int) -> None:
        torch.save({"a": torch.ones(2)}, tmp_path / "x.pth", pickle_protocol=protocol)
        assert load_tensors(tmp_path / "x.pth").tensors["a"].tolist() == [1, 1]

    def test_views_shared_storages_and_parameters(self, tmp_path: Path) -> None:
        whole = torch.arange(12.0).reshape(3, 4)
        content = {"t": whole.T, "part": whole[1:, 2], "p": nn.Parameter(whole), "none": torch.empty(0, 4)}
        torch.save(content, tmp_path / "x.pt")
        tensors = load_tensors(tmp_path / "x.pt").tensors
        torch.testing.assert_close(tensors["t"], whole.T)
        torch.testing.assert_close(tensors["part"], whole[1:, 2])
        torch.testing.assert_close(tensors["p"], whole)
        assert tensors["none"].shape == (0, 4)

    def test_writing_into_a_view_leaves_the_file_alone(self, tmp_path: Path) -> None:
        torch.save({"a": torch.zeros(4)}, tmp_path / "x.pth")
        before = (tmp_path / "x.pth").read_bytes()
        load_tensors(tmp_path / "x.pth").tensors["a"].fill_(1)
        assert (tmp_path / "x.pth").read_bytes() == before

    def test_unaligned_records(self, tmp_path: Path) -> None:
        values = np.arange(4, dtype=np.float32)
        found = set()
        for padding in range(4):
            path = tmp_path / f"{padding}.pth"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("a" * (7 + padding) + "/data.pkl", tensor_pickle())
                archive.writestr("a" * (7 + padding) + "/data/0", values.tobytes())
            found.add(tuple(load_tensors(path).tensors["w"].flatten().tolist()))
        assert found == {(0, 1, 2, 3)}

    def test_state_dict_is_unwrapped_and_hyper_parameters_are_plain(self, tmp_path: Path) -> None:
        content = {
            "state_dict": OrderedDict(a=torch.ones(1)),
            "hyper_parameters": {"x": {"y": [1, 2.5, "z", None, True]}, "object": torch.device("cpu"), 3: 4},
            "optimizer_states": [{"state": {0: torch.ones(5)}}],
        }
        torch.save(content, tmp_path / "x.ckpt")
        loaded = load_tensors(tmp_path / "x.ckpt")
        assert list(loaded.tensors) == ["a"]
        assert loaded.config == {"x": {"y": (1, 2.5, "z", None, True)}}

    def test_lightning_file_with_foreign_classes(self) -> None:
        expected = json.loads((GOLDEN / "fake_last_expected.json").read_text())["state_dict"]
        loaded = load_tensors(GOLDEN / "fake_last.ckpt")
        assert loaded.tensors.keys() == expected.keys()
        for name, entry in expected.items():
            assert list(loaded.tensors[name].shape) == entry["shape"]
            assert loaded.tensors[name].double().sum().item() == pytest.approx(entry["sum"], abs=1e-9)
        assert loaded.config["audio_cfg"]["hop_length"] == 300  # type: ignore[index]
        assert "task_manager" not in loaded.config

    def test_foreign_classes_are_not_imported(self) -> None:
        load_tensors(GOLDEN / "fake_last.ckpt")
        assert not {"utils", "utils.task_manager"} & set(sys.modules)

    def test_safetensors_with_config_beside(self, tmp_path: Path) -> None:
        save_file({"a": torch.ones(2, 3)}, tmp_path / "x.safetensors", metadata={"kind": "test"})
        (tmp_path / "config.json").write_text('{"d_model": 3}')
        loaded = load_tensors(tmp_path / "x.safetensors")
        assert loaded.tensors["a"].tolist() == [[1] * 3] * 2
        assert loaded.config == {"d_model": 3, "kind": "test"}

    def test_folder(self, tmp_path: Path) -> None:
        torch.save({"a": torch.ones(2)}, tmp_path / "mt3.pth")
        (tmp_path / "config.json").write_text('{"d_model": 3}')
        assert load_tensors(tmp_path).config == {"d_model": 3}
        assert read_facts(tmp_path).filename == "mt3.pth"

    def test_folder_with_two_files_is_ambiguous(self, tmp_path: Path) -> None:
        for name in ("a.pth", "b.ckpt"):
            torch.save({"a": torch.ones(2)}, tmp_path / name)
        with pytest.raises(DamagedCheckpoint, match="2 files of weights"):
            load_tensors(tmp_path)

    def test_facts_without_weights(self) -> None:
        facts = read_facts(GOLDEN / "fake_last.ckpt")
        assert len(facts.shapes) == 127
        assert facts.shapes["lm_head.lm_head.weight"] == (596, 24)
        assert facts.config["max_steps"] is not None
        assert facts.size_bytes == (GOLDEN / "fake_last.ckpt").stat().st_size

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ModelMissing):
            load_tensors(tmp_path / "none.pth")


class TestBrokenFiles:
    @pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99, 0.9999])
    def test_cut_short(self, tmp_path: Path, share: float) -> None:
        torch.save({"a": torch.ones(1000)}, tmp_path / "whole.pth")
        content = (tmp_path / "whole.pth").read_bytes()
        (tmp_path / "cut.pth").write_bytes(content[: int(len(content) * share)])
        for read in (load_tensors, read_facts):
            with pytest.raises(DamagedCheckpoint):
                read(tmp_path / "cut.pth")

    @pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
    def test_safetensors_cut_short(self, tmp_path: Path, share: float) -> None:
        save_file({"a": torch.ones(1000)}, tmp_path / "whole.safetensors")
        content = (tmp_path / "whole.safetensors").read_bytes()
        (tmp_path / "cut.safetensors").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(DamagedCheckpoint):
            load_tensors(tmp_path / "cut.safetensors")

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"\0" * 4096, b"<!doctype html><title>404</title>", b"PK\x03\x04",
            b"RIFF\x00\x00\x00\x00WAVEfmt ", b"version https://git-lfs",
            struct.pack("<Q", 2**60) + b"{", struct.pack("<Q", 20) + b"[" * 20,
        ],
    )  # fmt: skip
    def test_not_weights_at_all(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "x.pth").write_bytes(content)
        with pytest.raises(DamagedCheckpoint):
            load_tensors(tmp_path / "x.pth")

    def test_legacy_format_is_named(self, tmp_path: Path) -> None:
        torch.save({"a": torch.ones(1)}, tmp_path / "x.pth", _use_new_zipfile_serialization=False)
        with pytest.raises(DamagedCheckpoint, match=r"before 1\.6"):
            load_tensors(tmp_path / "x.pth")

    def test_a_zip_of_something_else(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "x.pth", "w") as archive:
            archive.writestr("song.mid", b"MThd")
        with pytest.raises(DamagedCheckpoint):
            load_tensors(tmp_path / "x.pth")

    def test_saved_without_names(self, tmp_path: Path) -> None:
        torch.save(torch.ones(3), tmp_path / "x.pth")
        with pytest.raises(DamagedCheckpoint):
            load_tensors(tmp_path / "x.pth")

    @pytest.mark.parametrize("config", ["[1]", "{", "[" * 100_000, '{"a": ' + "9" * 5000 + "}", " " * 2**21])
    def test_config_is_no_settings(self, tmp_path: Path, config: str) -> None:
        save_file({"a": torch.ones(1)}, tmp_path / "x.safetensors")
        (tmp_path / "config.json").write_text(config)
        with pytest.raises(DamagedCheckpoint):
            load_tensors(tmp_path)

    def test_every_flipped_byte_of_the_pickle_is_harmless(self, tmp_path: Path) -> None:
        whole = tensor_pickle()
        outcomes = set()
        for place in range(len(whole)):
            path = write_archive(
                tmp_path / "x.pth", whole[:place] + bytes([whole[place] ^ 0x11]) + whole[place + 1 :]
            )
            try:
                outcomes.add(len(load_tensors(path).tensors))
            except DamagedCheckpoint:
                outcomes.add(0)
        assert outcomes == {0, 1}


class TestChecksums:
    @pytest.fixture
    def saved(self, tmp_path: Path) -> Path:
        path = tmp_path / "mine.pth"
        torch.save({f"layer.{number}": torch.randn(300) for number in range(3)}, path)
        return path

    def test_a_whole_file(self, saved: Path, tmp_path: Path) -> None:
        check_intact(saved)
        check_intact(saved.parent)
        check_intact(GOLDEN / "fake_last.ckpt")
        save_file({"layer": torch.zeros(2)}, tmp_path / "x.safetensors")
        check_intact(tmp_path / "x.safetensors")

    def test_a_flipped_byte_of_the_weights(self, saved: Path) -> None:
        content = bytearray(saved.read_bytes())
        place = content.index(torch.load(saved)["layer.1"].numpy().tobytes()) + 100
        content[place] ^= 1
        saved.write_bytes(content)
        load_tensors(saved)  # it is the checksum alone that tells
        with pytest.raises(DamagedCheckpoint, match=r'"mine.pth" is damaged: a part of it') as caught:
            check_intact(saved)
        assert caught.value.detail.endswith("/data/1 differs")

    def test_a_program_that_writes_no_checksums(self, tmp_path: Path) -> None:
        torch.serialization.set_crc32_options(False)
        try:
            torch.save({"layer": torch.randn(300)}, tmp_path / "mine.pth")
        finally:
            torch.serialization.set_crc32_options(True)
        check_intact(tmp_path / "mine.pth")

    def test_records_on_top_of_each_other(self, tmp_path: Path) -> None:
        path = write_archive(tmp_path / "x.pth", tensor_pickle(), storage=bytes(4000))
        content = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            entry = archive.getinfo("archive/data/0")
        name = b"archive/version"
        place = content.rindex(name) - 46  # its entry in the directory
        header = struct.pack("<I", entry.header_offset)
        twice = bytearray(content)
        twice[place + 16 : place + 28] = struct.pack("<III", entry.CRC, 4000, 4000)
        twice[place + 42 : place + 46] = header
        path.write_bytes(twice)
        with pytest.raises(DamagedCheckpoint) as caught:
            check_intact(path)
        assert "overlapping" in caught.value.detail

    def test_it_can_be_stopped(self, saved: Path) -> None:
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled):
            check_intact(saved, cancel)


class TestAbsurdTensors:
    def test_honest_tensor_loads(self, tmp_path: Path) -> None:
        path = write_archive(tmp_path / "x.pth", tensor_pickle())
        assert load_tensors(path).tensors["w"].tolist() == [[0, 0], [0, 0]]

    @pytest.mark.parametrize(
        "pickled",
        [
            tensor_pickle(shape=int_pickle(2**40) + b"K\x02\x86"),
            tensor_pickle(shape=int_pickle(2**63) + int_pickle(2**63) + b"\x86"),
            tensor_pickle(shape=int_pickle(2**40) + b"K\x02\x86", strides=b"K\x00K\x00\x86"),
            tensor_pickle(strides=int_pickle(-1) + b"K\x01\x86"),
            tensor_pickle(shape=int_pickle(-2) + int_pickle(-2) + b"\x86"),
            tensor_pickle(first=b"K\x01"),
            tensor_pickle(first=int_pickle(-1)),
            tensor_pickle(first=int_pickle(2**70)),
            tensor_pickle(strides=b"K\x01\x85"),
            tensor_pickle(shape=b"(" + b"K\x01" * 100 + b"t", strides=b"(" + b"K\x01" * 100 + b"t"),
            tensor_pickle(shape=b"N"),
            tensor_pickle(shape=b"G\x40\x00\x00\x00\x00\x00\x00\x00K\x02\x86"),
            tensor_pickle().replace(b"K\x04tQ", b"M\xff\xfftQ"),
            tensor_pickle().replace(b"FloatStorage", b"FloatStorbge"),
            tensor_pickle().replace(b"X\x01\x00\x00\x000", b"X\x01\x00\x00\x001"),
        ],
    )
    def test_impossible_tensor(self, tmp_path: Path, pickled: bytes) -> None:
        path = write_archive(tmp_path / "x.pth", pickled)
        for read in (load_tensors, read_facts):
            with pytest.raises(DamagedCheckpoint):
                read(path)

    def test_compressed_records_are_refused(self, tmp_path: Path) -> None:
        path = write_archive(
            tmp_path / "x.pth", tensor_pickle(), storage=bytes(10**7), compression=zipfile.ZIP_DEFLATED
        )
        assert path.stat().st_size < 50_000
        with pytest.raises(DamagedCheckpoint) as raised:
            load_tensors(path)
        assert "compressed" in raised.value.detail

    def test_huge_pickle(self, tmp_path: Path) -> None:
        path = write_archive(tmp_path / "x.pth", bytes(pickles.MAX_BYTES + 1))
        with pytest.raises(DamagedCheckpoint):
            load_tensors(path)

    def test_huge_directory(self, tmp_path: Path) -> None:
        path = write_archive(tmp_path / "x.pth", tensor_pickle())
        content = bytearray(path.read_bytes())
        end = content.rindex(b"PK\x05\x06")
        start = struct.unpack_from("<I", content, end + 16)[0]
        padding = bytes(9 * 2**20)
        struct.pack_into("<I", content, end + 12, end - start + len(padding))
        path.write_bytes(content[:end] + padding + content[end:])
        with pytest.raises(DamagedCheckpoint) as raised:
            load_tensors(path)
        assert "directory" in raised.value.detail


def reduce_payload(path: Path) -> bytes:
    class Payload:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str, int]]:
            return os.open, (str(path), os.O_CREAT)

    return pickle.dumps({"state_dict": Payload()}, protocol=2)


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def payloads(path: Path) -> dict[str, bytes]:
    """Pickles that, taken at their word, make the file `path`."""
    command = f"touch {path}"
    system, argument = b"cos\nsystem\n", text(command)
    return {
        "REDUCE": reduce_payload(path),
        "REDUCE by text": b"(dS'w'\ncos\nsystem\n(S'" + command.encode() + b"'\ntRs.",
        "REDUCE of eval": b"\x80\x02cbuiltins\neval\n" + text(f"open({str(path)!r}, 'w')") + b"\x85R.",
        "REDUCE of a getattr chain": b"\x80\x02cbuiltins\ngetattr\ncos\npath\n" + text("os") + b"\x86R"
        + b"0" + system + argument + b"\x85R.",
        "STACK_GLOBAL": b"\x80\x04" + text("os") + text("system") + b"\x93" + argument + b"\x85R.",
        "INST": b"(" + argument + b"ios\nsystem\n.",
        "OBJ": b"(" + system + argument + b"o.",
        "NEWOBJ": b"\x80\x02" + system + argument + b"\x85\x81.",
        "NEWOBJ_EX": b"\x80\x04" + system + argument + b"\x85}\x92.",
        "BUILD with __setstate__": b"\x80\x02ccollections\nOrderedDict\n)R}" + text("__setstate__") + system
        + b"sb" + argument + b"b.",
        "BUILD on a class": b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nN}" + text("__code__") + system
        + b"s\x86b0" + system + argument + b"\x85R.",
        "REDUCE of a found function": b"\x80\x02ctorch._utils\n_rebuild_parameter\n" + system + argument
        + b"\x85RN)\x87R.",
        "persistent id": b"\x80\x02" + system + argument + b"\x85RQ.",
        "map": b"\x80\x02cbuiltins\nlist\ncbuiltins\nmap\n" + system + b"]" + argument + b"a\x86R\x85R.",
        "OrderedDict of payload": b"\x80\x02ccollections\nOrderedDict\n]" + text("k") + system + argument
        + b"\x85R\x86a\x85R.",
        "torch.load": b"\x80\x02ctorch.hub\nload\n" + argument + b"\x85R.",
        "storage as payload": tensor_pickle().replace(
            b"ctorch\nFloatStorage\n", system + argument + b"\x85R"),
    }  # fmt: skip


class TestHostilePickles:
    @pytest.mark.parametrize("kind", list(payloads(Path("x"))))
    def test_nothing_runs(self, tmp_path: Path, canary: Path, kind: str) -> None:
        path = write_archive(tmp_path / "x.pth", payloads(canary)[kind])
        for read in (load_tensors, read_facts):
            with pytest.raises(DamagedCheckpoint):
                read(path)
        assert not canary.exists()

    def test_the_payloads_are_live(self, canary: Path) -> None:
        pickle.loads(payloads(canary)["REDUCE"])
        assert canary.exists()

    def test_payload_beside_honest_weights(self, tmp_path: Path, canary: Path) -> None:
        pickled = tensor_pickle()[:-1] + text("evil") + reduce_payload(canary)[2:-1] + b"s."
        loaded = load_tensors(write_archive(tmp_path / "x.pth", pickled))
        assert list(loaded.tensors) == ["w"]
        assert not canary.exists()

    @pytest.mark.parametrize("code", [b"\x82\x01.", b"\x97.", b"0.", b"t.", b".", b"N", b"h\x07.", b"\xff.",
                                      b"Na.", b"NN\x86(s.", b"}(Nu.", b"N)b)s.", b"2."])  # fmt: skip
    def test_senseless_steps(self, code: bytes) -> None:
        with pytest.raises(BadPickle):
            read_pickle(b"\x80\x02" + code)

    def test_everything_that_pickle_writes(self) -> None:
        value: object = {
            "a": [1, -1, 2**80, 1.5, None, True, False, "é", (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
            1: {},
            None: [[], ()],
        }
        for protocol in range(2, 6):
            assert read_pickle(pickle.dumps(value, protocol)) == value
        assert read_pickle(pickletools.optimize(pickle.dumps(value, 4))) == value

    def test_content_of_foreign_dicts_counts(self) -> None:
        made = read_pickle(
            b"\x80\x02clightning\nAttributes\n)\x81}" + text("a") + b"K\x01sb" + text("x") + b"K\x02s."
        )
        assert isinstance(made, Foreign)
        assert made.maker_name == "lightning.Attributes"
        assert plain(made) == {"x": 2}

    def test_structure_that_contains_itself(self) -> None:
        value: list[object] = []
        value.append({"self": value})
        with pytest.raises(BadPickle):
            plain(read_pickle(pickle.dumps(value)))

    def test_structure_of_exponential_size(self) -> None:
        value: object = "x"
        for _ in range(30):
            value = [value, value]
        with pytest.raises(BadPickle):
            plain(read_pickle(pickle.dumps(value)))

    def test_keys_that_take_for_ever_to_hash(self) -> None:
        bomb = b"\x80\x02}" + b"K\x01" + b"2\x86" * 200 + b"K\x01s."
        assert read_pickle(bomb) == {}

    def test_deep_nesting(self) -> None:
        depth = 200_000
        value = read_pickle(b"\x80\x02" + b"]" * depth + b"a" * (depth - 1) + b".")
        with pytest.raises(BadPickle):
            plain(value)

    def test_too_many_steps(self) -> None:
        with pytest.raises(BadPickle, match="steps"):
            read_pickle(b"\x80\x02" + b"]0" * (pickles.MAX_OPCODES // 2 + 1) + b"N.")


class TestChecks:
    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_weights_that_are_no_numbers(self, value: float) -> None:
        with pytest.raises(DamagedCheckpoint, match="not numbers"):
            check_finite({"a": torch.ones(3), "b": torch.tensor([1.0, value])})

    def test_large_but_finite_weights(self) -> None:
        check_finite({"a": torch.full((4,), 3e38), "b": torch.ones(2, dtype=torch.int64)})

    @pytest.mark.parametrize(
        ("expected", "detail"),
        [
            ({"a": (2,)}, "b.c is not a part"),
            ({"a": (3,), "b.c": (3,)}, "a has the shape (2,), not (3,)"),
            ({"a": (2,), "b.c": (3,), "d": ()}, "d is missing"),
        ],
    )
    def test_layout_errors_name_the_first_difference(
        self, expected: dict[str, tuple[int, ...]], detail: str
    ) -> None:
        tensors = {"a": torch.ones(2), "b.c": torch.ones(3)}
        check_layout(tensors, {"a": (2,)}, ignored=["b.*"])
        with pytest.raises(DamagedCheckpoint) as raised:
            check_layout(tensors, expected)
        assert detail in raised.value.detail
