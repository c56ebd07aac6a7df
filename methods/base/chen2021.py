"""Citation and training settings of "Can images help recognize entities?", whose systems are in several folders."""

CITATION = (
    "Chen et al. 2021, W-NUT, Can images help recognize entities? A study of the role of images for Multimodal NER"
)
TRAINING = {"epochs": 20, "batch_size": 32, "lr_encoder": 5e-5, "lr_new": 5e-5, "lr_crf": 5e-5}
