"""A server that accepts a connection and never answers costs a bounded time, with a warning."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress

import pytest

from mnerbench.datasets import network_waiting
from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.http_requests import get
from mnerbench.datasets.network_waiting import socket_timeout, warn_if_slow
from mnerbench.datasets.pretrained import find_model


@pytest.fixture
def silent():
    """The address of a server that accepts and says nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections = []

    def accept():
        with suppress(OSError):
            while True:
                connections.append(listener.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    for connection in connections:
        connection.close()


@pytest.fixture
def short(silent, monkeypatch, tmp_path):
    """Limits of a fraction of a second, and the silent server as the hub."""
    from huggingface_hub import close_session, constants

    monkeypatch.setattr(network_waiting, "SLOW_AFTER_S", 0.05)
    monkeypatch.setattr(network_waiting, "_SOCKET_TIMEOUT_S", 0.3)
    monkeypatch.setattr("mnerbench.datasets.http_requests._TIMEOUT_S", (0.3, 0.3))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", silent)
    monkeypatch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", silent)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub._snapshot_download.HfApi", _api_of(silent))
    close_session()
    yield silent
    close_session()


def _api_of(endpoint):
    from huggingface_hub import HfApi

    return lambda **options: HfApi(**{**options, "endpoint": endpoint})


def test_the_hub(short, caplog):
    with caplog.at_level(logging.WARNING), pytest.raises(MissingInputError, match="the hub"):
        find_model("org/model", None, "encoder", "name another one")
    (warning,) = [text for text in caplog.messages if text.startswith("asking")]
    host = short.removeprefix("http://")
    assert warning == f"asking {host} for org/model ... (0.05 s; Ctrl-C to stop, HF_HUB_OFFLINE=1 never asks)"


def test_files_of_torchs_hub(short, caplog, tmp_path, monkeypatch):
    from mnerbench.datasets.visual.extractors import torchvision_weights
    from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    before = socket.getdefaulttimeout()
    with caplog.at_level(logging.WARNING), pytest.raises(MissingInputError, match="cannot be downloaded"):
        torchvision_weights._fetch(BackboneCard(model="resnet18"), f"{short}/resnet18-f37072fd.pth")
    assert any("for resnet18-f37072fd.pth" in text for text in caplog.messages)
    assert socket.getdefaulttimeout() == before


def test_our_own_downloads(short, caplog):
    from requests.exceptions import RequestException

    with caplog.at_level(logging.WARNING), pytest.raises(RequestException):
        get(f"{short}/pictures.zip", {})
    assert any(text.endswith("for pictures.zip ... (0.05 s; Ctrl-C to stop)") for text in caplog.messages)


def test_an_answer_in_time_is_not_spoken_of(caplog):
    with caplog.at_level(logging.WARNING), warn_if_slow("https://user:secret@example.org/x", "x"):
        pass
    assert caplog.messages == []


def test_passwords_of_addresses_are_not_told(short, caplog):
    with caplog.at_level(logging.WARNING), warn_if_slow("https://user:secret@example.org/x", "x"):
        threading.Event().wait(0.2)
    assert caplog.messages == ["asking example.org for x ... (0.05 s; Ctrl-C to stop)"]


def test_the_limit_of_sockets_is_put_back_after_an_error():
    with pytest.raises(ValueError, match="x"), socket_timeout():
        raise ValueError("x")
    assert socket.getdefaulttimeout() is None
