"""Every component and number of the project, grouped. Data only: each is explained in its component's docstring.

Change one for a run with `-s NAME=VALUE`.
"""

# --- The project ---
BOT_NAME = "newswinnow"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"

# --- Where state lies ---
OUTPUT_DIR = "output"  # folder of the store, feeds, reports
MEMORY_DIR = ""  # folder of what is known of sites; empty: memory under OUTPUT_DIR
MEMORY_KEEPER = "crawler.memories.shared"  # where it is kept instead, if anywhere: in the store on PostgreSQL
STORE_URL = ""  # SQLAlchemy database URL; empty: sqlite in OUTPUT_DIR/articles.db
STORE_BATCH_SIZE = 100  # outcomes of URLs in one transaction, at most
STORE_BATCH_SECONDS = 0.2  # seconds that an outcome waits for its transaction, at most
STORE_PATIENCE = 120.0  # seconds that the store may be away before a crawl ends unfinished
SCHEDULER = "crawler.frontier.scheduler.FrontierScheduler"  # on the store: a crawl may be killed at any moment
DOWNLOADER = "crawler.frontier.downloader.StoppableDownloader"
MAX_WAIT = 600.0  # seconds: when all that is left must wait longer than this, a crawl ends unfinished

# --- Who asks, and how politely ---
USER_AGENT = "newswinnow/0.1 (news reader; set USER_AGENT to your name and address)"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "newswinnow"
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.archive.ArchiveMiddleware": 50,  # it sees what the spider gets
    "crawler.middlewares.browser.BrowserMiddleware": 60,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.access.AccessMiddleware": 90,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "crawler.middlewares.refresh.RefreshMiddleware": 580,
    "crawler.middlewares.setbacks.SetbackMiddleware": 560,  # sees what is left after redirects
}
DOWNLOAD_DELAY = 1.0  # seconds between two requests to one host, give or take half
CONCURRENT_REQUESTS = 16  # over all hosts
CONCURRENT_REQUESTS_PER_DOMAIN = (
    4  # under way at once on one host; counts where DOWNLOAD_DELAY is 0 or answers are slow
)
CRAWL_DELAY_MAX = 30.0  # seconds of a robots.txt's Crawl-delay that are kept, at most; news sites ask for 1 to 10
RETRY_AFTER_MAX = 3600.0  # seconds of a Retry-After that are honoured, at most
BACKOFF_FIRST = 2.0  # seconds that a host rests after a failure without Retry-After; doubled with each that follows
BACKOFF_MAX = 600.0  # seconds that it rests, at most
HOST_TRIES = 8  # failures in a row, over about four minutes, after which a host is given up for this round
TRAP_LISTS = 50  # list pages of one pattern in a row without a new article link, after which it is a trap
TRAP_HOST_LISTS = 200  # the same for all list pages of a host
HOST_URLS = 100_000  # new URLs of a host in one round; a day and more at one request a second
DEPTH_LIMIT = 0  # links from a start URL; off: each further page of a list is one deeper
AUTOTHROTTLE_ENABLED = False  # it would raise a delay of 0 too; DOWNLOAD_DELAY is enough for one host in line
COOKIES_ENABLED = False
REFERRER_POLICY = "strict-origin"  # the host only, never path or query, and nothing from https to http

# --- What is fetched, and how much of it ---
DOWNLOAD_HANDLERS = {  # http and https only
    "http": "crawler.browser.handler.BrowsingDownloadHandler",
    "https": "crawler.browser.handler.BrowsingDownloadHandler",
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}
TWISTED_DNS_RESOLVER = "crawler.guard.resolver.GuardedResolver"
ALLOWED_ADDRESSES: list[str] = []  # hosts, addresses, networks that may be asked though they are not public
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024  # bytes, after decompression too; the largest saved page has 2 MB
DOWNLOAD_WARNSIZE = 0  # bytes; off: what is too large is recorded as such
DOWNLOAD_TIMEOUT = 30  # seconds for a whole answer
DOWNLOAD_VERIFY_CERTIFICATES = True
URLLENGTH_LIMIT = 2083  # characters
REDIRECT_MAX_TIMES = 6
METAREFRESH_MAXDELAY = 5  # seconds; a page that reloads itself later than this is a page
RETRY_ENABLED = False  # Scrapy tries again within seconds; here URL and host are deferred in the store
RETRY_TIMES = 3  # after the first try: of 10 % random failures 1 in 10,000 stays
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408, 429]
PART_RETRY_SECONDS = 60.0  # until an article of which a part could not be had is asked again
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the spider records the failure

# --- Pages that have no text without JavaScript (pip install newswinnow[browser]) ---
BROWSER_ENABLED = False
BROWSER_PATH = ""  # the Chromium to start; empty: the one on the PATH, else Playwright's own
BROWSER_TIMEOUT = 45.0  # seconds for a page

