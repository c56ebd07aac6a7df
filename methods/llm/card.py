"""Card of language models that are asked about each tweet, without training."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.setting_file import SettingFile
from mnerbench.methods.base.family import MethodConfig, MethodFamily, Variant


class LLMConfig(MethodConfig):
    """Settings of the question, and of the draw of the answer. Whatever changes a question is part of the identity."""

    model: str = Field("", max_length=200, description="name of the model at the server; has to be set")
    picture: bool = Field(False, description="show the picture to the model")
    texts: tuple[InputKind, ...] = Field(
        (), description="texts about the picture in the prompt: captions, tags, ocr, text"
    )
    shots: int = Field(0, ge=0, le=1000, description="training tweets with their entities in each prompt")
    examples: Literal["random", "similar"] = Field(
        "random", description="training tweets drawn by seed, or those most similar by word vectors (--word-vectors)"
    )
    example_pictures: bool = Field(False, description="show the pictures of the training tweets too")
    template: SettingFile | None = Field(None, description="file of a prompt; default: the one of this package")
    structured: bool = Field(True, description="ask the server to follow a JSON schema, if it can")
    temperature: Annotated[float, Field(ge=0, le=2)] | Literal["default"] = Field(
        0.0, description="of the draw; 0: the most probable answer; default: what the server chooses"
    )
    max_tokens: int = Field(512, ge=16, le=1 << 20, description="longest answer")
    picture_size: int = Field(768, ge=32, le=4096, description="longest side of a picture in pixels")

    image_settings: ClassVar[frozenset[str]] = frozenset({"picture_size", "example_pictures"})

    @field_validator("texts")
    @classmethod
    def _are_texts(cls, kinds: tuple[InputKind, ...]) -> tuple[InputKind, ...]:
        if len(set(kinds)) < len(kinds) or not all(kind.is_text for kind in kinds):
            raise ValueError("name each of captions, tags, ocr and text at most once")
        return kinds

    @property
    def inputs(self) -> tuple[InputKind, ...]:
        """Texts, and the picture itself."""
        return (*self.texts, *((InputKind.PICTURE,) if self.picture else ()))

    @property
    def inactive_settings(self) -> frozenset[str]:
        """Without a picture its size has no effect, and without examples their pictures."""
        inactive = set() if self.picture else set(self.image_settings)
        return frozenset(inactive | (set() if self.shots else {"example_pictures", "examples"}))

    @property
    def reads_word_vectors(self) -> bool:
        """Similar examples are those of similar word vectors."""
        return self.shots > 0 and self.examples == "similar"

    @property
    def is_seeded(self) -> bool:
        """The seed draws examples, and answers at a temperature above 0."""
        return (self.shots > 0 and self.examples == "random") or self.temperature != 0

    @property
    def reads_training_tweets(self) -> bool:
        """Without examples, training tweets play no role."""
        return self.shots > 0

    @property
    def asked_model(self) -> str:
        """See the base."""
        return self.model

    @property
    def primary_view(self) -> View:
        """With the picture or its texts, if the model is told of either."""
        return View.IT if self.inputs else View.T


LLM = MethodFamily(
    name="llm",
    target="mnerbench.methods.llm.model:LanguageModel",
    config=LLMConfig,
    citation="Language models: asked for the entities of each tweet, without training",
    variants={
        "llm-zero": Variant("a language model, asked about the text"),
        "llm-few": Variant("a language model, asked about the text, with eight training tweets", {"shots": 8}),
        "vlm-zero": Variant("a vision-language model, asked about text and picture", {"picture": True}),
        "vlm-few": Variant(
            "a vision-language model, asked about text and picture, with eight training tweets",
            {"picture": True, "shots": 8},
        ),
    },
    deviations=(
        "Words of a tweet are joined by spaces; a model that copies an entity otherwise (`Cant` for `Can't`) is wrong.",
        "An entity is put on the first words that spell it and that no earlier entity has. Entities not in the "
        "tweet, or of an unknown type, and unreadable answers are counted, and count as not found.",
        "At temperature 0 no seed is sent. Servers need not give the same answer twice: every answer is stored, and a "
        "repeated run reads it.",
    ),
    is_prompted=True,
)
