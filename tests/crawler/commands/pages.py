"""Pages in the shape of real ones, written for the tests of the commands."""

from __future__ import annotations

SENTENCES = (
    "市交通委昨天公布了三条新地铁线路的站点安排，其中两条将在明年年底前通车，沿线居民的出行时间预计缩短四成。",
    "负责人介绍，施工期间将分段封闭道路，每段封闭不超过六十天，公交线路同步调整，站牌旁会提前两周贴出通知。",
    "记者在现场看到，工人们正在安装围挡，附近商户表示，希望工程能按期完成，也愿意在封闭期间配合改道安排。",
    "按照计划，新线路开通后票价保持不变，换乘时间由原来的八分钟减少到三分钟，早晚高峰的发车间隔为两分半钟。",
)
TITLE = "三条新地铁线路明年通车"


def article(title: str = TITLE, sentences: tuple[str, ...] = SENTENCES, head: str = "") -> str:
    """An article page with navigation, byline, notice and a related list."""
    body = "".join(f"<p>{sentence}</p>\n" for sentence in sentences)
    return f"""<!DOCTYPE html><html lang="zh"><head>{head}<title>{title}_城市新闻网</title></head><body>
<div class="nav"><a href="/">首页</a> <a href="/news/">新闻</a> <a href="/city/">城市</a></div>
<h1>{title}</h1>
<div class="info">2026-06-21 12:30 来源：城市日报 作者：李明</div>
<div class="content">{body}</div>
<div class="copyright">版权声明：未经授权，不得转载。</div>
<div class="related"><h3>相关新闻</h3><ul>
<li><a href="/news/2.html">公交线路下月起调整</a></li><li><a href="/news/3.html">老城区停车新规公布</a></li>
</ul></div>
<div class="footer">Copyright © 2026 城市新闻网</div></body></html>"""


def list_page() -> str:
    """A list page: links with dates, no text."""
    rows = "".join(
        f'<li><a href="/news/{n}.html">城市新闻第{n}条的标题文字</a> <span>06-{n:02}</span></li>' for n in range(1, 31)
    )
    return f"""<!DOCTYPE html><html lang="zh"><head><title>城市新闻列表</title></head><body>
<div class="nav"><a href="/">首页</a> <a href="/news/">新闻</a></div>
<ul class="list">{rows}</ul><div class="page"><a href="?p=2">下一页</a></div></body></html>"""


def dump() -> str:
    """An article page flattened to text, as earlier scrapers left it."""
    lines = (TITLE, "2026-06-21 12:30 来源：城市日报", *SENTENCES, "版权声明：未经授权，不得转载。")
    return "\n".join(lines)
