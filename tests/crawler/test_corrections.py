import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from crawler.corrections import Corrections, Profiles, key_of
from pipelines.errors import ProfileError
from pipelines.items import Label
from pipelines.profiles import Rule
from pipelines.store.articles import default_url, open_store
from tests.conftest import Run
from tests.crawler.commands.pages import article

NOTICE = Rule(label=Label.COPYRIGHT, selector="div.text p", text='"版权"\\', note="2026-06-21")
LIST = Rule(label=Label.RELATED, selector=".rel")
ANYWHERE = Rule(label=Label.OTHER, text="x")


@pytest.fixture
def corrections(tmp_path: Path) -> Iterator[Corrections]:
    yield Corrections(tmp_path / "rules")


def test_rules_are_kept_in_order_and_the_last_word_stands_last(corrections: Corrections) -> None:
    assert corrections.rules("news.example") == ()
    for rule in (NOTICE, LIST, ANYWHERE):
        corrections.add("news.example", rule)
    again = NOTICE.model_copy(update={"note": "later"})
    corrections.add("news.example", again)
    assert corrections.rules("news.example") == (LIST, ANYWHERE, again)
    assert corrections.rules("other.example") == ()


def test_what_a_person_wrote_stays_when_a_rule_goes(corrections: Corrections) -> None:
    corrections.add("news.example", NOTICE)
    corrections.add("news.example", LIST)
    file = corrections.file("news.example")
    file.write_text(file.read_text("utf-8").replace("[[rules]]", "# mine\n[[ rules ]]", 1), "utf-8")
    assert corrections.remove("news.example", key_of(LIST))
    assert not corrections.remove("news.example", key_of(LIST))
    assert corrections.rules("news.example") == (NOTICE,)
    assert "# mine" in file.read_text("utf-8")


def test_a_file_that_is_written_otherwise_is_written_anew(corrections: Corrections) -> None:
    corrections.folder.mkdir()
    corrections.file("a").write_text(
        'rules = [{label = "body", selector = "p"}, {label = "tags", text = "t"}]', "utf-8"
    )
    corrections.add("a", LIST)
    assert [rule.label for rule in corrections.rules("a")] == [Label.BODY, Label.TAGS, Label.RELATED]
    assert corrections.remove("a", key_of(corrections.rules("a")[0]))
    assert [rule.label for rule in corrections.rules("a")] == [Label.TAGS, Label.RELATED]


@pytest.mark.parametrize("name", ["../../etc/x", "a/b", "新闻", "a b", ".hidden", "[::1]", "x" * 300])
def test_any_name_of_a_site_is_a_file_of_the_folder(corrections: Corrections, name: str) -> None:
    corrections.add(name, LIST)
    assert corrections.rules(name) == (LIST,)
    assert [path.parent for path in corrections.folder.iterdir()] == [corrections.folder]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[rules]]\nlabel = 'x'", "rules.0.label"),
        ("rules = 1", "rules"),
        ("[[rules", "not TOML"),
        ("delay = 1", "delay: only"),
    ],
)
def test_a_faulty_file_is_named_with_its_fault_and_never_written_over(
    corrections: Corrections, text: str, fault: str
) -> None:
    corrections.folder.mkdir()
    corrections.file("a").write_text(text, "utf-8")
    for call in (lambda: corrections.rules("a"), lambda: corrections.add("a", LIST)):
        with pytest.raises(ProfileError, match=fault) as raised:
            call()
        assert str(corrections.file("a")) in str(raised.value)
    assert corrections.file("a").read_text("utf-8") == text


def test_a_site_has_its_profile_with_its_corrections_as_they_are_now(tmp_path: Path, caplog: Any) -> None:
    profiles = Profiles(Settings({"OUTPUT_DIR": str(tmp_path)}))
    assert profiles.of("news.example") is None
    demo = profiles.of("demo")
    assert demo is not None and demo.rules == ()
    profiles.corrections.add("demo", LIST)
    profiles.corrections.add("news.example", NOTICE)
    corrected = profiles.of("demo", demo)
    assert corrected is not None and corrected == demo.model_copy(update={"rules": (LIST,)})
    found = profiles.of("news.example")
    assert found is not None and found.rules == (NOTICE,)
    profiles.corrections.remove("demo", key_of(LIST))
    assert profiles.of("demo") == demo
    file = profiles.corrections.file("news.example")
    file.write_text("[[rules]]", "utf-8")
    os.utime(file, ns=(1, 1))
    assert profiles.of("news.example") is profiles.of("news.example") is None
    assert caplog.text.count("its site goes without it") == 1
    file.unlink()
    assert profiles.of("news.example") is None


def test_the_pages_of_a_site_are_taken_apart_again_by_its_rules(scrapy_process: Run, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    index = tmp_path / "index.jsonl"
    lines = []
    for n in range(3):
        (pages / f"p{n}.html").write_text(article(f"第{n}条新地铁线路明年通车"), "utf-8")
        host = "other.example" if n == 2 else "news.example"
        lines.append(f'{{"id": "p{n}", "url": "http://{host}/{n}.html", "site": "{host}"}}\n')
    index.write_text("".join(lines), "utf-8")
    call = ("crawl", "archive", "-a", f"path={pages}", "-a", f"index={index}", "-s", "LOG_LEVEL=WARNING")
    assert scrapy_process(*call).returncode == 0
    rule = Rule(label=Label.SHARE, selector="div.content p", text="票价保持不变")
    for host in ("news.example", "other.example"):
        Corrections(tmp_path / "output/rules").add(host, rule)
    done = scrapy_process(*call, "-a", "site=news.example")
    assert done.returncode == 0, done.stderr
    with open_store(default_url(str(tmp_path / "output"))) as store:
        assert {a["id"]: "票价保持不变" in a["text"] for a in store.iterate()} == {"p0": False, "p1": False, "p2": True}
        assert store.runs()[-1]["counts"]["store/revised"] == 2
