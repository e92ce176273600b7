/**
 * How long a claim on a row holds without renewal, for every worker. The sweep leaves claimed rows alone, comes round
 * within 66 s, and promises that a row whose job is gone is queued again within 120 s: so never above 50.
 * Long work renews it; a write is guarded by the lease's token, not by this time.
 */
export const leaseSeconds = 45;
