"""The tweets that papers discuss."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mnerbench.datasets.catalog import card_names, load_corpus
from mnerbench.reports.published.cases import Discussed, discussed_tweets
from mnerbench.reports.published.loading import published_tables

DATA = Path(os.environ.get("MNERBENCH_DATA", "nowhere"))
CASES = [(table, case) for table in published_tables().values() for case in table.cases]
MALEVICH = (
    "RT @Tate : Pioneer . Revolutionary . Artist . #Malevich opens at Tate Modern on 16 July . "
    "http://t.co/HzluJiRURy http://t.co/qt8PgVPYST"
)


def test_tweets_are_found_by_their_words_in_the_corpora_that_contain_them():
    tweets = [("another",), tuple(MALEVICH.split())]
    labels = dict.fromkeys(("UMT-BERT-CRF", "MAF", "MAF w/o CA"), "Malevich PER")
    lines = (("gold", "Malevich PER"), *labels.items(), ("MAF w/o CM", "Malevich LOC"))
    assert discussed_tweets("twitter15", tweets) == {1: (Discussed("MAF Table 5", lines, ()),)}
    assert discussed_tweets("twitter17", tweets) == {}
    assert discussed_tweets("twitter15", [("another",)]) == {}


def test_the_papers_discuss_eighteen_tweets():
    assert {table.kind for table, _ in CASES} == {"cases"}
    assert len(CASES) == 18
    assert {name for _, case in CASES for name in case.datasets} <= set(card_names())


@pytest.mark.data
@pytest.mark.parametrize("name", ["twitter15", "twitter17"])
def test_every_tweet_is_in_its_corpus(name):
    if not (DATA / name / "train.txt").is_file():
        pytest.skip("MNERBENCH_DATA holds no real data")
    splits = load_corpus(name, DATA).splits.values()
    texts = {" ".join(tweet.words) for split in splits for tweet in split}
    missing = [case.tweet for _, case in CASES if name in case.datasets and case.tweet not in texts]
    assert not missing
