"""Guards outside, asked through Envoy's clusters: before the model, beside it or after it, with a verdict, a failure, or a
memory; one of them is the real Presidio."""

import http.server
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time

import pytest

from rig import CLIENT_KEY, add_cluster, fold_chat, fold_messages, gateway_config
from rig import http as request
from test_proof import stream_of
from upstream import Answer

CLEAN, BAD = "a clean text", "a bad text about Jörg Müller, really"


class Guard:
    """A guard that is scripted: finds `bad`, and names, in code points as Presidio counts them."""

    def __init__(self):
        self.asked, self.status, self.delay = [], 200, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.asked.append((self.path, body, dict(self.headers)))
                time.sleep(outer.delay)
                text = body.get("text") or ""
                at = text.find("Jörg Müller")
                spans = [{"start": at, "end": at + 11, "entity_type": "PERSON", "score": 0.9}] if at >= 0 else []
                answer = spans if self.path == "/analyze" else {"flagged": "bad" in text, "reason": "bad word"}
                raw = json.dumps(answer).encode()
                self.send_response(outer.status)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]


@pytest.fixture
def guard():
    guard = Guard()
    yield guard
    guard.server.shutdown()


@pytest.fixture
def hooked(guard):
    """Starts an Envoy whose gateway asks that guard."""
    from rig import Rig

    started = []

    def start(**hook):
        hook = {"cluster": "guard", "adapter": {"webhook": {"path": "/check"}}} | hook
        config = gateway_config(policies=[{"guard": {"rules": [{"hook": hook}]}}])
        started.append(Rig(config, change=lambda bootstrap: add_cluster(bootstrap, "guard", guard.port)))
        started[-1].reset()
        return started[-1]

    yield start
    for rig in started:
        rig.stop()


def untouched(rig):
    return not any(upstream.requests for upstream in rig.upstreams.values())


def test_before_the_model_the_request_waits(guard, hooked):
    rig = hooked(headers={"x-key": {"inline": "s3cret"}})
    assert rig.chat(text=CLEAN).status == 200
    path, body, headers = guard.asked[0]
    assert path == "/check" and body["text"] == CLEAN and {k.lower(): v for k, v in headers.items()}["x-key"] == "s3cret"
    rig.upstreams["openai"].reset()
    reply = rig.chat(text=BAD)
    assert reply.status == 400 and reply.json["error"]["code"] == "content_blocked" and untouched(rig)
    # A verdict is remembered.
    seen = len(guard.asked)
    assert rig.chat(text=BAD).status == 400 and rig.chat(text=CLEAN).status == 200
    assert len(guard.asked) == seen


@pytest.mark.parametrize("on_error, status", [("deny", 503), ("allow", 200)])
def test_a_guard_that_fails_or_is_slow(guard, hooked, on_error, status):
    rig = hooked(on_error=on_error, timeout_ms=300)
    guard.status = 500
    assert rig.chat(text=CLEAN).status == status
    guard.status, guard.delay = 200, 1
    started = time.monotonic()
    assert rig.chat(text=CLEAN).status == status
    assert time.monotonic() - started < 0.9


@pytest.mark.parametrize("stream", [False, True])
def test_beside_the_model_only_the_answer_waits(guard, hooked, stream):
    rig = hooked(when="beside", cache_secs=0)
    guard.delay = 0.3
    assert rig.chat(text=CLEAN, stream=stream).complete
    reply = rig.chat(text=BAD, stream=stream)
    assert reply.status == 400 and b"really" not in reply.body
    assert len(rig.upstreams["openai"].requests) == 2


def test_presidios_spans_are_taken_out_where_they_stand(guard, hooked):
    rig = hooked(adapter={"presidio": {}}, action="redact")
    assert rig.chat(text="Ä \\ \"x\" with Jörg Müller and 😀").status == 200
    [request] = rig.upstreams["openai"].requests
    assert request.json["messages"][0]["content"] == "Ä \\ \"x\" with <PERSON> and 😀"



FORMATS = {"chat": "gpt-4o-mini", "messages": "claude-haiku-4-5"}


def said(reply, stream, surface):
    if surface == "chat":
        message = fold_chat(reply.events)[0] if stream else reply.json["choices"][0]["message"]
        return message["content"]
    content = fold_messages(reply.events)[0] if stream else reply.json["content"]
    return "".join(block.get("text", "") for block in content)


