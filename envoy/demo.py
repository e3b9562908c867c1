"""The tour: starts the quickstart in a real Envoy, makes a few calls, checks and shows what happened, and stays up.

Without provider keys, small scripted providers stand behind it; with OPENAI_API_KEY or ANTHROPIC_API_KEY set, that
provider is the real one over TLS. DEMO_EXIT=1 ends after the tour; the status is 0 only if every step held.
Run by `make demo`. Standard library only.
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from upstream import Upstream, rate_limited

ROOT = pathlib.Path(__file__).resolve().parents[1]
KEY = "sk-postern-demo"
SECRETS = {"email": "jane.doe@example.com", "card": "4111 1111 1111 1111", "ssn": "536-22-8726"}
# Cluster, host in quickstart.yaml, the variable that holds the real key.
PROVIDERS = [("openai", "api.openai.com", "OPENAI_API_KEY"), ("anthropic", "api.anthropic.com", "ANTHROPIC_API_KEY")]

COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint(code, text):
    return f"\x1b[{code}m{text}\x1b[0m" if COLOUR else str(text)


def bold(text):
    return paint("1", text)


def dim(text):
    return paint("2", text)


def show(label, value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    print(f"    {dim(f'{label:<9}')} {text}")


def find_envoy():
    for path in (os.environ.get("ENVOY"), ROOT / ".local/venv/bin/envoy", shutil.which("envoy")):
        if path and os.access(path, os.X_OK):
            return str(path)
    return None


def free_port(wanted):
    """`wanted` if nobody listens there, else any that is free."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as probe:
            return probe.getsockname()[1]
    sys.exit("no free port on 127.0.0.1")


def replace(text, pattern, by):
    """One place in the quickstart; if the file has moved on, the demo says so instead of running something else."""
    text, count = re.subn(pattern, by, text, flags=re.MULTILINE)
    if count != 1:
        sys.exit(f"envoy/quickstart.yaml has {count} places like `{pattern}`, and the demo needs one: adapt demo.py")
    return text


