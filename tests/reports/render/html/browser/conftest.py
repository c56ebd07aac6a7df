"""A browser for all tests of this folder."""

import pytest
from browser_screen import Screen
from programs import find_programs


@pytest.fixture(scope="session")
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


@pytest.fixture
def screen(browser):
    """A screen for a page."""
    page = Screen(browser)
    yield page
    page.emulate()
