"""A request as bytes on a socket, so that it can be what no client library would send."""

import socket
from dataclasses import dataclass

PATIENCE = 30  # seconds until a server hangs; no test waits for it to pass
CLOSED = None  # the server ended the connection without an answer
SILENT = "silence"  # it did neither; no case expects that


@dataclass(frozen=True)
class Request:
    """What is sent: `values` are those of the signature header, in their order."""

    body: bytes
    values: tuple = ()
    method: str = "POST"
    chunk: int = 0  # bytes in each piece of a chunked upload; 0 announces the length instead
    headers: tuple = ()
    announced: int = -1  # the Content-Length, where more is announced than sent

    def head(self, host, path):
        lines = [f"{self.method} {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", "Connection: close"]
        lines += self.headers
        length = len(self.body) if self.announced < 0 else self.announced
        lines.append("Transfer-Encoding: chunked" if self.chunk else f"Content-Length: {length}")
        signatures = b"".join(b"x-chatislav-signature: " + value + b"\r\n" for value in self.values)
        return "\r\n".join(lines).encode() + b"\r\n" + signatures + b"\r\n"

    def payload(self):
        if not self.chunk:
            return self.body
        pieces = (self.body[at : at + self.chunk] for at in range(0, len(self.body), self.chunk))
        return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    status: object
    headers: dict


def send(request, port, path):
    """The answer; who refuses early may close while the body is still on its way."""
    try:
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    except ConnectionRefusedError:
        return Answer(CLOSED, {})
    with connection:
        try:
            connection.sendall(request.head(f"127.0.0.1:{port}", path) + request.payload())
            if request.announced > len(request.body):
                connection.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass
        return read(connection)


def read(connection):
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
            if received.startswith(b"HTTP/1.1 100") and b"\r\n\r\n" in received:
                received = received.split(b"\r\n\r\n", 1)[1]
    except ConnectionError:
        pass
    except TimeoutError:
        return Answer(SILENT, {})
    head = received.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    if not head[0].startswith("HTTP/1."):
        return Answer(CLOSED, {})
    headers = (line.partition(":") for line in head[1:])
    return Answer(int(head[0].split(" ")[1]), {name.lower(): value.strip() for name, _, value in headers})
