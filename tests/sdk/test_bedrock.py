"""boto3's Bedrock client through the real Envoy: Converse, whole and streamed, onto every provider there is a script
for; and the other official clients onto Bedrock, whose answers are recorded frames."""

import base64
import json
import pathlib
import runpy

import anthropic
import boto3
import openai
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from rig import CLIENT_KEY, clone_cluster, gateway_config
from upstream import Answer, anthropic_error, openai_error, rate_limited

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
frame = runpy.run_path(str(FIXTURES / "bedrock_converse" / "make.py"))["frame"]
PNG = b"\x89PNG\r\n\x1a\nscripted"
FRAMES = "application/vnd.amazon.eventstream"
REGION = {"region": "eu-central-1"}
KEY = {"inline": "sk-bedrock-provider-secret"}
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}

GATEWAY = gateway_config(
    models=[
        {"name": "gpt-*", "targets": [{"cluster": "openai"}]},
        {"name": "claude-*", "targets": [{"cluster": "anthropic"}]},
        {"name": "bedrock", "targets": [{"cluster": "bedrock", "model": "eu.anthropic.claude-haiku-4-5-v1:0"}]},
        {"name": "invoke", "targets": [{"cluster": "invoke", "model": "eu.anthropic.claude-haiku-4-5-v1:0"}]},
        {"name": "arn:aws:bedrock:*", "targets": [{"cluster": "bedrock"}]},
    ],
    policies=[],
)
PROVIDERS = {
    "bedrock": {"version": 1, "provider": {"preset": "aws.bedrock", "key": KEY, "params": REGION}},
    "invoke": {"version": 1, "provider": {"preset": "aws.bedrock_invoke", "key": KEY, "params": REGION}},
}


def with_bedrock(bootstrap):
    for name in PROVIDERS:
        cluster = clone_cluster(bootstrap, "openai", name)
        cluster["metadata"]["filter_metadata"]["postern"]["provider"] = PROVIDERS[name]["provider"]["preset"]


@pytest.fixture
def gateway(rigs):
    return rigs(GATEWAY, PROVIDERS, change=with_bedrock)


@pytest.fixture
def bedrock(gateway):
    client = boto3.client(
        "bedrock-runtime",
        region_name="eu-central-1",
        endpoint_url=f"http://127.0.0.1:{gateway.port}",
        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, read_timeout=20),
    )

    def add_key(params, **_):
        # What AWS_BEARER_TOKEN_BEDROCK does by itself over https; without, botocore refuses to send a token.
        params["headers"]["authorization"] = f"Bearer {CLIENT_KEY}"

    client.meta.events.register("before-call.bedrock-runtime", add_key)
    return client


def folded(events):
    """A stream as its user puts it together: the message, why it ended, and what it took."""
    blocks, raw, stop, metadata = {}, {}, None, None
    for event in events:
        [(name, about)] = event.items()
        at = about.get("contentBlockIndex")
        if name == "contentBlockStart":
            blocks[at] = json.loads(json.dumps(about["start"]))
            raw[at] = ""
        elif name == "contentBlockDelta":
            [(kind, piece)] = about["delta"].items()
            block = blocks.setdefault(at, {})
            if kind == "text":
                block["text"] = block.get("text", "") + piece
            elif kind == "toolUse":
                raw[at] += piece["input"]
            elif kind == "reasoningContent":
                [(part, value)] = piece.items()
                if part == "redactedContent":
                    block["reasoningContent"] = {part: value}
                else:
                    said = block.setdefault("reasoningContent", {}).setdefault("reasoningText", {})
                    said[part] = said.get(part, "") + value
        elif name == "contentBlockStop":
            if at in raw:
                blocks[at]["toolUse"]["input"] = json.loads(raw[at] or "{}")
        elif name == "messageStop":
            stop = about["stopReason"]
        elif name == "metadata":
            metadata = about
    content = [blocks[at] for at in sorted(blocks)]
    return {"output": {"message": {"role": "assistant", "content": content}}, "stopReason": stop} | metadata


def streamed(chunks):
    """Each chunk arrives by itself."""
    return Answer(200, [("content-type", FRAMES)], chunks, delay=0.1)


def converse(client, stream, **asked):
    if stream:
        return folded(client.converse_stream(**asked)["stream"])
    return client.converse(**asked)


def user(*content):
    return {"role": "user", "content": list(content)}


stream = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
provider = pytest.mark.parametrize("provider", MODELS)


