"""Facts in files of Parquet that the workers of Apache Spark read and count."""

import logging
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession

from lib.cohort import CohortError
from lib.language import N_
from lib.registry.engines.arrow import plain
from lib.registry.query import GONE, PARAMETER, Answer, StoppedError

NO_CLUSTER = N_(
    "Apache Spark does not answer, or lost the question: look at the address and at its log;"
    " spark:// and local also need Java 17 on this machine",
    "registry-no-cluster",
)
OTHER_CLUSTER = N_(
    "Another cluster is being asked, and one program asks one: start Hepar again",
    "registry-other-cluster",
)
_STOPPED = re.compile(r"SPARK_JOB_CANCELLED|OPERATION_CANCELED")
_LOST = re.compile(r"PATH_NOT_FOUND|FILE_NOT_EXIST|FileNotFoundException")
_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",  # as all other engines have them
    "spark.sql.caseSensitive": "true",
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.session.timeZone": "UTC",
}
_OURS = {  # where this program begins what drives the cluster
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
_HERE = {  # where it is the cluster as well
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
}
_PORTS = {"sc": 15002, "spark": 7077}
_SECONDS = 10  # until it is said that nobody answers: Spark itself tries for minutes
_begun: dict[str, SparkSession] = {}


def session(server: str) -> SparkSession:
    """A session of our own with a cluster.

    `server`: ``sc://HOST:PORT`` of Spark Connect; ``spark://HOST:PORT`` or ``local[N]``, of which a
    program drives one.
    """
    builder: Any = SparkSession.builder
    with answering():
        _reach(server)
        if server.casefold().startswith("sc:"):
            found = builder.remote(server).create()
        elif _begun and server not in _begun:
            raise CohortError(OTHER_CLUSTER)
        else:
            if server not in _begun:
                _begun[server] = _driven(server)
            found = _begun[server].newSession()
        for name, value in _SETTINGS.items():
            found.conf.set(name, value)
    return found


def _reach(server: str) -> None:
    """See whether somebody listens at one of the hosts of an address; raises `OSError` if not."""
    at = urlsplit(server)
    hosts = [urlsplit(f"//{each}") for each in at.netloc.split(",")] if at.netloc else []
    for number, host in enumerate(hosts, 1):
        where = (host.hostname or "", host.port or _PORTS[at.scheme])
        try:
            socket.create_connection(where, _SECONDS).close()
        except OSError:
            if number == len(hosts):
                raise
        else:
            return


def _driven(server: str) -> SparkSession:
    settings = dict(_OURS)
    if server.startswith("local"):
        settings |= _HERE
        os.environ["PYSPARK_PYTHON"] = sys.executable
        root = str(Path(__file__).parents[__name__.count(".")])
        paths = filter(None, (root, os.environ.get("PYTHONPATH")))
        settings["spark.executorEnv.PYTHONPATH"] = os.pathsep.join(paths)
    logging.getLogger("SQLQueryContextLogger").disabled = True  # what it says may hold a cell
    builder: Any = SparkSession.builder
    return builder.master(server).appName("hepar").config(map=settings).getOrCreate()


@contextmanager
def answering() -> Iterator[None]:
    """Say in a sentence what a cluster does not do; what it says may hold a cell."""
    try:
        yield
    except (PySparkException, Py4JError, ConnectionError, OSError) as error:
        said = str(error)
        if _STOPPED.search(said):
            raise StoppedError from None
        if _LOST.search(said):
            raise CohortError(GONE) from None
        if isinstance(error, AnalysisException):  # a query of ours that is none
            raise
        raise CohortError(NO_CLUSTER) from None


class Spark:
    """An engine over files that a cluster reads."""

    at_once: int | None = None

    def __init__(self, server: str, tables: Mapping[str, Sequence[Path]]) -> None:
        self._session, self._tables = session(server), tables
        with answering():
            for name, files in tables.items():
                self._session.read.parquet(*map(str, files)).createOrReplaceTempView(name)

    def columns(self, sql: str, values: Mapping[str, object]) -> Answer:
        """The columns that a query gives."""
        asked = {name: values[name] for name in set(PARAMETER.findall(sql))}
        text = sql.replace("DOUBLE PRECISION", "DOUBLE")
        with answering():
            found = self._session.sql(text, args=asked).toArrow()
        return {name: plain(found.column(name)) for name in found.column_names}

    def interrupt(self) -> None:
        """Stop what runs."""
        self._session.interruptAll()

    def close(self) -> None:
        """Let go of the files; what drives the cluster goes with this program."""
        with answering():
            for name in self._tables:
                self._session.catalog.dropTempView(name)
