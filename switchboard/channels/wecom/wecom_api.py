"""The API of WeCom customer service: its token, and what its refusals mean.

Follows developer.work.weixin.qq.com (微信客服) and its table of return codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchboard.channels.platform import Trouble
from switchboard.channels.platform_client import PlatformClient, PlatformReply
from switchboard.channels.weixin.weixin_api import WeixinApi, table

WRONG_STATE = 95018
"""The session is with a person, waits for one, or has ended: the bot may not send."""
QUOTAS = {45009: 60.0, 45033: 5.0}
"""Too many calls, or too many at once; the seconds until it is worth another one."""
TROUBLES = table(
    {
        Trouble.DOWN: {-1, 6000},
        # 60020: our address is not listed. 95011, 95012, 95017: the service is not switched on.
        Trouble.ACCESS: {
            *(40001, 40013, 40014, 40091, 41001, 41004, 42001, 48002, 60011, 60020, 301002),
            *(95011, 95012, 95017),
        },
        # More than five messages since the customer's last, over 48 hours ago, or ended.
        Trouble.WINDOW: {95001, 95002, 95013},
    }
)


def open_wecom_api(base: str, corp_id: str, secret: str) -> WeixinApi:
    """The API of one company."""

    async def fetch(client: PlatformClient, _force: bool) -> PlatformReply:
        params = {"corpid": corp_id, "corpsecret": secret}
        return await client.request("GET", f"{base}/cgi-bin/gettoken", params=params)

    return WeixinApi(base, "wecom", fetch, TROUBLES, QUOTAS)


async def list_accounts(api: WeixinApi) -> list[Mapping[str, Any]]:
    """The customer-service accounts, at most a hundred.

    Raises:
        Undelivered: the API refused, or did not answer.
    """
    data = await api.call("/cgi-bin/kf/account/list", {"offset": 0, "limit": 100})
    listed = data.get("account_list")
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
