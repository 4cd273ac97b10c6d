"""The API of an official account: its token, and what its refusals mean.

Follows developers.weixin.qq.com/doc/service: stable_token, message/custom/send, media, and the
table of return codes.
"""

from __future__ import annotations

from switchboard.channels.platform import Trouble
from switchboard.channels.platform_client import PlatformClient, PlatformReply
from switchboard.channels.weixin.weixin_api import WeixinApi, table
from switchboard.channels.weixin.weixin_token import EXPIRED

NO_RIGHT = 48001
"""The account may not send customer-service messages, and will not before somebody acts."""
QUOTAS = {45009: 1800.0, 45011: 60.0}
"""Too many calls today, or in this minute; the seconds until it is worth another one."""
TROUBLES = table(
    {
        Trouble.DOWN: {-1},
        # 40164: our address is not on the account's list.
        Trouble.ACCESS: {
            *EXPIRED,
            *(40002, 40013, 40125, 40164, 41002, 41004, 48002, 48004, 48006, 50002),
        },
        # Not subscribed (any more), on the account's black list, or refused.
        Trouble.BLOCKED: {43004, 43019, 43101},
        # More than 48 hours ago, or more than five messages since the customer's last.
        Trouble.WINDOW: {45015, 45047},
        # Final, since what waits would keep back the answers that go out in time.
        Trouble.INVALID: {NO_RIGHT},
    }
)


def open_wechat_api(base: str, app_id: str, secret: str) -> WeixinApi:
    """The API of one official account."""

    async def fetch(client: PlatformClient, force: bool) -> PlatformReply:
        body = {
            "grant_type": "client_credential",
            "appid": app_id,
            "secret": secret,
            "force_refresh": force,
        }
        return await client.request("POST", f"{base}/cgi-bin/stable_token", body)

    return WeixinApi(base, "wechat", fetch, TROUBLES, QUOTAS)
