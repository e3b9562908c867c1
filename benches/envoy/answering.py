"""The provider of the benchmark: one thread that reads requests and writes answers made beforehand. It is no part of
what is measured, so it does as little as it can: one read and one write a request.

A streamed answer is written event by event at a fixed pace, as a model writes, so that Envoy reads each event alone.
Every event carries the time at which it was written; whoever reads it knows how long it was on its way.
"""

import json
import mmap
import multiprocessing
import os
import select
import socket
import struct
import time

PACE_SECONDS = 0.001
STAMP = b"t=0000000000000000"  # microseconds of the monotonic clock, put into each event's text


def whole(body):
    """An answer of JSON."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


class Stream:
    """An answer of server-sent events: bytes each."""

    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

    def __init__(self, events):
        self.chunks = [chunk(event) for event in events]
        self.chunks[-1] += b"0\r\n\r\n"


class Connection:
    def __init__(self, connection, answer):
        self.socket, self.answer, self.missing, self.next, self.unsent = connection, answer, None, None, b""

    def take(self, data):
        """True when a whole request has come. Envoy sends the next one only after the answer."""
        if self.missing is None:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                raise ValueError("a request's head came in pieces")
            head = head.lower()
            if b"content-length:" in head:
                self.missing = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            else:
                self.missing = -1  # chunked: ends with the empty chunk
        if self.missing < 0:
            done = data.endswith(b"\r\n0\r\n\r\n") or data == b"0\r\n\r\n"
        else:
            self.missing -= len(data)
            done = self.missing == 0
        if done:
            self.missing = None
        return done

    def write(self, data):
        self.unsent += data
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            pass
        except OSError:  # the other end has gone; the read that follows says so
            self.unsent = b""


def serve(listeners, counter):
    """`listeners`: socket -> answer. Runs until its process is ended. `counter`: eight bytes that others read, how many
    answers, or events of streamed ones, were written."""
    written = 0
    poll, connections, accepting, streaming = select.epoll(), {}, {}, set()
    for listener, answer in listeners.items():
        listener.setblocking(False)
        poll.register(listener, select.EPOLLIN)
        accepting[listener.fileno()] = (listener, answer)
    due = 0.0
    while True:
        for number, _ in poll.poll(max(0.0, due - time.monotonic()) if streaming else None):
            if number in accepting:
                listener, answer = accepting[number]
                connection, _ = listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[connection.fileno()] = Connection(connection, answer)
                poll.register(connection, select.EPOLLIN)
                continue
            one = connections[number]
            try:
                data = one.socket.recv(1 << 18)
            except BlockingIOError:
                data = None
            except OSError:
                data = b""
            if data == b"":
                poll.unregister(number)
                one.socket.close()
                streaming.discard(connections.pop(number))
            else:
                if data and one.take(data):
                    if isinstance(one.answer, Stream):
                        one.next = 0
                        one.write(Stream.head)
                        streaming.add(one)
                    else:
                        one.write(one.answer)
                        written += 1
                        counter[:8] = struct.pack("<q", written)
                if one.unsent:
                    # Larger than the socket's buffer: wait for room.
                    poll.modify(number, select.EPOLLIN | select.EPOLLOUT)
                    one.write(b"")
                    if not one.unsent:
                        poll.modify(number, select.EPOLLIN)
        if streaming and (now := time.monotonic()) >= due:
            due = max(due + PACE_SECONDS, now)
            for one in list(streaming):
                stamp = b"t=%016d" % (time.monotonic_ns() // 1000)
                one.write(one.answer.chunks[one.next].replace(STAMP, stamp))
                one.next += 1
                written += 1
                if one.next == len(one.answer.chunks):
                    streaming.discard(one)
            counter[:8] = struct.pack("<q", written)


class Upstream:
    """The provider in a process of its own; `ports` names each answer's."""

    def __init__(self, answers):
        listeners = {}
        self.ports = {}
        for name, answer in answers.items():
            listener = socket.create_server(("127.0.0.1", 0), backlog=256)
            listeners[listener] = answer
            self.ports[name] = listener.getsockname()[1]
        self.counter = mmap.mmap(-1, 8)
        self.process = multiprocessing.get_context("fork").Process(target=self.run, args=(listeners, self.counter), daemon=True)
        self.process.start()
        for listener in listeners:
            listener.close()

    @staticmethod
    def run(listeners, counter):
        try:
            serve(listeners, counter)
        except KeyboardInterrupt:
            os._exit(0)

    def written(self):
        """How many answers and events it has written so far."""
        return struct.unpack("<q", self.counter[:8])[0]

    def close(self):
        self.process.terminate()
        self.process.join()
