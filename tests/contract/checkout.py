"""A checkout with the generated client: hold, then confirm."""

import os

from client import AuthenticatedClient
from client.api.redemptions import confirm_redemption, create_redemption
from client.models import ItemSaid, ModeSaid, RedemptionSaid

client = AuthenticatedClient(base_url=os.environ["VOUCHSAFE_URL"], token=os.environ["VOUCHSAFE_KEY"])
order = RedemptionSaid(
    code="SPRING-15",
    mode=ModeSaid.HOLD,
    order_ref="A-1001",
    items=[ItemSaid(sku="almanac", product_type="issue", unit_price=3490, quantity=1)],
)
held = create_redemption.sync(client=client, body=order)
confirmed = confirm_redemption.sync(held.id, client=client)
print(f"{held.state.value}, then {confirmed.state.value}: {confirmed.total} left of {confirmed.amount_before}")
