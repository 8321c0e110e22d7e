"""Downloads (RFC 8620 §6.2): a message or one of its parts, by the session's downloadUrl."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from mailconnect.sandbox.forward import Forward
from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import problem
from mailconnect.sandbox.jmap.session import account_id
from mailconnect.sandbox.oauth.bearer import Unauthorized, access, unauthorized
from mailconnect.sandbox.oauth.scopes import MAIL
from mailconnect.sandbox.provider import Provider

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")


class Download:
    def __init__(self, provider: Provider, forward: Forward | None) -> None:
        self._provider = provider
        self._forward = forward

    async def __call__(self, request: Request) -> Response:
        try:
            held = access(self._provider, request)
        except Unauthorized as error:
            return unauthorized(self._provider.settings, str(error))
        account, blob, name = (request.path_params[variable] for variable in ("account", "blob", "name"))
        kind = request.query_params.get("type", "")
        if self._forward is not None:
            return await self._forward.download(held, account=account, blob=blob, name=name, kind=kind)
        if not _MEDIA_TYPE.fullmatch(kind):
            return problem("invalidArguments", 400, detail="type is a media type")
        for each in held.owner.accounts:
            if account_id(each, self._provider.switches) == account and not each.bare and MAIL in held.capabilities:
                call = Call(self._provider, held, each, account, {})
                data = call.store.blob(blob, call.visible().values())
                if data is not None:
                    return Response(data, headers=_headers(name, kind))
        return problem("notFound", 404, detail="there is no such blob")


def _headers(name: str, kind: str) -> dict[str, str]:
    plain = re.sub(r"[^ -!#-\[\]-~]", "_", name)
    return {
        "content-type": kind,
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, immutable, max-age=31536000",
    }
