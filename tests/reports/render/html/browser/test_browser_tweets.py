"""Example tweets of the page in a real browser: found, counted and searched."""

import pytest

from mnerbench.reports.published import cases
from mnerbench.reports.published.data import PublishedCase
from mnerbench.reports.published.loading import published_table

pytestmark = pytest.mark.browser


def test_the_pairwise_finder(plain, screen, write_page):
    screen.open(write_page(plain))
    assert screen.cases() == ["Rob1", "Rob2", "Rob3", "Rob4", "Rob5"]
    screen.choose("a", "pic (it)")
    screen.until(screen.shown, ["Rob1", "Rob2", "Rob3"])
    screen.choose("b", "pic (t)")
    screen.until(screen.shown, ["Rob1", "Rob2"])
    screen.until(lambda: screen.one(".cases output").text, "2 of 5 tweets")
    screen.one(".cases button[type=reset]").click()
    screen.choose("a", "base (t)")
    screen.choose("b", "pic (t)")
    screen.until(screen.shown, ["Rob5"])


def test_tweets_that_papers_discuss_are_shown_with_what_they_say(plain, screen, write_page, monkeypatch):
    case = PublishedCase(
        datasets=("made",),
        tweet=f"Oslo waves{' on' * 10}",
        printed="Oslo waves",
        gold="Oslo <b>LOC</b>",
        answers={"UMT": "X", "MAF": "Oslo LOC"},
    )
    table = published_table("maf/table5").model_copy(update={"cases": (case,)})
    monkeypatch.setattr(cases, "published_tables", lambda: {"maf/table5": table})
    screen.open(write_page(plain))
    assert screen.cases() == ["Rob1", "Rob2", "Rob3", "Rob4", "Rob5", "Oslo"]
    statement = "MAF Table 5 · gold: Oslo <b>LOC</b> · UMT: X · MAF: Oslo LOC; printed as: Oslo waves"
    assert screen.texts(".case .read")[-1] == statement
    assert "and those that papers discuss" in screen.texts(".tweets .intro")[0]


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_where_the_picture_helped_and_misled(by, plain, screen, write_page):
    screen.open(write_page(plain))
    screen.cases()
    for name, tweets in (("helped", ["Rob1", "Rob2"]), ("misled", ["Rob4"])):
        button = screen.one(f".cases button[name={name}]")
        if by == "mouse":
            button.click()
        else:
            screen.press(button, " ")
        screen.until(screen.shown, tweets)
        assert button.get_attribute("aria-pressed") == "true"


def test_a_case_says_who_is_right_and_how_often(plain, screen, write_page):
    screen.open(write_page(plain))
    screen.cases()
    lines = screen.texts(".case:nth-child(3) .answers tr")
    assert [line.split()[:2] for line in lines] == [["✗", "wrong"], ["✓", "right"], ["✓", "right"]]
    assert "right in 0/2 seeds" in lines[0]
    assert "not Rob3" in lines[0].replace("\n", " ")
    assert "right in 1/2 seeds" in lines[1]
    assert "right in 2/2 seeds" in lines[2]


@pytest.mark.parametrize(
    ("text", "tweets"), [("rob2", ["Rob2"]), ("rob3 loc", ["Rob3"]), ("nowhere", [])], ids=["word", "answer", "none"]
)
def test_tweets_are_searched_by_words_and_answers(text, tweets, plain, screen, write_page):
    screen.open(write_page(plain))
    screen.cases()
    screen.one(".cases input[name=text]").send_keys(text)
    screen.until(screen.shown, tweets)


def test_a_long_list_grows(tmp_path, screen, write_page):
    from answered import write_answers

    from mnerbench.benchmark.results.split_metadata import ScoredTweet

    tweets = [(ScoredTweet(id=str(n), words=(f"Rob{n}",)), ("B-PER",)) for n in range(50)]
    right, wrong = [("B-PER",)] * 50, [("O",)] * 50
    write_answers(tmp_path / "long", tweets, {"base": {"t": [wrong]}, "other": {"t": [right]}})
    screen.open(write_page(tmp_path / "long"))
    assert len(screen.cases()) == 20
    for number in (40, 50):
        screen.one(".more").click()
        screen.until(lambda: len(screen.shown()), number)
    assert not screen.one(".more").is_displayed()
