"""The client against a server on this machine, with faults."""

from __future__ import annotations

import json
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from chat_stub import Reply, failure, stub_server, trickling_server

from mnerbench.datasets.chat.address import require_server, server_address, shown_address
from mnerbench.datasets.chat.answer import Outcome
from mnerbench.datasets.chat.errors import AskingStoppedError, NoAnswerError, ServerRefusesError
from mnerbench.datasets.chat.replies import MOST_BYTES
from mnerbench.datasets.chat.request import ChatMessage, ChatRequest
from mnerbench.datasets.chat.server import ChatServer, ServerSettings
from mnerbench.datasets.errors import ConfigError, MissingInputError

REQUEST = ChatRequest("stub", (ChatMessage("user", ("Who?",)),))
SCHEMED = ChatRequest("stub", (ChatMessage("user", ("Who?",)),), schema={"type": "object"})
KEY = "sk-very-secret"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def ask(answer, request=REQUEST, **settings):
    """The answer, the stub and the pauses between attempts."""
    pauses = []
    with stub_server(answer) as stub:
        server = ChatServer(stub.url, ServerSettings(**settings), pauses.append)
        return server.ask(request), stub, pauses


def first(reply):
    """A faulty first reply, then a good one."""
    return lambda _, number: reply if number == 0 else Reply("fine")


def test_an_answer_has_text_tokens_and_model():
    answer, stub, _ = ask(lambda *_: Reply("twelve chars"))
    assert (answer.outcome, answer.text, answer.model) == (Outcome.ANSWERED, "twelve chars", "stub-1")
    assert (answer.prompt_tokens, answer.completion_tokens, answer.structured) == (100, 3, False)
    assert stub.keys == [f"Bearer {KEY}"]
    [body] = stub.requests
    assert body == {
        "model": "stub",
        "messages": [{"role": "user", "content": "Who?"}],
        "temperature": 0.0,
        "max_tokens": 512,
    }


@pytest.mark.parametrize(
    "fault",
    [
        failure(429, "slow down"),
        failure(500, "oh"),
        failure(503, "busy"),
        failure(408, "timeout"),
        Reply(cut=20),
        Reply(cut=0),
        Reply(body=b'{"choices": [{"mess'),
        Reply(body=b"<html>proxy</html>"),
        Reply(body=b'{"choices": []}'),
        Reply(body=b'{"choices": [{"message": null}]}'),
        Reply(body=b"[]"),
        Reply(body=b'{"choices": [{"message": {"content": "' + b"x" * (MOST_BYTES + 1) + b'"}}]}'),
    ],
    ids=["429", "500", "503", "408", "cut", "empty", "half", "html", "no choices", "no message", "list", "huge"],
)
def test_a_fault_is_asked_again(fault):
    answer, stub, pauses = ask(first(fault))
    assert answer.text == "fine"
    assert len(stub.requests) == 2
    assert [0 < pause <= 0.5 for pause in pauses] == [True]


def test_the_wait_that_a_server_asks_for_is_followed_within_bounds():
    assert ask(first(failure(429, "slow", Retry_After="7")))[2] == [7]
    assert ask(first(failure(429, "slow", Retry_After="7000")))[2] == [60]
    assert 0 < ask(first(failure(429, "slow", Retry_After="-3")))[2][0] <= 0.5
    assert 0 < ask(first(failure(429, "slow", Retry_After="Fri, 31 Dec 1999")))[2][0] <= 0.5


def test_a_silent_server_is_given_up_on():
    with pytest.raises(
        NoAnswerError, match=r"127\.0\.0\.1:\d+ gives no answer \(2 attempts\)(.|\n)*repeat the command"
    ):
        ask(lambda *_: Reply(wait=2), timeout=0.2, attempts=2)


def test_a_dead_server_is_given_up_on_after_growing_pauses():
    pauses = []
    server = ChatServer("http://127.0.0.1:9/v1", ServerSettings(attempts=4), pauses.append)
    with pytest.raises(NoAnswerError, match="gives no answer"):
        server.ask(REQUEST)
    assert [low < pause <= 2 * low for low, pause in zip((0.25, 0.5, 1), pauses, strict=True)] == [True] * 3


def test_a_reply_that_is_never_a_completion_is_an_outcome():
    answer, stub, _ = ask(lambda *_: Reply(body=b"oops"), attempts=6)
    assert (answer.outcome, len(stub.requests)) == (Outcome.UNUSABLE, 2)  # each may cost as much as an answer
    assert "not JSON" in answer.reason


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply("half a sent", finish="length"), Outcome.TRUNCATED),
        (Reply("", finish="content_filter"), Outcome.REFUSED),
        (Reply("", refusal="I cannot help with that."), Outcome.REFUSED),
        (failure(400, "context length exceeded"), Outcome.REJECTED),
        (failure(413, "too large"), Outcome.REJECTED),
        (failure(422, "bad picture"), Outcome.REJECTED),
    ],
)
def test_outcomes(reply, outcome):
    answer, stub, _ = ask(lambda *_: reply)
    assert (answer.outcome, len(stub.requests)) == (outcome, 1)


@pytest.mark.parametrize(
    "body", [b'{"choices":[{"message":{"content":null}}]}', b'{"choices":[{"message":{"content":7}}]}']
)
def test_an_empty_answer_is_an_answer(body):
    assert ask(lambda *_: Reply(body=body))[0].text == ""


