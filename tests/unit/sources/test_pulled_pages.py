"""Pages of answers on disk: torn anywhere, they are those before, and go on."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.sources.pull.pages import Pages, read_pages


class TestPages:
    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_pages_torn_at_any_byte_are_those_before_and_go_on(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        bodies = data.draw(st.lists(st.dictionaries(st.text(), st.text()), min_size=1, max_size=4))
        path = tmp_path_factory.mktemp("pages") / "rows.jsonl"
        pages = Pages(path)
        for number, body in enumerate(bodies):
            pages.add(
                {"at": number},
                json.dumps(body, indent=data.draw(st.sampled_from([0, None]))).encode(),
            )
        whole = path.read_bytes()
        at = data.draw(st.integers(0, len(whole)))
        behind = data.draw(st.sampled_from([b"", b"\0\0\0", b"\0\n", b"half\n"]))
        path.write_bytes(whole[:at] + behind)
        again = Pages(path)
        kept = whole[:at].count(b"\n")
        assert [one["at"] for one in again.asked] == list(range(kept))
        for number in range(kept, len(bodies)):
            again.add({"at": number}, json.dumps(bodies[number]).encode())
        assert [(head["at"], body) for head, body in read_pages(path)] == list(enumerate(bodies))

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
    def test_a_body_in_any_encoding_of_json_is_kept(self, tmp_path: Path, encoding: str) -> None:
        pages = Pages(tmp_path / "rows.jsonl")
        body = [{"name": "Ærø \n \u2028"}]
        pages.add({}, json.dumps(body, ensure_ascii=False).encode(encoding))
        assert list(pages.bodies()) == [body]
        assert Pages(pages.path).asked == [{}]

    def test_the_first_ones_can_be_kept(self, tmp_path: Path) -> None:
        pages = Pages(tmp_path / "rows.jsonl")
        for number in range(5):
            pages.add({"at": number}, b"[%d]" % number)
        pages.keep(2)
        pages.add({"at": 9}, b"[9]")
        assert list(pages.bodies()) == [[0], [1], [9]]
        assert Pages(pages.path).asked == pages.asked == [{"at": 0}, {"at": 1}, {"at": 9}]
