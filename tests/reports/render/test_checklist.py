"""The reproducibility checklist: every question has an answer, and what is not recorded is said to be."""

import json
import re

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli.report import command
from mnerbench.benchmark.display.console import PlainConsole
from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.benchmark.results.search_results import SearchResult, TrialResult, TuningFile
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import ConfigError
from mnerbench.reports.analysis.checklist.collect import checklist_facts
from mnerbench.reports.analysis.leaderboard import analyse
from mnerbench.reports.render.checklist.document import json_checklist, markdown_checklist, print_checklist, topics
from mnerbench.reports.text.format import texts

ENVIRONMENT = {"gpu": "a GPU", "python": "3.11", "packages": {"torch": "2.6"}, "commit": "abc-dirty"}
HOSTILE = ("<script>x</script>", "a|b`c`", "[x](http://y)", "\u202egnp\x1b[31m", "*bold* _it_ &amp;")


@pytest.fixture
def collect(tmp_path):
    """Facts of records and manifests, with an empty data folder."""

    def collected(records, manifests=(), searches=()):
        analysed = analyse(records, manifests, "bert-crf")
        store = RunStore(tmp_path / "runs")
        return checklist_facts(store, records, manifests, analysed, searches, data=tmp_path / "data")

    return collected


def item(facts, start):
    """The one item whose question starts so."""
    items = [item for topic in topics(facts) for item in topic.items]
    (match,) = [item for item in items if item.question.startswith(start)]
    return match


def search(**fields):
    trials = tuple(
        TrialResult(number=n, state=state, value=value, values={"lr": 0.001 * (n + 1)}, curve=(), seconds=1800.0)
        for n, (state, value) in enumerate([("complete", 0.5), ("complete", 0.75), ("pruned", None), ("fail", None)])
    )
    values = {"method": "maf", "dataset": "d", "budget": 4, "space": {"lr": "1e-05 to 0.1"}, "importance": {}}
    return SearchResult(**{**values, "trials": trials, **fields})


def test_every_question_is_answered(make, collect, here):
    store = RunStore(here / "store")
    for facts in (collect([]), collect(list(store.records()), load_manifests(here / "store"))):
        items = [item for topic in topics(facts) for item in topic.items]
        assert len({item.question for item in items}) == len(items) > 20
        for one in items:
            assert one.answers or one.sheet is not None, one.question
            assert one.sheet is None or one.sheet.rows, one.question
            if not one.recorded:
                assert any("not recorded" in text for text in one.answers), one.question


def test_nothing_is_recorded_of_nothing(collect):
    facts = collect([])
    open_questions = {item.question for topic in topics(facts) for item in topic.items if not item.recorded}
    for start in (
        "Which methods",
        "How were settings",
        "How was the model",
        "How many runs",
        "On which",
        "Which state",
    ):
        assert any(question.startswith(start) for question in open_questions), start


def test_searches_have_spaces_budgets_and_best_values(collect):
    found = item(collect([], searches=[TuningFile(suite="s", searches=(search(),))]), "How were settings searched")
    assert texts(found.sheet) == (("maf", "d", "3/4", "1", "2.00", "50.00", "75.00"),)
    assert "maf on d searched lr: 1e-05 to 0.1" in found.answers
    assert "maf on d was best with lr 0.002" in found.answers
    assert found.recorded
    assert any(text.startswith("all trials together took 2.0 h") for text in found.answers)


def test_settings_that_were_tuned_elsewhere_are_not_recorded(make, collect):
    (answer,) = item(collect(make.seeds("bert-crf", [0.7], protocol="tuned")), "How were settings searched").answers
    assert answer.startswith("not recorded: the search of the protocol tuned is not in this folder")


def test_uncommitted_changes_are_named(make, collect):
    records = [make.record(make.spec(seed=0), 0.7, environment=ENVIRONMENT), make.record(make.spec(seed=1), 0.7)]
    found = item(collect(records), "Which state of the code")
    assert texts(found.sheet) == (("abc", "not committed", "1"),)
    assert "not recorded: the commit of 1 run" in found.answers
    assert not found.recorded


def test_the_family_and_the_verdicts_of_the_tests(make, collect):
    scores = {"bert-crf": 0.0, "better": 0.1, "worse": -0.1}
    records = [
        record
        for name, shift in scores.items()
        for record in make.seeds(name, [shift + f1 for f1 in (0.70, 0.71, 0.72, 0.70, 0.71)])
    ]
    answers = item(collect(records), "Which statistical tests").answers
    assert any("the family of 2 tests: each method in its own view against bert-crf" in text for text in answers)
    assert "made15: verdicts: better 1, worse 1; equivalent means within 0.50 points" in answers


