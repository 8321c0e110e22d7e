"""A hostile attachment costs one result, and bounded processor time, in a process of its own."""

import resource

import pytest

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.local import LocalReader
from mailconnect.attachments.result import AttachmentText, Unreadable
from tests.attachments.documents import docx, paragraph
from tests.attachments.hostile import ALL, MAIL, cut_everywhere
from tests.attachments.in_process import InProcessReader

pytestmark = [pytest.mark.anyio, pytest.mark.process]

_MAX_CPU = 10.0
"""Seconds: the hard limit of the child. On a quiet machine nothing here needs half of it."""


def children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


LONG = {"zip bomb of many members", "million shared strings", "endless operators", "million empty cells"}
"""They take half the time of all: make fuzz reads all, make test those that are as bad and smaller."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.fuzz) if name in LONG else name for name in ALL])
async def test_a_hostile_attachment_costs_one_bounded_result(name: str) -> None:
    data = ALL[name]()
    before = children_cpu()
    result = await LocalReader().read(data, "message/rfc822" if name in MAIL else "", "")
    assert children_cpu() - before < _MAX_CPU
    assert isinstance(result, AttachmentText | Unreadable)
    if isinstance(result, AttachmentText):
        assert len(result.text) <= Bounds().characters
        assert "root:" not in result.text
    else:
        assert not result.retry


@pytest.mark.parametrize("name", ["billion laughs", "quadratic blowup", "external entity", "external DTD"])
async def test_a_document_type_is_refused_before_anything_of_it_is_followed(name: str) -> None:
    assert await InProcessReader().read(ALL[name](), "", "") == Unreadable(
        "This Word document has a document type in its XML, which no office program writes."
    )


@pytest.mark.parametrize("name", ["zip bomb", "one long attribute"])
async def test_a_bomb_is_said_to_grow(name: str) -> None:
    assert await InProcessReader().read(ALL[name](), "", "") == Unreadable(
        "This Word document grows past what is allowed when it is unpacked."
    )


async def test_names_that_leave_the_archive_lead_nowhere() -> None:
    read = await InProcessReader().read(ALL["members that leave the folder"](), "", "")
    assert isinstance(read, AttachmentText)
    assert read.text == "inside\n\n"
    outside = await InProcessReader().read(ALL["a relationship that leaves the archive"](), "", "")
    assert isinstance(outside, Unreadable)


async def test_office_files_that_are_cut_anywhere_are_damaged() -> None:
    for data in cut_everywhere():
        assert isinstance(await InProcessReader().read(data, "", ""), Unreadable)


async def test_text_that_takes_no_end_of_elements_is_refused() -> None:
    bounds = Bounds(elements=1_000)
    many = docx("".join(paragraph("x") for _ in range(1_000)))
    assert isinstance(await InProcessReader(bounds).read(many, "", ""), Unreadable)