@stream
@provider
def test_a_conversation_onto_another_provider(gateway, bedrock, provider, stream):
    asked = {
        "modelId": MODELS[provider],
        "system": [{"text": "Be brief"}, {"cachePoint": {"type": "default"}}],
        "messages": [user({"text": "Grüße 👋🏽"}, {"image": {"format": "png", "source": {"bytes": PNG}}})],
        "inferenceConfig": {"maxTokens": 300, "stopSequences": ["END"]},
    }
    seen = converse(bedrock, stream, **asked)
    assert seen["output"]["message"] == {"role": "assistant", "content": [{"text": "You said: Grüße 👋🏽"}]}
    assert seen["stopReason"] == "end_turn"
    usage = seen["usage"]
    cached = usage.get("cacheReadInputTokens", 0) + usage.get("cacheWriteInputTokens", 0)
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] + cached > 0
    assert seen["metrics"]["latencyMs"] == 0
    [request] = gateway.upstreams[provider].requests
    assert request.json.get("stream", False) == stream and "Be brief" in json.dumps(request.json)
    assert "iVBORw0KGgp" in json.dumps(request.json)


@stream
@provider
def test_tools_and_their_results(gateway, bedrock, provider, stream):
    spec = {"description": "Looks it up", "inputSchema": {"json": SCHEMA}}
    tools = {"tools": [{"toolSpec": {"name": name} | spec} for name in ("get_weather", "get_time")]}
    asked = {"modelId": MODELS[provider], "toolConfig": tools, "messages": [user({"text": "use the tools"})]}
    first = converse(bedrock, stream, **asked)
    assert first["stopReason"] == "tool_use"
    calls = [block["toolUse"] for block in first["output"]["message"]["content"] if "toolUse" in block]
    assert [call["name"] for call in calls] == ["get_weather", "get_time"]
    assert [call["input"] for call in calls] == [{"city": "Oslo"}] * 2
    results = [
        {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": said}], "status": "success"}}
        for call, said in zip(calls, ["rain", "noon"])
    ]
    asked["messages"] += [first["output"]["message"], user(*results)]
    second = converse(bedrock, stream, **asked)
    said = {"openai": "The tool said: noon", "anthropic": "The tool said: rain noon"}[provider]
    assert second["output"]["message"]["content"] == [{"text": said}] and second["stopReason"] == "end_turn"


@stream
def test_signed_reasoning_comes_back(gateway, bedrock, stream):
    tools = {"tools": [{"toolSpec": {"name": "get_weather", "inputSchema": {"json": SCHEMA}}}]}
    asked = {
        "modelId": MODELS["anthropic"],
        "toolConfig": tools,
        "messages": [user({"text": "call get_weather"})],
        "inferenceConfig": {"maxTokens": 4000},
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    }
    first = converse(bedrock, stream, **asked)
    thought = {"text": "The user wants an answer.", "signature": "EqQBCkYscripted=="}
    assert first["output"]["message"]["content"][0] == {"reasoningContent": {"reasoningText": thought}}
    call = next(block["toolUse"] for block in first["output"]["message"]["content"] if "toolUse" in block)
    result = {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"json": {"sky": "rain"}}]}}
    asked["messages"] += [first["output"]["message"], user(result)]
    second = converse(bedrock, stream, **asked)
    assert second["output"]["message"]["content"][-1] == {"text": 'The tool said: {"sky": "rain"}'}
    sent = gateway.upstreams["anthropic"].requests[1].json
    block = sent["messages"][1]["content"][0]
    assert (block["thinking"], block["signature"]) == (thought["text"], thought["signature"])
    assert sent["thinking"] == {"type": "enabled", "budget_tokens": 1024}


@pytest.mark.parametrize("name", ["text", "thinking_tools", "redacted", "call_without_input"])
def test_bedrocks_own_answers_pass_byte_for_byte(gateway, bedrock, name):
    frames = (FIXTURES / "bedrock_converse" / f"{name}.frames").read_bytes()
    cut = [frames[at : at + 97] for at in range(0, len(frames), 97)]
    gateway.upstreams["bedrock"].script(Answer(200, [("content-type", FRAMES)], cut))
    seen = folded(bedrock.converse_stream(modelId="bedrock", messages=[user({"text": "Hi"})])["stream"])
    whole = FIXTURES / "bedrock_converse" / f"{name}.json"
    if whole.exists():
        body = whole.read_bytes()
        gateway.upstreams["bedrock"].script(Answer(chunks=[body]))
        told = bedrock.converse(modelId="bedrock", messages=[user({"text": "Hi"})])
        del told["ResponseMetadata"]
        assert seen["output"]["message"]["content"] == told["output"]["message"]["content"]
        assert seen["stopReason"] == told["stopReason"]
    [*_, request] = gateway.upstreams["bedrock"].requests
    assert request.header("authorization") == f"Bearer {KEY['inline']}" and CLIENT_KEY not in request.raw.decode()
    assert request.header("host") == "bedrock-runtime.eu-central-1.amazonaws.com"
    assert "/model/eu.anthropic.claude-haiku-4-5-v1:0/converse" in request.path


