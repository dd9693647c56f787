#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
"""Serves the files of a directory over HTTP, in one thread: server.py DIRECTORY PORT"""
import asyncio
import functools
import os
import sys
import urllib.parse

import zcxfer


def open_file(root, target):
    path = urllib.parse.unquote(target.partition("?")[0])
    path = os.path.realpath(os.path.join(root, path.lstrip("/")))
    if os.path.commonpath([root, path]) != root or not os.path.isfile(path):
        raise FileNotFoundError(path)
    return open(path, "rb", buffering=0)


def head(status, length):
    return f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n".encode()


async def respond(device, sock, root, request):
    """Returns true if another request may follow."""
    method, target, version = request.partition("\r\n")[0].split(" ")
    if method != "GET":
        await device.send(sock, head("405 Method Not Allowed\r\nAllow: GET", 0))
        return False
    try:
        file = open_file(root, target)
    except (OSError, ValueError):
        await device.send(sock, head("404 Not Found", 0))
        return version == "HTTP/1.1"
    with file:
        body = zcxfer.FileRange(file)
        result = await device.send(sock, head("200 OK", body.length), body)
    return version == "HTTP/1.1" and result.complete


async def serve(device, root, reader, writer):
    try:
        while await respond(device, writer.get_extra_info("socket"), root,
                            (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")):
            pass
    except (OSError, ValueError, EOFError, asyncio.LimitOverrunError):
        pass  # the client has gone, or does not send HTTP
    finally:
        writer.close()


async def main(root, port):
    async with zcxfer.AsyncDevice() as device:
        start = functools.partial(serve, device, os.path.realpath(root))
        server = await asyncio.start_server(start, "0.0.0.0", int(port))
        print("serving port", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