@pytest.mark.parametrize("surface", FORMATS)
@pytest.mark.parametrize("stream", [False, True])
def test_after_the_model_nothing_of_an_answer_goes_on_that_the_guard_has_not_seen(guard, hooked, stream, surface):
    rig = hooked(when="after", cache_secs=0)
    ask = getattr(rig, surface)
    # The providers say again what they are told.
    reply = ask(text=CLEAN, stream=stream)
    assert reply.status == 200 and reply.complete and CLEAN in said(reply, stream, surface)
    path, body, _ = guard.asked[-1]
    assert (path, body["direction"], body["user"]) == ("/check", "response", [CLEAN]) and CLEAN in body["text"]
    guard.delay = 0.3
    reply = ask(text=BAD, stream=stream)
    assert reply.status == 400 and b"really" not in reply.body and b"hook.webhook" in reply.body
    assert reply.header("x-postern-error-source") == "gateway-policy"
    assert len(guard.asked) == 2
    passed, refused = rig.records(2)
    assert passed["gen_ai.usage.output_tokens"] and refused["gen_ai.usage.output_tokens"]
    [finding] = refused["postern.policies"]
    assert (finding["found"], finding["action"], finding["direction"]) == ("hook.webhook", "refuse", "response")


@pytest.mark.parametrize("on_error, status", [("deny", 503), ("allow", 200)])
@pytest.mark.parametrize("stream", [False, True])
def test_after_the_model_a_guard_that_fails(guard, hooked, stream, on_error, status):
    rig = hooked(when="after", on_error=on_error, timeout_ms=300)
    guard.status = 500
    reply = rig.chat(text=CLEAN, stream=stream)
    assert reply.status == status and (CLEAN.encode() in reply.body) == (status == 200 and not stream)
    guard.status, guard.delay = 200, 1
    assert rig.chat(text=CLEAN, stream=stream).status == status
    guard.server.shutdown()
    guard.server.server_close()
    assert rig.chat(text=CLEAN, stream=stream).status == status


@pytest.mark.parametrize("surface", FORMATS)
@pytest.mark.parametrize("stream", [False, True])
def test_after_the_model_presidios_spans_are_taken_out(guard, hooked, stream, surface):
    rig = hooked(when="after", adapter={"presidio": {}}, action="redact")
    reply = getattr(rig, surface)(text="Ä \\ \"x\" with Jörg Müller, 😀 and Jörg Müllers cat", stream=stream)
    assert "Ä \\ \"x\" with <PERSON>, 😀 and Jörg Müllers cat" in said(reply, stream, surface)
    [request] = [one for upstream in rig.upstreams.values() for one in upstream.requests]
    assert "Jörg Müller," in json.dumps(request.json, ensure_ascii=False)


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_cannot_be_taken_out_does_not_pass(guard, hooked, when):
    # The webhook flags, and does not say where.
    rig = hooked(when=when, action="redact")
    reply = rig.chat(text=BAD)
    assert reply.status == 400 and b"really" not in reply.body and untouched(rig) == (when == "before")
    assert rig.chat(text=CLEAN).status == 200


def test_after_the_model_of_two_guards_one_of_which_cannot_be_asked(guard):
    from rig import Rig

    rules = [
        {"hook": {"cluster": cluster, "adapter": {"webhook": {"path": "/check"}}, "when": "after", "cache_secs": 0}}
        for cluster in ("guard", "nowhere")
    ]
    config = gateway_config(policies=[{"guard": {"rules": rules}}])
    rig = Rig(config, change=lambda bootstrap: add_cluster(bootstrap, "guard", guard.port))
    try:
        rig.reset()
        guard.delay = 0.3
        for stream in (False, True):
            reply = rig.chat(text=CLEAN, stream=stream)
            assert reply.status == 503 and reply.complete and reply.json["error"]["code"] == "guard_unavailable"
        # The first guard's answer finds nobody, and disturbs nobody.
        time.sleep(0.5)
        assert len(guard.asked) == 2 and rig.chat(text=CLEAN).status == 503
    finally:
        rig.stop()


