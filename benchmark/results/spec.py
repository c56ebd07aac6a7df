"""What one run is: everything that decides its result, and the identity that is the hash of it.

This module owns identity. The store, resume, MLflow and reports ask it; no path, device, date or display name is in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mnerbench.datasets.tagging import Scheme
from mnerbench.datasets.untrusted.names import SafeName
from mnerbench.datasets.untrusted.numbers import require_numbers
from mnerbench.datasets.visual.pictures import LostPictures

# Raised whenever the same settings would give another result than before.
SCHEMA = 2
_MOST = 1_000_000  # of epochs, tweets and word pieces; more is a slip of the keyboard


# Family and protocol of predictions that were made elsewhere.
EXTERNAL = "external"


class Frozen(BaseModel):
    """Base of the strict, immutable settings: an unknown key is an error, and so is a number that is not finite."""

    # JSON has no infinity: it would be written as null and never be read again.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Precision(StrEnum):
    """Arithmetic of the training step and of evaluation."""

    FP32 = "fp32"
    BF16 = "bf16"


class StrayInside(StrEnum):
    """What training does with an `I-` that BIO does not allow; evaluation always scores the labels as they are."""

    KEEP = "keep"
    REPAIR = "repair"


class TrainingSettings(Frozen):
    """How a method is trained; under `--protocol equal` the same for all methods of a suite.

    The dev split picks the epoch (conlleval F1, earliest at ties); test is scored once, with that epoch.
    """

    epochs: int = Field(10, ge=1, le=_MOST)
    batch_size: int = Field(16, ge=1, le=_MOST, description="tweets per step")
    lr_encoder: float = Field(5e-5, ge=0, description="peak learning rate of the text encoder")
    lr_new: float = Field(1e-3, ge=0, description="of layers that start from random values")
    lr_crf: float = Field(5e-2, ge=0, description="of CRF transitions")
    warmup: float = Field(0.1, ge=0, le=1, description="share of steps with rising rate; then linear to zero")
    weight_decay: float = Field(0.01, ge=0, description="AdamW; not on biases and norms")
    clip_norm: float = Field(1.0, gt=0)
    precision: Precision = Precision.FP32
    max_pieces: int = Field(
        256, ge=8, le=_MOST, description="word pieces per row, special ones included; context is cut first"
    )
    scheme: Scheme = Scheme.BIO
    stray_inside: StrayInside = StrayInside.KEEP

    @model_validator(mode="before")
    @classmethod
    def _numbers_are_numbers(cls, values: Any) -> Any:
        require_numbers(values, cls.model_fields)
        return values

    @model_validator(mode="after")
    def _only_bio_holds_strays(self) -> TrainingSettings:
        if self.scheme is not Scheme.BIO and self.stray_inside is StrayInside.KEEP:
            raise ValueError(f"scheme {self.scheme.value} cannot hold a stray I-; add stray_inside=repair")
        return self


class DatasetRef(Frozen):
    """A corpus and the visual inputs a method reads from it, by content."""

    name: SafeName
    fingerprints: Mapping[str, str] = Field(description="sha256 per split")
    types: tuple[str, ...] = Field((), description="entity types in the order of the label set")
    inputs: Mapping[str, str] = Field(default_factory=dict, description="sha256 per visual input that the method reads")
    sources: Mapping[str, str] = Field(default_factory=dict, description="source of each visual input")
    lost_pictures: LostPictures = Field(LostPictures.MASK, description="what stands for a lost picture")
    hidden_pictures: float = Field(0.0, ge=0, le=1, description="share of training tweets that show no picture")
    train_tweets: int | None = Field(None, ge=1, description="training tweets, by seed; None for all")

    @property
    def title(self) -> str:
        """`twitter15`, or `twitter15 (500 tweets)` for a smaller training set."""
        return self.name if self.train_tweets is None else f"{self.name} ({self.train_tweets:,} tweets)"


class EncoderRef(Frozen):
    """A text encoder, or vectors of words: the name that tables print and the digest of its files.

    The name decides nothing: `--encoder NAME=DIR` may give the same files any.
    """

    name: str
    digest: str
    words: bool = Field(False, description="vectors of words, for methods without a text encoder")

    @property
    def title(self) -> str:
        """The name with its digest, of a sha256 the first 12 digits."""
        return f"{self.name} ({self.digest[:12] if len(self.digest) == 64 else self.digest})"


def encoder_labels(refs: Iterable[EncoderRef]) -> dict[EncoderRef, str]:
    """What to call encoders where they stand side by side: the name, with its digest where several have that name."""
    distinct = set(refs)
    digests: dict[str, set[str]] = {}
    for ref in distinct:
        digests.setdefault(ref.name, set()).add(ref.digest)
    return {ref: ref.name if len(digests[ref.name]) == 1 else ref.title for ref in distinct}


class RunSpec(Frozen):
    """One training and evaluation, completely described.

    `encoder` and `training` are None for methods that only count.
    """

    method: str = Field(description="name shown to people: `ita-ga+cva`")
    family: str = Field(description="the class behind it: `ita`")
    revision: int = Field(1, ge=1, description="of the family: raised when it computes something else")
    config: Mapping[str, Any]
    dataset: DatasetRef
    encoder: EncoderRef | None
    training: TrainingSettings | None
    protocol: str
    seed: int
    transfer: tuple[DatasetRef, ...] = Field((), description="other datasets whose test split is scored too")
    dev_only: bool = Field(False, description="a trial of a search: no test split is scored, or even read")
    overrides: Mapping[str, Any] = Field(
        default_factory=dict, description="settings that are not the method's own, for people; `config` has them all"
    )
    schema_version: int = SCHEMA

    @property
    def content(self) -> dict[str, Any]:
        """What decides the result. Names are not in it: a method renamed, or an alias, is the same run.

        Nor is what is scored, other datasets or none, which changes nothing that is trained. The size of a smaller
        training set is in it only when there is one, and the revision of a family only when it is not the first, so
        that other runs keep the identity they had.
        """
        size = {} if self.dataset.train_tweets is None else {"train_tweets": self.dataset.train_tweets}
        revision = {} if self.revision == 1 else {"revision": self.revision}
        return (
            size
            | revision
            | {
                "schema": self.schema_version,
                "family": self.family,
                "config": dict(self.config),
                "data": dict(self.dataset.fingerprints),
                "types": list(self.dataset.types),
                "inputs": dict(self.dataset.inputs),
                "hidden": self.dataset.hidden_pictures,
                "encoder": self.encoder.digest if self.encoder else None,
                "training": self.training.model_dump(mode="json") if self.training else None,
                "seed": self.seed,
            }
        )

    @property
    def identity(self) -> str:
        """First 16 hex digits of the sha256 of `content`."""
        text = json.dumps(self.content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def counts(self) -> bool:
        """Whether the method only counts words."""
        return self.encoder is None and self.training is None and self.family != EXTERNAL

    @property
    def title(self) -> str:
        """Short name for progress lines: `bert-crf on twitter15, seed 0`."""
        return f"{self.method} on {self.dataset.title}, seed {self.seed}"

    def also_on(self, others: Iterable[DatasetRef]) -> RunSpec:
        """The same training, scored on further datasets too; one of a name that is already there is left out."""
        known = {self.dataset.name, *(one.name for one in self.transfer)}
        more = {one.name: one for one in others if one.name not in known}
        return self.model_copy(update={"transfer": (*self.transfer, *more.values())}) if more else self

    @property
    def scored(self) -> dict[str, tuple[DatasetRef, str]]:
        """Dataset and split of what a record calls `valid`, `test`, and `test@twitter17` for a transfer."""
        return {"valid": (self.dataset, "valid"), **self.tests}

    @property
    def tests(self) -> dict[str, tuple[DatasetRef, str]]:
        """The test splits among them."""
        if self.dev_only:
            return {}
        return {"test": (self.dataset, "test")} | {f"test@{other.name}": (other, "test") for other in self.transfer}


def transfer_title(trained_on: DatasetRef, tested_on: DatasetRef) -> str:
    """`twitter15 → twitter17`; the dataset's own title when both are the same."""
    return trained_on.title if trained_on.name == tested_on.name else moved(trained_on.title, tested_on.name)


def moved(trained_on: str, tested_on: str) -> str:
    """`twitter15 → twitter17`: what every table calls training on one dataset and testing on another."""
    return f"{trained_on} → {tested_on}"


def derive_seed(seed: int, *purpose: str | int) -> int:
    """A seed for one use of randomness, independent of every other use and of `PYTHONHASHSEED`."""
    text = ":".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
