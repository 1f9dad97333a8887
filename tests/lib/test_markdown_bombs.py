"""Text made to never end: two seconds, plain text with a notice, and the next text is served as ever.

Seconds here are processor time, so that the tests hold on a busy machine; on a quiet one it is the time on the wall.
"""

import os
import resource
import signal
import threading
import time

import psutil
import pytest

from kb.lib import markdown
from kb.lib.killable import Children
from tests.counts import soak
from tests.lib.test_markdown import SHARED
from tests.lib.xss import FILE

BOMBS = [
    line.replace(r"\n", "\n").replace(r"\u202e", "\u202e").replace(r"\x00", "\x00").replace("\\\\", "\\")
    for line in FILE.with_name("bombs.txt").read_text().split("\n")
    if line
]
SIZES = (2_000, 20_000, 100_000)


@pytest.fixture(autouse=True)
def a_running_child():
    markdown.render("*ready*")


def spent():
    """Processor seconds of this process and of its children, living and gone."""
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = [psutil.Process(child.process.pid).cpu_times() for child in markdown.CHILDREN.idle]
    used = sum(times.user + times.system for times in living)
    return used + gone.ru_utime + gone.ru_stime + time.process_time()


def long_text_of(bomb, size, start=""):
    return (start + bomb * (size // len(bomb) + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_no_text_takes_longer_than_two_seconds(size):
    for bomb in BOMBS[:: soak(quick=9, full=1)]:
        for inline in (False, True):
            before = spent()
            html = markdown.render(long_text_of(bomb, size), inline)
            assert spent() - before < 2.5, repr(bomb)
            assert isinstance(html, str)


def test_what_cannot_be_rendered_is_shown_as_typed_with_a_notice():
    html = markdown.render(long_text_of("[a](", 20_000))
    assert '<p class="render-notice">It took too long to format' in html
    assert html.count("[a](") == 5_000


def test_a_request_full_of_bombs_ends():
    before = spent()
    htmls = markdown.render_many([(long_text_of("[a](", 20_000), False)] * 8 + [("*fine*", False)])
    assert spent() - before < 3 * markdown.SECONDS + 5 * markdown.SECONDS / 10 + 8 * 0.5
    assert htmls[-1] == "<p><em>fine</em></p>" and all("render-notice" in html for html in htmls[:-1])


def test_more_than_the_limit_is_not_even_tried():
    html = markdown.render("*" + "a" * markdown.MAX_LENGTH)
    assert "longer than 100,000 characters" in html and "<em>" not in html


def test_deep_nesting_is_not_even_tried():
    for text in ("1. " * 700, "> " * 50 + "x", "- " * 30 + "x", "[" * 5_000, " " * 120 + "- x"):
        assert "nested too deeply" in markdown.render(text)


def test_a_hundred_thousand_characters_of_an_honest_text_are_formatted():
    paragraph = "The **pool** was at `max` and [graphs](https://example.org/g) said so.\n\n- one\n- two\n\n"
    paragraph += "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    html = markdown.render(long_text_of(paragraph, markdown.MAX_LENGTH - 100))
    assert "render-notice" not in html and "<table>" in html


@pytest.mark.skipif(not SHARED, reason="needs ../shared/data beside the project, which is not part of it")
def test_real_postmortems_are_all_formatted():
    texts = [path.read_text(errors="replace") for path in sorted(SHARED.glob("[ABC]-*/**/*.md"))]
    htmls = markdown.render_many([(text, False) for text in texts])
    assert len(htmls) > 300 and not any("render-notice" in html for html in htmls)


def test_a_killed_child_hurts_nobody():
    for child in markdown.CHILDREN.idle:
        os.kill(child.process.pid, signal.SIGKILL)
        child.process.wait()
    assert markdown.render("*back*") == "<p><em>back</em></p>"


def test_threads_share_the_children():
    results = {}

    def work(number):
        results[number] = [markdown.render(f"*{number}* {turn}") for turn in range(20)]

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results[n] == [f"<p><em>{n}</em> {turn}</p>" for turn in range(20)] for n in range(8))
    assert len(markdown.CHILDREN.idle) <= markdown.CHILDREN.limit


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_gets_children_of_its_own():
    ours = [child.process.pid for child in markdown.CHILDREN.idle]
    forked = os.fork()
    if not forked:
        status = 1
        try:
            ok = markdown.render("*forked*") == "<p><em>forked</em></p>"
            status = 0 if ok and not {c.process.pid for c in markdown.CHILDREN.idle} & set(ours) else 1
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    assert markdown.render("*parent*") == "<p><em>parent</em></p>"
    assert [child.process.pid for child in markdown.CHILDREN.idle] == ours


def test_a_child_ends_when_its_parent_is_killed():
    reading, writing = os.pipe()
    forked = os.fork()
    if not forked:
        try:
            markdown.render("*start*")
            os.write(writing, b"%d" % markdown.CHILDREN.idle[0].process.pid)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(forked, 0)
    orphan = int(os.read(reading, 20))
    until = time.monotonic() + 5
    while _runs(orphan) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(orphan)


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_memory_is_bounded():
    """40,000 links to one address of 50,000 characters would be two gigabytes of HTML."""
    html = markdown.render("[a]: https://example.org/" + "x" * 50_000 + "\n\n" + "[a] " * 12_000)
    assert "render-notice" in html


def test_nobody_waits_for_ever_for_a_free_child():
    pool = Children(markdown.CHILDREN.script, limit=1)
    pool.free.acquire()
    assert list(pool.answers([["*x*", False]], seconds=1, patience=0.05)) == [None]
