"""Secrets at rest: bound to their place, rotated by key id, never shown."""

import pytest

from webapp.gateways.contract import Secret
from webapp.vault import Vault, VaultError

OLD, NEW = {"k1": b"1" * 32}, {"k2": b"2" * 32, "k1": b"1" * 32}
PLACE = "integration_param:sealed:7:token"


def test_what_was_sealed_opens_at_its_place_only() -> None:
    vault = Vault(OLD)
    sealed = vault.seal("segredo çã", PLACE)
    assert vault.open(sealed, PLACE) == "segredo çã"
    for other in ("integration_param:sealed:8:token", "service:password:7", ""):
        with pytest.raises(VaultError):
            vault.open(sealed, other)


def test_the_newest_key_seals_and_older_ones_still_open() -> None:
    sealed = Vault(OLD).seal("x", PLACE)
    rotated = Vault(NEW)
    assert rotated.open(sealed, PLACE) == "x"
    assert rotated.seal("y", PLACE).startswith("k2.")
    with pytest.raises(VaultError):
        Vault(OLD).open(rotated.seal("y", PLACE), PLACE)


@pytest.mark.parametrize("broken", ["", "k1", "k1.", "k1.***", "k9.AAAA", "plain text"])
def test_garbage_is_refused_and_never_returned(broken: str) -> None:
    with pytest.raises(VaultError):
        Vault(OLD).open(broken, PLACE)


def test_one_changed_byte_is_noticed() -> None:
    sealed = Vault(OLD).seal("x", PLACE)
    changed = sealed[:-3] + ("A" if sealed[-3] != "A" else "B") + sealed[-2:]
    with pytest.raises(VaultError):
        Vault(OLD).open(changed, PLACE)


def test_the_same_text_is_sealed_differently_each_time_and_opens_as_a_secret() -> None:
    vault = Vault(OLD)
    assert vault.seal("x", PLACE) != vault.seal("x", PLACE)
    opened = vault.open(vault.seal("visible?", PLACE), PLACE)
    assert isinstance(opened, Secret)
    assert "visible" not in repr(opened)


def test_a_fingerprint_depends_on_the_key_stays_when_one_is_put_in_front_and_tells_nothing_else() -> None:
    assert Vault(OLD).fingerprint("001234") == Vault(NEW).fingerprint("001234")
    assert Vault(OLD).fingerprint("001234") != Vault({"k1": b"2" * 32}).fingerprint("001234")
    kept = Vault(OLD).keys()["fingerprint"]
    assert Vault({"k2": b"2" * 32, "fingerprint": kept}).fingerprint("001234") == Vault(OLD).fingerprint("001234")
    assert "001234" not in Vault(OLD).fingerprint("001234")
