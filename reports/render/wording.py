"""The text around the numbers: conditions, verdicts, reasons and symbols."""

from __future__ import annotations

from collections.abc import Sequence

from mnerbench.reports.analysis.row_data import Comparison
from mnerbench.reports.analysis.rows import SHUFFLED
from mnerbench.reports.analysis.table_data import Conditions, LeaderboardTable
from mnerbench.reports.render.judgements import sentence
from mnerbench.reports.statistics.verdict import Judgement, Verdict
from mnerbench.reports.text.format import NONE, in_points, settings_text

_PROTOCOLS = {
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
        "protocol": _PROTOCOLS.get(conditions.protocol or "", conditions.protocol or ""),
        "selection": conditions.selection,
        "encoder": encoder,
        "word vectors": "; ".join(conditions.word_vectors),
        "training": settings_text(conditions.training),
        **{f"training of {method}": settings_text(settings) for method, settings in conditions.own_training.items()},
        **{f"settings of {method}": settings_text(settings) for method, settings in conditions.settings.items()},
        "visual inputs": "; ".join(conditions.inputs),
        "text about pictures": "; ".join(
            f"{kind} {source}: {texts.text}" for (kind, source), texts in conditions.picture_texts.items()
        ),
        "data policies": "; ".join(conditions.policies),
        "hardware": "; ".join(conditions.hardware),
        "software": "; ".join(conditions.software),
    }
    return [(name, text) for name, text in lines.items() if text]


def verdicts(table: LeaderboardTable) -> list[str]:
    """One sentence per tested row without controls; rows without a verdict for the same reason share a sentence."""
    rows = [
        (f"{row.method} ({row.view})", row.comparison)
        for row in table.rows
        if row.comparison is not None and not row.control
    ]
    verdicts = [(name, test.judged, _verdict(test, table.baseline or "")) for name, test in rows]
    return _merge_refusals(verdicts, f"against {table.baseline}")


def _merge_refusals(verdicts: Sequence[tuple[str, Judgement, str]], question: str) -> list[str]:
    """Sentences, with those of too few runs merged by reason.

    Args:
        verdicts: name, judgement, and text of the sentence.
        question: that merged sentences answer.
    """
    refused: dict[str, list[str]] = {}
    for name, judged, _ in verdicts:
        if judged.verdict is Verdict.TOO_FEW:
            refused.setdefault(sentence(judged), []).append(name)
    merged = {reason: names for reason, names in refused.items() if len(names) > 1}
    single = [f"{name} {text}" for name, judged, text in verdicts if sentence(judged) not in merged]
    return single + [f"{', '.join(names)} {question}: {reason}" for reason, names in merged.items()]


def _verdict(test: Comparison, baseline: str) -> str:
    return f"against {baseline}: {in_points(test.welch)}; {sentence(test.judged)}"


_USES = {
    Verdict.BETTER: "uses what is in the picture",
    Verdict.WORSE: "is better with wrong pictures",
    Verdict.NOT_SHOWN: "shows no sign of using what is in the picture",
    Verdict.SAME: "shows no sign of using what is in the picture",
}


def image_verdicts(table: LeaderboardTable) -> list[str]:
    """One sentence per method on whether the content of the picture matters: its own against another tweet's."""
    both = "with own and with wrong pictures"
    uses = [
        (
            use.method,
            use.judged,
            f"{_USES.get(use.judged.verdict, both)}: own minus another tweet's picture "
            f"{in_points(use.gains[SHUFFLED])}; {sentence(use.judged)}",
        )
        for use in table.image_use
        if use.judged is not None
    ]
    return _merge_refusals(uses, both)


def reasons(table: LeaderboardTable) -> list[tuple[str, str]]:
    """The distinct methods and reasons of rows that lack runs."""
    pairs = {(row.method, f"{row.state.value}: {row.reason}") for row in table.rows if row.reason}
    order = {row.method: index for index, row in enumerate(table.rows)}
    return sorted(pairs, key=lambda pair: (order[pair[0]], pair[1]))


def symbols(table: LeaderboardTable) -> list[tuple[str, str]]:
    """Names and texts: the columns and symbols of a table."""
    lines = [
        ("runs", "done/expected seeds; a row that lacks runs has no rank"),
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
        ("p Welch", "t-test for unequal variances, two-sided, seeds as independent runs: the primary test"),
        ("p Student", "the same with pooled variance, as papers did"),
        ("p paired", "paired t-test over shared seeds; equal seeds of two methods pair little but the data order"),
        ("p both", "over seeds and tweets together: would it hold with other seeds, on other tweets?"),
        ("g", "Hedges' g: the difference in standard deviations of the runs"),
        ("detectable", "difference in points that so many seeds show with a chance of 80 %"),
        ("seeds needed", "on each side, to show a difference of this size with a chance of 80 %"),
    ]


def main_symbols(table: LeaderboardTable) -> list[tuple[str, str]]:
    """Names and texts: the symbols that a table needs wherever it is printed."""
    views = list(dict.fromkeys(row.view for row in table.rows if row.view))
    lines = [(f"view {view}", _VIEWS.get(view, "as named by the method")) for view in views]
    if any(row.comparison for row in table.rows):
        lines += [
            ("Δ baseline", "difference of means in points, with Welch's 95 % interval (not adjusted)"),
            ("p Holm", "Welch's t-test over seeds, adjusted over all rows with the same view in the table"),
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
        lines += [("deterministic", "the method counts words: one run, no spread, no test")]
    return lines
