"""Signed notes are those of c2sp.org/signed-note: what others signed is opened, what we sign is theirs byte for byte."""

import pytest

from records.signed_note import Checkpoint, NotSigned, Signer, Verifier, decoded

# The examples of c2sp.org/signed-note and of golang.org/x/mod/sumdb/note, the first implementation.
SPECIFICATION = (
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "This is an example message.\n",
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
)
GO = (
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
)
SEED = decoded("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
OURS = Signer("credit.example/log", b"s" * 32)
STATE = Checkpoint("credit.example/log", 5, b"r" * 32)


@pytest.mark.parametrize(("key", "text", "signature"), [SPECIFICATION, GO])
def test_a_note_that_others_signed_is_opened(key, text, signature):
    assert Verifier(key).opened(f"{text}\n{signature}") == text


def test_a_note_we_sign_is_that_of_the_first_implementation():
    key, text, signature = GO
    signer = Signer("PeterNeumann", SEED)
    assert (signer.verifier.line, signer.note(text)) == (key, f"{text}\n{signature}")


def test_a_checkpoint_is_read_beside_the_signature_of_a_witness():
    note = OURS.note(STATE.text())
    assert OURS.verifier.checkpoint(note + GO[2]) == OURS.verifier.checkpoint(note) == STATE


@pytest.mark.parametrize(
    "altered",
    [
        lambda note: note + "more\n",
        lambda note: note[:-1],
        lambda note: note.replace("\n\n", "\n"),
        lambda note: "\n" + note,
        lambda note: note.replace("\n5\n", "\n6\n"),
        lambda note: note.replace("— ", "- "),
        lambda note: note + "— credit.example/log !!!\n",
        lambda note: note.partition("— ")[0],
        lambda _note: "",
    ],
)
def test_what_is_not_word_for_word_as_signed_is_refused(altered):
    with pytest.raises(NotSigned):
        OURS.verifier.checkpoint(altered(OURS.note(STATE.text())))


def test_a_signed_text_that_is_no_state_of_a_log_is_no_checkpoint():
    with pytest.raises(NotSigned, match="not a checkpoint"):
        OURS.verifier.checkpoint(OURS.note("credit.example/log\nmany\n"))


@pytest.mark.parametrize("line", ["", "name", "a+b+c", "a+00000000+" + GO[0].rpartition("+")[2], GO[0][:-4]])
def test_a_line_that_is_no_key_is_refused(line):
    with pytest.raises(ValueError, match=r"."):
        Verifier(line)
