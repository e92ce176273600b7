import { z } from "zod";
import { duration, label, variables } from "./forms.ts";

const test = z
  .array(z.string())
  .refine(([how]) => how === "CMD" || how === "CMD-SHELL", "begins with CMD or CMD-SHELL");

/** `${NAME}`, with a default, or with a message where it is missing; or a plain text. */
const value = z.string();

const service = (services: readonly string[], names: readonly string[]) =>
  z.strictObject({
    image: z.string().regex(/^[\w./-]+:[\w.-]+$/, "an image has a tag"),
    build: z.strictObject({ context: z.literal(".."), dockerfile: z.string().startsWith("apps/") }).optional(),
    profiles: z.array(z.literal("supabase")).optional(),
    init: z.literal(true).optional(),
    depends_on: z
      .partialRecord(
        z.enum(services),
        z.strictObject({
          condition: z.enum(["service_healthy", "service_started"]),
          required: z.literal(false).optional(),
        }),
      )
      .optional(),
    volumes: z.array(z.string()).optional(),
    environment: variables(names, value).optional(),
    ports: z.array(z.string().regex(/^127\.0\.0\.1:/, "a port is opened on loopback alone")).optional(),
    command: z.array(z.string()).optional(),
    restart: z.literal("unless-stopped"),
    stop_grace_period: duration.optional(),
    mem_limit: z
      .string()
      .regex(/^\d+m$/)
      .optional(),
    read_only: z.literal(true).optional(),
    cap_drop: z.tuple([z.literal("ALL")]).optional(),
    security_opt: z.tuple([z.literal("no-new-privileges:true")]).optional(),
    healthcheck: z
      .strictObject({
        test,
        interval: duration,
        timeout: duration,
        retries: z.int().min(1),
        start_period: duration.optional(),
      })
      .optional(),
  });

/** The part of the Compose specification that is used here. */
export const composeFile = (serviceNames: readonly string[], variableNames: readonly string[]) =>
  z.strictObject({
    name: label,
    services: z.partialRecord(z.enum(serviceNames), service(serviceNames, variableNames)),
    volumes: z.partialRecord(z.enum(["queues", "database", "files"]), z.strictObject({})),
  });
export type ComposeService = z.infer<ReturnType<typeof service>>;
