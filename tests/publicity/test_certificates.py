"""Certificates: a check at a moment, positive or nil, that anybody can verify later without the site, and nobody can alter."""

import copy
import hashlib
import json
import re
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from publicity.bulk.exporting import export
from publicity.certificates import examined, log_key
from records import merkle
from records.models import Event, LogTile, Record, seal
from records.rows import canonical
from records.signed_note import NotSigned, Signer, Verifier, decoded, encoded
from tests.factories import add_events, end_record, make_company, make_record

pytestmark = pytest.mark.django_db
BARE = '{"statement": {"log": {"size": %s, "root": ""}, "events": [], "results": %s}, "signature": "", "checkpoint": "", "proofs": []}'
HUGE, LONE, DEEP = BARE % ("1e999", "[]"), BARE % ("1", r'{"\ud800": 1}'), BARE % (1, "[" * 900 + "]" * 900)
NAME, NOBODY = "青岚市望江光学仪器有限公司", "查无此名有限公司"


def issue(client, *items) -> dict:
    answer = client.post("/api/v1/certificate/", {"items": items}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


def get(client, path: str, **parameters) -> dict:
    answer = client.get(f"/api/v1/log/{path}/", parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


def wrong(document: dict) -> list[str]:
    return [english for _chinese, english in examined(document, log_key().verifier).wrong]


@pytest.fixture
def listed():
    company = make_company(NAME)
    make_record(company, "samr-abnormal", decided_on="2026-05-18")
    make_record(company, "tax-credit_rating", grade="A"), make_record(company, "ecology-credit_rating")
    return company


def test_a_certificate_holds_what_a_check_finds_and_proofs_of_all_it_names(client, listed):
    made = issue(client, NAME, NOBODY)
    statement = made["statement"]
    assert [(result["outcome"]["code"], len(result["lists"]), len(result["ratings"])) for result in statement["results"]] == [
        ("found", 1, 2),
        ("none", 0, 0),
    ]
    assert re.fullmatch(rf"{timezone.localdate():%Y%m%d}-[0-9a-f]{{12}}", statement["number"])
    make_company()
    named = Record.objects.filter(company=listed).values_list("id", flat=True)
    assert {event["number"] for event in statement["events"]} == {*named}
    assert "不评分" in statement["says"]["zh"]
    assert wrong(made) == []


def test_a_certificate_of_today_is_verified_offline_after_ten_thousand_more_events(
    client, listed, tmp_path, capsys, django_assert_num_queries
):
    made = issue(client, NAME, NOBODY)
    note, key = made["checkpoint"], Verifier(made["key"])
    add_events(10_000)
    assert seal() > 10_000
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(made))
    with django_assert_num_queries(0):
        call_command("verify_certificate", str(file), key=made["key"])
    assert made["statement"]["number"] in capsys.readouterr().out
    old, new = key.checkpoint(note), key.checkpoint(get(client, "checkpoint")["note"])
    proof = get(client, f"consistency/{old.size}", size=new.size)
    path = [decoded(node) for node in proof["path"]]
    assert merkle.is_consistent(old.size, old.root, new.size, new.root, path)


def test_whatever_is_altered_is_found(client, listed, tmp_path):
    made = issue(client, NAME)
    altered = copy.deepcopy(made)
    altered["statement"]["results"][0]["lists"] = []
    assert wrong(altered) == ["The signature is not that of this key over this content"]
    altered = made | {"checkpoint": made["checkpoint"].replace(f"\n{made['statement']['log']['size']}\n", "\n9\n")}
    assert wrong(altered) == ["The checkpoint is not that of the log the certificate tells of"]
    altered = copy.deepcopy(made)
    altered["proofs"][0]["path"] = altered["proofs"][0]["path"][1:]
    [sentence] = wrong(altered)
    assert "is not in the log" in sentence
    stranger = Signer("stranger.example/log", b"s" * 32).verifier
    assert len(examined(made, stranger).wrong) == 2
    bare = copy.deepcopy(made)
    bare["statement"]["events"] = []
    bare["signature"] = encoded(log_key().sign(canonical(bare["statement"]).encode()))
    # Of its four events, all but the registration are named by the results.
    assert len(wrong(bare)) == len(made["statement"]["events"]) - 1 == 3
    with pytest.raises(NotSigned):
        stranger.opened(made["checkpoint"])
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(made))
    with pytest.raises(CommandError, match="signature"):
        call_command("verify_certificate", str(file), key=stranger.line)


