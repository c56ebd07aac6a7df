"""Specification of a run: everything that determines its result, and its identity, the hash of that content.

No path, device, date or display name is part of an identity. The store, resume, MLflow and reports use this identity.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mnerbench.datasets.setting_path import without_paths
from mnerbench.datasets.tagging import Scheme
from mnerbench.datasets.untrusted.names import SafeName
from mnerbench.datasets.untrusted.numbers import require_numbers
from mnerbench.datasets.visual.lost_pictures import LostPictures

# Raised whenever the same settings give another result than before.
SCHEMA = 2
_MOST = 1_000_000  # epochs, tweets or subwords; larger values are typing errors


# Family and protocol of imported predictions.
EXTERNAL = "external"


class Frozen(BaseModel):
    """Base of strict, immutable models: unknown keys and numbers that are not finite are errors."""

    # JSON has no infinity: it would be written as null and could not be read back.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy with changed fields; values of cached properties are not copied, since they may depend on them."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


class Precision(StrEnum):
    """Arithmetic of the training step and of evaluation."""

    FP32 = "fp32"
    BF16 = "bf16"


class StrayInside(StrEnum):
    """How training treats an `I-` label that BIO does not allow; evaluation never changes labels."""

    KEEP = "keep"
    REPAIR = "repair"


class TrainingSettings(Frozen):
    """Training settings; under `--protocol equal` the same for all methods of a suite.

    The epoch is selected on dev (conlleval F1; the earliest at ties). Test is scored once, with that epoch.
    """

    epochs: int = Field(10, ge=1, le=_MOST)
    batch_size: int = Field(16, ge=1, le=_MOST, description="tweets per step")
    lr_encoder: float = Field(5e-5, ge=0, description="peak learning rate of the text encoder")
    lr_new: float = Field(1e-3, ge=0, description="learning rate of randomly initialised layers")
    lr_crf: float = Field(5e-2, ge=0, description="learning rate of CRF transitions")
    warmup: float = Field(0.1, ge=0, le=1, description="share of warm-up steps; then linear decay to zero")
    weight_decay: float = Field(0.01, ge=0, description="of AdamW; not applied to biases and norms")
    clip_norm: float = Field(1.0, gt=0)
    precision: Precision = Precision.FP32
    max_pieces: int = Field(
        256, ge=8, le=_MOST, description="subwords per window, including special tokens; context is truncated first"
    )
    scheme: Scheme = Scheme.BIO
    stray_inside: StrayInside = StrayInside.KEEP

    @model_validator(mode="before")
    @classmethod
    def _require_numbers(cls, values: Any) -> Any:
        require_numbers(values, cls.model_fields)
        return values

    @model_validator(mode="after")
    def _check_scheme(self) -> TrainingSettings:
        if self.scheme is not Scheme.BIO and self.stray_inside is StrayInside.KEEP:
            raise ValueError(f"scheme {self.scheme.value} cannot represent a stray I-; add stray_inside=repair")
        return self


class DatasetRef(Frozen):
    """A corpus and the visual inputs that a method reads, identified by content."""

    name: SafeName
    fingerprints: Mapping[str, str] = Field(description="sha256 per split")
    types: tuple[str, ...] = Field((), description="entity types in the order of the label set")
    inputs: Mapping[str, str] = Field(default_factory=dict, description="sha256 per visual input of the method")
    sources: Mapping[str, str] = Field(default_factory=dict, description="source of each visual input")
    lost_pictures: LostPictures = Field(LostPictures.MASK, description="what replaces a lost picture")
    hidden_pictures: float = Field(0.0, ge=0, le=1, description="share of training tweets whose picture is hidden")
    train_tweets: int | None = Field(None, ge=1, description="size of the training subset, drawn by seed; None for all")
    relations: str | None = Field(
        None, description="sha256 of the relation labels of the training split, if the method learns them"
    )
    limit_test: int | None = Field(
        None, ge=1, description="most tweets of dev and of test, whose fingerprints are then of the subsets; None: all"
    )

    @property
    def title(self) -> str:
        """`twitter15`; `twitter15 (500 tweets)` for a smaller training set; `twitter15 (partial: 50 test tweets)`."""
        remarks = [] if self.train_tweets is None else [f"{self.train_tweets:,} tweets"]
        remarks += [] if self.limit_test is None else [f"partial: {self.limit_test:,} test tweets"]
        return f"{self.name} ({', '.join(remarks)})" if remarks else self.name


class EncoderRef(Frozen):
    """A text encoder or word vectors: the name printed in tables and the digest of the files.

    The name is for display only: `--encoder NAME=DIR` can give any name to the same files.
    """

    name: str
    digest: str
    words: bool = Field(False, description="whether these are word vectors")

    @property
    def title(self) -> str:
        """The name with its digest; of a sha256, the first 12 digits."""
        return f"{self.name} ({self.digest[:12] if len(self.digest) == 64 else self.digest})"


def encoder_labels(refs: Iterable[EncoderRef]) -> dict[EncoderRef, str]:
    """Display labels of encoders: the name, with the digest if several encoders share it."""
    distinct = set(refs)
    digests: dict[str, set[str]] = {}
    for ref in distinct:
        digests.setdefault(ref.name, set()).add(ref.digest)
    return {ref: ref.name if len(digests[ref.name]) == 1 else ref.title for ref in distinct}


class RunSpec(Frozen):
    """Complete specification of one training and evaluation.

    `encoder` and `training` are None for methods that are not trained.
    """

    method: str = Field(description="display name: `ita-ga+cva`")
    family: str = Field(description="method family: `ita`")
    revision: int = Field(1, ge=1, description="revision of the family, raised when its results change")
    config: Mapping[str, Any]
    dataset: DatasetRef
    encoder: EncoderRef | None
    word_vectors: EncoderRef | None = Field(None, description="word vectors read beside a text encoder")
    training: TrainingSettings | None
    protocol: str
    seed: int
    transfer: tuple[DatasetRef, ...] = Field((), description="further datasets whose test splits are scored")
    relation_corpus: DatasetRef | None = Field(
        None, description="dataset whose text-image relations are learned beside tagging"
    )
    dev_only: bool = Field(False, description="a trial of a search: test splits are neither scored nor read")
    seeded: bool = Field(False, description="whether a method without training depends on its seed")
    diagnosis: bool = Field(True, description="whether all views are scored and the use of pictures is diagnosed")
    auto_precision: str = Field(
        "", description="why `auto` became the precision of `training`, for display; empty if that was set itself"
    )
    overrides: Mapping[str, Any] = Field(
        default_factory=dict,
        description="settings unlike the method's defaults, for display; `config` holds all",
    )
    schema_version: int = SCHEMA

    @property
    def content(self) -> dict[str, Any]:
        """Everything that determines the trained model.

        Names are excluded: a renamed method or an alias is the same run. So are the scored datasets and `diagnosis`,
        which do not affect training. Files among the settings count by their content, not their path.
        `train_tweets`, `relations`, `relation_corpus`, `revision` and `word_vectors` are included only if they are not
        the default, so
        that the identities of all other runs stay the same.
        """
        size = {} if self.dataset.train_tweets is None else {"train_tweets": self.dataset.train_tweets}
        relations: dict[str, Any] = {} if self.dataset.relations is None else {"relations": self.dataset.relations}
        revision = {} if self.revision == 1 else {"revision": self.revision}
        words = {} if self.word_vectors is None else {"word_vectors": self.word_vectors.digest}
        corpus = self.relation_corpus
        if corpus is not None:
            relations["relation_corpus"] = [corpus.fingerprints["train"], corpus.relations, dict(corpus.inputs)]
        return (
            size
            | relations
            | revision
            | words
            | {
                "schema": self.schema_version,
                "family": self.family,
                "config": {key: without_paths(value) for key, value in self.config.items()},
                "data": dict(self.dataset.fingerprints),
                "types": list(self.dataset.types),
                "inputs": dict(self.dataset.inputs),
                "hidden": self.dataset.hidden_pictures,
                "encoder": self.encoder.digest if self.encoder else None,
                "training": self.training.model_dump(mode="json") if self.training else None,
                "seed": self.seed,
            }
        )

    @cached_property
    def identity(self) -> str:
        """First 16 hex digits of the sha256 of `content`."""
        text = json.dumps(self.content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def vectors(self) -> EncoderRef | None:
        """The word vectors that the method reads, in place of a text encoder or beside one."""
        return self.encoder if self.encoder is not None and self.encoder.words else self.word_vectors

    @property
    def encoders(self) -> tuple[EncoderRef, ...]:
        """The text encoder and the word vectors that the method reads."""
        return tuple(ref for ref in (self.encoder, self.word_vectors) if ref is not None)

    @property
    def is_untrained(self) -> bool:
        """Whether the method has no training, so that its conditions do not matter: count-based or prompted."""
        return self.encoder is None and self.training is None and self.family != EXTERNAL

    @property
    def title(self) -> str:
        """Short name for progress lines: `bert-crf on twitter15, seed 0`."""
        return f"{self.method} on {self.dataset.title}, seed {self.seed}"

    @property
    def partial(self) -> str:
        """What the evaluation leaves out, so that its scores are no result; empty for a whole run."""
        limit = self.dataset.limit_test
        parts = [] if limit is None else [f"at most {limit:,} tweets of dev and of test"]
        return ", ".join([*parts, *([] if self.diagnosis else ["only the main view, no diagnosis"])])

    @property
    def datasets(self) -> tuple[DatasetRef, ...]:
        """All datasets that the run reads, by which it is trained or scored."""
        return (self.dataset, *self.transfer, *([self.relation_corpus] if self.relation_corpus is not None else []))

    def with_transfer(self, datasets: Iterable[DatasetRef]) -> RunSpec:
        """The same training with further transfer targets; datasets whose name is already scored are ignored."""
        scored = {self.dataset.name, *(ref.name for ref in self.transfer)}
        new = {ref.name: ref for ref in datasets if ref.name not in scored}
        return self.model_copy(update={"transfer": (*self.transfer, *new.values())}) if new else self

    @property
    def scored(self) -> dict[str, tuple[DatasetRef, str]]:
        """Dataset and split by key of a record's metrics: `valid`, `test`, and `test@twitter17` for a transfer."""
        return {"valid": (self.dataset, "valid"), **self.tests}

    @property
    def tests(self) -> dict[str, tuple[DatasetRef, str]]:
        """The test splits of `scored`."""
        if self.dev_only:
            return {}
        return {"test": (self.dataset, "test")} | {f"test@{other.name}": (other, "test") for other in self.transfer}


def transfer_title(trained_on: DatasetRef, tested_on: DatasetRef) -> str:
    """`twitter15 → twitter17`; the title of the dataset if both are the same."""
    return trained_on.title if trained_on.name == tested_on.name else transfer_label(trained_on.title, tested_on.name)


def transfer_label(trained_on: str, tested_on: str) -> str:
    """`twitter15 → twitter17`: the label of training on one dataset and testing on another."""
    return f"{trained_on} → {tested_on}"
