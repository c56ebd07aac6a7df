"""Questions to a language model about tweets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from mnerbench.datasets.chat.pictures import ChatPicture
from mnerbench.datasets.chat.request import ChatMessage, ChatRequest
from mnerbench.datasets.corpus import Example, ImageRef
from mnerbench.datasets.errors import ConfigError, DataError
from mnerbench.datasets.inputs import BLANK, InputKind
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.visual.decoding import BadPictureError, TransientPictureError
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.family import MethodConfig, PromptedMethod
from mnerbench.methods.llm.card import LLMConfig
from mnerbench.methods.llm.examples import SimilarExamples, Vectors, drawn_examples
from mnerbench.methods.llm.prompt import answer_schema, read_template, written_entities


class LanguageModel(PromptedMethod):
    """Asks for the entities of a tweet, with or without its picture, texts about it, and examples.

    Args:
        config: an `LLMConfig`.

    Attributes:
        unusable_pictures: number of pictures that could not be decoded, and so were not shown.

    Raises:
        ConfigError: the template is malformed.
    """

    def __init__(self, config: MethodConfig) -> None:
        super().__init__(config)
        self._settings = cast("LLMConfig", config)
        self._template = read_template(self._settings.template)
        if self._settings.texts and not self._template.has_texts:
            raise ConfigError("llm.texts: the template has no $texts, so that they would not be shown\n  -> add it")
        self._first: ChatMessage | None = None
        self._drawn: list[Example] = []
        self._drawn_messages: dict[bool, tuple[ChatMessage, ...]] = {}
        self._similar: SimilarExamples | None = None
        self._types: tuple[str, ...] = ()
        self._seed, self._train_inputs = 0, VisualInputs()
        self._pictures: dict[ImageRef, tuple[ChatPicture, ...]] = {}
        self.unusable_pictures = 0

    def draw_examples(
        self, train: Sequence[Example], types: Sequence[str], inputs: VisualInputs, seed: int, vectors: Vectors
    ) -> None:
        """See the base."""
        self._types, self._seed = tuple(types), seed
        self._first = ChatMessage("system", (self._template.system_text(types),))
        if self._settings.reads_word_vectors:
            self._similar = SimilarExamples(train, vectors)
        else:
            self._drawn, self._drawn_messages = drawn_examples(train, self._settings.shots, seed), {}
        self._train_inputs = inputs

    def _examples_for(self, tweet: Example, *, pictures: bool) -> tuple[ChatMessage, ...]:
        """The examples before the question about a tweet; drawn ones are the same for every tweet."""
        if self._similar is not None:
            return self._shown_examples(self._similar.of(tweet.words, self._settings.shots), pictures=pictures)
        if pictures not in self._drawn_messages:
            self._drawn_messages[pictures] = self._shown_examples(self._drawn, pictures=pictures)
        return self._drawn_messages[pictures]

    def _shown_examples(self, examples: Sequence[Example], *, pictures: bool) -> tuple[ChatMessage, ...]:
        """Questions about training tweets, each with its answer.

        Args:
            examples: the training tweets.
            pictures: whether with their pictures; a question without a picture has examples without.
        """
        messages, inputs = [], self._train_inputs
        for example in examples:
            shown = example.image_id if pictures else None
            messages.append(self._question(example, shown, inputs, texts_of=example.image_id))
            messages.append(ChatMessage("assistant", (self.expected_answer(example),)))
        return tuple(messages)

    @property
    def example_pictures(self) -> int:
        """See the base."""
        return self._settings.shots if self._settings.example_pictures else 0

    def expected_answer(self, tweet: Example) -> str:
        """See the base."""
        return written_entities(tweet.words, tweet.labels)

    def request(self, tweet: Example, image: ImageRef, inputs: VisualInputs) -> ChatRequest:
        """See the base."""
        settings = self._settings
        shown = self._examples_for(tweet, pictures=settings.example_pictures and image is not None)
        opening = (self._first,) if self._first is not None else ()
        return ChatRequest(
            model=settings.model,
            messages=(*opening, *shown, self._question(tweet, image, inputs, texts_of=image)),
            temperature=None if settings.temperature == "default" else settings.temperature,
            max_tokens=settings.max_tokens,
            seed=self._seed if settings.temperature != 0 else None,
            schema=answer_schema(self._types) if settings.structured else None,
        )

    def _question(self, tweet: Example, image: ImageRef, inputs: VisualInputs, *, texts_of: ImageRef) -> ChatMessage:
        """The message about a tweet: its pictures, then its text."""
        texts = {} if texts_of == BLANK else {kind: _texts(inputs, kind, texts_of) for kind in self._settings.texts}
        return ChatMessage("user", (*self._shown(image, inputs), self._template.tweet_text(tweet.words, texts)))

    def _shown(self, image: ImageRef, inputs: VisualInputs) -> tuple[ChatPicture, ...]:
        """The usable pictures of a tweet."""
        if not self._settings.picture or image is None or inputs.pictures is None:
            return ()
        if image not in self._pictures:
            pictures = []
            for load in inputs.pictures.loaders(image):
                try:
                    pictures.append(ChatPicture.of(load, self._settings.picture_size))
                except TransientPictureError as error:  # also on a machine that lacks the files
                    remedy = "put the pictures on every machine that runs, and repeat the run"
                    raise DataError(f"picture {one_line(str(image), 100)}: {error}\n  -> {remedy}") from error
                except BadPictureError:
                    self.unusable_pictures += 1
            self._pictures[image] = tuple(pictures)
        return self._pictures[image]


def _texts(inputs: VisualInputs, kind: InputKind, image: ImageRef) -> Sequence[str]:
    if kind is InputKind.TAGS:
        return [tag.name for tag in inputs.tags_of(image)]
    return inputs.texts_of(kind, image)
