"""Everything that is written in a provider's or a client's format fits the types of that format's own client: what is
sent for every pair and every thing a request can say, and what comes back, whole and streamed.

The native tests write down what they have held: `target/matrix.json` every pair's exchange, `target/features.json` every
feature of a request from every format to every other.
"""

import base64
import json
from typing import Literal, Optional

import pytest
from anthropic.types import Message, RawMessageStreamEvent, message_create_params as anthropic
from botocore.eventstream import EventStreamBuffer
from cohere import types as cohere
from cohere.v2.types import V2ChatResponse, V2ChatStreamResponse
from google.genai import types as gemini
from ollama import ChatResponse
from ollama._types import ChatRequest
from openai.types.chat import ChatCompletion, ChatCompletionChunk, completion_create_params as openai
from openai.types.responses import Response, ResponseStreamEvent, response_create_params as responses
from pydantic import BaseModel

from rig import ROOT
from strict import BEDROCK, faults, of_input, of_shape


class GenerateContent(BaseModel):
    """google-genai has a type for all but the whole (ai.google.dev/api/generate-content)."""

    contents: list[gemini.Content]
    systemInstruction: Optional[gemini.Content] = None
    tools: Optional[list[gemini.Tool]] = None
    toolConfig: Optional[gemini.ToolConfig] = None
    safetySettings: Optional[list[gemini.SafetySetting]] = None
    generationConfig: Optional[gemini.GenerationConfig] = None
    cachedContent: Optional[str] = None
    labels: Optional[dict[str, str]] = None
    store: Optional[bool] = None


class CohereChat(BaseModel):
    """So has cohere (docs.cohere.com/reference/chat)."""

    model: str
    messages: list[cohere.ChatMessageV2]
    stream: Optional[bool] = None
    tools: Optional[list[cohere.ToolV2]] = None
    strict_tools: Optional[bool] = None
    tool_choice: Optional[Literal["REQUIRED", "NONE"]] = None
    citation_options: Optional[cohere.CitationOptions] = None
    response_format: Optional[cohere.ResponseFormatV2] = None
    max_tokens: Optional[int] = None
    stop_sequences: Optional[list[str]] = None
    temperature: Optional[float] = None
    seed: Optional[int] = None
    frequency_penalty: Optional[float] = None
    presence_penalty: Optional[float] = None
    k: Optional[int] = None
    p: Optional[float] = None
    logprobs: Optional[bool] = None
    thinking: Optional[cohere.Thinking] = None
    priority: Optional[int] = None


def asked(whole, streamed):
    return lambda body: faults(streamed if body.get("stream") else whole, body)


REQUESTS = {
    "openai_chat": asked(openai.CompletionCreateParamsNonStreaming, openai.CompletionCreateParamsStreaming),
    "openai_responses": asked(responses.ResponseCreateParamsNonStreaming, responses.ResponseCreateParamsStreaming),
    "anthropic_messages": asked(anthropic.MessageCreateParamsNonStreaming, anthropic.MessageCreateParamsStreaming),
    "gemini": lambda body: faults(GenerateContent, body),
    "bedrock_converse": lambda body: of_input("Converse", body),
    "cohere_chat": lambda body: faults(CohereChat, body),
    "ollama_chat": lambda body: faults(ChatRequest, body),
}

ANSWERS = {
    "openai_chat": (ChatCompletion, ChatCompletionChunk),
    "openai_responses": (Response, ResponseStreamEvent),
    "anthropic_messages": (Message, RawMessageStreamEvent),
    "gemini": (gemini.GenerateContentResponse, gemini.GenerateContentResponse),
    "cohere_chat": (V2ChatResponse, V2ChatStreamResponse),
    "ollama_chat": (ChatResponse, ChatResponse),
}

# What a server takes or says, and its client's types do not name: the end of a path, by format.
UNNAMED = {
    # The clients of this year have dropped them; models before Claude Opus 4.7 take them.
    "anthropic_messages": (".temperature", ".top_p", ".top_k"),
    "openai_responses": (".store", "response.function_call_arguments.done.name"),
    "cohere_chat": tuple(f"message-start.delta.message.{it}" for it in ("citations", "content", "tool_calls", "tool_plan")),
    "ollama_chat": (".id", ".index"),
}


def told(format, found):
    return [str(fault) for fault in found if not fault.path.endswith(UNNAMED.get(format, ("\0",)))]


def events(format, body):
    """The name and the content of each event of a stream."""
    if format == "bedrock_converse":
        buffer = EventStreamBuffer()
        buffer.add_data(body)
        return [(event.headers[":event-type"], json.loads(event.payload)) for event in buffer]
    if format == "ollama_chat":
        return [("", json.loads(line)) for line in body.splitlines() if line]
    data = [line[5:].strip() for line in body.splitlines() if line.startswith(b"data:")]
    said = [json.loads(line) for line in data if line != b"[DONE]"]
    return [(event.get("type", ""), event) for event in said]


def in_answer(format, body, streamed):
    if format == "bedrock_converse":
        if not streamed:
            return of_shape(BEDROCK.operation_model("Converse").output_shape, json.loads(body))
        stream = BEDROCK.operation_model("ConverseStream").output_shape.members["stream"]
        return [fault for name, event in events(format, body) for fault in of_shape(stream.members[name], event, name)]
    whole, event_type = ANSWERS[format]
    if not streamed:
        return faults(whole, json.loads(body))
    return [fault for name, event in events(format, body) for fault in faults(event_type, event, name)]


def written(name):
    path = ROOT / "target" / name
    if not path.exists():
        raise RuntimeError(f"no target/{name}: the native tests write it, so run `cargo test --test exchange` first")
    return json.loads(path.read_text())


@pytest.mark.parametrize("provider", REQUESTS)
def test_what_is_sent_fits_the_types_of_the_providers_client(provider):
    bodies = [
        (f"{play['client']}, stream: {play['stream']}", base64.b64decode(play["provider_body"]))
        for play in written("matrix.json")["plays"]
        if play["provider"] == provider
    ]
    bodies += [(f"{it['from']}, {it['feature']}", it["body"]) for it in written("features.json") if it["to"] == provider]
    assert len(bodies) > 100
    wrong = [f"{name}{fault}" for name, body in bodies for fault in told(provider, REQUESTS[provider](json.loads(body)))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("client", REQUESTS)
def test_what_comes_back_fits_the_types_of_the_client(client):
    plays = [play for play in written("matrix.json")["plays"] if play["client"] == client]
    assert len(plays) == 14
    wrong = [
        f"{play['provider']}: {fault}"
        for play in plays
        for fault in told(client, in_answer(client, base64.b64decode(play["client_answer"]), play["stream"]))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("format", REQUESTS)
def test_a_fault_is_found(format):
    plays = written("matrix.json")["plays"]
    play = next(it for it in plays if it["client"] == it["provider"] == format and not it["stream"])
    sent, answer = (json.loads(base64.b64decode(play[it])) for it in ("provider_body", "client_answer"))
    messages = next(it for it in ("messages", "input", "contents") if it in sent)
    for wrong in ({"of_nobody": 1}, {messages: 1}):
        assert told(format, REQUESTS[format](sent | wrong)), wrong
    assert told(format, in_answer(format, json.dumps(answer | {"of_nobody": 1}), False))
