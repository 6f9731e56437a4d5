"""What a secured installation needs: a certificate authority, certificates, passwords, user lists.

Made once into a folder; what is there is kept, so it can run at every start. For an installation of
one's own authority, only the passwords and the lists matter.

    ca.pem                       the authority, for clients
    broker.pem, broker-key.pem   the servers' certificate (key and certificate in one) and its key
    passwords/<user>             one line each, for `?password_file=`
    redis-users.acl              users of Redis, with hashes of their passwords
    scram                        arguments of `kafka-storage format`: users with their salted hashes
    roles/<user>/                what one process is given, and no more: ca.pem and its password
"""

import base64
import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gigmatch.roles import ROLES

ADMIN: Final = "admin"
BROKER: Final = "broker"
_YEARS: Final = timedelta(days=3650)
_A_DAY: Final = timedelta(days=1)
_ITERATIONS: Final = 8192
_SAFE: Final = "+@read +@write +@connection +@transaction +@scripting +@pubsub -@dangerous"

USERS: Final = (ADMIN, *ROLES)
"""Who has a password."""

REDIS_USERS: Final[dict[str, str]] = {
    "projector": f"~gigmatch:* &* {_SAFE}",
    "gateway": f"%R~gigmatch:* ~gigmatch-rate* ~gigmatch-store:* &* {_SAFE}",
    "notifier": f"%R~gigmatch-store:* &* {_SAFE}",
    "operator": "%R~gigmatch:* +@read +@connection +info -@dangerous",
}
"""What each role may in Redis: the read model is the projector's alone to write."""


def make_secured(folder: Path, hosts: Sequence[str]) -> list[Path]:
    """Make what is missing, for servers of these names or addresses; the files that were made."""
    (folder / "passwords").mkdir(parents=True, exist_ok=True)
    made = []
    if not (folder / "broker.pem").exists():
        made += _certificates(folder, hosts)
    for user in USERS:
        made += _keep(folder / "passwords" / user, secrets.token_urlsafe(32))
    passwords = {user: (folder / "passwords" / user).read_text() for user in USERS}
    made += _keep(folder / "redis-users.acl", _redis_users(passwords))
    made += _keep(folder / "scram", "".join(_scram(user, passwords[user]) for user in passwords))
    authority = (folder / "ca.pem").read_text()
    for user, password in passwords.items():
        made += _share(folder / "roles" / user, authority, password)
    return made


def _share(folder: Path, authority: str, password: str) -> list[Path]:
    """One user's folder: copies, so what is out of date is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for path, text in ((folder / "ca.pem", authority), (folder / "password", password)):
        if path.exists() and path.read_text() != text:
            path.unlink()
        made += _keep(path, text)
    return made


def _redis_users(passwords: dict[str, str]) -> str:
    """Redis' own list. The default user may do nothing."""
    lines = ["user default off -@all"]
    for user, rights in {ADMIN: "~* &* +@all", **REDIS_USERS}.items():
        digest = hashlib.sha256(passwords[user].encode()).hexdigest()
        lines.append(f"user {user} on #{digest} {rights}")
    return "\n".join(lines) + "\n"


def _scram(user: str, password: str) -> str:
    """A line that `kafka-storage format --add-scram` takes: salted, not the password (RFC 5802)."""
    salt = secrets.token_bytes(24)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    salt_text, salted_text = base64.b64encode(salt).decode(), base64.b64encode(salted).decode()
    return (
        f'SCRAM-SHA-512=[name="{user}",iterations={_ITERATIONS},salt="{salt_text}",'
        f'saltedpassword="{salted_text}"]\n'
    )


def _certificates(folder: Path, hosts: Sequence[str]) -> list[Path]:
    """An authority whose key is forgotten, and the certificate of the servers."""
    authority_key, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    authority = _sign(
        "gigmatch", authority_key.public_key(), "gigmatch", authority_key, hosts=(), is_ca=True
    )
    broker = _sign(BROKER, key.public_key(), "gigmatch", authority_key, hosts=hosts, is_ca=False)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = broker.public_bytes(serialization.Encoding.PEM).decode()
    return [
        *_keep(folder / "ca.pem", authority.public_bytes(serialization.Encoding.PEM).decode()),
        *_keep(folder / "broker-key.pem", private),
        *_keep(folder / "broker.pem", private + public),
    ]


def _sign(
    name: str,
    key: ec.EllipticCurvePublicKey,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    *,
    hosts: Sequence[str],
    is_ca: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _A_DAY)
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if not is_ca:
        names = [_alternative(host) for host in hosts]
        usage = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
    return builder.sign(by, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _keep(path: Path, text: str) -> list[Path]:
    """Write a file that only its owner reads, unless it is there."""
    if path.exists():
        return []
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return [path]
