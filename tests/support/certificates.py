"""An authority of the tests' own, as the region of a closed network has one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certified(host: str) -> dict[str, str]:
    """An authority made for the tests, and the certificate that it gives ``host``: names of files → PEM."""
    now = datetime.now(UTC) - timedelta(hours=1)

    def signed(
        name: str, key: Any, by: Any, issuer: str, *extensions: x509.ExtensionType
    ) -> x509.Certificate:
        built = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=365))
        )
        for extension in extensions:
            built = built.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return built.sign(by, hashes.SHA256())

    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = signed("Essai AC", authority, authority, "Essai AC", x509.BasicConstraints(True, 0))
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    given = signed(host[:60], own, authority, "Essai AC", names, x509.BasicConstraints(False, None))
    key = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    return {
        "ca.crt": root.public_bytes(pem).decode(),
        "tls.crt": given.public_bytes(pem).decode(),
        "tls.key": key.decode(),
    }
