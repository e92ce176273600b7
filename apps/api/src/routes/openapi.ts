import { Router } from "express";
import type { Endpoint } from "../endpoint.ts";
import { describeApi } from "../openapi.ts";

/** The description is public, like the code it is made from. */
export const openapiRoute = (endpoints: readonly Endpoint[]): Router => {
  const description = describeApi(endpoints);
  const router = Router();
  router.get("/openapi.json", (_req, res) => {
    res.set({ "cache-control": "public, max-age=300", "access-control-allow-origin": "*" }).json(description);
  });
  return router;
};
