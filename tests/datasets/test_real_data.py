"""Every number of the real corpora that the cards and the documentation print, counted from the files.

Runs where MNERBENCH_DATA holds `twitter15/` and `twitter17/` (`tox -e data`); pieces are counted where MNERBENCH_MODELS
holds an uncased BERT vocabulary.
"""

import os
from functools import cache
from pathlib import Path

import pytest

from mnerbench.datasets.catalog import fingerprint_note, load_card, load_corpus
from mnerbench.datasets.corpus import SPLITS, Corpus
from mnerbench.datasets.health import HealthReport, health_report
from mnerbench.datasets.leakage import overlaps
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.readers import read_split
from mnerbench.datasets.slices import MentionSlice, count_mentions
from mnerbench.datasets.tagging import conll_spans, strict_spans
from mnerbench.datasets.verify import Severity, verify
from mnerbench.datasets.visual.importers.captions import load_captions, read_captions

DATA = Path(os.environ.get("MNERBENCH_DATA") or "nowhere")
SAMPLES = DATA / "samples"
NAMES = ("twitter15", "twitter17")

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not all((DATA / name / "train.txt").is_file() for name in NAMES), reason="MNERBENCH_DATA holds no real data"
    ),
]


@cache
def corpus_of(name: str) -> Corpus:
    return load_corpus(name, DATA)


@cache
def captions_of(name: str) -> Texts[str]:
    return load_captions(corpus_of(name), load_card(name, DATA), DATA / name, "blip2")


@cache
def report_of(name: str) -> HealthReport:
    return health_report(corpus_of(name), captions=captions_of(name))


def total(counts):
    return sum(counts.values())


COUNTS = {
    ("twitter15", "tweets"): (4000, 1000, 3257),
    ("twitter15", "words"): (64_439, 16_178, 52_822),
    ("twitter15", "longest_words"): (37, 41, 36),
    ("twitter15", "b_tags"): (6166, 1541, 5072),
    ("twitter15", "entities"): (6352, 1594, 5207),
    ("twitter15", "strict_entities"): (6166, 1541, 5072),
    ("twitter15", "stray_after_outside"): (175, 52, 129),
    ("twitter15", "stray_after_other_type"): (11, 1, 6),
    ("twitter15", "no_piece_words"): (0, 1, 0),
    ("twitter15", "no_piece_entity_words"): (0, 0, 0),
    ("twitter15", "blank_words"): (0, 1, 0),
    ("twitter15", "lost_images"): (0, 0, 0),
    ("twitter15", "repeated_images"): (0, 0, 0),
    ("twitter17", "tweets"): (3373, 723, 723),
    ("twitter17", "words"): (53_007, 11_309, 11_330),
    ("twitter17", "longest_words"): (50, 33, 33),
    ("twitter17", "b_tags"): (6049, 1324, 1351),
    ("twitter17", "entities"): (6049, 1324, 1351),
    ("twitter17", "strict_entities"): (6049, 1324, 1351),
    ("twitter17", "stray_after_outside"): (0, 0, 0),
    ("twitter17", "stray_after_other_type"): (0, 0, 0),
    ("twitter17", "no_piece_words"): (116, 16, 26),
    ("twitter17", "no_piece_entity_words"): (0, 0, 0),
    ("twitter17", "blank_words"): (0, 0, 0),
    ("twitter17", "lost_images"): (250, 58, 50),
    ("twitter17", "repeated_images"): (0, 0, 0),
}


@pytest.mark.parametrize(("name", "field"), COUNTS)
def test_counts_per_split(name, field):
    values = [getattr(report_of(name).splits[split], field) for split in SPLITS]
    assert tuple(value if isinstance(value, int) else total(value) for value in values) == COUNTS[name, field]


@pytest.mark.parametrize(
    ("name", "read", "counts"),
    [
        ("twitter15", conll_spans, (1643, 3564, 142, 1501)),
        ("twitter15", strict_spans, (1608, 3464, 123, 1485)),
        ("twitter17", conll_spans, (698, 653, 77, 621)),
    ],
)
def test_mentions_by_what_train_says_of_them(name, read, counts):
    mentions = count_mentions(corpus_of(name)["train"], corpus_of(name)["test"], read)
    assert tuple(mentions[MentionSlice(kind)] for kind in ("seen", "unseen", "ambiguous", "non-ambiguous")) == counts


@pytest.mark.parametrize(("name", "count"), [("twitter15", 8257), ("twitter17", 4819)])
def test_every_tweet_names_a_picture_of_its_own(name, count):
    assert len(corpus_of(name).image_ids) == count


