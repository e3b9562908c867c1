"""A panic in our own code costs one request a 500, and nothing else: not the VM, not the streams beside it.

Needs the test-only build `dist/postern-planted-panic.wasm`, which panics in the callback that a request's
`x-postern-plant` header names. The shipped module has no such header.
"""

import threading

import pytest

from rig import WASM, chain, clusters, connection_manager, plugin
from upstream import Answer

PLANTED = WASM.with_name("postern-planted-panic.wasm")


def planted(bootstrap):
    for http_filter in [
        connection_manager(bootstrap)["http_filters"][0],
        *(chain(cluster)[0] for cluster in clusters(bootstrap)),
    ]:
        plugin(http_filter)["vm_config"]["code"]["local"]["filename"] = str(PLANTED)


@pytest.fixture
def rig(rigs):
    if not PLANTED.exists():
        pytest.skip(f"no dist/{PLANTED.name}: `make build-planted-panic` makes it")
    return rigs(change=planted)


@pytest.mark.parametrize("surface", ["chat", "messages"])
@pytest.mark.parametrize("place", ["request_headers", "request_body", "response_headers"])
def test_a_panic_is_one_500_in_the_callers_format(rig, surface, place):
    slow = rig.upstreams["openai"].respond
    rig.upstreams["openai"].respond = lambda request, keys: Answer(
        200, (full := slow(request, keys)).headers, full.chunks, delay=0.1
    )
    beside = []
    stream = threading.Thread(target=lambda: beside.append(rig.chat(text="a stream beside it", stream=True)))
    try:
        stream.start()
        rig.wait_for("the stream beside it", lambda: rig.upstreams["openai"].requests)
        reply = getattr(rig, surface)(headers=[("x-postern-plant", place)])
    finally:
        stream.join()
        rig.upstreams["openai"].respond = slow
    assert reply.status == 500 and reply.json["error"]["message"], reply
    [record] = [record for record in rig.records(2) if record["http.response.status_code"] == 500]
    assert record["error.type"] == "internal_error" and record["postern.error_source"] == "gateway"
    assert (reply.json.get("type") == "error") == (surface == "messages")
    assert beside[0].complete and beside[0].events[-1] == "[DONE]"
    assert rig.chat().status == 200


def test_a_panic_in_the_middle_of_a_stream_ends_only_that_stream(rig):
    reply = rig.chat(stream=True, headers=[("x-postern-plant", "response_body")])
    assert "[DONE]" not in reply.events
    assert rig.chat().status == 200


def test_panics_again_and_again_disturb_nobody(rig):
    for _ in range(50):
        assert rig.chat(headers=[("x-postern-plant", "request_body")]).status == 500
        assert rig.chat().status == 200
    assert rig.metric("postern_internal_errors") >= 50


def test_the_shipped_module_knows_no_plant(rigs):
    assert rigs().chat(headers=[("x-postern-plant", "request_headers")]).status == 200
