"""An archive that is not whole, not ours or not meant well is refused before anything is written."""

import gzip
import io
import json
import random
import tarfile

import pytest
import sqlalchemy as sa

from switchboard.backup.archive_reader import ArchiveReader
from switchboard.backup.manifest import NAME
from switchboard.database.connection import open_database
from switchboard.errors import BackupRefused


@pytest.fixture
def place(empty_place):
    """Archives are the same of either database."""
    place = empty_place("sqlite")
    open_database(place.kept.database_url).dispose()
    return place


@pytest.fixture
def good(place):
    with place.engine.begin() as db:
        for number in range(500):
            db.execute(
                sa.text("INSERT INTO macros (name, text_en, text_zh) VALUES (:n, 'a', 'b')"),
                {"n": f"macro {number}"},
            )
    return place.backup().read_bytes()


def refused(content, match=None):
    with pytest.raises(BackupRefused, match=match):
        ArchiveReader(io.BytesIO(content))


def members(content):
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        return [(m, tar.extractfile(m).read() if m.isreg() else b"") for m in tar]


def packed(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for member, content in entries:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def added(content, name, kind=tarfile.REGTYPE, link=""):
    """The archive with one more member, before its manifest."""
    more = tarfile.TarInfo(name)
    more.type, more.linkname = kind, link
    *parts, manifest = members(content)
    return packed([*parts, (more, b""), manifest])


def test_a_good_one_is_read(good):
    assert "database/macros.jsonl" in ArchiveReader(io.BytesIO(good))
    assert ArchiveReader(io.BytesIO(packed(members(good)))).manifest.revision


def test_one_that_was_cut_off(good):
    for share in (0.1, 0.5, 0.9, 0.99):
        refused(good[: int(len(good) * share)])
    refused(packed(members(good)[:-1]), "no manifest")
    refused(packed(members(good)[1:]), "damaged: database/")


def test_one_with_a_flipped_bit(good):
    chance = random.Random(7)
    for _ in range(40):
        broken = bytearray(good)
        place = chance.randrange(20, len(good) - 20)
        broken[place] ^= 1 << chance.randrange(8)
        try:
            unpacked = gzip.decompress(bytes(broken))
        except Exception:
            refused(bytes(broken))
        else:  # a bit that gzip does not look at
            assert unpacked == gzip.decompress(good)


def test_one_whose_rows_were_changed(good):
    entries = members(good)
    changed = [
        (m, c.replace(b"macro 7", b"macro 8") if m.name == "database/macros.jsonl" else c)
        for m, c in entries
    ]
    refused(packed(changed), "damaged: database/macros.jsonl")


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "files/../../evil",
        "files/" + "a" * 42 + "/",
        "model/../../x.tar.gz",
        "model/.tar.gz",
        "database/a.sh",
        "files/" + "a" * 43 + "\n",
    ],
)
def test_one_with_a_name_that_leads_out(good, name):
    refused(added(good, name), "no part of a backup")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE]
)
def test_one_with_what_is_no_file(good, kind):
    refused(added(good, "files/" + "a" * 43, kind, "/etc/passwd"), "no part of a backup")


def test_one_with_a_part_that_the_manifest_does_not_name(good):
    refused(added(good, "files/" + "a" * 43), "damaged: files/")


def test_one_with_a_part_twice(good):
    entries = members(good)
    refused(packed([entries[0], *entries]), "no part of a backup")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "newer format"),
        ({"parts": [1]}, "damaged"),
        ({"parts": {"x": {}}}, "damaged"),
    ],
)
def test_one_with_another_manifest(good, change, said):
    *parts, (member, content) = members(good)
    refused(
        packed([*parts, (member, json.dumps({**json.loads(content), **change}).encode())]), said
    )
    refused(packed([*parts, (member, b"[]")]), "damaged")


@pytest.mark.parametrize("revision", ["0008", "9999"])
def test_one_of_a_revision_that_this_code_does_not_know(good, place, revision):
    *parts, (member, content) = members(good)
    other = {**json.loads(content), "revision": revision}
    path = place.folder / "other.tar.gz"
    path.write_bytes(packed([*parts, (member, json.dumps(other).encode())]))
    with pytest.raises(BackupRefused, match=f"revision {revision}"):
        place.restore(path, replace=True)
    assert place.count("macros") == 500


@pytest.mark.parametrize(
    "content", [b"", b"a letter to my aunt", gzip.compress(b"x" * 2000, mtime=0)]
)
def test_what_is_none(content):
    refused(content)


def test_the_manifest_is_the_last_and_tells_no_content(good):
    entries = members(good)
    assert entries[-1][0].name == NAME
    assert all(m.mode == 0o600 for m, _ in entries)
