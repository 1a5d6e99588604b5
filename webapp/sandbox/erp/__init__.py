"""A fake ERP per tenant, in the shapes of HubSoft, IXC and SGP at once over the same people."""
