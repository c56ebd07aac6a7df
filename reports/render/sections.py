"""Reports as sections of a title, a sheet and explanations; all renderers print these sections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.reports.analysis.agreement import MOST_METHODS
from mnerbench.reports.analysis.capability_profile import capability_profiles, profile_legend, profile_sheet
from mnerbench.reports.analysis.corpora import Corpora, corpus_groups
from mnerbench.reports.analysis.corpus_ranks import corpus_ranks
from mnerbench.reports.analysis.cross_dataset import learning_sheets, transfer_sheets
from mnerbench.reports.analysis.replications import replications
from mnerbench.reports.analysis.row_data import PictureEffect, Row, RowState
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.published.side_by_side import side_by_side
from mnerbench.reports.published.side_by_side_sheets import number_lines_sheet, side_by_side_legend, side_by_side_sheets
from mnerbench.reports.published.verdicts import published_legend, published_sheet
from mnerbench.reports.render.asked_sections import asked_sections
from mnerbench.reports.render.rank_sheets import rank_intro, rank_legend, rank_sheet
from mnerbench.reports.render.replication_sheets import (
    IF_INDEPENDENT,
    replication_intro,
    replication_legend,
    replication_sentences,
    replication_sheet,
)
from mnerbench.reports.render.section import Section
from mnerbench.reports.render.sheets import (
    RELATION_AUC,
    agreement_sheet,
    cost_sheet,
    effect_sheet,
    image_sheet,
    main_sheet,
    mistake_sheet,
    robust_sheet,
    scorer_sheet,
    slice_sheets,
    sliced_rows,
    test_sheet,
    type_sheet,
)
from mnerbench.reports.render.wording import (
    family_line,
    image_verdicts,
    robust_symbols,
    subtitle,
    test_symbols,
    verdicts,
)
from mnerbench.reports.text.format import percent

_NARROW = ("rank", "method", "view", "runs", "f1", "difference", "p_verdict", "verdict")
# On a probe, the ceiling is more informative than p-values against a baseline.
_PROBE = ("rank", "method", "view", "runs", "f1", "ceiling", "headroom", "difference", "verdict")
_CHANGES = (
    ("mended, broken", "tweets that only the method, or only the baseline, gets entirely right; over shared seeds"),
    ("F1 on broken", "of the method on the broken tweets"),
)
_TESTS = (
    *("method", "view", "p_welch", "p_seeds_and_tweets", "p_dunnett", "p_student"),
    *("hedges_g", "detectable", "seeds_needed"),
)


def sections(table: LeaderboardTable) -> Iterator[Section]:
    """The sections of one table, the results first."""
    yield _results(table)
    yield from _tests(table)
    yield from _published(table)
    yield from _pictures(table)
    if any(row.effect for row in table.rows):
        yield _effects(table)
    if table.types:
        yield Section("types", "F1 per entity type", type_sheet(table), styles=_styles(table, scored=True), shaded=True)
    if table.slices:
        yield from _slices(table)
        yield _mistakes(table)
    if table.agreement is not None:
        yield _agreement(table)
    if table.types:
        if (costs := cost_sheet(table)).rows:
            yield Section("costs", "Cost", costs)
        yield from asked_sections(table)
        scorers = scorer_sheet(table)
        yield Section("scorers", "The same runs under each scorer", scorers, styles=_styles(table, scored=True))


def first_sections(table: LeaderboardTable) -> Iterator[Section]:
    """The sections of one table that a terminal shows first: results, published scores, pictures, language models."""
    yield _results(table)
    yield from _published(table)
    yield from _pictures(table)
    yield from asked_sections(table)


def _published(table: LeaderboardTable) -> Iterator[Section]:
    if (published := published_sheet(table)) is not None:
        yield Section("published", "Against the published scores", published, legend=tuple(published_legend(table)))


def _pictures(table: LeaderboardTable) -> Iterator[Section]:
    if table.image_use:
        remarks = tuple(image_verdicts(table))
        others = ("p.it-blank", "gain.it-blank", "p.t", "gain.t", "own")
        yield Section("pictures", "What the picture is worth", image_sheet(table), remarks=remarks, optional=others)


def _results(table: LeaderboardTable) -> Section:
    return Section(
        key="results",
        title="Results",
        sheet=main_sheet(table),
        intro=subtitle(table.conditions),
        remarks=tuple(filter(None, [*verdicts(table), family_line(table)])),
        narrow=_PROBE if table.conditions.ceilings else _NARROW,
        optional=("p_verdict", "rank", "difference", "runs", "ceiling"),
        styles=_styles(table),
    )


def _tests(table: LeaderboardTable) -> Iterator[Section]:
    compared = [row.comparison for row in table.rows if row.comparison is not None and not row.control]
    if any(comparison.welch.p is not None for comparison in compared):
        legend = tuple(test_symbols())
        yield Section("tests", "How sure: against the baseline", test_sheet(table), legend=legend, narrow=_TESTS)
    if any(comparison.improvement is not None for comparison in compared):
        yield Section("robust", "How robust: beyond means", robust_sheet(table), legend=tuple(robust_symbols()))


def _styles(table: LeaderboardTable, *, scored: bool = False) -> tuple[str, ...]:
    return tuple(_style(row) for row in table.rows if row.f1 is not None or not scored)


def _style(row: Row) -> str:
    if row.baseline:
        return "baseline"
    if row.state not in (RowState.COMPLETE, RowState.PARTIAL):
        return "unfinished"
    return "weak" if row.control or row.deterministic or row.is_partial else ""


def _effects(table: LeaderboardTable) -> Section:
    effects = [row.effect for row in table.rows if row.effect is not None]
    measured = ", ".join(f"{tweets:,}" for tweets in sorted({effect.distance_tweets for effect in effects}))
    legend = (
        ("EMAP gap", "F1 minus that of the additive projection (EMAP): what only text and picture together say"),
        (
            "distance",
            f"mean L2 distance between the vectors of words with and without the picture, over {measured} tweets",
        ),
        ("of the length", "the same as a share of the vectors' own length"),
        *_relation_legend(effects),
    )
    intro = f"F1 on {effects[0].tweets:,} tweets of test, the same for all methods and seeds."
    return Section("inside", "What pictures do inside a method", effect_sheet(table), intro, legend=legend)


def _relation_legend(effects: Sequence[PictureEffect]) -> Iterator[tuple[str, str]]:
    """What the AUC says, if a method has one."""
    pairs = sorted({effect.judged for effect in effects if effect.auc is not None})
    if pairs:
        counts = " or ".join(f"{related:,} related and {unrelated:,} unrelated" for related, unrelated in pairs)
        yield (
            RELATION_AUC,
            "the probability that a method lets the picture of a related pair in further than that of an unrelated "
            f"one, over {counts} pairs of test; 0.5 is chance. Only methods that judge the relation have it",
        )


def _slices(table: LeaderboardTable) -> Iterator[Section]:
    legend = (
        ("seen, unseen", "whether the words are an entity of that type in train; of a prediction, by its own type"),
        ("ambiguous", "seen, and in train also an entity of another type"),
        ("slices", "conlleval reading; exploratory: nothing is tested"),
    )
    styles = tuple(map(_style, sliced_rows(table)))
    for number, (way, sheet) in enumerate(slice_sheets(table)):
        first = legend if not number else ()
        yield Section("slices", f"F1 {way}", sheet, legend=first, styles=styles, shaded=True)


def _mistakes(table: LeaderboardTable) -> Section:
    sheet = mistake_sheet(table)
    legend = (
        ("type", "right words, other type"),
        ("boundary", "right type, other words that overlap"),
        ("missed, spurious", "nothing predicted there; nothing is there"),
        *(_CHANGES if any(column.key.startswith("tweets.") for column in sheet.columns) else ()),
    )
    return Section("mistakes", "Error types", sheet, "Means over seeds.", legend=legend)


def _agreement(table: LeaderboardTable) -> Section:
    assert table.agreement is not None
    agreement, methods = table.agreement, len(table.agreement.found)
    best = max(agreement.found.values())
    remarks = (
        f"{'both' if methods == 2 else f'all {methods}'} methods together find "
        f"{percent(agreement.together)} % of the gold entities, the best of them alone {percent(best)} %",
    )
    legend = (("not by ...", "found by the method of the row and missed by the one of the column"),)
    intro = "Shares of the gold entities in percent, methods in their main views, same seeds."
    if methods == MOST_METHODS:
        intro += f" At most {MOST_METHODS} methods, those of the highest F1."
    return Section("agreement", "Who finds what", agreement_sheet(agreement), intro, remarks, legend)


def closing_sections(tables: Sequence[LeaderboardTable]) -> Iterator[Section]:
    """Sections across tables: corpora, published tables, transfer, growing training sets, capability profiles."""
    for corpora in corpus_groups(tables):
        yield from _across(corpora)
    for published in side_by_side(tables):
        blocks, legend = side_by_side_sheets(published), tuple(side_by_side_legend(published))
        for number, sheet in enumerate(blocks, start=1):
            last, narrow = legend if number == len(blocks) else (), number_lines_sheet(published, sheet)
            yield Section("beside", published.title, sheet, legend=last, narrow_sheet=narrow)
    yield from (
        Section("transfer", f"Transfer {title}", sheet, intro="F1 ± std; rows train, columns test.")
        for title, sheet in transfer_sheets(tables)
    )
    yield from (
        Section("learning", f"Growing training set of {title}", sheet, intro="F1 ± std over seeds; sets are nested.")
        for title, sheet in learning_sheets(tables)
    )
    for profile in capability_profiles(tables):
        intro = f"Which evidence in a picture each method finds. With {profile.conditions}."
        sheet, legend = profile_sheet(profile), tuple(profile_legend())
        yield Section("profile", "Capability profile", sheet, intro, legend=legend, shaded=True)


def _across(corpora: Corpora) -> Iterator[Section]:
    """On how many corpora methods differ from the baseline, and from five corpora on their average ranks."""
    if methods := replications(corpora):
        yield Section(
            key="across",
            title=f"Across datasets: {corpora.conditions}",
            sheet=replication_sheet(corpora, methods),
            intro=replication_intro(corpora),
            remarks=tuple(replication_sentences(corpora, methods)),
            legend=tuple(replication_legend()),
            optional=IF_INDEPENDENT,
        )
    if (ranked := corpus_ranks(corpora)) is not None:
        title, legend = f"Average ranks: {corpora.conditions}", tuple(rank_legend(ranked))
        yield Section("ranks", title, rank_sheet(ranked), rank_intro(ranked), legend=legend, ranks=ranked.ranks)
