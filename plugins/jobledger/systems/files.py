"""Files of a vendor: fetched piece by piece into a temporary file, so that none is held in memory.

A token goes to hosts of the vendor only; any other host is asked without it, over https, and only at a public address.
"""

from __future__ import annotations

import ipaddress
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urljoin, urlsplit

import requests

from jobledger.errors import FixTheRecord, RetryLater
from jobledger.systems.attempts import trouble_of_error, trouble_of_status
from jobledger.systems.client import MOST_BODY_SECONDS, TIMEOUT, Client, origin, signing, unsigned

IN_MEMORY = 1024 * 1024
_CHUNK = 256 * 1024
_MOST_HOPS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def addresses(host: str) -> list[str]:
    """The addresses of a host. Raises `OSError` for one that is not known."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]


@contextmanager
def fetched(client: Client, address: str, most: int, is_vendors: Callable[[str], bool]) -> Iterator[IO[bytes]]:
    """A file at an address, which may be relative to the client's; at its beginning, and gone afterwards.

    `most`: bytes that it may have. `is_vendors` says of an address whether the token may go there. Raises
    `FixTheRecord` for a file that cannot be had, `RetryLater`.
    """
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        _fetch(client, urljoin(client.base_url, address), file, most, is_vendors)
        file.seek(0)
        yield file


def _fetch(client: Client, url: str, into: IO[bytes], most: int, is_vendors: Callable[[str], bool]) -> None:
    renewed = False
    for _ in range(_MOST_HOPS):
        trusted = origin(url) == origin(client.base_url) or is_vendors(url)
        if not trusted:
            _check_public(url)
        if client.budget and trusted:
            client.budget.before()
        signed = signing(client.auth.header()) if client.auth and trusted else unsigned
        try:
            with client.session.get(
                url,
                auth=signed,
                headers=client.headers if trusted else {},
                stream=True,
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as response:
                if response.status_code in _REDIRECTS:
                    url = urljoin(url, response.headers.get("Location", ""))
                    continue
                if response.status_code == 401 and trusted and client.auth and not renewed:
                    client.auth.renew()
                    renewed = True
                    continue
                _keep(client, response, into, most)
                return
        except requests.RequestException as error:
            raise RetryLater(f"{client.title} {trouble_of_error(error, client.where).reason}.") from error
    raise FixTheRecord("Its address leads in a circle.", f"Look at the file in {client.title}.")


def _keep(client: Client, response: requests.Response, into: IO[bytes], most: int) -> None:
    status = response.status_code
    if trouble := trouble_of_status(status, None):
        raise RetryLater(f"{client.title} {trouble.reason}.")
    if status >= 300:
        raise FixTheRecord(f"{client.title} does not give the file (status {status}).", "Look at it there.")
    size, deadline = 0, time.monotonic() + MOST_BODY_SECONDS
    for part in response.iter_content(_CHUNK):
        size += len(part)
        if size > most:
            found = f"The file has more than {most:,} bytes."
            raise FixTheRecord(found, "Attach it by hand in parts, or make it smaller.")
        if time.monotonic() > deadline:
            raise RetryLater(f"{client.title} sends the file too slowly.")
        into.write(part)
    if not size:
        raise FixTheRecord("The file is empty.", f"Attach it anew in {client.title}.")


def _check_public(url: str) -> None:
    """Raises `FixTheRecord` for an address that a vendor has no reason to send anybody to."""
    parts = urlsplit(url)
    try:
        found = [ipaddress.ip_address(one) for one in addresses(parts.hostname or "")] if parts.hostname else []
    except OSError as error:
        raise RetryLater(f"The host {parts.hostname} of a file is not known ({error}).") from error
    if parts.scheme != "https" or not found or not all(one.is_global for one in found):
        reason = f"Its address leads to {parts.scheme}://{parts.netloc}, which is no public host over https."
        raise FixTheRecord(reason, "Nothing was asked there. Attach the file anew.")
