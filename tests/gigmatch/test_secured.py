"""The secrets of an installation: made once, each readable by its owner alone."""

import hashlib
import stat
from pathlib import Path

import typer
from cryptography import x509
from typer.testing import CliRunner

from gigmatch.commands.secured import register
from gigmatch.roles import ROLES
from gigmatch.secured import ADMIN, REDIS_USERS, USERS, make_secured


def test_everything_is_made_once(tmp_path: Path) -> None:
    made = make_secured(tmp_path, ["kafka", "127.0.0.1"])
    assert {path.name for path in made} >= {
        "ca.pem",
        "broker.pem",
        "redis-users.acl",
        ADMIN,
        *ROLES,
    }
    before = {path: path.read_bytes() for path in made}
    assert make_secured(tmp_path, ["other"]) == []
    assert {path: path.read_bytes() for path in made} == before


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    for path in make_secured(tmp_path, ["kafka"]):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_users_folder_has_its_own_password_and_the_authority_alone(tmp_path: Path) -> None:
    make_secured(tmp_path, ["kafka"])
    assert {folder.name for folder in (tmp_path / "roles").iterdir()} == {ADMIN, *ROLES}
    for user in USERS:
        found = {one.name: one.read_bytes() for one in (tmp_path / "roles" / user).iterdir()}
        assert found == {
            "ca.pem": (tmp_path / "ca.pem").read_bytes(),
            "password": (tmp_path / "passwords" / user).read_bytes(),
        }


def test_a_copy_that_is_out_of_date_is_made_again(tmp_path: Path) -> None:
    make_secured(tmp_path, ["kafka"])
    old = tmp_path / "roles" / "gateway" / "password"
    old.write_text("of another installation")
    assert make_secured(tmp_path, ["kafka"]) == [old]
    assert old.read_text() == (tmp_path / "passwords" / "gateway").read_text()
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


def test_the_certificate_is_for_the_hosts_and_by_the_authority(tmp_path: Path) -> None:
    make_secured(tmp_path, ["kafka", "127.0.0.1"])
    authority = x509.load_pem_x509_certificate((tmp_path / "ca.pem").read_bytes())
    broker = x509.load_pem_x509_certificate((tmp_path / "broker.pem").read_bytes())
    broker.verify_directly_issued_by(authority)
    names = broker.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["kafka"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_lists_hold_hashes_and_no_password(tmp_path: Path) -> None:
    make_secured(tmp_path, ["kafka"])
    lists = (tmp_path / "redis-users.acl").read_text() + (tmp_path / "scram").read_text()
    for file in (tmp_path / "passwords").iterdir():
        assert file.read_text() not in lists
    for user in REDIS_USERS:
        digest = hashlib.sha256((tmp_path / "passwords" / user).read_bytes()).hexdigest()
        assert f"user {user} on #{digest} " in lists


def test_the_command_says_what_it_made_and_shows_the_roles(tmp_path: Path) -> None:
    runner, app = CliRunner(env={"GIGMATCH_LANGUAGE": "en"}), typer.Typer()
    register(app)
    made = runner.invoke(app, ["secured", str(tmp_path), "--host", "kafka"])
    assert made.exit_code == 0
    assert f"made {tmp_path}/ca.pem" in made.output
    assert "already" in runner.invoke(app, ["secured", str(tmp_path)]).output
    shown = runner.invoke(app, ["access"])
    assert all(role in shown.output for role in ROLES)
    wrong = runner.invoke(app, ["access", "--user", "nobody"])
    assert wrong.exit_code == 2
