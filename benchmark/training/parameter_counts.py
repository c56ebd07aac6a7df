"""Number of parameters of a method over an encoder, counted on torch's meta device without any weights."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mnerbench.benchmark.training.optimizer import count_parameters
from mnerbench.datasets.errors import MissingInputError, suggestion
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.network_waiting import hub_requests
from mnerbench.datasets.tagging import label_set
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard
from mnerbench.datasets.visual.extractors.base import ExtractorCard
from mnerbench.datasets.visual.extractors.catalog import CROPS, is_extractor, parse_crops, parse_extractor
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import TextSource
from mnerbench.methods.encoders.source import SCRATCH, split_display_name
from mnerbench.methods.encoders.tokenizer import SubwordIds, Template
from mnerbench.methods.registry import Entry, method_class

if TYPE_CHECKING:
    from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer

# Parameters of the default picture networks, and of their unused classifier.
NETWORKS = {"resnet152": 60_192_808, "resnet50": 25_557_032}
CLASSIFIER = 2_049_000
_TYPES = ("PER", "LOC", "ORG", "MISC")
# Regions are those of a bottom-up detector: vectors of width 2,048, 1,600 classes of Visual Genome.
_SHAPES = {
    InputKind.GLOBAL: FeatureShape(2048),
    InputKind.GRID: FeatureShape(2048, 49),
    InputKind.REGIONS: FeatureShape(2048, 36, tuple(map(str, range(1600)))),
}
_DEFAULT_NETWORK = "resnet152"
_WORD_WIDTH = 200  # of word vectors beside a text encoder, whose width is that of the user's file


@dataclass(frozen=True)
class Sizes:
    """Numbers of parameters of a method over an encoder.

    Attributes:
        encoder: of the text encoder as used.
        new: of layers that are initialised at random.
        crf: of the CRF.
        pooler: of the encoder's unused pooler, which papers count and which is not built; 0 if the method uses it.
        pictures: of the picture network with its unused classifier if the method reads grid or global vectors; else 0.
        network: torchvision's name of the picture network.
        word_width: assumed width of the word vectors beside the text encoder, which are not trained; 0 without.
    """

    encoder: int
    new: int
    crf: int
    pooler: int
    pictures: int
    network: str = _DEFAULT_NETWORK
    word_width: int = 0

    @property
    def used(self) -> int:
        """All trained parameters."""
        return self.encoder + self.new + self.crf

    @property
    def used_with_pictures(self) -> int:
        """All trained parameters and the picture network without classifier, which is frozen and applied once."""
        return self.used + (self.pictures - CLASSIFIER if self.pictures else 0)

    @property
    def as_papers_count(self) -> int:
        """As the papers' tables count: with the pooler and the picture network."""
        return self.used + self.pooler + self.pictures


def sizes(entry: Entry, encoder: str, models: Path | None) -> Sizes:
    """Count a variant's parameters, with labels of four types in BIO, and without a table of word vectors.

    Args:
        entry: from the registry; of a trained method.
        encoder: a folder, a name in the models folder or cache, or a name whose architecture ships with the package.
        models: the models folder.

    Raises:
        MissingInputError: the encoder is not on this machine and its architecture is unknown.
    """
    import torch
    from transformers import AutoModel

    from mnerbench.methods.encoders.choice import encoder_of_words
    from mnerbench.methods.encoders.text_encoder import TextEncoder
    from mnerbench.methods.encoders.word_table import WordTable

    settings = entry.configure({})
    shapes, network = _picture_shapes(entry)
    pictures = NETWORKS.get(network, 0) if {InputKind.GRID, InputKind.GLOBAL} & set(settings.inputs) else 0
    if settings.text_source is TextSource.WORD_VECTORS:
        words = encoder_of_words(settings, [])
        counts = count_parameters(method_class(entry.family)(settings, words, label_set(_TYPES), shapes))
        return Sizes(0, counts["new"], counts["crf"], 0, pictures, network)
    config = _architecture(split_display_name(encoder)[1], models)
    with torch.device("meta"):
        model = AutoModel.from_config(config, trust_remote_code=False)  # type: ignore[no-untyped-call]
        pooler = sum(p.numel() for p in model.pooler.parameters()) if getattr(model, "pooler", None) else 0
        model.pooler = None
        text = TextEncoder(model, cast("SubwordTokenizer", _TokenizerLimits()))
        text.word_table = WordTable(width=_WORD_WIDTH) if settings.reads_word_vectors else None
        method = method_class(entry.family)(settings, text, label_set(_TYPES), shapes)
    counts = count_parameters(method)
    unused = 0 if text.pooler is not None else pooler
    word_width = text.word_table.width if text.word_table is not None else 0
    return Sizes(counts["encoder"], counts["new"], counts["crf"], unused, pictures, network, word_width)


def _picture_shapes(entry: Entry) -> tuple[dict[InputKind, FeatureShape], str]:
    """Shapes of a variant's visual inputs, and the name of the network that computes them; "" if unknown."""
    shapes, network = dict(_SHAPES), _DEFAULT_NETWORK
    for kind, name in entry.variant.sources.items():
        if kind not in shapes:
            continue
        card = _backbone(name)
        if kind is not InputKind.REGIONS:
            network = card.model if card is not None else ""
        if card is not None and card.parts:
            shapes[kind] = replace(shapes[kind], width=sum(card.parts), parts=card.parts)
    return shapes, network


def _backbone(source: str) -> BackboneCard | None:
    card: ExtractorCard | None = None
    if source.partition("@")[0] == CROPS:
        card = parse_crops(source).backbone
    elif is_extractor(source):
        card = parse_extractor(source)
    return card if isinstance(card, BackboneCard) else None


class _TokenizerLimits:
    """The part of a tokenizer that a method reads before there is text."""

    template, limit = Template((), (), (), (), 0), 512

    def context(self, texts: Sequence[str]) -> SubwordIds:
        """No subwords: texts have no parameters of their own."""
        return []


def _architecture(encoder: str, models: Path | None) -> Any:
    """The transformers config of an encoder, from the package, a folder or the hub; needs no weights."""
    from transformers import AutoConfig

    text = resources.files("mnerbench.methods.layers").joinpath("architectures.toml").read_text(encoding="utf-8")
    architectures: dict[str, dict[str, Any]] = tomllib.loads(text)
    if encoder in architectures:
        return AutoConfig.for_model(**architectures[encoder])
    if encoder == SCRATCH:
        raise MissingInputError(f"{SCRATCH!r} depends on the training texts\n  -> the leaderboard shows its size")
    folders = [Path(encoder).expanduser(), *([models / encoder] if models is not None else [])]
    folder = next((path for path in folders if (path / "config.json").is_file()), None)
    try:
        if folder is not None:
            return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        with hub_requests(encoder):
            return AutoConfig.from_pretrained(encoder, trust_remote_code=False)
    # A foreign config.json or the hub can make transformers raise anything.
    except Exception as error:
        reason = one_line(next(iter(str(error).splitlines()), "") or type(error).__name__)
        raise MissingInputError(
            f"encoder {encoder!r}: no folder with a config.json, and not on the hub ({reason})\n"
            f"  -> give a folder, or a name whose shape is known{suggestion(encoder, architectures)}"
        ) from error
