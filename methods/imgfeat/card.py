"""Card of BERT-CRF+ImgFeat: picture vectors in the encoder's input (Wang et al. 2022, §3.3)."""

from __future__ import annotations

from mnerbench.methods.base.configs import PictureConfig, SubwordTaggerConfig
from mnerbench.methods.base.family import MethodFamily, Variant
from mnerbench.methods.base.search_space import Range


class ImgFeatConfig(PictureConfig, SubwordTaggerConfig):
    """Settings of a text tagger whose encoder also reads picture vectors."""


IMGFEAT = MethodFamily(
    name="imgfeat",
    target="mnerbench.methods.imgfeat.model:ImgFeat",
    config=ImgFeatConfig,
    citation="Wang et al. 2022, NAACL (ITA): BERT-CRF+ImgFeat of §3.3 and Table 4",
    variants={"bert-crf+imgfeat": Variant("projected picture vectors after the subwords in the encoder's input")},
    deviations=(
        "The paper names region features of a ResNet-152; here they are the 49 cells of its last convolution.",
        "Vectors follow the tweet as the encoder's second segment; the paper does not specify their position.",
        "A tweet without a picture is encoded alone.",
    ),
    paper_training={"epochs": 10, "batch_size": 16, "lr_encoder": 5e-5, "lr_new": 5e-5, "lr_crf": 5e-2, "warmup": 0.0},
    search={"dropout": Range(0.0, 0.5)},
)
