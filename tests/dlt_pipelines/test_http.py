"""The client for vendors' APIs against real sockets."""

import gzip
import hashlib

import pytest

from dlt_pipelines.http import HttpError, RequestLimitError, UnauthorizedError, VendorClient
from tests.replay_server import FakeClock, ReplayServer, Reply

TOKEN = "secret-token-of-the-test"
_USER_LIMIT = {"RateLimit-User-Remaining": "0", "RateLimit-User-Reset": "42"}


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def server(clock):
    server = ReplayServer(clock)
    yield server
    server.close()


@pytest.fixture
def client(server, clock):
    client = VendorClient(server.url, token=TOKEN, clock=clock, timeout_seconds=0.3)
    yield client
    client.close()


def test_pages_follow_the_link_header(server, client):
    server.route("/things", Reply(items=list(range(45))))
    pages = list(client.pages(client.address("things", per_page=20)))
    assert [len(page.json()) for page in pages] == [20, 20, 5]
    assert [item for page in pages for item in page.json()] == list(range(45))
    assert pages[-1].next_url is None


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        ("429", [7.0]),
        ("403", [31.0]),
        ("403 secondary", [4.0]),
        ("408", [1.0]),
        ("500", [1.0]),
        ("502", [1.0]),
        ("cut", [1.0]),
        ("reset", [1.0]),
        ("slow", [1.0]),
        ("dripping", [1.0]),
        ("not json", [1.0]),
    ],
)
def test_each_fault_is_waited_out(server, client, clock, fault, wait):
    server.route("/thing", Reply(body={"id": 1}))
    server.fail_next(fault)
    assert client.get(client.address("thing")).json() == {"id": 1}
    assert clock.slept == wait
    assert client.request_count == 2


def test_backoff_doubles_and_ends(server, client, clock):
    server.route("/thing", Reply(body={}))
    server.fail_next(*["502"] * 10)
    with pytest.raises(HttpError, match=r"`/thing` was asked 7 times in vain.*502"):
        client.get(client.address("thing", access="hidden"))
    assert clock.slept == [1, 2, 4, 8, 16, 32]
    assert len(server.requests) == 7


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"Retry-After": "Fri, 15 Jan 2027 08:00:20 GMT"}, 20.0),
        ({"Retry-After": "Fri, 15 Jan 2027 07:00:20 GMT"}, 0.0),
        ({"Retry-After": "soon"}, 4.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000010"}, 11.0),
        ({"x-ratelimit-remaining": "12", "x-ratelimit-reset": "1800000010"}, 4.0),
        # PagerDuty and Buildkite count the seconds until then
        ({"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "20"}, 21.0),
        ({"RateLimit-Remaining": "80", "RateLimit-Reset": "3", **_USER_LIMIT}, 43.0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "50", **_USER_LIMIT}, 51.0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "soon"}, 4.0),
    ],
    ids=[
        "date",
        "date gone by",
        "unreadable",
        "reset",
        "reset of a limit not used up",
        "reset in seconds",
        "limit of the user",
        "the longer of two limits",
        "unreadable reset",
    ],
)
def test_what_the_vendor_asks_to_wait(server, client, clock, header, seconds):
    replies = iter([Reply(429, {}, headers=header), Reply(body={})])
    server.route("/thing", lambda _: next(replies))
    client.get(client.address("thing"))
    assert clock.slept == [seconds]


@pytest.mark.parametrize(
    "after", ["0", "Fri, 15 Jan 2027 07:00:20 GMT"], ids=["no time", "a time gone by"]
)
def test_who_is_refused_again_although_the_time_has_come_does_not_hurry(
    server, client, clock, after
):
    server.route("/thing", Reply(429, {}, headers={"Retry-After": after}))
    with pytest.raises(HttpError, match="429"):
        client.get(client.address("thing"))
    assert clock.slept == [0, 4, 8, 16, 32, 60]


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b'\xef\xbb\xbf{"id": 1}', {"id": 1}),
        (b'{"seconds": NaN}', {"seconds": None}),
        (b'{"title": "cut \\ud83d"}', {"title": "cut \ufffd"}),
        ("[1]".encode("utf-16"), [1]),
    ],
    ids=["byte order mark", "no number", "half a character", "utf-16"],
)
def test_an_answer_is_read_as_tolerantly_as_a_saved_one(server, client, body, document):
    server.route("/thing", Reply(body=body))
    assert client.get(client.address("thing")).json() == document