def test_what_a_former_key_of_the_log_has_signed_still_counts(client, listed, settings, tmp_path):
    made = issue(client, NAME)
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(made))
    settings.LOG_KEY = "a2V5IG9mIGEgbG9nIHRoYXQgbm9ib2R5IHVzZXMhISE="
    verdicts = []
    for former in ([], [made["key"]]):
        settings.LOG_FORMER_KEYS = former
        page = client.post("/verify/", {"text": json.dumps(made)}).text
        verdicts.append(("该凭证由本站签发" in page, made["key"] in client.get("/verify/").text))
        assert client.get("/api/v1/log/checkpoint/").json()["key"] != made["key"]
    assert verdicts == [(False, False), (True, True)]
    call_command("verify_certificate", str(file), stdout=StringIO())


@pytest.mark.parametrize("document", [{}, [], None, 3, {"statement": {}}, {"statement": None, "signature": "x"}])
def test_what_is_no_certificate_is_told_as_such(client, document):
    with pytest.raises(ValueError, match="no certificate"):
        examined(document, log_key().verifier)
    page = client.post("/verify/", {"text": json.dumps(document)})
    assert page.status_code == 400
    assert "这不是核查凭证" in page.text


def test_proofs_are_given_of_every_event_those_of_closed_datasets_too_and_tell_nothing_of_them(client, listed):
    closed = make_record(listed, "tax-arrears_detail")
    tree = get(client, "checkpoint")
    for number in range(1, tree["size"] + 1):
        proof = get(client, f"inclusion/{number}")
        path, leaf = [decoded(node) for node in proof["path"]], merkle.leaf_hash(proof["entry"].encode())
        assert merkle.root_of_inclusion(leaf, number - 1, tree["size"], path) == decoded(tree["root"])
    proof = get(client, f"inclusion/{closed.pk}")
    assert not [text for text in (closed.key, closed.dataset, listed.code, "published") if text in json.dumps(proof)]
    assert proof["opened"] is None
    assert closed.pk not in [event["number"] for event in issue(client, NAME)["statement"]["events"]]
    for missing in (f"inclusion/{tree['size'] + 1}", f"consistency/{tree['size'] + 1}", "inclusion/0", "inclusion/x"):
        assert client.get(f"/api/v1/log/{missing}/").status_code == 404, missing
    assert get(client, "inclusion/1", size=10**6)["size"] == tree["size"]


def test_a_record_that_was_repaired_is_in_no_new_certificate_and_the_log_still_proves_its_past(client, listed):
    before = issue(client, NAME)
    end_record(Record.objects.get(dataset="samr-abnormal"), Event.Kind.REPAIRED)
    after = issue(client, NAME)
    assert after["statement"]["results"][0]["lists"] == []
    assert len(after["statement"]["events"]) == len(before["statement"]["events"]) - 1
    assert wrong(before) == wrong(after) == []


