"""The mail nobody reads twice: newsletters, notices, receipts and list posts, made from bulk.toml by counting."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from mailconnect.sandbox.mail.letter import FOLDER, Letter, path_of
from mailconnect.sandbox.mail.newsletter import newsletter


@cache
def _told() -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / "bulk.toml").read_text("utf-8"))


def bulk_letters() -> Iterator[Letter]:
    told = _told()
    for series in told["series"]:
        yield from _series(series)
    for publication in told["publication"]:
        yield from _publication(publication)
    for group in told["list"]:
        yield from _list(group)


def _series(series: Mapping[str, Any]) -> Iterator[Letter]:
    """`count` letters, `every` days apart, the first `first` days ago; the texts take turns."""
    texts = series["texts"]
    for number in range(series["count"]):
        days = series["first"] + number * series["every"]
        values = {
            "number": series.get("number", 1000) - number,
            "amount": f"{7 + (number * 613) % 190}.{(number * 37) % 100:02}",
            "turn": texts[number % len(texts)],
        }
        yield Letter(
            key=f"{series['key']}-{number:02}",
            at=f"{days}d {5 + (number * 7) % 17:02}:{(number * 13) % 60:02}",
            from_=series["from"],
            subject=_put(series["subject"], values),
            text=_put(series["text"], values),
            unread=number < series.get("unread", 0),
            keywords=tuple(series.get("keywords", ())),
            headers=series.get("headers", {}),
            attach=tuple(_attachment(item, values) for item in series.get("attach", ())),
            folders={"alice": (path_of(series["in"]),)},
        )


def _publication(told: Mapping[str, Any]) -> Iterator[Letter]:
    """A newsletter of `stories` stories an issue, as HTML with a stub of plain text."""
    for number in range(told["count"]):
        issue = told["issue"] - number
        key = f"{told['key']}-{issue}"
        turned = [*told["stories"][number % len(told["stories"]) :], *told["stories"][: number % len(told["stories"])]]
        host = told["host"]
        yield Letter(
            key=key,
            at=f"{told['first'] + number * told['every']}d 06:{(number * 11) % 60:02}",
            from_=told["from"],
            subject=f"{turned[0]['title']} · {told['name']} {issue}",
            text=f"{told['name']} {issue}\n\nYour mail program cannot show this message.\n",
            html=newsletter(told["name"], issue, turned, host, blocks=told["blocks"][number % len(told["blocks"])]),
            unread=number < told.get("unread", 0),
            headers={
                "List-Id": f"{told['name']} <news.{host}>",
                "List-Unsubscribe": f"<https://{host}/u/{key}>, <mailto:unsubscribe@{host}?subject={key}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Precedence": "bulk",
            },
            folders={"alice": (path_of(told["in"]),)},
        )


def _list(told: Mapping[str, Any]) -> Iterator[Letter]:
    """Threads of a mailing list: each topic is a question and its answers, quoted below."""
    address = told["address"]
    headers = {
        "List-Id": f"{told['name']} <{address.replace('@', '.')}>",
        "List-Post": f"<mailto:{address}>",
        "List-Help": f"<mailto:{address.replace('@', '-request@')}?subject=help>",
        "List-Archive": f"<https://lists.{address.partition('@')[2]}/archive/>",
        "List-Unsubscribe": f"<mailto:{address.replace('@', '-leave@')}>",
    }
    for index, topic in enumerate(told["topics"]):
        parent, days = "", told["first"] + index * told["every"]
        for number, (who, text) in enumerate(topic["posts"]):
            key = f"{told['key']}-{index:02}-{number}"
            yield Letter(
                key=key,
                at=f"{days - number // 3}d {8 + (number % 3) * 4:02}:{index * 7 % 60:02}",
                from_=who,
                to=(f"{told['name']} <{address}>",),
                subject=f"{'Re: ' if number else ''}[{told['tag']}] {topic['subject']}",
                text=text + "\n",
                answers=parent,
                quote="below" if number else "",
                headers=headers,
                unread=index == 0,
                folders={"alice": (path_of(told["in"]),)},
            )
            parent = key


def _attachment(item: Mapping[str, Any], values: Mapping[str, object]) -> Mapping[str, Any]:
    return {
        name: [_put(line, values) for line in value] if isinstance(value, list) else _put(value, values)
        for name, value in item.items()
    }


def _put(text: str, values: Mapping[str, object]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", str(value))
    return text