@pytest.mark.parametrize("body", [b"", b"{}{}", b"<html>Log in</html>", b"[" * 10_000])
def test_what_is_no_answer_is_asked_for_again_and_named_in_the_end(server, client, clock, body):
    headers = {"Content-Type": "text/html; charset=utf-8"}
    server.route("/thing", Reply(body=body, headers=headers))
    with pytest.raises(HttpError, match=r"no JSON \(its header says text/html"):
        client.get(client.address("thing"))
    assert len(clock.slept) == 6


def test_redirects_in_a_circle_are_not_followed_for_long(server, client):
    server.route("/thing", Reply(302, {}, headers={"Location": "/thing"}))
    with pytest.raises(HttpError, match="TooManyRedirects"):
        client.get(client.address("thing"))
    assert len(server.requests) == 7 * 6


@pytest.mark.parametrize("behind", [-600, 600], ids=["clock ahead", "clock behind"])
def test_limits_go_by_the_clock_of_the_server(server, clock, behind):
    mine = FakeClock(clock.now() - behind)
    end = clock.now() + 30
    limit = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(end))}

    def answer(_):
        is_over = clock.now() + sum(mine.slept) >= end
        return Reply(body=[]) if is_over else Reply(403, {}, headers=limit)

    server.route("/things", answer)
    client = VendorClient(server.url, clock=mine)
    assert client.get(client.address("things")).is_found
    assert mine.slept == [31.0]
    client.close()


def test_a_wait_of_days_is_an_error(server, client, clock):
    server.route("/thing", Reply(429, {}, headers={"Retry-After": "90000"}))
    with pytest.raises(HttpError, match="90000 s"):
        client.get(client.address("thing"))
    assert clock.slept == []


@pytest.mark.parametrize("status", [403, 404, 410, 451])
def test_a_refusal_is_an_answer_and_not_repeated(server, client, status):
    server.route("/thing", Reply(status, {"message": "no"}))
    answer = client.get(client.address("thing"))
    assert (answer.status, answer.is_found) == (status, False)
    assert client.request_count == 1


@pytest.mark.parametrize(
    ("headers", "is_refusal"),
    [({}, True), ({"Authorization": "Basic x"}, False), ({"Circle-Token": "x"}, False)],
    ids=["anonymous", "authorization", "token of its own"],
)
def test_what_is_kept_from_the_anonymous_is_a_refusal(server, clock, headers, is_refusal):
    server.route("/public", Reply(body={}))
    server.route("/archive", Reply(401, {"message": "Requires authentication"}))
    client = VendorClient(server.url, headers=headers, clock=clock)
    with pytest.raises(UnauthorizedError):
        client.get(client.address("archive"))
    client.get(client.address("public"))
    if is_refusal:
        assert client.get(client.address("archive")).status == 401
    else:
        with pytest.raises(UnauthorizedError):
            client.get(client.address("archive"))
    client.close()


def test_unchanged_things_are_not_sent_again(server, client):
    server.route("/things", Reply(items=list(range(5))))
    url = client.address("things", per_page=2)
    first = client.get(url)
    second = client.get(url, etag=first.etag)
    assert (second.is_unchanged, second.content) == (True, b"")
    server.route("/things", Reply(items=list(range(1, 6))))
    assert client.get(url, etag=first.etag).json() == [1, 2]


def test_requests_are_counted_and_limited(server, clock):
    server.route("/thing", Reply(body={}))
    client = VendorClient(server.url, request_limit=3, clock=clock)
    server.fail_next("502")
    client.get(client.address("thing"))
    client.get(client.address("thing"))
    with pytest.raises(RequestLimitError, match="3 requests"):
        client.get(client.address("thing"))
    assert len(server.requests) == 3


