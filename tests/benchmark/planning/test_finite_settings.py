"""Settings that are not finite are rejected, wherever they come from."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.record import EpochPoint
from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.registry import methods

HUGE = 10**400


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "1e400", '"inf"', str(HUGE)], ids=lambda value: value[:6])
def test_flags(fixtures, tmp_path, value):
    words = ["plan", "--suite", "tiny", "--data", fixtures, "--out", tmp_path, "--set", f"training.lr_encoder={value}"]
    result = CliRunner().invoke(cli, list(map(str, words)))
    assert isinstance(result.exception, ConfigError)
    assert "lr_encoder" in str(result.exception)


@pytest.mark.parametrize("value", ["inf", "nan", "1e400"])
def test_settings_of_a_method(fixtures, tmp_path, value):
    words = ["plan", "--suite", "tiny", "--data", fixtures, "--out", tmp_path, "--set", f"bert-crf.dropout={value}"]
    result = CliRunner().invoke(cli, list(map(str, words)))
    assert isinstance(result.exception, ConfigError)
    assert "dropout" in str(result.exception)


@pytest.mark.parametrize("value", ["inf", "nan", "1e400"])
def test_suite_files(fixtures, tmp_path, value):
    path = tmp_path / "mine.toml"
    path.write_text(
        f'title = "t"\ndatasets = ["tiny"]\nmethods = ["bert-crf"]\nencoder = "scratch"\n[training]\nlr_new = {value}\n'
    )
    result = CliRunner().invoke(cli, ["plan", "--suite", str(path), "--data", str(fixtures), "--out", str(tmp_path)])
    assert isinstance(result.exception, ConfigError)


@pytest.mark.parametrize("name", TrainingSettings.model_fields)
def test_training_settings_reject_them(name):
    for value in (float("inf"), float("nan"), HUGE):
        with pytest.raises(ValidationError):
            TrainingSettings.model_validate({name: value})


def test_method_settings_reject_them():
    for entry in methods():
        config = entry.family.config
        for name, field in config.model_fields.items():
            if field.annotation is float:
                with pytest.raises(ValidationError, match=name):
                    config.model_validate({name: float("inf")})


def test_records_reject_them():
    with pytest.raises(ValidationError, match="finite"):
        EpochPoint(epoch=1, loss=float("nan"), losses={}, dev_f1=0.0, train_seconds=0.0, dev_seconds=0.0)
