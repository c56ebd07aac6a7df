"""Answers are bought once: by threads, processes and repeated runs, and within a budget."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from chat_stub import Reply, failure, stub_server

from mnerbench.datasets.chat.answer import Outcome
from mnerbench.datasets.chat.answer_store import AnswerStore
from mnerbench.datasets.chat.asking import Asker
from mnerbench.datasets.chat.budget import Budget, Price, Prices, parse_budget, read_prices
from mnerbench.datasets.chat.errors import BudgetSpentError, NoAnswerError
from mnerbench.datasets.chat.ledger import LEDGER, Ledger
from mnerbench.datasets.chat.request import ChatMessage, ChatRequest
from mnerbench.datasets.chat.server import ChatServer, ServerSettings
from mnerbench.datasets.errors import ConfigError, DiskError, StoreError

KEY = "sk-very-secret"
NO_LIMIT, NO_PRICES = Budget(), Prices()


def question(number):
    return ChatRequest("stub", (ChatMessage("user", (f"Who is in tweet {number}?",)),), max_tokens=100)


def asker(stub, folder, *, budget=NO_LIMIT, prices=NO_PRICES, threads=4):
    """One with an own ledger, as another run or process would have."""
    server = ServerSettings(attempts=2, timeout=5)
    ledger = Ledger(folder / "runs", budget, prices)
    return Asker(lambda: ChatServer(stub.url, server, lambda _: False), AnswerStore(folder), ledger, threads)


def echo(body, _):
    return Reply(body["messages"][-1]["content"])


def test_answers_are_in_the_order_of_requests_and_stored(tmp_path):
    requests = [question(number % 20) for number in range(50)]
    arrived = []
    with stub_server(lambda body, number: Reply(body["messages"][0]["content"], wait=0.02 * (number % 3))) as stub:
        first = asker(stub, tmp_path).ask(requests, arrived.append)
        again = asker(stub, tmp_path).ask(requests)
    assert [answer.text for answer in first.answers] == [f"Who is in tweet {number % 20}?" for number in range(50)]
    assert (first.bought, again.bought, len(stub.requests)) == (20, 0, 20)
    assert again.answers == first.answers
    assert sum(arrived) == 50


def test_two_runs_at_once_buy_an_answer_once(tmp_path):
    requests, bought = [question(number) for number in range(40)], []
    with stub_server(lambda body, _: Reply(body["messages"][0]["content"], wait=0.01)) as stub:
        runs = [
            threading.Thread(target=lambda: bought.append(asker(stub, tmp_path).ask(requests).bought)) for _ in "ab"
        ]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
    assert (len(stub.requests), sum(bought)) == (40, 40)


ASK = """
import sys
from pathlib import Path
from mnerbench.datasets.chat.settings import ChatSettings, open_asker
from mnerbench.datasets.chat.request import ChatMessage, ChatRequest
requests = [ChatRequest("stub", (ChatMessage("user", (f"Who is in tweet {n}?",)),)) for n in range(300)]
folder = Path(sys.argv[1])
open_asker(folder, folder / "runs", ChatSettings(threads=4)).ask(requests)
"""


def test_a_kill_loses_only_requests_under_way(tmp_path):
    """Whatever the server has sent and the process has read is on disk; at most one request per thread is repeated."""
    threads, kills = 4, 3
    with stub_server(lambda body, _: Reply(body["messages"][0]["content"], wait=0.02)) as stub:
        environment = {**os.environ, "OPENAI_BASE_URL": stub.url, "OPENAI_API_KEY": KEY}
        for kill in range(kills + 1):
            process = subprocess.Popen([sys.executable, "-c", ASK, str(tmp_path)], env=environment)
            while kill < kills and len(stub.requests) < 60 * (kill + 1) and process.poll() is None:
                time.sleep(0.01)
            if kill < kills:
                process.send_signal(signal.SIGKILL)
            assert process.wait(120) == (-signal.SIGKILL if kill < kills else 0)
    assert 300 <= len(stub.requests) <= 300 + kills * threads
    texts = [body["messages"][0]["content"] for body in stub.requests]
    assert len(set(texts)) == 300
    assert not any(KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_dead_server_ends_the_asking_and_keeps_what_arrived(tmp_path):
    requests = [question(number) for number in range(30)]
    with stub_server(lambda body, n: echo(body, n) if n < 10 else failure(500, "down")) as stub:
        with pytest.raises(NoAnswerError, match="500 down"):
            asker(stub, tmp_path, threads=1).ask(requests)
        assert len(stub.requests) == 12  # ten answers, and two attempts
    with stub_server(echo) as stub:
        assert asker(stub, tmp_path).ask(requests).bought == 20


def test_an_unusable_reply_is_not_stored(tmp_path):
    with stub_server(lambda body, n: Reply(body=b"oops") if n < 2 else echo(body, n)) as stub:
        assert asker(stub, tmp_path).ask([question(0)]).answers[0].outcome is Outcome.UNUSABLE
        assert asker(stub, tmp_path).ask([question(0)]).answers[0].outcome is Outcome.ANSWERED


def test_a_stop_between_answers_ends_the_asking(tmp_path):
    class StopError(Exception):
        pass

    def stop(_):
        if len(stub.requests) >= 5:
            raise StopError

    with stub_server(lambda body, _: Reply(body["messages"][0]["content"], wait=0.05)) as stub:
        with pytest.raises(StopError):
            asker(stub, tmp_path, threads=2).ask([question(number) for number in range(100)], stop)
        assert len(stub.requests) < 15
        assert stub.sent == len(stub.requests)


def test_a_budget_of_requests_is_never_exceeded(tmp_path):
    requests = [question(number) for number in range(30)]
    with stub_server(echo) as stub:
        with pytest.raises(BudgetSpentError, match=r"requests = 12(.|\n)*raise it by --budget"):
            asker(stub, tmp_path, budget=Budget(requests=12)).ask(requests)
        assert len(stub.requests) == 12
        with pytest.raises(BudgetSpentError):  # of the results folder, not of a command
            asker(stub, tmp_path, budget=Budget(requests=12)).ask(requests)
        assert len(stub.requests) == 12
        assert asker(stub, tmp_path, budget=Budget(requests=30)).ask(requests).bought == 18


@pytest.mark.parametrize(("budget", "asked"), [(Budget(tokens=1000), 9), (Budget(money=0.002), 3)])
def test_a_budget_covers_the_longest_answer(tmp_path, budget, asked):
    """A request costs 100 and 5 tokens, as the stub counts; 6 and 100, the longest answer, are set aside."""
    prices = Prices("USD", (("stub", Price(prompt=3, completion=12)),))
    with stub_server(echo) as stub, pytest.raises(BudgetSpentError):
        asker(stub, tmp_path, budget=budget, prices=prices, threads=1).ask([question(number) for number in range(30)])
    spent = Ledger(tmp_path / "runs", Budget(), prices).spent()
    assert len(stub.requests) == spent.requests == asked
    assert budget.exceeded_by(spent) is None


def test_requests_under_way_do_not_end_a_budget_that_suffices(tmp_path):
    """A request sets aside 406 tokens and costs 105: enough for two at a time, and for five one after the other."""
    requests = [replace(question(number), max_tokens=400) for number in range(5)]
    with stub_server(lambda body, number: replace(echo(body, number), wait=0.02)) as stub:
        assert asker(stub, tmp_path, budget=Budget(tokens=850), threads=8).ask(requests).bought == 5


def test_processes_share_a_budget(tmp_path):
    with stub_server(lambda body, _: Reply(body["messages"][0]["content"], wait=0.02)) as stub:
        askers = [asker(stub, tmp_path, budget=Budget(requests=20)) for _ in range(3)]  # each with a ledger of its own
        errors = []

        def ask(number):
            try:
                askers[number].ask([question(1000 * number + n) for n in range(30)])
            except BudgetSpentError as error:
                errors.append(error)

        threads = [threading.Thread(target=ask, args=[number]) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(stub.requests), len(errors)) == (20, 3)


def test_a_budget_of_money_needs_a_price(tmp_path):
    prices = Prices("USD", (("other", Price(prompt=1, completion=1)),))
    with stub_server(echo) as stub, pytest.raises(BudgetSpentError, match="no price of the model 'stub'"):
        asker(stub, tmp_path, budget=Budget(money=1), prices=prices).ask([question(1)])
    assert stub.requests == []


def test_replies_that_cannot_be_used_are_paid_and_rejections_are_not(tmp_path):
    with stub_server(lambda *_: Reply(body=b"oops")) as stub:
        asker(stub, tmp_path).ask([question(0)])
    assert Ledger(tmp_path / "runs", Budget(), NO_PRICES).spent().requests == len(stub.requests) == 2
    with stub_server(lambda *_: failure(400, "too long")) as stub:
        for _ in range(2):  # not stored: the next run asks again
            assert asker(stub, tmp_path).ask([question(1)]).answers[0].outcome is Outcome.REJECTED
    assert len(stub.requests) == 2
    assert Ledger(tmp_path / "runs", Budget(), NO_PRICES).spent().requests == 2


def test_a_line_after_one_that_was_cut_is_read(tmp_path):
    with stub_server(echo) as stub:
        asker(stub, tmp_path).ask([question(0)])
        path = tmp_path / "runs" / LEDGER
        path.write_bytes(path.read_bytes() + b'{"requests": 1, "pro')
        asker(stub, tmp_path).ask([question(1)])
    assert Ledger(tmp_path / "runs", Budget(), NO_PRICES).spent().requests == 2


def test_a_cache_that_cannot_be_written_is_a_full_disk_not_a_failed_run(tmp_path):
    (tmp_path / "answers").write_text("a file, not a folder", encoding="utf-8")
    with stub_server(echo) as stub, pytest.raises(DiskError, match="choose another --cache"):
        asker(stub, tmp_path).ask([question(0)])
    assert stub.requests == []


def test_spending_is_summed_over_processes_and_skips_damaged_lines(tmp_path):
    prices = Prices("USD", (("stub", Price(prompt=1000, completion=2000)),))
    with stub_server(lambda *_: Reply("x" * 40)) as stub:
        asker(stub, tmp_path, prices=prices).ask([question(number) for number in range(3)])
    path = tmp_path / "runs" / LEDGER
    path.write_bytes(path.read_bytes() + b'{"prompt": 1\nnonsense\n{"prompt": 1')
    spent = Ledger(tmp_path / "runs", Budget(), prices).spent()
    assert (spent.requests, spent.prompt_tokens, spent.completion_tokens) == (3, 300, 30)
    assert spent.money == pytest.approx(0.36)


def test_a_stored_answer_has_its_question_and_survives_only_whole(tmp_path, caplog):
    request, store = question(1), AnswerStore(tmp_path)
    with stub_server(echo) as stub:
        asker(stub, tmp_path).ask([request])
    [path] = list((tmp_path / "answers").rglob("*.json"))
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["request"]["messages"] == [{"role": "user", "content": "Who is in tweet 1?"}]
    assert path.stem == request.key == stored["key"]
    path.write_text(path.read_text(encoding="utf-8")[:-30], encoding="utf-8")
    assert store.get(request.key) is None
    assert "a damaged answer; it is asked for again" in caplog.text
    stored["key"] = "0" * 64
    path.write_text(json.dumps(stored), encoding="utf-8")
    assert store.get(request.key) is None
    path.unlink()
    path.symlink_to(tmp_path.parent / "elsewhere.json")
    with pytest.raises(StoreError):
        store.get(request.key)


def test_equal_requests_have_equal_keys_and_others_have_not():
    base = question(1)
    others = [
        question(2),
        ChatRequest("other", base.messages, max_tokens=100),
        ChatRequest("stub", base.messages, max_tokens=101),
        ChatRequest("stub", base.messages, 0.5, 100),
        ChatRequest("stub", base.messages, 0.0, 100, 1),
        ChatRequest("stub", base.messages, max_tokens=100, schema={"type": "object"}),
    ]
    assert question(1).key == base.key
    assert len({request.key for request in [base, *others]}) == 7


@pytest.mark.parametrize(
    "text", ["requests", "requests=", "requests=x", "requests=-1", "requests=nan", "cats=3", "tokens=inf"]
)
def test_a_malformed_budget_is_refused(text):
    with pytest.raises(ConfigError, match="requests=2000"):
        parse_budget([text])


def test_budgets_and_prices_are_read(tmp_path):
    assert parse_budget(["requests=2000", "tokens=1e6", "money=0"]) == Budget(2000, 1e6, 0)
    with pytest.raises(ConfigError, match="given before"):
        parse_budget(["money=1", "money=2"])
    path = tmp_path / "prices.toml"
    path.write_text('currency = "USD"\n[models."m-1"]\nprompt = 0.15\ncompletion = 0.6\n', encoding="utf-8")
    assert read_prices(path).of("m-1", 2_000_000, 1_000_000) == pytest.approx(0.9)
    assert read_prices(path).of("m-2", 1, 1) is None
    for wrong in (
        '[models."m"]\nprompt = -1\ncompletion = 0',
        "x = 1",
        "models = 3",
        '[models."m"]\nprompt = 1',
        "currency = 3",
    ):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigError, match="currency"):
            read_prices(path)
