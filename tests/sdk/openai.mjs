// The `openai` npm package: does one task and tells what its user sees of it (see clients.py).
import OpenAI from "openai";
import { serve } from "./serve.mjs";

const connect = (task) =>
  new OpenAI({ baseURL: `${task.url}/v1`, apiKey: task.key, maxRetries: 0, timeout: 20000 });

function question(task) {
  const image = { type: "image_url", image_url: { url: task.image } };
  const content = task.image ? [{ type: "text", text: task.text }, image] : task.text;
  const messages = task.system ? [{ role: "system", content: task.system }] : [];
  const asked = { model: task.model, messages: [...messages, { role: "user", content }] };
  if (task.max_tokens) asked.max_completion_tokens = task.max_tokens;
  if (task.tools) {
    const about = { description: "Looks it up", parameters: task.schema, strict: true };
    asked.tools = task.tools.map((name) => ({ type: "function", function: { name, ...about } }));
  }
  if (task.thinking) asked.reasoning_effort = "low";
  if (task.trip) {
    const json_schema = { name: "Trip", strict: true, schema: task.trip };
    asked.response_format = { type: "json_schema", json_schema };
  }
  return asked;
}

async function ask(client, task, asked) {
  const chat = client.chat.completions;
  if (!task.stream) return task.trip ? chat.parse(asked) : chat.create(asked);
  const stream = chat.stream({ ...asked, stream_options: { include_usage: true } });
  // The helper joins the fields that OpenAI has and keeps only the last piece of others, so those are joined here.
  const joined = {};
  stream.on("chunk", (chunk) => {
    for (const name of ["reasoning_content", "thinking_blocks"]) {
      const piece = chunk.choices[0]?.delta?.[name];
      if (piece) joined[name] = joined[name]?.concat(piece) ?? piece;
    }
  });
  const completion = await stream.finalChatCompletion();
  Object.assign(completion.choices[0].message, joined);
  return completion;
}

function seen(completion) {
  const [{ message, finish_reason }] = completion.choices;
  const usage = completion.usage;
  return {
    id: completion.id,
    text: message.content ?? "",
    calls: (message.tool_calls ?? []).map((call) => [call.function.name, JSON.parse(call.function.arguments)]),
    finish: finish_reason,
    thinking: message.reasoning_content ?? null,
    signature: message.thinking_blocks?.[0]?.signature ?? null,
    trip: message.parsed ?? null,
    usage: usage && [usage.prompt_tokens, usage.prompt_tokens_details?.cached_tokens ?? null, usage.completion_tokens],
  };
}

// The same through the Responses API: the items of an answer go back as they came.
async function respond(client, task) {
  const image = { type: "input_image", image_url: task.image, detail: "auto" };
  const content = task.image ? [{ type: "input_text", text: task.text }, image] : task.text;
  const asked = { model: task.model, input: [{ role: "user", content }] };
  for (const name of ["temperature", "previous_response_id", "store"]) if (name in task) asked[name] = task[name];
  if (task.system) asked.instructions = task.system;
  if (task.max_tokens) asked.max_output_tokens = task.max_tokens;
  if (task.tools) {
    const about = { description: "Looks it up", parameters: task.schema, strict: true };
    asked.tools = task.tools.map((name) => ({ type: "function", name, ...about }));
  }
  if (task.thinking) {
    asked.reasoning = { effort: "low", summary: "auto" };
    asked.include = ["reasoning.encrypted_content"];
  }
  if (task.trip) asked.text = { format: { type: "json_schema", name: "Trip", strict: true, schema: task.trip } };
  const response = await responseTo(client, task, asked);
  const turns = [told(response)];
  if (task.results) {
    const results = response.output
      .filter((item) => item.type === "function_call")
      .map((item) => ({ type: "function_call_output", call_id: item.call_id, output: task.results[item.name] }));
    const input = [...asked.input, ...response.output, ...results];
    turns.push(told(await responseTo(client, task, { ...asked, input })));
  }
  return turns;
}

async function responseTo(client, task, asked) {
  if (!task.stream) return task.trip ? client.responses.parse(asked) : client.responses.create(asked);
  if (!task.events) return client.responses.stream(asked).finalResponse();
  const events = [];
  for await (const event of await client.responses.create({ ...asked, stream: true })) events.push(event);
  if (events.some((event, number) => event.sequence_number !== number)) throw new Error("events out of order");
  return events.at(-1).response;
}

function told(response) {
  const { output, usage } = response;
  const thoughts = output.filter((item) => item.type === "reasoning");
  const texts = output.flatMap((item) => item.content ?? []).filter((part) => part.type === "output_text");
  return {
    id: response.id,
    kinds: output.map((item) => item.type),
    text: texts.map((part) => part.text).join(""),
    calls: output
      .filter((item) => item.type === "function_call")
      .map((item) => [item.name, JSON.parse(item.arguments)]),
    finish: response.incomplete_details?.reason ?? response.status,
    thinking: thoughts.flatMap((item) => item.summary.map((part) => part.text)).join(""),
    signature: thoughts[0]?.encrypted_content ?? null,
    trip: response.output_parsed ?? null,
    usage: usage && [usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens],
    settings: [response.instructions, response.temperature, response.tools.length],
  };
}

serve(connect, {
  async chat(client, task) {
    const asked = question(task);
    const completion = await ask(client, task, asked);
    const turns = [seen(completion)];
    if (task.results) {
      const message = completion.choices[0].message;
      const results = message.tool_calls.map((call) => ({
        role: "tool",
        tool_call_id: call.id,
        content: task.results[call.function.name],
      }));
      turns.push(seen(await ask(client, task, { ...asked, messages: [...asked.messages, message, ...results] })));
    }
    return turns;
  },
  async headers(client, task) {
    const { data, response } = await client.chat.completions.create(question(task)).withResponse();
    return { headers: Object.fromEntries(response.headers), request_id: data._request_id };
  },
  async models(client) {
    const listed = [];
    for await (const model of client.models.list()) listed.push(model.id);
    return { listed, one: (await client.models.retrieve(listed[0])).id };
  },
  model: async (client, task) => (await client.models.retrieve(task.model)).id,
  async embed(client, task) {
    const { model, input, encoding_format, dimensions } = task;
    const answer = await client.embeddings.create({ model, input, encoding_format, dimensions });
    return { vectors: answer.data.map((row) => row.embedding), tokens: answer.usage.prompt_tokens };
  },
  respond,
  elsewhere: async (client) => (await client.fineTuning.jobs.list()).data,
});
