"""Parts of SVG figures. Text has the colour of the page's text, so that figures are readable on dark pages too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

CHARACTER = 6.4  # mean width of a character of 12 px, in px
# At least 3:1 on white and on the theme's dark background.
BLUE, ORANGE, GREEN, GREY = "#3f7fd1", "#c8711b", "#2f9360", "#7d8590"


def figure(name: str, title: str, size: tuple[float, float], parts: Sequence[str]) -> str:
    """An SVG element.

    Args:
        name: its id.
        title: what it shows, for screen readers.
        size: width and height in px.
        parts: its elements.
    """
    width, height = size
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" id="{escape(name)}" role="img" '
    head += f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
    head += 'font-family="system-ui, sans-serif" font-size="12" fill="currentColor">'
    return "\n".join([head, f"<title>{escape(title)}</title>", *parts, "</svg>"])


def label(x: float, y: float, content: str, *, anchor: str = "middle", bold: bool = False, small: bool = False) -> str:
    """A line of text at a baseline."""
    style = (' font-weight="600"' if bold else "") + (' font-size="11"' if small else "")
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{style}>{escape(content)}</text>'


def box(x: float, y: float, width: float, height: float, colour: str, *, dashed: bool = False) -> str:
    """A rounded box with a light filling."""
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" fill="{colour}" fill-opacity="0.14" '
        f'stroke="{colour}" stroke-width="1.5"{dashes}/>'
    )


def arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line with a head that points down or to the right."""
    if abs(x2 - x1) > abs(y2 - y1):
        head = f"{x2:g},{y2:g} {x2 - 7:g},{y2 - 4:g} {x2 - 7:g},{y2 + 4:g}"
    else:
        head = f"{x2:g},{y2:g} {x2 - 4:g},{y2 - 7:g} {x2 + 4:g},{y2 - 7:g}"
    line = f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{GREY}" stroke-width="1.5"/>'
    return f'{line}<polygon points="{head}" fill="{GREY}"/>'


def wrapped(content: str, width: float) -> list[str]:
    """Lines of a text that fit into a width in px."""
    lines = [""]
    for word in content.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) * CHARACTER > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
