import datetime as dt
import zipfile
from pathlib import Path

import pytest

from pipelines.errors import ProfileError, UsageError
from pipelines.profiles import access, load_profile, profile_names, read_profile

FULL = """
name = "news"
start_urls = ["http://news.example/", "https://news.example/china/"]
feeds = ["http://news.example/feed.xml"]
sitemaps = ["http://news.example/sitemap.xml"]
allowed_domains = ["news.example"]
article_urls = ['/c/\\d{4}-\\d\\d-\\d\\d/doc-']
list_urls = ['/list_\\d+']
timezone = "Asia/Shanghai"
delay = 0.5
headers = { Accept-Language = "zh" }
max_pages = 20
schedule = "*/15 6-22 1,15 jan-mar mon-fri"
headers_env = { Authorization = "NEWS_TOKEN" }
cookies = { consent = "yes" }
cookies_env = { session = "NEWS_SESSION" }
proxy_env = "NEWS_PROXY"
since = 2026-01-01
valid_until = 2026-06-21
[selectors]
title = "h1.title"
body = "//div[@id='body']"
published = "./span[1]"
source = "(//a)[2]"
"""


def test_every_key() -> None:
    profile = read_profile(FULL, "news.toml")
    assert profile.start_urls == ("http://news.example/", "https://news.example/china/")
    assert (profile.delay, profile.max_pages, profile.timezone) == (0.5, 20, "Asia/Shanghai")
    assert profile.valid_until == dt.date(2026, 6, 21)
    assert profile.selectors.title == "h1.title"
    assert profile.selectors.authors is None
    assert profile.is_article("http://news.example/c/2026-06-21/doc-1.shtml")
    assert not profile.is_article("http://news.example/c/")
    assert profile.is_list("http://news.example/list_2.html")


def test_nothing_is_required_and_the_file_names_the_profile() -> None:
    profile = read_profile("", "small.toml")
    assert (profile.name, profile.start_urls) == ("small", ())
    assert not profile.is_article("http://news.example/")


@pytest.mark.parametrize(
    ("line", "key", "fault"),
    [
        ('start_url = ["http://x.example/"]', "start_url", "unknown key"),
        ('rules = [{label = "title", selector = "h1"}]', "rules.0.label", "no rule gives this label"),
        ('rules = [{label = "notice", selector = "h1"}]', "rules.0.label", "body"),
        ('rules = [{label = "body"}]', "rules.0", "selector, text: one of the two must be there"),
        ('rules = [{label = "body", selector = "p["}]', "rules.0.selector", "neither XPath nor CSS"),
        ('rules = [{label = "body", text = ""}]', "rules.0.text", "at least 1"),
        ('rules = [{label = "body", css = "p"}]', "rules.0.css", "rules.selector"),
        ('start_urls = ["file:///etc/hostname"]', "start_urls.0", "not an http or https URL"),
        ('start_urls = "http://x.example/"', "start_urls", "tuple"),
        ("article_urls = ['(']", "article_urls.0", "not a regular expression"),
        ('timezone = "Mars/Olympus"', "timezone", "not a time zone"),
        ("delay = -1", "delay", "greater than or equal to 0"),
        ('schedule = "hourly"', "schedule", "five fields"),
        ('schedule = "61 * * * *"', "schedule", "minute '61' (numbers are 0 to 59)"),
        ('schedule = "0 8-6 * * *"', "schedule", "hour '8-6'"),
        ('schedule = "*/0 * * * *"', "schedule", "minute '*/0'"),
        ('proxy = "http://me:word@proxy.example:3128"', "proxy", "secret"),
        ('proxy = "socks5://proxy.example"', "proxy", "not an http"),
        ('proxy = "http://a.example"\nproxy_env = "P"', "profile", "one of the two"),
        ('headers = { authorization = "Bearer x" }', "profile", "headers.authorization is secret"),
        ('headers = { "X y" = "1" }', "headers.X y.[key]", "not the name of a header"),
        ('headers = { X = "1\\nY: 2" }', "headers.X", "control character"),
        ('cookies_env = { id = "no name" }', "cookies_env.id", "not the name of an environment variable"),
        ('since = "lately"', "since", "date"),
        ("max_pages = 0", "max_pages", "greater than or equal to 1"),
        ('valid_until = "soon"', "valid_until", "date"),
        ("[selectors]\ntitle = '//['", "selectors.title", "neither XPath nor CSS"),
        ("[selectors]\nbody = 'div[['", "selectors.body", "neither XPath nor CSS"),
        ("[selectors]\nheadline = 'h1'", "selectors.headline", "unknown key"),
    ],
)
def test_faults_name_file_and_key(line: str, key: str, fault: str) -> None:
    with pytest.raises(ProfileError) as caught:
        read_profile(f'name = "x"\n{line}\n', "x.toml")
    text = str(caught.value)
    assert text.startswith(f"x.toml: {key}: ")
    assert fault in text
    assert "\n" not in text


def test_secrets_come_from_the_environment_and_are_not_shown() -> None:
    profile = read_profile(FULL, "news.toml")
    environ = {"NEWS_TOKEN": "Bearer t0ken", "NEWS_SESSION": "s3ssion", "NEWS_PROXY": "http://me:w0rd@127.0.0.1:3128"}
    given = access(profile, environ)
    assert given.headers == {
        "Accept-Language": "zh",
        "Authorization": "Bearer t0ken",
        "Cookie": "consent=yes; session=s3ssion",
    }
    assert given.proxy == environ["NEWS_PROXY"]
    assert not any(secret in repr(given) + repr(profile) for secret in ("t0ken", "s3ssion", "w0rd"))
    with pytest.raises(UsageError, match=r"news\.toml: proxy_env: the environment variable NEWS_PROXY is not set"):
        access(profile, {**environ, "NEWS_PROXY": ""})
    with pytest.raises(UsageError, match="control character"):
        access(profile, {**environ, "NEWS_TOKEN": "a\r\nb: c"})


@pytest.mark.parametrize("line", ["@daily", "0 0 * * *", "5,35 */2 * * 0,7", "0-59/10 8 31 dec sun"])
def test_times_of_cron(line: str) -> None:
    assert read_profile(f'schedule = "{line}"', "x.toml").schedule == line


def test_broken_toml_names_the_file() -> None:
    with pytest.raises(ProfileError, match=r"x\.toml is not TOML"):
        read_profile("name = ", "x.toml")
    with pytest.raises(ProfileError, match="name"):
        read_profile("name = '../x'", "x.toml")


def test_profiles_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "news.toml").write_text(FULL, "utf-8")
    (tmp_path / "wrong.toml").write_text('name = "other"', "utf-8")
    (tmp_path / "README.md").write_text("no profile", "utf-8")
    assert profile_names(tmp_path) == ["news", "wrong"]
    assert load_profile(tmp_path, "news").name == "news"
    with pytest.raises(UsageError, match="did you mean news"):
        load_profile(tmp_path, "newz")
    with pytest.raises(UsageError, match=r"known: news, wrong"):
        load_profile(tmp_path, "../../etc/passwd")
    with pytest.raises(ProfileError, match=r"wrong\.toml: name"):
        load_profile(tmp_path, "wrong")


def test_profiles_in_a_zipped_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "egg.zip", "w") as archive:
        archive.writestr("sites/news.toml", FULL)
    with zipfile.ZipFile(tmp_path / "egg.zip") as archive:
        folder = zipfile.Path(archive, "sites/")
        assert profile_names(folder) == ["news"]
        assert load_profile(folder, "news").max_pages == 20
