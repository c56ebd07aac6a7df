"""`benchmark data get --images` and what `check` says of images: the words, the exit code, and that nothing is lost."""

import shutil
from pathlib import Path

import pytest
from archive_server import Route, archive_server, jpeg, pictures, zip_of
from click.testing import CliRunner

from mnerbench.benchmark.cli.data import command
from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.errors import ConfigError

FIXTURES = Path(__file__).parents[3] / "fixtures"
FOLDER = "NERmultimodal-6de7e3f/data/ner_img"


@pytest.fixture
def server():
    with archive_server() as running:
        yield running


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(FIXTURES / "tiny", tmp_path / "tiny")
    return tmp_path


@pytest.fixture
def ids(data) -> list[str]:
    corpus = load_corpus("tiny", data)
    return sorted(corpus.image_ids - corpus.missing_images)


def publish(data: Path, server, body: bytes, **keys: object) -> Route:
    server.routes["/a.zip"] = route = Route(body)
    more = "".join(f"{key} = {value}\n" for key, value in keys.items())
    card = data / "tiny" / "card.toml"
    text = f'\n[[archives]]\nname = "github"\nurl = "{server.url()}"\nholds = "h"\npath = "a.zip"\n{more}'
    card.write_text(card.read_text() + text)
    return route


def run(*arguments: str | Path):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_get_says_how_many_are_there_missing_and_unusable(data, server, ids):
    members = pictures(ids[2:], FOLDER) | {f"{FOLDER}/{ids[2]}.jpg": b"no picture"}
    publish(data, server, zip_of(members), pictures=len(ids) - 2)
    result = run("get", "tiny", "--images", "--data", data)
    for line in (
        "tiny: getting github (127.0.0.1)",
        "tiny: 94 pictures unpacked, 0 already present (github)",
        "tiny: 6 are not in the archive (4 of them known to be lost)",
        "tiny: images: 94 of 100 present, 2 missing, 1 unusable, 4 known to be lost",
        f"tiny: missing: {ids[0]}, {ids[1]}",
        f"tiny: unusable: {ids[2]} (not a picture in JPEG, PNG, GIF, WEBP, BMP)",
        "tiny: the archive is complete: the missing pictures are not in it",
    ):
        assert line in result.output
    assert result.exit_code == 0


def test_a_second_get_downloads_nothing(data, server, ids):
    route = publish(data, server, zip_of(pictures(ids, FOLDER)))
    run("get", "tiny", "--images", "--data", data)
    result = run("get", "tiny", "--images", "--data", data)
    assert "tiny: images: 96 of 100 present, 0 missing, 0 unusable, 4 known to be lost" in result.output
    assert "unpacked" not in result.output
    assert (result.exit_code, len(route.requests)) == (0, 1)


def test_missing_pictures_that_may_be_elsewhere_are_exit_code_1(data, server, ids):
    publish(data, server, zip_of(pictures(ids[1:], FOLDER)))
    result = run("get", "tiny", "--images", "--data", data)
    assert result.exit_code == 1
    assert "95 of 100 present, 1 missing" in result.output


def test_pictures_that_are_all_unusable_are_exit_code_1(data, server, ids):
    publish(data, server, zip_of(dict.fromkeys((f"x/{image}.jpg" for image in ids), b"version https://git-lfs")))
    result = run("get", "tiny", "--images", "--data", data)
    assert result.exit_code == 1
    assert "96 unusable" in result.output
    assert "unusable: and 91 more" in result.output


def test_different_pictures_of_the_same_name_are_reported(data, server, ids):
    members = pictures(ids, FOLDER) | {f"small/{ids[0]}.jpg": jpeg(200)}
    publish(data, server, zip_of(members))
    output = run("get", "tiny", "--images", "--data", data).output
    assert f"1 are in several folders with different content; {FOLDER} takes precedence" in output
    assert f"namely: {ids[0]}" in output