@pytest.mark.parametrize("stream", [False, True])
def test_after_the_model_an_answer_larger_than_envoy_holds_is_told(guard, hooked, stream):
    rig = hooked(when="after", max_text_bytes=4_000_000, timeout_ms=5_000)
    words = ["word " * 200] * 4_000
    message = {"role": "assistant", "content": "".join(words)}
    whole = Answer.json({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    rig.upstreams["openai"].script(stream_of(words) if stream else whole)
    reply = rig.chat(text="Go on", stream=stream, timeout=60)
    # All of it or an error: never a beginning that looks whole.
    told = reply.status >= 400 and reply.complete and "error" in reply.json
    assert told or reply.status == 200 and said(reply, stream, "chat") == message["content"], (reply.status, reply.body[:300])
    assert rig.chat(text=CLEAN).status == 200


def test_after_the_model_an_answer_is_marked(guard, hooked):
    rig = hooked(when="after", action="annotate")
    assert rig.chat(text=BAD).header("x-postern-guard") == "hook.webhook"
    assert rig.chat(text=BAD, stream=True).header("x-postern-guard") == "hook.webhook"
    assert rig.chat(text=CLEAN).header("x-postern-guard") is None
    # An error is nothing a model has said.
    asked = len(guard.asked)
    rig.upstreams["openai"].script(Answer.json({"error": {"message": "bad"}}, 400))
    assert rig.chat(text=CLEAN).status == 400 and len(guard.asked) == asked


def test_a_client_that_leaves_while_its_answer_is_judged(guard, hooked):
    rig = hooked(when="after", cache_secs=0)
    guard.delay = 1
    body = {"model": FORMATS["chat"], "messages": [{"role": "user", "content": CLEAN}]}
    headers = [("authorization", f"Bearer {CLIENT_KEY}"), ("content-type", "application/json")]
    with socket.create_connection(("127.0.0.1", rig.port)) as client:
        client.sendall(request("POST", "/v1/chat/completions", json.dumps(body).encode(), headers))
        rig.wait_for("the guard to be asked", lambda: guard.asked)
    [record] = rig.records()
    assert record["gen_ai.usage.output_tokens"] and record["postern.hung_up"]
    guard.delay = 0
    assert rig.chat(text=CLEAN).status == 200


@pytest.fixture(scope="module")
def presidio():
    """The real analyzer, as a service; its port."""
    program = pathlib.Path(__file__).parent / "presidio_server.py"
    service = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    yield int(service.stdout.readline())
    service.terminate()
    service.wait()


@pytest.fixture(scope="module")
def analyzed(presidio):
    """An Envoy whose gateway asks the real analyzer, before the model and after it."""
    from rig import Rig

    rules = [
        {"hook": {"cluster": "presidio", "adapter": {"presidio": {"entities": FOUND}}, "when": when, "action": "redact"}}
        for when in ("before", "after")
    ]
    config = gateway_config(policies=[{"guard": {"rules": rules}}])
    rig = Rig(config, change=lambda bootstrap: add_cluster(bootstrap, "presidio", presidio))
    yield rig
    rig.stop()


FOUND = ["EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN"]
PERSONAL = 'Ä 😀 "to" jo@example.com, card 4111 1111 1111 1111 and DE89 3704 0044 0532 0130 00, über 5 €'
MASKED = 'Ä 😀 "to" <EMAIL_ADDRESS>, card <CREDIT_CARD> and <IBAN_CODE>, über 5 €'


@pytest.mark.parametrize("surface", FORMATS)
@pytest.mark.parametrize("stream", [False, True])
def test_the_real_presidio_before_the_model(analyzed, stream, surface):
    analyzed.reset()
    assert MASKED in said(getattr(analyzed, surface)(text=PERSONAL, stream=stream), stream, surface)
    [sent] = [request for upstream in analyzed.upstreams.values() for request in upstream.requests]
    assert sent.json["messages"][0]["content"] == MASKED
    [record] = analyzed.records()
    [finding] = record["postern.policies"]
    assert (finding["found"], finding["action"], finding["direction"]) == ("hook.presidio", "redact", "request")
    assert finding["count"] == 3


@pytest.mark.parametrize("stream", [False, True])
def test_the_real_presidio_after_the_model(analyzed, stream):
    analyzed.reset()
    message = {"role": "assistant", "content": PERSONAL}
    whole = Answer.json({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    analyzed.upstreams["openai"].script(stream_of(re.findall(r"\S+\s*", PERSONAL)) if stream else whole)
    assert MASKED in said(analyzed.chat(text="Who?", stream=stream), stream, "chat")
    [finding] = analyzed.records()[0]["postern.policies"]
    assert (finding["found"], finding["direction"], finding["count"]) == ("hook.presidio", "response", 3)
