"""`mnerbench.load_tagger`: a trained method for new tweets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnerbench.benchmark.tagging.tagger import Tagger


def load_tagger(
    run: str | Path,
    out: str | Path = "runs",
    device: str = "auto",
    *,
    data: str | Path | None = None,
    models: str | Path | None = None,
    cache: str | Path | None = None,
) -> Tagger:
    """Load the tagger that a run kept (`run(..., keep="best")`). Nothing in its folder is executed.

    Args:
        run: folder of the run or of its tagger; else its identity, or the name of its method in `out`
            (`ita-la`, `ita-la on twitter15`).
        out: results folder.
        device: `auto`, `cpu`, `cuda`, ...
        data: folder of datasets, for methods that read files of their training data by image id.
        models: folder of pretrained models, for extractors of pictures.
        cache: folder of extracted features.

    Raises:
        StoreError: there is no such tagger, several have the name, or it is damaged.
        MissingInputError: the run kept no tagger.
        ConfigError: its method is not installed.
    """
    from mnerbench.benchmark.execution.quiet import quiet_transformers
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.benchmark.tagging import tagger

    quiet_transformers()
    folders = {name: Path(value) if value is not None else None for name, value in (("data", data), ("models", models))}
    paths = RunPaths.resolve(**folders, cache=Path(cache) if cache is not None else None, out=Path(out), device=device)
    return tagger.load_tagger(run, paths)