def test_people_download_a_certificate_and_are_told_whether_it_holds_and_what_happened_since(client, listed):
    assert 'name="format" value="certificate"' in client.get(listed.get_absolute_url()).text
    answer = client.post("/check/", {"lines": listed.code, "format": "certificate"})
    assert re.fullmatch(r'attachment; filename="certificate-\d{8}-[0-9a-f]{12}\.json"', answer["Content-Disposition"])
    assert "no-store" in answer["Cache-Control"]
    for path, told in (("/verify/", "该凭证由本站签发"), ("/en/verify/", "issued by this site")):
        page = client.post(path, {"file": SimpleUploadedFile("c.json", answer.content)})
        assert page.status_code == 200
        assert told in page.text
        assert NAME in page.text
        assert "no-store" in page["Cache-Control"]
    assert "此后有变化" not in client.post("/verify/", {"text": answer.text}).text
    make_record(listed, "tax-penalty")
    page = client.post("/verify/", {"text": answer.text}).text
    assert "此后有变化" in page
    assert "本站现在的日志与当时的日志一致" in page
    forged = answer.text.replace('"polarity":{"code":"negative"', '"polarity":{"code":"positive"', 1)
    forged = client.post("/verify/", {"text": forged}).text
    assert "该凭证无效" in forged
    assert NAME not in forged


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        *(("", 400), ("{", 400), ('{"a": NaN}', 400), ('{"a": 1e400}', 400), ("[" * 100_000, 400)),
        *(("x" * (5 << 20), 413), (HUGE, 400), (DEEP, 400), (LONE, 400)),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(client, sent, status):
    page = client.post("/verify/", {"text": sent})
    assert (page.status_code, 'role="alert"' in page.text) == (status, True)


def test_a_site_whose_log_does_not_go_on_from_a_certificate_says_so(client, listed):
    made = json.dumps(issue(client, NAME))
    tile = LogTile.objects.get(level=0)
    LogTile.objects.update(hashes=b"\0" * len(tile.hashes))
    page = client.post("/verify/", {"text": made}).text
    assert "该凭证由本站签发" in page
    assert "本站现在的日志与凭证所载的不一致" in page


def test_changes_of_many_companies_are_asked_at_once(client, django_assert_max_num_queries):
    made = issue(client, *(make_company(f"青岚市第{number}测试有限公司").name for number in range(30)))
    with django_assert_max_num_queries(12):
        client.post("/verify/", {"text": json.dumps(made)})


def test_a_record_that_is_public_as_a_whole_can_be_compared_with_the_log(client, listed):
    record = make_record(listed, "samr-abnormal", decided_on="2026-05-19")
    proof = get(client, f"inclusion/{record.pk}")
    opened, digest = proof["opened"], json.loads(proof["entry"])["digest"]
    assert hashlib.sha256(b"\0" + bytes.fromhex(opened["salt"]) + opened["content"].encode()).hexdigest() == digest
    assert json.loads(opened["content"]) == {"dataset": record.dataset, "key": record.key, "values": record.values}
    end_record(record, Event.Kind.REPAIRED)
    for number in (record.pk, Event.objects.head()):
        assert get(client, f"inclusion/{number}")["opened"] is None


def test_a_digest_is_not_opened_while_anything_in_it_is_kept_from_the_public(client, listed):
    record = make_record(listed, "tax-penalty", person_id="of a column that was public before")
    assert get(client, f"inclusion/{record.pk}")["opened"] is None


def test_while_the_tree_follows_a_large_batch_no_certificate_is_given(client, listed, monkeypatch):
    monkeypatch.setattr("publicity.certificates.MOST_SEALED", 1)
    answer = client.post("/api/v1/certificate/", {"items": [NAME]}, content_type="application/json")
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2], answer["Retry-After"]) == (503, "unavailable", "30")
    page = client.post("/check/", {"lines": NAME, "format": "certificate"})
    assert (page.status_code, page["Retry-After"], "正在封存" in page.text) == (503, "60", True)


def test_a_bulk_export_carries_the_state_of_the_log_it_was_made_at(client, listed):
    manifest = export()
    checkpoint = log_key().verifier.checkpoint(manifest.checkpoint)
    assert checkpoint.size == manifest.head
    leaves = [merkle.leaf_hash(get(client, f"inclusion/{n}")["entry"].encode()) for n in range(1, manifest.head + 1)]
    root = merkle.root(lambda level, index: merkle.complete(leaves[index << level : (index + 1) << level]), manifest.head)
    assert checkpoint.root == root
