"""A page of tweets with their pictures and entities, as one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape as escaped
from pathlib import Path

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import conll_spans
from mnerbench.datasets.untrusted.display import printable
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.reports.render.html.data_uri import data_uri

_SIDE = 224
_COLOURS = ("#cfe3ff", "#ffe0b8", "#d5f0cf", "#eed3f5", "#ffd3d3", "#d9f3f5", "#efe9c6", "#e0e0e0")
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c1c1c; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; } p { margin: .3rem 0; }
.tweets { display: grid; grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid #ddd; border-radius: 8px; overflow: hidden; background: #fff; }
figure img, figure .none { width: 100%; aspect-ratio: 1; object-fit: contain; background: #f3f3f3; display: block; }
.several { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; }
figure .none { display: grid; place-items: center; color: #777; } figcaption { padding: .6rem .7rem; }
mark { padding: .05rem .25rem; border-radius: 4px; } mark small { font-size: .7rem; margin-left: .25rem; color: #444; }
.notes { font-size: .8rem; color: #555; margin-top: .4rem; }
"""


@dataclass(frozen=True)
class TweetCard:
    """A tweet of the page.

    Attributes:
        example: words and labels.
        pictures: its picture files that exist, in order.
        notes: names and texts below the tweet.
    """

    example: Example
    pictures: Sequence[Path]
    notes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Section:
    """Tweets below a heading, with a summary."""

    title: str
    summary: str
    tweets: Sequence[TweetCard] = field(default_factory=tuple)


def page(title: str, sections: Sequence[Section], types: Sequence[str]) -> str:
    """The page, with escaped text and embedded pictures.

    Args:
        title: of the page.
        sections: in order.
        types: entity types, in the order of their colours.
    """
    colours = {kind: _COLOURS[index % len(_COLOURS)] for index, kind in enumerate(types)}
    body = "\n".join(_section(section, colours) for section in sections)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def _section(section: Section, colours: Mapping[str, str]) -> str:
    tweets = "\n".join(_tweet(tweet, colours) for tweet in section.tweets)
    heading = f"<h2>{escape(section.title)}</h2><p>{escape(section.summary)}</p>"
    return f'{heading}\n<div class="tweets">{tweets}</div>'


def _tweet(tweet: TweetCard, colours: Mapping[str, str]) -> str:
    notes = "".join(f"<div><b>{escape(name)}</b> {escape(text)}</div>" for name, text in tweet.notes)
    words = _words(tweet.example, colours)
    caption = f'<figcaption>{words}<div class="notes">{notes}</div></figcaption>'
    return f"<figure>{_pictures(tweet.pictures)}{caption}</figure>"


def _words(example: Example, colours: Mapping[str, str]) -> str:
    parts, last = [], 0
    for span in conll_spans(example.labels):
        name = escape(" ".join(example.words[span.start : span.end]))
        colour = colours.get(span.type, _COLOURS[-1])
        parts += [escape(word) for word in example.words[last : span.start]]
        parts.append(f'<mark style="background:{colour}">{name}<small>{escape(span.type)}</small></mark>')
        last = span.end
    return " ".join([*parts, *(escape(word) for word in example.words[last:])])


def _pictures(paths: Sequence[Path]) -> str:
    """Thumbnails, two in a row if there are several."""
    shown = "".join(map(_picture, paths))
    return f'<div class="several">{shown}</div>' if len(paths) > 1 else shown or '<div class="none">no picture</div>'


def _picture(path: Path) -> str:
    """An embedded thumbnail, or the reason why there is none."""
    try:
        picture = read_picture(path)
    except BadPictureError as error:
        return f'<div class="none">{escape(str(error))}</div>'
    picture.thumbnail((_SIDE, _SIDE))
    return f'<img alt="" src="{data_uri(picture, "png")}">'


def escape(text: str) -> str:
    """Escape markup and unprintable characters."""
    return escaped(printable(text))
