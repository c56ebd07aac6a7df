"""Large prediction files: read in chunks, packed, aligned in linear time, and reported within bounds."""

import io
import json
import tracemalloc
from collections import Counter, deque
from functools import partial

import pytest

from mnerbench.benchmark.external import alignment, partners, text_lines
from mnerbench.benchmark.external.alignment import align, align_file
from mnerbench.benchmark.external.interpretation import interpret
from mnerbench.benchmark.external.misfits import Finding, Findings, Misfit
from mnerbench.benchmark.external.nearest import NearestFree
from mnerbench.benchmark.external.predicted import (
    PredictedEntity,
    PredictedTweet,
    PredictionFile,
    PredictionFormat,
    ReadingOptions,
    Reference,
)
from mnerbench.benchmark.external.record import alignment_text
from mnerbench.benchmark.external.spelling import bare
from mnerbench.benchmark.external.text_lines import TextLines
from mnerbench.benchmark.external.tweet_store import TweetStore
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.textfile import numbered_lines

TYPES = ("PER", "LOC")


@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
@pytest.mark.parametrize(
    "content",
    [
        "a\nb\n",
        "a\r\n\r\nb",
        "\n\n",
        "\ufeffRob\tO\n\nö😀\u2028\u00a0x\tO\r\n",
        "one line",
        "x" * 50 + "\n" + "y" * 50,
    ],
)
def test_lines_are_those_of_the_whole_text(monkeypatch, size, content):
    monkeypatch.setattr(text_lines, "_CHUNK", size)
    data = content.encode()
    if not data.strip():
        with pytest.raises(DataError, match="empty"):
            TextLines("file", io.BytesIO(data))
        return
    lines = TextLines("file", io.BytesIO(data))
    whole = numbered_lines("file", data)
    assert list(lines) == list(lines) == whole
    assert len(lines) == len(whole)
    assert (lines[-1], lines[:2]) == (whole[-1], whole[:2])


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_invalid_bytes_are_located(monkeypatch, size):
    monkeypatch.setattr(text_lines, "_CHUNK", size)
    with pytest.raises(DataError, match="file:3: byte 2 of the line \\(0xff\\) is not UTF-8"):
        TextLines("file", io.BytesIO("ä\nb\nc".encode() + b"\xff\nd\n"))


