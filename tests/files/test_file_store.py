"""Files are kept by what they are, found by their secret only, and never past a bound."""

import os
import stat

import pytest
import sqlalchemy as sa

from switchboard.clock import DAY
from switchboard.database.tables import files
from switchboard.errors import FileRefused
from switchboard.files import file_store
from switchboard.files.file_kinds import kind_of
from switchboard.files.file_store import MAX_BYTES, MOST_A_DAY, REFERENCE, FileStore
from tests.fakes.clock import Clock

JPEG, PNG = b"\xff\xd8\xff a picture", b"\x89PNG\r\n\x1a\n a picture"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "files"


@pytest.fixture
def store(engine, folder, clock):
    return FileStore(engine, folder, clock)


def on_disk(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a..", "image/gif"),
        (b"%PDF-1.7", "application/pdf"),
        (b"", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", ""),
        (b"<?xml version='1.0'?><svg/>", ""),
        (b"<!DOCTYPE html><script>1</script>", ""),
        (b"<script>/*" + JPEG, ""),
        (b" " + PNG, ""),
        (b"\xef\xbb\xbf<svg/>", ""),
        (b"\n%PDF-1.7", ""),
        (b"MZ\x90\0", ""),
        (b"PK\x03\x04", ""),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b"\xff\xd8", ""),
        (b"BM1234", ""),
    ],
)
def test_kinds_are_told_by_the_first_bytes(content, kind):
    assert kind_of(content) == kind


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"<html>", b"text"])
def test_other_kinds_are_refused_and_leave_nothing(store, folder, content):
    with pytest.raises(FileRefused, match="kind"):
        store.keep("a", content, "holiday.jpg")
    assert not folder.exists()


def test_what_is_kept_is_found_by_id_and_by_reference(store):
    kept = store.keep("a", JPEG, "mug.jpg")
    assert store.find(kept.id) == store.find(kept.reference) == kept
    assert (kept.mime, kept.name, kept.size) == ("image/jpeg", "mug.jpg", len(JPEG))
    assert kept.is_picture
    assert not store.keep("a", b"%PDF-1.7").is_picture
    assert store.content(kept) == JPEG


def test_size_has_a_bound(store):
    assert store.keep("a", JPEG.ljust(MAX_BYTES)).size == MAX_BYTES
    with pytest.raises(FileRefused, match="size"):
        store.keep("a", JPEG.ljust(MAX_BYTES + 1))


def test_a_day_has_a_bound_for_each_conversation(store, clock):
    for _ in range(MOST_A_DAY):
        store.keep("a", JPEG)
    with pytest.raises(FileRefused, match="number"):
        store.keep("a", JPEG)
    store.keep("b", JPEG)
    clock.now += DAY + 1
    store.keep("a", JPEG)


def test_a_file_is_its_owners_alone(store, folder):
    before = os.umask(0)
    try:
        store.keep("a", JPEG)
    finally:
        os.umask(before)
    (path,) = on_disk(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["../../x.jpg", "a\x00b\n\u202e.jpg", "\ud800.jpg", "x" * 5000])
def test_a_name_is_for_people_only(store, folder, name):
    kept = store.keep("a", JPEG, name)
    assert store.find(kept.id) == kept
    assert kept.name.isprintable()
    assert len(kept.name) <= 120
    assert [path.name for path in on_disk(folder)] == [kept.id]


@pytest.mark.parametrize(
    "forged",
    [
        "",
        REFERENCE,
        "x",
        "A" * 43,
        "A" * 44,
        "../" * 14 + "A",
        "../../../../../../../../../../../etc/passwd",
        "A" * 42 + "\n",
        "A" * 42 + "\x00",
        "%2e%2e%2f" + "A" * 34,
        "é" * 43,
        "' OR 1=1 --".ljust(43, "A"),
    ],
)
def test_forged_ids_find_nothing(store, folder, forged):
    folder.mkdir()
    (folder.parent / "secret").write_bytes(b"secret")
    store.keep("a", JPEG)
    assert store.find(forged) is None
    assert store.find(REFERENCE + forged) is None
    assert store.data_url(forged) == ""


def test_a_file_without_a_row_is_not_found(engine, store, folder):
    kept = store.keep("a", JPEG)
    with engine.begin() as db:
        db.execute(sa.delete(files))
    assert on_disk(folder)
    assert store.find(kept.id) is None


def test_a_row_without_its_file_is_gone(store, folder):
    kept = store.keep("a", JPEG)
    on_disk(folder)[0].unlink()
    assert store.find(kept.id) is None
    assert store.data_url(kept.id) == ""
    with pytest.raises(FileNotFoundError):
        store.content(kept)


def test_a_data_address_holds_the_file(store):
    kept = store.keep("a", b"GIF89a")
    assert store.data_url(kept.reference) == "data:image/gif;base64,R0lGODlh"


def test_only_what_is_named_is_removed(store, folder):
    one, other = store.keep("a", JPEG), store.keep("a", PNG)
    outside = folder.parent / "secret"
    outside.write_bytes(b"secret")
    store.remove([one.id, one.id, "../secret", "A" * 43])
    assert [path.name for path in on_disk(folder)] == [other.id]
    assert outside.exists()


def test_ids_cannot_be_guessed_and_are_never_the_same(store):
    kept = {store.keep("a", JPEG).id for _ in range(20)}
    assert len(kept) == 20
    assert {len(number) for number in kept} == {43}


def test_a_file_whose_row_is_refused_does_not_stay(engine, store, folder, clock):
    clock.now = "no time"
    with pytest.raises((sa.exc.SQLAlchemyError, TypeError)):
        store.keep("a", JPEG)
    clock.now = 1.0
    with engine.begin() as db:
        db.exec_driver_sql("ALTER TABLE files RENAME COLUMN size TO weight")
    with pytest.raises(sa.exc.SQLAlchemyError):
        store.keep("a", JPEG)
    assert on_disk(folder) == []


def test_a_full_disk_leaves_no_part(store, folder, monkeypatch):
    def full(_part, _path):
        raise OSError(28, "no space")

    monkeypatch.setattr(file_store.os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        store.keep("a", JPEG)
    assert on_disk(folder) == []
