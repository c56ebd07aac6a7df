"""Writes the tagger of a finished training into the folder of its run, and builds it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from mnerbench.benchmark.results.environment import harness_version
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import TAGGER
from mnerbench.benchmark.results.tagger_file import (
    TAGGER_FILE,
    KeptShape,
    TaggerFile,
    check_files,
    digests,
    read_tagger_file,
    write_tagger_file,
)
from mnerbench.benchmark.results.taggers import Keep
from mnerbench.benchmark.training.context import RunContext
from mnerbench.datasets.errors import MnerbenchError, StoreError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.tagging import Scheme, label_set
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.visual.extractors.catalog import is_extractor, parse_extractor
from mnerbench.methods.base.family import CountingMethod, MethodConfig, MethodFamily
from mnerbench.methods.kept_method import keep_counting, keep_neural, restore_counting, restore_neural
from mnerbench.methods.registry import methods
from mnerbench.methods.tagger import NeuralMethod

_NOT_KEPT = "its tagger was not kept: "


@dataclass(frozen=True)
class LoadedTagger:
    """A kept tagger, built again.

    Attributes:
        file: content of its `tagger.json`.
        config: settings of its method.
        method: on the CPU, in evaluation mode if it is a network.
    """

    file: TaggerFile
    config: MethodConfig
    method: NeuralMethod[Any] | CountingMethod


def keep_trained(method: NeuralMethod[Any], encoder: Path | None, remote_code: bool, context: RunContext) -> None:
    """Keep a trained method, if the invocation keeps taggers; a note says so if it cannot be kept.

    Args:
        method: with the weights of its best epoch.
        encoder: folder of its text encoder; None for `scratch` and word vectors.
        remote_code: whether the encoder runs code of its own, which no tagger may do.
        context: of the run.

    Raises:
        DiskError: the tagger cannot be written.
    """
    if remote_code and context.provider.paths.keep is not Keep.NONE:
        _note(context, "its encoder runs Python files of its own")
        return
    shapes = {
        kind: KeptShape(width=shape.width, cells=shape.cells, labels=shape.labels, parts=shape.parts)
        for kind, shape in method.visual.items()
        if kind in method.config.inputs
    }
    _keep(context, lambda folder: keep_neural(method, encoder, folder), method.labels, shapes)


def keep_fitted(method: CountingMethod, types: tuple[str, ...], context: RunContext) -> None:
    """Keep a fitted count-based method, if it can be kept; fitting it again takes seconds.

    Arguments and errors as in `keep_trained`.
    """
    _keep(context, lambda folder: keep_counting(method, folder), label_set(types), {})


def _note(context: RunContext, reason: str) -> None:
    context.facts["notes"] = (*context.facts.get("notes", ()), _NOT_KEPT + reason)


def _keep(
    context: RunContext, write: Callable[[Path], object], labels: tuple[str, ...], shapes: Mapping[InputKind, KeptShape]
) -> None:
    spec, paths = context.job.spec, context.provider.paths
    if paths.keep is Keep.NONE:
        return
    context.store.discard_tagger(spec.identity)
    folder = context.store.path(spec.identity, TAGGER)
    write(folder)
    if not (files := digests(folder)):
        return
    tagger = TaggerFile(
        spec=spec,
        labels=labels,
        scheme=spec.training.scheme if spec.training is not None else Scheme.BIO,
        shapes=shapes,
        extractors={InputKind(kind): describe(name, paths.models) for kind, name in spec.dataset.sources.items()},
        files=files,
        package=harness_version(),
    )
    write_tagger_file(folder, tagger)


def describe(source: str, models: Path | None) -> dict[str, Any] | None:
    """Settings and digest of the extractor that a source is; None for files, and if its weights are not here."""
    if not is_extractor(source):
        return None
    try:
        description: dict[str, Any] = to_jsonable_python(parse_extractor(source).describe(models))
    except MnerbenchError:
        return None
    return description


def load_kept(folder: Path) -> LoadedTagger:
    """Build a kept tagger. Only JSON, safetensors and tokenizer files are read, and no code of the folder runs.

    Args:
        folder: the tagger's, with its `tagger.json`.

    Raises:
        MissingInputError: there is no tagger.
        ConfigError: its method is not installed.
        StoreError: a file is damaged or foreign, or the method has changed since.
    """
    file = read_tagger_file(folder)
    check_files(folder, file)
    spec = file.spec
    family = methods().family(spec.family)
    config = _config(folder, spec, family)
    if file.labels != label_set(spec.dataset.types, file.scheme):
        reason = f"{named(folder / TAGGER_FILE)}: its label set is not that of its entity types"
        raise StoreError(f"{reason}\n  -> copy the tagger's folder again")
    if family.is_count_based:
        return LoadedTagger(file, config, restore_counting(family, config, folder))
    shapes = {kind: shape.shape for kind, shape in file.shapes.items()}
    return LoadedTagger(file, config, restore_neural(family, config, file.labels, shapes, folder))


def _config(folder: Path, spec: RunSpec, family: MethodFamily) -> MethodConfig:
    path = named(folder / TAGGER_FILE)
    if spec.revision != family.revision:
        reason = f"{path}: revision {spec.revision} of {family.name}; installed is revision {family.revision}"
        raise StoreError(
            f"{reason}, which computes otherwise\n  -> train it again, or install the version that wrote it"
        )
    try:
        return family.config.model_validate(spec.config)
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(map(str, first["loc"]))
        reason = f"{path}: setting {one_line(setting, 80)} of {spec.method}: {one_line(first['msg'])}"
        raise StoreError(f"{reason}\n  -> train it again, or install the version that wrote it") from error
