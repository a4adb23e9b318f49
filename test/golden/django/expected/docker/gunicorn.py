"""Read by gunicorn: what a gunicorn.conf.py beside the app says, and below it what app needs behind a proxy."""

import logging
import re
from pathlib import Path
from runpy import run_path

if Path("gunicorn.conf.py").is_file():
    globals().update({key: value for key, value in run_path("gunicorn.conf.py").items() if not key.startswith("__")})

# Proxies pass on what visitors send. By default, a visitor's header SCRIPT_NAME would be cut off the path, and so lead
# past a proxy that lets in some paths only.
forwarder_headers = ""

_secrets = re.compile(r"([?&](?:access[_-]?token|api[_-]?key|auth|code|id[_-]?token|jwt|key|password|refresh[_-]?token|secret|session|sig|signature|state|ticket|token|X-Amz-(?:Credential|Security-Token|Signature))=)[^&\s\"]+", re.IGNORECASE)


def _hide_secrets(record):
    record.msg, record.args = _secrets.sub(r"\1REDACTED", record.getMessage()), ()
    return True


# Tokens and keys in an address, or in that of the page before, stay out of the log.
logging.getLogger("gunicorn.access").addFilter(_hide_secrets)
