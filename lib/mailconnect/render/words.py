"""The words of mail programs in their users' languages: over 25 of them, one list for each purpose.

Lower case; compared without regard to case. English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish,
Danish, Norwegian, Finnish, Polish, Czech, Slovak, Russian, Ukrainian, Bulgarian, Greek, Turkish, Hungarian, Romanian,
Croatian, Slovenian, Catalan, the Baltic languages, Japanese, Chinese, Korean, Hebrew, Arabic, Vietnamese, Indonesian,
Thai.
"""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split("|"))


# In "On 5 Jan 2026, Ann wrote:". Words of their own.
WROTE = _listed(
    """
    wrote | writes | schrieb | schreibt | geschrieben | a écrit | écrit | escribió | escribio | ha escrito |
    ha scritto | scrisse | scritto | escreveu | schreef | geschreven | skrev | skriver | kirjoitti | napisał |
    napisała | napisał(a) | pisze | napsal | napsala | napsal(a) | napísal | napísala | написал | написала |
    написал(а) |
    пишет | написав | написала | пише | написа | έγραψε | yazdı | şunu yazdı | írta | ezt írta | a scris | napisao |
    napisala | je napisal | je napisao | va escriure | ha escrit | kirjutas | rakstīja | rašė | parašė | đã viết |
    menulis
    """
)

# The same where words are not set apart by spaces.
WROTE_WITHIN = _listed(
    """
    のメール | 書きました | さんは | より: | 写道 | 寫道 | 写信 | 님이 작성 | 작성: | 님이 | כתב | كتب | เขียน
    """
)

# In "-----Original Message-----".
ORIGINAL = _listed(
    """
    alkuperäinen viesti | courriel original | eredeti üzenet | izvirno sporočilo | izvorna poruka |
    mensagem original | mensaje original | mesaj original | message d'origine | message d’origine | message original |
    messaggio originale | messaggio originario | missatge original | oorspronkelijk bericht |
    oorspronkelijke bericht | opprinnelig melding | oprindelig meddelelse | original appointment | original besked |
    original e-mail | original email | original mail | original message | original-nachricht | originalmeddelande |
    originalnachricht | orijinal ileti | orijinal mesaj | oryginalna wiadomość | pôvodná správa | původní e-mail |
    původní zpráva | reply message | ursprungligt meddelande | ursprüngliche nachricht | wiadomość oryginalna |
    αρχικό μήνυμα | вихідне повідомлення | исходное сообщение | оригинальное сообщение | 元のメッセージ | 元のメール |
    原始邮件 | 原始郵件 | 邮件原件 | 원본 메시지 | 원본 메일
    """
)

# In "---------- Forwarded message ---------".
FORWARDED = _listed(
    """
    anfang der weitergeleiteten nachricht | begin doorgestuurd bericht | begin forwarded message |
    doorgestuurd bericht | début du message réexpédié | début du message transféré | forwarded message |
    iletilen mesaj | inicio del mensaje reenviado | inizio messaggio inoltrato | início da mensagem encaminhada |
    mensagem encaminhada | mensaje reenviado | mesaj redirecționat | message transféré | message transmis |
    messaggio inoltrato | przesłana wiadomość | přeposlaná zpráva | továbbított üzenet | vidarebefordrat meddelande |
    videresendt besked | videresendt meddelelse | videresendt melding | välitetty viesti | weitergeleitete nachricht |
    wiadomość przekazana | προωθημένο μήνυμα | переслане повідомлення | пересланное сообщение |
    пересылаемое сообщение | 転送されたメッセージ | 転送メッセージ | 轉寄的郵件 | 轉寄郵件 | 转发信息 | 转发的邮件 |
    转发邮件 | 전달된 메시지
    """
)

# The first header of a quoted message.
FROM = _listed(
    """
    from | von | de | da | van | från | fra | lähettäjä | od | от | отправитель | від | από | kimden | gönderen |
    feladó | de la | 差出人 | 送信者 | 发件人 | 寄件者 | 寄件人 | 보낸 사람 | 보낸사람 | nuo | no | saatja | מאת |
    من
    """
)

# Its subject.
SUBJECT = _listed(
    """
    subject | betreff | objet | asunto | assunto | oggetto | onderwerp | ämne | emne | aihe | temat | předmět |
    predmet | zadeva | тема | θέμα | konu | tárgy | subiect | assumpte | teema | temats | tema | 件名 | 主题 | 主題 |
    主旨 | 제목 | נושא | الموضوع | chủ đề | perihal
    """
)

# When it was sent, in words that only mail has.
SENT = _listed(
    """
    sent | gesendet | envoyé | date d'envoi | enviado | enviado el | enviado em | inviato | verzonden | skickat |
    sendt | lähetetty | wysłano | odesláno | odoslané | poslano | отправлено | надіслано | στάλθηκε | gönderildi |
    gönderilme tarihi | elküldve | trimis | 送信日時 | 发送时间 | 發送時間 | 보낸 날짜 | נשלח
    """
)

# Its other headers: when, to whom.
OTHER_HEADERS = _listed(
    """
    date | to | cc | reply-to | importance | attachments | datum | an | kopie | à | répondre à | fecha | data |
    para | a | aan | till | kopia | til | dato | päivämäärä | vastaanottaja | kopio | do | dw | komu | дата | кому |
    копия | προς | tarih | kime | címzett | către | 日付 | 宛先 | 日期 | 收件人 | 收件者 | 抄送 | 副本 | 날짜 |
    받는 사람 | 참조 | אל | التاريخ | إلى
    """
)

# Before the colon in the subject of a forwarded message.
FORWARD_PREFIXES = _listed(
    """
    fw | fwd | wg | tr | rv | enc | i | doorst | vs | vb | pd | fs | trs | továbbítás | ilt | yml | πρθ | пересл |
    转发 | 轉寄 | 転送 | 전달
    """
)

# The beginning of a telephone's or a program's advertisement.
DEVICES = _listed(
    """
    sent from my | sent from a | sent from outlook | sent from mail | sent from yahoo | sent from proton |
    sent from the | sent from gmail | sent from tutanota | get outlook for | von meinem iphone gesendet |
    von meinem ipad gesendet | von meinem smartphone gesendet | von meinem handy gesendet | gesendet von |
    gesendet mit | gesendet aus | gesendet über | holen sie sich outlook | outlook für | envoyé de | envoyé depuis |
    envoyé à partir | obtenir outlook | télécharger outlook | enviado desde | enviado do | enviado de |
    enviado a partir | obtener outlook | descargar outlook | obter o outlook | inviato da | ottieni outlook |
    verzonden vanaf | verzonden met | outlook voor | skickat från | hämta outlook | sendt fra | hent outlook |
    lähetetty | hanki outlook | wysłane z | pobierz outlook | odesláno z | отправлено с | отправлено из |
    надіслано з | iphoneから送信 | androidから送信 | ipadから送信 | 发自我的 | 從我的 | 나의 iphone에서 |
    iphone에서 보냄 | iphone'umdan gönderildi
    """
)
