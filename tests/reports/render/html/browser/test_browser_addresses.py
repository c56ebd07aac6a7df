"""Addresses and downloads of the page in a real browser."""

import json

import pytest
from browser_screen import column, first_anchor

pytestmark = pytest.mark.browser


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
