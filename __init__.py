"""Benchmark harness for multimodal named entity recognition: the Python interface.

    import mnerbench

    results = mnerbench.run("demo", methods=["bert-crf", "ita-la"], datasets=["probe-object"], seeds=3)
    results.leaderboard()                          # a pandas DataFrame
    results.compare("ita-la", "bert-crf")[0]

Names are imported when they are first used, so that `import mnerbench` takes no time and does not load torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnerbench.benchmark.api.citations import Citation, Citations
    from mnerbench.benchmark.api.citing import cite
    from mnerbench.benchmark.api.corpora import corpus_from_datasets, corpus_to_datasets, load_corpus
    from mnerbench.benchmark.api.registration import register
    from mnerbench.benchmark.api.results import Comparison, Results, load_results
    from mnerbench.benchmark.api.running import RunsFailedError, run
    from mnerbench.benchmark.api.scores import Scores, score
    from mnerbench.benchmark.api.tagging import export, load_tagger
    from mnerbench.benchmark.exporting.exported import Exported
    from mnerbench.benchmark.tagging.tagged import Entity, Tagged, TaggedTweet
    from mnerbench.benchmark.tagging.tagger import Tagger
    from mnerbench.datasets.errors import MnerbenchError

__all__ = [
    "Citation",
    "Citations",
    "Comparison",
    "Entity",
    "Exported",
    "MnerbenchError",
    "Results",
    "RunsFailedError",
    "Scores",
    "Tagged",
    "TaggedTweet",
    "Tagger",
    "cite",
    "corpus_from_datasets",
    "corpus_to_datasets",
    "export",
    "load_corpus",
    "load_results",
    "load_tagger",
    "register",
    "run",
    "score",
]

_MODULES = {
    "Citation": "benchmark.api.citations",
    "Citations": "benchmark.api.citations",
    "Comparison": "benchmark.api.results",
    "Entity": "benchmark.tagging.tagged",
    "Exported": "benchmark.exporting.exported",
    "MnerbenchError": "datasets.errors",
    "Results": "benchmark.api.results",
    "RunsFailedError": "benchmark.api.running",
    "Scores": "benchmark.api.scores",
    "Tagged": "benchmark.tagging.tagged",
    "TaggedTweet": "benchmark.tagging.tagged",
    "Tagger": "benchmark.tagging.tagger",
    "cite": "benchmark.api.citing",
    "corpus_from_datasets": "benchmark.api.corpora",
    "corpus_to_datasets": "benchmark.api.corpora",
    "export": "benchmark.api.tagging",
    "load_corpus": "benchmark.api.corpora",
    "load_results": "benchmark.api.results",
    "load_tagger": "benchmark.api.tagging",
    "register": "benchmark.api.registration",
    "run": "benchmark.api.running",
    "score": "benchmark.api.scores",
}


if not TYPE_CHECKING:  # type checkers, which read the imports above, report every other name

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
