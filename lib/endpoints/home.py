from starlette.routing import Route

from lib.endpoints.pages import Pages


def routes(pages: Pages) -> list[Route]:
    return []