def test_no_pass_holds_more_than_a_chunk_of_the_file():
    data = b"".join(b"word%d\tO\n" % number for number in range(300_000))
    tracemalloc.start()
    try:
        lines = TextLines("file", io.BytesIO(data))
        deque(lines, maxlen=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 << 20  # a list of them takes 40 MB


TWEETS = [
    PredictedTweet(1, ("Rob", "sings"), ("B-PER", "O"), ("O", "O"), image="a", id="7"),
    PredictedTweet(5, (), ("O",)),
    PredictedTweet(6, ("Rob", "sings"), ("O", "O")),
    PredictedTweet(9, ("so",), entities=(PredictedEntity("PER", "so"),), text="so"),
    PredictedTweet(12, ("sings", "Rob"), (), (), unreadable="nothing"),
]


def test_packed_tweets_are_unpacked_unchanged():
    store = TweetStore(iter(TWEETS))
    assert list(store) == TWEETS
    assert store[1:3] == TWEETS[1:3]
    assert (len(store), store[-1]) == (5, TWEETS[-1])
    with pytest.raises(IndexError):
        store[5]


def test_queries_over_packed_tweets():
    store = TweetStore(TWEETS)
    assert list(store.vocabulary) == ["Rob", "sings", "so"]
    assert list(store.label_counts().items()) == [("B-PER", 1), ("O", 4)]
    assert store.gold_counts() == Counter(O=2)
    assert store.with_words({("Rob", "sings"), ("none",), ()}) == {("Rob", "sings"): [0, 2]}
    assert store.without_words() == [1]
    assert store.with_sums([1, 10, 100], [11]) == [0, 2, 4]
    assert store.with_sums([1 << 63, 1 << 63, 5], [0, 5]) == [0, 2, 3, 4]  # modulo 2^64
    assert (store.values("image"), store.values("text")) == ({0: "a"}, {3: "so"})
    assert store.any_fully_labelled([1])
    assert not store.any_fully_labelled([2])  # a tweet with entities
    assert not TweetStore([]).any_fully_labelled([])


def aligned(ours, file):
    reference = Reference(ours, TYPES)
    read = PredictionFile("theirs.txt", PredictionFormat.COLUMNS, tuple(file))
    return align(interpret(read, reference, ReadingOptions()), reference)


def identical(count, words):
    ours = [Example(str(n), ("same", "words"), ("B-PER", "O"), str(n)) for n in range(count)]
    return ours, [PredictedTweet(n + 1, words, ("B-PER", "O")[: len(words)]) for n in range(count)]


@pytest.mark.parametrize("words", [("same", "words"), ("SAME", "words")])
def test_identical_tweets_are_aligned_in_linear_time(monkeypatch, words):
    """By words, and by letters."""

    def steps(count):
        steps_by_kind = Counter()

        class Counted(NearestFree):
            def __init__(self, numbers, is_free):
                steps_by_kind["numbers"] += len(numbers)
                super().__init__(numbers, lambda number: steps_by_kind.update(free=1) or is_free(number))

        monkeypatch.setattr(partners, "NearestFree", Counted)
        ours, file = identical(count, words)
        alignment = aligned(ours, file)
        assert alignment.labels == tuple(example.labels for example in ours)
        return steps_by_kind.total()

    few, many = steps(200), steps(1600)
    assert many < 10 * few


def test_letter_weights_are_additive():
    text = "Ünï😀ﬁ İx ẞ\u0301e\u0301"
    whole = partners._weight(bare(text))
    for cut in range(len(text)):
        assert (partners._weight(bare(text[:cut])) + partners._weight(bare(text[cut:]))) % (1 << 64) == whole


def test_misfits_beyond_a_bound_are_only_counted(monkeypatch):
    monkeypatch.setattr(alignment, "Findings", partial(Findings, 3))
    ours = [Example(str(n), (f"w{n}",), ("O",), None) for n in range(10)]
    file = [PredictedTweet(n + 1, (f"w{n}",), ("O",)) for n in range(5)]
    file += [PredictedTweet(n + 1, (f"other{n}",), ("O",)) for n in range(40)]
    result = aligned(ours, file)
    assert result.counts == {Misfit.MISSING: 5, Misfit.EXTRA: 40}
    assert [finding.misfit for finding in result.findings] == [Misfit.MISSING] * 3 + [Misfit.EXTRA] * 3
    assert result.partial == {6, 7, 8, 9, 10}
    text = alignment_text(result)
    assert "extra\ttweet -\tline -\tand 37 more, not listed" in text
    assert text.count("\n") == 8


def test_the_bound_of_findings_is_per_kind():
    findings = Findings(2)
    findings.add(Finding(kind, None, None, "") for kind in [Misfit.EXTRA] * 5 + [Misfit.TYPE])
    findings.count(Misfit.TYPE, 0)
    assert [finding.misfit for finding in findings.listed] == [Misfit.EXTRA, Misfit.EXTRA, Misfit.TYPE]
    assert findings.unlisted == {Misfit.EXTRA: 3}


def written(path, kind, tweets):
    rows = [[(word, "B-PER" if word == "Rob" else "O") for word in words] for words in tweets]
    if kind == "columns":
        path.write_text("".join("".join(f"{w}\t{label}\n" for w, label in row) + "\n" for row in rows))
    else:
        lines = [
            json.dumps(dict(zip(("words", "predicted"), map(list, zip(*row, strict=True)), strict=True)))
            for row in rows
        ]
        path.write_text("\n".join(lines) if kind == "jsonl" else f"[{','.join(lines)}]")
    return path


@pytest.mark.parametrize("kind", ["columns", "jsonl", "json"])
def test_reading_does_not_depend_on_the_chunk_size(monkeypatch, tmp_path, kind):
    tweets = [("Rob", "sings", f"w{n}") for n in range(30)] + [("no", "tweet", "of", "ours")] * 3
    ours = [Example(str(n), words, ("B-PER", "O", "O"), None) for n, words in enumerate(tweets[:30])]
    path, results = written(tmp_path / "file.txt", kind, tweets), []
    for size in (3, 64, 1 << 20):
        monkeypatch.setattr(text_lines, "_CHUNK", size)
        results.append(align_file(path, Reference(ours, TYPES), ReadingOptions()))
    assert results[0] == results[1] == results[2]
    assert results[0].counts == {Misfit.EXTRA: 3}
    assert results[0].labels == tuple(example.labels for example in ours)
