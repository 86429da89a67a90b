"""Whatever a host does, what is downloaded is the file, byte for byte, or there is none of that name."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from hostile_server import Host, serving
from impactsound.corpus.download import fetch as fetching
from impactsound.corpus.download.fetch import ATTEMPTS, BLOCK, attempt, fetch
from impactsound.corpus.download.part import Part
from impactsound.corpus.download.session import REDIRECTS, Session
from impactsound.errors import InputError

DATA = np.random.default_rng(0).bytes(10 * BLOCK + 17)
OTHER = np.random.default_rng(1).bytes(9 * BLOCK + 5)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "a.zip"


def get(host, target, size=None):
    fetch(host.url, target, Session(), size, pause=0.0)
    return target.read_bytes()


def refused(host, target, size=None) -> str:
    """The one line; nothing bears the file's name."""
    with pytest.raises(InputError) as caught:
        get(host, target, size)
    assert host.url in str(caught.value) and "\n" not in str(caught.value)
    assert not target.exists()
    return str(caught.value)


def starts(host) -> list[int]:
    """Where the requests asked to begin."""
    return [int(re.sub(r"\D", "", asked.get("Range", "0"))) for asked in host.asked]


def test_a_file_comes_as_it_is_and_nothing_is_left_beside_it(target):
    with serving(Host(DATA)) as host:
        assert get(host, target, len(DATA)) == DATA
    assert [path.name for path in target.parent.iterdir()] == ["a.zip"]
    assert host.asked[0]["Accept-Encoding"] == "identity"


def test_a_connection_that_is_cut_again_and_again_is_gone_on_from(target):
    with serving(Host(DATA, cut=BLOCK)) as host:
        assert get(host, target) == DATA
    assert starts(host) == [BLOCK * n for n in range(11)]
    assert {asked.get("If-Range") for asked in host.asked[1:]} == {'"1"'}


@pytest.mark.parametrize(("etag", "modified", "named"), [('"1"', None, '"1"'), ('W/"1"', "Wed, 21 Oct", "Wed, 21 Oct")])
def test_a_run_goes_on_from_where_an_earlier_one_was_stopped(target, etag, modified, named):
    with serving(Host(DATA, cut=3 * BLOCK, etag=etag, modified=modified)) as host:
        host.answers = [(206, {"Content-Length": "9"})]  # once, at the first request, which is refused
        assert "a part of the file unasked" in refused(host, target)
        host.before = lambda host: host.answers.append((404, {})) if len(host.asked) == 3 else None
        assert "404 Not Found" in refused(host, target)
        host.before, host.cut = None, None
        assert get(host, target) == DATA
    assert starts(host) == [0, 0, 3 * BLOCK, 3 * BLOCK] and host.asked[-1]["If-Range"] == named


def test_without_a_strong_validator_nothing_is_put_together(target):
    def change(host):
        if len(host.asked) == 3:
            host.data, host.cut = DATA[::-1], None

    with serving(Host(DATA, etag='W/"1"', cut=2 * BLOCK, before=change)) as host:
        assert get(host, target) == DATA[::-1]
    assert starts(host) == [0, 0, 0]


def test_a_host_that_sends_no_ranges_is_asked_for_all_again(target):
    with serving(Host(DATA, ranges=False, cut=2 * BLOCK)) as host:
        host.before = lambda host: setattr(host, "cut", None) if len(host.asked) == 3 else None
        assert get(host, target) == DATA
    with serving(replace(host, before=None, cut=2 * BLOCK, asked=[])) as host:
        target.unlink()
        assert "nothing new came" in refused(host, target)
    assert len(host.asked) == ATTEMPTS + 1 and target.with_name("a.zip.part").read_bytes() == DATA[: 2 * BLOCK]


def test_a_host_that_sends_no_ranges_for_a_while_costs_nothing_of_what_is_here(target):
    with serving(Host(DATA, cut=4 * BLOCK + 9)) as host:

        def hamper(host):
            host.ranges = len(host.asked) not in (2, 3)
            host.cut = (4 if host.ranges else 1) * BLOCK + 9

        host.before = hamper
        assert get(host, target) == DATA
    assert starts(host) == [0] + [4 * BLOCK + 9] * 3 + [8 * BLOCK + 18]


def test_a_host_that_sends_next_to_nothing_is_given_up(target, monkeypatch):
    monkeypatch.setattr(fetching, "PATIENCE", 0.02)
    with serving(Host(DATA, block=1, slow=0.005)) as host:
        assert "came in" in refused(host, target)
    assert len(host.asked) == ATTEMPTS


