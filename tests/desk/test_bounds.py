"""What a request may bring: bounded before it is read, and nothing that cannot be read ends in an
error of ours."""

import asyncio
import hashlib
import hmac
import itertools

import hypothesis
import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from switchboard.clock import epoch_now
from switchboard.desk import bounded_body
from switchboard.desk.app import make_app
from switchboard.desk.bounded_body import MOST_BYTES
from switchboard.desk.desk_services import open_services
from switchboard.desk.readable import MOST_FIELDS, whole_number
from switchboard.desk.ticket_pages import MAX_FILE_FORM
from switchboard.settings import load_settings
from switchboard.staff.directory import Role
from switchboard.tickets.story import tell_story
from tests.desk.test_pages import PASSWORD, sign_in
from tests.fakes.tickets import ASKED

CHUNK, ADDRESS = 50_000, itertools.count(1)
SECRET = "the webhook's secret"
FORM = "application/x-www-form-urlencoded"


def make_services(url, folder):
    settings = {
        "SWITCHBOARD_DATABASE_URL": url,
        "SWITCHBOARD_FILES_DIR": str(folder / "files"),
        "SWITCHBOARD_CHATWOOT_URL": "http://127.0.0.1:9",
        "SWITCHBOARD_CHATWOOT_SECRET": SECRET,
    }
    services = open_services(load_settings(settings))
    object.__setattr__(services, "drafts", folder / "drafts")
    services.directory.add("ada", "Ada", Role.SUPERVISOR, PASSWORD, None)
    services.directory.add("bob", "Bob", Role.AGENT, PASSWORD, None)
    return services


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def services(request, tmp_path_factory):
    """One for all tests of this module, on each kind of database: they are many, and keep nothing."""
    folder = tmp_path_factory.mktemp("desk")
    if request.param == "sqlite":
        yield make_services(f"sqlite:///{folder / 'desk.db'}", folder)
        return
    server = request.getfixturevalue("postgres")
    if server is None:
        pytest.skip("PostgreSQL's server is not installed")
    admin = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as db:
        db.exec_driver_sql("CREATE DATABASE desk_bounds")
        services = make_services(f"{server}/desk_bounds", folder)
        yield services
        services.engine.dispose()
        db.exec_driver_sql("DROP DATABASE desk_bounds WITH (FORCE)")
    admin.dispose()


@pytest.fixture(scope="module")
def app(services):
    return make_app(services)


@pytest.fixture(scope="module")
def visitor(app):
    """Somebody with a browser of their own, so that wrong tries of one test delay no other."""
    return lambda: TestClient(
        app,
        base_url="http://desk.example",
        follow_redirects=False,
        client=(f"192.0.{next(ADDRESS)}.1", 1),
    )


@pytest.fixture
def client(visitor):
    return visitor()


@pytest.fixture
def ticket(services):
    return services.tickets.open("a", "cmdline", tell_story([], ASKED, None, False))[0]


async def flood(app, path, headers=(), kind=FORM, chunks=10_000, pause=0.0, size=CHUNK):
    """Send a body that hardly ends; the answer's status, and how many bytes were taken."""
    taken, status = 0, 0
    head = [(b"host", b"desk.example"), (b"content-type", kind.encode()), *headers]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": head,
        "client": ("192.0.2.1", 1),
        "server": ("desk.example", 80),
    }
    left = itertools.count(chunks, -1)

    async def receive():
        nonlocal taken
        await asyncio.sleep(pause)
        taken += size
        return {"type": "http.request", "body": b"x" * size, "more_body": next(left) > 0}

    async def send(message):
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status, taken


@pytest.mark.parametrize("path", ["/sign-in", "/chatwoot", "/nowhere", "/tickets/T-1/answer"])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "text/plain", ""])
@pytest.mark.parametrize("told", [None, 900_000_000, 10**30])
async def test_a_stranger_fills_no_memory(app, path, kind, told):
    headers = [(b"content-length", str(told).encode())] if told else []
    status, taken = await flood(app, path, headers, kind)
    assert 400 <= status < 500
    assert taken <= (0 if told else MOST_BYTES + CHUNK)


@pytest.mark.parametrize("path", ["/sign-in", "/chatwoot"])
async def test_a_body_that_comes_drop_by_drop_is_not_waited_for(app, path, monkeypatch):
    monkeypatch.setattr(bounded_body, "SECONDS", 0.2)
    status, taken = await flood(app, path, chunks=40, pause=0.05, size=1)
    assert (status, taken < 10) == (408, True)
    status, taken = await flood(app, path, chunks=2, pause=0.05, size=1)
    assert taken == 3
    assert status in (400, 401, 403)


