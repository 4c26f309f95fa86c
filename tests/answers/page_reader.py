"""Reading a page as a browser would, to see what it would run, load, and show."""

from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "input"}
LOADING = {"src", "href", "srcset", "action", "data", "poster", "formaction", "xlink:href"}


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags = []
        self.attributes = []
        self.text = []
        self.open = []
        self.titles = {}
        self.rows = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        opened = self.open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)
            if ("td" in self.open or "th" in self.open) and self.rows[-1]:
                self.rows[-1][-1] += data

    @property
    def words(self):
        return " ".join("".join(self.text).split())


def harmless(html):
    """The page, after checking that it runs nothing, loads nothing, and is well formed."""
    page = Page(html)
    assert not page.open, f"left open: {page.open}"
    assert not set(page.tags) & {"script", "iframe", "object", "embed", "img", "link", "form"}
    for name, value in page.attributes:
        assert not name.startswith("on"), (name, value)
        assert name not in LOADING, (name, value)
    policy = dict(page.attributes).get("content")
    assert policy is not None
    assert "default-src 'none'" in html
    return page
