"""Many viewers of one run, in a process of their own: `python -m benchmarks.viewers PORT COOKIE COUNT`.

It says `ready` when all are connected, reads a run's id, has all of them join its room, says `joined`, and after the next line
on its input prints as JSON how long updates took from the engine's decision to each viewer, in seconds.
"""

import base64
import json
import os
import re
import selectors
import socket
import sys
import threading
import time
from statistics import quantiles

AT = re.compile(rb'"at":\s*([0-9.]+)')
STEP = b'"kind":"step"'


class Viewer:
    """One websocket that is joined to Socket.IO; it reads what comes and answers pings."""

    def __init__(self, port: int, cookie: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        self.data = b""
        while b"\r\n\r\n" not in self.data:
            more = self.socket.recv(4096)
            if not more:
                raise RuntimeError(f"no websocket: {self.data[:200]!r}")
            self.data += more
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(f"no websocket: {head[:200]!r}")
        self.send("40")

    def send(self, text: str) -> None:
        """One text frame."""
        data = text.encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + len(data).to_bytes(2, "big")
        self.socket.sendall(b"\x81" + size + b"\0\0\0\0" + data)

    def read(self) -> list[bytes]:
        """The texts that have come."""
        more = self.socket.recv(1 << 16)
        if not more:
            raise RuntimeError("the server closed a websocket")
        self.data += more
        found = []
        while len(self.data) >= 2:
            size, begin = self.data[1] & 127, 2
            if size == 126:
                size, begin = int.from_bytes(self.data[2:4], "big"), 4
            elif size == 127:
                size, begin = int.from_bytes(self.data[2:10], "big"), 10
            if len(self.data) < begin + size or begin > len(self.data):
                break
            found.append(self.data[begin : begin + size])
            self.data = self.data[begin + size :]
        return found


def main(port: int, cookie: str, count: int) -> None:
    """Watch."""
    viewers = [Viewer(port, cookie) for _ in range(count)]
    waits: list[float] = []
    joined = [0]
    watching = selectors.DefaultSelector()
    for viewer in viewers:
        watching.register(viewer.socket, selectors.EVENT_READ, viewer)

    def watch() -> None:
        while True:
            for key, _ in watching.select():
                now = time.time()
                for text in key.data.read():
                    if text == b"2":
                        key.data.send("3")
                    elif text.startswith(b"43"):
                        joined[0] += 1
                    elif STEP in text[:200] and (at := AT.search(text)):
                        waits.append(now - float(at[1]))

    threading.Thread(target=watch, daemon=True).start()
    print("ready", flush=True)
    run = sys.stdin.readline().strip()
    for viewer in viewers:
        viewer.send(f'421["join",{json.dumps({"room": f"run:{run}"})}]')
    while joined[0] < count:
        time.sleep(0.01)
    waits.clear()
    print("joined", flush=True)
    sys.stdin.readline()
    time.sleep(1.0)
    shares = quantiles(waits, n=100) if len(waits) > 1 else [float("nan")] * 99
    print(
        json.dumps({"updates": len(waits), "p50": shares[49], "p95": shares[94], "most": max(waits, default=0)}),
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
