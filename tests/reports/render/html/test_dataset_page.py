"""The page of tweets: contents of tweets, tags and file names are never markup."""

import re
from html.parser import HTMLParser

from PIL import Image

from mnerbench.datasets.corpus import Example
from mnerbench.reports.render.html.dataset_page import Section, TweetCard, page

HOSTILE = "</mark><script>alert(1)</script>\"'><img src=x onerror=alert(2)> &amp; \u202eRTL"
OWN_TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "figure", "figcaption"}
OWN_TAGS |= {"mark", "small", "b"}


class Reader(HTMLParser):
    """Collects tags, attributes and text as a browser would see them."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.texts.append(data)


def test_hostile_text_stays_text_wherever_it_stands(tmp_path):
    (tmp_path / f"{'x' * 9}<b>.jpg").write_bytes(b"no picture")
    example = Example("1", (HOSTILE, HOSTILE, "plain"), (f"B-{HOSTILE}", "O", "O"), HOSTILE)
    tweets = [TweetCard(example, [], [(HOSTILE, HOSTILE)]), TweetCard(example, [tmp_path / f"{'x' * 9}<b>.jpg"])]
    text = page(HOSTILE, [Section(HOSTILE, HOSTILE, tweets)], [HOSTILE])
    reader = Reader()
    reader.feed(text)
    assert reader.tags <= OWN_TAGS
    assert reader.attributes <= {"lang", "charset", "class", "style"}
    assert "".join(reader.texts).count("<script>alert(1)</script>") == 12


def test_every_picture_of_a_tweet_is_shown(tmp_path):
    for name, colour in (("a", "red"), ("b", "blue")):
        Image.new("RGB", (9, 9), colour).save(tmp_path / f"{name}.png")
    example = Example("1", ("w",), ("O",), ("a", "b"))
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    text = page("t", [Section("s", "", [TweetCard(example, paths), TweetCard(example, [])])], [])
    addresses = re.findall(r'<img alt="" src="([^"]+)"', text)
    assert len(set(addresses)) == 2
    assert text.count("no picture") == 1
