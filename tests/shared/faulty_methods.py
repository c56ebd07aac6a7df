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
        return self.project(self.labelling.units(self.states(batch), batch.subwords))


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


class UnmaskedLabels(SubwordTagger):
    """Counts padding in its loss."""

    def losses(self, views):
        batch = views[self.config.primary_view]
        return {"nll": torch.nn.functional.cross_entropy(self(batch).flatten(0, 1), batch.labels.flatten())}


class _GridConfig(PictureConfig, SubwordTaggerConfig):
    """Reads the picture."""


def entry_of(method, config=SubwordTaggerConfig, settings=None):
    """The entry of a method of this module."""
    config = _GridConfig if method is UnmaskedPicture else config
    variant = Variant("for tests", settings or {})
    return Entry("faulty", variant, MethodFamily("faulty", f"{__name__}:{method.__name__}", config, "none", {}))
