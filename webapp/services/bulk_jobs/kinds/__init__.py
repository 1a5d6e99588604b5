"""The actions, one file each; what a list offers is decided by ``Kind.tables``."""

from collections.abc import Mapping

from webapp.services.bulk_jobs.contract import Kind
from webapp.services.bulk_jobs.kinds.accounts_go_on import GoOn
from webapp.services.bulk_jobs.kinds.accounts_look import LookNow
from webapp.services.bulk_jobs.kinds.accounts_resend import Resend
from webapp.services.bulk_jobs.kinds.accounts_try import TryNow
from webapp.services.bulk_jobs.kinds.catalogue import SwitchPackages, SwitchPlans
from webapp.services.bulk_jobs.kinds.never_used_tell import TellAnew
from webapp.services.bulk_jobs.kinds.orphans_adopt import AdoptExact
from webapp.services.bulk_jobs.kinds.orphans_end import ApproveEnd, AskEnd, TakeUpAgain
from webapp.services.bulk_jobs.kinds.orphans_ignore import SetAside
from webapp.services.bulk_jobs.kinds.services_sell import Sell
from webapp.services.bulk_jobs.kinds.services_status import SetStatus
from webapp.services.bulk_jobs.kinds.services_take_off import TakeOff

_ALL: tuple[Kind, ...] = (
    Sell(), TakeOff(), SetStatus(), TryNow(), Resend(), TellAnew(), LookNow(), GoOn(), SwitchPackages(), SwitchPlans(),
    AdoptExact(), SetAside(), AskEnd(), ApproveEnd(), TakeUpAgain(),
)  # fmt: skip
KINDS: Mapping[str, Kind] = {kind.key: kind for kind in _ALL}
