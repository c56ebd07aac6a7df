"""A user's script, typed throughout: it uses every public name, and strict type checkers read it against the package.

`test_consumer.py` checks it with mypy and pyright as if it lay outside the repository, and then executes it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

import mnerbench
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.configs import TaggerConfig
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.layers.output import build_output
from mnerbench.methods.tagger import NeuralMethod

if TYPE_CHECKING:
    import pandas as pd


class ShiftConfig(TaggerConfig):
    """Settings of the method below."""

    shift: float = 0.0


@mnerbench.register("shifted", config=ShiftConfig, summary="word vectors, shifted by a constant", search={})
class Shifted(NeuralMethod[ShiftConfig]):
    """Word vectors of the encoder, shifted by a constant."""

    def __init__(
        self, config: ShiftConfig, encoder: Encoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.project, self.head = build_output(encoder.width, config, labels)

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        emissions: Tensor = self.project(self.encoder(batch.subwords) + self.config.shift)
        return emissions


def longest_tweet(name: str) -> tuple[str, ...]:
    """The words of the longest test tweet of a corpus."""
    corpus = mnerbench.load_corpus(name)
    copy = mnerbench.corpus_from_datasets(mnerbench.corpus_to_datasets(corpus), "copy")
    assert copy.types == corpus.types
    return max((example.words for example in copy["test"]), key=len)


def compare(folder: Path) -> mnerbench.Results:
    """Train two methods and return their results."""
    try:
        return mnerbench.run(
            "demo",
            methods=["majority", "shifted"],
            datasets=["probe-object"],
            seeds=1,
            settings={"shifted": {"shift": 0.5}, "training": {"epochs": 1}},
            out=folder,
            mlflow=False,
            quiet=True,
        )
    except mnerbench.RunsFailedError as error:
        raise SystemExit(f"some runs failed: {error}") from error


def best_method(results: mnerbench.Results) -> str:
    """The method with the highest mean F1."""
    board: pd.DataFrame = results.leaderboard()
    names: list[str] = board.sort_values("f1_mean")["method"].tolist()
    return names[-1]


def describe(results: mnerbench.Results) -> dict[str, float]:
    """The size of every frame, and the difference of the two methods in F1."""
    comparison: mnerbench.Comparison = results.compare("shifted", "majority")[0]
    low, high = comparison.interval or (float("nan"), float("nan"))
    return {
        "runs": float(len(results.runs())),
        "tweets": float(len(results.predictions(methods="shifted", seeds=[0]))),
        "entities": float(len(results.entities(["shifted", "majority"], views="t"))),
        "slices": float(len(results.slices())),
        "difference": comparison.difference or 0.0,
        "width of the interval": high - low,
    }


def entities_of(folder: Path, tweets: Sequence[str | Sequence[str]]) -> list[tuple[str, int, int]]:
    """Type and characters of every entity that the kept tagger of a method finds."""
    tagger: mnerbench.Tagger = mnerbench.load_tagger("shifted", out=folder, device="cpu")
    tagged: mnerbench.Tagged = tagger.tag(tweets, images=[None] * len(tweets))
    tweet: mnerbench.TaggedTweet = tagged[0]
    assert len(tweet.words) == len(tweet.labels)
    entities: list[mnerbench.Entity] = tagged.entities
    return [(entity.type, entity.start_char, entity.end_char) for entity in entities]


def exported_kind(folder: Path, target: Path) -> str:
    """How transformers loads the exported tagger of a method."""
    exported: mnerbench.Exported = mnerbench.export("shifted", target, out=folder)
    assert exported.folder == target
    return exported.kind


def keys_of_papers(folder: Path) -> list[str]:
    """Keys of the BibTeX entries of what a results folder used."""
    citations: mnerbench.Citations = mnerbench.cite(out=folder)
    software: mnerbench.Citation = citations.items[0]
    assert software.references[0].bibtex in citations.bibtex
    return [reference.key for citation in citations for reference in citation.references]


def main(folder: Path) -> None:
    """Use the whole interface once."""
    results = compare(folder)
    words = longest_tweet("probe-object")
    scores: mnerbench.Scores = mnerbench.score([["B-PER", "O"]], [["B-PER", "O"]])
    assert scores.f1 == 1.0
    assert describe(mnerbench.load_results(folder))["runs"] >= 2
    assert best_method(results) in {"majority", "shifted"}
    assert "tjong-kim-sang-2003-conll" in keys_of_papers(folder)
    entities_of(folder, [words, "Ada Kern met Bo in Velt"])
    assert exported_kind(folder, folder / "exported") == "mnerbench"
    try:
        mnerbench.load_corpus("no-such-corpus")
    except mnerbench.MnerbenchError as error:
        sys.stdout.write(f"{error}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