def test_failed_and_unplanned_runs_have_their_reasons(make, collect):
    records = [make.record(make.spec("bert-crf"), 0.7), make.failed(make.spec("bert"), "out of memory")]
    plan = make.grid([r.spec for r in records] + [make.spec("later")], not_run={"umt on made15": "no features"})
    found = item(collect(records, [plan]), "What was planned")
    reasons = {row[1]: row[2] for row in texts(found.sheet)}
    assert "out of memory" in reasons["bert"]
    assert reasons["umt"] == "not run: no features"
    assert "1 not done yet" in reasons["later"]
    assert found.answers[0] == "1 run done, 1 failed, 1 planned and not done"


def test_hours_and_seeds_add_up(make, collect):
    records = [make.record(make.spec(seed=seed), 0.7, seconds=3600.0, environment=ENVIRONMENT) for seed in range(3)]
    facts = collect([*records, make.failed(make.spec(seed=3), seconds=1800.0)])
    took = item(facts, "How long")
    assert took.answers[:2] == (
        "3 finished runs took 3.0 h by the clock, added up over the runs",
        "failed and interrupted runs took another 30.0 min",
    )
    assert texts(took.sheet) == (("bert-crf", "3", "0.15", "3.00", "3,600"),)
    assert texts(item(facts, "On which hardware").sheet) == (("a GPU", "3", "3.00"),)
    assert texts(item(facts, "How many runs").sheet)[0][3:5] == ("3/4", "0 to 2")


def test_the_summary_counts_what_is_open(collect, here):
    facts = collect(list(RunStore(here / "store").records()), load_manifests(here / "store"))
    items = [item for topic in topics(facts) for item in topic.items]
    open_items = [str(number) for number, item in enumerate(items, start=1) if not item.recorded]
    text = markdown_checklist(facts)
    assert f"{len(items) - len(open_items)} of {len(items)} questions are answered by the records." in text
    summary = text.partition("in whole or in part: ")[2].partition(".")[0]
    assert re.findall(r"\d+", summary) == open_items
    for number, one in enumerate(items, start=1):
        assert f"### {number}. {one.question}" in text


def test_foreign_text_stays_text(make, collect):
    environment = {**ENVIRONMENT, "gpu": HOSTILE[0], "commit": HOSTILE[1], "packages": {HOSTILE[2]: HOSTILE[3]}}
    records = [make.record(make.spec(name), 0.7, environment=environment, notes=(HOSTILE[4],)) for name in HOSTILE]
    plan = make.grid([r.spec for r in records], not_run={f"{HOSTILE[0]} on made15": HOSTILE[0]})
    values = {"method": HOSTILE[0], "space": {HOSTILE[1]: HOSTILE[2]}}
    facts = collect(records, [plan], [TuningFile(suite="s", searches=(search(**values),))])
    markdown = markdown_checklist(facts)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", markdown)
    assert not re.search(r"(?<!\\)<script", markdown)
    assert not re.search(r"(?<!\\)\]\(", markdown)
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    for table in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    assert rows
    assert json.loads(json_checklist(facts))["facts"]["hardware"][0]["value"] == HOSTILE[0]
    assert json_checklist(facts).isascii()
    screen = PlainConsole(width=80, record=True, file=None)
    with screen.capture() as printed:
        print_checklist(facts, screen)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", printed.get())


def test_the_terminal_has_80_columns(collect, here):
    facts = collect(list(RunStore(here / "store").records()), load_manifests(here / "store"))
    screen = PlainConsole(width=80)
    with screen.capture() as printed:
        print_checklist(facts, screen)
    lines = printed.get().splitlines()
    assert max(map(len, lines)) <= 80
    for one in (item for topic in topics(facts) for item in topic.items):
        assert one.question.split()[0] in printed.get()
        if one.sheet is not None and one.sheet.rows:
            assert one.sheet.columns[0].title in printed.get()
    assert "no room for" not in printed.get()


def invoke(here, tmp_path, *flags):
    arguments = ["--out", here / "store", "--data", tmp_path, "--checklist", *flags]
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False, standalone_mode=False)


def test_the_command_prints_and_writes_it(here, tmp_path):
    assert "questions are answered by the records" in invoke(here, tmp_path).output
    target = tmp_path / "checklist.md"
    assert str(target) in invoke(here, tmp_path, "--to", target).output
    text = target.read_text(encoding="utf-8")
    assert text.startswith("# Reproducibility checklist\n")
    assert invoke(here, tmp_path, "--format", "markdown").output == text
    assert invoke(here, tmp_path, "--to", "-").output == text
    data = json.loads(invoke(here, tmp_path, "--format", "json").output)
    assert len(data["items"]) > 20
    assert {use["value"] for use in data["facts"]["hardware"]} == {"NVIDIA H200", "Some CPU @ 2.10GHz"}


@pytest.mark.parametrize("output_format", ["html", "csv", "csv-runs", "latex"])
def test_other_formats_are_refused(here, tmp_path, output_format):
    with pytest.raises(ConfigError, match="choose one of table, markdown, json"):
        invoke(here, tmp_path, "--format", output_format)
