"""Prompts: a template with places for the types, the tweet and the texts about its picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.setting_file import SettingFile
from mnerbench.datasets.tagging import conll_spans
from mnerbench.datasets.untrusted.files import named

# The line between what the model is told first and what it is told about each tweet.
DIVIDER = "---"
_SYSTEM, _TWEET = ("types",), ("tweet", "texts")

DEFAULT = """\
You find named entities in tweets.
The types of entities are: $types.
Copy each entity as it is written in the tweet, whole words only, in the order of the tweet. An entity that is \
mentioned twice is listed twice.
Answer in JSON alone: {"entities": [{"text": "words of the tweet", "type": "one of the types"}]}
Without an entity, answer {"entities": []}
---
${texts}Tweet: $tweet
"""

# What annotators of the corpora mean by their types.
_MEANINGS = {
    "PER": "PER (people)",
    "LOC": "LOC (places)",
    "ORG": "ORG (companies, teams, bands, institutions)",
    "MISC": "MISC (other names: events, works, products, nationalities)",
    "OTHER": "OTHER (other names: events, works, products, nationalities)",
}
_HEADINGS: Mapping[InputKind, str] = {
    InputKind.CAPTIONS: "The picture shows",
    InputKind.TAGS: "Objects in the picture",
    InputKind.OCR: "Text in the picture",
    InputKind.TEXT: "About the picture",
}


@dataclass(frozen=True)
class PromptTemplate:
    """What the model is told.

    Attributes:
        system: first, with `$types`.
        tweet: about each tweet, with `$tweet` and `$texts`.
    """

    system: str
    tweet: str

    @property
    def has_texts(self) -> bool:
        """Whether texts about the picture have a place."""
        return "texts" in Template(self.tweet).get_identifiers()

    def system_text(self, types: Sequence[str]) -> str:
        """The first message."""
        return Template(self.system).substitute(types=", ".join(_MEANINGS.get(name, name) for name in types))

    def tweet_text(self, words: Sequence[str], texts: Mapping[InputKind, Sequence[str]]) -> str:
        """The message about a tweet.

        Args:
            words: of the tweet.
            texts: about its picture, by kind; a kind without texts is left out.
        """
        lines = [f"{_HEADINGS[kind]}: {'; '.join(items)}\n" for kind, items in texts.items() if items]
        return Template(self.tweet).substitute(tweet=" ".join(words), texts="".join(lines))


def read_template(file: SettingFile | None) -> PromptTemplate:
    """The template in a file, or the default one.

    Raises:
        ConfigError: the file is malformed.
        MissingInputError: there is no such file.
        DataError: it cannot be read, or has changed since the run was planned.
    """
    return _parse(file.text(), named(file.path)) if file is not None else _parse(DEFAULT, "the default prompt")


def _parse(text: str, where: str) -> PromptTemplate:
    system, divider, tweet = text.replace("\r\n", "\n").partition(f"\n{DIVIDER}\n")
    remedy = f"write what comes first, with $types; a line {DIVIDER}; and what is asked about each tweet, with $tweet"
    if not divider:
        raise ConfigError(f"{where}: no line {DIVIDER}\n  -> {remedy}")
    for part, allowed, needed in ((system, _SYSTEM, ()), (tweet, _TWEET, ("tweet",))):
        template = Template(part)
        if not template.is_valid():
            raise ConfigError(f"{where}: a $ that names nothing\n  -> write $$ for a dollar sign; {remedy}")
        names = template.get_identifiers()
        if unknown := sorted(set(names) - set(allowed)):
            raise ConfigError(f"{where}: ${unknown[0]} is not known there\n  -> {remedy}")
        if missing := [name for name in needed if name not in names]:
            raise ConfigError(f"{where}: no ${missing[0]}\n  -> {remedy}")
    return PromptTemplate(system.strip(), tweet.strip("\n"))


def written_entities(words: Sequence[str], labels: Sequence[str]) -> str:
    """The answer that a tweet should get."""
    spans = conll_spans(labels)
    items = [{"text": " ".join(words[span.start : span.end]), "type": span.type} for span in spans]
    return json.dumps({"entities": items}, ensure_ascii=False)


def answer_schema(types: Sequence[str]) -> dict[str, object]:
    """The JSON schema of an answer."""
    entity = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "type": {"type": "string", "enum": list(types)}},
        "required": ["text", "type"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"entities": {"type": "array", "items": entity}},
        "required": ["entities"],
        "additionalProperties": False,
    }
