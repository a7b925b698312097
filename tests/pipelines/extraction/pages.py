"""Builders of pages in the shape that aggregators send them; all texts are written for these tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.extraction.article import PageParts, extract_page, take_apart
from pipelines.extraction.blocks import Block, Layout, split_blocks
from pipelines.extraction.dom import parse, parse_text
from pipelines.items import Article, Label, Page, Segment

URL = "https://news.example.com/2021/0621/1234.html"
TITLE = "沿江老码头改造完成 周末夜市重新开张"

ZH = (
    "6月20日傍晚，停业近两年的沿江老码头重新亮起了灯，第一批回到这里的摊主在五点前就支好了炉子，等着江风把客人吹过来。",
    "改造工程从去年三月开始，施工方先加固了驳岸，又把废弃的货运轨道清理出来，铺成一条可以散步的木栈道，全长大约八百米。",
    "“我在这里卖了十一年的糖水，最怕的就是再也回不来。”摊主陈阿姨一边擦桌子一边说，她的摊位被安排在栈道的第三个弯。",
    "街道办负责人介绍，新的夜市一共设置九十六个摊位，其中六成留给原来的经营户，其余的面向全市公开抽签，每半年轮换一次。",
    "为了解决油烟和污水的老问题，码头地下新建了两套处理设施，所有摊位统一接入管道，监测数据每天晚上在入口的屏幕上公布。",
    "住在对岸的李先生带着孩子坐轮渡过来，他觉得变化最大的是灯光：过去只有几盏路灯，现在沿着水边能一直走到旧灯塔的脚下。",
    "不过也有顾客提出，周末停车仍然困难。交管部门回应，附近三所学校的操场将在假期开放，接驳车每十五分钟一班，直到深夜。",
    "城市规划学者认为，码头改造的价值不只在于生意，它让一段被围挡隔开的江岸重新成为公共空间，居民可以在这里停留和见面。",
    "按照计划，二期工程将在秋天动工，届时旧仓库会改成小型剧场和图书角，屋顶保留原来的红瓦，烟囱则作为瞭望台对外开放。",
    "到晚上九点，栈道上的人还没有散去的意思，江面上一艘夜航的货船拉响了汽笛，孩子们隔着栏杆朝它挥手，船上的人也挥手回应。",
)
TW = (
    "停業近兩年的河濱舊碼頭上週末重新開張，第一批回來的攤商傍晚五點前就把爐子架好，等著晚風把客人帶過來。",
    "工程從去年三月開始，團隊先補強護岸，再把廢棄的貨運鐵軌整理出來，鋪成一條可以散步的木棧道，全長大約八百公尺。",
    "「我在這裡賣了十一年的豆花，最怕的就是再也回不來。」攤商林太太一邊擦桌子一邊說，她的攤位在棧道的第三個轉角。",
    "區公所表示，新的夜市總共設置九十六個攤位，其中六成保留給原本的業者，其餘開放全市抽籤，每半年輪替一次。",
    "不過也有民眾反映，假日停車還是很困難，交通單位回應說附近三所學校的操場會在假期開放，接駁車每十五分鐘一班。",
)
EN = (
    "The old river landing reopened on Saturday evening after nearly two years of work, and the first stallholders had "
    "lit their stoves well before five o'clock, waiting for the breeze to bring the crowds back.",
    "Builders began last March by strengthening the embankment, then cleared the abandoned freight tracks and laid a "
    "wooden boardwalk of about eight hundred metres along the water's edge.",
    '"I have sold sweet soup here for eleven years, and my one fear was that we would never come back," said Mrs Chan, '
    "wiping the tables of her stall at the third bend of the walk.",
    "The district office said that ninety-six stalls had been set out, six in ten of them kept for the traders "
    "who were here before, while the rest will be drawn by lot every six months.",
    "Some visitors complained that parking is still difficult at weekends; the transport department answered that "
    "three school yards nearby will open during the holidays, with a shuttle every quarter of an hour.",
)
RU = (
    "Старая пристань на набережной вновь открылась в субботу вечером после двух лет ремонта, и первые торговцы "
    "разожгли печи ещё до пяти часов, дожидаясь гостей с реки.",
    "Работы начались в марте прошлого года: строители укрепили берег, убрали заброшенные грузовые пути и проложили "
    "вдоль воды деревянную дорожку длиной около восьмисот метров.",
    "«Я торгую здесь одиннадцать лет и больше всего боялась, что мы уже не вернёмся», — рассказала хозяйка одной из "
    "лавок, протирая столы у третьего поворота.",
    "В администрации района сообщили, что на рынке девяносто шесть мест, большая часть которых досталась прежним "
    "продавцам, а остальные будут разыгрывать каждые полгода.",
)
JA = (
    "川沿いの古い船着き場が、二年近い工事を終えて土曜日の夕方に再び開いた。最初に戻ってきた店主たちは、五時前にはもう火をおこしていた。",
    "工事は昨年三月に始まり、護岸を補強したうえで、使われなくなった貨物線を片づけ、水辺に八百メートルほどの木の遊歩道を敷いた。",
    "「ここで十一年も甘い汁粉を売ってきました。もう戻れないのではと、それだけが心配でした」と、三つ目の角に店を出す女性は話す。",
    "区役所によると、新しい市には九十六の店が並び、そのうち六割は以前からの店主のために残され、残りは半年ごとに抽選で決められる。",
)
KO = (
    "강변의 옛 선착장이 이 년 가까운 공사를 마치고 토요일 저녁 다시 문을 열었다. "
    "먼저 돌아온 상인들은 다섯 시가 되기 전에 이미 불을 피워 두었다.",
    "공사는 지난해 삼월에 시작되었으며, 낡은 호안을 보강하고 "
    "버려진 화물 철로를 치운 뒤 물가를 따라 팔백 미터쯤 되는 나무 산책로를 놓았다.",
    "구청은 새 시장에 모두 아흔여섯 개의 자리를 마련했으며 "
    "그 가운데 육 할은 예전부터 장사하던 사람들에게 돌아간다고 설명했다.",
)
HEADLINES = (
    "山区小学迎来第一位驻校音乐教师",
    "跨海大桥主塔封顶 预计明年通车",
    "新能源公交今起覆盖全部郊区线路",
    "老城区三百棵古树有了电子档案",
    "图书馆夜间开放首周客流翻番",
    "渔港休渔期结束 千艘渔船扬帆出海",
    "高原湿地监测到罕见水鸟越冬",
    "社区食堂推出银发套餐受欢迎",
    "气象台提醒周末强对流天气较多",
    "非遗剪纸走进地铁车厢",
    "市民中心办事大厅延长服务时间",
    "青年设计师改造闲置厂房办展览",
    "县城马拉松吸引两万名跑者参赛",
    "古籍修复师讲述纸张里的时间",
    "城市绿道二期下月开始试运行",
)


def p(*texts: str) -> str:
    """Each text as a paragraph."""
    return "\n".join(f"<p>{text}</p>" for text in texts)


def br(*texts: str) -> str:
    """Texts parted by line breaks and indented as Chinese portals do."""
    return "<br><br>\n".join(f"　　{text}" for text in texts)


def items(titles: Iterable[str], stem: str = "/a") -> str:
    """A list of links."""
    lines = [f'<li><a href="{stem}/{n}.html">{title}</a></li>' for n, title in enumerate(titles)]
    return f"<ul>{''.join(lines)}</ul>"


def page(body: str, *, title: str = TITLE, head: str = "", lang: str = "zh-CN") -> str:
    """A whole document around a body."""
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}_江城新闻网</title>'
        f"{head}</head>\n<body>\n{body}\n</body></html>"
    )


def article_page(inside: str, *, before: str = "", after: str = "", title: str = TITLE) -> str:
    """A portal's article page: headline, byline, the container with `inside`, and what stands around the column."""
    return page(
        f'<div class="wrap">{before}<div class="left"><h1>{title}</h1>'
        '<div class="info">2021-06-21 08:30　来源：江城日报</div>'
        f'<div class="con" id="zoom">{inside}</div></div>{after}</div>',
        title=title,
    )


def extract(html: str | bytes, *, url: str | None = URL, parts: Sequence[str] = ()) -> Article:
    """The article of a page."""
    body = html if isinstance(html, bytes) else html.encode()
    return extract_page(Page(body=body, url=url, parts=tuple(x.encode() for x in parts)))


def layout_of(html: str) -> Layout:
    """The blocks of a page or fragment."""
    return split_blocks(parse_text(html)[0])


def block_of(html: str) -> Block:
    """The only block of a fragment."""
    (block,) = layout_of(html).blocks
    return block


def apart(html: str) -> PageParts:
    """A page up to the labels of its blocks."""
    return take_apart(parse(Page(body=html.encode(), url=URL)))


def body_lines(html: str) -> list[str]:
    """The texts of the blocks that are the article."""
    parts = apart(html)
    return [parts.layout.blocks[i].text for i in parts.body.blocks]


def segment(article: Article, words: str) -> Segment:
    """The first segment that holds these words."""
    return next(s for s in article.segments if words in s.text)


def label(article: Article, words: str) -> Label:
    """The label of the first segment that holds these words."""
    return segment(article, words).label
