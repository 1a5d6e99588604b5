"""Another gateway chosen on the form: what fits is kept, a secret goes nowhere else, the rest is named."""

from werkzeug.datastructures import MultiDict

from webapp.gateways.contract import Guarantee, ParamSpec, ProductSource, Traits, Trust, Unit
from webapp.gateways.registry import get_gateway
from webapp.web.forms.gateway_change import carry_over, rows_in_place


def nx() -> Traits:
    return get_gateway("nx_play").traits


def webhook() -> Traits:
    return get_gateway("outros").traits


def other(*params: ParamSpec) -> Traits:
    """Return a gateway that takes these params and no free ones."""
    return Traits(
        "other", "Other", Trust.ASSUMED, Unit.ACCOUNT, params, frozenset(), ProductSource.MANUAL,
        Guarantee.EXACTLY_ONE,
    )  # fmt: skip


def rows(**named: str) -> dict[str, str]:
    """Return free rows as a form sends them."""
    return {
        f"free-{number}-{part}": text
        for number, pair in enumerate(named.items())
        for part, text in zip(("name", "value"), pair, strict=True)
    }


def test_switches_and_texts_stay_and_rows_of_hubsoft_find_their_fields() -> None:
    sent = MultiDict({"description": "D", "single_package": "y", **rows(apUrl="https://x.example.com", token="t")})
    found = carry_over(sent, webhook(), nx())
    assert found.fields.to_dict() == {
        "description": "D", "single_package": "y", "param-api_url": "https://x.example.com", "param-token": "t",
    }  # fmt: skip
    assert found.lost == []


def test_what_does_not_fit_becomes_a_free_row_and_a_secret_does_not() -> None:
    sent = MultiDict({"param-api_url": "https://x.example.com", "param-token": "t", "param-usuario": ""})
    found = carry_over(sent, nx(), webhook())
    assert found.fields.to_dict() == {"free-0-name": "api_url", "free-0-value": "https://x.example.com"}
    assert found.lost == ["token"]


def test_what_has_no_place_at_all_is_named() -> None:
    found = carry_over(MultiDict(rows(loja="7")), webhook(), nx())
    assert (found.fields.to_dict(), found.lost) == ({}, ["loja"])


def test_secret_goes_only_into_a_secret_of_the_same_name() -> None:
    sent = MultiDict({"param-token": "t"})
    assert carry_over(sent, nx(), other(ParamSpec("token", "T"))).lost == ["token"]
    assert carry_over(sent, nx(), other(ParamSpec("Token", "T", kind="secret"))).lost == ["token"]
    assert carry_over(sent, nx(), other(ParamSpec("token", "T", kind="secret"))).fields["param-token"] == "t"


def test_stored_secret_stays_behind_and_is_named() -> None:
    assert carry_over(MultiDict(), nx(), webhook(), {"token"}).lost == ["token"]


def test_value_that_is_no_choice_of_the_new_gateway_is_named() -> None:
    sent = MultiDict({"param-usuario": "cpf_cnpj"})
    assert carry_over(sent, nx(), other(ParamSpec("usuario", "U", kind="choice", choices=("email",)))).lost == [
        "usuario"
    ]


def test_row_with_a_declared_name_moves_to_its_field_unless_that_is_filled() -> None:
    sent = MultiDict({"param-api_url": "", "param-token": "typed", **rows(api_url="https://x.example.com", token="u")})
    moved = rows_in_place(sent, nx())
    assert moved.to_dict() == {
        "param-api_url": "https://x.example.com", "param-token": "typed", "free-1-name": "token", "free-1-value": "u",
    }  # fmt: skip
