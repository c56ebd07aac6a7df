"""The page in a real browser: clicks, keys and printing, without errors or requests."""

import base64
import json
from contextlib import suppress
from pathlib import Path

import pytest
from programs import find_programs

from mnerbench.reports.published import cases
from mnerbench.reports.published.data import PublishedCase
from mnerbench.reports.published.loading import published_table

pytestmark = pytest.mark.browser

WATCHED = {"Network.requestWillBeSent"}


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; without it the tests are skipped, or fail if it is required."""
    programs = find_programs(("chromium", "chromedriver"), ("chromium", "chromium-driver"))
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(flag)
    options.binary_location = programs[0]
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # With the path of the driver given, nothing is looked for or downloaded.
    driver = webdriver.Chrome(options=options, service=Service(programs[1]))
    driver.set_script_timeout(60)
    yield driver
    driver.quit()


class Screen:
    """Actions of a reader on a page, and the log of the browser."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path: Path, width=1200, scheme="light", address="", *, unfold=True):
        """Loads a page, and opens all of its sections unless told otherwise."""
        self.size(width)
        self.emulate(scheme=scheme)
        self.driver.get("about:blank")  # another fragment alone would not load the page again
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.driver.get(path.as_uri() + address)
        if unfold:
            self.run("for (const details of document.querySelectorAll('details')) details.open = true")
        return self

    def size(self, width):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def emulate(self, scheme="light", media=""):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def one(self, selector):
        elements = self.driver.find_elements("css selector", selector)
        assert elements, selector
        return elements[0]

    def texts(self, selector):
        script = (
            "return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility()).map(e => e.innerText)"
        )
        return self.run(script, selector)

    def press(self, element, keys):
        """Keys as a keyboard sends them, to what has the focus."""
        self.run("arguments[0].focus()", element)
        assert self.run("return document.activeElement === arguments[0]", element)
        self.driver.switch_to.active_element.send_keys(keys)

    def until(self, look, expected):
        """Waits for what the browser does in its own time, such as a choice in a list."""
        from selenium.common.exceptions import TimeoutException
        from selenium.webdriver.support.ui import WebDriverWait

        with suppress(TimeoutException):
            WebDriverWait(self.driver, 20, 0.05).until(lambda _: look() == expected)
        assert look() == expected

    def cases(self):
        """Brings the list of tweets near, which makes it, and says which tweets it shows."""
        from selenium.webdriver.support.ui import WebDriverWait

        self.run("document.querySelector('[data-cases]').scrollIntoView()")
        WebDriverWait(self.driver, 20).until(lambda _: self.driver.find_elements("css selector", ".cases form"))
        return self.shown()

    def shown(self):
        return self.texts(".case .words .entity > bdi:first-child, .case .words > bdi:first-child")

    def choose(self, name, text):
        from selenium.webdriver.support.ui import Select

        Select(self.one(f".cases select[name={name}]")).select_by_visible_text(text)

    def complaints(self):
        return [entry for entry in self.driver.get_log("browser") if entry["level"] not in ("DEBUG", "INFO")]

    def requests(self):
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] in WATCHED]


@pytest.fixture
def screen(browser):
    """A screen for a page."""
    page = Screen(browser)
    yield page
    page.emulate()


# --- Alone and silent -----------------------------------------------------------------------------------------------


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


# --- Sorting and filtering ------------------------------------------------------------------------------------------


def column(screen, number):
    """Texts of a column of the first leaderboard, without hidden rows."""
    script = "return [...document.querySelector('article table.sheet').tBodies[0].rows]"
    return screen.run(script + ".filter(r => !r.hidden).map(r => r.cells[arguments[0]].innerText)", number)


def head(screen, text):
    script = "return [...document.querySelectorAll('article table.sheet thead button')]"
    return screen.run(script + ".find(b => b.textContent.startsWith(arguments[0]))", text)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_leaderboard_sorts_both_ways(by, plain, screen, write_page):
    from selenium.webdriver.common.keys import Keys

    screen.open(write_page(plain))
    button = head(screen, "best")
    go = button.click if by == "mouse" else lambda: screen.press(button, Keys.ENTER)
    go()
    values = [float(text) for text in column(screen, 5)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) > 1
    assert button.find_element("xpath", "..").get_attribute("aria-sort") == "descending"
    go()
    assert [float(text) for text in column(screen, 5)] == sorted(values)
    head(screen, "method").click()
    assert column(screen, 1) == sorted(column(screen, 1))
    assert button.find_element("xpath", "..").get_attribute("aria-sort") == "none"


