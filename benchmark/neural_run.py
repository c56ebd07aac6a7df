"""A run of a method that is trained by gradient: build, train, evaluate in every view, count what policies did."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mnerbench.benchmark.checkpoint import Checkpoint
from mnerbench.benchmark.evaluation import predict
from mnerbench.benchmark.events import EpochDone, Listener, RunStarted, StepDone
from mnerbench.benchmark.job import Findings, Job
from mnerbench.benchmark.materials import Materials, Places
from mnerbench.benchmark.optimisation import count_parameters
from mnerbench.benchmark.predictions import keep, pair_up
from mnerbench.benchmark.records import EpochPoint, RunStore
from mnerbench.benchmark.scoring import Counts
from mnerbench.benchmark.spec import RunSpec, StrayInside, TrainingSettings, derive_seed
from mnerbench.benchmark.training import Progress, Reports, Trainer
from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.tagging import illegal_transitions, label_set
from mnerbench.datasets.visual.inputs import View, VisualInputs, viewed_images
from mnerbench.methods.base import MethodConfig
from mnerbench.methods.batch import EncodedSplit, encode_split
from mnerbench.methods.layers.scratch import scratch_encoder
from mnerbench.methods.layers.text_encoder import TextEncoder, load_text_encoder
from mnerbench.methods.neural import NeuralMethod
from mnerbench.methods.registry import method_class, methods

DEV, TEST = "valid", "test"


def pick_device(places: Places) -> torch.device:
    """The device of an invocation, with its threads and determinism applied."""
    name = places.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if places.threads is not None:
        torch.set_num_threads(places.threads)
    torch.use_deterministic_algorithms(places.deterministic, warn_only=False)
    return torch.device(name)


def train_and_evaluate(
    job: Job, config: MethodConfig, materials: Materials, store: RunStore, findings: Findings, listen: Listener
) -> None:
    """Do a run; metrics, timings and facts go into `findings`."""
    spec, settings = job.spec, job.spec.training
    if settings is None:
        raise ValueError(f"{spec.title}: a trained method without training settings")
    corpus = materials.require_same(spec.dataset)
    inputs = materials.inputs(spec.dataset.name, config.inputs, spec.dataset.captions)
    device = pick_device(materials.places)
    method = build_method(job, config, corpus, inputs, materials).to(device)
    findings.facts["parameters"] = count_parameters(method)
    splits = _encode(spec, settings, config, corpus, inputs, method)
    checkpoint = Checkpoint(store.folder(spec.identity) / "checkpoint.pt", materials.places.checkpoint_seconds)
    progress = _train(spec, settings, method, corpus, splits, checkpoint, listen)
    findings.facts |= {"curve": progress.curve, "best_epoch": progress.best_epoch, "resumed": progress.resumed}
    findings.timings |= {"train": progress.seconds, "dev": sum(point.dev_seconds for point in progress.curve)}
    _evaluate(spec, settings, config, corpus, splits, method, store, findings)
    findings.facts["policies"] = _policies(settings, corpus, splits, method, inputs)
    checkpoint.remove()


def build_method(
    job: Job, config: MethodConfig, corpus: Corpus, inputs: VisualInputs, materials: Materials
) -> NeuralMethod[Any]:
    """The method with its encoder; new weights derive from the spec's seed, by method-independent purpose."""
    spec = job.spec
    if job.encoder is None or spec.training is None:
        raise ValueError(f"{spec.title}: a trained method needs an encoder and training settings")
    source = materials.encoder(job.encoder)
    torch.manual_seed(derive_seed(spec.seed, "weights"))
    encoder = load_text_encoder(source.folder) if source.folder is not None else _scratch(corpus, config, inputs)
    labels = label_set(corpus.types, spec.training.scheme)
    torch.manual_seed(derive_seed(spec.seed, "new weights"))
    method: NeuralMethod[Any] = method_class(methods().family(spec.family))(config, encoder, labels)
    return method


