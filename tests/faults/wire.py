"""Speaks HTTP over a socket, byte by byte, so that nothing tidies up what a test says."""

import asyncio
from contextlib import suppress

from msgspec import Struct

HOST = "packhouse.example"


class Received(Struct, frozen=True):
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool
    """Whether the connection gave as many bytes as were announced."""


async def get(port: int, path: str, headers: dict[str, str] | None = None) -> Received:
    """Ask for one thing on a connection of its own."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return read_answer(await exchange(port, "\r\n".join([*lines, "", ""]).encode("latin-1"), 30.0))


async def exchange(port: int, said: bytes, patience_s: float = 5.0) -> bytes:
    """Say something and listen until the server closes the connection, or has been silent for too long."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = bytearray()
    try:
        with suppress(ConnectionError):
            writer.write(said)
            await writer.drain()
        with suppress(ConnectionError, TimeoutError):
            while piece := await asyncio.wait_for(reader.read(1 << 20), patience_s):
                heard += piece
    finally:
        writer.close()
    return bytes(heard)


def read_answer(heard: bytes) -> Received:
    """Take an answer apart; status 0 if there is none."""
    head, found, body = heard.partition(b"\r\n\r\n")
    if not found:
        return Received(0, {}, b"", complete=False)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    announced = headers.get("content-length")
    return Received(int(first.split(" ")[1]), headers, body, complete=announced == str(len(body)))
