"""Foreign input: limits hold, errors name the file, and text is safe to print."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError, StoreError
from mnerbench.datasets.untrusted.display import (
    bounded,
    cell,
    has_lone_surrogate,
    in_encoding,
    one_line,
    printable,
    shortened,
)
from mnerbench.datasets.untrusted.files import read_bytes, require_inside
from mnerbench.datasets.untrusted.json_text import is_finite, parse_json, read_json
from mnerbench.datasets.untrusted.names import is_identity, is_safe_name
from mnerbench.datasets.untrusted.toml_text import parse_toml, read_toml


def test_reads_a_regular_file_and_what_a_link_leads_to(tmp_path):
    (tmp_path / "a").write_bytes(b"text")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert read_bytes(tmp_path / "a") == read_bytes(tmp_path / "b") == b"text"


def test_missing_files_and_folders_are_missing_inputs(tmp_path):
    with pytest.raises(MissingInputError, match="no such file"):
        read_bytes(tmp_path / "none")
    with pytest.raises(MissingInputError, match="a folder, not a file"):
        read_bytes(tmp_path)


def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="not a regular file"):
        read_bytes(tmp_path / "pipe", error=StoreError)


@pytest.mark.parametrize("name", ["x" * 256, "a\x00b"], ids=["long", "nul"])
def test_names_that_no_file_can_have_are_named(tmp_path, name):
    with pytest.raises(DataError, match="255 bytes and no NUL"):
        read_bytes(tmp_path / name)


def test_larger_files_than_allowed_are_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bytes(tmp_path / "a", most=5) == b"12345"
    with pytest.raises(DataError, match="5 bytes, more than the 4"):
        read_bytes(tmp_path / "a", most=4)


def test_permission_is_said_as_such(tmp_path, monkeypatch):
    def denied(*_args, **_named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(DataError, match="permission denied\n  -> ask its owner"):
        read_bytes(tmp_path / "a")


def test_nothing_leads_out_of_a_folder(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    (inside / "circle").symlink_to(inside / "circle")
    assert require_inside(inside, inside / "a" / "b", StoreError) == inside / "a" / "b"
    for path in (inside / "link" / "x", inside / ".." / "out", outside, inside / "circle" / "x", inside / "\x00"):
        with pytest.raises(StoreError, match="move it away"):
            require_inside(inside, path, StoreError)


def test_a_root_that_is_a_link_is_no_way_out(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert require_inside(tmp_path / "link", tmp_path / "link" / "x", StoreError)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "1" * 5000,
        '"\\ud800"',
        "NaN",
        "-Infinity",
        "1e999",
        "9" * 400 + ".0",
        "1" + "0" * 250 + "e99",
        "",
        "1 2",
        "\ud800",
    ],
)
def test_json_is_bounded(text):
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(text)


@pytest.mark.parametrize("value", [float("nan"), [1, {"a": float("inf")}], {"a": {"b": [-float("inf")]}}])
def test_a_number_that_is_not_finite_is_found(value):
    assert not is_finite(value)
    assert is_finite({"a": [1, 1e308, "NaN", None], "b": {"c": True}})


def test_json_with_nan_is_read_where_that_is_allowed():
    assert str(parse_json(b'{"score": NaN}', finite=False)["score"]) == "nan"


def test_json_files_are_named_with_the_place(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": 1,\n "b": }')
    with pytest.raises(StoreError, match=r"a\.json: not JSON: .* line 2 column 7\n  -> write it anew"):
        read_json(path, "write it anew", error=StoreError)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "1" * 5000,
        "a = 1e400",
        "a = inf",
        "a = nan",
        ".".join("a" * 80) + " = 1",
        "a =",
    ],
    ids=["deep array", "digits", "1e400", "inf", "nan", "deep table", "cut"],
)
def test_toml_is_bounded(text, tmp_path):
    with pytest.raises(ValueError, match=r"\w"):
        parse_toml(text)
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"a\.toml: not a TOML file"):
        read_toml(tmp_path / "a.toml")


def test_toml_of_another_encoding_is_named(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigError, match="not a TOML file"):
        read_toml(tmp_path / "a.toml")


@pytest.mark.parametrize("name", ["test", "test@twitter17", "it-shuffled", "a" * 100, "ita-ga+cva"])
def test_safe_names(name):
    assert is_safe_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "a/b", "a\\b", "a b", "a\n", "a\x00", "-a", ".a", "a" * 101, "ä", "/", "c:"]
)
def test_names_that_could_lead_elsewhere(name):
    assert not is_safe_name(name)


def test_identities_are_sixteen_hexadecimal_digits():
    assert is_identity("0123456789abcdef")
    assert not any(map(is_identity, ["0123456789ABCDEF", "0123456789abcde", "0123456789abcdef0", "../victim", "a\n"]))


def test_terminal_escapes_are_shown_and_not_acted_on():
    assert printable("a\x1b]0;title\x07\x1b[2J\u202eb\r\nc\rd\te") == "a\\x1b]0;title\\x07\\x1b[2J\\u202eb\nc\\rd\te"
    assert one_line("a\nb") == "a\\nb"
    assert printable("caf\u00e9 \U0001f600 \u200d\ufe0f") == "caf\u00e9 \U0001f600 \u200d\ufe0f"


def test_long_text_has_an_end():
    assert shortened("x" * 50, 10) == "x" * 10 + "... (40 more characters)"


@given(st.text(st.characters(), max_size=50))
def test_whatever_is_printed_can_be_encoded_and_moves_nothing(text):
    printed = printable(text)
    printed.encode("utf-8")
    assert not any(ord(character) < 32 and character not in "\t\n" for character in printed)


def test_lone_surrogates_are_found():
    assert has_lone_surrogate("a\ud83d")
    assert not has_lone_surrogate("a\U0001f600")


def test_cells_and_messages_have_an_end():
    assert cell("a\nb\x1b") == "a\\nb\\x1b"
    assert cell("x" * 301) == "x" * 300 + "... (1 more characters)"
    assert bounded("a\r\nb\rc") == "a\nb\\rc"
    assert bounded("abcd\n" * 5, 3, 2).splitlines() == ["abc... (1 more characters)"] * 2 + ["... (4 more lines)"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", "no such encoding"])
def test_symbols_are_spelled_where_an_encoding_lacks_them(encoding):
    printed = in_encoding("a → b ± c … 人 \ud800", encoding)
    assert printed.encode("ascii" if encoding == "no such encoding" else encoding)
    assert ("->" in printed) is (encoding != "utf-8")
    assert ("\\u4eba" in printed) is (encoding != "utf-8")
    assert "\\ud800" in printed
    assert in_encoding("▲ Δ · \N{EN DASH}", "ascii") == "^ Delta - -"
