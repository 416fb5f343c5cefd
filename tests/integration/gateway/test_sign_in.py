"""One sign-in at the console opens people's content too, and ends there with it."""

import time

import pytest
from tests.integration.gateway.conftest import NAVIGATES, client, sign_in


def content_of(house, path: str = "/ws/vera/") -> str:
    return f"https://localhost:{house.settings.content_port}{path}"


def test_who_is_not_signed_in_ends_at_the_consoles_page(gated, browser, vera):
    answer = browser.get(content_of(gated), headers=NAVIGATES, follow_redirects=True)
    assert answer.url.port == gated.settings.port
    assert answer.url.path == "/sign-in"
    assert answer.url.params["next"].startswith("/handoff?host=localhost")


def test_who_is_signed_in_gets_through_and_back_to_the_page(gated, browser, vera):
    sign_in(browser, vera)
    answer = browser.get(content_of(gated, "/ws/vera/x?a=b&c=%20"), headers=NAVIGATES, follow_redirects=True)
    assert str(answer.url) == content_of(gated, "/ws/vera/x?a=b&c=%20")
    assert "Nothing runs here" in answer.text
    assert [step.status_code for step in answer.history] == [303, 303]


def test_what_a_page_loads_is_refused_not_redirected(gated, browser, vera):
    loads = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    assert browser.get(content_of(gated), headers=loads).status_code == 401
    assert browser.post(content_of(gated), headers=NAVIGATES).status_code == 401


def test_signing_out_at_the_console_ends_it_on_content_at_once(gated, browser, vera):
    csrf = sign_in(browser, vera)
    loads = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    browser.get(content_of(gated), headers=NAVIGATES, follow_redirects=True)
    assert browser.get(content_of(gated), headers=loads).status_code == 404
    console = f"https://localhost:{gated.settings.port}"
    out = browser.post("/api/sign-out", headers={"X-Nacre-CSRF": csrf, "Origin": console})
    assert out.status_code == 204, out.text
    assert browser.get(content_of(gated), headers=loads).status_code == 401


def test_the_consoles_cookie_opens_no_content_and_the_other_no_console(gated, browser, vera):
    sign_in(browser, vera)
    session = browser.cookies["__Host-nacre-session"]
    browser.get(content_of(gated), headers=NAVIGATES, follow_redirects=True)
    content = browser.cookies["__Host-nacre-content"]
    with client(gated, gated.settings.port) as thief:
        as_content = {"Cookie": f"__Host-nacre-content={session}", **NAVIGATES}
        assert thief.get(content_of(gated), headers=as_content).status_code == 303
        as_session = {"Cookie": f"__Host-nacre-session={content}"}
        assert thief.get("/api/session", headers=as_session).status_code == 401


def test_no_code_is_in_an_address_that_other_peoples_pages_share(gated, browser, vera):
    """A page of the content's could open this in a frame, spoil its end, and use the code itself."""
    sign_in(browser, vera)
    host = f"localhost:{gated.settings.content_port}"
    answer = browser.get(
        "/handoff", params={"host": host, "to": "/ws/vera/\u00e9?a=b", "state": "s"}, headers=NAVIGATES
    )
    assert answer.headers["location"] == content_of(gated, "/ws/vera/%C3%A9?a=b")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "Nothing runs here" in browser.get(answer.headers["location"], headers=NAVIGATES).text


@pytest.mark.parametrize(
    ("host", "to"),
    [
        ("evil.example", "/"), ("localhost:1", "/"), ("localhost:{content}@evil.example", "/"), ("", "/"),
        ("localhost:{content}/x", "/"), ("localhost:{content}", "//evil.example"), ("localhost:{content}", "/\\evil"),
        ("localhost:{content}", "https://evil.example"), ("localhost:{content}", "/a\r\nX: y"),
    ],
)  # fmt: skip
def test_a_sign_in_is_handed_to_our_own_content_alone(gated, browser, vera, host, to):
    sign_in(browser, vera)
    query = {"host": host.replace("{content}", str(gated.settings.content_port)), "to": to, "state": "s"}
    assert browser.get("/handoff", params=query, headers=NAVIGATES).status_code == 400


@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://evil.example", "Connection": "Upgrade", "Upgrade": "websocket"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "websocket", "Connection": "Upgrade", "Upgrade": "websocket"},
    ],
)
def test_other_sites_cannot_use_somebodys_sign_in(gated, browser, vera, said):
    sign_in(browser, vera)
    browser.get(content_of(gated), headers=NAVIGATES, follow_redirects=True)
    assert browser.get(content_of(gated), headers=said).status_code == 403


def test_guessing_is_slowed_down(gated, browser):
    wrong = {"Authorization": "Bearer nacre_wrong", "X-Forwarded-For": "198.51.100.7"}
    assert browser.get("/api/status", headers=wrong).status_code == 401
    until = time.monotonic() + 60
    while browser.get("/api/status", headers=wrong).status_code != 429:
        assert time.monotonic() < until
    right = str(gated.call("token.create", name="right")["token"])
    assert browser.get("/api/status", headers={"Authorization": f"Bearer {right}"}).status_code == 200
    gated.restart()  # the next daemon has counted nothing
