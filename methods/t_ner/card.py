"""Card of T-NER: a CRF over hand-made features, the row without a neural network in MAF's Table 2."""

from __future__ import annotations

from pydantic import Field

from mnerbench.datasets.setting_file import SettingFile
from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class TNERConfig(MethodConfig):
    """Settings of the features and of the fit; no published ones are known."""

    dictionaries: tuple[SettingFile, ...] = Field((), description="files of phrases, one per line: one per dictionary")
    clusters: SettingFile | None = Field(None, description="file of Brown clusters: bit string, tab, word, tab, count")
    affixes: int = Field(4, ge=0, description="longest prefix and suffix, in characters")
    context: int = Field(2, ge=0, description="words read to either side")
    hash_bits: int = Field(22, ge=8, le=30, description="features are hashed to this number of bits")
    penalty: float = Field(0.2, gt=0, description="half of it times the squared weights is added to the loss, in nats")
    iterations: int = Field(200, ge=1, description="most iterations of L-BFGS")


T_NER = MethodFamily(
    name="t-ner",
    target="mnerbench.methods.t_ner.model:TNER",
    config=TNERConfig,
    citation=(
        "Ritter et al. 2011, EMNLP (T-NER): Named Entity Recognition in Tweets; as described by Xu et al. 2022 (MAF)"
    ),
    variants={"t-ner": Variant("linear-chain CRF over shape, affixes, context, dictionaries and word clusters")},
    deviations=(
        "MAF quotes a row that has `dictionary, contextual and orthographic features`, without saying which; those "
        "here are our choice.",
        "Ritter et al. segment with a CRF and classify the segments with LabeledLDA over Freebase; here one CRF labels "
        "segments and types. Their part-of-speech and chunk tags, and their classifier of informative capitals, are "
        "absent: the share of capitalised words in the tweet stands for the last.",
        "No dictionaries or word clusters are included; without such files their features are absent.",
        "The weights minimise a convex objective from zero, so that there is no seed and one run is enough.",
    ),
    is_count_based=True,
    search={"penalty": Range(0.02, 2.0, log=True), "context": Range(1, 3), "affixes": Range(2, 6)},
)
