"""An Ed25519 signature of a run with a key of the laboratory (RFC 8032, package cryptography)."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from hil.errors import BadInput
from hil.evidence import schema
from hil.evidence.files import write_atomically
from hil.evidence.verify import open_manifest, verify_evidence


def make_keys(private: Path, public: Path) -> None:
    """Write a new key pair as PEM. Raises BadInput rather than overwrite a key."""
    for path in (private, public):
        if path.exists():
            raise BadInput(f"{path} exists; a key is never overwritten. Give another name.")
    key = Ed25519PrivateKey.generate()
    try:
        private.touch(mode=0o600)
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as error:
        raise BadInput(f"The keys {private} and {public} cannot be written: {error}.") from error


def sign(run: Path, private: Path) -> None:
    """Sign the digest of a run's evidence into manifest.sig. Reports can be made again without signing again.

    Raises BadInput when the evidence is altered or the key cannot be used.
    """
    manifest = open_manifest(run)
    problems = verify_evidence(run, manifest)
    if problems:
        raise BadInput(f"{run} is not signed, because its evidence is altered: {' '.join(problems[:3])}")
    key = _private_key(private)
    content = {
        "algorithm": "Ed25519",
        "digest": manifest.digest,
        "public_key": _text(_raw(key.public_key())),
        "signature": _text(key.sign(manifest.digest.encode())),
    }
    try:
        write_atomically(run / schema.SIGNATURE, json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise BadInput(f"{run / schema.SIGNATURE} cannot be written: {error}.") from error


def fingerprint_of(private: Path) -> str:
    """Return the fingerprint of the public half of a private key file. Raises BadInput when it cannot be used."""
    return _fingerprint(_private_key(private).public_key())


def check(run: Path, public: Path | None = None) -> tuple[str, list[str]]:
    """Return what the signature says, and what is wrong with it.

    public: the laboratory's key; without it only the integrity is checked, not who signed.
    """
    path = run / schema.SIGNATURE
    if not path.is_file():
        return "not signed", [] if public is None else [f"{run} is not signed."]
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(content["public_key"], validate=True))
        signature = base64.b64decode(content["signature"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        return "unreadable", [f"{path} cannot be read ({error})."]
    fingerprint = _fingerprint(key)
    try:
        key.verify(signature, open_manifest(run).digest.encode())
    except InvalidSignature:
        return "invalid", [f"{path} does not belong to this manifest: one of them was altered."]
    if public is None:
        return f"signed with key {fingerprint}, which was not compared with a key of the laboratory", []
    if _raw(_public_key(public)) != _raw(key):
        return "signed with another key", [f"{path} was made with key {fingerprint}, not with {public}."]
    return f"signed with key {fingerprint} of {public}", []


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(f"{path} cannot be read as a private key ({error}).") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{path} is not an Ed25519 key.")
    return key


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as a public key ({error}).") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(f"{path} is not an Ed25519 key.")
    return key


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _fingerprint(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
