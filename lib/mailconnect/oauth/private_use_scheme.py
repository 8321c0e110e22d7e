"""Schemes that an app of its own may have, by which the response reaches it (RFC 8252 §7.1).

RFC 8252 wants a reversed domain name there, and editors have words of their own: `cursor`, `vscodium`, `kiro`, `trae`.
New ones come each month, so that a list of them would always be short. The lists here name the schemes that wake
something else than an app: the browser itself, a program of the system, or one of another kind.
"""

import re

_FORM = re.compile(r"[a-z][a-z0-9+.-]{1,63}\Z")

_OF_THE_BROWSER = """
    about blob cid data filesystem jar javascript jscript livescript mid mocha resource script vbs vbscript view-source
    wscript wyciwyg ws wss moz-icon moz-page-thumb feed pcast mhtml chrome devtools opera edge brave vivaldi safari
"""
_OF_THE_SYSTEM = """
    afp calculator callto control facetime facetime-audio file help hcp intent itms itms-apps itms-services launch ldap
    ldaps local macappstore maps market message messages mk ms msdt nfs photos prefs res rlogin search settings
    shell sms smsto smb ssh sftp tel telnet vnc rdp x-apple-helpbasic windows-feedback applescript terminal osascript
    android-app content cifs dav davs webdav disk ed2k bitbucket its its-ms ie.http
"""
_OF_OTHER_KINDS = """
    acct bitcoin bitcoincash coap coaps dict dns did dweb ethereum ftp ftps geo git gopher http https im imap imaps info
    ipfs ipns ipp ipps irc ircs jabber lightning litecoin magnet mailto matrix mms monero msrp mumble news nntp otpauth
    payto pop pop3 rtmp rtsp rtsps sip sips skype snews steam stun stuns svn tag teamspeak tip turn turns upi urn uuid
    wais web3 webcal webcals wtai xmpp zoommtg
"""
_DENIED = frozenset(f"{_OF_THE_BROWSER} {_OF_THE_SYSTEM} {_OF_OTHER_KINDS}".split())

_DENIED_FAMILIES = ("ms-", "chrome-", "moz-", "safari-", "web+", "ext+", "x-apple", "x-man", "git+", "svn+", "view-")
"""Windows' own programs, pages of extensions, and what any page may register itself for (`web+`, `ext+`)."""


def may_be_an_apps(scheme: str) -> bool:
    """`scheme`: in lower case, as urlsplit gives it."""
    return _FORM.match(scheme) is not None and scheme not in _DENIED and not scheme.startswith(_DENIED_FAMILIES)
