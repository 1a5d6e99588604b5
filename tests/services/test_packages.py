"""Packages and plans: composition, products of one integration, Pacote Único."""

from decimal import Decimal

import pytest

from tests.factories import make_integration, make_package, make_plan, make_product, make_sale, make_service
from tests.services.helpers import account_of, actions, codes_of, nx_package, problems_of
from webapp.services import packages, plans, products
from webapp.services.errors import Conflict, NotFound
from webapp.services.inputs import PackageInput, PlanInput

pytestmark = pytest.mark.usefixtures("app")


def given(**overrides: object) -> PackageInput:
    return PackageInput(**{"description": "Filmes", "value": "29.90", **overrides})


def lines(*values: str) -> list[dict[str, str]]:
    return [{"description": f"line {value}", "kind": "sva", "value": value} for value in values]


def test_package_keeps_composition_products_and_dici() -> None:
    product = make_product()
    package = packages.create_package(
        given(
            code="F1", composition=lines("19.90", "10"), integration_id=product.integration_id,
            product_codes=[product.code], dici={"type": "seac", "technology": "fibra", "speed_mbps": "500"},
        )
    )  # fmt: skip
    assert sum((part.value for part in package.composition), Decimal(0)) == package.value
    assert [one.code for one in package.products] == [product.code]
    assert (package.dici_type, package.dici) == ("seac", {"technology": "fibra", "speed_mbps": "500"})


@pytest.mark.parametrize(
    ("values", "code", "gap"),
    [(("19.90", "9.99"), "composition_below", "0.01"), (("19.90", "10.10"), "composition_above", "0.10")],
)
def test_composition_that_does_not_add_up_is_refused_with_the_gap(values: tuple[str, ...], code: str, gap: str) -> None:
    problem = problems_of(lambda: packages.create_package(given(composition=lines(*values))))[0]
    assert (problem.field, problem.code, problem.params["gap"]) == ("composition", code, gap)


def test_words_that_anatel_does_not_know_are_refused_each_beside_its_field() -> None:
    dici = {"type": "scm", "medium": "pombo", "product_kind": "tv"}
    assert codes_of(lambda: packages.create_package(given(dici=dici))) == [
        ("dici.medium", "dici_medium_unknown"), ("dici.product_kind", "dici_product_kind_unknown"),
    ]  # fmt: skip


def test_what_is_not_declared_keeps_no_dici_data() -> None:
    package = packages.create_package(given(dici={"type": "none", "medium": "pombo", "speed_mbps": "500"}))
    assert (package.dici_type, package.dici) == ("none", {})


def test_unknown_products_are_refused_each_with_its_place() -> None:
    product = make_product(code="BASICO")
    data = given(integration_id=product.integration_id, product_codes=["BASIC0", "ZZZ"])
    assert codes_of(lambda: packages.create_package(data)) == [
        ("product_codes.0", "product_code_near"), ("product_codes.1", "product_code_unknown"),
    ]  # fmt: skip


def test_product_of_another_integration_is_unknown_here() -> None:
    product, other = make_product(), make_integration()
    data = given(integration_id=other.id, product_codes=[product.code])
    assert codes_of(lambda: packages.create_package(data))[0][0] == "product_codes.0"


def test_integration_without_products_and_products_without_integration_are_refused() -> None:
    assert codes_of(lambda: packages.create_package(given(integration_id=make_integration().id))) == [
        ("product_codes", "package_without_products")
    ]
    assert codes_of(lambda: packages.create_package(given(product_codes=["x"]))) == [
        ("product_codes", "products_without_integration")
    ]


def test_inactive_product_is_refused_on_a_new_package_and_kept_on_an_old_one() -> None:
    product = make_product()
    data = given(integration_id=product.integration_id, product_codes=[product.code])
    package = packages.create_package(data)
    products.set_product_active(product.id, False)
    assert codes_of(lambda: packages.create_package(data)) == [("product_codes.0", "product_inactive")]
    assert packages.update_package(package.id, data.model_copy(update={"description": "New"})).description == "New"


def test_pacote_unico_allows_one_product() -> None:
    integration = make_integration(single_package=True)
    codes = [make_product(integration).code, make_product(integration).code]
    data = given(integration_id=integration.id, product_codes=codes)
    assert codes_of(lambda: packages.create_package(data)) == [("product_codes", "single_package_product")]