def test_the_token_is_sent_here_only_and_never_told(server, client, clock):
    other = ReplayServer(clock)
    try:
        other.route("/archive", Reply(body=b"{}"))
        server.route("/thing", Reply(302, {}, headers={"Location": f"{other.url}/archive"}))
        client.get(client.address("thing"))
        assert server.seen_headers[0]["authorization"] == f"Bearer {TOKEN}"
        assert server.seen_headers[0]["user-agent"] == "testops-warehouse"
        # another port of the same machine is another server
        assert "authorization" not in other.seen_headers[0]
        with pytest.raises(HttpError, match="another server"):
            client.get(f"{other.url}/archive")
    finally:
        other.close()
    server.route("/secret", Reply(401, {"message": "Bad credentials"}))
    with pytest.raises(UnauthorizedError) as caught:
        client.get(client.address("secret", token=TOKEN))
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(vars(client))


@pytest.mark.parametrize("header", ["Authorization", "Circle-Token"])
def test_no_header_that_opens_a_server_goes_on_to_another(server, clock, header):
    other = ReplayServer(clock)
    other.route("/thing", Reply(body={}))
    server.route("/here", Reply(body={}))
    server.route("/moved", Reply(302, {}, headers={"Location": "/here"}))
    server.route("/thing", Reply(302, {}, headers={"Location": f"{other.url}/thing"}))
    client = VendorClient(server.url, headers={header: TOKEN}, clock=clock)
    try:
        client.get(client.address("moved"))
        client.get(client.address("thing"))
    finally:
        client.close()
        other.close()
    assert [seen.get(header.lower()) for seen in server.seen_headers] == [TOKEN] * 3
    assert header.lower() not in other.seen_headers[0]


def test_what_the_machine_knows_of_the_server_takes_no_tokens_place(
    server, client, tmp_path, monkeypatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.route("/thing", Reply(body={}))
    client.get(client.address("thing"))
    assert server.seen_headers[0]["authorization"] == f"Bearer {TOKEN}"


def test_pages_that_lead_in_a_circle_end(server, client):
    server.route("/a", Reply(body=[], headers={"Link": f'<{server.url}/b>; rel="next"'}))
    server.route("/b", Reply(body=[], headers={"Link": f'<{server.url}/a>; rel="next"'}))
    with pytest.raises(HttpError, match="circle"):
        list(client.pages(client.address("a")))


def test_downloads_are_whole_or_absent(server, client, clock, tmp_path):
    content = bytes(range(256)) * 2000
    digest = hashlib.sha256(content).hexdigest()
    server.route("/zip", Reply(body=content))
    server.fail_next("cut", "reset", "429", "502")
    target = tmp_path / "deep" / "a.zip"
    url = client.address("zip")
    assert client.download(url, target, size_limit=10**6, sha256=digest).is_found
    assert target.read_bytes() == content
    assert clock.slept == [1.0, 2.0, 7.0, 8.0]

    with pytest.raises(HttpError, match="more than 1000 bytes"):
        client.download(url, tmp_path / "b.zip", size_limit=1000, sha256=None)
    with pytest.raises(HttpError, match="hash"):
        client.download(url, tmp_path / "c.zip", size_limit=10**6, sha256="0" * 64)
    server.route("/zip", Reply(410, {"message": "gone"}))
    assert client.download(url, tmp_path / "d.zip", size_limit=9, sha256=None).status == 410
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.zip"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'"' + b"x" * 70_000_000 + b'"', "has more than 67108864 bytes"),
        (b"[" + b"{}," * 1_000_000 + b"{}]", "answers too much"),
    ],
    ids=["bytes", "values"],
)
def test_an_answer_without_end_is_given_up_at_once(server, client, clock, content, reason):
    packed = gzip.compress(content, 1)
    server.route("/thing", Reply(body=packed, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(HttpError, match=reason):
        client.get(client.address("thing"))
    assert (clock.slept, client.request_count) == ([], 1)
