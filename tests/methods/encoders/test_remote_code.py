"""Code that comes with an encoder runs only if trusted, and is then part of its digest."""

from __future__ import annotations

import pytest
from tiny_encoder import change_config, with_own_code, write_encoder

from mnerbench.benchmark.training.encoder_notes import encoder_notes
from mnerbench.datasets.errors import MissingInputError
from mnerbench.methods.encoders.encoder_digest import digest
from mnerbench.methods.encoders.source import resolve_encoder
from mnerbench.methods.encoders.text_encoder import load_text_encoder


@pytest.fixture
def remote(tmp_path, monkeypatch):
    """An encoder with its own code, which writes a file when it runs."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    return with_own_code(write_encoder(tmp_path / "remote"), tmp_path / "mark")


def test_untrusted_code_does_not_run_even_after_a_yes_at_the_prompt(remote, tmp_path, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    source = resolve_encoder(str(remote), None)
    assert not source.remote_code
    with pytest.raises(MissingInputError, match=r"(?s)needs Python code .*own.OwnConfig.*--trust-remote-code"):
        load_text_encoder(source.folder, remote_code=source.remote_code)
    assert not (tmp_path / "mark").exists()


def test_trusted_code_runs_and_is_part_of_the_digest(remote, tmp_path):
    source = resolve_encoder(str(remote), None, trust_remote_code=True)
    assert source.remote_code
    encoder = load_text_encoder(source.folder, remote_code=True)
    assert (tmp_path / "mark").read_text() == "run"
    assert type(encoder.model).__name__ == "OwnModel"
    (note,) = encoder_notes("remote", source, encoder)
    assert note == "encoder remote: computed by Python files of its own (own.py)"
    (remote / "own.py").write_text((remote / "own.py").read_text() + "# changed\n")
    assert resolve_encoder(str(remote), None, trust_remote_code=True).digest != source.digest


def test_an_encoder_without_code_is_the_same_with_the_flag(tmp_path):
    folder = write_encoder(tmp_path / "plain")
    (folder / "convert.py").write_text("raise SystemExit")
    plain, trusted = (resolve_encoder(str(folder), None, trust_remote_code=flag) for flag in (False, True))
    assert plain == trusted
    assert digest(folder) == plain.digest != digest(folder, remote_code=True)


def test_weights_of_trusted_code_are_checked_too(remote):
    change_config(remote, num_hidden_layers=3)
    with pytest.raises(MissingInputError, match="its weights lack"):
        load_text_encoder(remote, remote_code=True)


def test_code_of_another_repository_is_refused(remote):
    change_config(remote, auto_map={"AutoModel": "somebody/else--own.OwnModel"})
    with pytest.raises(MissingInputError, match=r"somebody/else--own\.OwnModel is in another repository"):
        resolve_encoder(str(remote), None, trust_remote_code=True)
    change_config(remote, auto_map={"AutoModel": "gone.OwnModel"})
    with pytest.raises(MissingInputError, match=r"gone.OwnModel is not here\n  -> copy"):
        resolve_encoder(str(remote), None, trust_remote_code=True)
