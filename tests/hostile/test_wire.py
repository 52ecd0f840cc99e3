"""What only a real server can show: very large, very slow and broken requests, and the others meanwhile."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from culture_portal.patient_worker import GRACE
from culture_portal.proving.sink import start_sink, stop
from tests.deployment.conftest import install
from tests.deployment.organisation import HR_ADDRESS, PASSWORD
from tests.hostile.wire import BLOCK, Wire, file_of, seconds_until_closed, trial

MEGABYTE = 1024 * 1024
UPLOADS = {
    "/people/import/": "file",
    "/people/absences/import/": "file",
    "/contacts/import/": "file",
    "/settings/organisation/logo/": "logo",
}
PUBLIC = ("/sign-in/", "/password/reset/", "/sign-in/code/", "/unsubscribe/x/", "/a/x/", "/no/such/page/")
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=edge"


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """Production where the suite has PostgreSQL and Redis, the trial elsewhere; HR is signed in."""
    folder = tmp_path_factory.mktemp("wire")
    process, sink = start_sink(folder)
    installed = install(folder / "portal", sink)
    production = settings.DATABASES["default"]["ENGINE"].endswith("postgresql") and bool(settings.REDIS_URL)
    if production:
        installed.create_database()
    else:
        installed.environment = trial(installed.environment, folder)
    temporary = folder / "temporary"
    temporary.mkdir()
    installed.environment["TMPDIR"] = str(temporary)
    try:
        installed.manage("migrate", "--no-input")
        if not production:
            installed.manage("createcachetable")
        installed.manage("collectstatic", "--no-input")
        installed.python("-m", "tests.deployment.organisation", "3")
        installed.start_web("web")
        wire = Wire(installed)
        visitor = wire.visitor()
        visitor.sign_in(HR_ADDRESS, PASSWORD)
        visitor.get("/people/import/")
        wire.cookies = visitor.cookies
        yield wire
    finally:
        installed.stop()
        if production:
            installed.drop_database()
        stop(process)


def token(wire: Wire, path: str) -> str:
    visitor = wire.visitor()
    visitor.cookies = wire.cookies
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', visitor.get(path).text)
    assert found
    return found[1]


def upload(wire: Wire, path: str, field: str, size: int, **also: str) -> tuple[int, int]:
    length, body = file_of(size, field, "edge", **also)
    head = wire.head("POST", path, Content_Type=MULTIPART, Content_Length=str(length))
    return wire.send(_chain(head, body))


def _chain(head: bytes, body: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from body


# --- Large --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [*UPLOADS, "/sign-in/", "/no/such/page/"])
def test_a_hundred_megabytes_are_refused_before_they_came(path: str, wire: Wire) -> None:
    before, began = wire.memory(), time.monotonic()
    status, sent = upload(wire, path, UPLOADS.get(path, "file"), 100 * MEGABYTE)
    assert status == (404 if path == "/no/such/page/" else 413)
    assert sent < 20 * MEGABYTE
    assert time.monotonic() - began < 10
    assert wire.memory() - before < 30 * MEGABYTE
    assert wire.is_tidy()


@pytest.mark.parametrize("path", UPLOADS)
def test_eleven_megabytes_are_refused_with_the_form(path: str, wire: Wire) -> None:
    """Each form says how much it takes; meanwhile the file lies on the disk, and memory stays bounded."""
    before = wire.memory()
    csrf = token(wire, "/settings/organisation/" if "logo" in path else path)
    status, _sent = upload(wire, path, UPLOADS[path], 11 * MEGABYTE, csrfmiddlewaretoken=csrf)
    assert status == 422
    assert wire.memory() - before < 60 * MEGABYTE
    assert wire.is_tidy()


def test_many_at_once_do_not_add_up(wire: Wire) -> None:
    before = wire.memory()
    statuses: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: statuses.append(upload(wire, "/people/import/", "file", 100 * MEGABYTE)[0])
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [413] * 8
    assert wire.memory() - before < 40 * MEGABYTE
    assert wire.is_tidy()


@pytest.mark.parametrize("kind", ["form", "multipart"])
@pytest.mark.parametrize("path", [*PUBLIC, "/people/new/", "/account/", "/settings/organisation/"])
def test_ten_megabytes_of_words_are_refused(kind: str, path: str, wire: Wire) -> None:
    body = b"title=" + b"a" * (10 * MEGABYTE)
    content_type = FORM
    if kind == "multipart":
        content_type = MULTIPART
        part = b'--edge\r\nContent-Disposition: form-data; name="title"\r\n\r\n'
        body = part + b"a" * (10 * MEGABYTE) + b"\r\n--edge--\r\n"
    head = wire.head("POST", path, Content_Type=content_type, Content_Length=str(len(body)))
    pieces = [head, *(body[start : start + BLOCK] for start in range(0, len(body), BLOCK))]
    assert wire.send(pieces)[0] in {400, 403, 404}
    assert wire.is_tidy()


@pytest.mark.parametrize("path", [*UPLOADS, "/sign-in/"])
def test_what_comes_in_chunks_without_a_length_is_not_read(path: str, wire: Wire) -> None:
    before = wire.memory()
    head = wire.head("POST", path, Content_Type=MULTIPART, Transfer_Encoding="chunked")
    _length, body = file_of(100 * MEGABYTE, "file", "edge")
    pieces = (b"%x\r\n%s\r\n" % (len(piece), piece) for piece in body)
    status, sent = wire.send(_chain(head, pieces))
    # Whoever sends on for long may lose the answer with the connection.
    assert status in {0, 403}
    assert sent < 20 * MEGABYTE
    assert wire.memory() - before < 30 * MEGABYTE
    assert wire.is_tidy()


# --- Slow ---------------------------------------------------------------------------------------------------
def test_slow_clients_keep_nobody_out(wire: Wire) -> None:
    """As many of them as there are threads; two drip, byte by byte."""
    unfinished = wire.head("GET", "/sign-in/")[:-2]
    slow_body = wire.head("POST", "/sign-in/", Content_Type=FORM, Content_Length="1000") + b"login="
    connections = [socket.create_connection(("127.0.0.1", wire.port)) for _ in range(settings.WEB_THREADS)]
    for number, connection in enumerate(connections):
        connection.sendall(slow_body if number % 2 else unfinished)
    kept: dict[int, float] = {}

    def hold(number: int) -> None:
        kept[number] = seconds_until_closed(connections[number], drip=b"x" if number < 2 else b"")

    threads = [threading.Thread(target=hold, args=(number,)) for number in range(len(connections))]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    assert wire.visitor().get("/sign-in/").status == 200
    assert time.monotonic() - began < GRACE + 5
    for thread in threads:
        thread.join(60)
    for connection in connections:
        connection.close()
    assert all(seconds < GRACE + 5 for seconds in kept.values()), kept


def test_a_slow_line_that_goes_on_is_waited_for(wire: Wire) -> None:
    """An upload over a bad line takes longer than the grace, and arrives."""
    length, body = file_of(11 * BLOCK, "file", "edge", csrfmiddlewaretoken=token(wire, "/people/import/"))
    head = wire.head(
        "POST",
        "/people/import/",
        Content_Type=MULTIPART,
        Content_Length=str(length),
    )

    def slowly() -> Iterator[bytes]:
        for piece in _chain(head, body):
            yield piece
            time.sleep((GRACE + 2) / 13)

    assert wire.send(slowly())[0] in {302, 422}


# --- Broken -------------------------------------------------------------------------------------------------
def _lines(method: str, target: bytes, *lines: bytes, body: bytes = b"") -> bytes:
    host = b"Host: portal.example.com\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.8"
    return b"\r\n".join([method.encode() + b" " + target + b" HTTP/1.1", host, *lines, b"", body])


BROKEN = {
    "a question of 64 KB": _lines("GET", b"/sign-in/?q=" + b"a" * 65536),
    "a question of nearly 4 KB": _lines("GET", b"/sign-in/?next=" + b"%2f" * 1200),
    "a cookie of 64 KB": _lines("GET", b"/sign-in/", b"Cookie: sessionid=" + b"a" * 65536),
    "a cookie of 8 KB": _lines("GET", b"/", b"Cookie: __Host-sessionid=" + b"a" * 8000),
    "a broken cookie": _lines(
        "GET", b"/", b'Cookie: ;;=;\xff=\xfe; "; sessionid="a\\"b; __Host-csrftoken=\x01'
    ),
    "a thousand headers": _lines("GET", b"/sign-in/", *(b"X-%d: 1" % number for number in range(1000))),
    "NUL in the address": _lines("GET", b"/people/\x00/"),
    "NUL, encoded": _lines("GET", b"/people/%00/?q=%00&after=%00"),
    "overlong UTF-8": _lines("GET", b"/%c0%ae%c0%ae/%c0%af?next=%c0%af"),
    "a lone surrogate": _lines("GET", b"/%ed%a0%80/?q=%ed%a0%80"),
    "raw bytes": _lines("GET", b"/\xff\xfe?\xff=\xfe"),
    "another host": _lines("GET", b"/").replace(b"portal.example.com", b"evil.example"),
    "a host with a line end": _lines("GET", b"/").replace(b"portal.example.com", b"portal.example.com\rX: 1"),
    "two hosts": _lines("GET", b"/", b"Host: evil.example"),
    "no host": b"GET /sign-in/ HTTP/1.1\r\n\r\n",
    "a length that is none": _lines("POST", b"/sign-in/", b"Content-Length: ten"),
    "a length below nothing": _lines("POST", b"/sign-in/", b"Content-Length: -1"),
    "a length beyond all": _lines("POST", b"/sign-in/", b"Content-Length: " + b"9" * 40),
    "two lengths": _lines("POST", b"/sign-in/", b"Content-Length: 3", b"Content-Length: 4", body=b"a=1"),
    "a length and chunks": _lines(
        "POST", b"/sign-in/", b"Content-Length: 3", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"
    ),
    "chunks that are none": _lines("POST", b"/sign-in/", b"Transfer-Encoding: chunked", body=b"zz\r\n\r\n"),
    "a method that is none": _lines("BREW", b"/sign-in/"),
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
}
LEGAL = {0, 200, 301, 302, 400, 403, 404, 405, 408, 411, 413, 414, 431, 501}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_requests_are_no_failure_of_ours(what: str, wire: Wire) -> None:
    status, _sent = wire.send([BROKEN[what]], patience=15)
    assert status in LEGAL
    if "host" in what and what != "a host with a line end":
        assert status == 400
    assert wire.visitor().get("/sign-in/").status == 200


def test_a_body_that_ends_early_is_no_failure_of_ours(wire: Wire) -> None:
    for content_type in (FORM, MULTIPART):
        head = wire.head("POST", "/sign-in/", Content_Type=content_type, Content_Length="500")
        with socket.create_connection(("127.0.0.1", wire.port), 15) as connection:
            connection.sendall(head + b"login=somebody")
            connection.shutdown(socket.SHUT_WR)
            assert re.match(rb"HTTP/1\.1 40[03] ", connection.recv(BLOCK))


def test_nothing_failed_meanwhile(wire: Wire) -> None:
    """Last in this file: the log of the web server holds no failure."""
    log = (Path(wire.installation.folder) / "web.log").read_text()
    failures = re.findall(r'.*(?:"level": "(?:error|critical)"|\b(?:ERROR|CRITICAL)\b).*', log)
    # What was refused for safety is told at this level, and is no failure.
    assert [line for line in failures if "django.security." not in line] == []
