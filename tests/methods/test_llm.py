"""Prompts: what they say, which examples they show, and which templates are refused."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import ConfigError, DataError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.picture_files import PictureFiles
from mnerbench.datasets.visual.pictures import Picture
from mnerbench.methods.llm import prompt
from mnerbench.methods.llm.examples import SimilarExamples, drawn_examples
from mnerbench.methods.llm.model import LanguageModel
from mnerbench.methods.registry import methods

TYPES = ("PER", "GPE")
TRAIN = [
    Example(str(n), ("Bo", f"went{n}", "to", "New", "Velt"), ("B-PER", "O", "O", "B-GPE", "I-GPE"), f"p{n}")
    for n in range(20)
]
TWEET = Example("x", ("$5", "for", "Ada"), ("O", "O", "B-PER"), "p1")
INPUTS = VisualInputs(
    {
        InputKind.CAPTIONS: Texts({"p1": ("a dog", "two dogs")}, "s", "0"),
        InputKind.OCR: Texts({"p2": ("SALE",)}, "s", "0"),
    },
    Texts({"p1": (Tag("dog"), Tag("ball"))}, "s", "0"),
)


def built(name="llm-zero", seed=0, **settings):
    method = LanguageModel(methods()[name].configure({"model": "m", **settings}))
    method.draw_examples(TRAIN, TYPES, INPUTS, seed, {})
    return method


def said(request):
    return [(message["role"], message["content"]) for message in request.shown["messages"]]


def test_the_question_without_examples():
    (first, system), (second, question) = said(built().request(TWEET, None, INPUTS))
    assert (first, second) == ("system", "user")
    assert "The types of entities are: PER (people), GPE." in system
    assert question == "Tweet: $5 for Ada"


def test_texts_about_the_picture_stand_before_the_tweet():
    method = built(texts=("captions", "tags", "ocr"))
    question = said(method.request(TWEET, "p1", INPUTS))[-1][1]
    assert question == "The picture shows: a dog; two dogs\nObjects in the picture: dog; ball\nTweet: $5 for Ada"
    assert said(method.request(TWEET, "p2", INPUTS))[-1][1] == "Text in the picture: SALE\nTweet: $5 for Ada"
    assert said(method.request(TWEET, None, INPUTS))[-1][1] == "Tweet: $5 for Ada"


def test_examples_are_questions_with_gold_answers():
    messages = said(built("llm-few", shots=2).request(TWEET, None, INPUTS))
    assert [role for role, _ in messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert messages[1][1].startswith("Tweet: Bo went")
    answer = {"entities": [{"text": "Bo", "type": "PER"}, {"text": "New Velt", "type": "GPE"}]}
    assert json.loads(messages[2][1]) == answer


def test_examples_are_drawn_by_seed_and_nested():
    def drawn(seed, count):
        return [example.id for example in drawn_examples(TRAIN, count, seed)]

    assert drawn(0, 5) == drawn(0, 8)[:5]
    assert drawn(0, 8) != drawn(1, 8)
    assert len(set(drawn(0, 100))) == 20  # all there are
    first = [drawn(seed, 1)[0] for seed in range(2000)]
    counts = [first.count(str(n)) for n in range(20)]
    assert min(counts) > 60
    assert max(counts) < 145  # 100 expected, standard deviation 9.7


def test_similar_examples_have_the_highest_cosine():
    """Against a loop over all tweets, in float64."""
    random = np.random.default_rng(0)
    words = [f"w{n}" for n in range(30)]
    vectors = {word: random.normal(size=5).astype(np.float32) for word in words[:25]}
    train = [Example(str(n), tuple(random.choice(words, 6)), ("O",) * 6) for n in range(50)]
    tweet = ("W3", "w7", "w29", "unseen")

    def mean(tokens):
        return sum(np.float64(vectors[token.lower()]) for token in tokens if token.lower() in vectors)

    def cosine(example):
        a, b = mean(example.words), mean(tweet)
        return float(a @ b / np.sqrt((a @ a) * (b @ b)))

    expected = sorted(train, key=cosine)[-4:]
    assert SimilarExamples(train, vectors).of(tweet, 4) == expected
    assert [e.id for e in SimilarExamples(train, vectors).of(("unseen",), 2)] == ["1", "0"]  # nothing is similar
    assert SimilarExamples([], {}).of(tweet, 4) == []


def test_similar_examples_of_each_tweet_stand_before_it():
    method = LanguageModel(methods()["llm-few"].configure({"model": "m", "shots": 2, "examples": "similar"}))
    vectors = {f"went{n}": np.eye(20, dtype=np.float32)[n] for n in range(20)}
    method.draw_examples(TRAIN, TYPES, INPUTS, 0, vectors)
    asked = said(method.request(Example("x", ("went7", "went7", "went3"), ("O", "O", "O")), None, INPUTS))
    assert [text for role, text in asked if role == "user"] == [
        "Tweet: Bo went3 to New Velt",
        "Tweet: Bo went7 to New Velt",
        "Tweet: went7 went7 went3",
    ]
    assert method.config.reads_word_vectors
    assert not method.config.is_seeded


def test_the_default_prompt_is_that_of_its_revision():
    """Runs are identified by the revision: raise it with the prompt, and note the new digest here."""
    family = methods()["llm-zero"].family
    assert (family.revision, hashlib.sha256(prompt.DEFAULT.encode()).hexdigest()[:12]) == (1, "e7205c8d410c")


def test_texts_need_a_place_in_the_template(tmp_path):
    path = tmp_path / "prompt.txt"
    path.write_text("$types\n---\n$tweet", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no \$texts"):
        built(template=str(path), texts=("captions",))


def test_a_question_without_a_picture_has_examples_without(tmp_path):
    path = tmp_path / "p.png"
    Image.new("RGB", (8, 8)).save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    files = {tweet.image_id: Picture(path, digest) for tweet in [*TRAIN, TWEET]}
    inputs = VisualInputs(pictures=PictureFiles(files, "0", 0))
    method = LanguageModel(methods()["vlm-few"].configure({"model": "m", "shots": 2, "example_pictures": True}))
    method.draw_examples(TRAIN, TYPES, inputs, 0, {})

    def pictures(image):
        parts = [part for message in method.request(TWEET, image, inputs).messages for part in message.parts]
        return sum(not isinstance(part, str) for part in parts)

    assert (pictures("p1"), pictures(None), method.example_pictures) == (3, 0, 2)


def test_a_seed_is_sent_only_if_it_can_matter():
    assert built(seed=7).request(TWEET, None, INPUTS).seed is None
    assert built(seed=7, temperature=0.5).request(TWEET, None, INPUTS).seed == 7
    assert not built().config.is_seeded
    assert built(temperature=0.5).config.is_seeded
    chosen = built(temperature="default", seed=3).request(TWEET, None, INPUTS)
    assert (chosen.temperature, chosen.seed, "temperature" in chosen.body) == (None, 3, False)
    assert built("llm-few").config.is_seeded


def test_the_schema_lists_the_types():
    schema = built().request(TWEET, None, INPUTS).schema
    assert schema["properties"]["entities"]["items"]["properties"]["type"]["enum"] == ["PER", "GPE"]
    assert built(structured=False).request(TWEET, None, INPUTS).schema is None


def test_a_template_of_the_user(tmp_path):
    path = tmp_path / "prompt.txt"
    path.write_text("Types: $types ($$1)\r\n---\r\n[$tweet] ${texts}end", encoding="utf-8")
    method = built(template=str(path), texts=("captions",))
    (_, system), (_, question) = said(method.request(TWEET, "p1", INPUTS))
    assert system == "Types: PER (people), GPE ($1)"
    assert question == "[$5 for Ada] The picture shows: a dog; two dogs\nend"
    config = method.config
    path.write_text("Types: $types\n---\n$tweet", encoding="utf-8")
    with pytest.raises(DataError, match="changed since the run was planned"):
        LanguageModel(config)


def test_unusable_pictures_are_counted_and_vanished_ones_are_an_error(tmp_path):
    broken, gone = tmp_path / "p1.png", tmp_path / "p2.png"
    broken.write_bytes(b"no picture")
    files = {"p1": Picture(broken, hashlib.sha256(b"no picture").hexdigest()), "p2": Picture(gone, "0" * 64)}
    inputs = VisualInputs(pictures=PictureFiles(files, "0", 0))
    method = built("vlm-zero")
    assert said(method.request(TWEET, "p1", inputs))[-1][1] == "Tweet: $5 for Ada"
    method.request(TWEET, "p1", inputs)
    assert method.unusable_pictures == 1
    with pytest.raises(DataError, match="picture p2: cannot be read"):
        method.request(TWEET, "p2", inputs)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("$types $tweet", "no line ---"),
        ("$types\n---\nnothing", r"no \$tweet"),
        ("$tweet\n---\n$tweet", r"\$tweet is not known there"),
        ("$types\n---\n$tweet $gold", r"\$gold is not known there"),
        ("costs $ 5\n---\n$tweet", r"write \$\$ for a dollar sign"),
        ("", "no line ---"),
    ],
)
def test_a_malformed_template_is_refused(tmp_path, text, reason):
    path = tmp_path / "prompt.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=reason):
        built(template=str(path))


@pytest.mark.parametrize("texts", [("grid",), ("captions", "captions"), ("picture",), "captions"])
def test_only_texts_are_texts(texts):
    with pytest.raises(ConfigError):
        built(texts=texts)
