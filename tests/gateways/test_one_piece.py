"""Plain answers are read at once; everything else is left to the library, from its first byte."""

import socket
from collections.abc import Iterator

import pytest

from webapp.gateways.one_piece import MOST_PIECES, Begun, head_of, read_answer

PLAIN = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 9\r\nX-Two:  a b \r\n\r\n"
BODY = b'{"id": 7}'


class Line:
    """A socket that gives these pieces, and then its end."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)

    def recv(self, _most: int) -> bytes:
        return next(self._pieces, b"")


def test_plain_answer_is_read_with_its_head_and_its_body() -> None:
    answer, left = read_answer(Line(PLAIN + BODY).recv)
    assert answer is not None
    assert (answer.status, answer.reason, answer.read(), left) == (201, "Created", BODY, b"")
    assert dict(answer.headers) == {"Content-Type": "application/json", "Content-Length": "9", "X-Two": "a b"}
    assert answer.headers["content-TYPE"] == "application/json"


@pytest.mark.parametrize("cut_at", [3, 40, len(PLAIN) - 2, len(PLAIN), len(PLAIN) + 4])
def test_plain_answer_may_come_in_two_pieces(cut_at: int) -> None:
    whole = PLAIN + BODY
    answer, _ = read_answer(Line(whole[:cut_at], whole[cut_at:]).recv)
    assert answer is not None
    assert answer.read() == BODY


def test_answer_without_a_body_is_plain_where_the_status_says_so() -> None:
    answer, _ = read_answer(Line(b"HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n").recv)
    assert answer is not None
    assert (answer.status, answer.read()) == (204, b"")


@pytest.mark.parametrize(
    "read",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n",
        PLAIN + BODY[:4],
        PLAIN + BODY + b"and more",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n folded: yes\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN + BODY,
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"ICY 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + b"A%d: b\r\n" * 101 % tuple(range(101)) + b"\r\n{}",
    ],
)
def test_whatever_leaves_a_question_is_the_librarys_with_all_that_was_read(read: bytes) -> None:
    assert read_answer(Line(read).recv) == (None, read)


def test_answer_that_drips_is_the_librarys_before_long() -> None:
    drops = [bytes((number,)) for number in PLAIN]
    assert read_answer(Line(*drops).recv) == (None, PLAIN[:MOST_PIECES])


def test_library_reads_from_the_first_byte() -> None:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(b" world\r\nagain")
        far.shutdown(socket.SHUT_WR)
        with Begun(near, b"hello").makefile("rb") as stream:
            assert (stream.readline(), stream.read(), stream.read()) == (b"hello world\r\n", b"again", b"")


def test_head_is_written_as_it_was_given() -> None:
    head = head_of("POST", "/a?b=c%20d", "tv.example.com:8080", {"X-Name": "ação".encode().decode("latin-1"), "B": ""})
    assert head == (
        "POST /a?b=c%20d HTTP/1.1\r\nHost: tv.example.com:8080\r\nX-Name: ação\r\nB: \r\n\r\n"
    ).encode()  # fmt: skip


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\rb", "a\0b", "€"])
def test_value_that_could_be_more_than_one_is_not_written(value: str) -> None:
    assert head_of("GET", "/", "tv.example.com", {"X-Name": value}) is None


@pytest.mark.parametrize(("method", "target"), [("HEAD", "/"), ("get", "/"), ("GET", "/a b"), ("GET", "http://a/"),
                                                ("GET", "/\r\nX: y"), ("GET /x", "/")])  # fmt: skip
def test_line_that_is_not_plain_is_not_written(method: str, target: str) -> None:
    assert head_of(method, target, "tv.example.com", {}) is None


@pytest.mark.parametrize("name", ["a b", "a:b", "", "á", "a\r\nb", "host", "Transfer-Encoding", "Connection", "Expect"])
def test_name_that_is_none_or_not_theirs_is_not_written(name: str) -> None:
    assert head_of("GET", "/", "tv.example.com", {name: "b"}) is None