def test_what_the_card_says_of_twitter15s_published_pictures():
    """It names three that are not among them, and one file that is no tweet's."""
    named = corpus_of("twitter15").image_ids
    assert {"1005776", "1005848", "1014072"} <= named
    assert "0" not in named


def test_types_of_twitter15():
    splits = report_of("twitter15").splits
    assert splits["train"].b_tags == {"PER": 2217, "LOC": 2091, "ORG": 927, "MISC": 931}
    assert splits["test"].b_tags == {"PER": 1816, "LOC": 1697, "ORG": 839, "MISC": 720}
    assert splits["test"].entities == {"PER": 1873, "LOC": 1720, "ORG": 860, "MISC": 754}


def test_the_no_break_space_of_twitter15():
    (word,) = [word for tweet in corpus_of("twitter15")["valid"] for word in tweet.words if word.isspace()]
    assert word == "\u00a0"
    assert (DATA / "twitter15" / "valid.txt").read_bytes().split(b"\n")[9657] == b"\xc2\xa0\tO"


@pytest.mark.parametrize("name", NAMES)
def test_files_and_content_are_the_cards(name):
    card, corpus = load_card(name, DATA), corpus_of(name)
    results = verify(card, corpus, report_of(name), DATA)
    assert [finding.text for finding in results if finding.severity is Severity.WRONG] == []
    assert fingerprint_note(card, corpus) is None


def test_leakage_within_and_across_the_corpora():
    pairs = {(pair.first, pair.second): pair for pair in overlaps([corpus_of(name) for name in NAMES])}

    def counts(first, second):
        return pairs[first, second].exact, pairs[first, second].normalised

    assert counts("twitter15/train", "twitter15/test") == (4, 6)
    assert counts("twitter17/train", "twitter17/test") == (0, 4)
    assert counts("twitter15/train", "twitter17/train") == (0, 1)
    assert counts("twitter15/train", "twitter17/valid") == (0, 1)
    assert counts("twitter15/test", "twitter17/train") == (0, 1)
    across = [pair for pair in pairs.values() if pair.first[:9] != pair.second[:9]]
    assert sum(pair.normalised for pair in across) == 3
    assert sum(pair.images for pair in pairs.values()) == 0


def test_lost_images_are_the_same_in_the_card_and_in_the_file():
    lost = corpus_of("twitter17").missing_images
    assert lost == frozenset(load_card("twitter17").missing_image_ids)
    assert lost <= {tweet.image_id for split in SPLITS for tweet in corpus_of("twitter17")[split]}


def test_captions_cover_every_tweet_and_those_of_lost_images_are_dropped():
    first, second = captions_of("twitter15"), captions_of("twitter17")
    assert (len(first.items), first.dropped, first.missing, first.empty) == (8255, 0, 0, 2)
    assert (len(second.items), second.dropped, second.missing, second.empty) == (4461, 358, 0, 0)
    placeholders = read_captions(DATA / "twitter17" / "captions.blip2.txt")
    assert len({placeholders[image] for image in corpus_of("twitter17").missing_images}) == 1


@pytest.mark.parametrize(("name", "longest"), [("twitter15", (68, 66, 78)), ("twitter17", (54, 39, 39))])
def test_pieces_of_an_uncased_bert(name, longest):
    folder = Path(os.environ.get("MNERBENCH_MODELS") or "nowhere") / "minilm-l6"
    if not folder.is_dir():
        pytest.skip("MNERBENCH_MODELS holds no minilm-l6")
    from mnerbench.benchmark.cli.data.check import subwords_of

    report = health_report(corpus_of(name), piece_count=subwords_of(folder).count)
    assert tuple(report.splits[split].longest_pieces for split in SPLITS) == longest
    # The rule that is used without a tokenizer finds just the words that this one maps to nothing.
    by_rule = report_of(name).splits
    for split in SPLITS:
        assert report.splits[split].no_piece_words == by_rule[split].no_piece_words


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="MNERBENCH_DATA holds no samples")
def test_the_samples_read_and_have_captions():
    tweets = [
        tweet
        for path in sorted(SAMPLES.glob("*/texts/*/*.json"))
        for tweet in read_split(path, types=("PER", "LOC", "ORG", "MISC"), label_map={"OTHER": "MISC"})
    ]
    assert len(tweets) == 30
    for folder in SAMPLES.glob("*/captions/*"):
        (path,) = folder.glob("*.json")
        pictures = {picture.stem for picture in (folder.parents[1] / "images" / folder.name).glob("*.jpg")}
        assert set(read_captions(path)) == pictures
