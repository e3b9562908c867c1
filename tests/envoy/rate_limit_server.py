"""A rate-limit service as Envoy's global rate-limit filter asks it (`envoy.service.ratelimit.v3`, over gRPC): fixed
windows in memory, counted as envoyproxy/ratelimit counts them, with the hits of each descriptor. Few messages, so they
are read and written by hand; the numbers of their fields are in Envoy's rls.proto and ratelimit.proto.

    python tests/envoy/rate_limit_server.py 18081 tenant=acme,unit=tokens 1000 3600
"""

import collections
import sys
import threading
import time
from concurrent import futures

import grpc

METHOD = "ShouldRateLimit"
SERVICE = "envoy.service.ratelimit.v3.RateLimitService"
OK, OVER = 1, 2
HOUR = 3  # RateLimitResponse.RateLimit.Unit


def varint(number):
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def field(number, value):
    """A field: an integer, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    """The fields of a message: their numbers with integers or bytes."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        else:
            assert key & 7 == 2, f"wire type {key & 7}"
            length = number()
            yield key >> 3, data[at : at + length]
            at += length


def read_request(data):
    """(domain, [({key: value}, hits)]): what a descriptor does not say itself the request says, and else it is one."""
    domain, descriptors, common = "", [], 0
    for number, value in fields(data):
        if number == 1:
            domain = value.decode()
        elif number == 3:
            common = value
        elif number == 2:
            entries, hits = {}, None
            for part, content in fields(value):
                if part == 1:
                    entry = dict(fields(content))
                    entries[entry[1].decode()] = entry.get(2, b"").decode()
                elif part == 3:
                    hits = dict(fields(content)).get(1, 0)
            descriptors.append((entries, hits))
    return domain, [(entries, (common or 1) if hits is None else hits) for entries, hits in descriptors]


class RateLimitServer:
    """`limits`: {descriptor as a tuple of pairs: most hits in a window}. What has no limit is allowed and not counted."""

    def __init__(self, limits, window_secs=3600, port=0):
        self.limits, self.window_secs = dict(limits), window_secs
        self.used, self.asked = collections.Counter(), []
        self.lock = threading.Lock()
        handler = grpc.unary_unary_rpc_method_handler(lambda data, _: self.should_rate_limit(data))
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler})])
        self.port = self.server.add_insecure_port(f"127.0.0.1:{port}")
        self.server.start()

    def should_rate_limit(self, data):
        _, descriptors = read_request(data)
        now = int(time.time())
        overall, statuses = OK, b""
        with self.lock:
            for entries, hits in descriptors:
                key = tuple(entries.items())
                self.asked.append((key, hits))
                limit = self.limits.get(key)
                if limit is None:
                    statuses += field(2, field(1, OK))
                    continue
                slot = key, now // self.window_secs
                self.used[slot] += hits
                code = OVER if self.used[slot] > limit else OK
                overall = max(overall, code)
                reset = self.window_secs - now % self.window_secs
                current = field(1, limit) + field(2, HOUR)
                left = max(0, limit - self.used[slot])
                status = field(1, code) + field(2, current) + field(3, left) + field(4, field(1, reset))
                statuses += field(2, status)
        return field(1, overall) + statuses

    def total(self, **entries):
        """The hits counted for a descriptor, over all windows."""
        with self.lock:
            return sum(used for (key, _), used in self.used.items() if key == tuple(entries.items()))

    def stop(self):
        self.server.stop(0)


if __name__ == "__main__":
    port, descriptor, most, window = sys.argv[1:]
    pairs = tuple(tuple(pair.split("=", 1)) for pair in descriptor.split(","))
    RateLimitServer({pairs: int(most)}, int(window), int(port)).server.wait_for_termination()
