"""Authors, editors and source of whole pages: the headline's lines, the text, its foot, machine data."""

from __future__ import annotations

from pipelines.extraction.blocks import split_blocks
from pipelines.extraction.dom import parse
from pipelines.extraction.metadata.credits import Credits, find_byline
from pipelines.extraction.metadata.zone import Zone
from pipelines.items import Page

TITLE = "沿江老码头改造完成"
FIRST = (
    "停业近两年的沿江老码头重新亮起了灯，第一批回到这里的摊主在五点前就支好了炉子，等着江风把客人吹过来，一直坐到深夜。"
)
LAST = "到晚上九点，栈道上的人还没有散去的意思，江面上一艘夜航的货船拉响了汽笛，孩子们隔着栏杆朝它挥手。"


def credits(
    head: str = "",
    foot: str = "",
    *,
    meta: str = "",
    above: str = "",
    body: tuple[str, ...] = (FIRST, LAST),
    language: str = "zh",
) -> Credits:
    paragraphs = "".join(f"<p>{p}</p>" for p in body)
    top = f"<html><head><meta charset=utf-8>{meta}</head><body>{above}<h1>{TITLE}</h1>{head}"
    html = f"{top}<div>{paragraphs}</div>{foot}</body></html>"
    doc = parse(Page(html.encode(), url="https://www.example.com/a"))
    layout = split_blocks(doc.root)
    title = next(b.index for b in layout.blocks if b.text == TITLE)
    kept = tuple(b.index for b in layout.blocks if b.text in body)
    return find_byline(doc, layout, Zone(title, kept), language)


def test_head_line_with_all_fields() -> None:
    result = credits(
        '<div>2026/6/21 9:35:44 来源：<a href="https://news.example.org/">江城晚报</a> 作者：李一能 选稿：袁颖</div>'
    )
    assert (result.authors, result.editors, result.source) == (("李一能",), ("袁颖",), "江城晚报")
    assert result.source_url == "https://news.example.org/"
    assert result.evidence["source"] == "below the headline"


def test_bare_source_and_bare_person_beside_the_date() -> None:
    assert credits("<div><span>2026年06月21日 10:54</span><span>第一江城网</span></div>").source == "第一江城网"
    result = credits("<div><span>魏武挥</span><span>2026-06-21 07:53:18</span></div>")
    assert (result.authors, result.source) == (("魏武挥",), None)


def test_the_heads_source_goes_before_the_foots() -> None:
    foot = "<p>本文来源：江城日报-江城网 责任编辑：杨倩_NF4425</p>"
    result = credits("<div>2026-06-21 10:54 来源：江城日报</div>", foot)
    assert (result.source, result.editors) == ("江城日报", ("杨倩",))
    assert credits(foot=foot).source == "江城日报-江城网"


def test_no_source_is_made_up_from_the_site() -> None:
    meta = '<meta property="og:site_name" content="江城网">'
    meta += '<script type="application/ld+json">{"@type":"Article","publisher":{"name":"江城网"}}</script>'
    assert credits("<div>2026-06-21 10:54</div>", meta=meta).source is None


def test_reporters_of_the_text_and_names_at_its_end() -> None:
    body = (f"江城网6月20日讯（记者 田杰雄 王颖）{FIRST}", f"{LAST}（刘莉、容恺）")
    assert credits(body=body).authors == ("田杰雄", "王颖", "刘莉", "容恺")
    assert credits(foot="<p>（Stan）</p>").authors == ("Stan",)
    assert credits(foot="<p>（完）</p>").authors == ()
    assert credits(foot="<p>（新华社）</p>").authors == ()


def test_editors_far_below_the_text() -> None:
    links = "".join(f"<li><a href=/{i}>另一篇文章的标题第{i}号</a></li>" for i in range(20))
    assert credits(foot=f"<ul>{links}</ul><div>责任编辑：赵明</div>").editors == ("赵明",)


def test_dates_of_related_articles_give_no_source() -> None:
    foot = "<div>来源：<a href=/1>汽车大师</a> 2026-06-20 14:49</div>"
    assert credits("<div>2026-06-21 10:54</div>", foot).source is None


def test_an_author_who_is_the_source_is_no_person() -> None:
    result = credits("<div>2026-06-21 08:40 来源:江城网 作者: 江城网 选稿: 夏阳</div>")
    assert (result.authors, result.source) == ((), "江城网")