def _scratch(corpus: Corpus, config: MethodConfig, inputs: VisualInputs) -> TextEncoder:
    texts = [" ".join(example.words) for example in corpus["train"]]
    texts += [text for e in corpus["train"] for text in config.context_texts(inputs, e.image_id)]
    return scratch_encoder(texts)


def _contexts(
    config: MethodConfig, examples: Sequence[Example], inputs: VisualInputs, views: Sequence[View], seed: int
) -> Mapping[View, list[tuple[str, ...]]]:
    own = [example.image_id for example in examples]
    return {
        view: [config.context_texts(inputs, image) for image in viewed_images(view, own, seed).image_ids] for view in views
    }


def _encode(
    spec: RunSpec,
    settings: TrainingSettings,
    config: MethodConfig,
    corpus: Corpus,
    inputs: VisualInputs,
    method: NeuralMethod[Any],
) -> dict[str, EncodedSplit]:
    """Training tweets in the training views, dev in the primary view, test in all views."""
    views = {"train": config.training_views, DEV: config.evaluation_views, TEST: config.evaluation_views}
    return {
        split: encode_split(
            corpus[split],
            _contexts(config, corpus[split], inputs, views[split], derive_seed(spec.seed, "shuffled pictures", split)),
            method.encoder.tokenizer,
            method.labels,
            limit=settings.max_pieces,
            scheme=settings.scheme,
            repair=settings.stray_inside is StrayInside.REPAIR,
        )
        for split in ("train", DEV, TEST)
    }


def _train(
    spec: RunSpec,
    settings: TrainingSettings,
    method: NeuralMethod[Any],
    corpus: Corpus,
    splits: Mapping[str, EncodedSplit],
    checkpoint: Checkpoint,
    listen: Listener,
) -> Progress:
    def dev_f1() -> float:
        labels = predict(method, splits[DEV], method.config.primary_view, settings.precision, settings.scheme)
        counts = (Counts(*item.counts) for item in pair_up(corpus[DEV], labels))
        return sum(counts, Counts()).f1

    def epoch(point: EpochPoint) -> None:
        listen(EpochDone(spec.identity, settings.epochs, point))

    reports = Reports(
        started=lambda steps, done: listen(RunStarted(spec.identity, spec.title, steps, done)),
        step=lambda: listen(StepDone(spec.identity)),
        epoch=epoch,
    )
    return Trainer(method, splits["train"], dev_f1, settings, spec.seed, checkpoint, reports).run()


def _evaluate(
    spec: RunSpec,
    settings: TrainingSettings,
    config: MethodConfig,
    corpus: Corpus,
    splits: Mapping[str, EncodedSplit],
    method: NeuralMethod[Any],
    store: RunStore,
    findings: Findings,
) -> None:
    begun = time.perf_counter()
    for split in (DEV, TEST):
        for view in config.evaluation_views:
            labels = predict(method, splits[split], view, settings.precision, settings.scheme)
            keep(store, spec.identity, (split, view.value), corpus[split], labels, findings)
    findings.timings["test"] = time.perf_counter() - begun


def _policies(
    settings: TrainingSettings,
    corpus: Corpus,
    splits: Mapping[str, EncodedSplit],
    method: NeuralMethod[Any],
    inputs: VisualInputs,
) -> dict[str, int]:
    """Named data policies and how often each applied; nothing is dropped silently."""
    tokenizer = method.encoder.tokenizer
    stray = sum(sum(illegal_transitions(example.labels)) for example in corpus["train"])
    counts = {
        f"stray_inside_{settings.stray_inside.value}": stray,
        "zero_piece_words_to_unknown": sum(
            tokenizer.zero_piece_words(e.words) for examples in corpus.splits.values() for e in examples
        ),
        "tweets_split_over_rows": sum(split.counts.split_tweets for split in splits.values()),
        "words_shortened": sum(split.counts.shortened_words for split in splits.values()),
        "contexts_cut": sum(split.counts.cut_contexts for split in splits.values()),
    }
    if inputs.captions is not None:
        counts |= {"captions_of_lost_images_dropped": inputs.captions.dropped, "tweets_without_caption": inputs.captions.missing}
    return counts
