import { fragment } from "../fragment.ts";
import { oneOf, withDefault } from "../variable.ts";

export const logEnv = fragment({
  variables: {
    level: withDefault({
      name: "LOG_LEVEL",
      description: "The least important lines that are logged.",
      form: "`error`, `warn`, `info` or `debug`",
      example: "info",
      default: "info",
      fix: "Write error, warn, info or debug.",
      schema: oneOf(["error", "warn", "info", "debug"]),
    }),
  },
  build: ({ level }) => ({ level }),
});