def test_finished_rows_come_first(here, screen, tmp_path):
    from report_tables import html_report, leaderboard

    from mnerbench.benchmark.results.manifest import load_manifests
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.reports.analysis.overview import overview

    records, grids = list(RunStore(here / "store").records()), load_manifests(here / "store")
    path = tmp_path / "page.html"
    path.write_text(html_report(leaderboard(records, grids), overview(records, grids)), encoding="utf-8")
    screen.open(path)
    head(screen, "F1").click()
    assert column(screen, 1)[0] == "ita-ga"
    screen.one("article input[name=mixed]").click()
    # Three of five seeds, and the highest mean of all.
    assert column(screen, 1)[0].startswith("ita-ga+cva")


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_rows_are_filtered_by_method_and_view(by, plain, screen, write_page):
    screen.open(write_page(plain))
    assert len(column(screen, 1)) == 3
    screen.one("form[data-filter] input[name=method]").send_keys("PI")
    screen.until(lambda: column(screen, 1), ["pic", "pic"])
    box = screen.one("form[data-filter] input[value=it]")
    if by == "mouse":
        box.click()
    else:
        screen.press(box, " ")
    screen.until(lambda: column(screen, 2), ["t"])
    screen.until(lambda: screen.one("form[data-filter] output").text, "1 of 3 rows")


# --- Addresses and files --------------------------------------------------------------------------------------------


def first_anchor(screen):
    return screen.one("article").get_attribute("id")


def test_what_is_linked_to_opens_and_the_rest_stays_closed(plain, screen, write_page):
    path = write_page(plain)
    table = first_anchor(screen.open(path, unfold=False))
    assert screen.texts("article details[open] > summary") == []
    screen.open(path, address=f"#{table}--types", unfold=False)
    assert screen.texts("article details[open] > summary") == ["F1 per entity type"]
    assert 0 <= screen.run("return document.querySelector('details[open]').getBoundingClientRect().top") < 900
    screen.one("article details:not([open]) > summary").click()
    opened = "return location.hash === '#' + document.querySelector('article details').id"
    assert screen.run(opened)


@pytest.mark.parametrize("reopened", [True, False], ids=["another time", "in the open page"])
def test_filters_are_kept_in_the_address(reopened, plain, screen, write_page):
    path = write_page(plain)
    table = first_anchor(screen.open(path))
    screen.one("form[data-filter] input[name=method]").send_keys("PI")
    screen.one("form[data-filter] input[value=it]").click()
    screen.until(lambda: column(screen, 2), ["t"])
    address = screen.run("return location.hash")
    assert address.endswith(f"?{table}.method=pi&{table}.hide=it")
    screen.open(path, address=address if reopened else "")
    screen.run("location.hash = arguments[0]", address)
    screen.until(lambda: column(screen, 2), ["t"])
    screen.until(lambda: screen.one("form[data-filter] output").text, "1 of 3 rows")
    screen.run("location.hash = arguments[0]", f"{table}--types")
    screen.until(lambda: screen.run("return location.hash").count("?"), 1)


def test_filters_reach_the_plot_by_method_only(plain, screen, write_page):
    screen.open(write_page(plain))
    names = ".forest tbody th > bdi:first-child"
    assert screen.texts(names) == ["base", "pic"]
    screen.one("form[data-filter] input[value=it]").click()
    screen.one("form[data-filter] input[name=method]").send_keys("pi")
    screen.until(lambda: screen.texts(names), ["pic"])


def test_downloads_are_the_reports_of_the_table(plain, screen, write_page, tmp_path):
    from click.testing import CliRunner

    from mnerbench.benchmark.cli.report import command

    screen.open(write_page(plain))
    unpack = "const done = arguments[1]; unpacked(arguments[0]).then((blob) => blob.text()).then(done)"
    for button in screen.driver.find_elements("css selector", ".downloads button"):
        assert button.is_displayed()
        kind, target = button.text.lower(), tmp_path / "report"
        arguments = ["--out", str(plain), "--format", kind, "--to", str(target)]
        CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False)
        text, expected = screen.driver.execute_async_script(unpack, button), target.read_bytes().decode("utf-8")
        assert (json.loads(text) == json.loads(expected)) if kind == "json" else (text == expected)
    screen.one(".downloads button").click()
    assert screen.complaints() == []
    assert [url for url in screen.requests() if not url.startswith(("file:", "blob:", "data:"))] == []


# --- Tweets ---------------------------------------------------------------------------------------------------------


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


# --- Everywhere -----------------------------------------------------------------------------------------------------


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
