"""The conditions under which papers measured their numbers, and how a row of ours differs from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from mnerbench.reports.analysis.run_settings import RunSettings
from mnerbench.reports.published.data import Strict, Words
from mnerbench.reports.published.loading import HERE, by_name, parse_model, read_toml

OPTIMIZER = "AdamW"  # of all runs here
_ABSENT = {"word_dropout": 0.0, "label_rule": "first"}  # settings that specs leave out at these values


class PaperSource(Strict):
    """What a paper's systems read.

    Attributes:
        paper: in words.
        ours: our sources that are the same; empty if there is none.
    """

    paper: str
    ours: Words = ()


class PaperProtocol(Strict):
    """The conditions of a paper's own systems; what is absent is not stated.

    Attributes:
        source: where they are stated.
        optimizer: by name.
        training: values of `TrainingSettings`; a list is the range of a search.
        settings: values of a method's config, for methods that have the setting.
        sources: visual inputs by kind.
        word_vectors: of systems over word vectors.
        lost_pictures: what replaces a lost picture, by our name.
        data: in which the corpus differs from that of our card, in words; None if it is not known to differ.
    """

    source: str
    optimizer: str | None = None
    training: Mapping[str, Any] = {}
    settings: Mapping[str, Any] = {}
    sources: Mapping[str, PaperSource] = {}
    word_vectors: PaperSource | None = None
    lost_pictures: str | None = None
    data: str | None = None

    @property
    def text(self) -> str:
        """What the systems of the paper read, their optimizer, and where it is stated, in words."""
        inputs = [f"{kind}: {source.paper}" for kind, source in self.sources.items()]
        vectors = [f"word vectors: {self.word_vectors.paper}"] if self.word_vectors is not None else []
        optimizer = [f"optimizer: {self.optimizer}"] if self.optimizer is not None else []
        data = [f"data: {self.data}"] if self.data is not None else []
        return f"{'; '.join([*inputs, *vectors, *optimizer, *data])} ({self.source})"

    def differing_settings(self, run: RunSettings) -> Iterator[str]:
        """Names of the settings of method and training that are not the paper's."""
        yield from (key for key, value in self.training.items() if not _is_within(run.training.get(key), value))
        yield from (key for key, value in self.settings.items() if not _has(run.config, key, value))
        yield from (key for key in run.overrides if key not in self.settings)

    def differing_inputs(self, run: RunSettings) -> Iterator[str]:
        """Names of the inputs that are not the paper's: kinds of visual inputs, `word vectors`, `lost pictures`."""
        for kind, source in run.sources.items():
            stated = self.sources.get(kind)
            if stated is not None and not any(_is_same(source, equal) for equal in stated.ours):
                yield kind
        vectors = self.word_vectors
        if run.word_vectors is not None and vectors is not None and run.word_vectors not in vectors.ours:
            yield "word vectors"
        if None not in (self.lost_pictures, run.lost_pictures) and self.lost_pictures != run.lost_pictures:
            yield "lost pictures"

    def differences(self, run: RunSettings) -> list[str]:
        """Names of all conditions of a run that are not the paper's."""
        optimizer = ["optimizer"] if self.optimizer not in (None, OPTIMIZER) else []
        data = ["data"] if self.data is not None else []
        return [*data, *self.differing_settings(run), *self.differing_inputs(run), *optimizer]


def _is_within(actual: object, stated: object) -> bool:
    """Whether a value is the stated one, or lies in the stated range."""
    if isinstance(stated, list) and isinstance(actual, int | float):
        return float(stated[0]) <= actual <= float(stated[1])
    return actual == (float(stated) if isinstance(stated, Decimal) else stated)


def _has(config: Mapping[str, Any], key: str, stated: object) -> bool:
    """Whether a config has the stated value; a method without the setting does not contradict it."""
    return _is_within(config[key] if key in config else _ABSENT.get(key, stated), stated)


def _is_same(source: str, other: str) -> bool:
    """Whether two sources have the same name and settings, in any order."""
    first, second = (text.partition("@") for text in (source, other))
    return first[0] == second[0] and set(first[2].split(",")) == set(second[2].split(","))


@cache
def _protocols() -> Mapping[str, PaperProtocol]:
    path = HERE / "protocols.toml"
    return {name: parse_model(PaperProtocol, raw, f"{path}: [{name}]") for name, raw in read_toml(path).items()}


def paper_protocol(name: str) -> PaperProtocol:
    """A protocol by the name by which published rows refer to it.

    Raises:
        ConfigError: the name is unknown; suggests the closest.
    """
    what, remedy = f"{HERE / 'protocols.toml'}: no protocol", "correct the name in the file of the paper"
    return by_name(_protocols(), name, what, remedy)
