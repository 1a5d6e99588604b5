"""Idempotency keys: the first answer under a key is the answer for as long as the key lives."""

import json
import time
from collections.abc import Callable

from webapp.sandbox.stage import Result
from webapp.sandbox.tenants import Kept, Tenant


def once(tenant: Tenant, key: str | None, act: Callable[[], Result]) -> Result:
    """Act, unless an answer is kept under the key.

    Only what had an effect is kept: a refused request may be mended and sent again.
    """
    if not key or not tenant.dials.honours_key:
        return act()
    kept = tenant.keys.get(key)
    if kept is not None and _alive(kept, tenant):
        return Result(kept.status, json.loads(kept.body), facts={"replayed": True})
    result = act()
    if result.effect is not None:
        tenant.keys[key] = Kept(time.time(), result.status, json.dumps(result.body))
    return result


def _alive(kept: Kept, tenant: Tenant) -> bool:
    return kept.for_ever or time.time() - kept.kept_at < tenant.dials.key_ttl_s
