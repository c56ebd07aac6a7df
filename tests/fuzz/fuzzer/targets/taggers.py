"""`tagger.json` of a kept tagger: loaded, and asked for the entities of tweets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fuzzer.special import put
from fuzzer.targets.target import PREPARED, Target, require_storable

_FOLDER = PREPARED / "taggers"
_TWEETS = ("Ilse Brandt visits Port Ostrey #sea", ["rain", "é", "x" * 40], "")


def _tagger(method: str) -> Callable[[bytes, Path], None]:
    def read(data: bytes, work: Path) -> None:
        # Late: torch comes in here, which processes of other targets need not wait for.
        from mnerbench.benchmark.resources.paths import RunPaths
        from mnerbench.benchmark.tagging.tagger import load_tagger

        folder = work / method
        put(folder / "tagger.json", data)
        nowhere = work / "nowhere"
        tagger = load_tagger(folder, RunPaths(nowhere, None, nowhere, nowhere, device="cpu"))
        tagged = tagger.tag(_TWEETS)
        require_storable(tagger.spec.method, *tagger.types, *(entity.type for entity in tagged.entities))
        assert [len(tweet.labels) for tweet in tagged] == [len(tweet.words) for tweet in tagged]

    return read


TARGETS = [
    Target(f"tagger-{kind}", _tagger(method), (_FOLDER / method / "tagger.json",), _FOLDER, weight)
    for kind, method, weight in (("counting", "lookup", 5), ("neural", "bert-crf", 1))
]
