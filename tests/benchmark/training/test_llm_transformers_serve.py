"""The whole path offline: `transformers serve` over a small model, from the suite to the record."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import torch
from click.testing import CliRunner
from small_probe import write_small_probe
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore

pytestmark = pytest.mark.slow

_TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with a Llama of two layers, and a tokenizer of bytes, that answers `[]` again and again.

    Its last norm is zero, so that all tokens are equally probable and the first one is taken.
    """
    folder = tmp_path_factory.mktemp("model")
    words = ["[]", "<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE(vocab={word: index for index, word in enumerate(words)}, merges=[]))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    fast.chat_template = _TEMPLATE
    fast.save_pretrained(folder)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    network = LlamaForCausalLM(
        LlamaConfig(vocab_size=len(fast), bos_token_id=1, eos_token_id=2, pad_token_id=2, **sizes)
    )
    torch.nn.init.zeros_(network.model.norm.weight)
    network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def address(model):
    """The address of a running server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = shutil.which("transformers", path=str(Path(sys.executable).parent)) or "transformers"
    command = [program, "serve", str(model), "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            end = time.monotonic() + 180
            while not _is_up(port):
                assert server.poll() is None, server.stdout.read()
                assert time.monotonic() < end
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.kill()


def _is_up(port):
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
            return reply.status == 200
    except (URLError, OSError):
        return False


def test_a_model_is_asked_and_scored(model, address, tmp_path, monkeypatch):
    """Every answer is cut at the longest length and read, and no entity is predicted."""
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    write_small_probe(tmp_path / "data", "object", sizes=(10, 3, 4))
    folders = ["--data", tmp_path / "data", "--cache", tmp_path / "cache", "--out", tmp_path / "runs"]
    settings = ["--set", f"llm.model={model}", "--set", "llm.max_tokens=16", "--set", "llm-few.shots=1"]
    words = ["run", "--datasets", "small", "--methods", "llm-zero,llm-few", "--seeds", "1", "--recall-tweets", "0"]
    result = CliRunner().invoke(cli, [*words, "--encoder", "scratch", "--no-mlflow", *map(str, [*folders, *settings])])
    assert result.exit_code == 0, (result.output, result.exception)
    records = [record for record in RunStore(tmp_path / "runs").records() if record.status is Status.DONE]
    assert {record.spec.method for record in records} == {"llm-zero", "llm-few"}
    for record in records:
        assert record.asked.outcomes["test.t"] == {"truncated": 4}
        assert record.asked.read["test.t"] == 4
        assert record.asked.prompt_tokens > 400
        assert 0 < record.asked.completion_tokens <= 16 * record.asked.requests
        assert record.asked.uncounted == 0
