"""The summary page: `page` fills in page.html, `results` is one table, `traced` numbers that name their source."""
