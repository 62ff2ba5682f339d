"""The webhooks: deliveries, review cycles and review failures."""
