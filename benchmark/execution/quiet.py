"""Silences other libraries' progress bars and hints, which would break up our own output."""

from __future__ import annotations

import os


def quiet_transformers() -> None:
    """Show only the errors of transformers and the hub client, in this process and its workers."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
