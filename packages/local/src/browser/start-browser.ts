import { chromium, type Browser } from "playwright-core";
import { environment } from "../process/environment.ts";
import { findChromium } from "./find-chromium.ts";

/** Nothing of its own accord, and a drawing of WebGL without a graphics card. */
const args = [
  "--no-sandbox", // Root, as in a container, has no other way; it opens pages of ours alone.
  "--disable-quic",
  "--disable-background-networking",
  "--enable-unsafe-swiftshader",
  "--use-angle=swiftshader",
  "--ignore-gpu-blocklist",
  "--enable-gpu",
];

/** @throws {Error} whose first line says what to install. */
export const startBrowser = async (): Promise<Browser> => {
  const { file, env } = await findChromium();
  return chromium.launch({ executablePath: file, env: { ...environment, ...env }, args });
};
