"""The page in a real browser on every width, in every theme, on paper and without a script."""

import base64
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("folder", ["plain", "hostile"])
@pytest.mark.parametrize("width", [360, 800, 1200])
def test_a_page_never_scrolls_sideways(folder, width, screen, write_page, request):
    screen.open(write_page(request.getfixturevalue(folder)), width)
    screen.cases()
    assert screen.run("return document.documentElement.scrollWidth") <= width


def test_a_table_that_goes_on_outside_has_a_shadow(plain, screen, write_page):
    """The shadow is behind what scrolls along with the table; without it nothing tells that there are more columns."""
    import io

    from PIL import Image

    screen.open(write_page(plain), width=1360)
    box = screen.run(
        "return [...document.querySelectorAll('.scroll')].find((box) => box.scrollWidth > box.clientWidth + 40)"
    )
    assert box is not None

    def shaded_pixels_of_the_right_edge(left):
        screen.run("arguments[0].scrollLeft = arguments[1]; arguments[0].scrollIntoView()", box, left)
        picture = Image.open(io.BytesIO(box.screenshot_as_png)).convert("L")
        edge = picture.crop((picture.width - 3, 0, picture.width, picture.height))
        return sum(edge.histogram()[:250])

    assert shaded_pixels_of_the_right_edge(0) > 10 * shaded_pixels_of_the_right_edge(10_000)


def test_the_theme_follows_the_system_until_it_is_chosen(plain, screen, write_page):
    background = "return getComputedStyle(document.body).backgroundColor"
    path = write_page(plain)
    light = screen.open(path).run(background)
    dark = screen.open(path, scheme="dark").run(background)
    assert light != dark
    button = screen.one("#theme")
    button.click()
    assert screen.run(background) == light
    button.click()
    assert screen.run(background) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_what_is_behind_it(scheme, plain, screen, write_page):
    """WCAG AA: 4.5 to 1, for every text against the nearest background that is painted."""
    screen.open(write_page(plain), scheme=scheme)
    screen.cases()
    low = screen.run((Path(__file__).parent / "contrast.js").read_text(encoding="utf-8"))
    assert low == []


def test_print_shows_no_controls_and_opens_what_is_closed(plain, screen, write_page):
    screen.open(write_page(plain))
    screen.cases()
    assert screen.texts(".controls")
    screen.emulate(media="print")
    assert screen.texts(".controls, #contents, .skip, .more, #theme") == []
    assert screen.texts("details dd")
    answer = screen.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert base64.b64decode(answer["data"]).startswith(b"%PDF")


def test_without_a_script_all_tables_are_there(plain, screen, write_page):
    path = write_page(plain)
    screen.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        screen.open(path, unfold=False)
        assert len(screen.driver.find_elements("css selector", "article table.sheet")) > 3
        assert screen.one("article .forest").is_displayed()
        for summary in screen.driver.find_elements("css selector", "article .fold > summary"):
            summary.click()
        assert "switched off" in screen.one(".cases").text
        assert screen.one("article table.sheet").is_displayed()
        assert not screen.one(".downloads").is_displayed()
        assert not screen.one("form[data-filter]").is_displayed()
    finally:
        screen.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_first_tab_leads_past_the_contents(plain, screen, write_page):
    from selenium.webdriver.common.keys import Keys

    screen.open(write_page(plain))
    screen.one("body").send_keys(Keys.TAB)
    link = screen.driver.switch_to.active_element
    assert link.get_attribute("class") == "skip"
    assert link.rect["x"] >= 0
    link.send_keys(Keys.ENTER)
    assert screen.run("return document.activeElement.id") == "main"
