"""Settings: documented, and a wrong value refuses to start with a sentence that names it."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sites import ROOT, Site

README = (ROOT / "README.md").read_text()


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "var")


def documented():
    """Names in the first column of the README's table of settings."""
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.M))


def known():
    """Names that kb/settings.py asks the environment for."""
    code = "from kb import settings; print(*sorted(settings.env.names))"
    return set(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split())


def test_every_setting_stands_in_the_readme_and_in_the_example():
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert documented() == known()
    assert example == known()


WRONG = {
    "PORT": ["0", "70000", "http"],
    "BIND": ["everywhere", "1.2.3"],
    "DEBUG": ["maybe"],
    "PUBLIC_URL": ["andon.example.org", "https://example.org/andon", "ftp://example.org", "https://example.org:x"],
    "DATABASE_URL": ["mysql://localhost/andon", "andon.sqlite3"],
    "CELERY_BROKER_URL": ["sqs://", "localhost"],
    "CACHE_URL": ["memcache://x"],
    "EMAIL_URL": ["smtps://mail.example.org", "mail.example.org"],
    "SEARCH_ENGINE": ["elastic"],
    "SIGNUP": ["maybe"],
    "WEB_WORKERS": ["many"],
    "LOG_LEVEL": ["loud"],
    "PROXIES": ["-1"],
    "SECRET_KEY": ["short"],
    "SECRET_KEY_FILE": ["/dev/null/secret"],
    "DATA_DIR": ["/dev/null/var"],
    "DEMO": ["perhaps"],
}


def test_each_wrong_value_is_a_fault_that_names_its_variable(tmp_path):
    """All in one process: starting Python for each would take a minute."""
    code = (
        "import os, sys, json\n"
        "from django.core.exceptions import ImproperlyConfigured\n"
        "for name, value in json.load(sys.stdin):\n"
        "    before = dict(os.environ); os.environ[name] = value; sys.modules.pop('kb.settings', None)\n"
        "    try:\n"
        "        import kb.settings; print('accepted')\n"
        "    except ImproperlyConfigured as fault:\n"
        "        print(str(fault).replace(chr(10), ' / '))\n"
        "    os.environ.clear(); os.environ.update(before)\n"
    )
    import json

    cases = [(name, value) for name, values in WRONG.items() for value in values]
    environment = Site(tmp_path / "var").environment
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, input=json.dumps(cases), capture_output=True, text=True
    )
    answers = result.stdout.splitlines()
    assert len(answers) == len(cases), result.stderr
    assert [case for case, answer in zip(cases, answers, strict=True) if not answer.startswith(case[0] + ": ")] == []


def test_all_faults_are_told_at_once_one_line_each_without_a_traceback(site):
    site.environment |= {"PORT": "0", "SIGNUP": "maybe", "DATABASE_URL": "mysql://andon:hunter2@db/andon"}
    result = site.manage("check", check=False)
    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == "Andon does not start:"
    assert [line.partition(":")[0] for line in result.stderr.splitlines()[1:]] == ["PORT", "DATABASE_URL", "SIGNUP"]
    assert "hunter2" not in result.stderr


def test_debug_on_the_open_net_refuses_to_start(site):
    site.environment |= {"DEBUG": "1", "BIND": "0.0.0.0"}
    result = site.manage("check", check=False)
    assert result.returncode == 2
    assert "DEBUG: it shows secrets" in result.stderr


def test_sign_up_by_domain_needs_a_domain(site):
    site.environment |= {"SIGNUP": "domains"}
    assert "SIGNUP_DOMAINS: name at least one domain" in site.manage("check", check=False).stderr


def test_any_command_makes_the_secret_key_of_an_empty_folder_once(site):
    commands = [
        subprocess.Popen(
            [sys.executable, "manage.py", "version"], cwd=ROOT, env=site.environment, stdout=subprocess.DEVNULL
        )
        for _ in range(4)
    ]
    assert [command.wait() for command in commands] == [0] * 4
    key = site.data_dir / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text()) >= 64
    assert stat.S_IMODE(site.data_dir.stat().st_mode) == 0o700
    assert sorted(file.name for file in site.data_dir.iterdir()) == ["incoming", "secret_key"]


def test_the_env_file_is_read_and_the_environment_wins(site, tmp_path):
    file = tmp_path / "settings.env"
    file.write_text("SITE_NAME=From the file\nPORT=7001\n")
    site.environment |= {"ENV_FILE": str(file), "PORT": "7002"}
    show = "from django.conf import settings; print(settings.SITE_NAME, settings.PORT)"
    assert site.run(show).strip() == "From the file 7002"


def test_an_https_address_passes_the_deployment_check(site):
    site.environment |= {"PUBLIC_URL": "https://postmortems.example.org"}
    result = site.manage("check", "--deploy", "--fail-level", "WARNING", check=False)
    assert result.returncode == 0, result.stderr


def test_names_are_taken_from_the_public_address_and_never_everything(site):
    site.environment |= {"PUBLIC_URL": "https://postmortems.example.org", "BIND": "0.0.0.0"}
    hosts = site.run("from django.conf import settings; print(*settings.ALLOWED_HOSTS)").split()
    assert "postmortems.example.org" in hosts
    assert "*" not in hosts


def test_sqlite_is_durable_and_its_transactions_take_the_lock_first(site):
    pragmas = site.run(
        "from django.db import connection, transaction\n"
        "cursor = connection.cursor()\n"
        "for name in ('journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'):\n"
        "    print(cursor.execute(f'PRAGMA {name}').fetchone()[0])\n"
        "print(connection.transaction_mode)\n"
    )
    assert pragmas.split() == ["wal", "2", "1", "60000", "IMMEDIATE"]


def test_a_too_old_python_gets_one_sentence(tmp_path):
    code = "import sys, runpy; sys.version_info = (3, 10, 9); runpy.run_path('manage.py', run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode != 0
    assert result.stderr.startswith("Andon needs Python 3.11.2 or later")
    assert len(result.stderr.splitlines()) == 1


def test_making_the_environment_names_what_is_missing(tmp_path):
    """With a Python that is too old, `make run` says so and nothing else."""
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$*" in *print*) echo 3.9.2;; *) exit 1;; esac\n')
    old.chmod(0o755)
    for name in ("sh", "cmp", "rm", "cp"):
        (tmp_path / name).symlink_to(Path("/bin") / name)
    result = subprocess.run(
        ["/bin/sh", ".ci/environment", str(tmp_path / "venv"), "requirements.txt"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "needs Python 3.11.2" in result.stderr
    assert "found: 3.9.2" in result.stderr
    assert os.listdir(tmp_path).count("venv") == 0
