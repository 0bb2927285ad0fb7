"""Where a registry is, or the rows that it is made of: a path, or the address of a server."""

import re
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

_SCHEMES = re.compile(r"(postgres(?:ql)?|spark|sc)://", re.IGNORECASE)
_LOCAL = re.compile(r"local(?:\[(?:\d+|\*)\])?(?=#)")
Kind = Literal["files", "postgresql", "spark"]


class Address(NamedTuple):
    """An address, in its parts."""

    kind: Kind
    server: str  # '' of files
    inside: str  # the path; of a database what stands after ``#``: a schema, or a table of it

    @property
    def name(self) -> str:
        """What it is called where nobody has named it: nothing of what lets one in."""
        path = urlsplit(self.server).path if self.kind == "postgresql" else self.inside
        return path.rstrip("/").rpartition("/")[2]


def of(where: str) -> Address:
    """What an address is: all but that of a server is a path.

    Parameters
    ----------
    where : str
        A path; ``postgresql://USER@HOST/DATABASE#SCHEMA``, of which ``#SCHEMA`` may be left out; or
        of Apache Spark ``spark://HOST:PORT#PATH``, ``sc://HOST:PORT#PATH`` (Spark Connect) or
        ``local[N]#PATH``, where the path is one that the cluster reads.
    """
    server, _, inside = where.partition("#")
    if scheme := _SCHEMES.match(where):
        is_database = scheme[1].casefold().startswith("postgres")
        return Address("postgresql" if is_database else "spark", server, inside)
    return Address("spark", server, inside) if _LOCAL.match(where) else Address("files", "", where)