async def test_who_is_signed_in_may_bring_a_file_and_no_more(app, client, ticket):
    csrf = sign_in(client)
    cookie = [(b"cookie", f"desk={client.cookies['desk']}".encode())]
    path = f"/tickets/{ticket.reference}"
    status, taken = await flood(app, f"{path}/answer", cookie)
    assert (status, taken <= MAX_FILE_FORM + CHUNK) == (413, True)
    status, taken = await flood(app, f"{path}/note", cookie)
    assert (status, taken <= MOST_BYTES + CHUNK) == (413, True)
    client.post(f"{path}/take", data={"csrf": csrf})
    picture = {"file": ("a.jpg", b"\xff\xd8\xff".ljust(7_000_000, b"x"))}
    words = {"csrf": csrf, "key": "k", "text": "here"}
    answer = client.post(f"{path}/answer", data=words, files=picture)
    assert answer.headers["location"] == path


def test_a_body_without_a_length_is_read_if_it_is_short(client):
    body = f"login=bob&password={PASSWORD}".replace(" ", "+").encode()

    def pieces():
        yield body[:9]
        yield body[9:]

    answer = client.post("/sign-in", content=pieces(), headers={"Content-Type": FORM})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("many", [MOST_FIELDS + 1, 60_000])
def test_very_many_fields_are_refused(client, many):
    body = "&".join(["a"] * many)
    assert client.post("/sign-in", content=body, headers={"Content-Type": FORM}).status_code == 400
    parts = 'Content-Disposition: form-data; name="a"\r\n\r\n\r\n--x\r\n'
    body = ("--x\r\n" + parts * (MOST_FIELDS + 1))[:-2] + "--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/sign-in", content=body, headers=kind).status_code == 400


def test_chatwoot_is_there_if_it_is_set_up(client, tmp_path):
    assert client.post("/chatwoot", content=b"{}").status_code == 403
    url = f"sqlite:///{tmp_path / 'other.db'}"
    without = TestClient(make_app(open_services(load_settings({"SWITCHBOARD_DATABASE_URL": url}))))
    assert without.post("/chatwoot", content=b"{}").status_code == 404


WRONG = (
    "\x00",
    "a\x00b",
    "abc",
    "-1",
    "9" * 10,
    "9" * 19,
    "9" * 5000,
    "²",
    "1e9",
    "\u202e\ufffe",
    "x" * 9000,
    "../../etc/passwd",
    "{shop_name} {{7*7}} %s %(a)s",
    "' OR 1=1 --",
    "//evil.example",
    "//[",
    "",
)
FIELDS = (
    "login password code what person name role email away language back text key to entry into hours "
    "tags typing file title questions english chinese"
).split()
QUERY = "part q state before channel language tag whose days page gap search macro article suggest wrong saved code state error".split()


ACTS_ON_PEOPLE = ("add", "password", "email", "activate", "reset-factor")


def routes(app, ticket):
    """Every address of the desk, with its method, its placeholders filled by sensible values."""
    filled = {"reference": ticket.reference, "sheet": "costs", "name": "routes", "ending": "csv"}
    filled |= {"number": "A" * 43, "what": "", "path": "desk.css"}
    acts = "take answer note mail give-back close reopen transfer again snooze tag merge take-over nonsense"
    for route in app.routes:
        path = route.path if hasattr(route, "endpoint") else f"{route.path}/{{path}}"
        for act in acts.split() if "{what}" in path else [""]:
            address = path
            for name, value in {**filled, "what": act}.items():
                address = address.replace(f"{{{name}}}", value)
            methods = getattr(route, "methods", {"GET"}) - {"HEAD"}
            yield from ((method, address) for method in methods if address != "/changes")


def test_no_field_of_any_page_ends_in_an_error(app, ticket):
    client = TestClient(
        app, base_url="http://desk.example", follow_redirects=False, raise_server_exceptions=False
    )
    csrf = sign_in(client, "ada")
    wrong = []

    def tried(answer, what):
        assert answer.status_code != 401 or what[0] == "/sign-in/code", what
        if answer.status_code >= 500:
            wrong.append((answer.status_code, *what))

    for method, address in dict.fromkeys(routes(app, ticket)):
        if address in ("/sign-out", "/sign-in", "/health"):
            continue
        for value in WRONG:
            if method == "GET":
                every = dict.fromkeys(QUERY, value[:1000])  # an address has a bound, too
                tried(client.get(address, params=every), (address, value))
            else:
                for what in (*ACTS_ON_PEOPLE, value) if address == "/people" else (value,):
                    data = {**dict.fromkeys(FIELDS, value), "what": what, "csrf": csrf}
                    tried(client.post(address, data=data), (address, what, value))
    assert wrong == []


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("transfer", {"to": "abc"}),
        ("transfer", {"to": "9" * 30}),
        ("transfer", {"to": "4294967296"}),
        ("again", {"entry": "9" * 19}),
        ("again", {"entry": "x"}),
        ("again", {}),
        ("note", {"text": "a\x00b"}),
        ("merge", {"into": "\x00"}),
        ("nonsense", {}),
    ],
)
def test_a_field_that_cannot_be_is_a_clear_refusal(client, ticket, act, fields):
    csrf = sign_in(client)
    path = f"/tickets/{ticket.reference}"
    client.post(f"{path}/take", data={"csrf": csrf})
    answer = client.post(f"{path}/{act}", data={"csrf": csrf, **fields})
    assert answer.status_code in (400, 404)
    assert "That did not work" in answer.text


