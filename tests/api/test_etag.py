"""ETags: nobody overwrites what somebody else changed, and nobody reads twice what he has."""

from tests.api.conftest import Program

MARIA = {"name": "Maria da Silva", "email": "maria@example.com"}


def test_an_unchanged_object_is_a_304(writer: Program) -> None:
    made = writer.put("/customers/1", MARIA)
    tag = made.headers["ETag"]
    assert tag.startswith('"')
    answer = writer.get("/customers/1", If_None_Match=tag)
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == tag


def test_a_changed_object_has_another_tag(writer: Program) -> None:
    tag = writer.put("/customers/1", MARIA).headers["ETag"]
    writer.put("/customers/1", {**MARIA, "name": "Maria Souza"})
    answer = writer.get("/customers/1", If_None_Match=tag)
    assert answer.status_code == 200
    assert answer.headers["ETag"] != tag


def test_a_change_on_what_was_read_passes_and_a_second_on_the_same_is_refused(writer: Program) -> None:
    tag = writer.put("/customers/1", MARIA).headers["ETag"]
    assert writer.put("/customers/1", {**MARIA, "name": "First"}, If_Match=tag).status_code == 200
    late = writer.put("/customers/1", {**MARIA, "name": "Second"}, If_Match=tag)
    assert late.status_code == 412
    assert late.json["code"] == "precondition_failed"
    assert writer.get("/customers/1").json["name"] == "First"


def test_if_match_on_what_does_not_exist_makes_nothing(writer: Program) -> None:
    assert writer.put("/customers/1", MARIA, If_Match='"x"').status_code == 412
    assert writer.put("/customers/1", MARIA, If_Match="*").status_code == 412
    assert writer.get("/customers/1").status_code == 404


def test_if_match_star_changes_what_exists(writer: Program) -> None:
    writer.put("/customers/1", MARIA)
    assert writer.put("/customers/1", {**MARIA, "name": "Other"}, If_Match="*").status_code == 200


def test_if_none_match_star_makes_but_never_replaces(writer: Program) -> None:
    assert writer.put("/customers/1", MARIA, If_None_Match="*").status_code == 201
    assert writer.put("/customers/1", {**MARIA, "name": "Other"}, If_None_Match="*").status_code == 412
    assert writer.get("/customers/1").json["name"] == "Maria da Silva"


def test_a_weak_tag_does_not_allow_a_change(writer: Program) -> None:
    tag = writer.put("/customers/1", MARIA).headers["ETag"]
    assert writer.put("/customers/1", MARIA, If_Match=f"W/{tag}").status_code == 412
