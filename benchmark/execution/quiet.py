"""Other libraries' bars and hints, which would tear ours."""

from __future__ import annotations

import os


def quiet_transformers() -> None:
    """Its errors still show. Worker processes inherit it."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
