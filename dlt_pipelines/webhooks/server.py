"""The server around the application: uvicorn, with patience that ends."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from dlt_pipelines.webhooks.app import Receiver
from dlt_pipelines.webhooks.limits import Limits

if TYPE_CHECKING:
    import uvicorn

_STOP_SECONDS = 10
_KEEP_ALIVE_SECONDS = 15


def make_server(receiver: Receiver, limits: Limits, host: str, port: int) -> "uvicorn.Server":
    """Return a server that is ready to run; port 0 takes any free one."""
    import uvicorn

    # its lines hold whole addresses, with whatever a sender wrote there
    logging.getLogger("uvicorn.access").disabled = True
    return uvicorn.Server(
        uvicorn.Config(
            receiver,
            host=host,
            port=port,
            http=_patient_protocol(limits.connection_seconds),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=limits.connections,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
    )


def _patient_protocol(seconds: float) -> Any:
    """Return a protocol that ends a connection whose request takes too long to come.

    uvicorn waits for headers as long as somebody goes on sending a byte now and then.
    """
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class PatientProtocol(H11Protocol):
        deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait_again()

        def on_response_complete(self) -> None:
            self._wait_again()
            super().on_response_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            if self.deadline is not None:
                self.deadline.cancel()
            super().connection_lost(exc)

        def _wait_again(self) -> None:
            if self.deadline is not None:
                self.deadline.cancel()
            self.deadline = self.loop.call_later(seconds, self.transport.abort)

    return PatientProtocol


def log_to_stderr() -> None:
    """Write one line per delivery, and what the server has to say, to standard error."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
