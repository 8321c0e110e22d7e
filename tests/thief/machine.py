"""Sequences of requests by clients, owners and a thief, in any order."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.endpoints.visitor import HERE, Button
from tests.endpoints.wire import Client
from tests.thief.connection import LIFETIMES, NEEDED, RUNGS, Connection, rung
from tests.thief.world import CROSS_SITE, OWNERS, Ground, World, code_in

ANY = st.integers(0, 11)
"""The number of something, however many there are."""

OWNER = st.sampled_from(OWNERS)
LOOK = st.sampled_from(RUNGS)
TOOL = st.sampled_from(sorted(NEEDED))


def has(*names: str) -> Any:
    return precondition(lambda machine: all(getattr(machine.world, name) for name in names))


class ThiefMachine(RuleBasedStateMachine):
    """On `ground`, which a test sets."""

    ground: Ground
    world: World

    @initialize()
    def begin(self) -> None:
        self.world = World.begin(self.ground)
        self.sound = True

    def one(self, name: str, number: int) -> Any:
        some = [*getattr(self.world, name)]
        return some[-1 - number % len(some)]

    def do(self, doing: Any) -> Any:
        """And look whether all is as it should be."""
        self.sound = False
        done = self.world.run(doing)
        self.world.check()
        self.sound = True
        return done

    def client(self, number: int) -> Client:
        return self.world.clients[number % len(self.world.clients)]

    # Owners and their assistants

    @rule(owner=OWNER, client=ANY, look=LOOK)
    def sign_in(self, owner: str, client: int, look: str) -> None:
        self.do(self.world.sign_in(owner, self.world.consent(owner, client % 3, look), look))

    @has("halfway")
    @rule()
    def come_back(self) -> None:
        self.do(self.world.come_back(*self.world.halfway.pop()))

    @rule(owner=OWNER, client=ANY, look=LOOK, watched=st.booleans())
    def connect(self, owner: str, client: int, look: str, *, watched: bool) -> None:
        """All the way: what comes most often. The thief may be faster with the code."""
        self.sign_in(owner, client, look)
        self.come_back()
        if watched:
            self.present_a_code(0)
        self.redeem(0)

    @has("codes")
    @rule(code=ANY)
    def redeem(self, code: int) -> None:
        presented = self.one("codes", code)
        code_ = self.world.codes[presented]
        client, good = code_.consent.client, code_.is_good(self.world.clock())
        self.spoil(presented, client)
        redeemed = self.do(self.world.redeem(client, presented, code_.consent.verifier, client.redirect_uri))
        assert redeemed or not good

    @has("connections")
    @rule(number=ANY)
    def refresh(self, number: int) -> None:
        connection = self.one("connections", number)
        refreshed = self.do(self.world.refresh(connection.consent.client, connection.newest))
        assert refreshed or connection.ended or connection.touched

    @has("connections")
    @rule(number=ANY, tool=TOOL)
    def call(self, number: int, tool: str) -> None:
        connection = self.one("connections", number)
        if connection.access:
            self.do(self.world.call([*connection.access][-1], tool))

    @has("connections")
    @rule(number=ANY)
    def disconnect(self, number: int) -> None:
        connection = self.one("connections", number)
        if (button := self.button("/account/disconnect", connection)) is not None:
            connection.ended = True
            self.press(connection.consent.owner, button)

    @rule(owner=OWNER)
    def disconnect_all(self, owner: str) -> None:
        self.end_all(owner, "/account/disconnect-all")

    @rule(owner=OWNER)
    def sign_out(self, owner: str) -> None:
        self.end_all(owner, "/account/sign-out")

    @has("connections")
    @rule(number=ANY, look=LOOK)
    def allow_no_more_than(self, number: int, look: str) -> None:
        """The owner narrows a connection, or widens it."""
        connection = self.one("connections", number)
        if (button := self.button("/account/change", connection)) is not None:
            fields = {name: value for name, value in button.fields.items() if not name.startswith("scope:")}
            connection.scopes |= rung(look)
            self.press(connection.consent.owner, replace(button, fields=fields | {"look": look}))
            connection.scopes = rung(look)

    @has("connections")
    @rule(number=ANY)
    def give_back(self, number: int) -> None:
        connection = self.one("connections", number)
        self.do(self.world.revoke(connection.consent.client, connection.newest))

    @rule(seconds=st.sampled_from([1, 5, 61, 301, 3700]))
    def pass_time(self, seconds: int) -> None:
        self.world.clock.now += seconds

    @rule()
    def sweep(self) -> None:
        self.do(self.world.bridge.sweep.run())

    # The thief

    @has("codes")
    @rule(code=ANY)
    def present_a_code(self, code: int) -> None:
        """As every client: their ids are public. He knows the verifiers of his own client alone."""
        text = self.one("codes", code)
        consent = self.world.codes[text].consent
        for by in self.world.clients:
            for redirect_uri in {by.redirect_uri, consent.client.redirect_uri}:
                self.do(self.world.redeem(by, text, "0" * 64, redirect_uri))
                if consent.client is self.world.clients[2] and by is not consent.client:
                    self.do(self.world.redeem(by, text, consent.verifier, redirect_uri))

    @has("connections")
    @rule(number=ANY, generation=ANY, scope=st.sampled_from(["", *RUNGS]))
    def present_a_refresh_token(self, number: int, generation: int, scope: str) -> None:
        """As every client but its own, and then as its own: a bearer may use it until the theft is noticed."""
        connection = self.living(number)
        text = [*connection.refresh][-1 - generation % len(connection.refresh)]
        asked = {"scope": scope} if scope else {}
        for by in self.world.clients:
            if by is not connection.consent.client:
                self.do(self.world.refresh(by, text, **asked))
        if generation % 2:
            connection.touched = True
            self.do(self.world.refresh(connection.consent.client, text, **asked))

    @has("connections")
    @rule(number=ANY)
    def come_late_with_a_refresh_token(self, number: int) -> None:
        connection: Connection = self.one("connections", number)
        if connection.ended or connection.touched:
            return
        text = connection.newest
        self.refresh(number)
        self.pass_time(LIFETIMES.refresh_grace)
        connection.touched = True
        self.do(self.world.refresh(connection.consent.client, text))
        assert connection.ended, "a theft that is noticed ends all"

    @has("connections")
    @rule(number=ANY, token=ANY, tool=TOOL, bent=st.booleans())
    def present_an_access_token(self, number: int, token: int, tool: str, *, bent: bool) -> None:
        texts = [*self.one("connections", number).access, *self.one("connections", number).refresh]
        text = texts[token % len(texts)]
        self.do(self.world.call(text[:-1] + ("0" if text[-1] != "0" else "1") if bent else text, tool))

    @has("connections")
    @rule(number=ANY, client=ANY, token=ANY)
    def give_back_what_is_not_his(self, number: int, client: int, token: int) -> None:
        connection = self.one("connections", number)
        texts = [*connection.access, *connection.refresh]
        by = self.client(client)
        if by.id != connection.consent.client.id:  # or else a bearer may
            self.do(self.world.revoke(by, texts[token % len(texts)]))

    @has("callbacks")
    @rule(number=ANY)
    def go_where_an_owner_was_sent(self, number: int) -> None:
        answer = self.do(self.world.thief.send("GET", self.one("callbacks", number)))
        assert code_in(answer) is None, "this browser began no such sign-in"

    @rule(owner=OWNER, client=ANY, look=LOOK)
    def lure(self, owner: str, client: int, look: str) -> None:
        """The thief decides in his browser, and sends the owner to the provider. He does not see where that sends their
        browser: what it would bring him is the provider's to guard (RFC 9700 §4.7).
        """
        world = self.world
        consent = world.consent(owner, client % 3, look)

        async def lured() -> Any:
            path = await world.thief.sign_in(await world.decide(world.thief, consent, look), owner)
            return await world.owners[owner].window.send("GET", path)

        assert code_in(self.do(lured())) is None, "this owner decided nothing"

    @has("forms")
    @rule(number=st.integers(0, 2), owner=st.sampled_from([None, *OWNERS]))
    def send_a_form(self, number: int, owner: str | None) -> None:
        """From the thief's browser, with his own requests in it; or from an owner's, by a page of his."""
        form, world = self.one("forms", number), self.world
        window, headers = (world.owners[owner].window, CROSS_SITE) if owner else (world.thief, HERE)
        if not owner:
            self.do(window.ask(world.clients[2].query()))
        requests = [{}] if owner else [{"request": one.query(code_challenge="x" * 43)} for one in world.clients]
        for mine in requests:
            sent = window.send("POST", form.action, headers, data=form.fields | {"decision": "approve"} | mine)
            assert not self.do(sent).headers.get("location", "").startswith("http"), "nobody decided this"

    @has("connections")
    @rule(number=ANY, action=st.sampled_from(["disconnect", "disconnect-all", "change"]), here=st.booleans())
    def press_for_an_owner(self, number: int, action: str, *, here: bool) -> None:
        """A page of the thief's sends an owner's form, in the owner's browser; or a form that looks like ours."""
        connection = self.living(number)
        owner = connection.consent.owner
        buttons = self.do(self.world.at_home(owner))
        form = "0" * 64 if here or not buttons else buttons[number % len(buttons)].fields["form"]
        fields = {"form": form, "connection": connection.id, "look": RUNGS[-1]}
        window, headers = self.world.owners[owner].window, HERE if here else CROSS_SITE
        self.do(window.send("POST", f"/account/{action}", headers, data=fields))

    @has("over")
    @rule(number=ANY)
    def come_with_a_session_that_is_over(self, number: int) -> None:
        self.world.thief.cookies["mailconnect-session"] = self.one("over", number)
        answer = self.do(self.world.thief.send("GET", "/account"))
        assert answer.status_code == 303, "this session is over"

    # How it is done

    def living(self, number: int) -> Connection:
        """One that has not ended, if there is any: more is to be had from those."""
        some = self.world.connections
        some = [one for one in some if not one.ended] or some
        return some[-1 - number % len(some)]

    def spoil(self, text: str, client: Client) -> None:
        """A code that comes twice from its own client ends what it brought."""
        code = self.world.codes[text]
        if code.spent and client.id == code.consent.client.id:
            for connection in self.world.connections:
                connection.touched = connection.touched or connection.consent is code.consent

    def button(self, action: str, connection: Connection | None = None, owner: str = "") -> Button | None:
        buttons = self.do(self.world.at_home(connection.consent.owner if connection else owner))
        found = (one for one in buttons if one.action == action)
        return next((one for one in found if connection is None or one.fields["connection"] == connection.id), None)

    def press(self, owner: str, button: Button) -> None:
        assert self.do(self.world.owners[owner].send(button)).status_code == 303

    def end_all(self, owner: str, action: str) -> None:
        if (button := self.button(action, owner=owner)) is None:
            return
        cookie = self.world.session(owner)
        if action == "/account/disconnect-all":
            for one in [*self.world.connections, *self.world.codes.values()]:
                if one.consent.owner == owner:
                    one.__dict__["ended" if isinstance(one, Connection) else "void"] = True
        self.press(owner, button)
        self.world.over.add(cookie)

    def teardown(self) -> None:
        if self.sound:
            self.world.run(self.world.settle())
