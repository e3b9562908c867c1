// One task a line on standard input, what its user saw of it a line on standard output, an exception included.
import { createInterface } from "node:readline";

function kinds(error) {
  const names = [];
  for (let at = Object.getPrototypeOf(error); at; at = Object.getPrototypeOf(at)) names.push(at.constructor.name);
  return names;
}

export async function serve(connect, acts) {
  for await (const line of createInterface({ input: process.stdin })) {
    const task = JSON.parse(line);
    let seen;
    try {
      seen = { seen: await acts[task.act](connect(task), task) };
    } catch (error) {
      const header = (name) => error.headers?.get?.(name) ?? null;
      seen = {
        raised: kinds(error),
        status: error.status ?? null,
        message: String(error.message),
        retry_after: header("retry-after"),
        source: header("x-postern-error-source"),
      };
    }
    console.log(JSON.stringify(seen));
  }
}
