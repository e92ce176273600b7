import type { EndpointKey, EndpointSecrets } from "./ports.ts";

/** The part of packages/crypto's seal that is needed here. */
interface Seal {
  open(
    place: { readonly orgId: string; readonly table: string; readonly rowId: string; readonly column: string },
    sealed: string,
  ): Promise<string>;
}

/** Opens what `apps/api` sealed when the endpoint was stored; the places must be the same. */
export const makeEndpointSecrets = (seal: Seal): EndpointSecrets => ({
  headers: async ({ orgId, endpointId }: EndpointKey, sealed) =>
    JSON.parse(
      await seal.open({ orgId, table: "webhook_endpoints", rowId: endpointId, column: "sealed_headers" }, sealed),
    ) as Record<string, string>,
  secret: (orgId, { id, sealed }) =>
    seal.open({ orgId, table: "webhook_endpoint_secrets", rowId: id, column: "sealed" }, sealed),
});