def test_a_model_may_be_an_arn(gateway, bedrock):
    body = (FIXTURES / "bedrock_converse" / "text.json").read_bytes()
    gateway.upstreams["bedrock"].script(Answer(chunks=[body]))
    arn = "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-haiku-4-5-v1:0"
    bedrock.converse(modelId=arn, messages=[user({"text": "Hi"})])
    [request] = gateway.upstreams["bedrock"].requests
    assert request.path == f"/model/{arn.replace('/', '%2F')}/converse"


ERRORS = [
    ("openai", rate_limited("openai", 17), "ThrottlingException", 429),
    ("anthropic", rate_limited("anthropic", 17), "ThrottlingException", 429),
    ("openai", openai_error(400, "bad", "invalid_request_error"), "ValidationException", 400),
    ("anthropic", anthropic_error(404, "not_found_error", "no model"), "ResourceNotFoundException", 404),
    ("anthropic", anthropic_error(529, "overloaded_error", "Overloaded"), "ServiceUnavailableException", 529),
    ("openai", openai_error(500, "broken", "server_error"), "InternalServerException", 500),
]


@stream
@pytest.mark.parametrize("provider, answer, kind, status", ERRORS, ids=[f"{row[2]} of {row[0]}" for row in ERRORS])
def test_a_providers_error_is_botocores_own(gateway, bedrock, stream, provider, answer, kind, status):
    gateway.upstreams[provider].script(*[answer] * 3)
    with pytest.raises(ClientError) as caught:
        converse(bedrock, stream, modelId=MODELS[provider], messages=[user({"text": "Hi"})])
    told = caught.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == (kind, status)
    assert type(caught.value).__name__ == kind and told["Error"]["Message"]


@stream
def test_what_the_gateway_refuses_is_botocores_own(gateway, bedrock, stream):
    stored = {"name": "x", "format": "pdf", "source": {"s3Location": {"uri": "s3://bucket/x.pdf"}}}
    rows = [
        ({"modelId": "no-such-model"}, "ResourceNotFoundException", "no-such-model"),
        ({"modelId": MODELS["openai"], "messages": [user({"document": stored})]}, "ValidationException", "messages[0]"),
    ]
    for asked, kind, word in rows:
        with pytest.raises(ClientError) as caught:
            converse(bedrock, stream, **({"messages": [user({"text": "Hi"})]} | asked))
        assert caught.value.response["Error"]["Code"] == kind and word in str(caught.value), caught.value


@pytest.mark.parametrize(
    "name, kind", [("throttled", "throttlingException"), ("model_failed", "modelStreamErrorException")]
)
def test_an_exception_in_a_stream_is_raised(gateway, bedrock, name, kind):
    frames = (FIXTURES / "bedrock_converse" / f"{name}.frames").read_bytes()
    gateway.upstreams["bedrock"].script(streamed([frames[:200], frames[200:]]))
    with pytest.raises(EventStreamError) as caught:
        list(bedrock.converse_stream(modelId="bedrock", messages=[user({"text": "Hi"})])["stream"])
    assert caught.value.response["Error"]["Code"] == kind


