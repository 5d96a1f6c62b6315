"""Write the documents of the metadata's corpus anew: ``python -m tests.feeds.record_metadata``. Prints what changed."""

from __future__ import annotations

from tests.feeds.metadata_cases import CASES


def main() -> None:
    for case in CASES:
        for path, body in case.documents():
            if not path.exists() or path.read_bytes() != body:
                path.write_bytes(body)
                print(path.name)  # noqa: T201 - what a command tells its user


if __name__ == "__main__":
    main()
