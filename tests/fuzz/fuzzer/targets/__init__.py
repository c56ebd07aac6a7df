"""All targets, by name."""

from __future__ import annotations

from functools import cache

from fuzzer.targets.target import Target


@cache
def targets() -> dict[str, Target]:
    """Every target; a part of the package that is imported by one of them is imported now."""
    from fuzzer.targets import (
        corpora,
        downloads,
        encoders,
        features,
        predictions,
        results,
        searches,
        suites,
        taggers,
        texts,
    )

    modules = (corpora, suites, texts, features, downloads, predictions, results, searches, encoders, taggers)
    every_target = [target for module in modules for target in module.TARGETS]
    by_name = {target.name: target for target in every_target}
    assert len(by_name) == len(every_target), "two targets of one name"
    return by_name
