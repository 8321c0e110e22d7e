import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.render import quotes, signature

ATTRIBUTIONS = {
    "English": "On Mon, Jan 5, 2026 at 10:00 AM Bob <bob@example.org> wrote:",
    "English, wrapped": "On Mon, Jan 5, 2026 at 10:00 AM Bob Longname\n<bob@example.org> wrote:",
    "English, by Thunderbird": "On 05/01/2026 10:00, Bob wrote:",
    "German": "Am 05.01.2026 um 10:00 schrieb Bob:",
    "German, wrapped": "Am Mo., 5. Jan. 2026 um 10:00 Uhr schrieb Bob Longname <\nbob@example.org>:",
    "French": "Le lun. 5 janv. 2026 à 10:00, Bob <bob@example.org> a écrit :",
    "Spanish": "El lun, 5 ene 2026 a las 10:00, Bob (<bob@example.org>) escribió:",
    "Italian": "Il giorno lun 5 gen 2026 alle ore 10:00 Bob <bob@example.org> ha scritto:",
    "Portuguese": "Em seg., 5 de jan. de 2026 às 10:00, Bob <bob@example.org> escreveu:",
    "Dutch": "Op ma 5 jan 2026 om 10:00 schreef Bob <bob@example.org>:",
    "Swedish": "Den mån 5 jan. 2026 kl 10:00 skrev Bob <bob@example.org>:",
    "Danish": "Den man. 5. jan. 2026 kl. 10.00 skrev Bob <bob@example.org>:",
    "Norwegian": "man. 5. jan. 2026 kl. 10:00 skrev Bob <bob@example.org>:",
    "Finnish": "ma 5. tammik. 2026 klo 10.00 Bob (bob@example.org) kirjoitti:",
    "Polish": "pon., 5 sty 2026 o 10:00 Bob <bob@example.org> napisał(a):",
    "Czech": "po 5. 1. 2026 v 10:00 odesílatel Bob <bob@example.org> napsal:",
    "Russian": "пн, 5 янв. 2026 г. в 10:00, Bob <bob@example.org>:",
    "Russian, by others": "5 января 2026 г., 10:00, Bob написал:",
    "Ukrainian": "пн, 5 січ. 2026 р. о 10:00 Bob <bob@example.org> пише:",
    "Hungarian": "Bob <bob@example.org> ezt írta (időpont: 2026. jan. 5., H, 10:00):",
    "Turkish": "Bob <bob@example.org>, 5 Oca 2026 Pzt, 10:00 tarihinde şunu yazdı:",
    "Greek": "Στις Δευ 5 Ιαν 2026 στις 10:00 π.μ., ο χρήστης Bob <bob@example.org> έγραψε:",
    "Romanian": "În lun., 5 ian. 2026 la 10:00, Bob <bob@example.org> a scris:",
    "Japanese": "2026年1月5日(月) 10:00 Bob <bob@example.org>:",
    "Japanese, by others": "2026/01/05 10:00、Bobのメール:",
    "Chinese": "Bob <bob@example.org> 于2026年1月5日周一 10:00写道：",
    "Chinese, traditional": "Bob <bob@example.org> 於 2026年1月5日 週一 上午10:00寫道：",
    "Korean": "2026년 1월 5일 (월) 오전 10:00, Bob <bob@example.org>님이 작성:",
    "Hebrew": "בתאריך יום ב׳, 5 בינו׳ 2026 ב-10:00 מאת Bob <bob@example.org>:",
}
HEADERS = {
    "English": ("From: Bob", "Sent: Monday, January 5, 2026 10:00 AM", "To: Ann", "Subject: Budget"),
    "German": ("Von: Bob", "Gesendet: Montag, 5. Januar 2026 10:00", "An: Ann", "Betreff: Budget"),
    "French": ("De : Bob", "Envoyé : lundi 5 janvier 2026 10:00", "À : Ann", "Objet : Budget"),
    "Spanish": ("De: Bob", "Enviado: lunes, 5 de enero de 2026 10:00", "Para: Ann", "Asunto: Budget"),
    "Italian": ("Da: Bob", "Inviato: lunedì 5 gennaio 2026 10:00", "A: Ann", "Oggetto: Budget"),
    "Portuguese": ("De: Bob", "Enviado: segunda-feira, 5 de janeiro de 2026 10:00", "Para: Ann", "Assunto: Budget"),
    "Dutch": ("Van: Bob", "Verzonden: maandag 5 januari 2026 10:00", "Aan: Ann", "Onderwerp: Budget"),
    "Swedish": ("Från: Bob", "Skickat: den 5 januari 2026 10:00", "Till: Ann", "Ämne: Budget"),
    "Danish": ("Fra: Bob", "Sendt: 5. januar 2026 10:00", "Til: Ann", "Emne: Budget"),
    "Finnish": ("Lähettäjä: Bob", "Lähetetty: maanantai 5. tammikuuta 2026", "Vastaanottaja: Ann", "Aihe: Budget"),
    "Polish": ("Od: Bob", "Wysłano: poniedziałek, 5 stycznia 2026", "Do: Ann", "Temat: Budget"),
    "Czech": ("Od: Bob", "Odesláno: pondělí 5. ledna 2026", "Komu: Ann", "Předmět: Budget"),
    "Russian": ("От: Bob", "Отправлено: 5 января 2026 г. 10:00", "Кому: Ann", "Тема: Budget"),
    "Japanese": ("差出人: Bob", "送信日時: 2026年1月5日 10:00", "宛先: Ann", "件名: Budget"),
    "Chinese": ("发件人: Bob", "发送时间: 2026年1月5日 10:00", "收件人: Ann", "主题: Budget"),
    "Korean": ("보낸 사람: Bob", "보낸 날짜: 2026년 1월 5일", "받는 사람: Ann", "제목: Budget"),
    "in another order": ("Date: Mon, 5 Jan 2026 10:00:00 +0000", "Subject: Budget", "From: bob@example.org", "To: Ann"),
    "without a subject": ("От: Bob", "Отправлено: четверг, 5 января 2026 г. 15:05", "Кому: Ann"),
    "in bold": ("*From:* Bob", "*Sent:* Monday", "*To:* Ann", "*Subject:* Budget"),
}
ORIGINALS = [
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Mensagem original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Ursprungligt meddelande-----",
    "-----Oprindelig meddelelse-----",
    "-----Opprinnelig melding-----",
    "-----Alkuperäinen viesti-----",
    "-----Wiadomość oryginalna-----",
    "-----Původní zpráva-----",
    "-----Исходное сообщение-----",
    "-----元のメッセージ-----",
    "-----原始邮件-----",
    "------------------ 原始邮件 ------------------",
]


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_an_attribution_and_its_quotation_are_left_out(language: str) -> None:
    text = f"I agree.\n\n{ATTRIBUTIONS[language]}\n\n> old\n>\n>> older\n"
    split = quotes.split(text)
    assert split.own == "I agree."
    assert split.quoted == len(text) - len("I agree.")


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_an_attribution_alone_at_the_end_is_left_out(language: str) -> None:
    assert quotes.split(f"I agree.\n\n{ATTRIBUTIONS[language]}\n").own == "I agree."


