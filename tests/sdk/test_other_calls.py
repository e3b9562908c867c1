"""What official clients call beside chats, through the real Envoy: vectors, ranks, older completions, pictures, sound,
moderations, files, batches, realtime sessions."""

import base64
import hashlib
import json
import struct
import time

import anthropic
import cohere
import openai
import pytest

import clients
from rig import CLIENT_KEY
from test_tasks import GATEWAY, PROVIDERS, pack, with_clusters
from upstream import SSE, Answer

VECTORS = [[0.5, 1.0], [-1.5, 2.0]]
ABOUT = {"api_version": {"version": "2"}, "billed_units": {"input_tokens": 4}}
COHERE = {"id": "1", "texts": ["one", "two"], "embeddings": {"float": VECTORS}, "meta": ABOUT}
FILE = {"id": "file-1", "object": "file", "bytes": 3, "created_at": 1, "filename": "a", "purpose": "batch", "status": "processed"}
BATCH = {
    "id": "batch_1",
    "object": "batch",
    "endpoint": "/v1/chat/completions",
    "input_file_id": "file-1",
    "completion_window": "24h",
    "status": "validating",
    "created_at": 1,
}


@pytest.fixture
def gateway(rigs):
    rig = rigs(GATEWAY, PROVIDERS, change=with_clusters)
    time.sleep(0.2)  # the records of a test before, which did not wait for them
    rig.reset()
    return rig


@pytest.fixture
def oai(gateway):
    url = f"http://127.0.0.1:{gateway.port}/v1"
    with openai.OpenAI(base_url=url, api_key=CLIENT_KEY, max_retries=0, timeout=20) as client:
        yield client


@pytest.fixture
def co(gateway):
    return cohere.ClientV2(api_key=CLIENT_KEY, base_url=f"http://127.0.0.1:{gateway.port}", timeout=20)


@pytest.fixture
def co1(gateway):
    return cohere.Client(api_key=CLIENT_KEY, base_url=f"http://127.0.0.1:{gateway.port}", timeout=20)


def records(gateway, *operations):
    got = gateway.records(len(operations))
    assert [record["gen_ai.operation.name"] for record in got] == list(operations)
    return got


# Vectors and ranks.


@pytest.mark.parametrize("how", [{}, {"encoding_format": "float"}])
def test_openais_client_embeds_with_cohere(gateway, oai, how):
    gateway.upstreams["cohere"].script(Answer.json(COHERE))
    answer = oai.embeddings.create(model="embed-v4.0", input=["one", "two"], dimensions=2, **how)
    assert [row.embedding for row in answer.data] == VECTORS and answer.usage.prompt_tokens == 4
    [sent] = gateway.upstreams["cohere"].requests
    assert sent.json == {
        "model": "embed-v4.0",
        "texts": ["one", "two"],
        "input_type": "search_document",
        "embedding_types": ["float"],
        "output_dimension": 2,
    }
    records(gateway, "embeddings")


def test_openais_node_client_decodes_what_cohere_gave(gateway):
    node = clients.start("openai-node")
    try:
        gateway.upstreams["cohere"].script(Answer.json(COHERE))
        where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "model": "embed-v4.0"}
        seen = node.do("embed", **where, input=["one", "two"])
        assert seen["vectors"] == VECTORS and seen["tokens"] == 4
    finally:
        node.close()


def test_token_ids_reach_openai_and_are_refused_elsewhere(gateway, oai):
    assert len(oai.embeddings.create(model="text-embedding-3-small", input=[[1, 2], [3]]).data) == 2
    with pytest.raises(openai.BadRequestError, match="token ids"):
        oai.embeddings.create(model="embed-v4.0", input=[[1, 2], [3]])


def test_coheres_client_embeds_with_openai(gateway, co, co1):
    answer = co.embed(
        model="text-embedding-3-small",
        texts=["one", "two"],
        input_type="search_query",
        embedding_types=["float"],
        output_dimension=4,
    )
    [sent] = gateway.upstreams["openai"].requests
    assert sent.path == "/v1/embeddings" and sent.json["input"] == ["one", "two"] and sent.json["dimensions"] == 4
    assert [len(vector) for vector in answer.embeddings.float_] == [4, 4] and answer.texts == ["one", "two"]
    assert answer.meta.billed_units.input_tokens == 2
    older = co1.embed(model="text-embedding-3-small", texts=["one"], input_type="search_document")
    assert older.response_type == "embeddings_floats" and len(older.embeddings[0]) == 8
    records(gateway, "embeddings", "embeddings")


def test_coheres_client_hears_errors_in_its_own_words(co):
    with pytest.raises(cohere.errors.BadRequestError) as caught:
        co.embed(model="text-embedding-3-small", texts=["a"], input_type="search_query", embedding_types=["int8"])
    assert "has no int8 vectors" in caught.value.body["message"]


