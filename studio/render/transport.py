"""Requests to a backend, and what can go wrong with them in the studio's own words.

The only module that knows httpx. Every failure of it becomes `BackendUnreachable`, `NotComfyUI` or
`BackendProtocolError`; messages are written here and never hold headers, credentials or a server's page.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from studio.errors import BackendError, BackendProtocolError, BackendUnreachable, NotComfyUI
from studio.render.address import Address
from studio.render.threads import in_thread
from studio.render.timing import DEFAULT_TIMING, Timing

LARGE_JSON = 256 * 1024
"""Bytes from which an answer is parsed in a thread, as `/object_info` is, so that the loop keeps turning."""


class NeverSent(BackendUnreachable):
    """No connection could be opened, so the backend can't have seen the request."""


class CutShort(BackendUnreachable):
    """The connection ended in the middle of an answer."""


class Garbled(BackendProtocolError):
    """A good status with an answer that makes no sense: the request may well have been obeyed."""


@dataclass(frozen=True)
class Answer:
    """A response, whole."""

    status: int
    content_type: str
    data: bytes
    length: int | None  # as the server declared it; None if it did not


class Transport:
    """HTTP to one backend. Belongs to the event loop that first uses it."""

    def __init__(self, address: Address, timing: Timing = DEFAULT_TIMING) -> None:
        self.address = address
        self.timing = timing
        self._client: httpx.AsyncClient | None = None

    async def get_json(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """GET a JSON value.

        Raises:
            BackendUnreachable, NotComfyUI, BackendProtocolError: as the module says.
        """
        return await self._json(path, await self._expect_ok("GET", path, params=params))

    async def post_json(self, path: str, body: Any) -> Any:
        """POST a JSON value; None if the answer is empty, as of `/interrupt`, `/queue` and `/free`.

        Raises:
            BackendUnreachable, NotComfyUI, BackendProtocolError: as the module says.
        """
        answer = await self._expect_ok("POST", path, content=_dump(body), headers=_JSON)
        return await self._json(path, answer) if answer.data.strip() else None

    async def post_once(self, path: str, body: Any) -> tuple[int, Any]:
        """POST what must not be sent twice. Statuses 200 and 400 come back with their JSON.

        Raises:
            BackendUnreachable: as `NeverSent` if the backend surely has not got it.
            Garbled: it was accepted, perhaps, and nobody can say as what.
            NotComfyUI, BackendProtocolError: as the module says.
        """
        answer = await self._ask_within("POST", path, content=_dump(body), headers=_JSON)
        if answer.status not in (200, 400):
            raise self._refused("POST", path, answer)
        try:
            return answer.status, await self._json(path, answer)
        except BackendProtocolError as error:
            raise Garbled(error.message, backend=error.backend, hint=error.hint) from error

    async def post_form(
        self, path: str, *, fields: Mapping[str, str], file: tuple[str, bytes, str], name: str = "image"
    ) -> Any:
        """POST a form with one file (name, bytes, content type); its JSON answer."""
        answer = await self._expect_ok("POST", path, data=dict(fields), files={name: file})
        return await self._json(path, answer)

    async def get_bytes(self, path: str, params: Mapping[str, str]) -> Answer:
        """GET a file, whole: as long as the server declared it.

        Raises:
            CutShort: it broke off.
            BackendUnreachable, NotComfyUI, BackendProtocolError: as the module says.
        """
        answer = await self._ask("GET", path, params=params)
        if answer.status != 200:
            raise self._refused("GET", path, answer)
        return answer

    async def length(self, path: str, params: Mapping[str, str]) -> int | None:
        """Size in bytes of a file by HEAD; None if it is not there or the server does not tell."""
        answer = await self._ask("HEAD", path, params=params)
        return answer.length if answer.status == 200 else None

    async def aclose(self) -> None:
        """Close all connections; the transport can be used again afterwards."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _expect_ok(self, method: str, path: str, **request: Any) -> Answer:
        """An answer of status 200, asked for a second time if a kept connection had gone stale."""
        try:
            answer = await self._ask_within(method, path, **request)
        except CutShort:
            answer = await self._ask_within(method, path, **request)
        if answer.status != 200:
            raise self._refused(method, path, answer)
        return answer

    async def _ask_within(self, method: str, path: str, **request: Any) -> Answer:
        """`_ask` with an end: a server that drips is as bad as one that is silent. Not for files."""
        try:
            async with asyncio.timeout(self.timing.connect + 2 * self.timing.answer):
                return await self._ask(method, path, **request)
        except TimeoutError as error:
            raise BackendUnreachable(
                f"the answer to {method} {path} does not come to an end",
                backend=str(self.address),
                hint="It may be busy or hung; look at its console.",
            ) from error

    async def _ask(self, method: str, path: str, **request: Any) -> Answer:
        where = str(self.address)
        try:
            response = await self._http().request(method, self.address.http + path, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise _unopened(where, error) from error
        except httpx.TimeoutException as error:
            seconds = self.timing.answer
            raise BackendUnreachable(
                f"no answer to {method} {path} within {seconds:g} s",
                backend=where,
                hint="It may be busy or hung; look at its console.",
            ) from error
        except httpx.RemoteProtocolError as error:
            raise self._broken(method, path, error) from error
        except (httpx.NetworkError, OSError) as error:
            raise CutShort(
                f"the connection broke during {method} {path}",
                backend=where,
                hint="Is ComfyUI still running?",
            ) from error
        except httpx.DecodingError as error:
            raise BackendProtocolError(
                f"the answer to {method} {path} can't be unpacked", backend=where
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):  # their texts may quote a header
            raise BackendError(
                f"the request {method} {path} can't be made",
                backend=where,
                hint="Check the address and headers.",
            ) from None
        declared = response.headers.get("content-length", "")
        return Answer(
            status=response.status_code,
            content_type=response.headers.get("content-type", "").split(";")[0].strip().lower(),
            data=response.content,
            length=int(declared) if declared.isdecimal() else None,
        )

    def _broken(self, method: str, path: str, error: httpx.RemoteProtocolError) -> BackendError:
        """Tell a server that hangs up (h11 says "disconnected" or "closed") from one that speaks no HTTP."""
        text = str(error).lower()
        if "disconnected" in text or "closed" in text or "incomplete" in text:
            return CutShort(
                f"it hung up during {method} {path}",
                backend=str(self.address),
                hint="Is ComfyUI still running?",
            )
        return NotComfyUI(
            "what answers there does not speak HTTP", backend=str(self.address), hint="Check host and port."
        )

    def _refused(self, method: str, path: str, answer: Answer) -> BackendError:
        """A status that is not the wanted one, in words."""
        where, status = str(self.address), answer.status
        if status in (401, 403, 407):
            return BackendProtocolError(
                f"{method} {path} is not allowed (status {status})",
                backend=where,
                hint="Give the headers or the password that the proxy before it wants.",
            )
        if 300 <= status < 400:
            return NotComfyUI(
                f"{method} {path} is redirected (status {status})",
                backend=where,
                hint="Use the final address, with https if it wants that, and log in by a header.",
            )
        if status in (502, 503, 504):
            return BackendUnreachable(
                f"the proxy there can't reach ComfyUI (status {status})", backend=where, hint="Is it running?"
            )
        if status == 404 and answer.content_type == "text/html":
            return _no_comfyui(where)
        return BackendProtocolError(
            f"{method} {path} failed with status {status}", backend=where, hint="Its console says more."
        )

    async def _json(self, path: str, answer: Answer) -> Any:
        try:
            if len(answer.data) >= LARGE_JSON:
                return await in_thread(json.loads, answer.data)
            return json.loads(answer.data)
        except (ValueError, RecursionError) as error:
            if "json" not in answer.content_type:
                raise _no_comfyui(str(self.address)) from error
            raise BackendProtocolError(
                f"the answer to {path} is not valid JSON",
                backend=str(self.address),
                hint="A proxy or a custom node may have damaged it.",
            ) from error

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=self.address.http.startswith("https:"),  # reading all authorities takes a while
                headers=dict(self.address.headers),
                timeout=httpx.Timeout(self.timing.answer, connect=self.timing.connect),
                limits=httpx.Limits(max_connections=16, max_keepalive_connections=4),
                mounts={"http://": None, "https://": None} if self.address.loopback else None,  # no proxy
                follow_redirects=False,
            )
        return self._client


_JSON = {"Content-Type": "application/json"}


def _dump(body: Any) -> bytes:
    return json.dumps(body).encode()


def _unopened(where: str, error: Exception) -> NeverSent:
    """Why no connection came about; OpenSSL's own words tell a certificate from a port without TLS."""
    text = str(error).upper()
    if "CERTIFICATE" in text:
        return NeverSent(
            "its certificate is not trusted here",
            backend=where,
            hint="Name the authority's file in SSL_CERT_FILE, or mend the certificate.",
        )
    if "SSL" in text:
        return NeverSent("it does not speak TLS", backend=where, hint="Is it http:// and not https://?")
    return NeverSent(
        "nothing answers there", backend=where, hint="Is ComfyUI running, and is the address right?"
    )


def _no_comfyui(where: str) -> NotComfyUI:
    return NotComfyUI(
        "something answers there, but it is not ComfyUI",
        backend=where,
        hint="Check the port, and the path if ComfyUI is behind a proxy.",
    )
