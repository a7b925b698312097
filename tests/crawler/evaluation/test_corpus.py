from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from crawler.evaluation.corpus import read_corpus, read_predictions
from pipelines.errors import UsageError
from tests.crawler.evaluation.corpora import GOLD, write_corpus, write_lines


def many(count: int) -> list[dict[str, object]]:
    return [GOLD | {"id": f"p{number:02}"} for number in range(count)]


def test_entries_are_the_labelled_pages_with_what_the_index_knows(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "c", *many(2))
    (folder / "pages/unlabelled.html").write_text("<p>x</p>")
    (folder / "pages/p01.html").unlink()
    (folder / "pages/p01.html.gz").write_bytes(gzip.compress(b"<p>packed</p>"))
    write_lines(folder / "index.jsonl", [{"id": "p01", "url": "http://example.com/1", "site": "example.com"}])
    corpus = read_corpus(folder)
    entries = list(corpus.entries())
    assert (corpus.name, corpus.kind) == ("c", "html")
    assert [(entry.id, entry.url) for entry in entries] == [("p00", None), ("p01", "http://example.com/1")]
    assert entries[1].page is not None
    assert entries[1].page.body == b"<p>packed</p>"


def test_a_folder_of_dumps_is_text(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "c")
    (folder / "pages/lamps.html").rename(folder / "pages/lamps.txt")
    assert read_corpus(folder).kind == "text"


def test_a_sample_is_the_same_on_each_run_and_grows_with_its_size(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "c", *many(20))
    small, again, large = (read_corpus(folder, size) for size in (5, 5, 9))
    assert small == again
    assert small.name == "c-5"
    assert {record["id"] for record in small.gold} < {record["id"] for record in large.gold}
    assert [record["id"] for record in small.gold] == sorted(str(record["id"]) for record in small.gold)
    assert read_corpus(folder, 20).name == "c"


def test_the_digest_follows_labels_not_their_order(tmp_path: Path) -> None:
    first, second = many(2)
    one = read_corpus(write_corpus(tmp_path / "1", first, second))
    two = read_corpus(write_corpus(tmp_path / "2", second, first))
    three = read_corpus(write_corpus(tmp_path / "3", first, second | {"title": "改了"}))
    assert one.digest == two.digest != three.digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "a"}\n{"title": "b"}\n', "line 2: not an object with an id"),
        ('{"id": "a"}\n\n{torn\n', "line 3: not JSON"),
        ("\n", "labels no page"),
    ],
)
def test_a_corpus_that_does_not_read_says_where(text: str, message: str, tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "c")
    (folder / "gold.jsonl").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_corpus(folder)


def test_a_folder_that_is_no_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no corpus"):
        read_corpus(tmp_path)
    with pytest.raises(UsageError, match="cannot read"):
        read_predictions(tmp_path / "none.jsonl")
