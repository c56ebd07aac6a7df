"""Display labels of methods: the name, with the encoder if the method was run with several."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mnerbench.benchmark.results.spec import RunSpec, encoder_labels


def method_labels(specs: Iterable[RunSpec]) -> Callable[[RunSpec], str]:
    """A function from a run to the label of its method.

    Args:
        specs: all runs of the list.

    Returns:
        A function that gives `bert-crf`, or `bert-crf over small` if the method has several encoders on these data.
    """
    listed = list(specs)
    labels = encoder_labels(spec.encoder for spec in listed if spec.encoder is not None)
    digests: dict[tuple[str, str], set[str]] = {}
    for spec in listed:
        if spec.encoder is not None:
            digests.setdefault((spec.method, spec.dataset.title), set()).add(spec.encoder.digest)

    def label(spec: RunSpec) -> str:
        several = len(digests.get((spec.method, spec.dataset.title), ())) > 1
        return f"{spec.method} over {labels[spec.encoder]}" if several and spec.encoder is not None else spec.method

    return label
