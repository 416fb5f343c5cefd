"""The life of the side-car: opens the desk, serves until it is told to end, and ends in order."""

import asyncio
import json
import logging
import signal
import socket
import sys
from collections.abc import Sequence

import uvloop

from nacre.core.clock import system_clock
from nacre.core.secrets import SecretBox
from nacre.engines.pgwire.server import Server
from nacre.llm.backend import Relations
from nacre.llm.configuration import Configuration
from nacre.llm.desk import Desk
from nacre.llm.elsewhere.certificate import Certificate, context_of
from nacre.llm.functions import load_all
from nacre.llm.opening import open_desk

_TRIM_S = 3600.0
_log = logging.getLogger(__name__)


def serve(told: bytes, descriptors: Sequence[int]) -> None:
    """Until SIGTERM. `told` is {"keys", "configuration", "certificate"}, see service.py."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    document = json.loads(told)
    box = SecretBox.of(document["keys"])
    configuration = Configuration.model_validate(document["configuration"])
    certificate = Certificate(**document["certificate"]) if document["certificate"] else None
    uvloop.run(_serve(configuration, box, [socket.socket(fileno=each) for each in descriptors], certificate))


async def _serve(
    configuration: Configuration,
    box: SecretBox,
    listening: Sequence[socket.socket],
    certificate: Certificate | None,
) -> None:
    load_all()
    ending = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, ending.set)
    desk = await open_desk(configuration, box, system_clock)
    server = Server(Relations(desk, configuration))
    try:
        desk.spawn("trim the ledger", _trim(desk, configuration))
        for each in listening:
            if each.family == socket.AF_UNIX or certificate is None:
                await server.serve(each)
            else:
                await server.serve(each, context_of(certificate), certificate.der)
        _log.info("serves")
        await ending.wait()
    finally:
        await server.close()
        await desk.close()
        _log.info("ended")


async def _trim(desk: Desk, configuration: Configuration) -> None:
    """Keep the ledger within its limits of age and size, for as long as the side-car runs."""
    while True:
        await desk.ledger.trim(configuration.audit_days, configuration.audit_rows)
        await asyncio.sleep(_TRIM_S)