@pytest.mark.parametrize("language", HEADERS)
def test_a_message_under_its_headers_is_left_out_to_the_end(language: str) -> None:
    block = "\n".join(HEADERS[language])
    assert quotes.split(f"I agree.\n\n{block}\n\nDear Ann,\nold text\n").own == "I agree."
    assert quotes.split(f"I agree.\n\n________________________________\n{block}\n\nold\n").own == "I agree."


@pytest.mark.parametrize("line", ORIGINALS)
def test_an_original_message_is_left_out_to_the_end(line: str) -> None:
    assert quotes.split(f"I agree.\n\n{line}\nFrom: Bob\n\nold text").own == "I agree."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday Bob wrote:\n> question 1\nanswer 1\n> question 2\nanswer 2",
        "> all of it quoted\n> and nothing else",
        "Hi\n\nOn Mon, 5 Jan 2026 Bob wrote:\n> old\n\nMy answer is below.",
        "FYI\n\n---------- Forwarded message ---------\nFrom: Bob <b@x>\nDate: Mon\nSubject: x\nTo: y\n\ntext",
        "FYI\n\nBegin forwarded message:\n\n> From: Bob\n> Subject: x\n>\n> text",
        "Voilà\n\n-------- Message transféré --------\nSujet : x\nDe : Bob\n\ntext",
        "From: Paris\nTo: Rome\nDate: 5 May\n\nHave a good trip",
        "Dear all,\n\nhere is what I wrote:\n\nA poem",
        "-----Original Message-----\nFrom: Bob\nSubject: x\n\n> old\nmy answer\n> old\nanother answer",
        "no quotation at all",
        "",
        "x" + "\n> y\nz" * 8_000,
    ],
)
def test_a_text_with_words_of_its_own_after_the_quotation_is_kept_whole(text: str) -> None:
    assert quotes.split(text) == quotes.Split(text)