def test_documents_are_ranked_by_any_provider(gateway, co, co1):
    jina = {"model": "jina-reranker-v3", "usage": {"total_tokens": 9}, "results": [{"index": 1, "relevance_score": 0.9, "document": {"text": "b"}}]}
    gateway.upstreams["jina"].script(Answer.json(jina), Answer.json(jina))
    answer = co.rerank(model="jina-reranker-v3", query="q", documents=["a", "b"], top_n=1)
    assert [(row.index, row.relevance_score) for row in answer.results] == [(1, 0.9)]
    assert answer.meta.tokens.input_tokens == 9
    [sent] = gateway.upstreams["jina"].requests
    assert sent.path == "/v1/rerank" and sent.json["top_n"] == 1
    answer = co1.rerank(model="jina-reranker-v3", query="q", documents=["a", "b"], return_documents=True)
    assert answer.results[0].document.text == "b"
    told = {"id": "1", "results": [{"index": 0, "relevance_score": 0.5}], "meta": {"billed_units": {"search_units": 1}}}
    gateway.upstreams["cohere"].script(Answer.json(told))
    assert co.rerank(model="rerank-v3.5", query="q", documents=["a"]).meta.billed_units.search_units == 1
    assert [r["gen_ai.usage.input_tokens"] for r in records(gateway, "rerank", "rerank", "rerank")][:2] == [9, 9]


# Older completions, pictures, sound, moderations.


def test_a_completion_is_the_same_from_both_providers(gateway, oai):
    own = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "gpt-3.5-turbo-instruct"}
    choice = {"text": "You said: Once", "index": 0, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 2, "completion_tokens": 4, "total_tokens": 6}
    gateway.upstreams["openai"].script(Answer.json(own | {"choices": [choice], "usage": usage}))
    for model in ("gpt-3.5-turbo-instruct", "claude-haiku-4-5"):
        answer = oai.completions.create(model=model, prompt="Once", max_tokens=50)
        assert answer.choices[0].text == "You said: Once" and answer.choices[0].finish_reason == "stop"
        assert answer.usage.completion_tokens == 4
    pieces = list(oai.completions.create(model="claude-haiku-4-5", prompt="Once", max_tokens=50, stream=True))
    assert "".join(piece.choices[0].text for piece in pieces) == "You said: Once"
    assert pieces[-1].choices[0].finish_reason == "stop" and {piece.object for piece in pieces} == {"text_completion"}
    with pytest.raises(openai.BadRequestError, match="suffix"):
        oai.completions.create(model="claude-haiku-4-5", prompt="Once", suffix="end")
    records(gateway, *["text_completion"] * 4)


def test_pictures_are_made_and_changed(gateway, oai):
    usage = {
        "input_tokens": 5,
        "output_tokens": 7,
        "total_tokens": 12,
        "input_tokens_details": {"text_tokens": 5, "image_tokens": 0},
    }
    made = {"created": 1, "data": [{"b64_json": "AAAA"}], "usage": usage}
    done = {"type": "image_generation.completed", "b64_json": "AAAA", "usage": usage}
    stream = b"event: image_generation.completed\ndata: %b\n\n" % json.dumps(done).encode()
    gateway.upstreams["openai"].script(Answer.json(made), Answer.json(made), Answer(200, [("content-type", SSE)], [stream]))
    assert oai.images.generate(model="gpt-image-1", prompt="a cat").data[0].b64_json == "AAAA"
    edited = oai.images.edit(model="gpt-image-1", image=("a.png", b"\x89PNG\xff", "image/png"), prompt="a hat")
    assert edited.usage.output_tokens == 7
    _, sent = gateway.upstreams["openai"].requests
    assert sent.path == "/v1/images/edits" and b"\x89PNG\xff" in sent.body and b"gpt-image-1" in sent.body
    events = list(oai.images.generate(model="gpt-image-1", prompt="a cat", stream=True))
    assert [event.type for event in events] == ["image_generation.completed"]
    got = records(gateway, "image_generation", "image_edit", "image_generation")
    assert [record["gen_ai.usage.output_tokens"] for record in got] == [7, 7, 7]


def test_sound_is_read_out_and_written_down(gateway, oai):
    spoken = Answer(200, [("content-type", "audio/mpeg")], [b"\xff\xfb", b"\0end"])
    written = {"text": "hello", "usage": {"type": "tokens", "input_tokens": 3, "output_tokens": 1, "total_tokens": 4}}
    lines = Answer(200, [("content-type", "text/plain")], [b"1\n00:00 --> 00:01\nhello\n"])
    gateway.upstreams["openai"].script(spoken, Answer.json(written), lines, Answer.json({"text": "hello"}))
    assert oai.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input="Read this").content == b"\xff\xfb\0end"
    sound = ("a.wav", b"RIFF\xff\0", "audio/wav")
    assert oai.audio.transcriptions.create(model="whisper", file=sound).text == "hello"
    assert "00:01" in oai.audio.transcriptions.create(model="whisper", file=sound, response_format="srt")
    assert oai.audio.translations.create(model="whisper", file=sound).text == "hello"
    sent = gateway.upstreams["openai"].requests
    assert [one.path.removeprefix("/v1/audio/") for one in sent] == ["speech", "transcriptions", "transcriptions", "translations"]
    assert all(b"\r\n\r\nwhisper-1\r\n" in one.body and b"RIFF\xff\0" in one.body for one in sent[1:])
    records(gateway, "speech", "transcription", "transcription", "translation")


