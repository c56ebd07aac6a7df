"""Health reports: every trap of the test corpus is counted, leakage is detected, files are verified against cards."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.corpus import SPLITS, Corpus, Example
from mnerbench.datasets.health import health_report
from mnerbench.datasets.invisible import is_invisible
from mnerbench.datasets.leakage import normal_text, overlaps, repeats
from mnerbench.datasets.verify import Severity, verify
from mnerbench.datasets.visual.importers.captions import load_captions


def tweet(text: str, image: str | None = None) -> Example:
    words = tuple(text.split(" "))
    return Example("0", words, ("O",) * len(words), image)


def by_split(report, field):
    return tuple(getattr(report.splits[split], field) for split in SPLITS)


def test_every_trap_of_tiny_is_counted(fixtures):
    corpus, card = load_corpus("tiny", fixtures), load_card("tiny", fixtures)
    report = health_report(corpus, captions=load_captions(corpus, card, fixtures / card.name, "blip2"))
    assert by_split(report, "tweets") == (60, 20, 20)
    assert by_split(report, "longest_words") == (13, 13, 51)
    assert by_split(report, "stray_after_outside") == (2, 0, 1)
    assert by_split(report, "stray_after_other_type") == (1, 0, 0)
    assert by_split(report, "no_piece_words") == (4, 1, 1)
    assert by_split(report, "no_piece_entity_words") == (0, 0, 0)
    assert by_split(report, "blank_words") == (0, 1, 0)
    assert by_split(report, "lost_images") == (2, 1, 1)
    assert by_split(report, "without_caption") == (1, 1, 0)
    assert by_split(report, "absent_pictures") == (None, None, None)
    assert by_split(report, "longest_pieces") == (None, None, None)
    train = report.splits["train"]
    assert sum(train.entities.values()) == sum(train.strict_entities.values()) + 3
    assert list(train.entities) == list(corpus.types)


def test_pieces_are_counted_with_the_callback_that_is_given(fixtures):
    corpus = load_corpus("tiny", fixtures)
    counted_words = []
    report = health_report(
        corpus, piece_count=lambda word: counted_words.append(word) or (0 if word == "the" else len(word))
    )
    longest = max(sum(len(word) for word in e.words if word != "the") for e in corpus["test"])
    assert report.splits["test"].longest_pieces == longest
    assert report.splits["train"].no_piece_words == sum(e.words.count("the") for e in corpus["train"])
    assert len(counted_words) == len(set(counted_words))


def test_entity_words_without_a_piece_are_counted_apart():
    corpus = Corpus("c", {"test": (Example("0", ("\u200b", "\ufe0f", "x"), ("B-PER", "O", "O")),)}, ("PER",))
    health = health_report(corpus).splits["test"]
    assert (health.no_piece_words, health.no_piece_entity_words) == (2, 1)


def test_absent_pictures_leave_out_those_known_to_be_lost(tmp_path):
    (tmp_path / "a.png").touch()
    split = (tweet("x", "a"), tweet("y", "b"), tweet("z", "lost"), tweet("w"))
    corpus = Corpus("c", {"test": split}, ("PER",), frozenset({"lost"}))
    health = health_report(corpus, image_folder=tmp_path).splits["test"]
    assert (health.absent_pictures, health.lost_images, health.without_image_id) == (1, 1, 1)
    assert health_report(corpus, image_folder=tmp_path / "nowhere").splits["test"].absent_pictures == 2


@pytest.mark.parametrize(
    "word", ["\ufe0f", "\u200b", "\u200d", "\ufffd", "\u0092", "\u00ad", "\u00a0", "\u200b\ufe0f ", "\x00"]
)
def test_words_that_bert_cleans_away_are_invisible(word):
    assert is_invisible(word)


@pytest.mark.parametrize("word", ["a\ufe0f", "\u2764", "e\u0301", "\u00e9", "#", "\U0001f600", "\u0905\u0902"])
def test_words_with_anything_to_see_are_not(word):
    assert not is_invisible(word)


RETWEET = "RT @some_body : Caf\u00e9 opens TODAY , finally ! http://t.example/x https://t.example/y"


@pytest.mark.parametrize(
    "same", ["caf opens today finally", "Caf opens today, finally!", "@x Caf\u00e9 o pens today finally"]
)
def test_normalising_takes_off_what_retweets_and_releases_change(same):
    assert normal_text(same.split(" ")) == normal_text(RETWEET.split(" "))


def test_tweets_in_other_scripts_are_told_apart():
    first, second = (
        "#news \u0438\u0432\u0430\u043d \u0434\u043e\u043c\u0430 \u0441\u0435\u0433\u043e\u0434\u043d\u044f",
        "#news \u0434\u043e\u0436\u0434\u044c \u0438\u0434\u0451\u0442 \u0434\u043e\u043b\u0433\u043e",
    )
    assert normal_text(first.split(" ")) != normal_text(second.split(" "))


def test_tweets_with_nothing_left_are_never_called_the_same():
    splits = {"train": (tweet("RT @a http://b"), tweet("! !")), "test": (tweet("@c"), tweet("?"))}
    (pair,) = overlaps([Corpus("c", splits, ("PER",))])
    assert (pair.exact, pair.normalised) == (0, 0)
    assert repeats(splits["train"]) == (0, 0)


def test_an_image_that_two_tweets_name_is_counted_as_repeated():
    corpus = Corpus("c", {"test": (tweet("x", "a"), tweet("y", "a"), tweet("z"), tweet("w"))}, ("PER",))
    assert health_report(corpus).splits["test"].repeated_images == 1


def test_shared_texts_and_images_are_counted_in_tweets_of_the_second_split():
    first = Corpus("a", {"train": (tweet("x y", "1"), tweet("RT @b : p q", "2"))}, ("PER",))
    second = Corpus("b", {"test": (tweet("x y", "2"), tweet("x y", "9"), tweet("P Q !"), tweet("z", None))}, ("PER",))
    (pair,) = overlaps([first, second])
    assert (pair.first, pair.second) == ("a/train", "b/test")
    assert (pair.exact, pair.normalised, pair.images) == (2, 3, 1)
    assert repeats(second["test"]) == (1, 1)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6))
def test_a_tweet_is_like_its_own_retweet(words):
    retweet = ["RT", "@someone", *words, "https://t.example/z"]
    assert normal_text(retweet) == normal_text(words)


def test_tiny_leaks_what_its_card_says(fixtures):
    pairs = {(pair.first, pair.second): pair for pair in overlaps([load_corpus("tiny", fixtures)])}
    shared = {key: (pair.exact, pair.normalised, pair.images) for key, pair in pairs.items()}
    assert shared[("tiny/train", "tiny/test")] == (1, 2, 0)
    assert [counts for key, counts in shared.items() if key[1] != "tiny/test"] == [(0, 0, 0)]


def findings_of(data, severity):
    corpus, card = load_corpus("tiny", data), load_card("tiny", data)
    return [f.text for f in verify(card, corpus, health_report(corpus), data) if f.severity is severity]


def test_nothing_is_wrong_with_tiny_and_its_defects_are_known(fixtures):
    assert findings_of(fixtures, Severity.WRONG) == []
    assert findings_of(fixtures, Severity.KNOWN) == list(load_card("tiny", fixtures).defects)
    notes = " ".join(findings_of(fixtures, Severity.NOTE))
    for part in ("4 I- without B-", "6 words have no subword (0 in entities)", "4 tweets have a lost image"):
        assert part in notes


def test_a_changed_label_is_wrong_in_checksum_fingerprint_and_sizes(own_data):
    path = own_data / "tiny" / "test.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("\tB-PER", "\tO", 1), encoding="utf-8")
    wrong = findings_of(own_data, Severity.WRONG)
    assert all(text.startswith("test: ") for text in wrong)
    for part in ("sha256", "fingerprint", "B- tags", "B-PER tags"):
        assert any(part in text for text in wrong)


def test_other_line_ends_change_the_checksum_but_not_the_content(own_data):
    path = own_data / "tiny" / "test.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (wrong,) = findings_of(own_data, Severity.WRONG)
    assert "sha256" in wrong


def test_a_split_the_card_has_sizes_of_must_be_there(fixtures):
    corpus, card = load_corpus("tiny", fixtures), load_card("tiny", fixtures)
    fewer = replace(corpus, splits={"train": corpus["train"]})
    texts = [f.text for f in verify(card, fewer, health_report(fewer), fixtures) if f.severity is Severity.WRONG]
    assert [text.split(":")[0] for text in texts] == ["valid", "test"]


def test_what_is_wrong_comes_first_and_what_is_known_last(own_data):
    (own_data / "tiny" / "captions.blip2.txt").write_text("changed")
    corpus, card = load_corpus("tiny", own_data), load_card("tiny", own_data)
    order = [finding.severity for finding in verify(card, corpus, health_report(corpus), own_data)]
    assert order == sorted(order, key=list(Severity).index)
    assert set(order) == set(Severity)


def test_reports_can_be_written_as_json(fixtures):
    from dataclasses import asdict

    report = asdict(health_report(load_corpus("tiny", fixtures)))
    assert json.loads(json.dumps(report))["splits"]["train"]["tweets"] == 60
