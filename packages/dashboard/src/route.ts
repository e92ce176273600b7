import { useSyncExternalStore } from "react";

const subscribe = (changed: () => void): (() => void) => {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
};

/** The address after `#/`, part by part. */
export const useRoute = (): readonly string[] => {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return hash
    .replace(/^#\/?/, "")
    .split("/")
    .filter((part) => part !== "")
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part; // Typed by hand, and not an encoding.
      }
    });
};

export const linkTo = (...parts: readonly (string | number)[]): string =>
  `#/${parts.map((part) => encodeURIComponent(part)).join("/")}`;

/** To a place in a document's text: code points from and to. */
export const linkToPlace = (documentId: string, charStart: number, charEnd: number): string =>
  linkTo("documents", documentId, `${charStart}-${charEnd}`);
