"""Pages in the shape of real ones, written for these tests."""

from lxml.html import HtmlElement

from pipelines.extraction.dom import parse
from pipelines.items import Page


def root(html: str) -> HtmlElement:
    return parse(Page(html.encode())).root


NAV = """<div class="top"><a href="/">首页</a><a href="/china/">国内</a><a href="/world/">国际</a>
<a href="/about.html">关于我们</a><a href="http://other.example/ad/2026/0621/12345678.html">特惠商品今日大促销速来抢购吧</a></div>"""
FOOT = """<footer><a href="/help/10086.html">本网站法律声明及隐私保护条款说明</a>
<a href="/app.apk">客户端下载</a></footer>"""

PORTAL = f"""<html><body>{NAV}
<ul class="x1">
<li><a href="/c/2026-06-21/doc-iab1000001.shtml">北方多地迎来入夏以来最强降雨过程</a> <span>06-21 12:30</span></li>
<li><a href="/c/2026-06-21/doc-iab1000002.shtml">城市地铁新线路今日正式开通运营啦</a> <span>06-21 11:05</span></li>
<li><a href="/c/2026-06-20/doc-iab1000003.shtml">乡村图书馆里的暑假和一群孩子们</a> <span>06-20 09:00</span></li>
</ul>
<div class="pages"><a href="/china/index.html">1</a><a href="/china/index_2.html">2</a>
<a href="/china/index_3.html">3</a><a href="/china/index_2.html">下一页</a></div>{FOOT}</body></html>"""

CARDS = f"""<html><body>{NAV}
<div class="card"><a href="/item/1041/"><img src="a.jpg" alt="图"></a><h3>老厂房改造成了社区博物馆和剧场</h3>
<p>一段摘要，说的是厂房的事。</p><time datetime="2026-06-21T08:00:00+08:00">今天</time>
<a href="/item/1041/">[详细]</a></div>
<div class="card"><a href="/item/1042/"><img src="b.jpg"></a><h3>海边小镇的夜间经济怎么做起来的</h3>
<p>又一段摘要，说的是小镇。</p><a href="/item/1042/">阅读全文</a></div>
<div class="card"><a href="/item/1043/"><img src="c.jpg"></a><h3>一座桥连起两个村庄的百年往来史</h3>
<p>第三段摘要，说的是桥梁。</p><a href="/item/1043/">[详细]</a></div>{FOOT}</body></html>"""

ENGLISH = """<html><body><nav><a href="/politics/">Politics</a><a href="/sport/">Sport</a>
<a href="/politics/why-the-council-moved-its-meeting/">Featured: Why the council moved its meeting</a></nav><main>
<article><h2><a href="/politics/council-votes-to-reopen-old-harbour/">Council votes to reopen old harbour</a></h2>
<span>June 21, 2026</span></article>
<article><h2><a href="/sport/late-goal-sends-town-into-the-final/">Late goal sends town into the final</a></h2>
<span>2 hours ago</span></article>
<article><h2><a href="/world/drought-leaves-farmers-waiting-for-rain/">Drought leaves farmers waiting for rain</a></h2>
<span>3 days ago</span></article>
</main><a rel="next" href="/page/2/">Older posts</a><a href="/tag/harbour/">harbour</a>
<a href="/login/">Sign in</a></body></html>"""

RELATED = "".join(
    f'<li><a href="/c/2026-06-2{n}/doc-iab200000{n}.shtml">相关报道之第{n}篇的标题写在这个地方</a></li>'
    for n in range(1, 10)
)
PARAGRAPH = "<p>这是正文的一段话，说明事情的经过，讲清楚人物和地点，也交代了前因后果。</p>"
ARTICLE = f"""<html><body>{NAV}<h1>乡村图书馆里的暑假</h1><div class="body">{PARAGRAPH * 8}</div>
<ul>{RELATED}</ul>
{FOOT}</body></html>"""
