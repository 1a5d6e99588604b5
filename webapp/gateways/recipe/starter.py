"""The recipe with which a new one begins: small, complete, and each word of it worth changing."""

STARTER = """\
# One platform in one file. docs/recipes.md explains every word; problems are shown while you type.
key = "my_platform"                 # a-z, 0-9 and _; the name of this recipe for ever
label = "My platform"
status = "assumed"                  # published (vendor's documents), observed (in use elsewhere), assumed
# note = "What whoever sells must know about this platform."
guarantee = "exactly_one"           # exactly_one, at_most_one, at_least_once
unit = "account"                    # account: all products at once; entitlement: each product on its own
product_source = "manual"           # list, per_customer, manual, generic
login_fields = ["email"]

[params.api_url]
label = "API address"
kind = "url"
required = true

[params.token]
label = "Token"
kind = "secret"
required = true

[password]
default_field = "login_autenticacao"  # field of the customer or service that becomes the password

[auth]
kind = "header"
headers = { Authorization = "Bearer {{ params.token }}" }

[operations.create]
method = "POST"
url = "{{ params.api_url }}/users"
remote = { id = "body.id" }
outcomes = [{ status = [409], is = "adopt" }]
[operations.create.json]
email = "{{ account.login }}"
name = "{{ customer.name }}"
password = "{{ account.password }}"
products = "{{ account.products }}"

[operations.update]
method = "PUT"
url = "{{ params.api_url }}/users/{{ remote.id }}"
json = { name = "{{ customer.name }}", password = "{{ account.password }}", products = "{{ account.products }}" }
empty_ok = true

[operations.suspend]
method = "POST"
url = "{{ params.api_url }}/users/{{ remote.id }}/suspend"
empty_ok = true

[operations.enable]
method = "POST"
url = "{{ params.api_url }}/users/{{ remote.id }}/enable"
empty_ok = true

[operations.cancel]
method = "DELETE"
url = "{{ params.api_url }}/users/{{ remote.id }}"
empty_ok = true
outcomes = [{ status = [404], is = "gone" }]

[operations.find]
method = "GET"
url = "{{ params.api_url }}/users"
query = { email = "{{ account.login }}" }
items = "body.users"
absent = "length(body.users) == `0`"

[account]
login = "email"
remote = { id = "id" }
state = "status"
states = { active = "active", suspended = "suspended" }
"""
