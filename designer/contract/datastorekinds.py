"""The kinds of datastores: an `Options` model for each, from which the form is drawn. Nothing here imports a store's library."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from designer.errors import Invalid
from designer.graph.findings import Finding

SECRET: dict[str, Any] = {"secret": True}


class Options(BaseModel):
    """What a person says about a store."""

    model_config = ConfigDict(extra="forbid")


class Local(Options):
    """A folder of the server's machine."""

    folder: str = Field(title="Folder", description="Its full path on the server.", min_length=1, max_length=4_000)

    @field_validator("folder")
    @classmethod
    def _full(cls, value: str) -> str:
        if not value.startswith(("/", "~")):
            raise ValueError("is not a full path")
        return value


class S3(Options):
    """A bucket of Amazon S3, or of anything that speaks its language."""

    bucket: str = Field(title="Bucket", min_length=1, max_length=255, pattern=r"^[^/\s]+$")
    folder: str = Field("", title="Folder", description="Only what lies below it is seen.", max_length=1_000)
    endpoint: str = Field("", title="Address", description="Of a store other than Amazon's, such as https://minio.example:9000.", max_length=1_000)  # fmt: skip
    region: str = Field("", title="Region", description="Such as eu-central-1.", max_length=100)
    access_key: str = Field("", title="Access key", max_length=255)
    secret_key: str = Field("", title="Secret key", json_schema_extra=SECRET)
    anonymous: bool = Field(False, title="Without a key", description="The bucket is open to everyone.")

    @field_validator("endpoint")
    @classmethod
    def _address(cls, value: str) -> str:
        return _url(value, ("http", "https")) if value else value


class Azure(Options):
    """A container of Azure Blob Storage or Data Lake Storage."""

    account: str = Field(title="Storage account", min_length=1, max_length=255)
    container: str = Field(title="Container", min_length=1, max_length=255, pattern=r"^[^/\s]+$")
    folder: str = Field("", title="Folder", description="Only what lies below it is seen.", max_length=1_000)
    account_key: str = Field("", title="Account key", json_schema_extra=SECRET)
    sas_token: str = Field("", title="SAS token", description="Instead of a key.", json_schema_extra=SECRET)
    endpoint: str = Field(
        "", title="Address", description="Of the blob service, where it is not Azure's own.", max_length=1_000
    )

    @field_validator("endpoint")
    @classmethod
    def _address(cls, value: str) -> str:
        return _url(value, ("http", "https")) if value else value


class Sftp(Options):
    """A folder of a machine that is reached by SSH."""

    host: str = Field(title="Host", min_length=1, max_length=255, pattern=r"^[^/\s@]+$")
    port: int = Field(22, title="Port", ge=1, le=65_535)
    user: str = Field(title="User", min_length=1, max_length=255)
    folder: str = Field(
        "", title="Folder", description="Its full path there; empty is the user's home.", max_length=4_000
    )
    password: str = Field("", title="Password", json_schema_extra=SECRET)
    private_key: str = Field("", title="Private key", description="Instead of a password; without a passphrase.", json_schema_extra={**SECRET, "multiline": True})  # fmt: skip
    host_key: str = Field(
        "", title="Host key", description="As `ssh-keyscan` prints it. Empty trusts whoever answers.", max_length=4_000
    )


class Http(Options):
    """Files behind a web address. They can be read only."""

    url: str = Field(title="Address", description="Such as https://data.example/files.", min_length=1, max_length=2_000)
    user: str = Field("", title="User", max_length=255)
    password: str = Field("", title="Password", json_schema_extra=SECRET)
    token: str = Field(
        "", title="Token", description="Sent as a bearer token, instead of user and password.", json_schema_extra=SECRET
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        return _url(value, ("http", "https"))


class Sql(Options):
    """Tables of a database."""

    url: str = Field(title="Address", description="As SQLAlchemy writes it, without the password: postgresql://user@host/database.", min_length=1, max_length=2_000)  # fmt: skip
    schema_: str = Field("", title="Schema", alias="schema", max_length=255)
    password: str = Field("", title="Password", json_schema_extra=SECRET)

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not re.match(r"^[a-z0-9]+(\+[a-z0-9]+)?://", value):
            raise ValueError("is not an address such as postgresql://user@host/database")
        if re.match(r"^[^/]+//[^/@:]*:[^/@]+@", value):
            raise ValueError("holds a password; enter it in its own field")
        return value


def _url(value: str, schemes: tuple[str, ...]) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
        good = parts.scheme in schemes and bool(parts.hostname) and not parts.password
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"is not an address that begins with {' or '.join(f'{one}://' for one in schemes)}")
    return value


@dataclass(frozen=True)
class Kind:
    """One kind of datastore."""

    name: str
    title: str
    description: str
    options: type[Options]
    tables: bool = False  # whether it holds tables rather than files
    writable: bool = True

    def schema(self) -> dict[str, Any]:
        """The JSON schema of its options: the form is drawn from it."""
        return self.options.model_json_schema(by_alias=True)

    def secrets(self) -> frozenset[str]:
        """The options that are kept in the secret store."""
        fields = self.options.model_fields.items()
        return frozenset(
            name
            for name, one in fields
            if isinstance(one.json_schema_extra, dict) and "secret" in one.json_schema_extra
        )

    def read(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options, whole. Raises `Invalid` with a finding for each that is wrong."""
        try:
            return self.options.model_validate(dict(options)).model_dump(by_alias=True)
        except ValidationError as problem:
            raise Invalid(
                f"These settings do not fit a datastore of kind {self.title}.",
                findings=[_finding(error) for error in problem.errors(include_url=False, include_input=False)],
                cure="Mend what the findings name.",
            ) from problem


def _finding(error: Any) -> Finding:
    name = str((error["loc"] or ("",))[0])
    message = str(error["msg"]).removeprefix("Value error, ")
    return Finding("option", f"{name}: {message}", parameter=name)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("local", "Folder", "A folder of the machine that the server runs on.", Local),
        Kind("s3", "S3", "A bucket of Amazon S3, MinIO, Ceph or another store of that kind.", S3),
        Kind("azure", "Azure Blob", "A container of Azure Blob Storage or Data Lake Storage.", Azure),
        Kind("sftp", "SFTP", "A folder of a machine that is reached by SSH.", Sftp),
        Kind("http", "Web", "Files behind a web address, to be read.", Http, writable=False),
        Kind("sql", "Database", "Tables of PostgreSQL, MySQL, SQLite or another database.", Sql, tables=True),
    )
}
"""All kinds there are, in the order in which they are offered."""
