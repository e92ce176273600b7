/** How long the longest waiting job has been due. Every instance of a worker tells the same number, so never a sum. */
export const latencyWhere = (label: string, value: string): string => `max(queue_latency_seconds{${label}="${value}"})`;
