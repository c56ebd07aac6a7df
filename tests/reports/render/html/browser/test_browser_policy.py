"""The page in a real browser: alone and silent, without errors or requests."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("folder", ["plain", "hostile"])
def test_it_is_silent_asks_for_nothing_and_runs_nothing_foreign(folder, screen, write_page, request):
    path = write_page(request.getfixturevalue(folder))
    screen.open(path)
    assert screen.cases()
    requested = [url for url in screen.requests() if not url.startswith("data:")]
    assert requested == [path.as_uri()]
    assert screen.complaints() == []
    assert screen.run("return typeof window.pwned") == "undefined"


def test_even_a_mistake_loads_and_runs_nothing(plain, screen, write_page):
    """The policy blocks pictures and scripts that are inserted into the page."""
    path = write_page(plain)
    text = path.read_text(encoding="utf-8")
    slip = '<script>window.pwned=1</script><img src="http://127.0.0.1:9/x.png"><img src="other.png" onerror="pwned=1">'
    path.write_text(text.replace("<main", slip + "<main", 1), encoding="utf-8")
    screen.open(path)
    assert screen.run("return typeof window.pwned") == "undefined"
    refused = [entry for entry in screen.complaints() if "Content Security Policy" in entry["message"]]
    assert len(refused) >= 3


def test_hostile_words_are_cut_and_keep_their_direction_to_themselves(hostile, screen, write_page):
    screen.open(write_page(hostile))
    words = screen.cases()
    assert max(map(len, words)) <= 61
    assert screen.run("return document.querySelectorAll('.case bdi[title]').length") > 0
    assert screen.run("return [...document.querySelectorAll('.words')].every(e => e.dir === 'auto')")