@pytest.mark.parametrize("heed", [True, False])
@pytest.mark.parametrize(("other", "etag"), [(OTHER, '"2"'), (DATA[::-1], '"2"'), (DATA[::-1] + OTHER, '"1"')])
def test_a_file_that_changes_between_two_ranges_is_the_new_one(target, heed, other, etag):
    def change(host):
        if len(host.asked) == 2:
            host.data, host.etag = other, etag

    with serving(Host(DATA, cut=4 * BLOCK, heed_if_range=heed, before=change)) as host:
        assert get(host, target) == other


def test_a_file_that_has_shrunk_is_the_new_one(target):
    def change(host):
        if len(host.asked) == 2:
            host.data, host.cut = OTHER[:BLOCK], None

    with serving(Host(DATA, cut=4 * BLOCK, before=change, heed_if_range=False)) as host:
        assert get(host, target) == OTHER[:BLOCK]


@pytest.mark.parametrize("claimed", ["bytes 0-{end}/{size}", "bytes {first}-{first}/{size}", "nonsense", "none"])
def test_a_range_that_was_not_asked_for_is_not_kept(target, claimed):
    claimed = claimed.format(first=BLOCK, end=len(DATA) - 1, size=len(DATA))
    with serving(Host(DATA, cut=BLOCK, claimed=claimed)) as host:
        assert "another range" in refused(host, target)
    assert target.with_name("a.zip.part").read_bytes() == DATA[:BLOCK]


def test_what_a_host_sends_beyond_the_end_is_not_kept(target):
    def cut_first(host):
        host.cut = 4 * BLOCK if len(host.asked) == 1 else None

    with serving(Host(DATA, extra=b"more", before=cut_first)) as host:
        assert get(host, target) == DATA
    assert starts(host) == [0, 4 * BLOCK]


def test_a_length_beyond_the_end_is_never_reached(target):
    with serving(Host(DATA, length=str(len(DATA) + 9))) as host:
        refused(host, target)
    assert len(host.asked) <= ATTEMPTS * 2 + 1


@pytest.mark.parametrize("length", [str(BLOCK), str(10**15), "0", "none", "-5", "many", "9" * 5000])
def test_a_length_that_cannot_be_is_refused_before_a_byte_is_kept(target, length):
    with serving(Host(DATA, length=length)) as host:
        refused(host, target, len(DATA))
    assert len(host.asked) == 1 and list(target.parent.iterdir()) == []


def test_a_page_in_the_place_of_the_file_costs_nothing_of_what_is_here(target):
    with serving(Host(DATA, cut=4 * BLOCK)) as host:
        host.before = lambda host: host.answers.append((404, {})) if len(host.asked) == 2 else None
        refused(host, target, len(DATA))
        host.answers = [(200, {"Content-Length": "9"})]
        assert "9 bytes, not the" in refused(host, target, len(DATA))
        host.cut = None
        assert get(host, target, len(DATA)) == DATA
    assert starts(host)[-1] == 4 * BLOCK


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204, 304])
def test_a_refusal_is_believed_at_once(target, status):
    with serving(Host(DATA, answers=[(status, {})])) as host:
        assert f"answers {status}" in refused(host, target)
    assert len(host.asked) == 1


def test_a_host_in_trouble_is_asked_again_after_longer_and_longer_waits(target, monkeypatch):
    waits = []
    monkeypatch.setattr(fetching.time, "sleep", waits.append)
    with serving(Host(DATA, answers=[(500, {}), (503, {"Retry-After": "30"}), (429, {"Retry-After": "9999"})])) as host:
        fetch(host.url, target, Session())
        assert target.read_bytes() == DATA and waits == [2, 30, 60]
        target.unlink()
        waits.clear()
        host.answers = [(502, {})] * 99
        with pytest.raises(InputError, match="answers 502 Bad Gateway"):
            fetch(host.url, target, Session())
    assert waits == [2, 4, 8, 16, 32, 60, 60] and len(waits) == ATTEMPTS - 1


