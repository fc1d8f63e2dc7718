"""Files read and not, and the fates of their rows."""

from tests.unit.synth.score.asked import Card


def test_a_source_without_a_delivery_is_not_read(card: Card) -> None:
    found = card.by("coverage", "source")
    assert found["lakeside"]["note"] == "not read"
    assert (found["lakeside"]["rows"], found["lakeside"]["rows_read"]) == (1, 0)


def test_a_file_sent_again_under_another_name_is_read(card: Card) -> None:
    row = card.by("coverage", "source")["northstar"]
    assert (row["files"], row["files_read"]) == (2, 2)


def test_a_bundle_is_one_file(card: Card) -> None:
    row = card.by("coverage", "source")["sis"]
    assert (row["files"], row["files_read"], row["rows"]) == (1, 1, 3)


def test_fates_are_told_by_source_and_of_all(card: Card) -> None:
    found = card.by("fates", "source", "fate")
    assert {pair: (row["rows"], row["of_rows"]) for pair, row in found.items()} == {
        ("northstar", "conformed"): (10, 12),
        ("northstar", "quarantined"): (1, 12),
        ("northstar", "repeated"): (1, 12),
        ("sis", "conformed"): (2, 2),
        ("all", "conformed"): (12, 14),
        ("all", "quarantined"): (1, 14),
        ("all", "repeated"): (1, 14),
    }
