"""Everything that is no chat turn, through the real Envoy: vectors, ranks, pictures, sound, counts, and what only passes."""

import base64
import json
import struct

import pytest

from rig import CLIENT_KEY, clone_cluster, connection_manager, gateway_config, send
from upstream import Answer

KEY = {"inline": "sk-cohere-provider-secret"}
COHERE = {"version": 1, "provider": {"preset": "cohere", "key": KEY}}
JINA = {"version": 1, "provider": {"preset": "jina", "key": KEY}}
SERVER = {"version": 1, "provider": {"preset": "model_server", "host": "models.test", "key": KEY}}
TENANTS = [
    {
        "id": "acme",
        "models": ["*"],
        "passthrough": ["*"],
        "keys": [{"id": "acme-laptop", "sha256": "438305b38e71aa9cb9b43b3d9997657fc37ab1bdf08cb924b44ccdf07bfc77f1"}],
    }
]
PASSTHROUGH = [
    {"name": "files", "path": "/v1/files", "cluster": "openai", "max_body_bytes": 100_000_000},
    {"name": "batches", "path": "/v1/batches", "cluster": "openai"},
    {"name": "responses", "path": "/v1/responses", "cluster": "openai", "methods": ["GET", "DELETE"]},
    {"name": "realtime", "path": "/v1/realtime", "cluster": "openai", "methods": ["GET"]},
    {"name": "mlflow", "path": "/ml/fraud", "upstream_path": "", "cluster": "models", "methods": ["POST"]},
    {"name": "triton", "path": "/v2/models/{model}", "cluster": "models"},
]
MODELS = [
    {"name": "text-embedding-3-small", "targets": [{"cluster": "openai"}]},
    {"name": "vectors", "targets": [{"cluster": "openai"}, {"cluster": "cohere", "model": "embed-v4.0"}]},
    {"name": "embed-v4.0", "targets": [{"cluster": "cohere"}]},
    {"name": "rerank-v3.5", "targets": [{"cluster": "cohere"}]},
    {"name": "jina-*", "targets": [{"cluster": "jina"}]},
    {"name": "gpt-*", "targets": [{"cluster": "openai"}]},
    {"name": "omni-moderation-latest", "targets": [{"cluster": "openai"}]},
    {"name": "whisper", "targets": [{"cluster": "openai", "model": "whisper-1"}]},
    {"name": "claude-*", "targets": [{"cluster": "anthropic"}]},
]
GATEWAY = gateway_config(tenants=TENANTS, models=MODELS, passthrough=PASSTHROUGH, policies=[])
REDACTING = gateway_config(tenants=TENANTS, models=MODELS, passthrough=PASSTHROUGH, policies=[{"redact": {}}])
PROVIDERS = {"cohere": COHERE, "jina": JINA, "models": SERVER}


def with_clusters(bootstrap):
    for name, config in PROVIDERS.items():
        cluster = clone_cluster(bootstrap, "openai", name)
        cluster["metadata"]["filter_metadata"]["postern"]["provider"] = config["provider"]["preset"]
    connection_manager(bootstrap)["upgrade_configs"] = [{"upgrade_type": "websocket"}]


@pytest.fixture
def gateway(rigs):
    return rigs(GATEWAY, PROVIDERS, change=with_clusters)


@pytest.fixture
def redacting(rigs):
    return rigs(REDACTING, PROVIDERS, change=with_clusters)


def pack(*floats):
    return base64.b64encode(struct.pack(f"<{len(floats)}f", *floats)).decode()


def form(**fields):
    """A form with these fields and a file of bytes that are no text; its content type."""
    parts = [f'--B0\r\ncontent-disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    head = b'--B0\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    return b"".join([*parts, head, b"RIFF\xff\0\r\n", b"x" * 3000, b"\r\n--B0--\r\n"])


FORM = ("content-type", "multipart/form-data; boundary=B0")


def ask(gateway, method, path, body=b"", headers=(), **how):
    """Like Rig.ask, with a content type of one's own."""
    own = [("authorization", f"Bearer {CLIENT_KEY}"), *headers]
    if body and not any(name == "content-type" for name, _ in own):
        own.append(("content-type", "application/json"))
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "host: gateway.test", *(f"{name}: {value}" for name, value in own)]
    if body or method == "POST":
        lines.append(f"content-length: {len(body)}")
    gateway.asked += 1
    return send(gateway.port, "\r\n".join([*lines, "", ""]).encode() + body, **how)


