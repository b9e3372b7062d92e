"""`python -m tests.servers.up`: a PostgreSQL and an S3 server to try the product with, until Ctrl-C. What they keep is lost then."""

from __future__ import annotations

import argparse
import signal
import sys

from tests.servers.postgres import postgres_server
from tests.servers.process import ServerFailed, ServersMissing
from tests.servers.rados_gateway import rados_gateway


def main() -> int:
    """Start both, print the settings, wait."""
    argparse.ArgumentParser(prog="python -m tests.servers.up", description=__doc__).parse_args()
    for stop in (signal.SIGINT, signal.SIGTERM):
        # a shell starts background jobs with SIGINT ignored
        signal.signal(stop, signal.default_int_handler)
    try:
        with postgres_server() as postgres, rados_gateway() as s3:
            settings = {
                "SOHOA_RECORDS__URL": postgres.new_database(),
                "SOHOA_STORE__KIND": "s3",
                "SOHOA_STORE__ENDPOINT": s3.endpoint,
                "SOHOA_STORE__ACCESS_KEY": s3.access_key,
                "SOHOA_STORE__SECRET_KEY": s3.secret_key,
                "SOHOA_STORE__BUCKET": "sohoa",
                "SOHOA_STORE__REGION": s3.region,
                "SOHOA_STORE__SECURE": str(s3.secure).lower(),
            }
            for name, value in settings.items():
                sys.stdout.write(f"export {name}={value}\n")
            sys.stdout.flush()
            sys.stderr.write("# both run until Ctrl-C\n")
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except (ServersMissing, ServerFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
