"""A query read into its tree.

    query       = *( alternative [ "AND" ] )          ; all of them
    alternative = negated *( "OR" negated )           ; OR binds closer than a space, as in Gmail
    negated     = *( "-" / "NOT" ) primary
    primary     = word / operator ":" ( word / "(" query ")" ) / "(" query ")" / "{" query "}"

`a OR b c` is `(a OR b) c`. AND and OR at one level have no order that everybody expects: they need parentheses.
Braces are Gmail's for OR. The words in `subject:( )` all belong to `subject:`.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from mailconnect.mail.query import tree
from mailconnect.mail.query.contradiction import no_contradiction
from mailconnect.mail.query.errors import QueryError, shown
from mailconnect.mail.query.left_out import left_out_of
from mailconnect.mail.query.lexer import Lexeme, LexemeKind, tokens, unbalanced
from mailconnect.mail.query.terms import QueryContext, operator_named, term, text_of

LONGEST = 500
DEEPEST = 12
_VALUES = (LexemeKind.WORD, LexemeKind.SMALL)
_CLOSES = {LexemeKind.OPEN: LexemeKind.CLOSE, LexemeKind.OPEN_ANY: LexemeKind.CLOSE_ANY}


def parse(
    text: str,
    *,
    me: Sequence[str],
    zone: ZoneInfo,
    now: datetime,
    longest: int = LONGEST,
    deepest: int = DEEPEST,
) -> tree.Query:
    """The query as a tree. The empty query asks for every email outside junk and trash.

    `me` are the account's own addresses, `zone` is where its days begin, `now` has an offset. `longest` counts
    characters, `deepest` parentheses. Raises QueryError, and nothing else.
    """
    if len(text) > longest:
        raise QueryError(f"The query has {len(text):,} characters; the maximum is {longest}. Use fewer words.")
    root = _Parser(tokens(text), QueryContext(me, zone, now), deepest).read()
    return tree.Query(root, left_out_of(root))


class _Parser:
    def __init__(self, found: list[Lexeme], context: QueryContext, deepest: int) -> None:
        self.tokens = found
        self.context = context
        self.deepest = deepest
        self.at = 0
        self.depth = 0

    def read(self) -> tree.Node:
        if not self.tokens:
            return tree.EVERYTHING
        terms = self._terms(None)
        if self.at < len(self.tokens):
            raise unbalanced(self.tokens[self.at])
        if not terms and any("*" not in token.text for token in self.tokens):
            raise QueryError("The query has no word in it; leave it out to list the newest emails.")
        return self._all(terms)

    def _peek(self) -> Lexeme | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _all(self, terms: list[tree.Node]) -> tree.Node:
        whole = tree.all_of(terms)
        if isinstance(whole, tree.And):
            no_contradiction(whole)
        return whole

    def _terms(self, operator: str | None, *, is_any: bool = False) -> list[tree.Node]:
        """To the end, or to a closing bracket, which stays."""
        terms: list[tree.Node] = []
        conjunction: Lexeme | None = None
        disjunction: Lexeme | None = None
        since_connective = True
        while (token := self._peek()) and token.kind not in _CLOSES.values():
            if token.kind is LexemeKind.AND or not (since_connective or is_any or not self._is_small_and()):
                if since_connective:
                    raise _needs_both(token)
                if is_any:
                    raise QueryError(
                        f"AND at character {token.position} stands in braces, which mean OR; use parentheses.",
                        token.position,
                    )
                conjunction, since_connective = token, True
                self.at += 1
                continue
            alternatives, joined = self._alternatives(operator)
            disjunction = disjunction or joined
            if alternatives:
                terms.append(tree.any_of(alternatives))
            since_connective = False
        if conjunction and since_connective:
            raise _needs_both(conjunction)
        if conjunction and disjunction:
            raise QueryError(
                f"AND and OR stand side by side at character {disjunction.position}; put parentheses around the OR: "
                f"`a AND (b OR c)`.",
                disjunction.position,
            )
        return terms

    def _alternatives(self, operator: str | None) -> tuple[list[tree.Node], Lexeme | None]:
        """One term, or those joined by OR, and the first OR."""
        alternatives: list[tree.Node] = []
        joined: Lexeme | None = None
        while True:
            node = self._negated(operator)
            following = self._peek()
            if following is None or following.kind is not LexemeKind.OR:
                if joined and node is None:
                    raise _needs_both(joined)
                return [*alternatives, *([node] if node else [])], joined
            if node is None:
                raise _needs_both(following)
            alternatives.append(node)
            joined = joined or following
            self.at += 1

    def _negated(self, operator: str | None) -> tree.Node | None:
        """None for mere punctuation."""
        first = self._peek()
        negative = False
        while (token := self._peek()) and token.kind is LexemeKind.NOT:
            negative = not negative
            self.at += 1
        if token is None or token.kind in {LexemeKind.AND, LexemeKind.OR, *_CLOSES.values()}:
            if first is not token and first is not None:
                raise QueryError(f"`{first.text}` at character {first.position} has nothing after it.", first.position)
            raise _needs_both(token or self.tokens[-1])
        node = self._primary(token, operator)
        if not negative:
            return node
        if node is None or tree.matches_everything(node):
            raise QueryError(
                f"`-` at character {token.position} leaves nothing to be found; leave that term out.", token.position
            )
        return node.term if isinstance(node, tree.Not) else tree.Not(node)

    def _primary(self, token: Lexeme, operator: str | None) -> tree.Node | None:
        if token.kind in _CLOSES:
            return self._group(token, operator)
        self.at += 1
        if token.kind is LexemeKind.OPERATOR:
            if operator:
                raise QueryError(
                    f"`{shown(token.text)}:` at character {token.position} cannot stand inside `{operator}:( )`; "
                    f"close the parenthesis before it, or put the text in quotes.",
                    token.position,
                )
            return self._operated(token)
        if token.kind is LexemeKind.SMALL:
            self._is_a_word(token, operator)
        return term(operator, token, self.context) if operator else text_of(token)

    def _operated(self, token: Lexeme) -> tree.Node:
        operator = operator_named(token)
        value = self._peek()
        if value is None or value.kind not in {*_VALUES, *_CLOSES}:
            raise QueryError(
                f"`{operator}:` at character {token.position} needs a value after the colon; "
                f'to search for the text itself, put it in quotes: `"{shown(token.text)}:"`.',
                token.position,
            )
        if value.kind in _VALUES:
            self.at += 1
            return term(operator, value, self.context)
        return self._group(value, operator)

    def _group(self, opening: Lexeme, operator: str | None) -> tree.Node:
        self.at += 1
        self.depth += 1
        if self.depth > self.deepest:
            raise QueryError(
                f"Parentheses stand more than {self.deepest} deep at character {opening.position}; use fewer.",
                opening.position,
            )
        terms = self._terms(operator, is_any=opening.kind is LexemeKind.OPEN_ANY)
        closing = self._peek()
        if closing is None:
            raise unbalanced(opening)
        if closing.kind is not _CLOSES[opening.kind]:
            raise unbalanced(closing)
        self.at += 1
        self.depth -= 1
        if not terms:
            raise _empty(opening)
        return tree.any_of(terms) if opening.kind is LexemeKind.OPEN_ANY else self._all(terms)

    def _is_small_and(self) -> bool:
        """`and` between two terms is AND: so nothing is lost where a server does not search for so common a word."""
        token = self.tokens[self.at]
        after = self.tokens[self.at + 1 : self.at + 2]
        ends = {LexemeKind.AND, LexemeKind.OR, *_CLOSES.values()}
        return token.kind is LexemeKind.SMALL and token.text == "and" and bool(after) and after[0].kind not in ends

    def _is_a_word(self, token: Lexeme, operator: str | None) -> None:
        """Raises QueryError for `from:ann or from:bob` and `not from:ann`, where OR and NOT are meant."""
        at = self.at - 1
        if token.text == "not":
            following = self._peek()
            is_meant = following is not None and following.kind is LexemeKind.OPERATOR
        else:
            is_meant = token.text == "or" and (operator is not None or self._is_beside_an_operator(at))
        if is_meant:
            raise QueryError(
                f"`{token.text}` at character {token.position} would be searched as a word; "
                f'write {token.text.upper()} in capitals, or `"{token.text}"` for the word.',
                token.position,
            )

    def _is_beside_an_operator(self, at: int) -> bool:
        """Or beside a parenthesis."""
        before = self.tokens[max(at - 2, 0) : at]
        after = self.tokens[at + 1 : at + 3]
        is_after_one = any(token.kind is LexemeKind.OPERATOR for token in before[:1])
        is_after_parenthesis = any(token.kind in _CLOSES.values() for token in before[-1:])
        if after and after[0].kind is LexemeKind.NOT:
            after = after[1:]
        return (
            is_after_one or is_after_parenthesis or (bool(after) and after[0].kind in {LexemeKind.OPERATOR, *_CLOSES})
        )


def _needs_both(token: Lexeme) -> QueryError:
    return QueryError(
        f"`{shown(token.text)}` at character {token.position} needs a term on both sides.", token.position
    )


def _empty(opening: Lexeme) -> QueryError:
    return QueryError(
        f"The parentheses at character {opening.position} are empty; put a word in them, or leave them out.",
        opening.position,
    )