def test_lines_above_an_attribution_stay() -> None:
    text = "See you at 5\nOn Mon, Jan 5, 2026 at 10:00 Bob <b@x.org> wrote:\n> old"
    assert quotes.split(text).own == "See you at 5"


def test_the_note_counts() -> None:
    assert quotes.note(5210) == '[quoted text: 5,210 characters; body "full" shows it]'
    assert signature.note(84) == '[signature: 84 characters; body "full" shows it]'


@pytest.mark.parametrize(
    "tail",
    [
        "-- \nAnn\nExample Ltd",
        "--\nAnn",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Get Outlook for iOS",
        "iPhoneから送信",
        "发自我的iPhone",
        "Enviado desde mi iPhone",
        "Отправлено с iPhone",
    ],
)
def test_a_signature_is_left_out(tail: str) -> None:
    split = signature.split(f"Hello\n\n{tail}\n")
    assert split.own == "Hello"
    assert split.signature == len(f"\n\n{tail}\n")


def test_the_footer_of_a_list_below_a_quotation_does_not_keep_it() -> None:
    text = "I agree.\n\nOn 5 Jan 2026, Bob wrote:\n> old\n" + "_" * 47 + "\nlist mailing list\nlist@x.example"
    below = signature.split(text)
    assert below.signature
    assert quotes.split(below.own).own == "I agree."


@pytest.mark.parametrize(
    "text",
    [
        "Order\n" + "-" * 50 + "\nTotal 5",
        "x" * 1_500 + "--\n" + "y" * 1_498,
        "-- \nAnn",
        "Hello\n--\n" + "line\n" * 30,
        "a -- b",
        "Sent from my heart, I tell you a long story. " * 5,
        "",
    ],
)
def test_text_that_is_no_signature_stays(text: str) -> None:
    assert signature.split(text) == signature.Split(text)


LINES = st.lists(
    st.sampled_from(
        [
            "",
            " ",
            "text",
            "> q",
            ">> q",
            "-- ",
            "--",
            "On 5 Jan 2026 Bob wrote:",
            "From: x",
            "To: y",
            "Subject: z",
            "Date: d",
            "-----Original Message-----",
            "Begin forwarded message:",
            "____________",
            "Sent from my iPhone",
        ]
    )
).map("\n".join)


@given(LINES | st.text())
def test_the_kept_part_is_how_the_text_begins(text: str) -> None:
    split = quotes.split(text)
    assert text.startswith(split.own)
    assert len(split.own) + split.quoted == len(text)
    signed = signature.split(text)
    assert text.startswith(signed.own)
    assert len(signed.own) + signed.signature == len(text)
    assert bool(split.own.strip()) is bool(text.strip())
    assert bool(signed.own.strip()) is bool(text.strip())
