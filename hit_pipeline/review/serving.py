"""Serving the pages on this machine only, until it is interrupted."""

import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn

from hit_pipeline.errors import HitError
from hit_pipeline.review.app import application
from hit_pipeline.review.guard import HOST
from hit_pipeline.review.rendering import Room

_LEAVING_SECONDS = 2
"""How long requests under way may take once it was interrupted."""


@contextlib.contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Hold a port of the loopback address for a block; 0 takes one that is free.

    Raises:
        HitError: The port is in use, or not ours to use.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind((HOST, port))
        except OSError as error:
            message = f"port {port} cannot be used: {error.strerror}"
            raise HitError(message, remedy="Leave --port out to take a free one.") from None
        yield held


def server_of(room: Room) -> uvicorn.Server:
    """Return a server of the pages; requests are not logged, their addresses neither."""
    config = uvicorn.Config(
        application(room),
        access_log=False,
        log_level="warning",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_LEAVING_SECONDS,
    )
    return uvicorn.Server(config)


def serve(room: Room, held: socket.socket, ready: Callable[[], None]) -> None:
    """Serve the pages until an interrupt.

    Args:
        room: What to serve.
        held: The port, bound.
        ready: Called once, when the address can be opened.
    """
    held.listen()
    ready()
    with contextlib.suppress(KeyboardInterrupt):
        server_of(room).run(sockets=[held])
