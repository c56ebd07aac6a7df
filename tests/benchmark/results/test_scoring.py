"""The three scorers against independent implementations: conlleval's rule tables, seqeval, UMT's rule."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from seqeval.metrics import sequence_labeling, v1
from seqeval.scheme import IOB2

from mnerbench.benchmark.results.scoring import NO_ENTITIES, Counts, Score, Scorer, count_sentence, read_entities, score
from mnerbench.datasets.tagging import OUTSIDE, is_label, label_set

TYPES = ("LOC", "ORG", "PER")
NON_LABELS = ("X", "[CLS]", "[SEP]", "PAD")
LABEL = st.sampled_from(label_set(TYPES))
ANYTHING = st.sampled_from([*label_set(TYPES), *NON_LABELS])
untimed = settings(deadline=None, max_examples=300)


def normalise(labels):
    """Map non-labels to O, as is usual before scoring with seqeval or conlleval."""
    return [label if label == "O" or label[:2] in {"B-", "I-"} else "O" for label in labels]


def sentences(gold, predicted, most_words=10, most_sentences=4):
    """Sentences of (gold, predicted) labels, each label independent: every transition, legal or not, occurs."""
    words = st.lists(st.tuples(gold, predicted), min_size=1, max_size=most_words)
    return st.lists(
        words.map(lambda pairs: tuple(map(list, zip(*pairs, strict=True)))), min_size=1, max_size=most_sentences
    )


# --- conlleval (Tjong Kim Sang), its two subroutines for B, I and O, and its main loop ------------------------------

CHUNK_ENDS = {("B", "B"), ("B", "O"), ("I", "B"), ("I", "O")}
CHUNK_STARTS = {("B", "B"), ("I", "B"), ("O", "B"), ("O", "I")}
NOTHING = (OUTSIDE, "")


def end_of_chunk(before, now):
    return (before[0], now[0]) in CHUNK_ENDS or (before[0] != OUTSIDE and before[1] != now[1])


def start_of_chunk(before, now):
    return (before[0], now[0]) in CHUNK_STARTS or (now[0] != OUTSIDE and before[1] != now[1])


def tag_and_type(label):
    return tuple(label.split("-", 1)) if label != OUTSIDE else NOTHING


def conlleval(pairs):
    """Correct, guessed and gold chunks per type, by conlleval's state machine (`inCorrect`)."""
    correct, guessed, gold = Counter(), Counter(), Counter()
    for truth, guess in pairs:
        last_truth = last_guess = NOTHING
        inside = False
        for now_truth, now_guess in [
            *zip(map(tag_and_type, truth), map(tag_and_type, guess), strict=True),
            (NOTHING, NOTHING),
        ]:
            if inside:
                ends = end_of_chunk(last_truth, now_truth), end_of_chunk(last_guess, now_guess)
                if all(ends) and last_guess[1] == last_truth[1]:
                    inside = False
                    correct[last_truth[1]] += 1
                elif ends[0] != ends[1] or now_guess[1] != now_truth[1]:
                    inside = False
            starts = start_of_chunk(last_truth, now_truth), start_of_chunk(last_guess, now_guess)
            if all(starts) and now_guess[1] == now_truth[1]:
                inside = True
            gold[now_truth[1]] += starts[0]
            guessed[now_guess[1]] += starts[1]
            last_truth, last_guess = now_truth, now_guess
    return {
        kind: Counts(correct[kind], guessed[kind], gold[kind])
        for kind in (gold | guessed)
        if gold[kind] + guessed[kind]
    }


@untimed
@given(sentences(LABEL, LABEL))
@example([(["I-PER", "I-LOC", "B-LOC", "I-LOC"], ["B-PER", "B-LOC", "I-LOC", "I-LOC"])])
def test_conlleval_scorer_is_conlleval(pairs):
    assert score(pairs).types == conlleval(pairs)


@untimed
@given(sentences(LABEL, ANYTHING))
def test_non_labels_are_outside_for_conlleval(pairs):
    assert score(pairs).types == conlleval([(gold, normalise(predicted)) for gold, predicted in pairs])


# --- seqeval --------------------------------------------------------------------------------------------------------


def assert_equals_seqeval(result: Score, seqeval, gold, predicted, **mode):
    """Precision, recall, F1 and support per type and overall."""
    columns = seqeval(gold, predicted, average=None, zero_division=0, **mode)
    of_types = [(c.precision, c.recall, c.f1, c.gold) for c in result.types.values()]
    assert list(zip(*columns, strict=True)) == [pytest.approx(row, abs=1e-12) for row in of_types]
    micro = seqeval(gold, predicted, average="micro", zero_division=0, **mode)
    overall = result.overall
    assert (overall.precision, overall.recall, overall.f1) == pytest.approx(tuple(micro[:3]), abs=1e-12)
    assert overall.gold == micro[3]


@untimed
@given(sentences(LABEL, ANYTHING))
def test_conlleval_scorer_is_seqevals_default_with_non_labels_outside(pairs):
    gold, predicted = [g for g, _ in pairs], [normalise(p) for _, p in pairs]
    assert_equals_seqeval(score(pairs), sequence_labeling.precision_recall_fscore_support, gold, predicted)


@untimed
@given(sentences(LABEL, ANYTHING))
def test_strict_scorer_is_seqevals_strict_iob2(pairs):
    gold, predicted = [g for g, _ in pairs], [normalise(p) for _, p in pairs]
    strict = score(pairs, Scorer.STRICT_IOB2)
    assert_equals_seqeval(strict, v1.precision_recall_fscore_support, gold, predicted, scheme=IOB2)


