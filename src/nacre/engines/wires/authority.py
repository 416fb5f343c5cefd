"""Who may be at either end of a wire: an authority of this Nacre's own, and what it signs."""

import hashlib
import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from nacre.core.clock import Clock
from nacre.core.errors import InvalidInput
from nacre.core.whole import write_whole

if TYPE_CHECKING:  # takes a while to load, and is of use when a node joins
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_LASTS = timedelta(days=3650)


@dataclass(frozen=True)
class Pair:
    """Both as PEM."""

    certificate: str
    key: str = field(repr=False)


class Authority:
    """Its key and certificate are in `folder`, made at first use. Called from worker threads."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def certificate(self) -> str:
        """What both ends trust, as PEM, and nothing else."""
        return self._own().certificate

    def caller(self) -> Pair:
        """For the one who calls: nobody that only answers can stand in for it."""
        key = _new_key()
        return Pair(self._signed(key.public_key(), "control", calls=True), _pem(key))

    def answerer(self, public_key: str, name: str) -> str:
        """A certificate for the key of a machine of this name. Raises InvalidInput "bad-key"."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            key = load_pem_public_key(public_key.encode())
        except ValueError as error:
            raise InvalidInput("bad-key", f"The key of {name} cannot be read: {error}.") from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise InvalidInput("bad-key", f"The key of {name} is none of elliptic curves.")
        return self._signed(key, name, calls=False)

    def _own(self) -> Pair:
        key, certificate = self._folder / "authority.key", self._folder / "authority.crt"
        if not (key.exists() and certificate.exists()):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            made = _new_key()
            write_whole(key, _pem(made).encode())
            write_whole(certificate, _signed_itself(made, self._clock).encode(), 0o644)
        return Pair(certificate.read_text(), key.read_text())

    def _signed(self, key: "ec.EllipticCurvePublicKey", name: str, *, calls: bool) -> str:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID

        own = self._own()
        authority = x509.load_pem_x509_certificate(own.certificate.encode())
        signer = serialization.load_pem_private_key(own.key.encode(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        usage = ExtendedKeyUsageOID.CLIENT_AUTH if calls else ExtendedKeyUsageOID.SERVER_AUTH
        certificate = (
            _begun(name, self._clock)
            .issuer_name(authority.subject)
            .public_key(key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode()


def fingerprint(certificate: str) -> str:
    """The SHA-256 of a certificate in PEM. Raises InvalidInput "bad-certificate"."""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
    except ValueError as error:
        raise InvalidInput("bad-certificate", f"The certificate cannot be read: {error}.") from error


def own_key(path: Path) -> str:
    """The public half, as PEM, of the key in this file, which is made where there is none."""
    from cryptography.hazmat.primitives import serialization

    if not path.exists():
        write_whole(path, _pem(_new_key()).encode())
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


def _signed_itself(key: "ec.EllipticCurvePrivateKey", clock: Clock) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    begun = _begun("Nacre, nodes", clock)
    certificate = (
        begun.issuer_name(_named("Nacre, nodes"))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _begun(name: str, clock: Clock) -> "x509.CertificateBuilder":
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock() - timedelta(days=1))
        .not_valid_after(clock() + _LASTS)
    )


def _named(name: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _new_key() -> "ec.EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: "ec.EllipticCurvePrivateKey") -> str:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
