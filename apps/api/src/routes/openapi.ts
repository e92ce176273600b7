import { Router } from "express";
import type { Endpoint } from "../endpoint.ts";
import { describeApi } from "../openapi.ts";

/** The description is public, like the code it is made from. */
export const openapiRoute = (endpoints: readonly Endpoint[]): Router => {
  let description: ReturnType<typeof describeApi> | undefined;
  const router = Router();
  router.get("/openapi.json", (_req, res) => {
    description ??= describeApi(endpoints);
    res.set({ "cache-control": "public, max-age=300", "access-control-allow-origin": "*" }).json(description);
  });
  return router;
};
