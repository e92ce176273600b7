import { defaultClientConditions, defineConfig } from "vite";

// The API serves the result below /dashboard/ with a policy that allows files of its own and nothing inline.
export default defineConfig({
  root: "src",
  base: "/dashboard/",
  resolve: { conditions: ["@gpt-agent/source", ...defaultClientConditions] },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  worker: { format: "es" },
});
