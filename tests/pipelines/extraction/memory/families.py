"""Families of pages in the shape of real sites: a template each, stories by number. All words are written here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pipelines.extraction.article import read_page
from pipelines.extraction.memory.site import Lesson, Reading, SiteMemory
from pipelines.items import Page

TOWNS = "青河镇 柳林镇 白沙县 东岗村 石桥镇 云溪县 北滩乡 金坪镇 南湾区 竹山县 长洲岛 望江镇 榆树沟".split()
WORKS = "水库 灯塔 书院 渡口 茶园 砖窑 戏台 粮仓 铁桥 苗圃 磨坊 码头 祠堂 盐场 邮局 钟楼 果园".split()
FOLK = "林秀兰 周大川 何知远 许春生 马文静 宋立夏 唐小满 罗北辰 曹云起 顾长河 方念慈".split()
GOODS = "桐油 苇席 豆腐 蓝布 山核桃 纸伞 麦芽糖 腊鱼 竹笛 陶罐 草帽 棉线 铜锁 米酒".split()
PAPERS = "青河日报 江湾晚报 云岭新闻 海塘周刊 平原时报".split()
MONTHS = "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月".split()
PATTERNS = (
    "{town}的{work}在{month}里重新开放，最先走进来的是{folk}，他说自己小时候常跟着大人到这里卖{good}，一坐就是一个下午。",
    "管理{work}的人介绍，为了这一天，{town}前后准备了{number}个工作日，光是从河边运来的木料就装满了一整条船。",
    "“我没有想到还能看见它亮灯。”{folk}站在{work}门前对记者说，她手里提着刚买的{good}，身后的队伍一直排到街口。",
    "也有人担心，{month}以后游客多了，{town}窄窄的巷子会走不开；镇上答应在{work}旁边另开一条路，{number}天之内动工。",
    "按照{town}的打算，{work}二楼将留给会做{good}的手艺人，{folk}已经报了名，他的徒弟也从外地赶了回来。",
    "学者{folk}认为，{work}最要紧的不是样子，而是{town}的人还用得着它，{month}的集市和{good}都离不开那块空地。",
    "到了傍晚，{work}的影子落在水面上，卖{good}的摊子收得很慢，{town}的广播里念着第{number}号通知，没有人急着走。",
    "{month}的账目显示，{town}为{work}花去的钱比去年少了两成，{folk}把省下来的部分记在一本写着{number}的簿子上。",
)


@dataclass(frozen=True, slots=True)
class Story:
    """What one page prints."""

    number: int
    title: str
    paragraphs: tuple[str, ...]
    date: str
    source: str
    author: str
    tags: tuple[str, ...]


def story(number: int, size: int = 6) -> Story:
    """The story of that number; no two have a title or a paragraph in common."""

    def words(place: int) -> dict[str, object]:
        return {
            "town": TOWNS[number % len(TOWNS)],
            "work": WORKS[(number // 2 + place) % len(WORKS)],
            "folk": FOLK[(number + 3 * place) % len(FOLK)],
            "good": GOODS[(number * 5 + place) % len(GOODS)],
            "month": MONTHS[(number + place) % len(MONTHS)],
            "number": 100 + number * 7 + place,
        }

    first = words(0)
    title = f"{first['town']}{first['work']}{first['month']}重开 {first['folk']}卖{first['good']}"
    paragraphs = (PATTERNS[(number + place) % len(PATTERNS)].format(**words(place)) for place in range(size))
    date = f"2026-{1 + number % 9:02}-{1 + number % 28:02} {6 + number % 15:02}:{number * 7 % 60:02}"
    tags = (str(first["town"]), str(first["work"]), str(first["good"]))
    return Story(number, title, tuple(paragraphs), date, PAPERS[number % len(PAPERS)], FOLK[number % len(FOLK)], tags)


@dataclass(frozen=True, slots=True)
class Extra:
    """What a page prints beside its story, in its text's container. `before`, `after`: lines of HTML."""

    before: str = ""
    middle: str = ""
    after: str = ""


def _document(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}_河网</title></head>\n'
        f"<body>{body}</body></html>"
    )


def _links(numbers: Iterable[int], form: str = '<li><a href="/a/{n}.html">{title}</a></li>') -> str:
    return "".join(form.format(n=n, title=story(n).title) for n in numbers)


def _flow(of: Story, extra: Extra) -> str:
    lines = [f"<p>{text}</p>" for text in of.paragraphs]
    half = len(lines) // 2
    return "\n".join([extra.before, *lines[:half], extra.middle, *lines[half:], extra.after])


