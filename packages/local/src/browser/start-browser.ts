import { chromium, type Browser } from "playwright-core";
import { environment } from "../process/environment.ts";
import { findChromium } from "./find-chromium.ts";

/** Nothing of its own accord, and WebGL without a graphics card. */
const usual = [
  "--no-sandbox", // Root, as in a container, has no other way; it opens pages of ours alone.
  "--disable-quic",
  "--disable-background-networking",
  "--enable-unsafe-swiftshader",
];
/**
 * Puts pages together beside the page's thread, as with a graphics card: otherwise that thread waits for every frame of
 * WebGL and measures the drawing in place of the page. Slower on the whole, for it is all the processor's work.
 */
const asWithGraphicsCard = ["--use-angle=swiftshader", "--ignore-gpu-blocklist", "--enable-gpu"];

export interface StartBrowserOptions {
  /** For measurements of the page's thread. Default: no. */
  readonly asWithGraphicsCard?: boolean;
}

/** @throws {Error} whose first line says what to install. */
export const startBrowser = async (options: StartBrowserOptions = {}): Promise<Browser> => {
  const { file, env } = await findChromium();
  const args = options.asWithGraphicsCard ? [...usual, ...asWithGraphicsCard] : usual;
  return chromium.launch({ executablePath: file, env: { ...environment, ...env }, args });
};