# --- UMT ------------------------------------------------------------------------------------------------------------


def umt_chunks(labels):
    """Chunks by DATA.md: conlleval's, and each run of one non-label as an entity of that name."""
    chunks, start = [], 0
    pieces = [("", "") if x == OUTSIDE else (x[2:], x[0]) if is_label(x) else (x, "I") for x in labels]
    for position, (kind, prefix) in enumerate(pieces):
        before = pieces[position - 1][0] if position else ""
        if kind != before or prefix == "B":
            start = position
        after = pieces[position + 1] if position + 1 < len(pieces) else ("", "")
        if kind and (after[0] != kind or after[1] == "B"):
            chunks.append((kind, start, position))
    return chunks


def umt_counts(sentence_pairs):
    correct, guessed, gold = Counter(), Counter(), Counter()
    for truth, guess in sentence_pairs:
        pairs = [(g, p) for g, p in zip(truth, guess, strict=True) if g not in NON_LABELS]
        true, guesses = umt_chunks([g for g, _ in pairs]), umt_chunks([p for _, p in pairs])
        gold.update(kind for kind, *_ in true)
        guessed.update(kind for kind, *_ in guesses)
        correct.update(kind for kind, *_ in set(true) & set(guesses))
    return {kind: Counts(correct[kind], guessed[kind], gold[kind]) for kind in gold | guessed}


@untimed
@given(sentences(ANYTHING, ANYTHING))
@example([(["B-PER", "X", "I-PER"], ["B-PER", "X", "I-PER"])])
@example([(["O", "O", "O"], ["X", "X", "[SEP]"])])
def test_umt_scorer_is_its_rule(pairs):
    assert score(pairs, Scorer.UMT).types == umt_counts(pairs)


@given(sentences(LABEL, LABEL))
def test_without_non_labels_umt_is_conlleval(pairs):
    assert score(pairs, Scorer.UMT) == score(pairs, Scorer.CONLLEVAL)


# --- By hand --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gold", "predicted", "conll", "strict", "umt"),
    [
        ("B-PER I-PER O", "B-PER I-PER O", (1, 1, 1), (1, 1, 1), (1, 1, 1)),
        ("B-PER I-PER O", "I-PER I-PER O", (1, 1, 1), (0, 0, 1), (1, 1, 1)),
        ("I-PER O", "I-PER O", (1, 1, 1), (0, 0, 0), (1, 1, 1)),
        ("B-PER I-LOC", "B-PER I-LOC", (2, 2, 2), (1, 1, 1), (2, 2, 2)),
        ("B-PER B-PER", "B-PER I-PER", (0, 1, 2), (0, 1, 2), (0, 1, 2)),
        ("B-PER I-PER", "B-PER X", (0, 1, 1), (0, 1, 1), (0, 2, 1)),
        ("O O O O", "X X [SEP] X", (0, 0, 0), (0, 0, 0), (0, 3, 0)),
        # UMT removes the word whose gold label is X, so its neighbours become adjacent: one entity, not two.
        ("B-PER X I-PER", "B-PER O I-PER", (2, 2, 2), (1, 1, 1), (1, 1, 1)),
        ("B-PER O", "B-LOC O", (0, 1, 1), (0, 1, 1), (0, 1, 1)),
        # UMT keeps the last part of a hyphenated type, which merges two types and makes the prediction correct.
        ("B-geo-loc O", "B-loc O", (0, 1, 1), (0, 1, 1), (1, 1, 1)),
        ("B-geo-loc I-geo-loc", "B-geo-loc I-loc", (0, 2, 1), (0, 1, 1), (1, 1, 1)),
    ],
)
def test_hand_made_sentences(gold, predicted, conll, strict, umt):
    pair = (gold.split(), predicted.split())
    results = [score([pair], scorer).overall for scorer in (Scorer.CONLLEVAL, Scorer.STRICT_IOB2, Scorer.UMT)]
    assert [(c.correct, c.predicted, c.gold) for c in results] == [conll, strict, umt]


def test_micro_average_is_over_entities_not_over_tweets():
    result = score([(["B-PER"] * 3, ["B-PER", "O", "B-LOC"]), (["O"], ["B-LOC"])])
    assert result.overall == Counts(correct=1, predicted=3, gold=3)
    assert result.overall.f1 == pytest.approx(1 / 3)
    assert result.types == {"LOC": Counts(0, 2, 0), "PER": Counts(1, 1, 3)}


@pytest.mark.parametrize("scorer", Scorer)
def test_a_word_without_a_prediction_is_an_error(scorer):
    with pytest.raises(ValueError, match="2 gold labels but 1 predicted"):
        read_entities(["B-PER", "O"], ["B-PER"], scorer)


@pytest.mark.parametrize("pairs", [[], [([], [])], [(["O", "O"], ["O", "O"])]])
@pytest.mark.parametrize("scorer", Scorer)
def test_without_entities_all_counts_and_scores_are_zero(pairs, scorer):
    result = score(pairs, scorer)
    assert (result.overall, dict(result.types)) == (NO_ENTITIES, {})
    assert (result.overall.precision, result.overall.recall, result.overall.f1) == (0.0, 0.0, 0.0)


@given(sentences(LABEL, ANYTHING), st.sampled_from(Scorer))
def test_a_split_is_the_sum_of_its_sentences(pairs, scorer):
    parts = [count_sentence(gold, predicted, scorer) for gold, predicted in pairs]
    total = sum((counts for part in parts for counts in part.values()), NO_ENTITIES)
    assert score(pairs, scorer).overall == total
    kinds = {kind for part in parts for kind in part}
    assert set(score(pairs, scorer).types) == kinds