def portal(of: Story, extra: Extra = Extra()) -> str:
    """A portal: crumbs, byline, named container with the number in a class, tags, notice, related, hot list."""
    hot = _links(range(900, 908), '<li><em>{n}</em><a href="/a/{n}.html">{title}</a></li>')
    return _document(
        of.title,
        '<div class="topnav"><a href="/">首页</a><a href="/c/">城乡</a><a href="/s/">手艺</a></div>'
        '<div class="wrap"><div class="crumb"><a href="/">首页</a> &gt; <a href="/c/">城乡</a> &gt; 正文</div>'
        f'<div class="main"><h1 class="headline">{of.title}</h1>'
        f'<div class="info"><span>{of.date}</span><span>来源：{of.source}</span><span>作者：{of.author}</span></div>'
        f'<div class="article c{of.number}" id="artibody">\n{_flow(of, extra)}\n</div>'
        f'<div class="keys">标签：{"".join(f"<a href=/t/{t}>{t}</a> " for t in of.tags)}</div>'
        '<div class="notice">版权声明：河网原创内容，未经书面许可不得转载。</div>'
        f'<div class="more"><h3>相关阅读</h3><ul>{_links(range(of.number + 300, of.number + 304))}</ul></div></div>'
        f'<div class="side"><h3>热点排行</h3><ol class="hot">{hot}</ol></div></div>'
        '<div class="foot">关于我们 | 联系方式 | Copyright © 2026 河网</div>',
    )


def blog(of: Story, extra: Extra = Extra()) -> str:
    """A blog system: article element, id with the post's number, latest posts beside it."""
    return _document(
        of.title,
        '<header class="site"><a href="/">首页</a><a href="/about">关于</a></header><main>'
        f'<article id="post-{of.number}" class="post-{of.number} post"><header><h1 class="entry-title">{of.title}</h1>'
        f'<div class="entry-meta">{of.date} 来源：{of.source}</div></header>'
        f'<div class="entry-content">\n{_flow(of, extra)}\n</div>'
        f'<footer class="entry-tags">标签：{"".join(f"<a rel=tag href=/t/{t}>{t}</a> " for t in of.tags)}</footer>'
        '</article></main><aside class="widget"><h2>最新文章</h2>'
        f"<ul>{_links(range(800, 806))}</ul></aside>"
        "<footer>© 2026 河网，保留所有权利</footer>",
    )


def table(of: Story, extra: Extra = Extra()) -> str:
    """An old site of tables: no name on the way to the text but that of the table."""
    return _document(
        of.title,
        '<table class="top"><tr><td><a href="/">首页</a> <a href="/c/">城乡</a></td></tr></table>'
        f'<table class="text"><tr><td><h2>{of.title}</h2></td></tr>'
        f"<tr><td>{of.date} 来源：{of.source}</td></tr><tr><td>\n{_flow(of, extra)}\n</td></tr></table>"
        '<table class="rel"><tr><td><b>相关新闻</b>'
        f"<ul>{_links(range(of.number + 500, of.number + 503))}</ul></td></tr></table>"
        '<table class="bottom"><tr><td>Copyright © 2026 河网</td></tr></table>',
    )


def error_page(number: int) -> str:
    """An error page with a little text that does not say what it is: it comes out as an article."""
    return _document(
        "服务器开小差了",
        '<div class="err"><h1>服务器开小差了</h1>'
        "<p>当前参与的读者太多，请您稍等片刻再试一次，或者回到网站的主页，看一看编辑们为您挑选的其他栏目和精彩专题。</p>"
        f'<p>错误编号：{number}</p><p><a href="/">返回首页</a></p></div>',
    )


def list_page(number: int) -> str:
    """A list page."""
    return _document(
        "城乡新闻列表", f'<div class="wrap"><ul class="list">{_links(range(number * 30, number * 30 + 30))}</ul></div>'
    )


Template = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Family:
    """A site of one template. `extra`: what a page of a number prints in its container."""

    template: Template = portal
    site: str = "river.example"
    extra: Callable[[int], Extra] = field(default=lambda number: Extra())

    def html(self, number: int, size: int = 6) -> str:
        """The page of a story."""
        return self.template(story(number, size), self.extra(number))

    def page(self, number: int, size: int = 6) -> Page:
        """The same as it came from the site."""
        return saved(self.html(number, size), f"n{number:03}", self.site)


def saved(html: str, page_id: str, site: str = "river.example") -> Page:
    """A page of a site."""
    return Page(html.encode(), url=f"https://{site}/a-story-of-the-river-{page_id}.html", id=page_id, site=site)


def read(page: Page, memory: SiteMemory | None = None) -> Reading:
    """A page taken apart with a memory (an empty one unless given)."""
    return read_page(page, None, memory or SiteMemory(page.site or ""))


def lesson(page: Page, memory: SiteMemory | None = None) -> Lesson:
    """What a page teaches."""
    found = read(page, memory).lesson
    assert found is not None
    return found


def learned(pages: Iterable[Page]) -> SiteMemory:
    """The memory of a site after these pages, each taken apart the full way."""
    pages = list(pages)
    memory = SiteMemory(pages[0].site or "")
    memory.fold(map(lesson, pages))
    return memory


def text_of(of: Story) -> str:
    """What the article's text must be."""
    return "\n".join(of.paragraphs)
