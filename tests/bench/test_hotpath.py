"""What the hot path's figures rest on: the generator's words are read right, and children stay where they were put."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from bench import hotpath, processes, traffic
from bench.traffic import Load, Request
from tests.serving.fakes import newsroom, serving

SAID = """Running 1s test @ http://127.0.0.1:1/
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   661.55us  150.53us   4.99ms   89.24%
  Latency Distribution
     50%  620.00us
     90%  741.00us
     99%    {p99}
  52893 requests in 1.10s, 700.98MB read
{fault}Requests/sec:  48082.27
Transfer/sec:    637.23MB
"""


def generator(directory: Path, p99: str, fault: str = "") -> str:
    """A program that says what wrk would."""
    program = directory / "wrk"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{SAID.format(p99=p99, fault=fault)}END\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


@pytest.mark.parametrize(("p99", "milliseconds"), [("1.25ms", 1.25), ("980.00us", 0.98), ("1.05s", 1050.0)])
def test_the_generators_rate_and_p99_are_read_in_every_unit(tmp_path: Path, p99: str, milliseconds: float) -> None:
    said = traffic._wrk(tmp_path, generator(tmp_path, p99), 1, Request("/"), 1)
    assert said == Load(48082.27, pytest.approx(milliseconds))


@pytest.mark.parametrize(
    "fault", ["Non-2xx or 3xx responses: 4", "Socket errors: connect 0, read 7, write 0, timeout 0"]
)
def test_answers_that_are_refusals_are_no_figure(tmp_path: Path, fault: str) -> None:
    with pytest.raises(processes.ChildFailed, match=fault):
        traffic._wrk(tmp_path, generator(tmp_path, "1ms", f"  {fault}\n"), 1, Request("/"), 1)


def test_our_own_generator_tells_a_rate_and_no_p99(tmp_path: Path) -> None:
    with serving(newsroom()) as (_, port):
        said = traffic._python(tmp_path, port, Request("/rss.xml"), 1)
    assert said.rate > 0
    assert said.p99 is None


@pytest.mark.skipif(processes.processors() is None, reason="one processor, or no choice of them")
def test_what_is_started_on_one_processor_stays_there_and_we_do_not(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    with processes.pinned(1):
        said = processes.output(tmp_path, [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"])
    assert said.strip() == str({sorted(before)[1]})
    assert os.sched_getaffinity(0) == before


def test_a_server_that_ends_by_itself_is_a_failure_with_its_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such directive')"]
    with pytest.raises(processes.ChildFailed, match="no such directive"), processes.started(tmp_path, command):
        time.sleep(1)


def test_each_figure_stands_beside_nginx_and_without_it_beside_the_view() -> None:
    samples = {
        ("304", hotpath.FRONT): [Load(300.0, 2.0), Load(200.0, 2.0)],
        ("304", hotpath.VIEW): [Load(10.0, 9.0), Load(10.0, 9.0)],
    }
    alone = {row.measure: row.beside for row in hotpath._rows(samples)}
    assert alone["304, feedmill serve"] == "25.0 × Flask view, uvicorn"
    samples["304", hotpath.NGINX] = [Load(300.0, 1.0), Load(100.0, 4.0)]
    beside = {row.measure: row.beside for row in hotpath._rows(samples)}
    assert beside["304, feedmill serve"] == "1.50 × nginx"
    assert beside["304, nginx"] == ""
    assert beside["p99 of 304, feedmill serve"] == "1.25 × nginx"
