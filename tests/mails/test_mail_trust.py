"""Certificates of mail servers are verified, for tickets and the channel; a private CA is a setting."""

import smtplib
import ssl

import pytest

pytest.importorskip("pymap")  # `make test-core` has none

from switchboard.errors import ConfigurationError, MailUnsure
from switchboard.mail import send_mail
from switchboard.mails.imap_box import open_box
from switchboard.mails.mail_hosts import may_be_plain
from switchboard.mails.mail_trust import trust
from tests.fakes.mailbox_server import Certificates, RealMailbox, RealPost


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def box(certificates):
    server = RealMailbox(certificates)
    yield server
    server.close()


@pytest.fixture
def post(certificates):
    server = RealPost(certificates)
    yield server
    server.close()


def send(post, ca=""):
    send_mail(post.url, "shop@example.com", "lin@example.com", "Hello", "text", None, ca)


def test_a_server_that_nobody_vouches_for_gets_no_password_and_no_mail(post, box):
    with pytest.raises(ssl.SSLCertVerificationError):
        send(post)
    with pytest.raises(ssl.SSLCertVerificationError), open_box(box.url):
        pass
    assert post.sent == []


def test_a_private_authority_is_believed(post, box, certificates):
    send(post, str(certificates.authority))
    assert len(post.sent) == 1
    box.put(b"From: a@b\r\n\r\nhello\r\n")
    with open_box(box.url, str(certificates.authority)) as opened:
        assert opened.validity > 0
        assert opened.search("ALL")


def test_a_certificate_of_another_name_is_refused(box, certificates):
    elsewhere = box.url.replace("127.0.0.1", "127.0.0.2")
    with pytest.raises(OSError), open_box(elsewhere, str(certificates.authority)):
        pass


def test_a_file_that_holds_no_certificate_is_a_mistake(tmp_path):
    (tmp_path / "x.pem").write_text("nothing")
    for path in (tmp_path / "x.pem", tmp_path / "none.pem"):
        with pytest.raises(ConfigurationError, match="SWITCHBOARD_MAIL_CA"):
            trust(str(path))


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("10.0.0.5", False),
        ("mail.x", False),
    ],
)
def test_passwords_go_unencrypted_to_this_machine_alone(host, plain):
    assert may_be_plain(host) is plain


def test_a_doubt_is_no_refusal():
    post = RealPost()
    try:
        post.faults += ["drop", "552 too much", ""]
        with pytest.raises(MailUnsure):
            send(post)
        with pytest.raises(smtplib.SMTPDataError):
            send(post)
        post.refuses["lin@example.com"] = "550 no"
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(post)
    finally:
        post.close()
