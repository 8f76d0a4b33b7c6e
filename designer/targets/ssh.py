"""The target `ssh`: steps run on another machine that has Python and sshd; nothing is installed there by hand.

What a person chooses, and what may be wrong with that; the target itself is in ssh_target.py.
"""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from designer.graph.findings import Finding, Severity
from designer.targets.kinds import Context
from designer.targets.ssh_connection import Address, Connection, Lost, Refused, Trouble, ask_host_key, fingerprint
from designer.targets.ssh_target import LITTLE_ROOM, SshTarget

TEXT_HOST = r"^[A-Za-z0-9_][A-Za-z0-9_.:-]*$"


class Options(BaseModel):
    """What a person chooses about a machine that is reached by ssh."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        title="Machine", min_length=1, max_length=255, pattern=TEXT_HOST,
        description="Its name or address, or an alias from the ssh configuration of the server.",
    )  # fmt: skip
    port: int | None = Field(default=None, ge=1, le=65_535, title="Port", description="22 where nothing else is said.")
    user: str = Field(
        default="", max_length=64, pattern=r"^([A-Za-z0-9_][A-Za-z0-9_.@\\-]*)?$", title="User",
        description="Who steps run as over there.",
    )  # fmt: skip
    private_key: str = Field(
        default="", title="Private key", json_schema_extra={"secret": True, "multiline": True},
        description="The whole key, in OpenSSH's or PEM form. Without one, the keys and the agent of the server's user are tried.",
    )  # fmt: skip
    password: str = Field(
        default="", title="Password", json_schema_extra={"secret": True},
        description="Of the private key where there is one, else of the account.",
    )  # fmt: skip
    host_key: str = Field(
        default="", max_length=4_096, title="Host key",
        description="What the machine proves who it is with. Testing the connection shows it; with another key it is refused.",
    )  # fmt: skip
    folder: str = Field(
        default="~/.designer-target", min_length=1, max_length=1_024, title="Folder",
        description="Where launcher, environments, inputs and running jobs are kept over there.",
    )  # fmt: skip
    python: str = Field(
        default="", max_length=1_024, title="Python",
        description="An interpreter over there; looked for where nothing is said. Steps run on it where it has all the packages "
        "they need, in the same versions; else an environment is built.",
    )  # fmt: skip
    cache_gb: float = Field(
        default=20.0, gt=0, title="Cache (GB)", description="How much of the inputs is kept over there for later steps.",
    )  # fmt: skip
    memory_limit_mb: int | None = Field(
        default=None, ge=64, title="Memory limit (MB)",
        description="Memory that one step may hold; without a limit it may hold all there is.",
    )  # fmt: skip
    patience_minutes: float = Field(
        default=30.0, gt=0, title="Patience (minutes)",
        description="How long running steps are waited for while the machine cannot be reached; then they count as lost.",
    )  # fmt: skip

    @field_validator("host_key")
    @classmethod
    def _is_a_key(cls, value: str) -> str:
        parts = value.split()
        if value.strip() and (
            len(parts) < 2 or fingerprint(value) == "?" or not parts[0].startswith(("ssh-", "ecdsa-", "sk-"))
        ):
            raise ValueError('not a host key such as "ssh-ed25519 AAAA..."')
        return " ".join(parts[:2])

    @property
    def address(self) -> Address:
        """How the machine is reached."""
        return Address(
            self.host, self.port, self.user, self.private_key, self.password, self.host_key, self.python, self.folder
        )


def make(name: str, options: Options, context: Context) -> "SshTarget":
    """The target that these options describe."""
    return SshTarget(
        name, options.address, context.folder, patience=options.patience_minutes * 60,
        most_cached=int(options.cache_gb * 1e9), memory_limit_mb=options.memory_limit_mb,
    )  # fmt: skip


def test(options: Options, context: Context) -> list[Finding]:
    """Everything that is wrong with these options and the machine, as far as one gets."""
    try:
        if not options.host_key:
            shown = ask_host_key(options.address)
            return [Finding(
                "host_key", f"{options.host} shows the host key {fingerprint(shown)} ({shown.split()[0]}). Nobody has accepted it yet.",
                f"Compare it with what the machine's owner says; if it is right, put this into Host key: {shown}", parameter="host_key",
            )]  # fmt: skip
        connection = Connection(options.address)
    except Trouble as problem:
        return [Finding("unreachable", problem.message, problem.cure, parameter=problem.parameter)]
    findings = []
    try:
        connection.call("software", named=options.python)
        free = int(connection.machine["free"])
        if free < LITTLE_ROOM:
            findings.append(Finding(
                "space", f"Only {free / 1e6:,.0f} MB are free in {connection.machine['root']} on {options.host}.",
                "Free some space there, or name another folder.", Severity.WARNING, parameter="folder",
            ))  # fmt: skip
    except Refused as problem:
        findings.append(Finding("python", f"On {options.host} {problem}.", "Install one there.", parameter="python"))
    except Lost:
        findings.append(
            Finding("unreachable", f"The connection to {options.host} was cut.", "Test it again.", parameter="host")
        )
    finally:
        connection.close()
    return findings
