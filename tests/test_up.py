"""`manage.py up`, for real: it serves, it mends itself, it ends cleanly and refuses with a sentence."""

import os
import signal
import socket
import time
import urllib.request

import psutil
import pytest

from tests.sites import Site

shared = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One site for the tests that let it run on."""
    site = Site(tmp_path_factory.mktemp("up") / "var").start()
    yield site
    site.stop()


def gone(processes):
    return not any(process.is_running() and process.status() != "zombie" for process in processes)


@shared
@pytest.mark.parametrize("child", ["gunicorn", "worker", "beat"])
def test_a_killed_child_is_ended_with_its_group_and_started_again(site, child):
    site.wait_until(lambda: site.child(child))
    pid = site.child(child)
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    told = site.output().count("starts again")
    os.kill(pid, signal.SIGKILL)
    site.wait_until(lambda: gone(family))
    site.wait_until(lambda: site.output().count("starts again") > told)
    site.wait_until(lambda: site.child(child) not in (None, pid))
    site.wait_until(lambda: site.status("/healthz") == 200)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_leaves_nobody_behind(make_site, number):
    site = make_site().start()
    site.wait_until(lambda: len(site.tree()) >= 6)  # supervisor, gunicorn and its two workers, worker, beat
    everybody = site.tree()
    assert site.stop(number, seconds=15) == 0
    assert gone(everybody)
    assert "Traceback" not in site.output()
    assert "has stopped" in site.output()


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0, 3.0])
def test_it_can_be_stopped_at_any_moment_of_its_start(make_site, seconds):
    site = make_site().launch("--prepare")
    time.sleep(seconds)
    everybody = site.tree()
    site.stop(signal.SIGINT)
    assert gone(everybody)
    assert "Traceback" not in site.output()


def test_nobody_outlives_a_killed_supervisor_and_the_next_start_goes_well(make_site):
    site = make_site().start()
    everybody = site.tree()
    site.process.kill()
    site.process.wait()
    psutil.wait_procs(everybody, timeout=10)
    assert gone(everybody)
    assert site.start("--prepare").status("/healthz") == 200


@shared
def test_it_prints_the_address_and_the_worker_comes_to_life(site):
    assert f"{site.url}/" in site.output()
    site.wait_until(lambda: b'"alive"' in fetch(site, "/readyz"), seconds=40)


@shared
def test_requests_wait_while_the_web_starts_again(site):
    web = psutil.Process(site.child("gunicorn"))
    family = [web, *web.children(recursive=True)]
    web.kill()
    psutil.wait_procs(family, timeout=10)
    assert site.status("/healthz", seconds=60) == 200


def test_a_taken_port_gets_one_sentence(make_site):
    site = make_site()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", site.port))
        taken.listen()
        refused(site, f"Port {site.port} on 127.0.0.1 cannot be had", "up", "--prepare")


@shared
def test_a_second_copy_in_the_same_folder_gets_one_sentence(site):
    refused(site, "already runs in", "up", "--prepare", PORT="1")


def test_an_old_schema_gets_one_sentence(make_site):
    refused(make_site(), "older than this code", "up")


def refused(site, sentence, *command, **environment):
    site.environment.update(environment)
    result = site.manage(*command, check=False)
    assert result.returncode != 0
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def fetch(site, path):
    with urllib.request.urlopen(site.url + path, timeout=10) as response:
        return response.read()
