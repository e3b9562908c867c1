"""The real presidio-analyzer behind the HTTP API it documents: `POST /analyze`, as its own container's app.py serves it.

Its models of languages are no packages of PyPI, so the engine has a blank one: what Presidio finds by patterns and checks is
its own, names and places it does not find. `python presidio_server.py` prints its port and serves on loopback.
"""

import http.server
import json
import logging

import spacy
from presidio_analyzer import AnalyzerEngine, AnalyzerRequest
from presidio_analyzer.nlp_engine import SpacyNlpEngine

# It looks for a newer list of public suffixes, and takes its own where there is no network.
logging.disable(logging.ERROR)


class Blank(SpacyNlpEngine):
    def load(self):
        self.nlp = {"en": spacy.blank("en")}


ENGINE = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, answer = 404, {"error": "not found"}
        if self.path == "/analyze":
            try:
                status, answer = 200, [found.to_dict() for found in analyze(AnalyzerRequest(body))]
            except (TypeError, ValueError) as error:
                status, answer = 500, {"error": str(error)}
        raw = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


def analyze(asked):
    if not asked.text or not asked.language:
        raise ValueError("No text or no language provided")
    return ENGINE.analyze(
        text=asked.text, language=asked.language, entities=asked.entities, score_threshold=asked.score_threshold
    )


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
