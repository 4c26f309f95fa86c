"""One server, asked politely: bounds, retries, rate limits, redirects, and where the token goes."""

import pytest

from byline.errors import UsageError
from byline.fetch import github, gitlab
from byline.fetch.client import Client
from byline.fetch.connecting import Credentials
from byline.fetch.errors import RefusalError, StoppedError
from byline.fetch.limits import Limits
from byline.fetch.pages import whole
from fetch.fake_server import Drop, Reply, Turns, serving

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
TOKEN = "not-a-real-token-but-a-secret"


@pytest.fixture
def ask(server, clock):
    """Makes clients of the server, and closes them."""
    made = []

    def client(**limits) -> Client:
        made.append(
            Client(
                server.base,
                credentials=Credentials(TOKEN),
                limits=Limits(**limits),
                now=clock.now,
                sleep=clock.sleep,
            )
        )
        return made[-1]

    yield client
    for one in made:
        one.close()


def _limited(status: int, **headers) -> Reply:
    return Reply(
        {"message": "no"},
        status,
        {name.replace("_", "-"): str(value) for name, value in headers.items()},
    )


def test_a_failing_server_is_asked_again_ever_later(server, clock, ask):
    server.answers["/x"] = Turns([Reply(b"", 500), Drop, Reply(b"", 503), {"fine": 1}])
    assert ask().get("/x").json() == {"fine": 1}
    assert clock.slept == [1.0, 2.0, 4.0]


def test_a_server_that_never_recovers_stops_the_run(server, clock, ask):
    server.answers["/x"] = Reply(b"", 502)
    with pytest.raises(StoppedError, match="after 6 attempts") as stopped:
        ask().get("/x")
    assert stopped.value.exit_code == 4
    assert len(clock.slept) == 5


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (_limited(429, Retry_After=17), 17),
        (_limited(403, X_RateLimit_Remaining=0, X_RateLimit_Reset=1_700_000_100), 101),
        (_limited(429, RateLimit_Remaining=0, RateLimit_Reset=1_700_000_050), 51),
        (_limited(503, Retry_After="Tue, 14 Nov 2023 22:13:50 GMT"), 30),
        (Reply({"message": "You have exceeded a secondary rate limit"}, 403), 60),
    ],
)
def test_rate_limits_are_waited_for(server, clock, ask, reply, seconds):
    server.answers["/x"] = Turns([reply, {"fine": 1}])
    assert ask().get("/x").json() == {"fine": 1}
    assert clock.slept == [seconds]


def test_the_last_request_of_an_hour_makes_the_next_one_wait(server, clock, ask):
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000030"}
    server.answers["/x"] = Turns([Reply({"n": 1}, headers=spent), {"n": 2}])
    client = ask()
    assert client.get("/x").json() == {"n": 1}
    assert clock.slept == []
    assert client.get("/x").json() == {"n": 2}
    assert clock.slept == [31]


def test_a_wait_beyond_patience_stops(server, clock, ask):
    server.answers["/x"] = _limited(429, Retry_After=99_999)
    with pytest.raises(StoppedError, match="99,999 seconds"):
        ask().get("/x")


def test_a_refusal_that_is_no_rate_limit_is_not_asked_again(server, clock, ask):
    server.answers["/x"] = Reply({"message": "Resource not accessible"}, 403)
    assert ask().get("/x").status == 403
    assert len(server.asked) == 1


def test_huge_answers_are_refused_and_logs_are_cut(server, clock, ask):
    server.answers["/x"] = b"a" * 300_000
    client = ask(max_bytes=100_000)
    with pytest.raises(RefusalError, match="more than 100,000 bytes"):
        client.get("/x")
    cut = client.get("/x", max_bytes=1000)
    assert (cut.body, cut.cut) == (b"a" * 1000, True)
    server.answers["/x"] = {"still": "there"}
    assert client.get("/x").json() == {"still": "there"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "not_json"),
        (b"", "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b"\xff\xfe\xfa", "not_json"),
        (b"[" * 200_000, "too_deep"),
    ],
)
def test_what_is_not_json_is_refused(server, clock, ask, body, reason):
    server.answers["/x"] = body
    with pytest.raises(RefusalError) as refused:
        ask().get("/x").json()
    assert refused.value.reason == reason


