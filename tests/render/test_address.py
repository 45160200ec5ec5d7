"""Addresses as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import BackendError, StudioError
from studio.render.address import Address


@pytest.mark.parametrize(
    ("written", "http", "ws"),
    [
        ("127.0.0.1:8188", "http://127.0.0.1:8188", "ws://127.0.0.1:8188"),
        ("http://box/", "http://box", "ws://box"),
        (" https://box.example/comfy/ ", "https://box.example/comfy", "wss://box.example/comfy"),
        ("https://u:p@box:443/a/b", "https://box:443/a/b", "wss://box:443/a/b"),
        ("ws://box:8188", "http://box:8188", "ws://box:8188"),
        ("[::1]:8188", "http://[::1]:8188", "ws://[::1]:8188"),
    ],
)
def test_forms(written: str, http: str, ws: str) -> None:
    address = Address.parse(written)
    assert (address.http, address.ws, str(address)) == (http, ws, http)


@pytest.mark.parametrize(
    ("written", "loopback"),
    [
        ("127.0.0.1", True),
        ("localhost:1", True),
        ("[::1]:1", True),
        ("10.0.0.3", False),
        ("box.example", False),
    ],
)
def test_this_machine_is_known(written: str, loopback: bool) -> None:
    assert Address.parse(written).loopback is loopback


def test_a_password_becomes_a_header_and_is_not_shown() -> None:
    address = Address.parse("http://me:pa%3Ass@box", {"X-Id": "1"})
    assert address.headers == {"X-Id": "1", "Authorization": "Basic bWU6cGE6c3M="}
    assert "pa" not in repr(address)
    assert "Basic" not in repr(address)


def test_a_given_authorization_wins() -> None:
    headers = Address.parse("http://me:pw@box", {"authorization": "Bearer x"}).headers
    assert headers == {"authorization": "Bearer x"}


def test_tokens_in_a_query_are_refused_without_being_repeated() -> None:
    with pytest.raises(BackendError) as caught:
        Address.parse("http://box/?token=s3cret")
    assert "header" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@given(st.text())
def test_anything_is_an_address_or_refused(text: str) -> None:
    try:
        assert Address.parse(text).http.startswith(("http://", "https://"))
    except StudioError as error:
        assert isinstance(error, BackendError)
