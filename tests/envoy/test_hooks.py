"""Guards outside, asked through Envoy's clusters: before the model or beside it, with a verdict, a failure, or a memory."""

import http.server
import json
import threading
import time

import pytest

from rig import add_cluster, gateway_config

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
