"""Pages of a few tweets with known predictions."""

import pytest
from answered import write_answers
from click.testing import CliRunner

from mnerbench.benchmark.cli.report import command
from mnerbench.benchmark.results.split_metadata import ScoredTweet

PICTURES = {"pictured": True, "ocr": False, "related": True}
PERSON, PLACE, NOTHING = ("B-PER", "O"), ("B-LOC", "O"), ("O", "O")

# What would run, break or leak where text is taken for markup; the last ones hide or turn the text around them.
PAYLOADS = (
    "<script>window.pwned=1</script>",
    "</script><img src=x onerror=window.pwned=1>",
    "\"' onmouseover=window.pwned=1 x='",
    "{{ 7*7 }}{% raise %}",
    "<!--<script>",
    "]]>&lt;b&gt;&amp;",
    "\u202egnp.exe",
    "\u0645\u0631\u062d\u0628\u0627\u200f",
    "nul\x00nul\x1b[31m",
    "\u2028\u2029",
    "\N{PILE OF POO}\N{ZERO WIDTH JOINER}\N{FIRE}",
    "w" * 10_000,
    "https://example.org/track.png",
)


def tweet(word, number, **metadata):
    """A tweet of two words of which the first is a person."""
    return ScoredTweet(
        id=str(number), words=(word, "waves"), image_id=f"i{number}.png", **(PICTURES | metadata)
    ), PERSON


@pytest.fixture
def plain(tmp_path):
    """Six tweets; `pic` sees 1, 2 and 3 with its picture and 3 and 4 without; `base` sees 4 and 5; none sees 6."""
    tweets = [tweet(f"Rob{n}", n) for n in range(1, 6)]
    tweets.append((ScoredTweet(id="6", words=("Oslo", "waves") + ("on",) * 10), ("B-LOC", *("O",) * 11)))

    def right(*numbers):
        last = ("O",) * 12
        return [*(PERSON if n in numbers else PLACE for n in range(1, 6)), last]

    answers = {
        "base": {"t": [right(4, 5), right(4, 5, 1)]},
        "pic": {"it": [right(1, 2, 3), right(1, 2)], "t": [right(3, 4), right(3, 4)]},
    }
    write_answers(tmp_path / "runs", tweets, answers)
    return tmp_path / "runs"


@pytest.fixture
def hostile(tmp_path):
    """Every payload as a word, as what was read in a picture, as the name of a method, in a note and in a reason."""
    tweets = [tweet(text, n, texts={text: (text,)}) for n, text in enumerate(PAYLOADS)]
    gold = [PERSON for _ in tweets]
    wrong = [NOTHING if n % 2 else PLACE for n in range(len(tweets))]
    answers = {"base": {"t": [gold, gold]}}
    answers |= {text: {"it": [wrong, gold], "t": [wrong, wrong]} for text in PAYLOADS[:8]}
    reasons = {f"m{n}": text for n, text in enumerate(PAYLOADS)}
    write_answers(tmp_path / "bad", tweets, answers, note=" ".join(PAYLOADS), not_run=reasons, planned_seeds=3)
    return tmp_path / "bad"


def page_of(runs, *flags):
    """The page that the command writes, without the user's data folder."""
    target = runs / "page.html"
    folders = ["--data", runs / "data", "--cache", runs / "cache"]
    arguments = ["--out", runs, "--format", "html", "--to", target, *folders, *flags]
    CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False, standalone_mode=False)
    return target


@pytest.fixture
def write_page():
    """Writes the page of a results folder."""
    return page_of


@pytest.fixture
def payloads():
    """Hostile texts."""
    return PAYLOADS
