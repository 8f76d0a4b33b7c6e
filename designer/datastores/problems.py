"""What a store's own errors mean, as a code, a sentence and what to do."""

import socket

TYPE_CHECKING = False  # as in the launcher: this runs in steps
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class StoreProblem(Exception):
    """A store cannot do what was asked: `code` is stable, `option` names the setting that is wrong, if one is."""

    def __init__(self, code: str, message: str, cure: str = "", option: str = "") -> None:
        self.code = code
        self.message = message
        self.cure = cure
        self.option = option
        super().__init__(f"{message} {cure}".strip())

    def as_json(self) -> "dict[str, str]":
        """For the wire."""
        return {"code": self.code, "message": self.message, "cure": self.cure, "option": self.option}


_TABLE: "tuple[tuple[tuple[str, ...], str, str, str], ...]" = (
    (("InvalidAccessKeyId",), "wrong_key", "The store does not know this access key.", "Look at the access key."),
    (("SignatureDoesNotMatch", "AuthenticationFailed", "InvalidAuthenticationInfo", "AuthenticationException",
      "BadAuthenticationType", "Server failed to authenticate", "password authentication failed", "Access denied for user",
      "Incorrect padding", "InvalidToken", "ExpiredToken", "status=401", "401,"),
     "wrong_key", "The store refuses these credentials.", "Enter the key or password again, and look whether it has expired."),
    (("BadHostKeyException", "not found in known_hosts", "host key"), "host_key",
     "The server shows another host key than it should.", "Compare it with the one the server's owner tells you."),
    (("NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist", "The specified container does not exist"),
     "no_such_container", "There is no such bucket or container.", "Look at its name, or make it there first."),
    (("AccessDenied", "Forbidden", "AuthorizationFailure", "AuthorizationPermissionMismatch", "PermissionError",
      "Permission denied", "permission denied", "Access Denied", "403"),
     "denied", "These credentials may not do this.", "Have the right to list, read or write given to them."),
    (("Name or service not known", "nodename nor servname", "gaierror", "Temporary failure in name resolution",
      "No address associated", "could not translate host name", "Could not resolve host", "Name does not resolve"),
     "unknown_host", "There is no such host.", "Look at the address."),
    (("refused", "ConnectionRefusedError", "Could not connect to the endpoint", "Cannot connect to host",
      "EndpointConnectionError", "ServiceRequestError", "NoValidConnectionsError", "Connection reset",
      "Network is unreachable", "No route to host", "ConnectionClosedError"),
     "no_answer", "Nothing answers at this address.", "Look at the address and port, and whether a firewall stands between."),
    (("SlowDown", "ServiceUnavailable", "ServerBusy", "503", "TooManyRequests", "InternalError", "500,"),
     "busy", "The store cannot serve this now.", "Try again in a moment."),
    (("timed out", "TimeoutError", "ReadTimeout", "ConnectTimeout"),
     "timeout", "The store does not answer in time.", "Try again; look at the network between."),
    (("CERTIFICATE_VERIFY_FAILED", "SSLError", "ssl", "SSL"),
     "tls", "No secure connection can be made.", "Look at the certificate of the store, and whether the address begins rightly."),
    (("could not be located", "NoCredentials", "Unable to locate credentials"),
     "no_key", "The store wants credentials.", "Enter a key, or choose access without one."),
)  # fmt: skip


def meaning(problem: BaseException) -> StoreProblem:
    """What an error of a store's library means."""
    for one in _chain(problem):
        if isinstance(one, StoreProblem):
            return one
    texts = [_text(one) for one in _chain(problem)]
    whole = " | ".join(texts)
    if any(isinstance(one, socket.gaierror) for one in _chain(problem)):
        return StoreProblem("unknown_host", "There is no such host.", "Look at the address.")
    for signs, code, message, cure in _TABLE:
        if any(sign in whole for sign in signs):
            return StoreProblem(code, message, f"{cure} The store said: {_said(problem)}")
    if any(isinstance(one, FileNotFoundError) for one in _chain(problem)):
        return StoreProblem("not_found", "There is no such file or folder there.", "Look at the path.")
    if isinstance(problem, ModuleNotFoundError):
        return StoreProblem(
            "not_installed", f"The package {problem.name} is not installed.", "Install it where the server runs."
        )
    return StoreProblem("failed", f"The store said: {_said(problem)}", "Look at its settings.")


def _chain(problem: "BaseException | None") -> "Iterator[BaseException]":
    seen = 0
    while problem is not None and seen < 10:
        yield problem
        problem, seen = problem.__cause__ or problem.__context__, seen + 1


def _text(problem: BaseException) -> str:
    more: Any = (
        getattr(problem, "status", "") or getattr(problem, "status_code", "") or getattr(problem, "error_code", "")
    )
    return f"{type(problem).__name__}: {problem} {f'status={more}' if more else ''}"


def _said(problem: BaseException) -> str:
    text = " ".join(str(problem).split()) or type(problem).__name__
    return text[:300]
