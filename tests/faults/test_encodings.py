"""E1: whatever a server says of a page's encoding, the right text comes into the store, through a whole crawl."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.store.articles import default_url, open_store
from tests.crawler.spiders.test_aggregator import path
from tests.faults.hostile import hostile, scrapy

ZH = (
    "市政府昨天公布了新的规划，涉及交通、住房和环境等多个方面。记者在现场看到，许多市民对此表示关注，专家认为影响深远。"
)
TW = (
    "市政府昨天公布了新的規劃，涉及交通、住房和環境等多個方面。記者在現場看到，許多市民對此表示關注，專家認為影響深遠。"
)
JA = (
    "市は昨日、交通や住宅、環境などに関する新しい計画を発表した"
    "。記者が現場で取材したところ、多くの市民が関心を示していた。"
)
KO = (
    "시는 어제 교통과 주택, 환경에 관한 새로운 계획을 발표했다. 현장"
    "에서는 많은 시민이 관심을 보였고 전문가들은 영향이 크다고 말했다."
)
RU = (
    "Городские власти вчера представили новый план, который касается тр"
    "анспорта, жилья и экологии. Многие жители проявили интерес к нему."
)
RARE = "镕鎔喆堃㐂"  # of GB18030, not of GB2312


@dataclass(frozen=True)
class Case:
    """A page: its text, the encoding of its bytes, what its meta and its header say."""

    text: str
    real: str
    meta: str | None = None
    header: str | None = None
    before: bytes = b""  # in front of the page: a byte order mark
    far: int = 0  # bytes of comment before the meta
    stray: bytes = b""  # in the midst of it
    twice: str | None = None  # what its bytes were taken for before they were encoded as UTF-8 once more

    def page(self, title: str) -> bytes:
        meta = f'<meta charset="{self.meta}">' if self.meta else ""
        body = "".join(f"<p>{self.text} {n}.</p>" for n in range(1, 4))
        head = f"<head><!--{'x' * self.far}-->{meta}<title>{title}</title></head>"
        html = f"<html>{head}<body><h1>{title}</h1>{body}</body></html>".encode(self.real)
        if self.twice:
            html = "".join(bytes([b]).decode(self.twice, "ignore") or chr(b) for b in html).encode()
        return self.before + html.replace(b"</body>", self.stray + b"</body>")


CASES = {
    "gb18030 as gb2312, meta": Case(ZH + RARE, "gb18030", meta="gb2312"),
    "gb18030 as gb2312, header": Case(ZH + RARE, "gb18030", header="gb2312"),
    "big5": Case(TW, "big5", meta="big5"),
    "utf-8 mark against meta": Case(ZH, "utf-8", meta="gb2312", before=b"\xef\xbb\xbf"),
    "utf-16 mark": Case(ZH, "utf-16-le", before=b"\xff\xfe"),
    "utf-8, nothing said": Case(ZH, "utf-8"),
    "gb18030, nothing said": Case(ZH, "gb18030"),
    "gb18030, late meta": Case(ZH, "gb18030", meta="gbk", far=5000),
    "gb18030, stray bytes": Case(ZH, "gb18030", meta="gb2312", stray=b"\xff\x80"),
    "utf-8 as gb2312, meta": Case(ZH, "utf-8", meta="gb2312"),
    "utf-8 as iso-8859-1, header": Case(ZH, "utf-8", header="iso-8859-1"),
    "big5 as utf-8, meta": Case(TW, "big5", meta="utf-8"),
    "shift_jis": Case(JA, "shift_jis", meta="shift_jis"),
    "shift_jis, nothing said": Case(JA, "shift_jis"),
    "euc-kr": Case(KO, "euc-kr", header="euc-kr"),
    "euc-kr as utf-8": Case(KO, "euc-kr", meta="utf-8"),
    "koi8-r": Case(RU, "koi8-r", meta="koi8-r"),
    "windows-1251": Case(RU, "windows-1251", header="windows-1251"),
    "windows-1251 as utf-8": Case(RU, "windows-1251", meta="utf-8"),
    "utf-8 twice": Case(RU, "utf-8", meta="utf-8", twice="latin-1"),
    "utf-8 twice, Chinese": Case(ZH, "utf-8", twice="latin-1"),
    "utf-8 twice, over windows-1252": Case(TW, "utf-8", meta="utf-8", twice="cp1252"),
}


def test_the_right_text_comes_into_the_store(tmp_path: Path) -> None:
    titles = {n: f"{case.text[:6]}{n}:{case.text[6:18].strip()}" for n, case in enumerate(CASES.values(), 1)}
    items = "".join(
        f'<li><a href="{path(n)}">{title}</a> <span>06-21 12:{n:02}</span></li>' for n, title in titles.items()
    )
    with hostile() as site:
        for n, case in enumerate(CASES.values(), 1):
            content_type = "Content-Type: text/html" + (f"; charset={case.header}" if case.header else "")
            site.page(path(n), case.page(titles[n]), content_type)
        site.page("/news/", f"<html><meta charset='utf-8'><body><ul>{items}</ul></body></html>")
        done = scrapy(
            tmp_path,
            "crawl",
            "aggregator",
            "-a",
            f"url={site.url}/news/",
            "-a",
            "pages=1",
            "-s",
            "MEMORY_ENABLED=False",
        )
    with open_store(default_url(str(tmp_path)), create=False) as store:
        found = {"/" + str(a["url"]).split("/", 3)[3]: a for a in store.iterate()}
    wrong = []
    for n, (name, case) in enumerate(CASES.items(), 1):
        article = found.get(path(n))
        if article is None or case.text not in str(article["text"]) or article["title"] != titles[n]:
            wrong.append((name, article and (article["encoding"], article["title"], str(article["text"])[:60])))
    assert wrong == [], done.err