@pytest.mark.parametrize(
    "answer", [b"", b"\x1b[2J\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 999]
)
def test_a_host_that_does_not_speak_http(target, answer):
    with serving(Host(DATA, answers=[answer] * 99)) as host:
        assert refused(host, target).isprintable()


def test_a_host_that_is_not_there(target):
    with serving(Host(DATA)) as host:
        pass
    assert "see that the host is reached" in refused(host, target)


def test_redirects_are_followed_but_not_for_ever(target):
    with serving(Host(DATA, answers=[(302, {"Location": "/file.zip"})] * REDIRECTS)) as host:
        assert get(host, target) == DATA
        target.unlink()
        host.answers = [(301, {"Location": "file.zip"})] * (REDIRECTS + 1)
        assert "redirected without end" in refused(host, target)


def test_the_body_of_a_redirect_is_not_read(target):
    sent = []

    def endless(handler):
        handler.head(302, {"Location": "/file.zip", "Content-Length": str(10**12)})
        for _ in range(64):
            handler.wfile.write(bytes(1 << 20))
            sent.append(1 << 20)

    with serving(Host(DATA, answers=[endless])) as host:
        assert get(host, target) == DATA
    assert sum(sent) < 32 << 20  # what the system has taken from the host, and nobody read


@pytest.mark.parametrize("place", ["http://example.com/", "file:///etc/passwd", "ftp://localhost/a"])
def test_no_redirect_leads_off_tls(target, place):
    with serving(Host(DATA, answers=[(302, {"Location": place})])) as host, pytest.raises(InputError) as caught:
        get(host, target)
    assert place in str(caught.value) or host.url in str(caught.value)
    assert not target.exists()


@pytest.mark.parametrize("place", ["https://[::1", "https://a:b@c:d/", "https://%zz\udcff/", "https://" + "a" * 300])
def test_a_redirect_to_no_url(target, place):
    place = place.encode("utf-8", "surrogateescape").decode("latin-1")
    with serving(Host(DATA, answers=[(302, {"Location": place})])) as host, pytest.raises(InputError):
        get(host, target)


@pytest.mark.parametrize("url", ["", "vis.zip", "http://example.com/vis.zip", "ftp://a/b", "http://127.0.0.1:1@a.com/"])
def test_an_url_that_is_none_or_not_https(target, url):
    with pytest.raises(InputError, match=r"https|valid URL"):
        fetch(url, target, Session())


def test_a_body_that_is_encoded_is_refused(target):
    with serving(Host(DATA, answers=[(200, {"Content-Encoding": "gzip", "Content-Length": "9"})])) as host:
        assert "encoded" in refused(host, target)


def test_what_will_not_fit_on_the_disk_is_not_begun(target, monkeypatch):
    free = type("Usage", (), {"free": 2 * len(DATA) - 1})
    monkeypatch.setattr("shutil.disk_usage", lambda _: free)
    with serving(Host(DATA)) as host, pytest.raises(InputError, match="free disk"):
        get(host, target)
    assert not target.with_name("a.zip.part").exists()
    free.free += 1
    with serving(host):
        assert get(host, target) == DATA


@pytest.mark.parametrize("note", ["", "{", "[]", "{}", '{"url": 1, "size": 2, "validator": 3}', None])
def test_bytes_of_nobody_knows_what_are_not_gone_on_from(target, note):
    target.with_name("a.zip.part").write_bytes(OTHER[:BLOCK])
    if note is not None:
        target.with_name("a.zip.part.json").write_text(note)
    with serving(Host(DATA)) as host:
        assert get(host, target) == DATA
    assert starts(host) == [0]


def test_what_is_whole_but_of_another_size_than_asked_for_is_not_taken(target):
    with serving(Host(OTHER)) as host:
        target.with_name("a.zip.part").write_bytes(DATA)
        note = {"url": host.url, "size": len(DATA), "validator": '"1"'}
        target.with_name("a.zip.part.json").write_text(json.dumps(note))
        assert get(host, target, len(OTHER)) == OTHER


def test_what_has_come_is_on_the_disk_at_once(target):
    with serving(Host(DATA[:20_000], block=1000, slow=0.002)) as host:
        part = Part(target, host.url)
        for position in attempt(part, host.url, Session(), None):
            assert part.data.stat().st_size == position


def test_a_mistyped_url_costs_nothing_of_what_is_here(target):
    with serving(Host(DATA, cut=4 * BLOCK)) as host:
        host.before = lambda host: host.answers.append((404, {})) if len(host.asked) in (2, 3) else None
        refused(host, target)
        right, host.url = host.url, host.url + "x"
        refused(host, target)
        host.url, host.cut = right, None
        assert get(host, target) == DATA
    assert starts(host) == [0, 4 * BLOCK, 0, 4 * BLOCK]


def test_a_process_that_is_killed_is_gone_on_from_to_the_same_bytes(target):
    script = "import sys; from pathlib import Path; from impactsound.corpus.download.fetch import fetch; "
    script += (
        "from impactsound.corpus.download.session import Session; fetch(sys.argv[1], Path(sys.argv[2]), Session())"
    )
    part = target.with_name("a.zip.part")
    with serving(Host(DATA, slow=0.02)) as host:
        for kills in range(1, 4):
            process = subprocess.Popen([sys.executable, "-c", script, host.url, str(target)])
            while not (part.exists() and part.stat().st_size >= 2 * BLOCK * kills):
                assert process.poll() is None
                time.sleep(0.002)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            assert DATA.startswith(part.read_bytes())
            assert json.loads(part.with_name("a.zip.part.json").read_text())["size"] == len(DATA)
        host.slow = 0.0
        assert get(host, target) == DATA
    assert starts(host)[0] == 0 and all(np.diff(starts(host)) > 0)
