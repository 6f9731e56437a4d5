"""Addresses of Kafka: read, refused in words, and never with a secret in them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigmatch.kafka_address import KafkaAddressError, client_config, parse_kafka_address

SECURE = "sasl_ssl://matcher@k1:9093,k2:9093?ca=/run/ca.pem&password_file={}"


def test_servers_alone_are_an_address() -> None:
    assert client_config("k1:9092, k2:9092") == {"bootstrap.servers": "k1:9092,k2:9092"}


def test_a_user_comes_with_the_password_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "matcher"
    file.write_text("a secret\n")
    assert client_config(SECURE.format(file)) == {
        "bootstrap.servers": "k1:9093,k2:9093",
        "security.protocol": "sasl_ssl",
        "ssl.ca.location": "/run/ca.pem",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "matcher",
        "sasl.password": "a secret",
    }


def test_what_is_kept_of_an_address_has_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "matcher"
    file.write_text("a secret\n")
    assert "a secret" not in repr(parse_kafka_address(SECURE.format(file)))


def test_protocols_are_large_or_small() -> None:
    assert parse_kafka_address("SSL://k:1?ca=/ca.pem").protocol == "ssl"
    assert client_config("PLAINTEXT://k:1") == {"bootstrap.servers": "k:1"}


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "names no server"),
        ("http://k:1", "http is none of"),
        ("sasl_ssl://k:1", "they need one"),
        ("matcher@k:1", "a user belongs to"),
        ("sasl_ssl://matcher@k:1", "needs a password_file"),
        ("sasl_ssl://matcher@k:1?password_file=/f&mechanism=GSSAPI", "GSSAPI is none of"),
        ("sasl_ssl://matcher@k:1?password=x", "password is none of"),
        ("plaintext://k:1?ca=/ca.pem", "no use for a ca"),
    ],
)
def test_what_is_no_address_is_told(address: str, why: str) -> None:
    with pytest.raises(KafkaAddressError, match=why):
        parse_kafka_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "sasl_ssl://matcher:hunter2@k:1?password_file=/f",
        "foo://matcher:hunter2@k:1",
        "matcher:hunter2@k://1",
        "sasl_ssl://matcher:hunter2@",
        "sasl_ssl://matcher:a?hunter2@k:1",
        "sasl_ssl://matcher:hunter2://a@k:1",
        "sasl_ssl://matcher:hunter2@k:1?secret=hunter2",
        "sasl_ssl://matcher@k:1?password=hunter2",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(KafkaAddressError) as caught:
        parse_kafka_address(address)
    assert "hunter2" not in str(caught.value)


def test_a_password_file_that_is_missing_is_named() -> None:
    with pytest.raises(KafkaAddressError, match=r"/nowhere/matcher: No such file"):
        client_config(SECURE.format("/nowhere/matcher"))


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        found = parse_kafka_address(text)
    except KafkaAddressError:
        return
    assert found.servers