class Demo:
    def __init__(self, envoy):
        self.port, self.admin_port = free_port(10000), free_port(9901)
        text, env = (ROOT / "envoy" / "quickstart.yaml").read_text(), dict(os.environ)
        text = replace(text, r"(address: 127.0.0.1, port_value: )10000\b", rf"\g<1>{self.port}")
        text = replace(text, r"(address: 127.0.0.1, port_value: )9901\b", rf"\g<1>{self.admin_port}")
        self.scripted = {}
        for cluster, host, variable in PROVIDERS:
            if os.environ.get(variable):
                continue
            env[variable] = f"sk-{cluster}-demo-provider-key"
            upstream = self.scripted[cluster] = Upstream(cluster, {env[variable]})
            text = replace(text, f"address: {host}, port_value: 443", f"address: 127.0.0.1, port_value: {upstream.port}")
            text = replace(text, rf"^ *transport_socket: .*sni: {host}.*\n", "")
        self.folder = tempfile.TemporaryDirectory(prefix="postern-demo-")
        config, self.log_path = pathlib.Path(self.folder.name) / "envoy.yaml", pathlib.Path(self.folder.name) / "log"
        config.write_text(text)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [envoy, "-c", config, "--concurrency", "1", "--use-dynamic-base-id", "--file-flush-interval-msec", "50",
                 "--drain-time-s", "1"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=log, text=True)
        self.records, self.failed, self.calls = [], 0, 0
        threading.Thread(target=self.collect, daemon=True).start()

    def collect(self):
        for line in self.process.stdout:
            self.records.append(line.strip())

    def wait_until_ready(self):
        for _ in range(600):
            if self.process.poll() is not None:
                sys.exit(f"Envoy did not start:\n{self.log_path.read_text()[-3000:]}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/ready").startswith("LIVE"):
                    return
            time.sleep(0.1)
        sys.exit(f"Envoy was not ready after a minute:\n{self.log_path.read_text()[-3000:]}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.folder.cleanup()

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=10)
        connection.request("GET", path)
        return connection.getresponse().read().decode(errors="replace")

    def post(self, body, key=KEY):
        self.calls += 1
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("POST", "/v1/chat/completions", json.dumps(body),
                           {"authorization": f"Bearer {key}", "content-type": "application/json"})
        return connection.getresponse()

    def say(self, model, text):
        """One OpenAI chat; its status, headers and JSON."""
        show("client", f"POST /v1/chat/completions  model={model}  “{text}”")
        reply = self.post({"model": model, "messages": [{"role": "user", "content": text}]})
        body = reply.read().decode()
        return reply, json.loads(body) if "json" in reply.getheader("content-type", "") else body

    def received(self, cluster):
        """What the scripted provider got last; None where the provider is real."""
        requests = self.scripted[cluster].requests if cluster in self.scripted else []
        return requests[-1] if requests else None

    def step(self, title):
        print(f"\n{bold(title)}")

    def check(self, held, what):
        self.failed += not held
        print(f"  {paint('32', '✓') if held else paint('31', '✗')} {what}")

    # The tour.

    def tour(self):
        same = [lambda each=each: self.same_call(*each)
                for each in (("gpt-4o-mini", "openai"), ("claude-haiku-4-5", "anthropic"))]
        for step in (*same, self.stream, self.fallback, self.redaction, self.refused, self.left_behind):
            try:
                step()
            except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
                self.check(False, f"this step broke: {error!r}")

    def same_call(self, model, cluster):
        self.step(f"The same call, answered by {cluster}")
        reply, answer = self.say(model, "Say hello to Envoy")
        request = self.received(cluster)
        if request:
            show(cluster, f"POST {request.path}  {request.body.decode()}")
        self.check(reply.status == 200, f"status {reply.status}")
        if reply.status != 200:
            return show("answer", answer)
        text, usage = answer["choices"][0]["message"]["content"], answer["usage"]
        show("answer", f"“{text}”  usage={usage['prompt_tokens']}+{usage['completion_tokens']}")
        self.check(bool(text) and answer["object"] == "chat.completion", "an OpenAI answer with text and usage")
        if request:
            path = "/v1/messages" if cluster == "anthropic" else "/v1/chat/completions"
            self.check(request.path == path, f"{cluster} was called in its own API, {path}")
            self.check(KEY.encode() not in request.raw, "the client's key stayed here")

    def stream(self):
        self.step("A stream from Anthropic, as OpenAI chunks")
        show("client", "POST /v1/chat/completions  model=claude-haiku-4-5  stream=true")
        reply = self.post({"model": "claude-haiku-4-5", "stream": True, "stream_options": {"include_usage": True},
                           "messages": [{"role": "user", "content": "Count from one to five"}]})
        lines = [line.strip()[6:] for line in reply.read().decode().split("\n\n") if line.startswith("data: ")]
        events = [json.loads(line) for line in lines if line != "[DONE]"]
        deltas = [event["choices"][0]["delta"].get("content") or "" for event in events if event["choices"]]
        show("answer", dim("|").join(delta for delta in deltas if delta))
        self.check(reply.getheader("content-type", "").startswith("text/event-stream"), "an event stream")
        self.check(len([delta for delta in deltas if delta]) > 1, f"{len(events)} chunks")
        self.check(lines[-1] == "[DONE]" and bool(events[-1].get("usage")), "usage in the last chunk, then [DONE]")

    def fallback(self):
        if "openai" not in self.scripted:
            return
        self.step("OpenAI has no capacity, Anthropic answers")
        self.scripted["openai"].script(rate_limited("openai"))
        reply, answer = self.say("gpt-4o-mini", "Anybody there?")
        show("openai", "429 rate_limit_exceeded")
        show("answer", f"“{answer['choices'][0]['message']['content']}”  model={answer['model']}")
        self.check(reply.status == 200 and "claude" in answer["model"], "Envoy retried on the second target, translated anew")
        if request := self.received("anthropic"):
            self.check(b"sk-openai" not in request.raw, "nothing of the first provider's key went to the second")

    def redaction(self):
        self.step("Personal data stays here")
        prompt = "Repeat: mail {email}, card {card}, SSN {ssn}".format(**SECRETS)
        reply, answer = self.say("gpt-4o-mini", prompt)
        request = self.received("openai")
        seen = request.json["messages"][-1]["content"] if request else answer["choices"][0]["message"]["content"]
        show("openai" if request else "answer", f"“{paint('33', seen)}”")
        for kind, value in SECRETS.items():
            self.check(reply.status == 200 and value not in (request.raw.decode() if request else seen), f"no {kind} left the house")

    def refused(self):
        self.step("A key nobody has issued")
        show("client", "Authorization: Bearer sk-wrong")
        before = sum(len(upstream.requests) for upstream in self.scripted.values())
        reply = self.post({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}, key="sk-wrong")
        answer = json.loads(reply.read())
        show("answer", answer)
        self.check(reply.status == 401 and bool(answer["error"]["message"]), "401 in OpenAI's error shape")
        self.check(before == sum(len(upstream.requests) for upstream in self.scripted.values()), "no provider was asked")

    def left_behind(self):
        self.step("What it left: one record a request, and metrics")
        for _ in range(100):
            if len(self.records) >= self.calls:
                break
            time.sleep(0.05)
        self.check(len(self.records) == self.calls, f"{len(self.records)} records for {self.calls} requests")
        record = json.loads(self.records[0])
        show("record", record)
        self.check(record["gen_ai.usage.input_tokens"] > 0 and record["gen_ai.usage.output_tokens"] > 0, "tokens are in it")
        self.check(not any(KEY in line for line in self.records), "no key is")
        series = [line for line in self.get("/stats/prometheus").splitlines()
                  if re.match("(gen_ai|postern)_", line) and "_bucket{" not in line and not line.endswith(" 0")]
        for line in series[:12]:
            show("metric", line)
        self.check(any('tenant="acme"' in line and "token" in line for line in series), "tokens per tenant and model")

    def curl_lines(self):
        body = json.dumps({"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "My card is 4111 1111 1111 1111"}]})
        url = f"http://127.0.0.1:{self.port}"
        return "\n".join([
            bold("Try it"),
            f"  curl {url}/v1/chat/completions -H 'Authorization: Bearer {KEY}' \\\n    -H 'Content-Type: application/json' -d '{body}'",
            f"  curl {url}/v1/messages -H 'x-api-key: {KEY}' -H 'anthropic-version: 2023-06-01' \\\n    -H 'Content-Type: application/json'"
            " -d '{\"model\": \"gpt-4o-mini\", \"max_tokens\": 50, \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}'",
            f"  curl {url}/v1/models -H 'Authorization: Bearer {KEY}'",
            f"  curl -s http://127.0.0.1:{self.admin_port}/stats/prometheus | grep -E '^(gen_ai|postern)_'"])


def main():
    envoy, wasm = find_envoy(), ROOT / "dist" / "postern.wasm"
    if not envoy:
        sys.exit("no Envoy: `make demo` puts one into .local; or name yours with ENVOY=/path/to/envoy (1.39 or newer)")
    if not wasm.exists():
        sys.exit("no dist/postern.wasm: `make demo` builds it first, or run `make build`")
    demo = Demo(envoy)
    try:
        print(dim(f"Starting Envoy with {wasm.relative_to(ROOT)} ..."))
        demo.wait_until_ready()
        for cluster, host, variable in PROVIDERS:
            show(cluster, f"scripted on 127.0.0.1 (set {variable} for the real one)" if cluster in demo.scripted else f"{host} over TLS")
        demo.tour()
        print(f"\n{bold('Every step held.') if not demo.failed else paint('31', f'{demo.failed} checks failed.')}\n")
        if demo.failed:
            print(dim("Envoy's log ends:"), demo.log_path.read_text(errors="replace")[-1500:])
        if not os.environ.get("DEMO_EXIT"):
            print(demo.curl_lines() + f"\n\n{dim('Up until Ctrl-C.')}", flush=True)
            demo.process.wait()
    except KeyboardInterrupt:
        print()
    finally:
        demo.stop()
    sys.exit(1 if demo.failed else 0)


if __name__ == "__main__":
    main()
