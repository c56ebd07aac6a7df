"""The text around the numbers: conditions, verdicts, reasons and symbols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mnerbench.reports.analysis.table_data import Conditions, LeaderboardTable
from mnerbench.reports.render.judgements import AGAINST_BASELINE, OWN_AGAINST_WRONG_PICTURES, sentence
from mnerbench.reports.statistics.verdict import Judgement, Verdict
from mnerbench.reports.text.format import NONE, settings_text

PROTOCOLS = {
    "equal": "equal (all trained methods have the same settings)",
    "paper": "paper (each method has the settings of its paper)",
    "tuned": "tuned (each method has the best settings of its own search on dev)",
}
_VIEWS = {
    "it": "tweet and its own picture",
    "t": "tweet alone",
    "it-shuffled": "tweet and another tweet's picture; a control, so it has no rank",
    "it-blank": "tweet and an empty picture; a control, so it has no rank",
}


def _short(digest: str) -> str:
    """The first 12 digits of a sha256; the scratch encoder's name is no sha256 and stays as it is."""
    return digest[:12] if len(digest) == 64 else digest


def subtitle(conditions: Conditions) -> str:
    """The conditions that have to accompany every score."""
    gold = f", {conditions.gold[conditions.scorer]:,} gold entities" if conditions.scorer in conditions.gold else ""
    return f"test, micro F1 in percent ({conditions.scorer}{gold}); {conditions.selection}"


def condition_lines(conditions: Conditions) -> list[tuple[str, str]]:
    """Name and text of every condition that is not empty."""
    digests = ", ".join(f"{split} {_short(digest)}" for split, digest in conditions.fingerprints.items())
    gold = ", ".join(
        f"{conditions.gold[name]:,} ({name})"
        for name in (conditions.scorer, *conditions.other_scorers)
        if name in conditions.gold
    )
    digest = _short(conditions.encoder_digest or "")
    # If another encoder has the same name, the name already contains the digest.
    encoder = conditions.encoder or ""
    encoder = f"{encoder} ({digest})" if encoder and digest not in encoder else encoder
    lines = {
        "suite": "; ".join(f"{name}: {title}" for name, title in conditions.suites.items()),
        "dataset": f"{conditions.dataset} ({digests})" if digests else conditions.dataset,
        "gold entities in test": gold,
        **dict(conditions.ceilings),
        "scorer": f"{conditions.scorer}: micro F1 over entities, in percent",
        "protocol": PROTOCOLS.get(conditions.protocol or "", conditions.protocol or ""),
        "selection": conditions.selection,
        "encoder": encoder,
        "word vectors": "; ".join(conditions.word_vectors),
        "training": settings_text(conditions.training),
        **{f"training of {method}": settings_text(settings) for method, settings in conditions.own_training.items()},
        **{f"settings of {method}": settings_text(settings) for method, settings in conditions.settings.items()},
        "visual inputs": "; ".join(conditions.inputs),
        "text about pictures": "; ".join(f"{name}: {texts.text}" for name, texts in conditions.picture_texts.items()),
        "data policies": "; ".join(conditions.policies),
        "hardware": "; ".join(conditions.hardware),
        "software": "; ".join(conditions.software),
    }
    return [(name, text) for name, text in lines.items() if text]


def verdicts(table: LeaderboardTable) -> list[str]:
    """One sentence per judged row; rows without a verdict for the same reason share a sentence."""
    rows = [(row.method, row.judged) for row in table.rows]
    return _sentences(rows, AGAINST_BASELINE, table.baseline or "the baseline")


def _sentences(judged: Iterable[tuple[str, Judgement | None]], phrases: Mapping[Verdict, str], other: str) -> list[str]:
    names_by_text: dict[str, list[str]] = {}
    for name, judgement in judged:
        if judgement is not None:
            names_by_text.setdefault(sentence(judgement, phrases, other), []).append(name)
    return [f"{', '.join(names)}: {text}" for text, names in names_by_text.items()]


def image_verdicts(table: LeaderboardTable) -> list[str]:
    """One sentence per method on whether the content of the picture matters: its own against another tweet's."""
    return _sentences(table.picture_verdicts.items(), OWN_AGAINST_WRONG_PICTURES, "wrong pictures")


def family_line(table: LeaderboardTable) -> str | None:
    """The family of the verdicts in words; None without any."""
    sizes = {row.judged.family for row in table.rows if row.judged is not None}
    size_of_family = max(sizes, default=0)
    if not size_of_family:
        return None
    tests = "1 test" if size_of_family == 1 else f"{size_of_family} tests"
    return (
        f"the family of {tests}: each method in its own view against {table.baseline}, adjusted by Holm's method; a "
        "claim has to hold over seeds, and over seeds and tweets; all else is exploratory"
    )


