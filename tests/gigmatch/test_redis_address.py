"""Addresses of Redis: the password comes out of its file."""

from pathlib import Path

import pytest

from gigmatch.redis_address import RedisAddressError, redis_url


@pytest.mark.parametrize(
    "address", ["redis://h:1/0", "rediss://h:1/0?ssl_ca_certs=/ca", "unix:///s"]
)
def test_an_address_without_a_password_file_stays(address: str) -> None:
    assert redis_url(address) == address


def test_the_password_is_put_in(tmp_path: Path) -> None:
    file = tmp_path / "p"
    file.write_text("a/b@c\n")
    address = f"rediss://projector@h:6380/0?ssl_ca_certs=/ca.pem&password_file={file}"
    assert redis_url(address) == "rediss://projector:a%2Fb%40c@h:6380/0?ssl_ca_certs=%2Fca.pem"


def test_a_file_that_is_missing_is_named() -> None:
    with pytest.raises(RedisAddressError, match="/nowhere: No such file"):
        redis_url("redis://u@h:1/0?password_file=/nowhere")


@pytest.mark.parametrize(
    "address",
    [
        "h:1/0",
        "http://h/0",
        "redis://u:secret@h:port/0",
        "",
        "foo://u:secret@h",
        "//u:secret@h",
        "redis://[secret@h",
    ],
)
def test_what_is_no_address_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(RedisAddressError, match=r"redis://HOST:PORT/DB") as refused:
        redis_url(address)
    assert not [part for part in ("secret", "u:s") if part in str(refused.value)]
