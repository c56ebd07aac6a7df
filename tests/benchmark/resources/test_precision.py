"""`precision = "auto"`: what is faster on this machine, measured once; runs of other machines are told apart."""

from __future__ import annotations

import json

import pytest
import torch

from mnerbench.benchmark.execution import session as sessions
from mnerbench.benchmark.execution.session import open_session
from mnerbench.benchmark.planning.overrides import GridFlags
from mnerbench.benchmark.planning.suite import Suite
from mnerbench.benchmark.resources import precision as precisions
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.resources.precision import (
    FOLDER,
    MeasuredPrecision,
    measured_precision,
    step_seconds,
    with_precision,
)
from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.errors import ConfigError


def times(fp32, bf16):
    return MeasuredPrecision(device="a processor", torch="2.9", fp32_seconds=fp32, bf16_seconds=bf16)


@pytest.fixture
def paths(tmp_path):
    return RunPaths(data=tmp_path, models=None, out=tmp_path, cache=tmp_path / "cache", device="cpu")


class Machine:
    """A measurement with given seconds that counts its calls."""

    def __init__(self, fp32, bf16):
        self.seconds = {Precision.FP32: fp32, Precision.BF16: bf16}
        self.calls = 0

    def __call__(self, device):
        assert device == torch.device("cpu")
        self.calls += 1
        return self.seconds


@pytest.mark.parametrize(
    ("fp32", "bf16", "faster"), [(1.0, 0.5, "bf16"), (1.0, 2.0, "fp32"), (1.0, 0.95, "fp32"), (1.1, 1.0, "bf16")]
)
def test_bf16_has_to_be_clearly_faster(fp32, bf16, faster):
    measured = times(fp32, bf16)
    assert measured.precision.value == faster
    assert measured.text.startswith(f"{faster}: a step")
    assert f"{bf16 / fp32:.2f} times as long" in measured.text
    assert "a processor (torch 2.9)" in measured.text


def test_a_machine_is_measured_once(paths, monkeypatch):
    machine = Machine(1.0, 0.5)
    first = measured_precision(paths, machine)
    assert measured_precision(paths, machine) == first
    assert (first.precision, machine.calls) == (Precision.BF16, 1)
    monkeypatch.setattr(precisions, "package_version", lambda _: "another torch")
    measured_precision(paths, machine)
    assert machine.calls == 2
    monkeypatch.setattr(precisions, "_device_name", lambda _: "another processor")
    assert measured_precision(paths, machine).device == "another processor"
    assert machine.calls == 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"device": 1}', json.dumps(times(1, 1e-9).model_dump())])
def test_a_damaged_or_foreign_file_is_measured_again(paths, content):
    measured_precision(paths, Machine(1.0, 2.0))
    [path] = (paths.cache / FOLDER).iterdir()
    path.write_text(content, encoding="utf-8")
    machine = Machine(1.0, 2.0)
    assert measured_precision(paths, machine).precision is Precision.FP32
    assert machine.calls == 1
    assert json.loads(path.read_text(encoding="utf-8"))["fp32_seconds"] == 1.0


def test_without_a_writable_cache_it_is_measured_each_time(paths):
    paths.cache.write_text("not a folder", encoding="utf-8")
    machine = Machine(1.0, 0.5)
    assert [measured_precision(paths, machine).precision for _ in range(2)] == [Precision.BF16] * 2
    assert machine.calls == 2


def test_a_real_measurement_times_both():
    seconds = step_seconds(torch.device("cpu"))
    assert set(seconds) == set(Precision)
    assert min(seconds.values()) > 0


def suite(**changes):
    return Suite.model_validate({"name": "s", "title": "t", "datasets": ["d"], **changes})


def test_a_fixed_precision_measures_nothing():
    fixed = suite(methods=["bert-crf"], training={"precision": "bf16"})
    assert with_precision(fixed, pytest.fail) == (fixed, {})


def test_auto_is_resolved_in_the_parts_that_say_it():
    parts = [
        {"methods": ["bert"], "training": {"precision": "auto", "epochs": 3}},
        {"methods": ["bert-crf"], "training": {"precision": "fp32"}},
        {"methods": ["umt"], "pinned": {"precision": "auto"}},
    ]
    resolved, reasons = with_precision(suite(parts=parts), lambda: times(1.0, 0.5))
    assert [dict(part.training) for part in resolved.parts] == [
        {"precision": "bf16", "epochs": 3},
        {"precision": "fp32"},
        {},
    ]
    assert dict(resolved.parts[2].pinned) == {"precision": "bf16"}
    assert reasons == dict.fromkeys(("bert", "umt"), times(1.0, 0.5).text)


@pytest.fixture
def planned(fixtures, tmp_path, monkeypatch):
    """Plans one method with a `--precision` on a machine with given times of both."""
    file = tmp_path / "one.toml"
    file.write_text(
        'title = "t"\ndatasets = ["tiny"]\nmethods = ["bert", "majority"]\nseeds = 1\nencoder = "scratch"\n',
        encoding="utf-8",
    )

    def plan(precision, measured=None, **flags):
        monkeypatch.setattr(sessions, "measured_precision", lambda _: measured)
        unset = dict.fromkeys(GridFlags.__dataclass_fields__)
        folders = {"data": fixtures, "cache": tmp_path / "cache", "out": tmp_path / "out"}
        values = {"inputs": (), "settings": (), "rerun": "missing", "trust_remote_code": False, **folders, **flags}
        grid = open_session(GridFlags(**{**unset, **values, "suite_name": str(file), "precision": precision})).grid
        return {job.spec.method: job.spec for job in grid.jobs}

    return plan


def test_the_identity_has_the_resolved_precision(planned):
    fast, slow = times(1.0, 0.5), times(1.0, 2.0)
    assert planned("auto", fast)["bert"].identity == planned("bf16")["bert"].identity
    assert planned("auto", slow)["bert"].identity == planned("fp32")["bert"].identity == planned(None)["bert"].identity
    assert planned("auto", fast)["bert"].identity != planned("auto", slow)["bert"].identity
    assert planned("auto", fast)["bert"].auto_precision == fast.text
    assert planned("auto", fast)["majority"].auto_precision == ""
    assert planned("bf16")["bert"].auto_precision == ""


def test_a_precision_is_set_once(planned):
    with pytest.raises(ConfigError, match="set twice"):
        planned("fp32", settings=("training.precision=bf16",))