def test_author_box_above_the_headline() -> None:
    assert credits(above='<div class="author-box">果汁软糖7799</div>').authors == ("果汁软糖7799",)


def test_meta_author_of_a_chinese_page_is_a_person_and_not_its_editor() -> None:
    assert credits(meta='<meta name=author content="江城网">').authors == ()
    assert credits(meta='<meta name=author content="李梅">').authors == ("李梅",)
    assert credits(foot="<p>责任编辑：李梅</p>", meta='<meta name=author content="李梅">').authors == ()


ENGLISH = (
    "The old river landing reopened on Saturday evening after nearly two years of work, the first stallholders said.",
    "Residents on the far bank crossed by ferry to see it, and most of them stayed until the last boat of the night.",
)


def english(head: str = "", *, meta: str = "", foot: str = "") -> tuple[str, ...]:
    return credits(head, foot, meta=meta, body=ENGLISH, language="en").authors


JSONLD = (
    '<script type="application/ld+json">{"@type":"Article","author":[%s],"publisher":{"name":"River Post"}}</script>'
)


def test_json_ld_goes_before_the_printed_line() -> None:
    meta = JSONLD % '{"@type":"Person","name":"Jane Doe"},{"@type":"Person","name":"John Roe"}'
    assert english("<p>By JANE DOE, staff</p>", meta=meta) == ("Jane Doe", "John Roe")


def test_signs_beside_names_are_no_authors() -> None:
    meta = JSONLD % '{"@type":"Person","name":"Jane Doe"},{"@type":"Person","name":"jdo"}'
    assert english(meta=meta) == ("Jane Doe",)


def test_the_sites_own_name_is_the_last_resort() -> None:
    meta = JSONLD % '{"@type":"Organization","name":"River Post"}'
    assert english("<p>By Jane Doe</p>", meta=meta) == ("Jane Doe",)
    assert english(meta=meta) == ("River Post",)


def test_links_to_an_authors_page_and_marked_elements() -> None:
    assert english('<p><a href="/authors/jane-doe">Jane Doe</a> June 3, 2026</p>') == ("Jane Doe",)
    assert english('<p>Words: <span itemprop="author">Jane Doe</span></p>') == ("Jane Doe",)
    assert english('<p class="byline">By Jane Doe and John Roe</p>') == ("Jane Doe", "John Roe")


def test_papers_name_each_author_in_a_meta_element() -> None:
    meta = '<meta name=citation_author content="Doe, Jane"><meta name=citation_author content="Roe, John">'
    assert english(meta=meta) == ("Jane Doe", "John Roe")


def test_a_page_without_credits() -> None:
    assert credits() == Credits()


EN = ("The old river landing reopened on Saturday evening after nearly two years of work.", "Visitors came by boat.")


def test_the_author_beside_his_role_in_an_element_of_its_own() -> None:
    head = '<div class="author-card"><span>Jane Doe</span><span>Senior Editor</span><span>Follow</span></div>'
    assert english(head) == ("Jane Doe",)


def test_the_line_under_written_by() -> None:
    assert english("<p>Written by</p><p>Jane Doe</p>") == ("Jane Doe",)


def test_a_name_beside_the_date() -> None:
    assert english("<p>Jane Doe | Senior Writer | July 2, 2025</p>") == ("Jane Doe",)
    assert english("<p>Company News | July 2, 2025</p>") == ()


def test_a_signature_in_bold_ends_the_text() -> None:
    result = credits(body=(*EN, "Jane Doe"), foot="", language="en")
    assert result.authors == ()
    html = "<div><p>{}</p><p>{}</p><p><strong>Jane Doe</strong></p></div>".format(*EN)
    doc = parse(Page(f"<html><body><h1>Landing</h1>{html}</body></html>".encode()))
    layout = split_blocks(doc.root)
    assert find_byline(doc, layout, Zone(0, (1, 2, 3)), "en").authors == ("Jane Doe",)


def test_whom_the_page_calls_its_editor_is_not_its_author() -> None:
    head, meta = '<p class="author">Jane Doe</p>', '<meta name=author content="Max Roe">'
    result = credits(head, "<p>Editor: Max Roe</p>", meta=meta, body=EN, language="en")
    assert (result.authors, result.editors) == (("Jane Doe",), ("Max Roe",))


