"""With a domain everything is at one port, told apart by name; a second port is plain and only leads there."""

import httpx
import pytest
from tests.daemon import House
from tests.integration.gateway.conftest import DOMAIN, NAVIGATES, PASSWORD, trust
from tests.integration.gateway.upstream import published


def get(house: House, name: str, path: str = "/", **headers: str) -> httpx.Response:
    """Ask this machine for that name, as if it were in the DNS."""
    port = house.settings.port
    with httpx.Client(verify=trust(house), timeout=20) as browser:
        return browser.get(
            f"https://127.0.0.1:{port}{path}",
            headers={"Host": f"{name}:{port}", "Accept": "text/html", **headers},
            extensions={"sni_hostname": name},
        )


def test_the_domain_itself_is_the_console(named):
    assert get(named, DOMAIN, "/healthz").status_code == 200
    policy = get(named, DOMAIN).headers["content-security-policy"]
    assert f"frame-src 'self' https://*.{DOMAIN}:{named.settings.port};" in policy


def test_paths_of_content_lead_to_a_name_of_its_own(named):
    answer = get(named, DOMAIN, "/ws/ada/x?y")
    assert answer.headers["location"] == f"https://content.{DOMAIN}:{named.settings.port}/ws/ada/x?y"


@pytest.mark.parametrize("name", ["content", "main--shop", "try-x--shop"])
def test_content_has_names_below_it_and_asks_the_console_for_a_sign_in(named, name):
    answer = get(named, f"{name}.{DOMAIN}", "/ws/ada/")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"https://{DOMAIN}:{named.settings.port}/handoff?host={name}.{DOMAIN}")


def test_a_code_is_good_once_for_one_host_and_for_who_fetched_it(named):
    def follow(location: str, cookie: str) -> httpx.Response:
        url = httpx.URL(location)
        return get(named, str(url.host), url.raw_path.decode(), Cookie=cookie, **NAVIGATES)

    first = get(named, f"content.{DOMAIN}", "/ws/ada/", **NAVIGATES)
    state = first.headers["set-cookie"].partition(";")[0]
    last = follow(first.headers["location"], session_cookie(named)).headers["location"]
    assert last.startswith(f"https://content.{DOMAIN}:{named.settings.port}/.nacre/handoff?code=")
    assert follow(last, "__Host-nacre-handoff=another").status_code == 401, "somebody sends another person his own code"
    assert follow(last.replace("//content.", "//main--shop."), state).status_code == 401, "it is used up then"
    last = follow(first.headers["location"], session_cookie(named)).headers["location"]
    entered = follow(last, state)
    assert (entered.status_code, entered.headers["location"]) == (303, "/ws/ada/")
    assert follow(last, state).status_code == 401, "it was used up"


def session_cookie(house: House) -> str:
    """Of a session of the first person's, opened just now."""
    console = f"https://127.0.0.1:{house.settings.port}"
    host, sni = {"Host": f"{DOMAIN}:{house.settings.port}"}, {"sni_hostname": DOMAIN}
    with httpx.Client(base_url=console, verify=trust(house), timeout=20, headers=host) as browser:
        password = {"person": "ada", "password": PASSWORD}
        entered = browser.post("/api/sign-in", json=password, extensions=sni)
        if entered.status_code != 200:
            link = str(house.call("account.link")["url"]).partition("#link=")[2]
            chosen = {"link": link, "password": PASSWORD, "person": "ada"}
            entered = browser.post("/api/sign-in/link", json=chosen, extensions=sni)
        assert entered.status_code == 200, entered.text
        session = next(one for one in entered.headers.get_list("set-cookie") if one.startswith("__Host-nacre-session="))
        return session.partition(";")[0]


def test_a_published_app_has_a_name_and_its_path_leads_there(named):
    with published(named, "shop"):
        assert get(named, f"shop.{DOMAIN}", "/a").json()["head"].startswith("GET /a ")
        own = f"https://shop.{DOMAIN}:{named.settings.port}"
        for path, leads_to in (("/a?b=%2F", "/a?b=%2F"), ("/", "/"), ("", "/"), ("//evil.example", "/evil.example")):
            answer = get(named, f"content.{DOMAIN}", f"/apps/shop{path}")
            assert answer.headers["location"] == own + leads_to, "no app's page shares an origin with people's tools"
        assert get(named, f"main--shop.{DOMAIN}", "/apps/shop/a").status_code == 303, "that path is the preview's own"
    assert "There is no such app" in get(named, f"other.{DOMAIN}").text


def test_a_name_that_is_not_ours_gets_nothing(named):
    with httpx.Client(verify=trust(named)) as browser:
        answer = browser.get(
            f"https://127.0.0.1:{named.settings.port}/healthz",
            headers={"Host": "evil.example"},
            extensions={"sni_hostname": DOMAIN},
        )
    assert answer.status_code == 421


def test_the_plain_port_leads_to_the_other_and_knows_what_exists(named):
    named.call("project.create", name="shop")
    plain = f"http://127.0.0.1:{named.settings.content_port}"
    moved = httpx.get(f"{plain}/a?b", headers={"Host": DOMAIN})
    assert (moved.status_code, moved.headers["location"]) == (308, f"https://{DOMAIN}:{named.settings.port}/a?b")
    known = {
        name: httpx.get(f"{plain}/permission", params={"domain": name}).status_code == 200
        for name in (DOMAIN, f"content.{DOMAIN}", f"main--shop.{DOMAIN}", f"main--other.{DOMAIN}", "evil.example",
                     f"a.b.{DOMAIN}", f"..{DOMAIN}", f"other.{DOMAIN}")
    }  # fmt: skip
    assert [name for name, is_known in known.items() if is_known] == [
        DOMAIN,
        f"content.{DOMAIN}",
        f"main--shop.{DOMAIN}",
    ]
