import asyncio

import pytest

from mailconnect.deadline import Deadline

pytestmark = pytest.mark.anyio


class TooLate(Exception):
    pass


async def ever() -> None:
    await asyncio.Event().wait()


async def cleared_up() -> None:
    try:
        await ever()
    except asyncio.CancelledError:
        raise KeyError from None


async def test_what_is_in_time_goes_on_and_is_not_cancelled_later():
    with Deadline(0, TooLate):
        pass
    await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_is_late_is_cancelled_and_its_task_lives_on():
    with pytest.raises(TooLate) as caught, Deadline(0, TooLate):
        await ever()
    assert caught.value.__suppress_context__
    await asyncio.sleep(0)


async def test_an_error_of_what_is_inside_stays_what_it_is():
    with pytest.raises(KeyError), Deadline(0, TooLate):
        raise KeyError
    with pytest.raises(KeyError), Deadline(0, TooLate):
        await cleared_up()


async def test_of_two_deadlines_the_one_that_ends_tells():
    with pytest.raises(TooLate), Deadline(60, KeyError), Deadline(0, TooLate):
        await ever()
    with pytest.raises(TooLate), Deadline(0, TooLate), Deadline(60, KeyError):
        await ever()


async def test_two_that_end_at_once_leave_nothing_cancelled():
    with pytest.raises((TooLate, KeyError)), Deadline(0, TooLate), Deadline(0, KeyError):
        await ever()
    await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@pytest.mark.parametrize("seconds", [60, 0])
async def test_a_task_that_another_cancels_is_cancelled_though_its_time_was_over_too(seconds):
    begun = asyncio.Event()

    async def bounded() -> None:
        with Deadline(seconds, TooLate):
            begun.set()
            await ever()

    task = asyncio.create_task(bounded())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_outside_of_a_task_there_is_nothing_to_cancel():
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        told = loop.create_future()

        def enter() -> None:
            with pytest.raises(RuntimeError), Deadline(0, TooLate):
                pass
            told.set_result(True)

        loop.call_soon(enter)
        assert loop.run_until_complete(told)