def test_a_text_is_moderated(gateway, oai):
    result = {"flagged": False, "categories": {}, "category_scores": {}, "category_applied_input_types": {}}
    gateway.upstreams["openai"].script(Answer.json({"id": "modr-1", "model": "omni-moderation-latest", "results": [result]}))
    assert oai.moderations.create(input="I am nice").results[0].flagged is False
    records(gateway, "moderation")


def test_tokens_are_guessed_for_anthropics_client(gateway):
    with anthropic.Anthropic(base_url=f"http://127.0.0.1:{gateway.port}", api_key=CLIENT_KEY, max_retries=0) as client:
        counted = client.messages.count_tokens(model="gpt-4o", messages=[{"role": "user", "content": "How many?"}])
    assert counted.input_tokens > 0 and counted.estimated is True


# What only passes.


def test_files_and_batches_go_to_their_provider(gateway, oai):
    gateway.upstreams["openai"].script(
        Answer.json(FILE),
        Answer.json({"object": "list", "data": [FILE], "has_more": False}),
        Answer(200, [("content-type", "application/octet-stream")], [b"{}\n\xff"]),
        Answer.json({"id": "file-1", "object": "file", "deleted": True}),
        Answer.json(BATCH),
        Answer.json(BATCH | {"status": "completed"}),
        Answer.json(BATCH | {"status": "cancelling"}),
    )
    assert oai.files.create(file=("a.jsonl", b"{}\n\xff"), purpose="batch").id == "file-1"
    assert [file.id for file in oai.files.list(limit=1)] == ["file-1"]
    assert oai.files.content("file-1").content == b"{}\n\xff"
    assert oai.files.delete("file-1").deleted
    made = oai.batches.create(input_file_id="file-1", endpoint="/v1/chat/completions", completion_window="24h")
    assert made.id == "batch_1" and oai.batches.retrieve("batch_1").status == "completed"
    assert oai.batches.cancel("batch_1").status == "cancelling"
    sent = gateway.upstreams["openai"].requests
    assert [one.head.split(b" ")[0] for one in sent] == [b"POST", b"GET", b"GET", b"DELETE", b"POST", b"GET", b"POST"]
    assert b"{}\n\xff" in sent[0].body and sent[1].path == "/v1/files?limit=1"
    got = records(gateway, *["passthrough"] * 7)
    assert [record["postern.passthrough"] for record in got] == ["files"] * 4 + ["batches"] * 3


def test_a_stored_response_is_fetched_and_removed(gateway, oai):
    stored = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "gpt-4o",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "status": "completed",
    }
    gateway.upstreams["openai"].script(Answer.json(stored), Answer.json({"id": "resp_1", "deleted": True}))
    assert oai.responses.retrieve("resp_1").status == "completed"
    oai.responses.delete("resp_1")
    assert [one.path for one in gateway.upstreams["openai"].requests] == ["/v1/responses/resp_1"] * 2


def text_frame(value):
    data = json.dumps(value).encode()
    return b"\x81" + (bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))) + data


def test_a_realtime_session_runs_and_what_it_takes_is_added_up(gateway):
    usage = {"total_tokens": 30, "input_tokens": 10, "output_tokens": 20, "input_token_details": {"cached_tokens": 4}}
    done = {"type": "response.done", "event_id": "e", "response": {"id": "resp_1", "object": "realtime.response", "output": [], "usage": usage}}

    def talk(request, keys):
        key = request.header("sec-websocket-key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        headers = [("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", accept)]
        created = text_frame({"type": "session.created", "event_id": "e", "session": {"type": "realtime"}})
        return Answer(101, headers, [created, text_frame(done), text_frame(done)])

    gateway.upstreams["openai"].script(talk)
    at = f"127.0.0.1:{gateway.port}/v1"
    with openai.OpenAI(base_url=f"http://{at}", websocket_base_url=f"ws://{at}", api_key=CLIENT_KEY) as client:
        with client.realtime.connect(model="gpt-realtime") as session:
            assert session.recv().type == "session.created"
            session.response.create()
            assert session.recv().response.usage.output_tokens == 20
            session.response.create()
            assert session.recv().type == "response.done"
    [sent] = gateway.upstreams["openai"].requests
    assert sent.path == "/v1/realtime?model=gpt-realtime" and sent.header("sec-websocket-extensions") is None
    assert sent.header("authorization") == "Bearer sk-openai-provider-secret" and CLIENT_KEY.encode() not in sent.raw
    [record] = records(gateway, "passthrough")
    assert record["http.response.status_code"] == 101 and not {"postern.hung_up", "error.type"} & set(record)
    assert (record["gen_ai.usage.input_tokens"], record["gen_ai.usage.output_tokens"]) == (20, 40)
    assert record["gen_ai.request.model"] == "gpt-realtime"
