"""The checks themselves: on a GPU if there is one, rehearsed on the CPU, and shown to fail on defects."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from mnerbench.benchmark.perf.gpu import kernels, memory, methods, repeats, runs, speed, training
from mnerbench.benchmark.perf.gpu.outcomes import CheckError, SkippedError, Status
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.perf.gpu.synthetic import write_encoder, write_tweets
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.training import evaluation
from mnerbench.methods.base.choices import CRFBackend
from mnerbench.methods.registry import methods as registry

pytestmark = pytest.mark.slow

on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def tiny_setting(folder, device):
    """A setting with a tiny corpus and encoder."""
    setting = Setting(device, tiny=True, folder=folder)
    write_tweets(setting.data_folder, setting.sizes.tweets)
    write_tweets(setting.checked.data_folder, setting.sizes.checked)
    write_encoder(setting.encoder_folder, tiny=True)
    return setting


def outcomes(part, setting):
    emitted = []
    part(setting, emitted.append)
    return emitted


def require_passed(emitted, *, skipped=0):
    checks = [outcome for outcome in emitted if hasattr(outcome, "status")]
    assert [check for check in checks if check.status is Status.FAILED] == []
    assert sum(check.status is Status.SKIPPED for check in checks) == skipped
    assert len(checks) > skipped


@pytest.mark.gpu
@on_gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize(("lengths", "labels"), [*kernels.SHAPES, kernels.TRAINING])
def test_kernels_on_a_gpu(lengths, labels, dtype):
    assert kernels.compare(lengths, labels, dtype, "cuda") <= kernels.TOLERANCE


@pytest.mark.gpu
@on_gpu
@pytest.mark.parametrize("backend", CRFBackend)
def test_every_crf_is_the_same_on_a_gpu(backend):
    kernels.same_as_on_cpu(backend, "cuda")


@pytest.mark.gpu
@on_gpu
@pytest.mark.parametrize("entry", methods.neural_methods(), ids=lambda entry: entry.name)
def test_a_step_in_bf16_on_a_gpu(entry):
    methods.step_in_bf16(entry, "cuda")


@pytest.mark.gpu
@on_gpu
@pytest.mark.parametrize("part", [repeats.repeats, repeats.resume, training.whole_run("bf16"), training.shared])
def test_runs_on_a_gpu(part, tmp_path):
    require_passed(outcomes(part, tiny_setting(tmp_path, "cuda")))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_kernels_by_the_interpreter(dtype):
    pytest.importorskip("triton", reason="Triton comes with torch on Linux")
    assert kernels.compare((3, 0, 1), 5, dtype, "cuda" if torch.cuda.is_available() else "cpu") <= kernels.TOLERANCE


def test_a_wrong_kernel_is_detected(monkeypatch):
    pytest.importorskip("triton", reason="Triton comes with torch on Linux")
    from mnerbench.methods.layers.crf import fused, scans

    monkeypatch.setattr(fused, "best_paths", scans.best_paths)
    monkeypatch.setattr(fused, "log_marginals", scans.log_marginals)
    monkeypatch.setattr(fused, "nll", lambda *arguments: scans.nll(*arguments).float() * (1 + 1e-4))
    with pytest.raises(CheckError, match=r"loss: relative error .*, tolerance 1e-05"):
        kernels.compare((3, 1), 5, torch.float32, "cpu")
    monkeypatch.setattr(fused, "nll", scans.nll)
    monkeypatch.setattr(fused, "best_paths", lambda *_: [[0, 0, 0], [0]])
    with pytest.raises(CheckError, match="best paths differ"):
        kernels.compare((3, 1), 5, torch.float32, "cpu")


@pytest.mark.parametrize("name", ["bert-crf", "maf", "hbilstm-crf"])
def test_a_step_in_bf16_is_rehearsed(name):
    methods.step_in_bf16(registry()[name], "cpu")
    methods.same_emissions(registry()[name], "cpu")


def test_a_wrong_step_is_detected(monkeypatch):
    entry = registry()["bert-crf"]
    with monkeypatch.context() as patch:
        patch.setattr(methods, "_NEAR", -1.0)
        with pytest.raises(CheckError, match=r"the loss is .* in fp32 on the CPU"):
            methods.step_in_bf16(entry, "cpu")
    monkeypatch.setattr(torch.optim.AdamW, "step", lambda _: None)
    with pytest.raises(CheckError, match="the step changed nothing"):
        methods.step_in_bf16(entry, "cpu")


def test_a_run_without_memory_fails_with_its_reason_and_the_grid_continues(tmp_path):
    require_passed(outcomes(memory.memory, tiny_setting(tmp_path, "cpu")), skipped=1)
    (failed,) = [
        record
        for path in (tmp_path / "runs" / "too-little").glob("*/record.json")
        if (record := json.loads(path.read_text()))["status"] == "failed"
    ]
    assert failed["error"]["message"].startswith("epoch 1, step 1: out of memory with 8 tweets per step")


def test_a_lack_of_memory_outside_of_a_step_is_a_record_with_a_remedy(tmp_path, monkeypatch):
    def full(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(evaluation, "predict", full)
    setting = tiny_setting(tmp_path, "cpu").checked
    resources = LocalResources(setting.paths("full"))
    (record,) = runs.do_runs(setting.jobs(["bert-crf"], resources, epochs=1), resources)
    assert (record.status.value, record.error.kind) == ("failed", "OutOfMemoryError")
    assert record.error.message.startswith(
        "out of memory on cpu: CUDA out of memory. Tried to allocate 2.00 GiB\n  -> "
    )


def test_the_memory_check_fails_if_memory_suffices(tmp_path, monkeypatch):
    """The check fails if the run that should fail does not."""
    monkeypatch.setattr(memory, "_sizes", lambda _: (12345, 1))
    emitted = outcomes(memory.memory, tiny_setting(tmp_path, "cpu"))
    assert [check.status for check in emitted] == [Status.FAILED, Status.FAILED, Status.SKIPPED]
    assert emitted[0].reason == "the run that does not fit is done"


def test_differing_predictions_are_detected(tmp_path, monkeypatch):
    setting = tiny_setting(tmp_path, "cpu")
    monkeypatch.setattr(repeats, "_REHEARSED", ("bert-crf",))
    require_passed(outcomes(repeats.repeats, setting))
    files = runs.predictions(tmp_path / "runs" / "bert-crf-bf16-1")
    assert {name.partition("/")[2] for name in files} == {"predictions/test.t.jsonl", "predictions/valid.t.jsonl"}
    monkeypatch.setattr(repeats, "predictions", lambda folder: {"test": folder.name.encode()})
    (check,) = outcomes(repeats.repeats, setting)
    assert (check.status, check.reason) == (Status.FAILED, "predictions differ in test")


def test_a_worker_is_killed_and_its_run_resumes(tmp_path):
    require_passed(outcomes(repeats.resume, tiny_setting(tmp_path, "cpu")))


def test_runs_are_not_distributed_over_a_named_gpu(tmp_path):
    with pytest.raises(SkippedError, match="--device cuda:1"):
        training.shared(tiny_setting(tmp_path, "cuda:1"), lambda _: None)


def test_steps_are_timed_in_rounds_and_against_fp32(tmp_path, monkeypatch):
    setting = tiny_setting(tmp_path, "cpu")
    monkeypatch.setattr("mnerbench.benchmark.perf.gpu.setting._TINY", replace(setting.sizes, methods=("ita-all+cva",)))
    figures = {figure.name: figure for figure in outcomes(speed.steps, setting)}
    assert list(figures) == [f"ita-all+cva, step, {precision}" for precision in ("bf16", "fp32", "bf16/fp32")]
    assert {figure.ours.repeats for figure in figures.values()} == {2}
    mixed = figures["ita-all+cva, step, bf16/fp32"]
    assert mixed.ours == figures["ita-all+cva, step, bf16"].ours
    assert mixed.rival == figures["ita-all+cva, step, fp32"].rival


def test_resnet_152_without_torchvision_is_that_of_transformers(monkeypatch):
    from mnerbench.benchmark.perf import resnet

    monkeypatch.setattr(resnet, "find_spec", lambda _: None)
    network, name = resnet.resnet152()
    assert "transformers: torchvision is not installed" in name
    assert network(torch.zeros(1, 3, 32, 32)).shape == (1, 2048, 1, 1)
    assert sum(weights.numel() for weights in network.parameters()) == 60_192_808 - 2_049_000  # without the classifier
    with resnet.default_tf32():
        assert torch.backends.cudnn.allow_tf32


def test_features_are_read_moved_and_extracted(tmp_path):
    emitted = outcomes(speed.features, tiny_setting(tmp_path, "cpu"))
    require_passed(emitted)
    units = {figure.name: figure.ours.unit for figure in emitted if hasattr(figure, "ours")}
    assert units == {
        "grids of 32 pictures, store": "ms",
        "grids, from store to device": "pictures/s",
        "ResNet-152, float32": "pictures/s",
        "ResNet-152, bfloat16": "pictures/s",
    }