def plan_sentences(judged: Sequence[Judgement]) -> list[str]:
    """Whether the verdicts of a table are made at the planned numbers of seeds; empty if they are."""
    texts = dict.fromkeys(text for item in judged if (text := item.plan.look_text(item.n)) is not None)
    sentences = [*texts]
    if any(item.plan.is_short(item.n) for item in judged):
        sentences.append("some rows have fewer seeds than planned, so that their verdicts are provisional")
    if any(item.plan.is_extended(item.n) for item in judged):
        more = "some rows have more seeds than planned: adding seeds after a test raises the chance of a false verdict"
        sentences.append(more)
    return sentences


def reasons(table: LeaderboardTable) -> list[tuple[str, str]]:
    """The distinct methods and reasons of rows that lack runs."""
    pairs = {(row.method, f"{row.state.value}: {row.reason}") for row in table.rows if row.reason}
    order = {row.method: index for index, row in enumerate(table.rows)}
    return sorted(pairs, key=lambda pair: (order[pair[0]], pair[1]))


def symbols(table: LeaderboardTable) -> list[tuple[str, str]]:
    """Names and texts: the columns and symbols of a table."""
    lines = [
        ("runs", "done/expected seeds; a row that lacks runs has no rank"),
        ("#", "rank of the method; several if other methods cannot be told apart from it, all pairs adjusted together"),
        ("F1 ± std", "mean and sample standard deviation over seeds; best is one run and compares with no mean"),
        ("P, R", "precision and recall, means over seeds"),
        ("train s/epoch", "seconds of training per epoch, without evaluation; test s: to tag test once, in one view"),
        ("parameters", "trained ones"),
        (NONE, "none, or not measured"),
    ]
    return lines + main_symbols(table)


def test_symbols() -> list[tuple[str, str]]:
    """Names and texts: the columns of the tests; docs/statistics.md has the details."""
    return [
        ("p Welch", "t-test over seeds for unequal variances, two-sided, not adjusted"),
        ("p both", "t-test over seeds and tweets together, not adjusted; the verdict takes the larger of both"),
        (
            "p Dunnett",
            "over seeds, adjusted for the tests of the family, all with equal spreads; no part of the verdict",
        ),
        ("p Student", "over seeds, with pooled variance, as papers did"),
        ("p paired", "paired over shared seeds; equal seeds of two methods pair little but the data order"),
        ("g", "Hedges' g: the difference in standard deviations of the runs"),
        (
            "detectable",
            "true difference in points that a verdict finds with a chance of 80 %, with these seeds and tests",
        ),
        (
            "seeds needed",
            "a side, for the observed difference shrunk towards 0; none if that is 0 or tweets are few",
        ),
    ]


def robust_symbols() -> list[tuple[str, str]]:
    """Names and texts: robust summaries; exploratory, since verdicts are about means."""
    return [
        ("IQM", "interquartile mean: the mean of the middle half of the runs"),
        ("lowest seed", "collapsed if it is far below the others: 5 points, and three times their range"),
        (
            "P(higher)",
            "share of pairs of runs in which the method's is higher than the baseline's; from 3 seeds",
        ),
        ("ASO", "almost stochastic order, 95 % bound for the family, from 5 seeds; below 0.5 for the higher method"),
        ("worse / within / better", "probabilities of the true difference, relative to the margin; from 5 seeds"),
    ]


def view_text(view: str) -> str:
    """What methods read of tweets and pictures in a view."""
    return _VIEWS.get(view, "as named by the method")


def view_names(table: LeaderboardTable) -> list[tuple[str, str]]:
    """Names and texts: the views of a table, that is, what methods read of tweets and pictures on test."""
    views = dict.fromkeys(row.view for row in table.rows if row.view)
    return [(view, view_text(view)) for view in views]


def main_symbols(table: LeaderboardTable) -> list[tuple[str, str]]:
    """Names and texts: the symbols that a table needs wherever it is printed."""
    lines = [(f"view {view}", text) for view, text in view_names(table)]
    if any(row.comparison for row in table.rows):
        lines += [
            ("Δ baseline", "difference of means in points; with the interval of the verdict, adjusted for its family"),
            ("p", "of the verdict: the larger one of the tests over seeds and over seeds and tweets, adjusted"),
            ("verdict", "better, worse, equivalent (within the margin) or undecided; exploratory rows have none"),
        ]
    if table.image_use:
        lines += [("it - ...", "same trained weights, two views; near 0 means that the picture's content is not used")]
    if any(row.ceiling for row in table.rows):
        lines += [
            ("ceiling", "best expected F1 possible with what the method reads in this view, in closed form"),
            (
                "headroom",
                "share reached of what pictures can add to the text, ± its standard error (names of the split, seeds)",
            ),
        ]
    if any(row.deterministic for row in table.rows):
        lines += [("deterministic", "the method has no seed: one run, no spread, no test")]
    return lines
