"""Vocabulary for the description of published numbers."""

from __future__ import annotations

from enum import StrEnum


class Metric(StrEnum):
    """What a number measures, with its unit."""

    F1 = "f1"
    PRECISION = "precision"
    RECALL = "recall"
    SECONDS_PER_EPOCH = "seconds per epoch"
    SECONDS_TO_TEST = "seconds to test"
    MILLION_PARAMETERS = "million parameters"
    TWEETS = "tweets"
    ENTITIES = "entities"
    MEAN_CHARACTERS = "mean characters"
    PICTURES_WITH_TEXT = "pictures with text"
    PERCENT_WITH_TEXT = "percent of pictures with text"
    MEAN_WORDS_OF_TEXT = "mean words of text in a picture"
    CAPTIONS = "captions"
    WORDS = "words"
    L2_DISTANCE = "l2 distance"
    LOSS = "loss"


class Kind(StrEnum):
    """Aggregation of a score over runs, or the kind of another number.

    `ONE_RUN` also stands for papers that do not specify it. A `DIFFERENCE` is that of the two rows above. `CASES` are
    tweets, without numbers. `DRAWN` figures have only the numbers that the text of the paper states.
    """

    MEAN_OF_5 = "mean of 5"
    BEST_OF_5 = "best of 5"
    ONE_RUN = "one run"
    DIFFERENCE = "difference"
    COUNT = "count"
    MEASUREMENT = "measurement"
    CASES = "cases"
    DRAWN = "drawn"


class Against(StrEnum):
    """What a published number contradicts."""

    PRECISION_AND_RECALL = "precision and recall"
    ANOTHER_TABLE = "another table"
    THE_CORPUS = "the corpus"
    WHOLE_ENTITIES = "whole entities"
    THE_ROWS_ABOVE = "the rows above"
