"""What Cyrus is told: imapd.conf(5), cyrus.conf(5), and the key its JMAP service trusts."""

import base64
import secrets
from collections.abc import Mapping
from pathlib import Path

ADMIN = "cyrus"

# calalarmd(8) is what lets mail go that was held back.
_SERVICES = """\
START {{
  recover cmd="{bin}/ctl_cyrusdb -C {conf} -r"
}}
SERVICES {{
  imap cmd="{bin}/imapd -N -C {conf}" listen="127.0.0.1:{imap_port}" proto="tcp4" prefork=1
  http cmd="{bin}/httpd -C {conf}" listen="127.0.0.1:{http_port}" proto="tcp4" prefork=1
}}
DAEMON {{
  calalarmd cmd="{bin}/calalarmd -C {conf}"
}}
"""


def write(
    run_dir: Path, binaries: Path, *, http_port: int, imap_port: int, user: str, group: str, extra: Mapping[str, str]
) -> None:
    """Fill a fresh `run_dir`. IMAP takes any password (`imapd -N`): it listens on loopback and holds invented mail."""
    for folder in ("conf/db", "conf/socket", "conf/proc", "conf/log", "conf/msg", "spool", "search", "jwt"):
        Path(run_dir, folder).mkdir(parents=True)
    settings = {
        "configdirectory": f"{run_dir}/conf",
        "defaultpartition": "default",
        "partition-default": f"{run_dir}/spool",
        "defaultsearchtier": "t1",
        "t1searchpartition-default": f"{run_dir}/search",
        "cyrus_user": user,
        "cyrus_group": group,
        "admins": ADMIN,
        "servername": "127.0.0.1",
        "defaultdomain": "example.com",
        "virtdomains": "off",
        "unixhierarchysep": "yes",
        "altnamespace": "yes",
        "specialusealways": "yes",
        "allowplaintext": "yes",
        "httpmodules": "jmap",
        "httpallowcompress": "no",
        "http_jwt_key_dir": f"{run_dir}/jwt",
        "jmap_vacation": "no",  # 3.6.1 crashes on VacationResponse/get
        "conversations": "yes",
        "conversations_db": "twoskip",
        "conversations_counted_flags": r"\Draft \Flagged $IsMailingList $IsNotification $HasAttachment",
        "search_engine": "xapian",  # finds mail without an index too, so no indexer runs
        **extra,
    }
    conf = imapd_conf(run_dir)
    conf.write_text("".join(f"{name}: {value}\n" for name, value in settings.items()))
    cyrus_conf(run_dir).write_text(_SERVICES.format(bin=binaries, conf=conf, imap_port=imap_port, http_port=http_port))
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    jwt_key(run_dir).write_text(key + "\n")
    jwt_key(run_dir).chmod(0o600)
    Path(run_dir, "jwt", "hs256.key").write_text(f"-----BEGIN HMAC KEY-----\n{key}\n-----END HMAC KEY-----\n")


def imapd_conf(run_dir: Path) -> Path:
    return run_dir / "imapd.conf"


def cyrus_conf(run_dir: Path) -> Path:
    return run_dir / "cyrus.conf"


def jwt_key(run_dir: Path) -> Path:
    """Base64 of the HS256 key."""
    return run_dir / "jwt-hs256.b64"
