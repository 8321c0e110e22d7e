import asyncio
import threading

import pytest

from mailconnect.render.beside import Rendering

pytestmark = pytest.mark.anyio


async def test_all_work_is_done_by_one_thread_in_its_turn():
    rendering, done = Rendering(), []

    def work(number: int) -> None:
        done.append((number, threading.current_thread().name))

    await asyncio.gather(*(rendering.run(lambda number=number: work(number)) for number in range(20)))
    assert [number for number, _ in done] == list(range(20))
    assert len({name for _, name in done}) == 1
    assert done[0][1] != threading.main_thread().name


async def test_an_exception_of_the_work_reaches_its_caller():
    with pytest.raises(ZeroDivisionError):
        await Rendering().run(lambda: 1 // 0)


async def test_work_of_a_cancelled_call_is_left_out():
    rendering, may_end, done = Rendering(), threading.Event(), []
    first = asyncio.create_task(rendering.run(may_end.wait))
    second = asyncio.create_task(rendering.run(lambda: done.append("second")))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    may_end.set()
    assert await first
    await rendering.run(lambda: done.append("third"))
    assert done == ["third"]


async def test_so_many_readings_are_under_way_and_the_next_one_waits():
    rendering, entered = Rendering(at_once=2), []
    may_end = asyncio.Event()

    async def reading(number: int) -> None:
        async with rendering.place():
            entered.append(number)
            await may_end.wait()

    tasks = [asyncio.create_task(reading(number)) for number in range(3)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert entered == [0, 1]
    may_end.set()
    await asyncio.gather(*tasks)
    assert entered == [0, 1, 2]
