"""Read by gunicorn: what a gunicorn.conf.py beside the app says, and below it what app needs behind a proxy."""

from pathlib import Path
from runpy import run_path

if Path("gunicorn.conf.py").is_file():
    globals().update({key: value for key, value in run_path("gunicorn.conf.py").items() if not key.startswith("__")})

# Proxies pass on what visitors send. By default, a visitor's header SCRIPT_NAME would be cut off the path, and so lead
# past a proxy that lets in some paths only.
forwarder_headers = ""