def test_replies_under_a_post_have_other_authors() -> None:
    foot = "<p>江边的猫 发表于 2026-06-21 12:30</p><p>山里的鹿 发表于 2026-06-22 08:10</p>"
    assert credits(foot=foot).authors == ("江边的猫",)


def test_an_address_and_a_time_are_no_source() -> None:
    assert credits(meta='<meta name=source content="https://news.example/a/1.html">').source is None
    assert credits("<div>更新时间 2012年12月10日, 格林尼治标准时间10:41</div>").source is None


def test_a_printed_address_is_a_source() -> None:
    assert credits("<div>2026-06-21 来源：http://www.news.example</div>").source == "http://www.news.example"


def test_an_and_before_the_last_name_is_no_part_of_it() -> None:
    meta = '<meta name=author content="Jane Doe, Max Roe, and Ann Lee">'
    assert credits(meta=meta, body=EN, language="en").authors == ("Jane Doe", "Max Roe", "Ann Lee")


def test_who_comments_is_no_author() -> None:
    comment = '<div class="post-comment"><span class="post_comment_author">Max Roe</span> One hour ago</div>'
    assert english(comment) == ()
    assert english(f'<p class="autor"><strong>Jane Doe</strong> | Riverton | 08/01/2014</p>{comment}') == ("Jane Doe",)


ACCOUNT = '<div><div class="x1"><div class="x2"><p>{}</p><div><span>2023-06-18 09:25</span>{}</div></div></div></div>'


def test_an_account_above_its_date_is_the_source() -> None:
    beside = "<span>湖北</span><span>江城发布官方账号</span>"
    assert credits(ACCOUNT.format("江城发布", beside)).source == "江城发布"
    assert credits(ACCOUNT.format("江城发布", beside), "<p>来源：江城晚报</p>").source == "江城发布"


def test_an_author_and_an_account_above_their_date() -> None:
    line = "<span>原创</span><span>河边人</span><span><a href='#'>江城观察</a></span>"
    result = credits(ACCOUNT.format(line, "发表于<span>湖北</span>"))
    assert (result.authors, result.source) == (("河边人",), "江城观察")


def test_what_stands_beside_the_headline_is_no_account() -> None:
    assert credits("<p>十二个社区受益</p><div>2023-06-18 09:25</div>").source is None
    assert credits("<div><p>发布日期</p><p>2023-06-18</p></div>").source is None


def test_three_words_beside_a_date_name_no_author() -> None:
    tags = "<a href='#'>施工</a> /<a href='#'>工程</a> /<a href='#'>居民</a>"
    assert credits(f"<div>2019-06-18 来源:<a href='#'>江城水事</a>{tags}</div>").authors == ()


def test_credits_count_on_a_page_that_is_hidden_until_its_script_runs() -> None:
    inside = f'<div style="visibility:hidden"><p>{FIRST}</p><p>{LAST}</p><p>编辑｜李小河</p></div>'
    doc = parse(Page(f"<html><body><h1>{TITLE}</h1>{inside}</body></html>".encode()))
    assert find_byline(doc, split_blocks(doc.root), Zone(0, (1, 2)), "zh").editors == ("李小河",)


def test_korean_reporters() -> None:
    head = "<div><span>강변일보 이수진 기자</span><span>입력 2023.03.07 18:30</span></div>"
    assert credits(head, language="ko").authors == ("이수진",)
    assert credits(foot="<p>김민호 선임기자 minho@news.example</p>", language="ko").authors == ("김민호",)


def test_machine_authors_of_japanese_and_korean_pages() -> None:
    meta = '<meta name=author content="佐藤 花子">'
    assert credits(meta=meta, language="ja").authors == ("佐藤 花子",)
    assert credits(meta='<meta name=author content="川岸新聞社">', language="ja").authors == ()


def test_names_in_scripts_without_capitals() -> None:
    assert credits('<div><span class="author">أحمد منصور</span></div>', body=EN, language="ar").authors == (
        "أحمد منصور",
    )


def test_a_dash_ends_the_name() -> None:
    line = "<p>Par Anne Dubois — Publié le 7 mars 2023 à 18h30, mis à jour à 19h05</p>"
    assert credits(line, body=EN, language="fr").authors == ("Anne Dubois",)
