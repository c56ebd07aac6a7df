"""The page as text: foreign text is never markup, nothing is fetched, and the same records give the same bytes."""

import base64
import hashlib
import json
import random
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from report_tables import html_report, leaderboard

from mnerbench.benchmark.results.manifest import load_manifests
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.analysis.overview import overview, validation_sheet
from mnerbench.reports.render.html.templating import script_data
from mnerbench.reports.text.format import NONE, texts

VOID = {"meta", "link", "img", "input", "br", "hr", "col"}


class Reading(HTMLParser):
    """A page as its elements; fails where they do not nest."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def inside(self, tag):
        return [text.strip() for name, text in self.texts if name == tag and text.strip()]


def read(path):
    return Reading(path.read_text(encoding="utf-8"))


# --- Foreign text ---------------------------------------------------------------------------------------------------


def test_hostile_text_adds_no_element_and_no_handler(hostile, plain, write_page):
    bad, good = read(write_page(hostile)), read(write_page(plain))
    tags = {tag for tag, _ in good.elements} | {"h3"}
    assert {tag for tag, _ in bad.elements} <= tags
    assert not [name for _, attributes in bad.elements for name in attributes if name.startswith("on")]
    assert len(bad.all("script")) == len(good.all("script")) == 2


def test_hostile_text_is_still_there_to_read(hostile, write_page, payloads):
    page = read(write_page(hostile))
    texts_shown = set(page.inside("bdi"))
    for text in payloads[:8]:
        assert printable(text) in texts_shown, text
    assert "49" not in texts_shown
    data = json.loads(next(text for tag, text in page.texts if tag == "script"))
    words = [case["w"][0] for case in next(iter(data.values()))["cases"]]
    assert words == list(payloads)


def test_characters_that_act_instead_of_being_shown_are_written_as_escapes(hostile, write_page):
    text = write_page(hostile).read_text(encoding="utf-8")
    assert "\x00" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "nul\\x00nul\\x1b[31m" in text


@pytest.mark.parametrize("text", ["</script>", "<!--", "&amp;", "\u2028", "\ud800", "\x00", "\N{FIRE}"])
def test_data_of_the_script_stay_data(text):
    written = str(script_data({text: text}))
    assert written.isascii()
    assert not re.search("[<>&]", written)
    assert json.loads(written) == {text: text}


# --- Nothing is fetched ---------------------------------------------------------------------------------------------


def test_nothing_is_fetched(hostile, write_page):
    page = read(write_page(hostile))
    for tag, attributes in page.elements:
        assert tag not in {"iframe", "object", "embed", "base", "audio", "video"}
        for name in ("src", "href", "srcset", "action", "poster", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:")), (tag, attributes)
    (style,) = [text for tag, text in page.texts if tag == "style"]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_exactly_the_script_that_is_there(plain, write_page):
    page = read(write_page(plain))
    (policy,) = [
        attributes["content"]
        for attributes in page.all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    script = [text for tag, text in page.texts if tag == "script"][-1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"


# --- One page of the same records -----------------------------------------------------------------------------------


def test_the_order_of_records_changes_nothing(here):
    records, grids = list(RunStore(here / "store").records()), load_manifests(here / "store")
    pages = set()
    for seed in range(4):
        random.Random(seed).shuffle(records)
        random.Random(seed).shuffle(grids)
        pages.add(html_report(leaderboard(records, grids), overview(records, grids)))
    assert len(pages) == 1


def test_writing_again_changes_nothing(plain, write_page):
    assert write_page(plain).read_bytes() == write_page(plain).read_bytes()


# --- What a page holds ----------------------------------------------------------------------------------------------


@pytest.fixture
def page(here, tmp_path):
    records, grids = list(RunStore(here / "store").records()), load_manifests(here / "store")
    return Reading(html_report(leaderboard(records, grids), overview(records, grids)))


def test_every_address_is_somewhere_once(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        assert link["href"].removeprefix("#") in ids
    for _, attributes in page.elements:
        assert set(attributes.get("aria-labelledby", "").split()) <= set(ids)


def test_headings_skip_no_level(page):
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_heading_of_a_table_has_its_scope(page):
    assert {attributes.get("scope") for attributes in page.all("th")} == {"col", "row"}


def test_the_page_has_landmarks_and_a_way_past_the_contents(page):
    assert page.all("main")
    assert page.all("nav")[0]["aria-label"] == "Contents"
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}


def test_the_page_says_what_the_folder_holds(here, page):
    records = list(RunStore(here / "store").records())
    done = sum(record.status.value == "done" for record in records)
    assert str(done) in page.inside("strong")
    newest = max(record.started for record in records)
    assert newest[:16].replace("T", " ") in " ".join(page.inside("p"))
    assert any("verdicts are hints" in text for text in page.inside("bdi"))


def test_every_row_of_the_leaderboard_is_there_with_its_marks(here, page):
    tables = leaderboard(list(RunStore(here / "store").records()), load_manifests(here / "store"))
    rows = [attributes for attributes in page.all("tr") if "data-method" in attributes]
    for table in tables:
        for row in table.rows:
            assert any(
                attributes["data-method"] == row.method and attributes.get("data-view") == (row.view or NONE)
                for attributes in rows
            )
    # In the grid of verdicts, in the plot and in the results.
    assert page.inside("span").count("baseline") == 3 * len([table for table in tables if table.baseline])
    assert "unfinished" in page.inside("span")


def test_numbers_of_gold_entities_are_headings(page):
    """As a row of the table they would be sorted among scores, and dominate the shades."""
    rows = page.all("tr")
    assert "sizes" in {attributes.get("class") for attributes in rows}
    assert "gold entities" in page.inside("bdi")
    assert "gold entities" not in {attributes.get("data-method") for attributes in rows}


def test_a_page_without_any_run_is_a_page(make):
    grids = [make.grid([], not_run={"umt on made15": "no pictures"})]
    text = html_report(leaderboard([], grids), overview([], grids))
    assert "No run has ended yet" in text
    assert "no pictures" in text
    assert "No run" in html_report([], overview([], []))


# --- Above the tables -----------------------------------------------------------------------------------------------


def test_runs_are_counted_once(make):
    done, failed = make.seeds("bert-crf", [0.7, 0.8]), make.failed(make.spec("ita-ga"))
    planned = [*(record.spec for record in done), failed.spec, make.spec("ita-ga", 1)]
    contents = overview([*done, failed], [make.grid(planned, "one"), make.grid(planned, "two")])
    assert (contents.done, contents.failed, contents.missing) == (2, 1, 1)
    assert contents.methods == ("bert-crf", "ita-ga")
    assert contents.newest == "2025-01-01 00:00 UTC"


def test_a_method_was_tried_where_all_its_runs_are_done(make):
    records = [*make.seeds("bert-crf", [0.7, 0.7]), *make.seeds("ita-ga", [{"it": 0.8, "t": 0.7}], captions="blip2")]
    planned = [make.spec("ita-ga", seed, captions="blip2") for seed in (0, 1)]
    short = validation_sheet(leaderboard(records, [make.grid([*(r.spec for r in records), *planned])]))
    assert texts(short) == (("bert-crf", NONE, "made15", NONE), ("ita-ga", NONE, NONE, NONE))
    whole = validation_sheet(leaderboard(records, []))
    assert texts(whole)[1] == ("ita-ga", NONE, "made15", "made15")