def test_a_dead_source_is_an_error_with_every_remedy(data, server):
    publish(data, server, b"")
    server.routes.clear()
    result = run("get", "tiny", "--images", "--data", data)
    assert result.exit_code == 1
    for part in ("no source gave the images of tiny", "github (127.0.0.1): HTTP 404 Not Found", "--images --from FILE"):
        assert part in result.output


def test_an_archive_without_these_pictures_is_exit_code_1(data, server):
    publish(data, server, zip_of({}))
    result = run("get", "tiny", "--images", "--data", data)
    assert result.exit_code == 1
    assert "none of its 0 picture files is named like a picture of a tweet" in result.output


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_from_takes_what_is_here_and_implies_images(data, server, ids, tmp_path, kind):
    route = publish(data, server, b"")
    local = tmp_path / "have"
    if kind == "file":
        local.write_bytes(zip_of(pictures(ids, "x")))
    else:
        local.mkdir()
        for path, content in pictures(ids, "").items():
            (local / path[1:]).write_bytes(content)
    result = run("get", "tiny", "--from", local, "--data", data)
    assert "tiny: 96 pictures unpacked, 0 already present (local)" in result.output
    assert (result.exit_code, route.requests) == (0, [])


def test_from_something_without_these_pictures_is_an_error(data, tmp_path):
    (tmp_path / "have.zip").write_bytes(zip_of(pictures(["other"], "x")))
    result = run("get", "tiny", "--from", tmp_path / "have.zip", "--data", data)
    assert result.exit_code == 1
    assert "contains none of the 96 pictures that tweets of tiny name (but 1 other picture files)" in result.output


def test_from_a_path_that_is_not_there_is_a_usage_error(data):
    assert run("get", "tiny", "--from", data / "nothing.zip", "--data", data).exit_code == 2


def test_from_and_source_exclude_each_other(data, tmp_path):
    result = run("get", "tiny", "--from", tmp_path, "--source", "github", "--data", data)
    assert result.exit_code == 2
    assert "give one of them" in result.output


def test_the_error_for_an_unknown_source_suggests_the_nearest(data, server):
    publish(data, server, b"")
    result = run("get", "tiny", "--source", "githup", "--data", data)
    assert result.exit_code == 1
    assert "did you mean 'github'" in result.output


def test_probes_have_no_images_to_get(data):
    result = run("get", "probe-object", "--images", "--data", data)
    assert result.exit_code == 0
    assert "drawn on demand" in result.output


def test_all_are_the_datasets_whose_text_has_addresses(data, monkeypatch):
    requested = []
    monkeypatch.setattr("mnerbench.benchmark.cli.data.get._get_text", lambda name, _: requested.append(name) or True)
    assert run("get", "all", "tiny", "--data", data).exit_code == 0
    assert requested == ["twitter-relations", "twitter15", "twitter15-original", "twitter17", "tiny"]


def test_unknown_names_together_with_all_are_refused(data):
    assert isinstance(run("get", "all", "twitter16", "--data", data).exception, ConfigError)


def test_check_says_how_many_images_are_there_missing_and_unusable(data, ids):
    images = data / "tiny" / "images" / "deeper"
    images.mkdir(parents=True)
    for path, content in pictures(ids[3:], "").items():
        (images / path[1:]).write_bytes(content)
    (images / f"{ids[2]}.png").write_bytes(b"")
    result = run("check", "tiny", "--data", data)
    assert result.exit_code == 0
    assert "images: 94 of 100 present, 2 missing, 1 unusable, 4 known to be lost" in result.output
    assert f"unusable: {ids[2]} (the file is empty)" in result.output
    assert "2 tweets name an image that is not in the image folder" in result.output
    assert "1 tweets name an image that cannot be used" in result.output
    assert not (data / "tiny" / ".images-checked.json").exists()


def test_check_without_images_names_the_command_that_gets_them(data, server):
    publish(data, server, b"")
    output = run("check", "tiny", "--data", data).output
    assert "images: none here; to get them: benchmark data get tiny --images\n" in output