def test_a_stream_that_breaks_off_raises(gateway, bedrock):
    frames = (FIXTURES / "bedrock_converse" / "text.frames").read_bytes()
    for end in (200, 300, len(frames) // 2):
        gateway.upstreams["bedrock"].script(streamed([frames[:150], frames[150:end]]))
        with pytest.raises(EventStreamError) as caught:
            list(bedrock.converse_stream(modelId="bedrock", messages=[user({"text": "Hi"})])["stream"])
        assert "before its end" in str(caught.value)
    error = b'data: {"error":{"message":"Overloaded","type":"server_error","code":null}}\n\n'
    begun = b'data: {"id":"x","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}\n\n'
    gateway.upstreams["openai"].script(Answer.stream(begun + error, [len(begun)], delay=0.1))
    with pytest.raises(EventStreamError) as caught:
        list(bedrock.converse_stream(modelId="gpt-4o-mini", messages=[user({"text": "Hi"})])["stream"])
    assert "Overloaded" in str(caught.value)


# The other clients onto Bedrock.


def scripted(gateway, name, stream):
    if stream:
        frames = (FIXTURES / "bedrock_converse" / f"{name}.frames").read_bytes()
        answer = Answer(200, [("content-type", FRAMES)], [frames[at : at + 100] for at in range(0, len(frames), 100)])
    else:
        answer = Answer(chunks=[(FIXTURES / "bedrock_converse" / f"{name}.json").read_bytes()])
    gateway.upstreams["bedrock"].script(answer)


@stream
def test_openais_client_onto_bedrock(gateway, stream):
    scripted(gateway, "thinking_tools", stream)
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{gateway.port}/v1", api_key=CLIENT_KEY, max_retries=0)
    asked = {"model": "bedrock", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Hi"}]}
    if stream:
        with client.chat.completions.stream(**asked, stream_options={"include_usage": True}) as events:
            for _ in events:
                pass
            seen = events.get_final_completion()
    else:
        seen = client.chat.completions.create(**asked)
    [choice] = seen.choices
    assert choice.message.content == "I'll look both up." and choice.finish_reason == "tool_calls"
    calls = [(call.id, call.function.name, json.loads(call.function.arguments)) for call in choice.message.tool_calls]
    assert calls == [
        ("tooluse_kZJMlvQmRJ6eAyJE5GIl7Q", "get_weather", {"city": "Paris"}),
        ("tooluse_8vQm-RJ6eAy.JE5:GIl7Q", "get_weather", {"city": "Röm"}),
    ]
    assert (seen.usage.prompt_tokens, seen.usage.completion_tokens) == (412 + 2048 + 512, 133)
    assert seen.usage.prompt_tokens_details.cached_tokens == 2048
    [request] = gateway.upstreams["bedrock"].requests
    assert request.path.endswith("/converse-stream" if stream else "/converse")
    assert request.json == {"system": [{"text": "s"}], "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


@stream
def test_anthropics_client_onto_bedrock(gateway, stream):
    client = anthropic.Anthropic(base_url=f"http://127.0.0.1:{gateway.port}", api_key=CLIENT_KEY, max_retries=0)
    asked = {"model": "bedrock", "max_tokens": 99, "messages": [{"role": "user", "content": "Hi"}]}
    scripted(gateway, "thinking_tools", stream)
    if stream:
        with client.messages.stream(**asked) as events:
            seen = events.get_final_message()
    else:
        seen = client.messages.create(**asked)
    assert [block.type for block in seen.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert seen.content[0].signature == "ErUBCkYICBgCIkDzQ2l0" and seen.content[3].input == {"city": "Röm"}
    assert (seen.usage.input_tokens, seen.usage.cache_read_input_tokens, seen.usage.output_tokens) == (412, 2048, 133)


@stream
def test_anthropics_client_onto_claude_behind_invoke(gateway, stream):
    client = anthropic.Anthropic(base_url=f"http://127.0.0.1:{gateway.port}", api_key=CLIENT_KEY, max_retries=0)
    asked = {"model": "invoke", "max_tokens": 99, "messages": [{"role": "user", "content": "Hi"}]}
    asked["extra_headers"] = {"anthropic-beta": "context-1m-2025-08-07"}
    if stream:
        lines = (FIXTURES / "anthropic_messages" / "thinking_tools.sse").read_bytes().split(b"\n")
        events = [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: ")]
        frames = [frame("event", "chunk", {"bytes": base64.b64encode(event).decode(), "p": "ab"}) for event in events]
        gateway.upstreams["invoke"].script(Answer(200, [("content-type", FRAMES)], frames))
        with client.messages.stream(**asked) as events:
            seen = events.get_final_message()
    else:
        body = (FIXTURES / "anthropic_messages" / "thinking_tools.json").read_bytes()
        gateway.upstreams["invoke"].script(Answer(chunks=[body]))
        seen = client.messages.create(**asked)
    assert seen.content[0].type == "thinking" and seen.stop_reason == "tool_use"
    [request] = gateway.upstreams["invoke"].requests
    suffix = "-with-response-stream" if stream else ""
    assert request.path == f"/model/eu.anthropic.claude-haiku-4-5-v1:0/invoke{suffix}"
    assert request.json["anthropic_version"] == "bedrock-2023-05-31"
    assert request.json["anthropic_beta"] == ["context-1m-2025-08-07"]
    assert not {"model", "stream"} & set(request.json) and not request.header("anthropic-beta")
