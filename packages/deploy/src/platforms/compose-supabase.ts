import type { ComposeService } from "../contracts/compose.ts";

const profile = { profiles: ["supabase" as const], restart: "unless-stopped" as const };
const database = "postgres://{user}:${POSTGRES_PASSWORD}@database:5432/postgres";
const as = (user: string): string => database.replace("{user}", user);
const health = { interval: "10s", timeout: "5s", retries: 6, start_period: "20s" };
const afterDatabase = { database: { condition: "service_healthy" as const } };

/**
 * What of Supabase the workers use and nothing else: Postgres, REST, Storage, and one address in front of both. No sign-in,
 * no studio. The keys in SUPABASE_SERVICE_ROLE_KEY and SUPABASE_ANON_KEY are JWTs signed with JWT_SECRET.
 */
export const supabaseServices: Readonly<Record<string, ComposeService>> = {
  database: {
    image: "supabase/postgres:15.8.1.085",
    ...profile,
    environment: { POSTGRES_PASSWORD: "${POSTGRES_PASSWORD:-}", JWT_SECRET: "${JWT_SECRET:-}", JWT_EXP: "3600" },
    volumes: [
      "database:/var/lib/postgresql/data",
      "./supabase/roles.sql:/docker-entrypoint-initdb.d/init-scripts/99-roles.sql:ro",
    ],
    ports: ["127.0.0.1:5432:5432"],
    healthcheck: { test: ["CMD", "pg_isready", "--username", "postgres"], ...health },
  },
  // Its image has no shell to check it with; clients try again.
  rest: {
    image: "postgrest/postgrest:v12.2.12",
    ...profile,
    depends_on: afterDatabase,
    environment: {
      PGRST_DB_URI: as("authenticator"),
      PGRST_DB_SCHEMAS: "public,agent_jobs",
      PGRST_DB_ANON_ROLE: "anon",
      PGRST_DB_MAX_ROWS: "1000",
      PGRST_JWT_SECRET: "${JWT_SECRET:-}",
    },
  },
  storage: {
    image: "supabase/storage-api:v1.19.3",
    ...profile,
    depends_on: { ...afterDatabase, rest: { condition: "service_started" } },
    environment: {
      ANON_KEY: "${SUPABASE_ANON_KEY:-}",
      SERVICE_KEY: "${SUPABASE_SERVICE_ROLE_KEY:-}",
      POSTGREST_URL: "http://rest:3000",
      PGRST_JWT_SECRET: "${JWT_SECRET:-}",
      DATABASE_URL: as("supabase_storage_admin"),
      FILE_SIZE_LIMIT: "1073741824",
      STORAGE_BACKEND: "file",
      FILE_STORAGE_BACKEND_PATH: "/var/lib/storage",
      TENANT_ID: "stub",
      REGION: "stub",
      GLOBAL_S3_BUCKET: "stub",
      ENABLE_IMAGE_TRANSFORMATION: "false",
    },
    volumes: ["files:/var/lib/storage"],
    healthcheck: { test: ["CMD", "wget", "--quiet", "--spider", "http://127.0.0.1:5000/status"], ...health },
  },
  supabase: {
    image: "nginx:1.28-alpine",
    ...profile,
    depends_on: { rest: { condition: "service_started" }, storage: { condition: "service_healthy" } },
    volumes: ["./supabase/nginx.conf:/etc/nginx/conf.d/default.conf:ro"],
    ports: ["127.0.0.1:54321:8000"],
    healthcheck: { test: ["CMD", "wget", "--quiet", "--spider", "http://127.0.0.1:8000/health"], ...health },
  },
};
