"""`mnerbench.load_tagger` and `mnerbench.export`: a trained method for new tweets, here and with transformers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mnerbench.benchmark.exporting.exported import Exported
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


def export(
    run: str | Path,
    folder: str | Path | None = None,
    *,
    to: Literal["hf"] = "hf",
    kind: Literal["auto", "standard", "mnerbench"] = "auto",
    out: str | Path = "runs",
    data: str | Path | None = None,
) -> Exported:
    """Write the tagger that a run kept as a folder that transformers loads, with a model card. Nothing is uploaded.

    Args:
        run: folder of the run; else its identity, or the name of its method in `out`.
        folder: the target, absent or empty; None for `exported/<method>-<dataset>`.
        to: the format: `hf`, a folder for transformers and the Hugging Face hub.
        kind: `standard` for `AutoModelForTokenClassification`, without code of this package; `mnerbench` for
            `AutoModel` after `import mnerbench.hf`; `auto` for the first where it computes exactly the same.
        out: results folder.
        data: folder of datasets, whose cards have the terms.

    Returns:
        `folder`, `kind`, `bytes`, and `notes`: why it is not the other kind, what to know before it is shared.

    Raises:
        StoreError: there is no such tagger, several have the name, it or its record is damaged.
        MissingInputError: the run kept no tagger, or is not in a results folder.
        ConfigError: the folder is not empty, the method cannot be exported or not as this kind, or a name is unknown.
    """
    from mnerbench.benchmark.execution.quiet import quiet_transformers
    from mnerbench.benchmark.exporting.exported import Kind
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.datasets.errors import ConfigError, suggestion

    if to != "hf" or kind not in list(Kind):
        reason = (
            f"no format {to!r}"
            if to != "hf"
            else f"no kind {kind!r}{suggestion(str(kind), [item.value for item in Kind])}"
        )
        raise ConfigError(f"{reason}\n  -> to='hf', and kind 'auto', 'standard' or 'mnerbench'")
    paths = RunPaths.resolve(data=Path(data) if data is not None else None, out=Path(out))
    quiet_transformers()  # before transformers is imported
    from mnerbench.benchmark.exporting import export as exporting

    return exporting.export(run, Path(folder) if folder is not None else None, paths, Kind(kind))
