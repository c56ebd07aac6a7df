"""What lists of runs call a method: its name, and what it stands on where it was run on several encoders."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mnerbench.benchmark.results.spec import RunSpec, encoder_labels


def method_labels(specs: Iterable[RunSpec]) -> Callable[[RunSpec], str]:
    """A function from a run to what its method is called among some runs.

    Args:
        specs: of all runs that are listed.

    Returns:
        Gives `bert-crf`, or `bert-crf over small` where the same method is on the same data with another encoder too.
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
