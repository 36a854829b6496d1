"""Asking about packages: a running server if there is one, else the services in this process."""

from typing import TypeVar
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import msgspec

from packhouse.apis.packages.messages import Failure, Message
from packhouse.apis.packages.operations import OPERATIONS
from packhouse.apis.packages.questions import Question
from packhouse.cli.address import client_address
from packhouse.config import Config
from packhouse.domain.errors import PackhouseError

M = TypeVar("M", bound=Message)

_ANSWER_S = 120.0


class _NoServer(Exception):
    """Nothing that is a Packhouse answers there."""


def ask(config: Config, server: str | None, operation: str, question: Question, kind: type[M], as_of: str = "") -> M:
    """Have a question answered, as of now or of a date; raise a PackhouseError with what is said about it.

    A server that was named must answer. The one of the configuration is asked if it runs.
    """
    address = (server or client_address(config)).rstrip("/")
    if as_of:
        from packhouse.http.site import parse_date

        parse_date(as_of)
    try:
        return _ask_server(f"{address}/@{as_of}" if as_of else address, operation, question, kind)
    except _NoServer as error:
        if server is not None:
            hint = "start it with packhouse serve, or leave --server out to ask without one"
            raise PackhouseError(f"no Packhouse answers at {address}: {error}", hint) from error
    return _ask_here(config, address, operation, question, kind, as_of)


def _ask_server(address: str, operation: str, question: Question, kind: type[M]) -> M:
    headers = {"content-type": "application/json", "accept": "application/json"}
    url = f"{address}/packages/v1/{operation}"
    try:
        request = Request(url, msgspec.json.encode(question), headers)  # noqa: S310 (the operator's own address)
        # Never by way of the proxy that upstreams are reached through.
        with build_opener(ProxyHandler({})).open(request, timeout=_ANSWER_S) as answer:
            return msgspec.json.decode(answer.read(), type=kind)
    except HTTPError as error:
        with error:
            body = error.read()
        try:
            problem = msgspec.json.decode(body, type=Failure).error
        except msgspec.MsgspecError:
            raise _NoServer(f"it answers {error.code}") from None
        raise PackhouseError(problem.message, problem.hint) from None
    except (OSError, ValueError) as error:
        raise _NoServer(str(getattr(error, "reason", error))) from error


def _ask_here(config: Config, address: str, operation: str, question: Question, kind: type[M], as_of: str) -> M:
    from functools import partial

    import anyio

    from packhouse.apis.packages.operations import Asker
    from packhouse.apis.packages.registries import Registries
    from packhouse.app import with_services
    from packhouse.domain.view import View
    from packhouse.http.site import parse_date

    run = OPERATIONS[operation].run
    view = View(as_of=parse_date(as_of)) if as_of else View()
    answer = anyio.run(
        partial(with_services, config, lambda services: run(Registries(services), Asker(view, address), question))
    )
    return msgspec.convert(answer, type=kind, from_attributes=True)
