"""Stock: lots, the ledger of every change of them, deliveries, adjustments, counts, and what runs low or expires."""
