import json
from pathlib import Path

import pytest

from crawler.archive.files import FOLDER
from crawler.corrections import Corrections
from crawler.fixtures import differences, fixtures, save
from pipelines.errors import UsageError
from pipelines.items import Label
from pipelines.profiles import Rule
from tests.conftest import ROOT, Run
from tests.crawler.archive.files import HOST, answer, page, write
from tests.crawler.commands.pages import SENTENCES, article

SITE = "news.example"
RULE = Rule(label=Label.COPYRIGHT, selector="div.content p", text="按照计划")


@pytest.mark.parametrize("place", fixtures(ROOT / "tests/fixtures/sites"), ids=lambda place: place.parent.name)
def test_saved_pages_come_out_as_they_should(place: Path) -> None:
    assert list(map(str, differences(place))) == []


def test_a_page_of_several_parts_is_saved_with_its_rules(tmp_path: Path) -> None:
    second = article(sentences=tuple(f"又：{s}" for s in SENTENCES)).encode()
    place, made = save(tmp_path, page("/1", article(), second), (RULE,))
    assert (made.pages, "按照计划，新" in made.text) == (2, False)
    assert [path.name for path in sorted(place.iterdir())] == [
        *("article.json", "page-2.html", "page.html", "page.json", "rules.toml")
    ]
    assert fixtures(tmp_path) == [place]
    assert differences(place) == []
    again, _ = save(tmp_path, page("/1", article()), ())
    assert again == place
    assert [path.name for path in sorted(place.iterdir())] == ["article.json", "page.html", "page.json"]


def test_what_comes_out_otherwise_is_told_field_by_field(tmp_path: Path) -> None:
    place, _ = save(tmp_path, page("/1", article()), ())
    expected = json.loads((place / "article.json").read_text("utf-8"))
    expected["text"].insert(2, "这一行不在页面上。")
    (place / "article.json").write_text(json.dumps(expected | {"source": "晚报", "tags": None}), "utf-8")
    found = {d.field: str(d) for d in differences(place)}
    assert found.keys() == {"source", "tags", "text"}
    assert found["source"] == 'source: expected "晚报", got "城市日报"'
    assert found["text"].startswith('text: 5 lines expected, got 4; "这一行不在页面上。", got "记者在现场看到')
    (place / "page.html").write_text("<html><body></body></html>", "utf-8")
    assert [d.field for d in differences(place)] == ["page"]
    (place / "page.json").unlink()
    with pytest.raises(UsageError, match="is no fixture"):
        differences(place)


def test_a_page_of_the_archive_is_saved_and_checked(scrapy: Run, tmp_path: Path) -> None:
    output = tmp_path / "output"
    write(output / FOLDER / "20260621T035900Z-00000002.warc.gz", answer("/1", article()), page("/1", article()))
    Corrections(output / "rules").add(SITE, RULE)
    call = ("savefixture", SITE, f"{HOST}/1", "-o", str(tmp_path / "fixtures"))
    done = scrapy(*call)
    assert done.returncode == 0, done.stderr
    assert "3 lines of text" in done.stderr
    checked = scrapy("sites", "check", "-s", f"FIXTURES_DIR={tmp_path / 'fixtures'}")
    assert (checked.returncode, "come out as they should: 1" in checked.stderr) == (0, True), checked.stderr
    (expected,) = (tmp_path / "fixtures").glob("*/*/article.json")
    expected.write_text(expected.read_text("utf-8").replace("城市日报", "晚报"), "utf-8")
    checked = scrapy("sites", "check", "-s", f"FIXTURES_DIR={tmp_path / 'fixtures'}")
    assert (checked.returncode, 'source: expected "晚报", got "城市日报"' in checked.stderr) == (1, True)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "name a site and the URL"),
        ((SITE,), "name a site and the URL"),
        ((SITE, f"{HOST}/9"), "holds no page of http://news.example/9"),
    ],
)
def test_a_wrong_call_is_one_line(args: tuple[str, ...], message: str, scrapy: Run) -> None:
    done = scrapy("savefixture", *args)
    assert (done.returncode, len(done.stderr.splitlines()), message in done.stderr) == (2, 1, True), done.stderr
