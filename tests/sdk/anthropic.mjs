// The `@anthropic-ai/sdk` npm package: does one task and tells what its user sees of it (see clients.py).
import Anthropic from "@anthropic-ai/sdk";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import { serve } from "./serve.mjs";

const connect = (task) => new Anthropic({ baseURL: task.url, apiKey: task.key, maxRetries: 0, timeout: 20000 });

function question(task) {
  const data = /^data:(.*);base64,(.*)$/.exec(task.image ?? "");
  const source = data ? { type: "base64", media_type: data[1], data: data[2] } : { type: "url", url: task.image };
  const content = task.image ? [{ type: "text", text: task.text }, { type: "image", source }] : task.text;
  const asked = { model: task.model, max_tokens: task.max_tokens ?? 4000, messages: [{ role: "user", content }] };
  if (task.system) asked.system = task.system;
  if (task.tools) {
    const about = { description: "Looks it up", input_schema: task.schema };
    asked.tools = task.tools.map((name) => ({ name, ...about }));
  }
  if (task.thinking) asked.thinking = { type: "enabled", budget_tokens: 1024 };
  if (task.trip) asked.output_config = { format: jsonSchemaOutputFormat(task.trip) };
  return asked;
}

function ask(client, task, asked) {
  if (task.stream) return client.messages.stream(asked).finalMessage();
  return task.trip ? client.messages.parse(asked) : client.messages.create(asked);
}

function seen(message) {
  const blocks = (kind) => message.content.filter((block) => block.type === kind);
  const [thinking] = blocks("thinking");
  const usage = message.usage;
  return {
    id: message.id,
    text: blocks("text").map((block) => block.text).join(""),
    calls: blocks("tool_use").map((block) => [block.name, block.input]),
    finish: message.stop_reason,
    thinking: thinking?.thinking ?? null,
    signature: thinking?.signature ?? null,
    trip: message.parsed_output ?? null,
    usage: [
      usage.input_tokens,
      usage.cache_creation_input_tokens ?? null,
      usage.cache_read_input_tokens ?? null,
      usage.output_tokens,
    ],
  };
}

serve(connect, {
  async chat(client, task) {
    const asked = question(task);
    const message = await ask(client, task, asked);
    const turns = [seen(message)];
    if (task.results) {
      const content = message.content
        .filter((block) => block.type === "tool_use")
        .map((block) => ({ type: "tool_result", tool_use_id: block.id, content: task.results[block.name] }));
      const more = [{ role: "assistant", content: message.content }, { role: "user", content }];
      turns.push(seen(await ask(client, task, { ...asked, messages: [...asked.messages, ...more] })));
    }
    return turns;
  },
  async headers(client, task) {
    const { data, response } = await client.messages.create(question(task)).withResponse();
    return { headers: Object.fromEntries(response.headers), request_id: data._request_id };
  },
  async models(client) {
    const listed = [];
    for await (const model of client.models.list()) listed.push(model.id);
    return { listed, one: (await client.models.retrieve(listed[0])).id };
  },
  model: async (client, task) => (await client.models.retrieve(task.model)).id,
  async count(client, task) {
    const { model, messages } = question(task);
    return (await client.messages.countTokens({ model, messages })).input_tokens;
  },
  elsewhere: async (client) => (await client.messages.batches.retrieve("msgbatch_1")).id,
});
