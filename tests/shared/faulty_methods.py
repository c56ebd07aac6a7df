"""Methods with a fault each, which the conformance cases have to find."""

from __future__ import annotations

import torch

from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.configs import PictureConfig, SubwordTaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.registry import Entry
from mnerbench.methods.subword_tagger import SubwordTagger


class UnusedDropout(SubwordTagger):
    """Its config has `dropout`, which the model does not use."""

    def forward(self, batch):
        return self.project(self.word_dropout(self.labelling.units(self.states(batch), batch.subwords)))


class UnmaskedMean(SubwordTagger):
    """Adds the mean of all word vectors, padding included."""

    def forward(self, batch):
        words = self.labelling.units(self.states(batch), batch.subwords)
        return self.project(self.dropout(words + words.mean(1, keepdim=True)))


class UnmaskedSubwords(SubwordTagger):
    """Lets the encoder attend to padding."""

    def states(self, batch):
        output = self.encoder.model(input_ids=batch.subwords.ids, **self.encoder.segments(batch.subwords.segments))
        return output.last_hidden_state


class UnmaskedPicture(SubwordTagger):
    """Adds the mean of the picture's cells, also where there is no picture."""

    def __init__(self, config, encoder, labels, visual):
        super().__init__(config, encoder, labels, visual)
        self.see = torch.nn.Linear(visual[InputKind.GRID].width, encoder.width)

    def states(self, batch):
        picture = self.see(batch.visual.vectors[InputKind.GRID]).mean(1)
        return super().states(batch) + picture[batch.subwords.tweet].unsqueeze(1)


class UnmaskedRegions(SubwordTagger):
    """Adds a mean over normalised regions in which padding counts."""

    def __init__(self, config, encoder, labels, visual):
        super().__init__(config, encoder, labels, visual)
        self.normalise = torch.nn.LayerNorm(visual[InputKind.REGIONS].width)
        self.see = torch.nn.Linear(visual[InputKind.REGIONS].width, encoder.width)

    def states(self, batch):
        picture = self.see(self.normalise(batch.visual.vectors[InputKind.REGIONS])).mean(1)
        picture = picture * batch.visual.present(InputKind.REGIONS).unsqueeze(-1)
        return super().states(batch) + picture[batch.subwords.tweet].unsqueeze(1)


class UnmaskedLabels(SubwordTagger):
    """Counts padding in its loss."""

    def losses(self, views):
        batch = views[self.config.primary_view]
        return {"nll": torch.nn.functional.cross_entropy(self(batch).flatten(0, 1), batch.labels.flatten())}


class _GridConfig(PictureConfig, SubwordTaggerConfig):
    """Reads the cells of the picture."""


class _RegionConfig(SubwordTaggerConfig):
    """Reads the regions of the picture."""

    @property
    def inputs(self):
        return (InputKind.REGIONS,)


def entry_of(method, config=SubwordTaggerConfig, settings=None):
    """The entry of a method of this module."""
    config = {UnmaskedPicture: _GridConfig, UnmaskedRegions: _RegionConfig}.get(method, config)
    variant = Variant("for tests", settings or {})
    return Entry("faulty", variant, MethodFamily("faulty", f"{__name__}:{method.__name__}", config, "none", {}))