def test_vectors_fall_back_to_a_provider_of_another_shape(gateway):
    gateway.upstreams["openai"].script(Answer.json({"error": {"message": "busy"}}, 503))
    gateway.upstreams["cohere"].script(
        Answer.json(
            {
                "id": "1",
                "texts": ["one", "two"],
                "embeddings": {"float": [[0.5, 1.0], [-1.5, 2.0]]},
                "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 4}},
            }
        )
    )
    reply = ask(gateway, "POST", "/v1/embeddings", {"model": "vectors", "input": ["one", "two"], "encoding_format": "base64"})
    assert reply.status == 200, reply.body
    assert [row["embedding"] for row in reply.json["data"]] == [pack(0.5, 1), pack(-1.5, 2)]
    [sent] = gateway.upstreams["cohere"].requests
    assert sent.path == "/v2/embed" and sent.json["texts"] == ["one", "two"] and sent.json["model"] == "embed-v4.0"
    assert sent.header("authorization") == "Bearer sk-cohere-provider-secret"
    assert sent.header("content-length") == str(len(sent.body))
    [record] = gateway.records(1)
    assert record["gen_ai.usage.input_tokens"] == 4 and record["postern.attempts"] == 2


def test_a_large_answer_of_numbers_is_packed_whole(gateway):
    floats = [i / 1024 for i in range(1536)]
    data = [{"object": "embedding", "index": i, "embedding": floats} for i in range(32)]
    whole = {"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 7, "total_tokens": 7}}
    gateway.upstreams["openai"].script(Answer.json(whole), Answer.json(whole))
    body = {"model": "text-embedding-3-small", "input": ["x"] * 32}
    reply = ask(gateway, "POST", "/v1/embeddings", body | {"encoding_format": "base64"})
    assert [row["embedding"] for row in reply.json["data"]] == [pack(*floats)] * 32
    # And where numbers were wanted not a byte changes.
    reply = ask(gateway, "POST", "/v1/embeddings", body)
    assert reply.json == whole
    assert [record["gen_ai.usage.input_tokens"] for record in gateway.records(2)] == [7, 7]


def test_documents_are_ranked_with_their_texts(gateway):
    told = {"id": "1", "results": [{"index": 1, "relevance_score": 0.9}], "meta": {"billed_units": {"search_units": 1}}}
    gateway.upstreams["cohere"].script(Answer.json(told))
    body = {"model": "rerank-v3.5", "query": "q", "documents": ["a", "b"], "return_documents": True}
    reply = ask(gateway, "POST", "/v1/rerank", body)
    assert reply.json["results"] == [{"index": 1, "relevance_score": 0.9, "document": {"text": "b"}}]
    [sent] = gateway.upstreams["cohere"].requests
    assert sent.path == "/v2/rerank" and "return_documents" not in sent.json


@pytest.mark.parametrize("cut", [None, 100])
def test_a_form_keeps_every_byte_but_its_models_name(gateway, cut):
    gateway.upstreams["openai"].script(Answer.json({"text": "hi", "usage": {"type": "duration", "seconds": 3}}))
    reply = ask(gateway, "POST", "/v1/audio/transcriptions", form(model="whisper", language="en"), [FORM])
    assert reply.status == 200 and reply.json["text"] == "hi"
    [sent] = gateway.upstreams["openai"].requests
    assert sent.body == form(model="whisper-1", language="en") and sent.header("content-type") == FORM[1]
    [record] = gateway.records(1)
    assert record["gen_ai.operation.name"] == "transcription" and "gen_ai.usage.input_tokens" not in record


def test_sound_comes_as_it_is_made(gateway):
    sound = Answer(200, [("content-type", "audio/mpeg")], [b"\xff\xfb", b"\0" * 100, b"end"], delay=0.3)
    gateway.upstreams["openai"].script(sound)
    reply = ask(gateway, "POST", "/v1/audio/speech", {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Read this"})
    assert reply.body == b"\xff\xfb" + b"\0" * 100 + b"end" and reply.header("content-type") == "audio/mpeg"
    times = [when for when, _ in reply.chunks]
    assert times[-1] - times[0] > 0.5, "the first bytes do not wait for the last"


def test_a_picture_larger_than_envoys_buffer_goes_by_and_is_counted(gateway):
    usage = {"input_tokens": 50, "output_tokens": 1000, "total_tokens": 1050}
    picture = json.dumps({"created": 1, "data": [{"b64_json": "A" * 5_000_000}], "usage": usage}).encode()
    gateway.upstreams["openai"].script(Answer(chunks=[picture]))
    reply = ask(gateway, "POST", "/v1/images/generations", {"model": "gpt-image-1", "prompt": "a cat"})
    assert reply.body == picture
    [record] = gateway.records(1)
    assert (record["gen_ai.usage.input_tokens"], record["gen_ai.usage.output_tokens"]) == (50, 1000)


def test_tokens_are_guessed_where_the_provider_does_not_count(gateway):
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "How many are these?"}]}
    version = [("anthropic-version", "2023-06-01")]
    reply = ask(gateway, "POST", "/v1/messages/count_tokens", body, version)
    assert reply.json == {"input_tokens": 9, "estimated": True} and reply.header("x-postern-estimated") == "true"
    assert not gateway.upstreams["openai"].requests
    reply = ask(gateway, "POST", "/v1/messages/count_tokens", body | {"model": "claude-haiku-4-5"}, version)
    assert reply.json == {"input_tokens": 5} and reply.header("x-postern-estimated") is None


