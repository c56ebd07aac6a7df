"""A reader of a page in a real browser."""

import json
from contextlib import suppress
from pathlib import Path

WATCHED = {"Network.requestWillBeSent"}


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


def column(screen, number):
    """Texts of a column of the first leaderboard, without hidden rows."""
    script = "return [...document.querySelector('article table.sheet').tBodies[0].rows]"
    return screen.run(script + ".filter(r => !r.hidden).map(r => r.cells[arguments[0]].innerText)", number)


def head(screen, text):
    """The button in the head of a column of the first leaderboard."""
    script = "return [...document.querySelectorAll('article table.sheet thead button')]"
    return screen.run(script + ".find(b => b.textContent.startsWith(arguments[0]))", text)


def first_anchor(screen):
    """Id of the first leaderboard."""
    return screen.one("article").get_attribute("id")
