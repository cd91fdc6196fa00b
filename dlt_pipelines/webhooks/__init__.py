"""The receiver of webhook deliveries: a small server that keeps what vendors send.

    POST /webhooks/<vendor> ─app─▶ limits ─vendors─▶ signature ─landing─▶ <home>/landing/webhooks
    GET  /health                                                        (read by the sources)

It is a door, not a source: it interprets nothing, never opens the build file, and answers only
after the delivery is safe on the disk. `python -m dlt_pipelines.webhooks` starts it; secrets come
from `.dlt/secrets.toml` or the environment (`WEBHOOKS__GITHUB__SECRETS`).
"""
