"""What is said in words around the numbers: conditions, reading, reasons, symbols."""

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
    """A sha256 by its first 12 digits; the scratch encoder's name for itself as it is."""
    return digest[:12] if len(digest) == 64 else digest


def subtitle(known: Conditions) -> str:
    """What no score may be printed without."""
    gold = f", {known.gold[known.scorer]:,} gold entities" if known.scorer in known.gold else ""
    return f"test, micro F1 in percent ({known.scorer}{gold}); {known.selection}"


def condition_lines(known: Conditions) -> list[tuple[str, str]]:
    """Name and text of every condition that is known."""
    digests = ", ".join(f"{split} {_short(digest)}" for split, digest in known.fingerprints.items())
    gold = ", ".join(
        f"{known.gold[name]:,} ({name})" for name in (known.scorer, *known.other_scorers) if name in known.gold
    )
    digest = _short(known.encoder_digest or "")
    # Where another encoder has the same name, the digest is part of what it is called.
    encoder = known.encoder or ""
    encoder = f"{encoder} ({digest})" if encoder and digest not in encoder else encoder
    lines = {
        "suite": "; ".join(f"{name}: {title}" for name, title in known.suites.items()),
        "dataset": f"{known.dataset} ({digests})" if digests else known.dataset,
        "gold entities in test": gold,
        **dict(known.ceilings),
        "scorer": f"{known.scorer}: micro F1 over entities, in percent",
        "protocol": _PROTOCOLS.get(known.protocol or "", known.protocol or ""),
        "selection": known.selection,
        "encoder": encoder,
        "word vectors": "; ".join(known.word_vectors),
        "training": settings_text(known.training),
        **{f"training of {method}": settings_text(own) for method, own in known.own_training.items()},
        **{f"settings of {method}": settings_text(own) for method, own in known.settings.items()},
        "visual inputs": "; ".join(known.inputs),
        "data policies": "; ".join(known.policies),
        "hardware": "; ".join(known.hardware),
        "software": "; ".join(known.software),
    }
    return [(name, text) for name, text in lines.items() if text]


def verdicts(table: LeaderboardTable) -> list[str]:
    """One sentence per tested result, those that are refused for one reason together; controls are not results."""
    rows = [
        (f"{row.method} ({row.view})", row.comparison)
        for row in table.rows
        if row.comparison is not None and not row.control
    ]
    said = [(name, test.judged, _verdict(test, table.baseline or "")) for name, test in rows]
    return _together(said, f"against {table.baseline}")


def _together(said: Sequence[tuple[str, Judgement, str]], what: str) -> list[str]:
    """Sentences, of which those without any conclusion are one when there are several.

    Args:
        said: who, the judgement, and what is said of it.
        what: was asked.
    """
    refused: dict[str, list[str]] = {}
    for name, judged, _ in said:
        if judged.verdict is Verdict.TOO_FEW:
            refused.setdefault(sentence(judged), []).append(name)
    joined = {why: names for why, names in refused.items() if len(names) > 1}
    kept = [f"{name} {text}" for name, judged, text in said if sentence(judged) not in joined]
    return kept + [f"{', '.join(names)} {what}: {why}" for why, names in joined.items()]


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
    said = [
        (
            use.method,
            use.judged,
            f"{_USES.get(use.judged.verdict, both)}: own minus another tweet's picture "
            f"{in_points(use.gains[SHUFFLED])}; {sentence(use.judged)}",
        )
        for use in table.image_use
        if use.judged is not None
    ]
    return _together(said, both)


def reasons(table: LeaderboardTable) -> list[tuple[str, str]]:
    """Method and reason of every row that lacks runs; each once."""
    found = {(row.method, f"{row.state.value}: {row.reason}") for row in table.rows if row.reason}
    order = {row.method: place for place, row in enumerate(table.rows)}
    return sorted(found, key=lambda pair: (order[pair[0]], pair[1]))


def symbols(table: LeaderboardTable) -> list[tuple[str, str]]:
    """What the columns mean; only what occurs."""
    lines = [
        ("runs", "done/expected seeds; a row that lacks runs has no rank"),
        ("F1 ± std", "mean and sample standard deviation over seeds; best is one run and compares with no mean"),
        ("P, R", "precision and recall, means over seeds"),
        ("train s/epoch", "seconds of training per epoch, without evaluation; test s: to tag test once, in one view"),
        ("parameters", "trained ones"),
        (NONE, "none, or not measured"),
    ]
    return lines + key_symbols(table)


def test_symbols() -> list[tuple[str, str]]:
    """What the tests are of; docs/statistics.md says more."""
    return [
        ("p Welch", "t-test for unequal variances, two-sided, seeds as independent runs: the primary test"),
        ("p Student", "the same with pooled variance, as papers did"),
        ("p paired", "paired t-test over shared seeds; equal seeds of two methods pair little but the data order"),
        ("p both", "over seeds and tweets together: would it hold with other seeds, on other tweets?"),
        ("g", "Hedges' g: the difference in standard deviations of the runs"),
        ("detectable", "difference in points that so many seeds show with a chance of 80 %"),
        ("seeds needed", "on each side, to show a difference of this size with a chance of 80 %"),
    ]


def key_symbols(table: LeaderboardTable) -> list[tuple[str, str]]:
    """The ones that nobody should have to guess."""
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
