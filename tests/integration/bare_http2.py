# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 by hand on a socket: what a gRPC client of its own making can send, right or wrong."""
import re
import socket
import ssl
import struct

from skald_server import PATIENCE

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM = ACK = 1
END_HEADERS = 4
PUSH = "/logproto.Pusher/Push"


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def number(value, bits, first=0):
    """HPACK's integer behind the `first` bits of its byte."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return number(len(value), 7) + value


def literal(name, value, kept=False):
    """A header as it is; with `kept` the receiver remembers it in its table."""
    return (b"\x40" if kept else b"\x00") + text(name) + text(value)


def request_headers(method, more=()):
    fields = [(":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "x"),
              ("content-type", "application/grpc"), ("te", "trailers"),
              *more]
    return b"".join(literal(name, value) for name, value in fields)


def message(payload, packed=False, size=None):
    """In gRPC's frame; with `size` the length that it claims to have."""
    return bytes([packed]) + struct.pack(">I", len(payload) if size is None else size) + payload


def http2_context(roots, protocols=("h2",)):
    """TLS of a client that trusts the file's certificates."""
    context = ssl.create_default_context(cafile=roots)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


class BareHttp2:
    """A connection. Threading: one thread."""

    def __init__(self, server, timeout=PATIENCE, greet=True, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", server.grpc_port), timeout=timeout)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer, self.stream = b"", 1
        if greet:
            self.answer(PREFACE + frame(SETTINGS))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def next_stream(self):
        self.stream += 2
        return self.stream - 2

    def frames(self):
        """(kind, flags, stream, payload) until the server ends the connection; settings and pings are acknowledged."""
        while True:
            while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
                try:
                    data = self.socket.recv(65536)
                except ConnectionError:
                    return
                if not data:
                    return
                self.buffer += data
            size, kind, flags = int.from_bytes(self.buffer[:3], "big"), self.buffer[3], self.buffer[4]
            stream = int.from_bytes(self.buffer[5:9], "big") & 0x7FFFFFFF
            payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
            if kind in (SETTINGS, PING) and not flags & ACK:
                self.answer(frame(kind, ACK, 0, payload if kind == PING else b""))
            yield kind, flags, stream, payload

    def answer(self, data):
        try:
            self.send(data)
        except OSError:
            pass

    def end(self):
        """The frames up to the end that the server makes."""
        return list(self.frames())

    def start_call(self, method=PUSH, more=()):
        stream = self.next_stream()
        self.send(frame(HEADERS, END_HEADERS, stream, request_headers(method, more)))
        return stream

    def call(self, payload, method=PUSH, packed=False, more=()):
        """One call of a connection; its status as a number."""
        stream = self.start_call(method, more)
        body = message(payload, packed)
        pieces = [body[i:i + 16384] for i in range(0, len(body), 16384)]
        for i, piece in enumerate(pieces):
            self.send(frame(DATA, END_STREAM if i + 1 == len(pieces) else 0, stream, piece))
        return self.status(stream)

    def status(self, stream):
        """That the call ended with. gRPC writes it as it is when it writes it for the first time on a connection."""
        for kind, _, of, payload in self.frames():
            found = re.search(rb"grpc-status[\x01\x02](\d+)", payload) if kind == HEADERS and of == stream else None
            if found:
                return int(found.group(1))
            if kind == RESET and of == stream:
                raise ConnectionResetError(f"stream reset, {payload.hex()}")
        raise EOFError("the connection ended before the call did")
