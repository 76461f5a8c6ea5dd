"""Scrapy over the same addresses; runs in .bench/venv-scrapy. usage: scrapy_crawl.py URLS.txt

Prints how many pages came. Concurrency as the others; robots.txt asked as ours does; bodies kept.
"""

import sys
from pathlib import Path

import scrapy
from scrapy.crawler import CrawlerProcess

URLS = Path(sys.argv[1]).read_text().split()
KEPT: list[bytes] = []


class Pages(scrapy.Spider):
    """Every address once."""

    name = "pages"
    start_urls = URLS

    def parse(self, response):
        """Keep the body."""
        KEPT.append(response.body)


process = CrawlerProcess(
    {
        "LOG_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": 100,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "DOWNLOAD_DELAY": 0,
        "RETRY_ENABLED": True,
    }
)
process.crawl(Pages)
process.start()
print(len(KEPT))
assert len(KEPT) == len(URLS), len(KEPT)
