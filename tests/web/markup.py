"""What a browser would make of a page."""

from __future__ import annotations

from html.parser import HTMLParser


class Elements(HTMLParser):
    """Elements of a page that could do something that nobody of ours wrote."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.harmful: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note scripts and styles that stand in the page, pictures, frames, and attributes that run or style."""
        named = dict(attrs)
        if tag in {"img", "iframe", "object", "embed", "style", "base"}:
            self.harmful.append(tag)
        if tag == "script" and not (named.get("src") or "").startswith("/static/"):
            self.harmful.append(tag)
        self.harmful += [f"{tag} {name}" for name in named if name.startswith("on") or name == "style"]
