"""The certificate that databases elsewhere see: the person's own, or one that signs itself and is made once."""

import ipaddress
import os
import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput
from nacre.core.whole import write_whole

if TYPE_CHECKING:  # takes a while to load, and is of use once
    from cryptography import x509

_LASTS = timedelta(days=3650)


@dataclass(frozen=True)
class Certificate:
    """Both as PEM."""

    chain: str
    key: str = field(repr=False)

    @property
    def der(self) -> bytes:
        """The server's own, which comes first in the chain; sign-ins are bound to it."""
        before, end, _ = self.chain.partition(ssl.PEM_FOOTER)
        return ssl.PEM_cert_to_DER_cert(before[before.index(ssl.PEM_HEADER) :] + end + "\n")


def given(chain: Path, key: Path) -> Certificate:
    """The person's own. Raises InvalidInput "bad-certificate" where it cannot be used."""
    try:
        found = Certificate(chain.read_text(), key.read_text())
        context_of(found)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise InvalidInput(
            "bad-certificate",
            f"{chain} with {key} is no certificate that can be used: {error}.",
            hint="llm_certificate_file and llm_certificate_key_file are PEM files that belong to each other.",
        ) from error
    return found


def own(folder: Path, host: str, clock: Clock) -> Certificate:
    """The one in `folder`, made where there is none: clients are to be given models.crt as what they trust."""
    chain, key = folder / "models.crt", folder / "models.key"
    if not (chain.exists() and key.exists()):
        made = _made(host, clock)
        for path, text, mode in ((key, made.key, 0o600), (chain, made.chain, 0o644)):
            write_whole(path, text.encode(), mode)
    return Certificate(chain.read_text(), key.read_text())


def context_of(certificate: Certificate) -> ssl.SSLContext:
    """For a server. OpenSSL reads files alone, so it is given ones that are in no folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    descriptors = [os.memfd_create(name) for name in ("chain", "key")]
    try:
        for descriptor, text in zip(descriptors, (certificate.chain, certificate.key), strict=True):
            os.write(descriptor, text.encode())
        context.load_cert_chain(*(f"/proc/self/fd/{descriptor}" for descriptor in descriptors))
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    return context


def _made(host: str, clock: Clock) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nacre, models")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock() - timedelta(days=1))
        .not_valid_after(clock() + _LASTS)
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Certificate(certificate.public_bytes(serialization.Encoding.PEM).decode(), encoded.decode())


def _alternative(host: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
