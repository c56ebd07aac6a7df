"""The answer of a table in a sentence or two."""

import pytest
from report_tables import leaderboard

from mnerbench.reports.render.answer import answer

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]


@pytest.fixture
def answered(make):
    """Returns the answer of a table with a baseline and some methods."""

    def of(baseline="bert-crf", **scores):
        records = make.seeds("bert-crf", BASE)
        for method, values in scores.items():
            records += make.seeds(method, values)
        [table] = leaderboard(records, [], baseline)
        return answer(table)

    return of


def up(gain, seeds=5):
    return [value + gain for value in BASE[:seeds]]


def views(gain, over_wrong):
    return [{"it": f + gain, "it-shuffled": f + gain - over_wrong - 0.0005 * (-1) ** n} for n, f in enumerate(BASE)]


def test_it_counts_verdicts(answered):
    text = answered(umt=up(0.05), maf=up(0.06), bert=up(-0.05), hvpnet=up(0.003), one=up(0.2, 1))
    assert text == "On made15, 2 of 4 methods are better than bert-crf (maf, umt); 1 worse; 1 undecided."


def test_it_says_whether_the_picture_is_used(answered):
    text = answered(umt=views(0.05, 0.04), maf=views(0.06, 0.0), bert=up(-0.05))
    assert text.endswith(
        " Picture: 1 of 2 methods is shown to use what is in it (umt); 1 no more than 0.50 points better with it."
    )


def test_it_says_what_cannot_be_judged(answered):
    assert answered() == "On made15, no method can be judged against bert-crf yet."
    assert answered(umt=up(0.1, 2)) == "On made15, no method can be judged against bert-crf yet."
    assert answered(baseline="absent", umt=up(0.1)) is None


def test_few_seeds_are_provisional(answered):
    assert answered(umt=up(0.1, 3)).endswith(" is better than bert-crf (umt). With 3 seeds this is provisional.")
    assert answered(umt=up(0.1, 5)) == "On made15, 1 of 1 method is better than bert-crf (umt)."


def test_long_lists_of_names_are_cut(answered):
    text = answered(**{name: up(0.1) for name in "abcde"})
    assert "5 of 5 methods are better than bert-crf (a, b, c, …)." in text