def test_an_answer_in_parts_is_joined():
    body = b'{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"},7]}}],"usage":[]}'
    answer, *_ = ask(lambda *_: Reply(body=body))
    assert (answer.text, answer.prompt_tokens) == ("ab", None)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (failure(401, f"Incorrect API key provided: {KEY}"), "set OPENAI_API_KEY"),
        (failure(403, "no access"), "set OPENAI_API_KEY"),
        (failure(404, "no such model"), "the name of the model: stub"),
        (Reply(body=b"", status=307, headers={"Location": "http://127.0.0.1:9/v1/chat/completions"}), "redirects"),
    ],
)
def test_a_server_that_takes_nothing_ends_the_asking(reply, said):
    with pytest.raises(ServerRefusesError) as error:
        ask(lambda *_: reply)
    assert said in str(error.value)
    assert KEY not in str(error.value)


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (400, "API key not valid", "set OPENAI_API_KEY"),
        (400, "'temperature' does not support 0 with this model", "--set llm.temperature=default"),
        (402, "payment required", "see what the server asks for"),
        (407, "proxy", "see what the server asks for"),
    ],
)
def test_what_would_refuse_every_question_is_no_answer_to_one(status, message, said):
    with pytest.raises(ServerRefusesError, match=said):
        ask(lambda *_: failure(status, message))


def test_the_key_is_in_no_traceback_and_no_answer():
    """Servers repeat it: in errors, in the name of the model, in texts."""
    for status in (401, 403, 404, 402):
        with pytest.raises(ServerRefusesError) as error:
            ask(lambda *_, status=status: failure(status, f"Bearer {KEY}"))
        assert KEY not in "".join(traceback.format_exception(error.value))
    body = json.dumps({"model": f"m {KEY}", "choices": [{"message": {"content": KEY, "refusal": KEY}}]}).encode()
    answer, *_ = ask(lambda *_: Reply(body=body))
    assert KEY not in answer.model_dump_json()


def test_threads_adapt_together():
    """All of them are told at once that there are no schemas: none takes that for a rejection of its question."""

    def answer(body, _):
        if "response_format" in body or "max_tokens" in body:
            field = "response_format" if "response_format" in body else "use max_completion_tokens"
            return replace(failure(400, f"unsupported: {field}"), wait=0.05)
        return Reply("fine")

    with stub_server(answer) as stub:
        server = ChatServer(stub.url)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: server.ask(SCHEMED), range(24)))
    assert {item.outcome for item in answers} == {Outcome.ANSWERED}


def test_a_reply_that_trickles_is_given_up_on():
    """Each byte comes in time, the reply does not: bodies, and headers."""
    for part in ("headers", "body"):
        with trickling_server(part) as url, pytest.raises(NoAnswerError):
            ChatServer(url, ServerSettings(timeout=1, attempts=2), lambda _: False).ask(REQUEST)


def test_every_reply_that_may_cost_is_charged():
    charged = []
    replies = [Reply(cut=30), Reply(body=b"oops"), failure(500, "no"), Reply("fine")]
    with stub_server(lambda _, number: replies[number]) as stub:
        ChatServer(stub.url, ServerSettings(), lambda _: False).ask(REQUEST, lambda: charged.append(1))
    assert len(charged) == 2


def test_an_empty_account_ends_the_asking():
    body = b'{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}'
    with pytest.raises(ServerRefusesError, match="exceeded your quota"):
        ask(lambda *_: Reply(body=body, status=429))


def test_a_server_without_schemas_is_asked_without():
    def answer(body, _):
        return failure(400, "unknown field response_format") if "response_format" in body else Reply("free")

    answer, stub, _ = ask(answer, SCHEMED)
    assert (answer.text, answer.structured, len(stub.requests)) == ("free", False, 2)
    answer, stub, _ = ask(lambda *_: Reply("{}"), SCHEMED)
    assert answer.structured
    schema = stub.requests[0]["response_format"]["json_schema"]
    assert (schema["strict"], schema["schema"]) == (True, {"type": "object"})


def test_a_server_that_wants_the_newer_name_of_the_length_gets_it():
    def answer(body, _):
        return failure(400, "Use 'max_completion_tokens' instead.") if "max_tokens" in body else Reply("fine")

    _, stub, _ = ask(answer)
    assert stub.requests[1]["max_completion_tokens"] == 512


def test_the_key_is_in_no_reason():
    answer, *_ = ask(lambda *_: failure(400, f"bad request with {KEY}"))
    assert answer.reason == "400 bad request with ***"


def test_requests_per_minute_are_limited():
    pauses = []
    with stub_server(lambda *_: Reply()) as stub:
        server = ChatServer(stub.url, ServerSettings(per_minute=6), pauses.append)
        for _ in range(3):
            server.ask(REQUEST)
    assert [round(pause) for pause in pauses] == [10, 20]


def test_a_closed_server_is_not_asked():
    with stub_server(lambda *_: Reply()) as stub:
        server = ChatServer(stub.url)
        server.close()
        with pytest.raises(AskingStoppedError):
            server.ask(REQUEST)
    assert stub.requests == []


def test_the_address_comes_from_the_environment(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert server_address() == "https://api.openai.com/v1"
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(MissingInputError, match="OPENAI_BASE_URL"):
        server_address()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://user:word@host:8000/v1")
    assert shown_address(server_address()) == "http://host:8000"


@pytest.mark.parametrize(
    "address", ["http://[::1", "user:word@host/v1", "localhost:7001/v1", "ftp://host", "http://", "x"]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(monkeypatch, address):
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(ConfigError, match="not an address") as error:
        require_server()
    assert "word" not in str(error.value)


@pytest.mark.parametrize("key", ["sk-\u2026", "sk-a\nsk-b"])
def test_what_is_no_key_is_refused(monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as error:
        require_server()
    assert key not in str(error.value)