def test_taken_code_is_refused_and_the_own_one_is_not() -> None:
    first = packages.create_package(given(code="F1"))
    assert codes_of(lambda: packages.create_package(given(code="F1"))) == [("code", "package_code_taken")]
    assert packages.update_package(first.id, given(code="F1", value="31.00")).value == Decimal("31.00")


def test_changed_products_mark_holders_and_a_changed_price_does_not() -> None:
    integration = make_integration()
    package = make_package(integration)
    service = make_service()
    make_sale(service, package)
    before = account_of(service).generation
    codes = [one.code for one in package.products]
    data = given(integration_id=integration.id, product_codes=codes, value="50")
    packages.update_package(package.id, data)
    assert account_of(service).generation == before
    more = [*codes, make_product(integration).code]
    packages.update_package(package.id, data.model_copy(update={"product_codes": more}))
    assert account_of(service).generation == before + 1


def test_sold_package_keeps_its_integration() -> None:
    package = make_package()
    make_sale(package=package)
    product = make_product()
    data = given(integration_id=product.integration_id, product_codes=[product.code])
    assert codes_of(lambda: packages.update_package(package.id, data)) == [
        ("integration_id", "package_integration_sold")
    ]


def test_unsold_package_can_move_to_another_integration() -> None:
    package, product = make_package(), make_product()
    data = given(integration_id=product.integration_id, product_codes=[product.code])
    assert [one.code for one in packages.update_package(package.id, data).products] == [product.code]


def test_same_package_again_changes_nothing_and_parts_alone_bump_the_version() -> None:
    package = packages.create_package(given())
    version = package.version
    packages.update_package(package.id, given(), version=version)
    assert (package.version, actions()) == (version, ["package.create"])
    packages.update_package(package.id, given(composition=lines("29.90")))
    assert package.version == version + 1
    with pytest.raises(Conflict, match="stale"):
        packages.update_package(package.id, given(value="1"), version=version)


def test_unknown_package_and_plan_are_not_found() -> None:
    with pytest.raises(NotFound):
        packages.get_package(99)
    with pytest.raises(NotFound):
        plans.get_plan(99)


def test_plan_refuses_unknown_inactive_and_doubled_packages() -> None:
    gone, held = make_package(), make_package()
    packages.set_package_active(gone.id, False)
    links = [{"package_id": 999}, {"package_id": gone.id}, {"package_id": held.id}, {"package_id": held.id}]
    data = PlanInput(description="P", value="99", packages=links)
    assert codes_of(lambda: plans.create_plan(data)) == [
        ("packages.0.package_id", "package_id_unknown"),
        ("packages.1.package_id", "package_inactive"),
        ("packages.3.package_id", "package_twice"),
    ]


def test_plan_refuses_two_packages_of_a_single_package_integration() -> None:
    integration = make_integration(single_package=True)
    one, two = make_package(integration), make_package(integration)
    assert codes_of(lambda: make_plan(one, two)) == [("packages", "single_package_taken")]


def test_plan_refuses_params_that_the_gateway_does_not_know() -> None:
    link = {"package_id": nx_package().id, "params": {"noggin": "maybe", "nogin": "true"}}
    data = PlanInput(description="P", value="99", packages=[link])
    assert codes_of(lambda: plans.create_plan(data)) == [
        ("packages.0.params.noggin", "not_a_switch"), ("packages.0.params.nogin", "param_unknown_near"),
    ]  # fmt: skip


def test_plan_name_is_unique() -> None:
    make_plan(description="Fibra 500")
    assert codes_of(lambda: make_plan(description="Fibra 500")) == [("description", "plan_description_taken")]


def test_changed_plan_leaves_its_customers_alone() -> None:
    first, second = make_package(), make_package()
    plan = make_plan(first)
    service = make_service(plan=plan)
    before = account_of(service).generation
    data = PlanInput(description=plan.description, value="120", packages=[{"package_id": second.id}])
    plans.update_plan(plan.id, data)
    assert [sale.package_id for sale in service.packages] == [first.id]
    assert account_of(service).generation == before


def test_same_plan_again_changes_nothing_and_links_alone_bump_the_version() -> None:
    package = make_package()
    plan = make_plan(package, description="P", value="10.00")
    version, events = plan.version, len(actions())
    data = PlanInput(description="P", value="10", packages=[{"package_id": package.id}])
    plans.update_plan(plan.id, data)
    assert (plan.version, len(actions())) == (version, events)
    data = PlanInput(description="P", value="10", packages=[{"package_id": package.id, "mandatory": True}])
    plans.update_plan(plan.id, data)
    assert (plan.version, len(actions())) == (version + 1, events + 1)
