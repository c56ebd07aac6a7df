"""Evaluation of a trained method: predictions of a split in its views, and the diagnosis of its use of pictures."""

from __future__ import annotations

import time
from typing import Any

from mnerbench.benchmark.training.build import DEV, TEST, RunInputs
from mnerbench.benchmark.training.context import RunContext
from mnerbench.benchmark.training.diagnosis_files import store_diagnosis
from mnerbench.benchmark.training.diagnostics import Diagnosis
from mnerbench.benchmark.training.predict import predict
from mnerbench.datasets.inputs import View
from mnerbench.methods.batch import EncodedSplit
from mnerbench.methods.tagger import NeuralMethod


def predicted_labels(
    method: NeuralMethod[Any], inputs: RunInputs, context: RunContext, encoded: EncodedSplit, what: tuple[str, View]
) -> list[list[str]]:
    """The labels of a split in a view, with progress.

    Args:
        method: on its device.
        inputs: of the run.
        context: receives the progress.
        encoded: the split.
        what: title of the split for people, and the view.

    Raises:
        Interrupted: the run is requested to stop.
    """
    (title, view), settings = what, inputs.settings
    advance = context.progress(title, len(encoded))
    return predict(method, encoded, view, settings.precision, settings.scheme, advance=advance)


def evaluate(
    method: NeuralMethod[Any],
    inputs: RunInputs,
    context: RunContext,
    split: str,
    encoded: EncodedSplit,
    *,
    beside: bool = False,
) -> None:
    """Predict and store a split in all its views of which the run has no scores yet.

    Args:
        method: on its device.
        inputs: of the run.
        context: receives the predictions, scores and times.
        split: its name in records.
        encoded: the split.
        beside: keep the record of the earlier run, to which the predictions belong.

    Raises:
        Interrupted: the run is requested to stop.
    """
    start, name = time.perf_counter(), "dev" if split == DEV else split
    for view in encoded.image_ids:
        if view.value not in context.metrics.get(split, {}):
            title = f"{name.replace('@', ' of ')}, view {view.value}"
            labels = predicted_labels(method, inputs, context, encoded, (title, view))
            context.store_predictions(split, view.value, labels, beside=beside)
    context.timings[name] = context.timings.get(name, 0.0) + time.perf_counter() - start


def diagnose(method: NeuralMethod[Any], inputs: RunInputs, context: RunContext, test: EncodedSplit) -> None:
    """Diagnose the use of pictures, if the method is scored on test with and without them.

    Args:
        method: on its device.
        inputs: of the run.
        context: holds the predictions on test; receives figures and time.
        test: the test split.

    Raises:
        Interrupted: the run is requested to stop.
    """
    if not {View.IT, View.T} <= test.image_ids.keys():
        return
    start, settings = time.perf_counter(), inputs.settings
    diagnosis = Diagnosis(method, test, settings.precision, settings.scheme)
    if diagnosis.blocks:
        diagnosis.advance = context.progress("diagnosis", diagnosis.passes)
        examples = inputs.examples(TEST)
        context.facts["diagnosis"] = store_diagnosis(context.store, context.identity, diagnosis, examples)
    context.timings["diagnosis"] = time.perf_counter() - start