CHARSETS = ["utf-7", "unicode_escape", "idna", "undefined", "punycode", "utf-16", "base64", "x"]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("value", ["+2AA-", "\\ud800", "xn--\x80", "a\\u0000"])
def test_a_charset_brings_no_lone_surrogates(client, charset, value):
    body = f'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n{value}\r\n--x--\r\n'
    kind = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    answer = client.post("/sign-in", content=body.encode("latin-1"), headers=kind)
    assert answer.status_code == 400


BROKEN = [
    b"",
    b"x",
    b"--x",
    b"--x\r\n",
    b"--x\r\nA\r\n\r\n",
    b"--y\r\n\r\n",
    b"--x\r\n: :\r\n\r\n--x--",
]
BROKEN += [b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n", b"\xff" * 90]


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("body", BROKEN)
def test_a_broken_form_is_no_error_of_ours(client, kind, body):
    answer = client.post("/sign-in", content=body, headers={"Content-Type": kind})
    assert 400 <= answer.status_code < 500


ADDRESSES = [
    "/tickets/%00",
    "/tickets/a%00b",
    "/files/%00",
    "/?q=%00",
    "/?q=a%00b",
    "/trail?before=%00",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_cannot_be_kept_is_refused(client, address):
    assert client.get(address).status_code == 400
    sign_in(client, "ada")
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("address", ["/tickets/%ff%fe", "/?q=%ed%a0%80", "/overview/%ed%b0%80"])
def test_an_address_that_is_no_text_is_looked_for(client, address):
    sign_in(client, "ada")
    assert client.get(address).status_code in (200, 404)


def test_a_cookie_may_hold_anything(client):
    for value in (b"\xff\xfe", b"ab", b"x" * 9000, b"%00", b'"\\000"'):
        headers = {"Cookie": b"desk=" + value + b"; desk-device=" + value}
        assert client.get("/", headers=headers).status_code == 401
        data = {"login": "bob", "password": PASSWORD}
        assert client.post("/sign-in", data=data, headers=headers).status_code == 303


@hypothesis.settings(
    max_examples=120,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(
    fields=st.dictionaries(
        st.sampled_from(FIELDS),
        st.text(max_size=40) | st.integers().map(str) | st.sampled_from(WRONG),
    ),
    act=st.sampled_from("answer note mail transfer again snooze tag merge take-over".split()),
)
def test_forms_of_any_kind(client, ticket, fields, act):
    csrf = client.headers.get("x-csrf") or sign_in(client)
    client.headers["x-csrf"] = csrf
    answer = client.post(f"/tickets/{ticket.reference}/{act}", data={**fields, "csrf": csrf})
    assert answer.status_code in (303, 400)


def signature(stamp, event):
    signed = hmac.new(SECRET.encode(), f"{stamp}.".encode() + event, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def test_what_chatwoot_sends_may_be_anything(client, services):
    events = [b"[]", b"1", b'"a"', b"null", b'{"event": "\\ud800"}', b'{"a": "\\u0000"}', b"\xff"]
    events += [b"1" * 5000, b"[" * 90_000, b"NaN", b"{"]
    for number in ('"\\ud800"', "9" * 40, '"\\u0000"', "null", "[1]", "1e999"):
        told = f'{{"event": "message_created", "message_type": "outgoing", "id": {number}, "content": "x", "conversation": {{"id": {number}}}}}'
        events.append(told.encode())
    for event in events:
        stamp = str(int(epoch_now()))
        headers = {
            "X-Chatwoot-Timestamp": stamp,
            "X-Chatwoot-Signature": signature(stamp, event),
        }
        assert client.post("/chatwoot", content=event, headers=headers).status_code in (200, 400)


def test_numbers_are_those_that_every_database_holds(services):
    assert whole_number("0") == 0
    assert whole_number("2147483647") == 2**31 - 1
    for wrong in ("2147483648", "-1", "", "²", "1.0", "1e9", " 1", "9" * 5000):
        assert whole_number(wrong) is None
    with services.engine.connect() as db:
        assert db.execute(sa.text("SELECT 2147483647")).scalar() == whole_number("2147483647")
