"""The download, against a server on this machine that misbehaves in the known ways."""

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from emnist_utils.data import DataError, download
from emnist_utils.data.download import NIST, Archive, downloaded

CONTENT = b"PK\3\4" + np.random.default_rng(0).bytes(3_000_000)
HALF = len(CONTENT) // 2
# What is kept of a connection that is cut in the middle: whole blocks.
KEPT = HALF // 65_536 * 65_536


class Handler(BaseHTTPRequestHandler):
    """Serve CONTENT, each path in its own way; note what was asked for."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Keep quiet."""

    def do_GET(self):
        """Answer as the path says."""
        way, asked = self.path.strip("/"), self.headers.get("Range")
        self.server.asked.append((way, asked))
        start = int(re.match(r"bytes=(\d+)-", asked)[1]) if asked and way != "no-ranges" else 0
        status = {"gone": 404, "busy": 503}.get(way, 206 if start else 200)
        body = CONTENT[start:]
        kind = "application/zip"
        if way == "page":
            body, kind, status = b"<!DOCTYPE html><html>moved</html>", "text/html; charset=utf-8", 200
        elif way == "other":
            body, status = CONTENT[:-1] + b"?", 200
        elif way == "shorter":
            body, status = CONTENT[:1000], 200
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 206:
            first = start + 1 if way == "wrong-range" else start
            self.send_header("Content-Range", f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}")
        if way != "unsized":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:HALF] if way in ("cut", "unsized") else body)
        self.close_connection = True


@pytest.fixture
def server():
    """Run a server for one test."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def _archive(server, *ways):
    root = f"http://127.0.0.1:{server.server_port}"
    return Archive("gzip.zip", tuple(f"{root}/{w}" for w in ways), len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def _files(cache):
    return sorted(path.name for path in cache.iterdir() if path.is_file() and path.suffix != ".lock")


def test_download_and_second_call(server, cache, capsys):
    """The file appears under its name once it is whole; a second call asks nobody; no bar where no terminal is."""
    archive = _archive(server, "good")
    assert downloaded(archive) is None
    path = download(archive)
    assert path.read_bytes() == CONTENT and _files(cache) == ["gzip.zip"]
    assert download(archive) == downloaded(archive) == path
    assert server.asked == [("good", None)]
    assert capsys.readouterr().err == ""


def test_resumes_at_the_byte_where_it_stopped(server, cache):
    """After a cut connection the next call fetches only the rest."""
    with pytest.raises(DataError, match=rf"stopped after {KEPT:,} bytes(.|\n)*are kept and will be resumed"):
        download(_archive(server, "cut"))
    assert _files(cache) == ["gzip.zip.part"]
    assert download(_archive(server, "good")).read_bytes() == CONTENT
    assert server.asked[-1] == ("good", f"bytes={KEPT}-")


@pytest.mark.parametrize(("way", "kept"), [("cut", KEPT), ("unsized", HALF)])
def test_the_next_mirror_goes_on(server, cache, way, kept):
    """One call passes from a mirror that stops to the next, which delivers the rest."""
    assert download(_archive(server, way, "good")).read_bytes() == CONTENT
    assert server.asked == [(way, None), ("good", f"bytes={kept}-")]


def test_a_server_that_ignores_ranges_starts_over(server, cache):
    """The whole file in answer to a range must not be put behind the first half."""
    with pytest.raises(DataError):
        download(_archive(server, "cut"))
    assert download(_archive(server, "no-ranges")).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("page", "answered with a web page"),
        ("gone", "answered with status 404"),
        ("busy", "answered with status 503"),
        ("other", "another SHA-256"),
        ("shorter", "offers a file of 1,000 bytes"),
    ],
)
def test_a_bad_answer(server, cache, way, message):
    """One error names the file, what each mirror did, and what was expected; nothing bad is kept."""
    archive = _archive(server, way)
    with pytest.raises(DataError, match=message) as caught:
        download(archive)
    for part in ("gzip.zip", archive.urls[0], f"{len(CONTENT):,} bytes", archive.sha256, "EMNIST_HOME"):
        assert part in str(caught.value)
    assert _files(cache) == []
    assert download(_archive(server, way, "good")).read_bytes() == CONTENT


def test_a_wrong_range_is_not_appended(server, cache):
    """Bytes from elsewhere than asked for are refused, and what was there is kept."""
    with pytest.raises(DataError):
        download(_archive(server, "cut"))
    with pytest.raises(DataError, match=f"bytes {KEPT + 1}-"):
        download(_archive(server, "wrong-range"))
    assert (cache / "gzip.zip.part").stat().st_size == KEPT


def test_nobody_answers(server, cache):
    """A mirror that cannot be reached is told as that."""
    archive = _archive(server, "good")
    server.server_close()
    with pytest.raises(DataError, match="cannot be reached"):
        download(archive)


def test_a_damaged_file_in_place_is_fetched_again(server, cache):
    """A file under the right name with other content does not count as downloaded."""
    cache.mkdir()
    (cache / "gzip.zip").write_bytes(CONTENT[:-1] + b"?")
    assert download(_archive(server, "good")).read_bytes() == CONTENT


def test_leftovers_that_are_too_long_are_not_resumed(server, cache):
    """A .part that is longer than the file starts over."""
    cache.mkdir()
    (cache / "gzip.zip.part").write_bytes(CONTENT + b"more")
    assert download(_archive(server, "good")).read_bytes() == CONTENT
    assert server.asked == [("good", None)]


def test_a_cache_that_cannot_be_written(server, tmp_path, monkeypatch):
    """A file in the way of the cache is told with the room that the download takes."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMNIST_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"cannot be written .*3,000,004 bytes.*EMNIST_CACHE"):
        download(_archive(server, "good"))


def test_what_nist_publishes():
    """Size and SHA-256 are those of the published zip."""
    assert NIST.size == 561_753_746
    assert NIST.sha256 == "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"
    assert all(url.startswith("https://") and url.endswith("/EMNIST/gzip.zip") for url in NIST.urls)