def test_a_completion_is_a_chat_turn_at_anthropic(gateway):
    body = {"model": "claude-haiku-4-5", "prompt": "Once upon", "max_tokens": 50}
    reply = ask(gateway, "POST", "/v1/completions", body)
    assert reply.json["choices"][0]["text"] == "You said: Once upon" and reply.json["object"] == "text_completion"
    reply = ask(gateway, "POST", "/v1/completions", body | {"stream": True})
    assert reply.events[-1] == "[DONE]"
    assert "".join(event["choices"][0]["text"] for event in reply.events[:-1]) == "You said: Once upon"


# What only passes.


def test_a_request_without_a_body_does_not_hang(gateway):
    listed = {"object": "list", "data": []}
    gateway.upstreams["openai"].script(Answer.json(listed), Answer(204, [], [b""]))
    reply = ask(gateway, "GET", "/v1/files?limit=10&key=secret", timeout=5)
    assert reply.status == 200 and reply.json == listed
    reply = ask(gateway, "DELETE", "/v1/files/f-1", timeout=5)
    assert reply.status == 204
    one, two = gateway.upstreams["openai"].requests
    assert one.path == "/v1/files?limit=10" and two.path == "/v1/files/f-1"
    assert two.head.startswith(b"DELETE ") and one.header("authorization") == "Bearer sk-openai-provider-secret"
    assert CLIENT_KEY.encode() not in one.raw + two.raw
    for record in gateway.records(2):
        assert record["gen_ai.operation.name"] == "passthrough" and record["postern.passthrough"] == "files"


def test_a_file_larger_than_envoys_buffer_goes_by(gateway):
    body = form(purpose="batch") + b"\r\n" + b"y" * 40_000_000  # the quickstart's buffer is 32 MiB
    gateway.upstreams["openai"].script(Answer.json({"id": "file-1"}))
    reply = ask(gateway, "POST", "/v1/files", body, [FORM], timeout=60)
    assert reply.status == 200, (reply.status, reply.body[:200])
    [sent] = gateway.upstreams["openai"].requests
    assert len(sent.body) == len(body) and sent.body == body


def test_what_is_made_once_is_not_tried_twice(gateway):
    gateway.upstreams["openai"].script(*[Answer.json({"error": {"message": "busy"}}, 503)] * 3)
    assert ask(gateway, "POST", "/v1/batches", {"input_file_id": "f-1"}).status == 503
    assert len(gateway.upstreams["openai"].requests) == 1
    gateway.upstreams["openai"].reset()
    gateway.upstreams["openai"].script(Answer.json({"error": {"message": "busy"}}, 503), Answer.json({"data": []}))
    assert ask(gateway, "GET", "/v1/batches").status == 200
    assert len(gateway.upstreams["openai"].requests) == 2


def test_a_model_server_gets_what_the_client_sent(gateway):
    gateway.upstreams["models"].script(Answer.json({"predictions": [0]}), Answer.json({"outputs": []}))
    assert ask(gateway, "POST", "/ml/fraud/invocations", {"inputs": [[1, 2]]}).json == {"predictions": [0]}
    assert ask(gateway, "POST", "/v2/models/resnet/infer", {"inputs": []}).json == {"outputs": []}
    one, two = gateway.upstreams["models"].requests
    assert (one.path, two.path, one.header("host")) == ("/invocations", "/v2/models/resnet/infer", "models.test")
    assert gateway.records(2)[1]["gen_ai.request.model"] == "resnet"


def test_a_path_that_climbs_out_reaches_nobody(gateway):
    for path in ("/v1/files/../chat/completions", "/v1/files/%2e%2e/chat/completions", "/v1/files/..%2fmodels"):
        assert ask(gateway, "POST", path, {"model": "gpt-4o"}).status in (400, 404), path
    assert not gateway.upstreams["openai"].requests


def test_redaction_reads_what_passes_and_refuses_what_it_cannot_read(redacting):
    redacting.upstreams["models"].script(Answer.json({"predictions": [0]}))
    assert ask(redacting, "POST", "/ml/fraud/invocations", {"inputs": ["to jo@planted.example"]}).status == 200
    [sent] = redacting.upstreams["models"].requests
    assert sent.json == {"inputs": ["to <EMAIL_ADDRESS>"]} and sent.header("content-length") == str(len(sent.body))
    for path, body, headers in [
        ("/v1/files", form(purpose="batch"), [FORM]),
        ("/v1/audio/transcriptions", form(model="whisper"), [FORM]),
        ("/ml/fraud/invocations", b"a,b", [("content-type", "text/csv")]),
    ]:
        reply = ask(redacting, "POST", path, body, headers)
        assert reply.status == 400 and reply.json["error"]["code"] == "unreadable_content", (path, reply.body)
    assert not redacting.upstreams["openai"].requests
