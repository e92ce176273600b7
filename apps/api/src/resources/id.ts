import { z } from "zod";

/** Any uuid that Postgres takes: the platform makes organisations' ids its own way, and entities' ids are hashes. */
export const id = z.guid();
