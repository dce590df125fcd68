"""What AWS says no with, and the forms that its protocols give it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

#: Codes that AWS names otherwise where it speaks the query protocol (STS, "Common errors").
_IN_QUERIES = {
    "UnrecognizedClientException": "InvalidClientTokenId",
    "ExpiredTokenException": "ExpiredToken",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "IncompleteSignatureException": "IncompleteSignature",
    "AccessDeniedException": "AccessDenied",
    "ThrottlingException": "Throttling",
}
#: Codes that are 403 where the protocol uses HTTP's statuses; AWS JSON answers them with 400.
_FORBIDDEN = {
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "IncompleteSignatureException",
    "AccessDeniedException",
}
_OTHER_STATUSES = {"ResourceNotFoundException": 404, "ThrottlingException": 429}


@dataclass
class RefusedError(Exception):
    """An error of AWS: its code, its words, and a status if it is not the protocol's usual one."""

    code: str
    message: str
    status: int = 0
    #: Further members of the error, such as Athena's `AthenaErrorCode`.
    members: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def written(self, protocol: str, request_id: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body as services with this protocol write them."""
        if protocol == "query":
            code = _IN_QUERIES.get(self.code, self.code)
            status = self.status or (403 if self.code in _FORBIDDEN else 400)
            return status, {"Content-Type": "text/xml"}, self._xml(code, request_id)
        said = {"message": self.message, **self.members}
        if protocol == "rest-json":
            usual = 403 if self.code in _FORBIDDEN else _OTHER_STATUSES.get(self.code, 400)
            headers = {"Content-Type": "application/json", "x-amzn-ErrorType": f"{self.code}:"}
            return self.status or usual, headers, json.dumps(said).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1"}
        return self.status or 400, headers, json.dumps({"__type": self.code, **said}).encode()

    def _xml(self, code: str, request_id: str) -> bytes:
        return (
            '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
            f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(self.message)}</Message>"
            f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        ).encode()