# --- What is kept of what was fetched ---
SPIDER_MIDDLEWARES = {
    "crawler.middlewares.archive.ArchivePages": 50,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # spiders yield outcomes; the frontier bounds the depth
}
ARCHIVE_ENABLED = True  # every page that is fetched is kept in archive under OUTPUT_DIR, as WARC
ARCHIVE_FILE_SIZE = 256 * 1024 * 1024  # bytes after which a new file is begun
ARCHIVE_FILE_SECONDS = 3600.0  # seconds after which a new file is begun
ARCHIVE_DAYS = 90.0  # days that a file is kept; 0: for ever

# --- What is asked again ---
RECHECK_INTERVALS = [3600, 21600, 86400, 604800]  # seconds since its first answer after which an article is asked again

# --- What becomes of a page ---
REPRINTS = "pipelines.dedup.reprints.TextReprints"  # tells which articles repeat others; empty: that is not looked at
ITEM_PIPELINES = {
    "pipelines.extraction.pipeline.ExtractionPipeline": 300,
    "pipelines.dedup.pipeline.DedupPipeline": 500,
    "pipelines.store.pipeline.StorePipeline": 800,
}
EXTENSIONS = {
    "crawler.extensions.collector.SpareCollector": 0,
    "crawler.extensions.kept.KeptPages": 500,
    "crawler.extensions.ways.KnownWays": 500,
    "crawler.extensions.report.RunReport": 600,
    "crawler.extensions.progress.CrawlProgress": 600,
    "scrapy.extensions.logstats.LogStats": None,  # CrawlProgress says more
    "scrapy.extensions.feedexport.FeedExporter": None,
    "crawler.feeds.Feeds": 0,
}
MEMORY_ENABLED = True  # pages are taken apart with what is known of their site, and teach it
PROFILES = "crawler.corrections.Profiles"  # by which pages of a site are taken apart: its profile, with corrections
EXTRACTION_WORKERS = 2  # processes that take pages apart
EXTRACTION_TIMEOUT = 20.0  # seconds for one page; then it is given up and its process replaced
EXTRACTION_BESIDE = [  # what these processes reckon of an article, too
    "pipelines.dedup.sketch.sketch_of",
    "pipelines.store.terms.words_of",
]
CONCURRENT_ITEMS = 1  # items of one response in the pipelines: it gives one; Scrapy makes so many tasks for each
FAILED_SHARE = 0.5  # share of pages that could not be fetched, 0..1, above which a command ends with exit code 4
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"

# --- Report and alarms at the end of a crawl ---
REPORT_ENABLED = True  # on stderr, as OUTPUT_DIR/reports/RUN.html, and in the store
REPORTS_KEPT = 200  # of a job; alarms look at up to 50
ALARM_RUNS = 7  # finished runs of the job whose median is the usual
ALARM_YIELD = 0.5  # share of the usual new articles, and of the usual links
ALARM_FIELD = 0.5  # share of the articles that usually have a field
ALARM_DROPPED = 0.2  # rise of the share of pages without an article, over the usual one
ALARM_BOILERPLATE = 0.1  # rise of the share of repeated lines in texts; a page's notice of 50 characters is about that
ALARM_WEBHOOK = ""  # URL that gets each change of alarms as JSON
ALARM_WEBHOOK_ENV = ""  # name of the environment variable with that URL, where it holds a token
ALARM_COMMAND = ""  # command that gets it on its stdin
ALARM_EXIT_CODE = False  # a complete crawl with standing alarms ends with exit code 1

# --- Crawls by the clock (scrapy schedule) ---
SCHEDULE_PARALLEL = 2  # crawls under way at once; each has EXTRACTION_WORKERS processes of its own
SCHEDULE_JITTER = 30.0  # seconds, at most, by which a crawl begins after its time
SCHEDULE_TIMEZONE = "UTC"  # of the schedules of profiles that name no time zone
SCHEDULE_STOP_SECONDS = 30.0  # that a stop waits for the crawls under way; a crawl takes up to 12

# --- Delivery to other stores (scrapy deliver) ---
SINKS: dict[str, dict[str, object]] = {}  # name: options; or a TOML file's name; secrets by environment name only
DELIVERY_TRIES = 4  # in a row, of one sink, before a run without --follow gives it up
DELIVERY_POLL = 2.0  # seconds between two looks into the outbox with --follow
DELIVERY_FIRST_WAIT = 1.0  # seconds after a sink's first failure; doubled after each, up to a minute
OUTBOX_DAYS = 30.0  # days that a record stays in the outbox, delivered or not; 0: for ever

# --- Looking at the store (scrapy browse) ---
BROWSE_PORT = 8086  # on 127.0.0.1
FIXTURES_DIR = "tests/fixtures/sites"  # folder into which pages are saved as tests

# --- Feeds (-O FILE, FEEDS) ---
FEED_EXPORT_ENCODING = "utf-8"
FEED_STORE_EMPTY = True
FEED_EXPORTERS = {"csv": "crawler.feeds.SafeCsvItemExporter"}
FEED_URI_PARAMS = "crawler.feeds.safe_params"  # %(name)s in a path is one step of it

# --- Doors and logs ---
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "INFO"
LOGSTATS_INTERVAL = 60.0  # seconds between two lines on how far a crawl is; a terminal has a bar instead
LOG_FORMATTER = "crawler.logs.SafeLogFormatter"  # no secrets, no control characters, in any line
