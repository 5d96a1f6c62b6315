"""Write the documents of the golden corpus anew: ``python -m tests.feeds.record``. Prints the files that changed."""

from __future__ import annotations

from feeds.formats import FORMATS
from tests.feeds.cases import CASES


def main() -> None:
    for case in CASES:
        for form in FORMATS.values():
            path, body = case.expected(form), case.document(form)
            if not path.exists() or path.read_bytes() != body:
                path.write_bytes(body)
                print(path.name)  # noqa: T201 - what a command tells its user


if __name__ == "__main__":
    main()