def test_a_redirect_on_the_server_is_followed_with_the_token(server, clock, ask):
    server.answers |= {"/old": Reply(b"", 301, {"Location": "/new"}), "/new": {"fine": 1}}
    assert ask().get("/old").json() == {"fine": 1}
    assert [one.headers["authorization"] for one in server.asked] == [f"Bearer {TOKEN}"] * 2


def test_a_redirect_elsewhere_is_refused_and_logs_go_there_without_the_token(server, clock, ask):
    with serving() as other:
        other.answers["/log"] = b"line"
        server.answers["/x"] = Reply(b"", 302, {"Location": f"{other.base}/log"})
        client = ask()
        with pytest.raises(RefusalError) as refused:
            client.get("/x")
        assert refused.value.reason == "redirected_elsewhere"
        assert other.asked == []
        assert client.get("/x", elsewhere=True).body == b"line"
        assert "authorization" not in other.asked[0].headers


@pytest.mark.parametrize(
    "target", ["http://example.org/log", "ftp://example.org/", "//[", "https://u:p@example.org/"]
)
def test_bad_redirects_are_refused(server, clock, ask, target):
    server.answers["/x"] = Reply(b"", 302, {"Location": target})
    with pytest.raises(RefusalError):
        ask().get("/x", elsewhere=True)


def test_circles_of_redirects_and_of_pages_end(server, clock, ask):
    server.answers["/x"] = Reply(b"", 302, {"Location": "/x"})
    with pytest.raises(RefusalError, match="circles"):
        ask().get("/x")
    server.answers["/l"] = Reply([1], headers={"Link": '</l?page=2>; rel="next"'})
    with pytest.raises(RefusalError, match="no last page"):
        whole(ask(max_pages=3), "/l")


def test_a_next_page_on_another_server_is_refused(server, clock, ask):
    server.answers["/l"] = Reply([1], headers={"Link": '<https://example.org/l>; rel="next"'})
    with pytest.raises(RefusalError, match="another server"):
        whole(ask(), "/l")


@pytest.mark.parametrize(
    "url", ["http://example.org", "example.org", "https://user:pw@example.org", "https://a b"]
)
def test_only_encrypted_addresses_without_secrets_are_taken(url):
    with pytest.raises(UsageError):
        Client(url)


def test_the_token_is_shown_nowhere(server, clock, ask):
    client = ask()
    server.answers["/x"] = Reply(b"", 502)
    with pytest.raises(StoppedError) as stopped:
        client.get("/x?private=1")
    said = f"{stopped.value!r} {stopped.value.advice} {Credentials(TOKEN)!r} {client!r}"
    assert TOKEN not in said


@pytest.mark.parametrize(
    ("system", "url", "base"),
    [
        (github, "https://github.com", "https://api.github.com"),
        (github, "https://git.acme.example/", "https://git.acme.example/api/v3"),
        (github, "https://git.acme.example/api/v3", "https://git.acme.example/api/v3"),
        (gitlab, "https://gitlab.com", "https://gitlab.com/api/v4"),
        (gitlab, "https://acme.example/gitlab/", "https://acme.example/gitlab/api/v4"),
    ],
)
def test_the_interface_of_a_server(system, url, base):
    assert system.api_of(url) == base


def test_an_answer_that_breaks_off_is_asked_for_again(server, clock, ask):
    server.answers["/log"] = Turns([Reply(b"half", headers={"X-Short": "1"}), b"whole"])
    assert ask().get("/log").body == b"whole"
    assert clock.slept == [1.0]
